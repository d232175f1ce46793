// This file tests rows whose sites an earlier upload is working on: unchanged ones are left to
// it, others follow it.

package jobs_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/hibiken/asynq"

	"btrollout/internal/btsim"
	"btrollout/internal/jobs"
	"btrollout/internal/ledger"
	"btrollout/internal/rollout"
	"btrollout/internal/simtest"
)

// slowly has orders delivered after a minute.
var slowly = btsim.Options{DeliveryMin: time.Minute, DeliveryMax: time.Minute}

// newSlowRig makes a rig whose tests wait for deliveries.
func newSlowRig(t *testing.T, g *simtest.Gate) *rig {
	t.Helper()
	r := newVirtualRig(t, slowly, g.Between)
	r.config.Sweep, r.patience = jobs.DefaultSweep, 2*time.Hour
	r.lookSeldom(time.Second)
	return r
}

// lookSeldom sets the time between two looks of a worker for tasks, and of the test for what it
// waits for, and has the sweep run no more often. The CPU time of a test in virtual time grows
// with the number of looks.
func (r *rig) lookSeldom(interval time.Duration) {
	r.config.Sweep.Every = max(interval, jobs.DefaultSweep.Every)
	r.config.TaskCheckInterval, r.config.DelayedTaskCheckInterval, r.lookEvery = interval, interval, interval
}

// atNumber is the row of site(row) with another house number.
func atNumber(row int, number string) rollout.Site {
	s := site(row)
	s.Address["hno"] = number
	return s
}

// ordered waits until row 2 of a batch is ordered.
func (r *rig) ordered(batch string) {
	r.t.Helper()
	r.wait(batch, func(b rollout.Batch) bool { return b.Counts[rollout.Ordered] == 1 })
}

// houseNumber checks the only voicesite and the number of orders.
func (r *rig) houseNumber(want string, orders int) {
	r.t.Helper()
	stats := r.sim.Stats()
	if len(stats.Voicesites) != 1 || stats.Voicesites[0].Address["hno"] != want || r.orders() != orders {
		r.t.Errorf("the books have %d orders and %+v; want house number %s and %d orders", r.orders(), stats.Voicesites, want, orders)
	}
}

func TestFollow_UnchangedRowsAreLeftToTheOtherBatch(t *testing.T) {
	virtually(t, func(t *testing.T) {
		r := newSlowRig(t, &simtest.Gate{})
		r.submit("b1", site(2))
		stop := r.startWorker()
		r.ordered("b1")
		for _, id := range []string{"b2", "b3"} {
			r.submit(id, site(2))
			r.wait(id, isDone)
			s := r.ended(id, "2", rollout.Skipped, "")
			if len(s.LeftAsIs) != 1 || s.LeftAsIs[0].Code != jobs.CodeUnderWay || !strings.Contains(s.LeftAsIs[0].Message.EN, "row 2 of batch b1:") {
				t.Errorf("%s says %+v", id, s.LeftAsIs)
			}
		}
		r.wait("b1", isDone)
		r.submit("b4", site(2)) // by now it is in place
		r.wait("b4", isDone)
		stop()
		if s := r.ended("b4", "2", rollout.Skipped, ""); len(s.LeftAsIs) > 0 || s.Progress.VoiceSiteID == "" {
			t.Errorf("when the site is in place: %+v", s)
		}
		r.judge("b1")
		r.houseNumber("5", 1)
	})
}

// Each changed row waits for the one before it: the newest address comes last.
func TestFollow_ChangedRowsComeOneAfterTheOther(t *testing.T) {
	virtually(t, func(t *testing.T) {
		g := &simtest.Gate{}
		r := newSlowRig(t, g)
		r.submit("b1", site(2))
		stop := r.startWorker()
		r.ordered("b1")
		uploads := []struct{ id, number string }{{"b2", "7"}, {"b3", "9"}, {"b4", "9"}, {"b5", "11"}}
		for _, u := range uploads {
			r.submit(u.id, atNumber(2, u.number))
		}
		for _, u := range uploads {
			r.wait(u.id, func(b rollout.Batch) bool { return b.Counts[rollout.Following] == 1 })
		}
		if diff := cmp.Diff(&rollout.Place{Batch: "b2", Row: 2, Name: "2"}, r.sites("b3")["2"].Elsewhere); diff != "" {
			t.Errorf("the second follower waits for (-want +got):\n%s", diff)
		}
		r.wait("b1", isDone)
		ended := time.Now()
		for _, u := range uploads {
			r.wait(u.id, isDone)
			state := rollout.Provisioned
			if u.id == "b4" { // its address is in place by then
				state = rollout.Skipped
			}
			r.ended(u.id, "2", state, "")
		}
		if waited := time.Since(ended); waited > 2*time.Minute {
			t.Errorf("the rows that followed were done %s after the first", waited)
		}
		stop()
		r.houseNumber("11", 1)
		if n := g.Count(simtest.CallAddress); n != 4 {
			t.Errorf("%d addresses were sent, want 4", n)
		}
	})
}

