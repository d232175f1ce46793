// This file tests which rows are tried again, and why others are not: rows in other states, and sites
// that another row has.

package jobs_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/google/go-cmp/cmp"

	"btrollout/internal/jobs"
	"btrollout/internal/ledger"
	"btrollout/internal/rollout"
	"btrollout/internal/simtest"
)

// notTried checks that no row of a batch is tried again, and why row 2 is not.
func (r *rig) notTried(batch string, reason jobs.RetryReason, other string) {
	r.t.Helper()
	plan := r.plan(batch, jobs.Selection{Rows: []rollout.RowRef{2}})
	if len(plan.Rows) > 0 || len(plan.Not) != 1 || plan.Not[0].Reason != reason {
		r.t.Errorf("of %s, rows %v are tried again, and not %+v; want %s", batch, plan.Rows, plan.Not, reason)
		return
	}
	if got := plan.Not[0].Other; other == "" != (got == nil) || got != nil && got.Batch != other {
		r.t.Errorf("the reason is row %+v, want one of batch %q", got, other)
	}
}

func TestPlanRetry_States(t *testing.T) {
	virtually(t, func(t *testing.T) {
		g := &simtest.Gate{Rule: firstCalls(simtest.CallOrder, 2, 400, 24)}
		r := newVirtualRig(t, instantly, g.Between)
		r.place("PORTAL-2", site(2))
		wrong := site(3)
		wrong.Address["pc"] = "12"
		r.submit("b", site(2), wrong, site(4), site(5), site(6), site(7))
		r.cancel("b", 7)
		r.config.Concurrency = 1
		stop := r.startWorker()
		r.wait("b", isDone)
		stop()
		states := map[rollout.State][]rollout.RowRef{}
		for _, s := range r.sites("b") {
			states[s.State] = append(states[s.State], s.Row)
		}
		if len(states[rollout.Failed]) != 2 || len(states[rollout.Provisioned]) != 1 {
			t.Fatalf("the rows ended as %v", states)
		}
		before := r.sites("b")
		plan := r.plan("b", jobs.Selection{})
		want := map[rollout.RowRef]jobs.RetryReason{2: jobs.InReview, 3: jobs.WrongInFile}
		if diff := cmp.Diff(want, reasons(plan.Not)); diff != "" || len(plan.Rows) != 3 {
			t.Errorf("%d rows, and not (-want +got):\n%s", len(plan.Rows), diff)
		}
		provisioned := states[rollout.Provisioned][0]
		plan = r.plan("b", jobs.Selection{Rows: []rollout.RowRef{99, 7, provisioned, 7}})
		want = map[rollout.RowRef]jobs.RetryReason{99: jobs.NotInBatch, provisioned: jobs.InPlace}
		if diff := cmp.Diff(want, reasons(plan.Not)); diff != "" || len(plan.Rows) != 1 || plan.Rows[0].Row != 7 {
			t.Errorf("rows %v, and not (-want +got):\n%s", plan.Rows, diff)
		}
		plan = r.plan("b", jobs.Selection{Matches: func(s rollout.Site) bool { return s.State == rollout.Failed }})
		if len(plan.Rows) != 2 || len(plan.Not) > 0 {
			t.Errorf("of those that failed, rows %v, and not %v", plan.Rows, plan.Not)
		}
		unchanged(t, "the batch", r.sites("b"), before)
		if _, err := jobs.PlanRetry(t.Context(), r.ledger, "nope", jobs.Selection{}, nil); !errors.Is(err, ledger.ErrNotFound) {
			t.Errorf("of no batch: %v", err)
		}
		r.rdb.HSet(t.Context(), "{btr}:batch:b:rows", "7", "{")
		r.notTriedRow("b", 7, jobs.RowDamaged)
		if tried, _ := r.retry("b", jobs.Selection{}); tried != 2 {
			t.Errorf("%d rows are tried again", tried)
		}
		r.notTriedRow("b", states[rollout.Failed][0], jobs.NotEnded)
	})
}

