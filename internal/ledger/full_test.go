// Tests of a Redis that is full.

package ledger_test

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"btrollout/internal/ledger"
	"btrollout/internal/redistest"
	"btrollout/internal/rollout"
)

func TestWithdraw_OnAFullRedis(t *testing.T) {
	t.Parallel()
	rdb := redistest.Connect(t, redistest.Server(t))
	l, ctx := ledger.New(rdb), t.Context()
	b := rollout.Batch{ID: "b1", Customer: "9999", Uploaded: 2}
	limit := func(bytes string) {
		t.Helper()
		if err := rdb.ConfigSet(ctx, "maxmemory", bytes).Err(); err != nil {
			t.Fatal(err)
		}
	}
	wantWithdrawn := func(l *ledger.Ledger) {
		t.Helper()
		got, err := l.Batch(ctx, "b1")
		if err != nil || got.State != rollout.Withdrawn || got.WithdrawnAt.IsZero() || got.Unwritten() != 1 {
			t.Errorf("it is %s, withdrawn at %s, with %d rows missing (%v)", got.State, got.WithdrawnAt, got.Unwritten(), err)
		}
	}
	if err := l.Create(ctx, b); err != nil {
		t.Fatal(err)
	}
	if lost, err := l.Add(ctx, b, []ledger.Entry{entry(2)}); err != nil || len(lost) > 0 {
		t.Fatal(lost, err)
	}
	limit("1mb")
	if _, err := l.Add(ctx, b, []ledger.Entry{entry(3)}); err == nil {
		t.Fatal("a full Redis took a row")
	}
	if withdrawn, err := l.Withdraw(ctx, "b1"); err != nil || !withdrawn {
		t.Fatalf("withdrawn %t, %v", withdrawn, err)
	}
	wantWithdrawn(ledger.NewReader(rdb))
	if got := logged(t, l); len(got) != 1 {
		t.Errorf("on a full Redis, the log has %+v", got)
	}
	limit("0")
	wantWithdrawn(l)
	// Nothing that its upload sent earlier, and that arrives late, makes it live again.
	if _, err := l.Add(ctx, b, []ledger.Entry{entry(3)}); !errors.Is(err, ledger.ErrWithdrawn) {
		t.Errorf("a row: %v", err)
	}
	if err := l.Touch(ctx, "b1"); !errors.Is(err, ledger.ErrWithdrawn) {
		t.Errorf("a sign of life: %v", err)
	}
	if err := l.Start(ctx, "b1"); !errors.Is(err, ledger.ErrWithdrawn) {
		t.Errorf("its start: %v", err)
	}
	// Now it is withdrawn at once, without being watched.
	if withdrawn, watched, err := l.WithdrawSilent(ctx, "b1", ledger.Silence{After: 300e9, While: 20e9}); err != nil || !withdrawn || watched {
		t.Errorf("withdrawn %t, watched %t (%v)", withdrawn, watched, err)
	}
	wantWithdrawn(l)
	if got := logged(t, l); len(got) != 2 || got[1].What != rollout.AuditWithdrawn {
		t.Errorf("the log has %+v", got)
	}
	if state := rdb.HGet(ctx, "{btr}:batch:b1", "state").Val(); state != "withdrawn" {
		t.Errorf("its record says %q", state)
	}
}

func TestMend_AFullRedisKeepsTheCounts(t *testing.T) {
	t.Parallel()
	rdb := redistest.Connect(t, redistest.Server(t))
	l, ctx := ledger.New(rdb), t.Context()
	b := rollout.Batch{ID: "b1", Customer: "9999"}
	const counts = "{btr}:batch:b1:counts"
	err := l.Create(ctx, b)
	for _, step := range []func() error{
		func() error { _, err := l.Add(ctx, b, []ledger.Entry{entry(2)}); return err },
		func() error { return rdb.HSet(ctx, counts, "x", "1", "imported", "5").Err() },
		func() error { return rdb.ConfigSet(ctx, "maxmemory", "1mb").Err() },
	} {
		if err == nil {
			err = step()
		}
	}
	if err != nil {
		t.Fatal(err)
	}
	if err := l.Mend(ctx, "b1"); err == nil {
		t.Error("a full Redis was mended")
	}
	if n := rdb.HGet(ctx, counts, "imported").Val(); n != "5" {
		t.Errorf("the count is now %q", n)
	}
	if err := errors.Join(rdb.ConfigSet(ctx, "maxmemory", "0").Err(), l.Mend(ctx, "b1")); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[string]string{"imported": "1"}, rdb.HGetAll(ctx, counts).Val()); diff != "" {
		t.Error(diff)
	}
}
