// This file tests what a site does about orders and voicesites that the account holds already:
// it adopts its own and leaves the others alone. How the account is surveyed, and what blocks
// a batch, is in account_test.go; what people decide about sites, in resolve_test.go.

package jobs_test

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"btrollout/internal/btapi"
	"btrollout/internal/btsim"
	"btrollout/internal/identity"
	"btrollout/internal/jobs"
	"btrollout/internal/rollout"
	"btrollout/internal/simtest"
)

// allCalls are those that a site, its survey and its account make.
var allCalls = []string{
	simtest.CallOrder, simtest.CallOrders, simtest.CallOrdersOf, simtest.CallPoll, simtest.CallVoicesites, simtest.CallAddress, simtest.CallMe,
}

// withoutParameters lets orders lists tell of no parameters.
func withoutParameters(call string, w http.ResponseWriter, _ *http.Request, carry func() *httptest.ResponseRecorder) bool {
	if call != simtest.CallOrders && call != simtest.CallOrdersOf {
		return false
	}
	answer := carry()
	var orders []map[string]any
	if err := json.Unmarshal(answer.Body.Bytes(), &orders); err != nil {
		panic(err)
	}
	for _, o := range orders {
		delete(o, "parameters")
	}
	maps.Copy(w.Header(), answer.Header())
	if err := json.NewEncoder(w).Encode(orders); err != nil {
		panic(err)
	}
	return true
}

// clock is a simulator's, which can be put forward.
type clock struct{ ahead atomic.Int64 }

func (c *clock) now() time.Time          { return time.Now().Add(time.Duration(c.ahead.Load())) }
func (c *clock) forward(d time.Duration) { c.ahead.Add(int64(d)) }

// instantly has orders delivered when the clock moves.
var instantly = btsim.Options{DeliveryMin: 1, DeliveryMax: 1}

// noRecoveryDelay lets a worker on an empty ledger order at once.
const noRecoveryDelay = time.Nanosecond

// elsewhere is somebody else with the same account; what it calls passes no gate.
func (r *rig) elsewhere() *btapi.Client {
	r.t.Helper()
	return r.backend.Elsewhere(r.t)
}

// place orders a site elsewhere, under a reference, and returns its order's id.
func (r *rig) place(reference string, s rollout.Site) string {
	r.t.Helper()
	vpn := "aa76e66dfc63"
	if s.VPN != "1" {
		vpn = s.VPN
	}
	o, err := r.elsewhere().OrderVoiceSite(r.t.Context(), r.sim.Credentials().CustomerCode, btapi.OrderRequest{
		CustomerOrderReference: reference,
		Parameters:             btapi.OrderParameters{TechnicalSiteName: s.Name, CustomerSiteLabel: s.Label, Country: s.Country, VPNID: vpn},
	}, func(context.Context) (time.Time, error) { return time.Now().Add(patience), nil })
	if err != nil {
		r.t.Error(err)
	}
	time.Sleep(time.Millisecond) // in virtual time, an order that is delivered instantly is not otherwise
	return o.OrderID
}

// voicesite finds the voicesite that an order made, in the books.
func (r *rig) voicesite(orderID string) btsim.Voicesite {
	r.t.Helper()
	for _, v := range r.sim.Stats().Voicesites {
		if v.OrderID == orderID {
			return v
		}
	}
	r.t.Fatalf("order %s made no voicesite", orderID)
	return btsim.Voicesite{}
}

// reference is the one that this program orders a site under.
func (r *rig) reference(s rollout.Site) string {
	return identity.Reference(r.sim.Credentials().CustomerCode, s.Request)
}

// unchanged fails the test if something is not as it was before.
func unchanged(t *testing.T, what string, now, before any) {
	t.Helper()
	if diff := cmp.Diff(before, now); diff != "" {
		t.Errorf("%s changed (-before +now):\n%s", what, diff)
	}
}

// orders is how many there are in the books.
func (r *rig) orders() int {
	n := 0
	for _, under := range r.sim.Stats().Orders {
		n += len(under)
	}
	return n
}