// notTriedRow checks why a row is not tried again.
func (r *rig) notTriedRow(batch string, row rollout.RowRef, reason jobs.RetryReason) {
	r.t.Helper()
	plan := r.plan(batch, jobs.Selection{Rows: []rollout.RowRef{row}})
	if len(plan.Rows) > 0 || reasons(plan.Not)[row] != reason {
		r.t.Errorf("rows %v are tried again, and not %+v; want %s", plan.Rows, plan.Not, reason)
	}
}

// Another batch took the site of a failed row over: whatever became of it there, the row is not tried
// again, and another order is not made.
func TestPlanRetry_SiteOfALaterUpload(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		rule   simtest.Rule // for the later upload
		until  func(rollout.Batch) bool
		reason jobs.RetryReason
	}{
		"provisioned":  {nil, isDone, jobs.InPlaceSince},
		"under way":    {nil, func(b rollout.Batch) bool { return b.Counts[rollout.Ordered] == 1 }, jobs.UnderWay},
		"failed there": {simtest.Answering(simtest.CallOrder, http.StatusBadRequest, 24), isDone, jobs.TakenOver},
		"in review":    {simtest.Answering(simtest.CallOrder, http.StatusConflict, 42), isDone, jobs.OtherInReview},
	} {
		runVirtually(t, name, func(t *testing.T) {
			g := &simtest.Gate{Rule: firstCalls(simtest.CallOrder, 1, 400, 24)}
			r := newSlowRig(t, g)
			r.submit("b1", site(2))
			stop := r.startWorker()
			r.wait("b1", isDone)
			early := r.plan("b1", jobs.Selection{})
			g.Set(c.rule)
			r.submit("b2", movedSite(2))
			r.wait("b2", c.until)
			sent := g.Count(simtest.CallOrder)
			r.notTried("b1", c.reason, "b2")
			tried, not, err := jobs.RetryRows(t.Context(), r.ledger, early, nil) // a plan from before it
			if err != nil || tried > 0 || reasons(not)[2] != jobs.TakenOver {
				t.Errorf("by an earlier plan, %d rows are tried again, and not %v (%v)", tried, not, err)
			}
			if b, err := r.ledger.Batch(t.Context(), "b1"); err != nil || !isDone(b) {
				t.Errorf("batch b1 is %s (%v)", b.State, err)
			}
			r.wait("b2", isDone)
			stop()
			if n := g.Count(simtest.CallOrder); n != sent {
				t.Errorf("%d further orders were sent", n-sent)
			}
		})
	}
}

// A row that follows the failed one is the newer one, and comes next.
func TestPlanRetry_WhileAnotherRowFollows(t *testing.T) {
	virtually(t, func(t *testing.T) {
		r := newSlowRig(t, &simtest.Gate{})
		r.submit("b1", site(2))
		r.submit("b2", movedSite(2))
		r.cancel("b1", 2)
		r.notTried("b1", jobs.UnderWay, "b2")
		r.cancel("b2", 2)
		if tried, not := r.retry("b2", jobs.Selection{}); tried != 1 { // its turn has come, and it takes the claim
			t.Fatalf("not %v", not)
		}
		r.notTried("b1", jobs.UnderWay, "b2")
		stop := r.startWorker()
		r.wait("b2", isDone)
		stop()
		r.notTried("b1", jobs.InPlaceSince, "b2")
		r.judge("b2")
		r.houseNumber("7", 1)
	})
}

// A row that takes its site over from one that failed knows what was made for that one, even if the
// account does not show it.
func TestRetry_TakesTheVoiceSiteOver(t *testing.T) {
	virtually(t, func(t *testing.T) {
		g := &simtest.Gate{Rule: simtest.Answering(simtest.CallAddress, http.StatusBadRequest, 24)}
		r := newSlowRig(t, g)
		r.submit("b1", site(2))
		stop := r.startWorker()
		r.ordered("b1")
		r.submit("b2", movedSite(2))
		r.cancel("b2", 2)
		r.notTried("b2", jobs.UnderWay, "b1")
		r.wait("b1", isDone)
		was := r.ended("b1", "2", rollout.Failed, jobs.CodeAddressRefused)
		g.Set(func(call string, w http.ResponseWriter, _ *http.Request, _ func() *httptest.ResponseRecorder) bool {
			lists := call == simtest.CallOrders || call == simtest.CallOrdersOf || call == simtest.CallVoicesites
			return lists && simtest.Refuse(w, http.StatusNotFound, 60)
		})
		r.retryUntilDone("b2", jobs.Selection{})
		stop()
		if s := r.ended("b2", "2", rollout.Provisioned, ""); s.Progress.VoiceSiteID != was.Progress.VoiceSiteID {
			t.Errorf("provisioned as %s, was %s", s.Progress.VoiceSiteID, was.Progress.VoiceSiteID)
		}
		r.houseNumber("7", 1)
	})
}

