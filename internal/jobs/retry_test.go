// This file has failed and cancelled rows tried again: each kind of failure, attempts whose outcome was
// unknown, and two people at once. Rows that cannot be tried again are in retrychoice_test.go.

package jobs_test

import (
	"context"
	"errors"
	"iter"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"btrollout/internal/btsim"
	"btrollout/internal/jobs"
	"btrollout/internal/rollout"
	"btrollout/internal/simtest"
)

// plan makes a plan, and fails the test if it cannot be made.
func (r *rig) plan(batch string, sel jobs.Selection) jobs.RetryPlan {
	r.t.Helper()
	plan, err := jobs.PlanRetry(r.t.Context(), r.ledger, batch, sel, nil)
	if err != nil {
		r.t.Fatal(err)
	}
	return plan
}

// retry has rows of a batch tried again, and returns how many are, and the reasons of the others.
func (r *rig) retry(batch string, sel jobs.Selection) (tried int, not map[rollout.RowRef]jobs.RetryReason) {
	r.t.Helper()
	tried, rows, err := jobs.RetryRows(r.t.Context(), r.ledger, r.plan(batch, sel), nil)
	if err != nil {
		r.t.Fatal(err)
	}
	return tried, reasons(rows)
}

// reasons are the reasons of rows, each of which must be there once.
func reasons(rows []jobs.NotRetried) map[rollout.RowRef]jobs.RetryReason {
	by := map[rollout.RowRef]jobs.RetryReason{}
	for _, n := range rows {
		by[n.Row] += n.Reason
	}
	return by
}

// retryUntilDone has row 2 of a batch that is done tried again, and waits for its next report.
func (r *rig) retryUntilDone(batch string, sel jobs.Selection) {
	r.t.Helper()
	reports := r.reports.Load()
	if tried, not := r.retry(batch, sel); tried != 1 || len(not) > 0 {
		r.t.Fatalf("%d rows are tried again, and not %v", tried, not)
	}
	b := r.wait(batch, func(b rollout.Batch) bool { return isDone(b) && r.reports.Load() > reports })
	if now := r.reports.Load(); now != reports+1 || b.Rows() != len(r.sites(batch)) {
		r.t.Errorf("%d further reports, and the counts are %v", now-reports, b.Counts)
	}
}

// liveOrders checks that so many orders of a site were made in all, and exactly one of them lives.
func (r *rig) liveOrders(s rollout.Site, made int) {
	r.t.Helper()
	all, live := 0, 0
	for _, under := range r.sim.Stats().Orders {
		for _, o := range under {
			if o.TechnicalSiteName != s.Name {
				continue
			}
			if all++; o.Status != "rejected" {
				live++
			}
		}
	}
	if all != made || live != 1 {
		r.t.Errorf("%d orders of %s were made, want %d, and %d live, want 1", all, s.Name, made, live)
	}
}

// firstCalls is a rule that refuses a call n times.
func firstCalls(which string, n, status, code int) simtest.Rule {
	var mu sync.Mutex
	return func(call string, w http.ResponseWriter, _ *http.Request, _ func() *httptest.ResponseRecorder) bool {
		mu.Lock()
		defer mu.Unlock()
		if call != which || n == 0 {
			return false
		}
		n--
		return simtest.Refuse(w, status, code)
	}
}

func TestRetry_EachKindOfFailure(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		rule   simtest.Rule
		reject bool // Orange rejects the first order
		code   string
		orders int // of the site, in all
		sent   int // orders that were sent for it
	}{
		"order refused":           {rule: firstCalls(simtest.CallOrder, 1, 400, 24), code: jobs.CodeOrderRefused, orders: 1, sent: 2},
		"order rejected":          {reject: true, code: jobs.CodeOrderRejected, orders: 2, sent: 2},
		"address refused":         {rule: firstCalls(simtest.CallAddress, 1, 400, 24), code: jobs.CodeAddressRefused, orders: 1, sent: 1},
		"no answer to the order":  {rule: firstCalls(simtest.CallOrders, 100, 503, 5), code: jobs.CodeUnavailable, orders: 1, sent: 1},
		"no answer to an address": {rule: firstCalls(simtest.CallAddress, 6, 503, 5), code: jobs.CodeUnavailable, orders: 1, sent: 1},
	} {
		runVirtually(t, name, func(t *testing.T) {
			g := &simtest.Gate{Rule: c.rule}
			o := instantly
			if c.reject {
				o.Faults = btsim.Faults{btsim.Rejected: {Every: 2}}
			}
			r := newVirtualRig(t, o, g.Between)
			if c.reject {
				r.place("PORTAL-9", site(9)) // the fault strikes the second order
			}
			r.submit("b", site(2))
			stop := r.startWorker()
			r.wait("b", isDone)
			was := r.ended("b", "2", rollout.Failed, c.code)
			g.Set(nil)
			r.retryUntilDone("b", jobs.Selection{})
			stop()
			s := r.ended("b", "2", rollout.Provisioned, "")
			if was.Progress.VoiceSiteID != "" && s.Progress.VoiceSiteID != was.Progress.VoiceSiteID {
				t.Errorf("the voicesite was %s, and is %s", was.Progress.VoiceSiteID, s.Progress.VoiceSiteID)
			}
			if n := g.Count(simtest.CallOrder); n != c.sent || s.Run != 1 {
				t.Errorf("%d orders were sent, want %d, in run %d", n, c.sent, s.Run)
			}
			r.liveOrders(s, c.orders)
			if tried, not := r.retry("b", jobs.Selection{}); tried > 0 || len(not) > 0 {
				t.Errorf("once more: %d rows are tried again, and not %v", tried, not)
			}
		})
	}
}

