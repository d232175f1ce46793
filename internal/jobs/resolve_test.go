// This file tests what people decide about a site: in Review, by jobs.Resolve, and what
// happens to the site then; in the file, by a voiceSiteId; and two decisions at the same
// moment.

package jobs_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"btrollout/internal/btsim"
	"btrollout/internal/jobs"
	"btrollout/internal/ledger"
	"btrollout/internal/rollout"
	"btrollout/internal/simtest"
)

// inReview is a rig with a running worker and a batch that is done: its row 2 is in
// Review, because the account holds a voicesite of its name.
type inReview struct {
	*rig
	gate  *simtest.Gate
	there btsim.Voicesite
	stop  func()
}

func newInReview(t *testing.T) inReview {
	t.Helper()
	g := &simtest.Gate{}
	r := newVirtualRig(t, instantly, g.Between)
	there := r.voicesite(r.place("PORTAL-2", site(2)))
	r.submit("b", site(2), site(3))
	stop := r.startWorker()
	r.wait("b", isDone)
	r.ended("b", "2", rollout.Review, jobs.CodeNameTaken)
	if r.reports.Load() != 1 {
		t.Fatalf("%d reports", r.reports.Load())
	}
	return inReview{r, g, there, stop}
}

// Each decision is in the audit log, with the person who made it and what followed from it.
func TestResolve_IsRecorded(t *testing.T) {
	t.Parallel()
	for decision, v := range map[string]jobs.Resolution{
		rollout.DecisionVoiceSite: {VoiceSiteID: "vs1"}, rollout.DecisionOrderAgain: {OrderAgain: true}, rollout.DecisionFail: {Fail: true},
	} {
		runVirtually(t, decision, func(t *testing.T) {
			r := newInReview(t)
			defer r.stop()
			if _, err := jobs.Resolve(t.Context(), r.ledger.As("anna@host"), r.queue, "b", 2, v); err != nil {
				t.Fatal(err)
			}
			log, err := r.ledger.AuditLog(t.Context(), "b")
			if err != nil {
				t.Fatal(err)
			}
			var got []rollout.AuditEntry
			for _, e := range log {
				if e.Who == "anna@host" {
					got = append(got, rollout.AuditEntry{What: e.What, Detail: e.Detail})
				}
			}
			detail := rollout.AuditDetail{Row: "2", Decision: decision, VoiceSiteID: v.VoiceSiteID}
			want := []rollout.AuditEntry{{What: rollout.AuditResolved, Detail: detail}, {What: rollout.AuditReopened}}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
			if len(log) < 5 || log[0].What != rollout.AuditEntered || log[1].What != rollout.AuditStarted || log[2].What != rollout.AuditDone {
				t.Errorf("the log is %+v", log)
			}
		})
	}
}

// resolve carries a decision about row 2 out, and waits for the batch to be done
// once more.
func (r inReview) resolve(v jobs.Resolution) {
	r.t.Helper()
	if _, err := jobs.Resolve(r.t.Context(), r.ledger, r.queue, "b", 2, v); err != nil {
		r.t.Fatal(err)
	}
	reports := r.reports.Load()
	r.wait("b", func(b rollout.Batch) bool { return isDone(b) && r.reports.Load() > reports })
	if now := r.reports.Load(); now != reports+1 {
		r.t.Errorf("%d further reports", now-reports)
	}
}

func TestTheVoiceSiteIsTheSites(t *testing.T) {
	virtually(t, func(t *testing.T) {
		r := newInReview(t)
		r.resolve(jobs.Resolution{VoiceSiteID: r.there.VoiceSiteID})
		r.stop()
		r.judge("b")
		s := r.ended("b", "2", rollout.Provisioned, "")
		if s.Progress.VoiceSiteID != r.there.VoiceSiteID || r.gate.Count(simtest.CallOrder) != 1 {
			t.Errorf("provisioned as %s with %d orders, want 1 of row 3", s.Progress.VoiceSiteID, r.gate.Count(simtest.CallOrder))
		}
	})
}

