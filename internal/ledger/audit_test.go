// Tests of the audit log.

package ledger_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/redis/go-redis/v9"

	"btrollout/internal/ledger"
	"btrollout/internal/redistest"
	"btrollout/internal/rollout"
)

const logKey = "{btr}:batch:b1:log"

// logged are the entries of the log of b1, without their times.
func logged(t *testing.T, l *ledger.Ledger) (entries []rollout.AuditEntry) {
	t.Helper()
	log, err := l.AuditLog(t.Context(), "b1")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range log {
		entries = append(entries, rollout.AuditEntry{Who: e.Who, What: e.What, Detail: e.Detail})
	}
	return entries
}

// reviewed moves the site in row 2 to review.
func reviewed(ctx context.Context, l *ledger.Ledger) (rollout.Site, error) {
	_, s, err := l.Load(ctx, "b1", 2)
	if err != nil {
		return s, err
	}
	s.State = rollout.Review
	s, _, err = l.Advance(ctx, s, noon)
	return s, err
}

func TestAuditLog_HasEveryChangeOfState(t *testing.T) {
	t.Parallel()
	onBoth(t, 1, func(t *testing.T, l bundle) {
		ctx := t.Context()
		worker, anna := l.As("worker w1"), l.As("anna@host")
		var s rollout.Site
		finish := func(decisions int) func() error {
			return func() error {
				done, err := worker.Finish(ctx, "b1", decisions, "r.xlsx")
				if !done && err == nil {
					err = errors.New("it is not done")
				}
				return err
			}
		}
		decision := rollout.AuditDetail{Row: "2", Decision: rollout.DecisionVoiceSite, VoiceSiteID: "vs1"}
		for i, step := range []func() error{
			func() error { _, err := worker.Block(ctx, "b1", `the key is "wrong"`); return err },
			func() error { _, err := worker.Block(ctx, "b1", "again"); return err }, // it is blocked: no change
			func() error { return worker.CountFailedProbe(ctx, "b1") },
			func() error { return worker.Unblock(ctx, "b1") },
			func() error { return worker.Unblock(ctx, "b1") }, // no change
			func() (err error) { s, err = reviewed(ctx, worker); return err },
			finish(0),
			func() (err error) {
				s.State = rollout.Validated
				s, _, err = anna.AdvanceDecided(ctx, "9999", s, decision, noon)
				return err
			},
			func() (err error) { s.State = rollout.Failed; s, _, err = worker.Advance(ctx, s, noon); return err },
			finish(1),
		} {
			if err := step(); err != nil {
				t.Fatalf("step %d: %v", i, err)
			}
		}
		want := []rollout.AuditEntry{
			{Who: "unknown", What: rollout.AuditEntered, Detail: rollout.AuditDetail{File: "f.xlsx"}},
			{Who: "unknown", What: rollout.AuditStarted},
			{Who: "worker w1", What: rollout.AuditBlocked, Detail: rollout.AuditDetail{Reason: `the key is "wrong"`}},
			{Who: "worker w1", What: rollout.AuditUnblocked},
			{Who: "worker w1", What: rollout.AuditDone},
			{Who: "anna@host", What: rollout.AuditResolved, Detail: decision},
			{Who: "anna@host", What: rollout.AuditReopened},
			{Who: "worker w1", What: rollout.AuditDone},
		}
		if diff := cmp.Diff(want, logged(t, l.Ledger)); diff != "" {
			t.Errorf("-want +got:\n%s", diff)
		}
		log, readErr := l.AuditLog(ctx, "b1")
		now, err := l.Clock(ctx)
		for _, e := range log {
			if age := now.Sub(e.At); errors.Join(err, readErr) != nil || age < -time.Second || age > time.Minute || e.At.Location() != time.UTC {
				t.Errorf("an entry is of %s, and now it is %s (%v)", e.At, now, err)
			}
		}
	})
}