// The rules of a country that forbade an address have changed: they are asked for again, although
// the copy of them is still valid.
func TestRetry_RefusedAtValidation(t *testing.T) {
	virtually(t, func(t *testing.T) {
		g := &simtest.Gate{}
		r := newVirtualRig(t, instantly, g.Between)
		r.submit("b", site(2))
		r.config.Checker = checkerBy(t, r.api, time.Now)
		g.Set(rewriting(func(_ string, o map[string]any) {
			for _, rule := range o {
				if rule, ok := rule.(map[string]any); ok && rule["valueRegexp"] != nil {
					rule["valueRegexp"] = "^x"
				}
			}
		}, "GET /addressconstraints"))
		stop := r.startWorker()
		r.wait("b", isDone)
		r.ended("b", "2", rollout.Failed, "address.pattern")
		time.Sleep(2 * time.Minute)
		r.retryUntilDone("b", jobs.Selection{})
		r.ended("b", "2", rollout.Failed, "address.pattern")
		g.Set(nil)
		time.Sleep(2 * time.Minute)
		r.retryUntilDone("b", jobs.Selection{})
		stop()
		s := r.ended("b", "2", rollout.Provisioned, "")
		r.liveOrders(s, 1)
		r.judge("b")
	})
}

// Each answer to an order is lost, and each order is rejected: every run makes one order, and takes
// only that one for its outcome.
func TestRetry_RejectedOrdersOfEarlierRuns(t *testing.T) {
	virtually(t, func(t *testing.T) {
		g := &simtest.Gate{Rule: loseEachAnswer}
		o := instantly
		o.Faults = btsim.Faults{btsim.Rejected: {Every: 1}}
		r := newVirtualRig(t, o, g.Between)
		r.submit("b", site(2))
		stop := r.startWorker()
		r.wait("b", isDone)
		outcome := map[string]bool{}
		for run := range 3 {
			if run > 0 {
				r.retryUntilDone("b", jobs.Selection{})
			}
			s := r.ended("b", "2", rollout.Failed, jobs.CodeOrderRejected)
			if outcome[s.OrderID] = true; len(outcome) != run+1 || r.orders() != run+1 {
				t.Errorf("after %d runs, %d orders were made, with the outcomes %v", run+1, r.orders(), outcome)
			}
		}
		stop()
	})
}

// givenUp is a site whose order's answer was lost and whose lists were refused, and that a person
// gave up without knowing whether the order exists.
func givenUp(t *testing.T, carried bool) (r *rig, g *simtest.Gate, stop func()) {
	t.Helper()
	lose := loseAnswers(carried)
	g = &simtest.Gate{Rule: func(call string, w http.ResponseWriter, q *http.Request, carry func() *httptest.ResponseRecorder) bool {
		return lose(call, w, q, carry) ||
			(call == simtest.CallOrders || call == simtest.CallOrdersOf || call == simtest.CallVoicesites) &&
				simtest.Refuse(w, http.StatusNotFound, 60)
	}}
	r = newVirtualRig(t, instantly, g.Between)
	r.submit("b", site(2))
	stop = r.startWorker()
	r.wait("b", isDone)
	r.ended("b", "2", rollout.Review, jobs.CodeOrderUnknown)
	if _, err := jobs.Resolve(t.Context(), r.ledger, r.queue, "b", 2, jobs.Resolution{Fail: true}); err != nil {
		t.Fatal(err)
	}
	r.wait("b", isDone)
	r.ended("b", "2", rollout.Failed, jobs.CodeGivenUp)
	return r, g, stop
}