// A wrong id leaves the decision open, and the right one can still be given.
func TestADecisionForAWrongVoiceSite(t *testing.T) {
	virtually(t, func(t *testing.T) {
		r := newInReview(t)
		foreign := r.voicesite(r.place("PORTAL-9", site(9)))
		r.resolve(jobs.Resolution{VoiceSiteID: "vs99999999"})
		r.ended("b", "2", rollout.Review, jobs.CodeVoiceSiteUnknown, "batch resolve b 2")
		r.resolve(jobs.Resolution{VoiceSiteID: foreign.VoiceSiteID})
		r.ended("b", "2", rollout.Review, jobs.CodeVoiceSiteOther, "SITE-009", "batch resolve b 2")
		unchanged(t, "the other site's voicesite", r.voicesite(foreign.OrderID), foreign)
		r.resolve(jobs.Resolution{VoiceSiteID: r.there.VoiceSiteID})
		r.stop()
		r.ended("b", "2", rollout.Provisioned, "")
		r.judge("b")
	})
}

// provisionedAnew checks that row 2 got a voicesite of its own, by one order, and that
// the one which was there is as it was.
func (r inReview) provisionedAnew() {
	r.t.Helper()
	s := r.ended("b", "2", rollout.Provisioned, "")
	own := r.sim.Stats().Orders[r.reference(s)]
	if len(own) != 1 || own[0].VoiceSiteID != s.Progress.VoiceSiteID {
		r.t.Errorf("provisioned as %s by the orders %+v", s.Progress.VoiceSiteID, own)
	}
	unchanged(r.t, "the dismissed voicesite", r.voicesite(r.there.OrderID), r.there)
}

// loseAnswers is a rule that loses the answer to the first order, which was carried
// out or not.
func loseAnswers(carried bool) simtest.Rule {
	first := firstOf()
	return func(call string, w http.ResponseWriter, _ *http.Request, carry func() *httptest.ResponseRecorder) bool {
		if call != simtest.CallOrder || !first(call) {
			return false
		}
		if carried {
			carry()
		}
		return simtest.Refuse(w, http.StatusServiceUnavailable, 5)
	}
}

func TestOrderAgain(t *testing.T) {
	t.Parallel()
	for name, rule := range map[string]simtest.Rule{
		"its answer comes":                   nil,
		"its answer is lost, and it is made": loseAnswers(true),
		"its answer is lost, and it is not":  loseAnswers(false),
	} {
		runVirtually(t, name, func(t *testing.T) {
			r := newInReview(t)
			r.gate.Set(rule)
			r.resolve(jobs.Resolution{OrderAgain: true})
			r.stop()
			r.provisionedAnew()
		})
	}
}

// lateOrder is a site whose order is in progress for too long, and so in Review.
func lateOrder(t *testing.T, later *clock) (r *rig, g *simtest.Gate, stop func()) {
	t.Helper()
	g = &simtest.Gate{}
	r = newVirtualRig(t, btsim.Options{DeliveryMin: time.Hour, DeliveryMax: time.Hour, Now: later.now}, g.Between)
	r.config.OrderDeadline = time.Millisecond
	r.submit("b", site(2))
	stop = r.startWorker()
	r.wait("b", isDone)
	r.ended("b", "2", rollout.Review, jobs.CodeOrderLate, "batch resolve b 2")
	return r, g, stop
}