func TestAuditLog_ADecisionThatIsNotTakenIsNotRecorded(t *testing.T) {
	t.Parallel()
	onBoth(t, 1, func(t *testing.T, l bundle) {
		ctx := t.Context()
		s, err := reviewed(ctx, l.Ledger)
		if err != nil {
			t.Fatal(err)
		}
		before := logged(t, l.Ledger)
		s.State, s.Version = rollout.Failed, s.Version-1
		if _, _, err := l.AdvanceDecided(ctx, "9999", s, rollout.AuditDetail{Row: "2"}, noon); !errors.Is(err, ledger.ErrStale) {
			t.Errorf("a late decision: %v", err)
		}
		if diff := cmp.Diff(before, logged(t, l.Ledger)); diff != "" {
			t.Errorf("-before +after:\n%s", diff)
		}
	})
}

func TestAuditLog_AWithdrawnUploadIsRecordedOnce(t *testing.T) {
	t.Parallel()
	for kind, start := range redistest.Kinds {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			l := ledger.New(redistest.Connect(t, start(t))).As("anna@host")
			if err := l.Create(t.Context(), rollout.Batch{ID: "b1", File: "f.csv", Customer: "9999"}); err != nil {
				t.Fatal(err)
			}
			for range 2 {
				if withdrawn, err := l.Withdraw(t.Context(), "b1"); err != nil || !withdrawn {
					t.Fatal(withdrawn, err)
				}
			}
			want := []rollout.AuditEntry{
				{Who: "anna@host", What: rollout.AuditEntered, Detail: rollout.AuditDetail{File: "f.csv"}},
				{Who: "anna@host", What: rollout.AuditWithdrawn},
			}
			if diff := cmp.Diff(want, logged(t, l)); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

// A log that is no stream stops no change, and is begun anew.
func TestAuditLog_Damaged(t *testing.T) {
	t.Parallel()
	onBoth(t, 1, func(t *testing.T, l bundle) {
		ctx := t.Context()
		s, err := reviewed(ctx, l.Ledger)
		if err != nil {
			t.Fatal(err)
		}
		for i, change := range []struct {
			what rollout.AuditEvent
			make func() error
		}{
			{rollout.AuditBlocked, func() error { _, err := l.Block(ctx, "b1", "no"); return err }},
			{rollout.AuditUnblocked, func() error { return l.Unblock(ctx, "b1") }},
			{rollout.AuditDone, func() error { _, err := l.Finish(ctx, "b1", 0, "r.xlsx"); return err }},
			{rollout.AuditReopened, func() (err error) {
				s.State = rollout.Failed
				s, _, err = l.AdvanceDecided(ctx, "9999", s, rollout.AuditDetail{Row: "2"}, noon)
				return err
			}},
			{rollout.AuditEntered, func() error { return l.Create(ctx, l.b) }},
			{rollout.AuditWithdrawn, func() error { _, err := l.Withdraw(ctx, "b1"); return err }},
		} {
			if err := l.rdb.Set(ctx, logKey, "x", 0).Err(); err != nil {
				t.Fatal(err)
			}
			if got := logged(t, l.Ledger); len(got) > 0 {
				t.Errorf("a damaged log has %+v", got)
			}
			if err := change.make(); err != nil {
				t.Errorf("change %d: %v", i, err)
			}
			if got := logged(t, l.Ledger); len(got) == 0 || got[len(got)-1].What != change.what {
				t.Errorf("after %s, the log has %+v", change.what, got)
			}
		}
		if err := l.rdb.XAdd(ctx, &redis.XAddArgs{Stream: logKey, Values: []any{"what", "new", "detail", "{"}}).Err(); err != nil {
			t.Fatal(err)
		}
		got := logged(t, l.Ledger)
		if diff := cmp.Diff(rollout.AuditEntry{What: "new"}, got[len(got)-1]); diff != "" {
			t.Errorf("of an entry that is damaged (-want +got):\n%s", diff)
		}
	})
}

func TestAuditLog_Length(t *testing.T) {
	t.Parallel()
	onBoth(t, 1, func(t *testing.T, l bundle) {
		ctx := t.Context()
		_, err := l.rdb.Pipelined(ctx, func(p redis.Pipeliner) error {
			for i := range 5300 {
				p.XAdd(ctx, &redis.XAddArgs{Stream: logKey, Values: []any{"who", "anna@host", "what", fmt.Sprint(i), "detail", "{}"}})
			}
			return nil
		})
		if err == nil {
			_, err = l.Block(ctx, "b1", "no")
		}
		n, readErr := l.rdb.XLen(ctx, logKey).Result()
		if err := errors.Join(err, readErr); err != nil || n < 5000 || n > 5100 {
			t.Errorf("the log has %d entries (%v)", n, err)
		}
		if got := logged(t, l.Ledger); len(got) != int(n) || got[n-1].What != rollout.AuditBlocked {
			t.Errorf("%d of %d entries are read, the last one %+v", len(got), n, got[len(got)-1])
		}
	})
}

func TestExpireAuditLog(t *testing.T) {
	t.Parallel()
	onBoth(t, 1, func(t *testing.T, l bundle) {
		ctx := t.Context()
		if err := l.ExpireAuditLog(ctx, "b1"); err != nil {
			t.Fatal(err)
		}
		left, err := l.rdb.PTTL(ctx, logKey).Result()
		if err != nil || left > 365*24*time.Hour || left < 365*24*time.Hour-time.Minute {
			t.Errorf("it expires in %s (%v)", left, err)
		}
	})
}

func TestRecord_AChangeThatConcernsNoBatch(t *testing.T) {
	t.Parallel()
	onBoth(t, 0, func(t *testing.T, l bundle) {
		ctx := t.Context()
		err := l.As("anna@host").Record(ctx, rollout.AuditRate, rollout.AuditDetail{Rate: "10/s"})
		log, readErr := l.AccountLog(ctx)
		if err := errors.Join(err, readErr); err != nil || len(log) != 1 {
			t.Fatalf("%+v (%v)", log, err)
		}
		log[0].At = time.Time{}
		want := rollout.AuditEntry{Who: "anna@host", What: rollout.AuditRate, Detail: rollout.AuditDetail{Rate: "10/s"}}
		if diff := cmp.Diff(want, log[0]); diff != "" {
			t.Errorf("-want +got:\n%s", diff)
		}
	})
}

// logReads counts the commands that read the log.
type logReads struct{ n int }

func (*logReads) DialHook(next redis.DialHook) redis.DialHook { return next }

func (r *logReads) count(cmds ...redis.Cmder) {
	for _, cmd := range cmds {
		if strings.HasPrefix(cmd.Name(), "x") {
			r.n++
		}
	}
}

func (r *logReads) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, cmd redis.Cmder) error { r.count(cmd); return next(ctx, cmd) }
}

func (r *logReads) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return func(ctx context.Context, cmds []redis.Cmder) error { r.count(cmds...); return next(ctx, cmds) }
}

// The log is read by those who ask for it only, and by no step of a site.
func TestAuditLog_IsNotReadWithSitesAndBatches(t *testing.T) {
	t.Parallel()
	onBoth(t, 1, func(t *testing.T, l bundle) {
		ctx, reads := t.Context(), &logReads{}
		l.rdb.AddHook(reads)
		_, _, err1 := l.Load(ctx, "b1", 2)
		_, err2 := l.Batch(ctx, "b1")
		_, err3 := l.OpenCounts(ctx)
		if err := errors.Join(err1, err2, err3); err != nil || reads.n > 0 {
			t.Errorf("%d commands read the log (%v)", reads.n, err)
		}
		if _, err := l.AuditLog(ctx, "b1"); err != nil || reads.n != 1 {
			t.Errorf("this test counts the wrong thing: %d (%v)", reads.n, err)
		}
	})
}