// What becomes of a follower depends on how the row before it ends.
func TestFollow_BecomesWhatAnUploadWouldBe(t *testing.T) {
	t.Parallel()
	relabeled, otherVPN := site(2), site(2)
	relabeled.Label, otherVPN.VPN = "Another label", "VPN Americas"
	for name, c := range map[string]struct {
		refuse   string // the first of these calls is refused
		follower rollout.Site
		state    rollout.State
		code     string
		number   string
		orders   int
	}{
		"a label cannot be changed":   {"", relabeled, rollout.Skipped, "", "5", 1},
		"a VPN cannot be changed":     {"", otherVPN, rollout.Rejected, jobs.CodeSiteChanged, "5", 1},
		"the address was refused":     {simtest.CallAddress, atNumber(2, "7"), rollout.Provisioned, "", "7", 1},
		"the order was refused":       {simtest.CallOrder, atNumber(2, "7"), rollout.Provisioned, "", "7", 1},
		"the newer address is pushed": {"", atNumber(2, "7"), rollout.Provisioned, "", "7", 1},
	} {
		runVirtually(t, name, func(t *testing.T) {
			first := firstOf()
			hold := newHold()
			refuse := func(call string, w http.ResponseWriter, q *http.Request, _ func() *httptest.ResponseRecorder) bool {
				if call == simtest.CallOrder {
					hold.pass(q.Context())
				}
				return call == c.refuse && first(call) && simtest.Refuse(w, http.StatusBadRequest, 24)
			}
			r := newSlowRig(t, &simtest.Gate{Rule: refuse})
			r.submit("b1", site(2))
			stop := r.startWorker()
			<-hold.arrived
			r.submit("b2", c.follower)
			r.wait("b2", func(b rollout.Batch) bool { return b.Counts[rollout.Following] == 1 })
			hold.Open()
			r.wait("b2", isDone)
			stop()
			s := r.ended("b2", "2", c.state, c.code)
			if c.follower.Label != "A site" && (len(s.LeftAsIs) != 1 || s.LeftAsIs[0].Code != jobs.CodeLabelDiffers) {
				t.Errorf("the label is said to be kept by %+v", s.LeftAsIs)
			}
			r.houseNumber(c.number, c.orders)
		})
	}
}

// A row that follows one of an upload that dies takes the site over.
func TestFollow_OfAnUploadThatIsWithdrawn(t *testing.T) {
	virtually(t, func(t *testing.T) {
		r := newSlowRig(t, &simtest.Gate{})
		dying := r.batch("b1")
		err := r.ledger.Create(t.Context(), dying)
		if err == nil {
			_, err = r.ledger.Add(t.Context(), dying, r.entriesOf(site(2)))
		}
		if err != nil {
			t.Fatal(err)
		}
		stop := r.startWorker()
		r.submit("b2", site(2), site(3))
		r.wait("b2", func(b rollout.Batch) bool { return b.Counts[rollout.Following] == 1 })
		r.wait("b2", isDone)
		r.wait("b1", isDone)
		stop()
		r.ended("b1", "2", rollout.Cancelled, "")
		r.ended("b2", "2", rollout.Provisioned, "")
		if r.orders() != 2 {
			t.Errorf("%d orders", r.orders())
		}
	})
}