// The order that a person dismissed is delivered after all, while the answer to the
// new one is lost: its voicesite is as little the site's as the order was.
func TestADismissedOrderIsNotTakenOverWhenItIsDelivered(t *testing.T) {
	virtually(t, func(t *testing.T) {
		later := &clock{}
		r, g, stop := lateOrder(t, later)
		first := firstOf()
		g.Set(func(call string, w http.ResponseWriter, _ *http.Request, _ func() *httptest.ResponseRecorder) bool {
			if call != simtest.CallOrder || !first(call) {
				return false
			}
			later.forward(2 * time.Hour)
			return simtest.Refuse(w, http.StatusServiceUnavailable, 5)
		})
		dismissed := r.sites("b")["2"].OrderID
		if _, err := jobs.Resolve(t.Context(), r.ledger, r.queue, "b", 2, jobs.Resolution{OrderAgain: true}); err != nil {
			t.Fatal(err)
		}
		r.wait("b", isDone)
		stop()
		s, v := r.sites("b")["2"], r.voicesite(dismissed)
		if s.Progress.VoiceSiteID == v.VoiceSiteID || v.AddressPushes > 0 {
			t.Errorf("the site is %s as %s, the voicesite of the dismissed order %s: %+v", s.State, s.Progress.VoiceSiteID, dismissed, v)
		}
	})
}

// What is dismissed is all that the account holds when a person decides, not what it
// held when it was last surveyed.
func TestOrderAgainDismissesWhatTheAccountHoldsByNow(t *testing.T) {
	virtually(t, func(t *testing.T) {
		later := &clock{}
		g := &simtest.Gate{Rule: loseAnswers(true)}
		r := newVirtualRig(t, btsim.Options{
			DeliveryMin: 1, DeliveryMax: 1, Now: later.now,
			Faults: btsim.Faults{btsim.Invisible: {Every: 1}}, Invisible: time.Hour,
		}, g.Between)
		r.config.Retry.Tries = 1
		r.submit("b", site(2))
		stop := r.startWorker()
		r.wait("b", isDone)
		r.ended("b", "2", rollout.Review, jobs.CodeOrderUnknown)

		later.forward(2 * time.Hour) // by now the list shows the order, and the person saw it
		g.Set(loseAnswers(false))
		if _, err := jobs.Resolve(t.Context(), r.ledger, r.queue, "b", 2, jobs.Resolution{OrderAgain: true}); err != nil {
			t.Fatal(err)
		}
		r.wait("b", isDone)
		stop()
		s, v := r.sites("b")["2"], r.sim.Stats().Voicesites[0]
		if s.Progress.VoiceSiteID == v.VoiceSiteID || v.AddressPushes > 0 {
			t.Errorf("the site is %s as %s, which the person dismissed: %+v", s.State, s.Progress.VoiceSiteID, v)
		}
	})
}

func TestASiteIsGivenUpByAPerson(t *testing.T) {
	virtually(t, func(t *testing.T) {
		r := newInReview(t)
		r.resolve(jobs.Resolution{Fail: true})
		r.stop()
		s := r.sites("b")["2"]
		last := s.Problems[len(s.Problems)-1]
		if s.State != rollout.Failed || last.Code != jobs.CodeGivenUp || r.gate.Count(simtest.CallOrder) != 1 {
			t.Errorf("ended as %s: %+v", s.State, s.Problems)
		}
	})
}

// A decision that falls while the report is being written is in the report that
// lasts.
func TestADecisionWhileTheReportIsWritten(t *testing.T) {
	virtually(t, func(t *testing.T) {
		r := newVirtualRig(t, instantly, nil)
		r.place("PORTAL-2", site(2))
		var mu sync.Mutex
		var reported rollout.State
		once := firstOf()
		r.config.Report = func(ctx context.Context, b rollout.Batch, sites iter.Seq2[rollout.Site, error]) (string, error) {
			var state rollout.State
			for s, err := range sites {
				if err != nil {
					return "", err
				}
				state = s.State
			}
			var err error
			if once("decision") {
				_, err = jobs.Resolve(ctx, r.ledger, r.queue, b.ID, 2, jobs.Resolution{Fail: true})
			}
			mu.Lock()
			defer mu.Unlock()
			reported = state
			return "report", err
		}
		r.submit("b", site(2))
		stop := r.startWorker()
		r.wait("b", func(b rollout.Batch) bool { return isDone(b) && b.Counts[rollout.Failed] == 1 })
		stop()
		if reported != rollout.Failed {
			t.Errorf("the batch is done, its row failed, and its last report says %s", reported)
		}
	})
}