// An upload that is withdrawn took the site of a failed row over and never worked on it. Its own rows
// are not tried again: nobody knows the rest of its file.
func TestRetry_AfterAnUploadWasWithdrawn(t *testing.T) {
	virtually(t, func(t *testing.T) {
		g := &simtest.Gate{Rule: firstCalls(simtest.CallAddress, 1, 400, 24)}
		r := newVirtualRig(t, instantly, g.Between)
		r.submit("b1", site(2))
		stop := r.startWorker()
		r.wait("b1", isDone)
		was := r.ended("b1", "2", rollout.Failed, jobs.CodeAddressRefused)
		dying := r.batch("b2")
		err := r.ledger.Create(t.Context(), dying)
		if err == nil {
			_, err = r.ledger.Add(t.Context(), dying, r.entriesOf(movedSite(2)))
		}
		if err != nil {
			t.Fatal(err)
		}
		r.notTried("b1", jobs.UnderWay, "b2")
		if _, err = r.ledger.Withdraw(t.Context(), "b2"); err != nil {
			t.Fatal(err)
		}
		r.wait("b2", isDone)
		r.notTried("b2", jobs.Withdrawn, "")
		r.retryUntilDone("b1", jobs.Selection{})
		stop()
		s := r.ended("b1", "2", rollout.Provisioned, "")
		if s.Progress.VoiceSiteID != was.Progress.VoiceSiteID {
			t.Errorf("provisioned as %s, was %s", s.Progress.VoiceSiteID, was.Progress.VoiceSiteID)
		}
		r.houseNumber("5", 1)
	})
}

// Of two rows that may take the claim over by plans of the same moment, one does.
func TestRetry_ClaimTakenBetween(t *testing.T) {
	virtually(t, func(t *testing.T) {
		r := newVirtualRig(t, instantly, nil)
		r.submit("b1", site(2))
		r.submit("b2", movedSite(2))
		r.cancel("b1", 2)
		r.cancel("b2", 2)
		one, two := r.plan("b1", jobs.Selection{}), r.plan("b2", jobs.Selection{})
		if len(one.Rows) != 1 || len(two.Rows) != 1 {
			t.Fatalf("not %v, %v", one.Not, two.Not)
		}
		retry := func(plan jobs.RetryPlan) (int, map[rollout.RowRef]jobs.RetryReason) {
			tried, not, err := jobs.RetryRows(context.WithoutCancel(t.Context()), r.ledger, plan, nil)
			if err != nil {
				t.Fatal(err)
			}
			return tried, reasons(not)
		}
		if tried, not := retry(one); tried != 1 {
			t.Errorf("the first: not %v", not)
		}
		if tried, not := retry(two); tried != 0 || not[2] != jobs.UnderWay {
			t.Errorf("the second: %d, not %v", tried, not)
		}
		stop := r.startWorker()
		r.wait("b1", isDone)
		stop()
		r.judge("b1")
		r.houseNumber("5", 1)
	})
}

// Each reason is said in both languages.
func TestRetryReason_Words(t *testing.T) {
	t.Parallel()
	for _, reason := range []jobs.RetryReason{
		jobs.NotInBatch, jobs.NotEnded, jobs.InPlace, jobs.LeftToOther, jobs.InReview, jobs.WrongInFile, jobs.GivenUp, jobs.InDoubt,
		jobs.RowDamaged, jobs.Withdrawn, jobs.TakenOver, jobs.UnderWay, jobs.InPlaceSince, jobs.OtherInReview, jobs.Changed,
	} {
		if words := reason.Words(); words.EN == "" || words.FR == "" {
			t.Errorf("%s is said as %+v", reason, words)
		}
	}
}