// A site whose voicesite has another label says so each time.
func TestFollow_LabelsThatDifferAreSaid(t *testing.T) {
	virtually(t, func(t *testing.T) {
		r := newVirtualRig(t, instantly, nil)
		stop := r.startWorker()
		r.submit("b1", site(2))
		r.wait("b1", isDone)
		relabeled := atNumber(2, "7")
		relabeled.Label = "Another label"
		for id, want := range map[string]rollout.State{"b2": rollout.Provisioned} {
			r.submit(id, relabeled)
			r.wait(id, isDone)
			r.ended(id, "2", want, "")
		}
		r.submit("b3", relabeled)
		r.wait("b3", isDone)
		stop()
		for _, id := range []string{"b2", "b3"} {
			s := r.sites(id)["2"]
			if len(s.LeftAsIs) != 1 || s.LeftAsIs[0].Code != jobs.CodeLabelDiffers || !strings.Contains(s.LeftAsIs[0].Message.EN, `"A site"`) {
				t.Errorf("%s says %+v", id, s.LeftAsIs)
			}
		}
	})
}

// A row that waits for hours is looked at once an hour.
func TestFollow_WaitingCostsLittle(t *testing.T) {
	virtually(t, func(t *testing.T) {
		const hours = 3
		r := newVirtualRig(t, btsim.Options{DeliveryMin: 2 * hours * time.Hour, DeliveryMax: 2 * hours * time.Hour}, nil)
		r.config.Sweep, r.config.OrderDeadline = jobs.DefaultSweep, 1000*time.Hour
		r.lookSeldom(time.Minute)
		r.submit("b1", site(2))
		stop := r.startWorker()
		r.ordered("b1")
		r.submit("b2", atNumber(2, "7"))
		time.Sleep(hours * time.Hour)
		stop()
		info, err := asynq.NewInspectorFromRedisClient(r.rdb).GetQueueInfo("btrollout:validate")
		if err != nil || info.ProcessedTotal > 2+hours+1 {
			t.Errorf("%d tasks were processed in %d hours (%v)", info.ProcessedTotal, hours, err)
		}
	})
}

// A row that was to be left to another batch is not, if a row with another address came between:
// the newest row decides.
func TestFollow_LeftRowsAreRecognisedAgain(t *testing.T) {
	virtually(t, func(t *testing.T) {
		r := newSlowRig(t, &simtest.Gate{})
		r.submit("b1", site(2))
		stop := r.startWorker()
		r.ordered("b1")
		left := r.entries(site(2)) // its author has not said yes yet
		r.submit("b2", atNumber(2, "7"))
		time.Sleep(time.Second)
		if err := jobs.Submit(t.Context(), r.ledger, r.queue, r.batch("b3"), left, nil); err != nil {
			t.Fatal(err)
		}
		for _, id := range []string{"b1", "b2", "b3"} {
			r.wait(id, isDone)
			r.ended(id, "2", rollout.Provisioned, "")
		}
		stop()
		r.houseNumber("5", 1)
	})
}

// A row that was to be left to another one is not, if that one has ended before it is written.
func TestFollow_NotLeftToARowThatHasEnded(t *testing.T) {
	virtually(t, func(t *testing.T) {
		first := firstOf()
		r := newVirtualRig(t, instantly, (&simtest.Gate{Rule: func(
			call string, w http.ResponseWriter, _ *http.Request, _ func() *httptest.ResponseRecorder,
		) bool {
			return call == simtest.CallOrder && first(call) && simtest.Refuse(w, http.StatusBadRequest, 24)
		}}).Between)
		r.submit("b1", site(2))
		left := r.entries(site(2)) // its author has not said yes yet
		stop := r.startWorker()
		r.wait("b1", isDone)
		r.ended("b1", "2", rollout.Failed, jobs.CodeOrderRefused)
		if err := jobs.Submit(t.Context(), r.ledger, r.queue, r.batch("b2"), left, nil); err != nil {
			t.Fatal(err)
		}
		r.wait("b2", isDone)
		stop()
		r.ended("b2", "2", rollout.Provisioned, "")
	})
}

// A row that asks for the same as one that only waits follows it: that one may be rejected.
func TestFollow_NotLeftToARowThatWaits(t *testing.T) {
	virtually(t, func(t *testing.T) {
		r := newSlowRig(t, &simtest.Gate{})
		r.submit("b1", site(2))
		stop := r.startWorker()
		r.ordered("b1")
		r.submit("b2", atNumber(2, "7"))
		r.submit("b3", atNumber(2, "7"))
		r.wait("b3", func(b rollout.Batch) bool { return b.Counts[rollout.Following] == 1 })
		r.wait("b3", isDone)
		stop()
		r.ended("b2", "2", rollout.Provisioned, "")
		r.ended("b3", "2", rollout.Skipped, "")
		r.houseNumber("7", 1)
	})
}