// divide makes a batch one of a file with two sheets; its rows are in the first.
func (r *rig) divide(id string) {
	r.t.Helper()
	b, err := r.ledger.Batch(r.t.Context(), id)
	if err != nil {
		r.t.Fatal(err)
	}
	b.Sheets = []rollout.Sheet{{Name: "FR"}, {Name: "BE"}}
	about, err := json.Marshal(b)
	if err == nil {
		err = r.rdb.HSet(r.t.Context(), "{btr}:batch:"+id, "meta", about).Err()
	}
	if err != nil {
		r.t.Fatal(err)
	}
}

func TestWhatCannotBeResolved(t *testing.T) {
	virtually(t, func(t *testing.T) {
		r := newInReview(t)
		r.submit("b2", site(2))
		r.wait("b2", isDone)
		r.ended("b2", "2", rollout.Rejected, jobs.CodeInReview, "batch b", "batch resolve b 2")

		taken := site(2) // a person who writes the voicesite into the row has decided
		taken.Request.VoiceSiteID = r.there.VoiceSiteID
		r.submit("b3", taken)
		r.wait("b3", isDone)
		r.ended("b3", "2", rollout.Provisioned, "")
		r.divide("b")
		before := r.sites("b")
		for name, c := range map[string]struct {
			batch string
			row   rollout.RowRef
			want  error
			says  string
		}{
			"a row that is no row":               {"b", 99, ledger.ErrNotFound, "no row FR:99"},
			"a batch that is none":               {"nope", 2, ledger.ErrNotFound, "nope"},
			"a row that is not in review":        {"b", 3, jobs.ErrNotInReview, "row FR:3 (SITE-003) is provisioned"},
			"a row that a later batch took over": {"b", 2, ledger.ErrTaken, "row FR:2 (SITE-002)"},
		} {
			for _, v := range []jobs.Resolution{{OrderAgain: true}, {Fail: true}, {VoiceSiteID: r.there.VoiceSiteID}} {
				_, err := jobs.Resolve(t.Context(), r.ledger, r.queue, c.batch, c.row, v)
				if !errors.Is(err, c.want) || !strings.Contains(fmt.Sprint(err), c.says) {
					t.Errorf("%s, %+v: %v", name, v, err)
				}
			}
		}
		if b, err := r.ledger.Batch(t.Context(), "b"); err != nil || !isDone(b) {
			t.Errorf("the batch is %s (%v)", b.State, err)
		}
		unchanged(t, "the batch", r.sites("b"), before)
		r.stop()
	})
}

// Of two decisions at the same moment, one holds.
func TestTwoDecisionsAtOnce(t *testing.T) {
	virtually(t, func(t *testing.T) {
		r := newInReview(t)
		var failed [4]error
		var deciding sync.WaitGroup
		for i := range failed {
			deciding.Go(func() {
				_, failed[i] = jobs.Resolve(t.Context(), r.ledger, r.queue, "b", 2, jobs.Resolution{OrderAgain: true})
			})
		}
		deciding.Wait()
		won := 0
		for _, err := range failed {
			if err == nil {
				won++
			} else if !errors.Is(err, jobs.ErrNotInReview) && !errors.Is(err, ledger.ErrStale) {
				t.Error(err)
			}
		}
		if won != 1 {
			t.Errorf("%d decisions hold: %v", won, failed)
		}
		r.wait("b", isDone)
		r.stop()
		r.provisionedAnew()
	})
}