// An attempt whose outcome was unknown is looked up as if its answer had just been lost.
func TestRetry_OutcomeUnknown(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		carried, listed bool
		state           rollout.State
		code            string
		sent            int
	}{
		"it was made":                    {true, true, rollout.Provisioned, "", 1},
		"it was not made":                {false, true, rollout.Provisioned, "", 2},
		"the account still does not say": {true, false, rollout.Review, jobs.CodeOrderUnknown, 1},
	} {
		runVirtually(t, name, func(t *testing.T) {
			r, g, stop := givenUp(t, c.carried)
			if tried, not := r.retry("b", jobs.Selection{}); tried != 0 || not[2] != jobs.GivenUp {
				t.Fatalf("%d rows are tried again, and not %v", tried, not)
			}
			if c.listed {
				g.Set(nil)
			}
			began := time.Now()
			r.retryUntilDone("b", jobs.Selection{GivenUp: true})
			stop()
			s := r.ended("b", "2", c.state, c.code)
			if n := g.Count(simtest.CallOrder); n != c.sent {
				t.Errorf("%d orders were sent, want %d", n, c.sent)
			}
			if took := time.Since(began); c.sent == 2 && took < r.config.Settle {
				t.Errorf("it was ordered after %s, less than the settle time", took)
			}
			r.liveOrders(s, 1)
		})
	}
}

// What the account got since the last survey is seen, although that survey is recent.
func TestRetry_SurveysAgain(t *testing.T) {
	virtually(t, func(t *testing.T) {
		g := &simtest.Gate{Rule: firstCalls(simtest.CallOrder, 1, 400, 24)}
		r := newVirtualRig(t, instantly, g.Between)
		r.submit("b", site(2))
		stop := r.startWorker()
		r.wait("b", isDone)
		r.ended("b", "2", rollout.Failed, jobs.CodeOrderRefused)
		r.place(r.reference(site(2)), site(2))
		r.retryUntilDone("b", jobs.Selection{})
		stop()
		s := r.ended("b", "2", rollout.Provisioned, "")
		r.liveOrders(s, 1)
		r.judge("b")
	})
}

// An order that is known is adopted or waited for, and no other one is made.
func TestRetry_OrderKnown(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		rule  simtest.Rule
		state rollout.State
		code  string
	}{
		"delivered by now": {nil, rollout.Provisioned, ""},
		"not shown":        {simtest.Answering(simtest.CallOrders, http.StatusNotFound, 60), rollout.Review, jobs.CodeOrderUnknown},
		"rejected by now": {rewriting(func(_ string, o map[string]any) {
			if o["status"] != nil {
				o["status"], o["rejectionReason"] = "rejected", "No capacity"
			}
		}, simtest.CallOrders), rollout.Failed, jobs.CodeOrderRejected},
	} {
		runVirtually(t, name, func(t *testing.T) {
			later := &clock{}
			r, g, stop := lateOrder(t, later)
			stop()
			if _, err := jobs.Resolve(t.Context(), r.ledger, r.queue, "b", 2, jobs.Resolution{Fail: true}); err != nil {
				t.Fatal(err)
			}
			r.config.OrderDeadline = time.Hour
			stop = r.startWorker()
			r.wait("b", isDone)
			if c.rule == nil {
				later.forward(2 * time.Hour)
			}
			g.Set(c.rule)
			r.retryUntilDone("b", jobs.Selection{Rows: []rollout.RowRef{2}})
			stop()
			r.ended("b", "2", c.state, c.code)
			if n := g.Count(simtest.CallOrder); n != 1 || r.orders() != 1 {
				t.Errorf("%d orders were sent, and %d made", n, r.orders())
			}
		})
	}
}

// cancel makes an open row one that was cancelled.
func (r *rig) cancel(batch string, row rollout.RowRef) {
	r.t.Helper()
	_, s, err := r.ledger.Load(r.t.Context(), batch, row)
	if err == nil {
		s.State = rollout.Cancelled
		_, _, err = r.ledger.Advance(r.t.Context(), s, time.Now())
	}
	if err != nil {
		r.t.Fatal(err)
	}
}

func TestRetry_Cancelled(t *testing.T) {
	virtually(t, func(t *testing.T) {
		r := newVirtualRig(t, instantly, nil)
		r.submit("b", site(2), site(3))
		r.cancel("b", 2)
		stop := r.startWorker()
		r.wait("b", isDone)
		r.retryUntilDone("b", jobs.Selection{})
		stop()
		r.ended("b", "2", rollout.Provisioned, "")
		r.judge("b")
	})
}