// A row whose predecessor ended early is still made due when the first one has ended.
func TestFollow_WokenPastRowsThatEndedEarly(t *testing.T) {
	virtually(t, func(t *testing.T) {
		r := newSlowRig(t, &simtest.Gate{})
		r.submit("b1", site(2))
		stop := r.startWorker()
		r.ordered("b1")
		// The second upload is withdrawn while the third one follows it.
		if err := r.ledger.Create(t.Context(), r.batch("b2")); err != nil {
			t.Fatal(err)
		}
		if lost, err := r.ledger.Add(t.Context(), r.batch("b2"), r.entriesOf(atNumber(2, "7"))); err != nil || len(lost) > 0 {
			t.Fatal(lost, err)
		}
		r.submit("b3", atNumber(2, "9"))
		if _, err := r.ledger.Withdraw(t.Context(), "b2"); err != nil {
			t.Fatal(err)
		}
		r.wait("b2", isDone)
		r.wait("b1", isDone)
		ended := time.Now()
		r.wait("b3", isDone)
		stop()
		if waited := time.Since(ended); waited > time.Minute {
			t.Errorf("the row was done %s after the first one", waited)
		}
		r.houseNumber("9", 1)
	})
}

// A row that comes to its turn too late, because its record could not be read, does not replace the
// address of a row that came after it.
func TestFollow_NotAfterANewerRow(t *testing.T) {
	virtually(t, func(t *testing.T) {
		r := newSlowRig(t, &simtest.Gate{})
		r.lookSeldom(30 * time.Second)
		r.submit("b1", site(2))
		stop := r.startWorker()
		r.ordered("b1")
		r.submit("b2", atNumber(2, "7"))
		r.submit("b3", atNumber(2, "9"))
		record, err := r.rdb.HGetAll(t.Context(), "{btr}:batch:b2").Result()
		if err == nil {
			err = r.rdb.Del(t.Context(), "{btr}:batch:b2").Err()
		}
		if err != nil {
			t.Fatal(err)
		}
		r.wait("b1", isDone)
		r.wait("b3", isDone)
		if err := r.rdb.HSet(t.Context(), "{btr}:batch:b2", record).Err(); err != nil {
			t.Fatal(err)
		}
		r.wait("b2", isDone)
		stop()
		r.ended("b2", "2", rollout.Rejected, jobs.CodeTaken)
		r.houseNumber("9", 1)
	})
}

// A row that comes to its turn in a batch that is blocked sends nothing before a probe.
func TestFollow_InABatchThatIsBlocked(t *testing.T) {
	virtually(t, func(t *testing.T) {
		g := &simtest.Gate{}
		r := newSlowRig(t, g)
		r.config.Retry.Probe = 5 * time.Minute
		r.submit("b1", site(2))
		stop := r.startWorker()
		r.ordered("b1")
		r.submit("b2", atNumber(2, "7"))
		if _, err := r.ledger.Block(t.Context(), "b2", "no"); err != nil {
			t.Fatal(err)
		}
		if err := r.rdb.Set(t.Context(), "{btr}:duty:probe:b2", "1", r.config.Retry.Probe).Err(); err != nil {
			t.Fatal(err)
		}
		r.wait("b1", isDone)
		time.Sleep(time.Minute)
		if n := g.Count(simtest.CallAddress); n != 1 {
			t.Errorf("%d addresses were sent, one of them for a batch that is blocked", n)
		}
		r.wait("b2", isDone)
		stop()
		r.houseNumber("7", 1)
	})
}