// ended checks how a row ended: its state, its first problem's code ("": it has none)
// and what the message says.
func (r *rig) ended(batch, row string, state rollout.State, code string, says ...string) rollout.Site {
	r.t.Helper()
	s := r.sites(batch)[row]
	var last rollout.Problem
	if n := len(s.Problems); n > 0 {
		last = s.Problems[n-1]
	}
	if s.State != state || last.Code != code {
		r.t.Errorf("row %s of batch %s ended as %s %q, want %s %q: %+v", row, batch, s.State, last.Code, state, code, s.Progress)
	}
	for _, words := range says {
		if !strings.Contains(last.Message.EN, words) {
			r.t.Errorf("the message of row %s does not say %q: %s", row, words, last.Message)
		}
	}
	return s
}

// Everything that Redis held is lost, and the file is uploaded once more.
func TestWhatRedisForgotIsNotOrderedAgain(t *testing.T) {
	t.Parallel()
	const sites = 5
	all := func(state rollout.State) func(rollout.Batch) bool {
		return func(b rollout.Batch) bool { return b.Counts[state] == sites }
	}
	for name, c := range map[string]struct {
		options  btsim.Options
		meddle   func(http.Handler) http.Handler
		settle   time.Duration
		lost     func(rollout.Batch) bool // when Redis is lost
		progress bool                     // the orders are taken over as such
	}{
		"all was done":        {lost: isDone},
		"in the middle of it": {lost: func(b rollout.Batch) bool { return b.Counts[rollout.Provisioned] > 0 }},
		"orders in progress": {
			options: btsim.Options{DeliveryMin: time.Minute, DeliveryMax: 30 * time.Minute}, lost: all(rollout.Ordered), progress: true,
		},
		"orders not listed yet": {
			options: btsim.Options{Faults: btsim.Faults{btsim.Invisible: {Every: 1}}, Invisible: 4 * time.Second}, settle: 4 * time.Second,
			lost: func(b rollout.Batch) bool { return b.Counts[rollout.Ordered]+b.Counts[rollout.Provisioned] == sites },
		},
		"answers not got": {meddle: swallow("after"), lost: func(b rollout.Batch) bool { return b.Counts[rollout.Ordering] > 0 }},
	} {
		runVirtually(t, name, func(t *testing.T) {
			later := &clock{}
			c.options.Now = later.now
			r := newVirtualRig(t, c.options, c.meddle)
			if c.settle > 0 {
				r.config.Settle = c.settle
			}
			r.submit("first", sitesFrom(sites)...)
			stop := r.startWorker()
			r.wait("first", c.lost)
			stop()
			if err := r.rdb.FlushAll(t.Context()).Err(); err != nil {
				t.Fatal(err)
			}
			r.config.RecoveryDelay = 0 // as it is by default
			r.submit("second", sitesFrom(sites)...)
			stop = r.startWorker()
			if c.progress {
				r.wait("second", all(rollout.Ordered))
				later.forward(time.Hour)
			}
			b := r.wait("second", isDone)
			stop()
			r.judge("second")
			if n := r.orders(); n != sites || b.Counts[rollout.Provisioned] != sites {
				t.Errorf("%d orders for %d sites, which ended as %v", n, sites, b.Counts)
			}
		})
	}
}

