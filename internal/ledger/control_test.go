// This file tests what people decide about a batch, and which sites are admitted.

package ledger_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"btrollout/internal/ledger"
	"btrollout/internal/rollout"
)

// read reads a batch as it stands.
func (l bundle) read(t *testing.T, id string) rollout.Batch {
	t.Helper()
	b, err := l.Batch(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// more adds a batch of n rows in certain countries, and starts it.
func (l bundle) more(t *testing.T, id string, plan rollout.Plan, countries ...string) rollout.Batch {
	t.Helper()
	b := l.b
	b.ID, b.Plan = id, plan
	if err := l.Create(t.Context(), b); err != nil {
		t.Fatal(err)
	}
	var entries []ledger.Entry
	for i, country := range countries {
		e := entry(i + 2)
		e.Site.Name, e.Site.Country = fmt.Sprint(id, "-", i), country
		entries = append(entries, e)
	}
	lost, err := l.Add(t.Context(), b, entries)
	if err = errors.Join(err, l.Start(t.Context(), id)); err != nil || len(lost) > 0 {
		t.Fatal(lost, err)
	}
	return l.read(t, id)
}

// admit admits sites, and returns their batches and rows.
func (l bundle) admit(t *testing.T, room int, batches ...rollout.Batch) []string {
	t.Helper()
	list := make([]ledger.Admissible, len(batches))
	for i, b := range batches {
		list[i] = ledger.Admissible{Batch: b}
	}
	sites, err := l.Admit(t.Context(), room, time.Second, list)
	if err != nil {
		t.Fatal(err)
	}
	admitted := map[string]int{}
	var names []string
	for _, s := range sites {
		if admitted[s.Batch]++; admitted[s.Batch] > 0 {
			names = append(names, fmt.Sprint(s.Batch, "/", s.Row))
		}
	}
	return names
}

// Batches take turns; a batch that came later does not make up for the time before.
func TestAdmit_Turns(t *testing.T) {
	t.Parallel()
	onBoth(t, 6, func(t *testing.T, l bundle) {
		b1 := l.read(t, "b1")
		if diff := cmp.Diff([]string{"b1/2", "b1/3"}, l.admit(t, 2, b1)); diff != "" {
			t.Errorf("alone (-want +got):\n%s", diff)
		}
		b2 := l.more(t, "b2", rollout.Plan{}, "FR", "FR", "FR", "FR")
		want := []string{"b1/4", "b1/5", "b2/2", "b2/3"} // they are read batch by batch
		if diff := cmp.Diff(want, l.admit(t, 6, b1, b2)); diff != "" {
			t.Errorf("two batches, two sites of which are due already (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff([]string{"b2/4"}, l.admit(t, 6, b1, b2)); diff != "" {
			t.Errorf("the second one had not its share (-want +got):\n%s", diff)
		}
		if got := l.admit(t, 6, b1, b2); len(got) != 0 {
			t.Errorf("there was no room, and %v were admitted", got)
		}
	})
}

// A batch that has very many sites due leaves the others their room, and takes none that they do not use.
func TestAdmit_OneBatchHasManyDue(t *testing.T) {
	t.Parallel()
	onBoth(t, 60, func(t *testing.T, l bundle) {
		b1 := l.read(t, "b1")
		if n := len(l.admit(t, 50, b1)); n != 50 {
			t.Fatalf("%d sites were admitted", n)
		}
		b2 := l.more(t, "b2", rollout.Plan{}, make([]string, 20)...)
		if diff := cmp.Diff([]string{"b2/2", "b2/3", "b2/4"}, l.admit(t, 6, b1, b2)); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		b3 := l.more(t, "b3", rollout.Plan{}, "FR")
		if diff := cmp.Diff([]string{"b3/2"}, l.admit(t, 6, b1, b3)); diff != "" {
			t.Errorf("beside a batch of one site (-want +got):\n%s", diff)
		}
	})
}

// An urgent batch has seven of eight turns.
func TestAdmit_Urgent(t *testing.T) {
	t.Parallel()
	onBoth(t, 20, func(t *testing.T, l bundle) {
		countries := make([]string, 20)
		urgent := l.more(t, "u", rollout.Plan{Urgent: true}, countries...)
		b1, of := l.read(t, "b1"), map[string]int{}
		sites, err := l.Admit(t.Context(), 16, 0, []ledger.Admissible{{Batch: b1}, {Batch: urgent}})
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range sites {
			of[s.Batch]++
		}
		if diff := cmp.Diff(map[string]int{"u": 14, "b1": 2}, of); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
}

// Sites come in the order of the plan, also if it is changed later.
func TestAdmit_Order(t *testing.T) {
	t.Parallel()
	onBoth(t, 1, func(t *testing.T, l bundle) {
		b := l.more(t, "b2", rollout.Plan{First: []string{"NL", "BE"}}, "FR", "BE", "NL", "FR", "BE", "DE")
		if diff := cmp.Diff([]string{"b2/4", "b2/3", "b2/6"}, l.admit(t, 3, b)); diff != "" {
			t.Errorf("first countries (-want +got):\n%s", diff)
		}
		if done, err := l.Replan(t.Context(), b, rollout.Plan{ByCountry: true}); !done || err != nil {
			t.Fatal(done, err)
		}
		if diff := cmp.Diff([]string{"b2/7"}, l.admit(t, 4, l.read(t, "b2"))); diff != "" {
			t.Errorf("by country (-want +got):\n%s", diff)
		}
	})
}

// Of a batch that is paused, cancelled or in another state than was read, nothing is admitted.
func TestAdmit_HeldUp(t *testing.T) {
	t.Parallel()
	ok := func(done bool, err error) error {
		if err == nil && !done {
			err = errors.New("not done")
		}
		return err
	}
	for name, decide := range map[string]func(t *testing.T, l bundle) error{
		"paused":    func(t *testing.T, l bundle) error { return ok(l.Pause(t.Context(), "b1")) },
		"cancelled": func(t *testing.T, l bundle) error { return ok(l.Cancel(t.Context(), "b1", rollout.FinishOrdered)) },
		"all":       func(t *testing.T, l bundle) error { return l.PauseAll(t.Context()) },
		"blocked": func(t *testing.T, l bundle) error {
			_, err := l.Block(t.Context(), "b1", "why")
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			onBoth(t, 3, func(t *testing.T, l bundle) {
				b, s := l.read(t, "b1"), rollout.Site{}
				var err error
				if _, s, err = l.Load(t.Context(), "b1", 2); err != nil {
					t.Fatal(err)
				}
				if err := decide(t, l); err != nil {
					t.Fatal(err)
				}
				if got := l.admit(t, 9, b); len(got) > 0 {
					t.Errorf("%v were admitted", got)
				}
				s.State = rollout.Validated
				if _, _, err := l.AdvanceClaimedInState(t.Context(), b, s, time.Now()); !errors.Is(err, ledger.ErrMoved) {
					t.Errorf("an intent would be recorded: %v", err)
				}
			})
		})
	}
}

// Decisions are recorded once each, and are refused for batches that have ended or are not there.
func TestDecisions_Recorded(t *testing.T) {
	t.Parallel()
	onBoth(t, 1, func(t *testing.T, l bundle) {
		ctx, anna := t.Context(), l.As("anna@office")
		for range 2 {
			_, err1 := anna.Pause(ctx, "b1")
			_, err2 := anna.Replan(ctx, l.read(t, "b1"), rollout.Plan{Urgent: true})
			if err := errors.Join(err1, err2, anna.PauseAll(ctx)); err != nil {
				t.Fatal(err)
			}
		}
		b := l.read(t, "b1")
		if b.Paused.By != "anna@office" || b.AllPaused.By != "anna@office" || !b.Plan.Urgent || b.Shown() != rollout.Paused {
			t.Errorf("%+v is shown as %s", b, b.Shown())
		}
		for range 2 {
			_, err1 := anna.Resume(ctx, "b1")
			_, err2 := anna.Cancel(ctx, "b1", rollout.LeaveOrdered)
			_, err3 := anna.Cancel(ctx, "b1", rollout.FinishOrdered) // too late
			if err := errors.Join(err1, err2, err3, anna.ResumeAll(ctx)); err != nil {
				t.Fatal(err)
			}
		}
		if b := l.read(t, "b1"); b.IsPaused() || b.Cancelled != rollout.LeaveOrdered || b.Shown() != rollout.Cancelling {
			t.Errorf("%+v is shown as %s", b, b.Shown())
		}
		events := func(entries []rollout.AuditEntry, err error) (list []rollout.AuditEvent) {
			if err != nil {
				t.Fatal(err)
			}
			for _, e := range entries {
				if e.Who == "anna@office" {
					list = append(list, e.What)
				}
			}
			return list
		}
		want := []rollout.AuditEvent{rollout.AuditPaused, rollout.AuditPlanned, rollout.AuditResumed, rollout.AuditCancelled}
		if diff := cmp.Diff(want, events(l.AuditLog(ctx, "b1"))); diff != "" {
			t.Errorf("of the batch (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff([]rollout.AuditEvent{rollout.AuditAllPaused, rollout.AuditAllResumed}, events(l.AccountLog(ctx))); diff != "" {
			t.Errorf("of the account (-want +got):\n%s", diff)
		}
		_, s, err := l.Load(ctx, "b1", 2)
		if err != nil {
			t.Fatal(err)
		}
		s.State = rollout.Cancelled
		if _, _, err = l.Advance(ctx, s, time.Time{}); err != nil {
			t.Fatal(err)
		}
		if _, err := l.Pause(ctx, "b1"); err != nil {
			t.Fatal(err)
		}
		if done, err := l.Finish(ctx, "b1", 0, "report.xlsx"); err != nil || !done {
			t.Fatal(done, err)
		}
		if b := l.read(t, "b1"); b.IsPaused() || b.Cancelled != rollout.LeaveOrdered {
			t.Errorf("after its end, the batch is %+v", b)
		}
		for _, id := range []string{"b1", "none"} {
			if done, err := l.Pause(ctx, id); done || err != nil {
				t.Errorf("batch %s was paused: %t, %v", id, done, err)
			}
		}
	})
}

// A plan that somebody changed since it was read is not overwritten.
func TestReplan_AtTheSameMoment(t *testing.T) {
	t.Parallel()
	onBoth(t, 1, func(t *testing.T, l bundle) {
		was := l.read(t, "b1")
		if done, err := l.Replan(t.Context(), was, rollout.Plan{Urgent: true}); !done || err != nil {
			t.Fatal(done, err)
		}
		if _, err := l.Replan(t.Context(), was, rollout.Plan{Strict: true}); !errors.Is(err, ledger.ErrStale) {
			t.Errorf("the error is %v", err)
		}
		if p := l.read(t, "b1").Plan; !p.Urgent || p.Strict {
			t.Errorf("the plan is %+v", p)
		}
	})
}

// A site that has changed since it was read is not parked.
func TestPark_Changed(t *testing.T) {
	t.Parallel()
	onBoth(t, 1, func(t *testing.T, l bundle) {
		b, s, err := l.Load(t.Context(), "b1", 2)
		if err != nil {
			t.Fatal(err)
		}
		old := s
		s.State = rollout.Validated
		if s, _, err = l.Advance(t.Context(), s, noon); err != nil {
			t.Fatal(err)
		}
		for _, c := range []struct {
			s   rollout.Site
			due int
		}{{old, 1}, {s, 0}} {
			if err := l.Park(t.Context(), b, c.s); err != nil {
				t.Fatal(err)
			}
			if late, err := l.Overdue(t.Context(), "b1", noon, 9); err != nil || len(late) != c.due {
				t.Errorf("parked as version %d, %d sites are due, want %d (%v)", c.s.Version, len(late), c.due, err)
			}
		}
	})
}

// Orders that may still arrive are in flight, until they are looked up.
func TestInFlight(t *testing.T) {
	t.Parallel()
	onBoth(t, 2, func(t *testing.T, l bundle) {
		b, now := l.read(t, "b1"), time.Now()
		_, s, err := l.Load(t.Context(), "b1", 2)
		if err != nil {
			t.Fatal(err)
		}
		s.State = rollout.Validated
		if s, _, err = l.Advance(t.Context(), s, now); err != nil {
			t.Fatal(err)
		}
		s.State, s.Intent = rollout.Ordering, &rollout.Intent{Attempt: 1}
		if _, _, err = l.AdvanceClaimedInState(t.Context(), b, s, now.Add(time.Minute)); err != nil {
			t.Fatal(err)
		}
		for at, want := range map[time.Duration]int{0: 1, 59 * time.Second: 1, 61 * time.Second: 0} {
			if n, err := l.InFlight(t.Context(), b, now.Add(at)); err != nil || n != want {
				t.Errorf("after %s, %d orders are in flight, want %d (%v)", at, n, want, err)
			}
		}
	})
}