// Rows that follow do not keep others of their batch from probing whether the account works again.
func TestFollow_ManyBesideAProbe(t *testing.T) {
	virtually(t, func(t *testing.T) {
		const sites = 40
		r := newSlowRig(t, &simtest.Gate{})
		r.submit("b1", sitesFrom(sites)...)
		stop := r.startWorker()
		r.wait("b1", func(b rollout.Batch) bool { return b.Counts[rollout.Ordered] == sites })
		rows := []rollout.RowRef{}
		changed := []rollout.Site{site(sites + 2)}
		for row := 2; row < sites+2; row++ {
			changed, rows = append(changed, atNumber(row, "7")), append(rows, rollout.RowRef(row))
		}
		r.submit("b2", changed...)
		const pause = 10 * time.Second // before the next probe of b2; b1, whose orders are not polled, stays open
		for batch, pause := range map[string]time.Duration{"b1": time.Hour, "b2": pause} {
			if _, err := r.ledger.Block(t.Context(), batch, "no"); err != nil {
				t.Fatal(err)
			}
			if err := r.rdb.Set(t.Context(), "{btr}:duty:probe:"+batch, "1", pause).Err(); err != nil {
				t.Fatal(err)
			}
		}
		time.Sleep(pause / 2) // the first tasks of all rows find nothing to do
		if err := r.ledger.Postpone(t.Context(), "b2", time.Now().Add(-time.Hour), rows...); err != nil {
			t.Fatal(err)
		}
		began := time.Now()
		r.wait("b2", func(b rollout.Batch) bool { return b.State == rollout.Running })
		if took := time.Since(began); took > pause+2*r.config.Sweep.Every {
			t.Errorf("the account was probed after %s, behind %d rows that follow", took, sites)
		}
		stop()
	})
}

// Of two uploads at once, the one that began first is the older one, even if its rows are written
// later: it does not follow the other one with an older address.
func TestFollow_NoOlderUploadFollowsANewerOne(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		number string
		state  rollout.State
		code   string
	}{"another address": {"9", rollout.Rejected, jobs.CodeTaken}, "the same": {"7", rollout.Skipped, ""}} {
		runVirtually(t, name, func(t *testing.T) {
			r := newVirtualRig(t, instantly, nil)
			older := r.entriesOf(atNumber(2, c.number))
			err := jobs.Submit(t.Context(), r.ledger, r.queue, r.batch("b1"), func(yield func(ledger.Entry, error) bool) {
				r.submit("b2", atNumber(2, "7"))
				yield(older[0], nil)
			}, nil)
			if err != nil {
				t.Fatal(err)
			}
			stop := r.startWorker()
			r.wait("b1", isDone)
			r.wait("b2", isDone)
			stop()
			r.ended("b1", "2", c.state, c.code)
			r.houseNumber("7", 1)
		})
	}
}

// A follower decides about its order by what the account held after its turn had come: a survey from
// before that shows the order of the row before it as in progress.
func TestFollow_OrdersByASurveyOfItsTurn(t *testing.T) {
	virtually(t, func(t *testing.T) {
		r := newSlowRig(t, &simtest.Gate{})
		onOldVPN := site(2)
		onOldVPN.VPN = "3" // takes no new sites: the order is rejected when it would be delivered
		r.submit("b1", onOldVPN)
		stop := r.startWorker()
		r.ordered("b1")
		r.submit("b2", site(2))
		r.submit("b3", site(3)) // its order needs a survey that is younger than b2
		r.ordered("b3")
		time.Sleep(slowly.DeliveryMin)
		r.wait("b2", isDone)
		stop()
		r.ended("b1", "2", rollout.Failed, jobs.CodeOrderRejected)
		s := r.ended("b2", "2", rollout.Provisioned, "")
		if s.SurveyFrom == nil || r.orders() != 3 {
			t.Errorf("followed until %v; %d orders, want 3", s.SurveyFrom, r.orders())
		}
	})
}

// A follower whose batch was withdrawn, or whose turn another row took, changes nothing.
func TestAdd_OneRowFollowsAnother(t *testing.T) {
	virtually(t, func(t *testing.T) {
		r := newSlowRig(t, &simtest.Gate{})
		r.submit("b1", site(2))
		b2, b3 := r.entriesOf(atNumber(2, "7")), r.entriesOf(atNumber(2, "9")) // neither knows of the other
		for id, entries := range map[string][]ledger.Entry{"b2": b2} {
			if err := r.ledger.Create(t.Context(), r.batch(id)); err != nil {
				t.Fatal(err)
			}
			if lost, err := r.ledger.Add(t.Context(), r.batch(id), entries); err != nil || len(lost) > 0 {
				t.Fatalf("%s lost %v, %v", id, lost, err)
			}
		}
		err := r.ledger.Create(t.Context(), r.batch("b3"))
		lost, added := r.ledger.Add(t.Context(), r.batch("b3"), b3)
		if err := errors.Join(err, added); err != nil || len(lost) != 1 {
			t.Errorf("b3 lost %v (%v), want its row", lost, err)
		}
	})
}