// Whatever the account holds under a site's name or reference that may not be the
// site's: nothing is ordered, nothing is touched, and a person decides.
func TestWhatMayBeSomebodyElsesIsLeftAlone(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		row   func(*rollout.Site)
		there func(r *rig, s rollout.Site) (says []string)
		rule  simtest.Rule
		code  string
	}{
		"a voicesite of the name": {code: jobs.CodeNameTaken, there: func(r *rig, s rollout.Site) []string {
			s.Label = "Somebody else's"
			return []string{r.voicesite(r.place("PORTAL-1", s)).VoiceSiteID}
		}},
		"a voicesite that agrees in everything": {code: jobs.CodeNameTaken, there: func(r *rig, s rollout.Site) []string {
			return []string{r.voicesite(r.place("PORTAL-1", s)).VoiceSiteID}
		}},
		"two orders": {code: jobs.CodeOrderSeveral, there: func(r *rig, s rollout.Site) []string {
			return []string{r.place(r.reference(s), s), r.place(r.reference(s), s)}
		}},
		"an order for another country": {code: jobs.CodeOrderDiffers, there: func(r *rig, s rollout.Site) []string {
			s.Country = "FR"
			return []string{r.place(r.reference(s), s), "FR", "CH"}
		}},
		"an order for another VPN": {code: jobs.CodeOrderDiffers, there: func(r *rig, s rollout.Site) []string {
			s.VPN = "3a45b33edf30"
			return []string{r.place(r.reference(s), s), "3a45b33edf30", "aa76e66dfc63"}
		}},
		"an order of which nobody tells the site": {
			code: jobs.CodeOrderUnknown, rule: withoutParameters,
			row: func(s *rollout.Site) { s.Reference = "PO-1" },
			there: func(r *rig, s rollout.Site) []string {
				s.Name = "ANOTHER"
				return []string{"PO-1", r.place("PO-1", s)}
			},
		},
	} {
		runVirtually(t, name, func(t *testing.T) {
			g := &simtest.Gate{Rule: c.rule}
			r := newVirtualRig(t, instantly, g.Between)
			s := site(2)
			if c.row != nil {
				c.row(&s)
			}
			says := append(c.there(r, s), "batch resolve b 2")
			before := r.sim.Stats().Voicesites
			r.submit("b", s)
			stop := r.startWorker()
			r.wait("b", isDone)
			stop()
			r.ended("b", "2", rollout.Review, c.code, says...)
			if n := g.Count(simtest.CallOrder, simtest.CallAddress); n != 0 {
				t.Errorf("%d orders and addresses were sent", n)
			}
			unchanged(t, "the books", r.sim.Stats().Voicesites, before)
		})
	}
}

// The reference that only this program makes says enough.
func TestAnOrderOfWhichOnlyTheReferenceIsToldIsTakenOver(t *testing.T) {
	t.Parallel()
	for name, reference := range map[string]string{"as before": "", "the row has one of its own now": "PO-5"} {
		runVirtually(t, name, func(t *testing.T) {
			g := &simtest.Gate{Rule: withoutParameters}
			r := newVirtualRig(t, btsim.Options{DeliveryMin: time.Hour, DeliveryMax: time.Hour}, g.Between)
			there := r.place(r.reference(site(2)), site(2))
			s := site(2)
			s.Reference = reference
			r.submit("b", s)
			stop := r.startWorker()
			r.wait("b", func(b rollout.Batch) bool { return b.Counts[rollout.Ordered] == 1 })
			stop()
			s = r.sites("b")["2"]
			if n := g.Count(simtest.CallOrder); n != 0 || s.OrderID != there {
				t.Errorf("%d orders were sent, and the site has %s", n, s.OrderID)
			}
		})
	}
}

// Rows may share a reference of their own: the name tells their orders apart.
func TestRowsThatShareAReference(t *testing.T) {
	virtually(t, func(t *testing.T) {
		g := &simtest.Gate{}
		r := newVirtualRig(t, btsim.Options{}, g.Between)
		rows := []rollout.Site{site(2), site(3), site(4)}
		for i := range rows {
			rows[i].Reference = "PO-1"
		}
		r.place("PO-1", rows[0])
		r.submit("b", rows...)
		stop := r.startWorker()
		b := r.wait("b", isDone)
		stop()
		made := map[string]int{}
		for _, o := range r.sim.Stats().Orders["PO-1"] {
			made[o.TechnicalSiteName]++
		}
		if want := (map[string]int{"SITE-002": 1, "SITE-003": 1, "SITE-004": 1}); !maps.Equal(made, want) || b.Counts[rollout.Provisioned] != 3 {
			t.Errorf("ended as %v with orders %v", b.Counts, made)
		}
	})
}