// Two people carry out a plan of the same rows at the same moment, each twice.
func TestRetry_TwiceAtOnce(t *testing.T) {
	virtually(t, func(t *testing.T) {
		const sites = 20
		g := &simtest.Gate{Rule: simtest.Answering(simtest.CallOrder, http.StatusBadRequest, 24)}
		r := newVirtualRig(t, instantly, g.Between)
		r.submit("b", sitesFrom(sites)...)
		stop := r.startWorker()
		r.wait("b", isDone)
		g.Set(nil)
		sent := g.Count(simtest.CallOrder)
		plans := []jobs.RetryPlan{r.plan("b", jobs.Selection{}), r.plan("b", jobs.Selection{})}
		var mu sync.Mutex
		var both sync.WaitGroup
		total, changed := 0, 0
		for range 2 {
			for _, plan := range plans {
				both.Go(func() {
					tried, not, err := jobs.RetryRows(t.Context(), r.ledger, plan, nil)
					mu.Lock()
					defer mu.Unlock()
					if total += tried; err != nil || tried+len(not) != sites {
						t.Errorf("%d rows are tried again, %d not (%v)", tried, len(not), err)
					}
					for _, n := range not {
						if changed++; n.Reason != jobs.Changed {
							t.Errorf("row %d: %s", n.Row, n.Reason)
						}
					}
				})
			}
		}
		both.Wait()
		b := r.wait("b", isDone)
		stop()
		if total != sites || changed != 3*sites || b.Counts[rollout.Provisioned] != sites {
			t.Errorf("%d rows were tried again, %d had changed, and ended as %v", total, changed, b.Counts)
		}
		if n := g.Count(simtest.CallOrder) - sent; n != sites {
			t.Errorf("%d orders were sent", n)
		}
		r.judge("b")
	})
}

// Rows that are tried again while the report is written are in the report that lasts.
func TestRetry_WhileTheReportIsWritten(t *testing.T) {
	virtually(t, func(t *testing.T) {
		g := &simtest.Gate{Rule: firstCalls(simtest.CallOrder, 1, 400, 24)}
		r := newVirtualRig(t, instantly, g.Between)
		once := firstOf()
		var mu sync.Mutex
		var reported []rollout.State
		r.config.Report = func(ctx context.Context, b rollout.Batch, sites iter.Seq2[rollout.Site, error]) (string, error) {
			var failed error
			for s, err := range sites {
				mu.Lock()
				reported = append(reported, s.State)
				mu.Unlock()
				failed = err
			}
			if failed == nil && once("retry") {
				plan, err := jobs.PlanRetry(ctx, r.ledger, b.ID, jobs.Selection{}, nil)
				if err == nil {
					_, _, err = jobs.RetryRows(ctx, r.ledger, plan, nil)
				}
				failed = err
			}
			return "report", failed
		}
		r.submit("b", site(2))
		stop := r.startWorker()
		r.wait("b", func(b rollout.Batch) bool { return isDone(b) && b.Counts[rollout.Provisioned] == 1 })
		stop()
		if n := len(reported); n != 2 || reported[n-1] != rollout.Provisioned {
			t.Errorf("the reports say %v", reported)
		}
	})
}

// A plan that is interrupted leaves the remaining rows as they were.
func TestRetry_Interrupted(t *testing.T) {
	virtually(t, func(t *testing.T) {
		g := &simtest.Gate{Rule: simtest.Answering(simtest.CallOrder, http.StatusBadRequest, 24)}
		r := newVirtualRig(t, instantly, g.Between)
		r.submit("b", sitesFrom(40)...)
		stop := r.startWorker()
		r.wait("b", isDone)
		stop()
		ctx, cancel := context.WithCancel(t.Context())
		tried, _, err := jobs.RetryRows(ctx, r.ledger, r.plan("b", jobs.Selection{}), func(done int) {
			if done == 5 {
				cancel()
			}
		})
		if !errors.Is(err, context.Canceled) || tried < 5 || tried == 40 {
			t.Errorf("%d rows are tried again: %v", tried, err)
		}
		g.Set(nil)
		again, not := r.retry("b", jobs.Selection{})
		stop = r.startWorker()
		b := r.wait("b", isDone)
		stop()
		if again == 0 || len(not) > 0 || b.Counts[rollout.Provisioned] != 40 {
			t.Errorf("%d rows were tried again later, not %v; ended as %v", again, not, b.Counts)
		}
		r.judge("b")
	})
}