// A row that names its voicesite needs no order, and gets no other voicesite.
func TestTheVoiceSiteThatARowNames(t *testing.T) {
	t.Parallel()
	const right, other, unknown, none = "right", "other", "unknown", ""
	for name, c := range map[string]struct {
		first, then string // what the row says, and the row uploaded again
		code        string // how the first ended
		there       bool   // a voicesite of the name is there already
		orders      int    // sent for it all
	}{
		"the right one":                      {first: right, there: true},
		"an unknown one, then the right one": {first: unknown, code: jobs.CodeVoiceSiteUnknown, then: right, there: true},
		"an unknown one, then none":          {first: unknown, code: jobs.CodeVoiceSiteUnknown, then: none, orders: 1},
		"another's, then the right one":      {first: other, code: jobs.CodeVoiceSiteOther, then: right, there: true},
		"another's, then none":               {first: other, code: jobs.CodeVoiceSiteOther, then: none, orders: 1},
	} {
		runVirtually(t, name, func(t *testing.T) {
			g := &simtest.Gate{}
			r := newVirtualRig(t, instantly, g.Between)
			ids := map[string]string{unknown: "vs99999999", other: r.voicesite(r.place("PORTAL-9", site(9))).VoiceSiteID}
			if c.there {
				ids[right] = r.voicesite(r.place("PORTAL-2", site(2))).VoiceSiteID
			}
			untouched := r.sim.Stats().Voicesites[0]
			row := func(says string) rollout.Site {
				s := site(2)
				s.Request.VoiceSiteID = ids[says]
				return s
			}
			r.submit("b1", row(c.first))
			stop := r.startWorker()
			r.wait("b1", isDone)
			last := "b1"
			if c.code != "" {
				r.ended("b1", "2", rollout.Failed, c.code)
				last = "b2"
				r.submit("b2", row(c.then))
				r.wait("b2", isDone)
			}
			stop()
			r.judge(last)
			s := r.ended(last, "2", rollout.Provisioned, "")
			if c.there && s.Progress.VoiceSiteID != ids[right] || g.Count(simtest.CallOrder) != c.orders {
				t.Errorf("provisioned as %s with %d orders", s.Progress.VoiceSiteID, g.Count(simtest.CallOrder))
			}
			unchanged(t, "another site's voicesite", r.sim.Stats().Voicesites[0], untouched)
		})
	}
}

// Two people upload one file at the same moment, each from a machine of their own.
func TestTwoUploadsOfOneFileAtOnce(t *testing.T) {
	t.Parallel()
	const sites = 12
	r := realServers(t).newRig(t, btsim.Options{}, nil)
	customer := r.sim.Credentials().CustomerCode
	var uploading, looked sync.WaitGroup
	looked.Add(2)
	for _, id := range []string{"b1", "b2"} {
		rdb := r.connect(t)
		l, q := ledger.New(rdb), jobs.NewQueue(rdb)
		rows := sitesFrom(sites)
		for i := range rows {
			if f, err := r.config.Checker.Check(t.Context(), customer, &rows[i].Request); err != nil || len(f.Problems) > 0 {
				t.Fatal(f.Problems, err)
			}
		}
		uploading.Go(func() {
			entries, err := jobs.Recognise(t.Context(), l, customer, rows)
			looked.Done()
			looked.Wait() // neither saw anything of the other
			if err == nil {
				b := rollout.Batch{ID: id, File: "f.csv", Customer: customer, Created: time.Now().UTC()}
				err = jobs.Submit(t.Context(), l, q, b, func(yield func(ledger.Entry, error) bool) {
					for _, e := range entries {
						if !yield(e, nil) {
							return
						}
					}
				}, nil)
			}
			if err != nil {
				t.Error(err)
			}
		})
	}
	uploading.Wait()
	stop := r.startWorker()
	first, second := r.wait("b1", isDone), r.wait("b2", isDone)
	stop()
	r.judge("b1")
	r.judge("b2")
	provisioned := first.Counts[rollout.Provisioned] + second.Counts[rollout.Provisioned]
	skipped := first.Counts[rollout.Skipped] + second.Counts[rollout.Skipped]
	if provisioned != sites || skipped != sites || r.orders() != sites {
		t.Errorf("%d orders; the batches ended as %v and %v", r.orders(), first.Counts, second.Counts)
	}
}