// The answer to an order is lost, and the API has no list of orders.
func TestALostAnswerWhereOrdersAreNotListed(t *testing.T) {
	t.Parallel()
	unlisted := func(call string, w http.ResponseWriter) bool {
		return (call == simtest.CallOrders || call == simtest.CallOrdersOf) && simtest.Refuse(w, http.StatusNotFound, 60)
	}
	for _, code := range []int{60, 0} { // 0: not the API's own words
		runVirtually(t, fmt.Sprint("the voicesite agrees ", code), func(t *testing.T) {
			g := &simtest.Gate{Rule: func(call string, w http.ResponseWriter, _ *http.Request, carry func() *httptest.ResponseRecorder) bool {
				switch call {
				case simtest.CallOrder:
					carry()
					return simtest.Refuse(w, http.StatusServiceUnavailable, 0)
				case simtest.CallOrders, simtest.CallOrdersOf:
					return simtest.Refuse(w, http.StatusNotFound, code)
				}
				return false
			}}
			r := newVirtualRig(t, instantly, g.Between)
			b := r.finish("b", site(2))
			r.ended("b", "2", rollout.Provisioned, "")
			if n := g.Count(simtest.CallOrder); n != 1 || b.FailedProbes != 0 {
				t.Errorf("%d orders were sent, and the batch was blocked %d times", n, b.FailedProbes)
			}
		})
	}
	runVirtually(t, "the voicesite has another label", func(t *testing.T) {
		var r *rig
		g := &simtest.Gate{}
		r = newVirtualRig(t, instantly, g.Between)
		g.Set(func(call string, w http.ResponseWriter, _ *http.Request, _ func() *httptest.ResponseRecorder) bool {
			if call == simtest.CallOrder { // is lost on its way; somebody else is faster
				s := site(2)
				s.Label = "Somebody else's"
				r.place("PORTAL-1", s)
				return simtest.Refuse(w, http.StatusServiceUnavailable, 0)
			}
			return unlisted(call, w)
		})
		r.finish("b", site(2))
		r.ended("b", "2", rollout.Review, jobs.CodeNameTaken, "Somebody else's", "batch resolve b 2")
		if n := g.Count(simtest.CallOrder); n != 1 || r.orders() != 1 || g.Count(simtest.CallAddress) != 0 {
			t.Errorf("%d orders were sent, %d made", n, r.orders())
		}
	})
	runVirtually(t, "nor are voicesites", func(t *testing.T) {
		g := &simtest.Gate{Rule: func(call string, w http.ResponseWriter, _ *http.Request, carry func() *httptest.ResponseRecorder) bool {
			switch call {
			case simtest.CallOrder:
				carry()
				panic(http.ErrAbortHandler)
			case simtest.CallVoicesites:
				return simtest.Refuse(w, http.StatusNotFound, 60)
			}
			return unlisted(call, w)
		}}
		r := newVirtualRig(t, instantly, g.Between)
		r.finish("b", site(2))
		r.ended("b", "2", rollout.Review, jobs.CodeOrderUnknown, r.reference(site(2)), "batch resolve b 2")
		if n := g.Count(simtest.CallOrder); n != 1 {
			t.Errorf("%d orders were sent", n)
		}
	})
}

// An order whose answer is lost, and that no list shows at first, is not made twice.
func TestAnInvisibleOrderIsWaitedFor(t *testing.T) {
	virtually(t, func(t *testing.T) {
		r := newVirtualRig(t, btsim.Options{
			Faults: btsim.Faults{btsim.Invisible: {Every: 1}}, Invisible: 3 * time.Second,
		}, swallow("after"))
		r.config.Settle = 3 * time.Second
		b := r.finish("b", sitesFrom(3)...)
		if b.Counts[rollout.Provisioned] != 3 || r.orders() != 3 {
			t.Errorf("ended as %v with %d orders", b.Counts, r.orders())
		}
	})
}
