// Tests of claims on voicesites, and of pushes that have to wait.

package ledger_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"btrollout/internal/ledger"
	"btrollout/internal/rollout"
)

const pushes = "{btr}:pushes:9999"

// delivered is row 2 of a batch, ready to be pushed to voicesite v1.
func (l bundle) delivered(t *testing.T, batch string) (rollout.Batch, rollout.Site) {
	t.Helper()
	b, s, err := l.Load(t.Context(), batch, 2)
	if err != nil {
		t.Fatal(err)
	}
	s.Progress.VoiceSiteID = "v1"
	return b, s
}

// second enters batch b2, whose row 2 claims the name of row 2 of b1.
func (l bundle) second(t *testing.T) {
	t.Helper()
	b := l.b
	b.ID = "b2"
	if err := l.Create(t.Context(), b); err != nil {
		t.Fatal(err)
	}
	e := entry(2)
	e.Seen = ledger.Claim{Batch: "b1", Row: 2}
	if lost, err := l.Add(t.Context(), b, []ledger.Entry{e}); err != nil || len(lost) > 0 {
		t.Fatal(lost, err)
	}
	if err := l.Start(t.Context(), "b2"); err != nil {
		t.Fatal(err)
	}
}

// announce announces a push at a second after noon that can arrive for a number of them.
func (l bundle) announce(t *testing.T, batch string, at, lasts int) (ledger.Push, error) {
	t.Helper()
	b, s := l.delivered(t, batch)
	now := noon.Add(time.Duration(at) * time.Second)
	return l.AnnouncePush(t.Context(), b, s, now, now.Add(time.Duration(lasts)*time.Second))
}

// done records that row 2 of a batch has its address by a push.
func (l bundle) done(t *testing.T, batch string, p ledger.Push, at time.Time) {
	t.Helper()
	_, s := l.delivered(t, batch)
	s.Pushed = &rollout.Pushed{Customer: p.Customer, Attempt: p.Attempt, At: at}
	s, _, err := l.Advance(t.Context(), s, noon)
	if err != nil || s.Pushed != nil {
		t.Errorf("recording a push: %v, %v is left", err, s.Pushed)
	}
}

// entries is how many voicesites have pushes that may still arrive.
func (l bundle) entries(t *testing.T, want int64) {
	t.Helper()
	if n, err := l.rdb.HLen(t.Context(), pushes).Result(); err != nil || n != want {
		t.Errorf("%d pushes are remembered, want %d (%v)", n, want, err)
	}
}

func TestAnnouncePush_OnlyForTheSiteAsItWasRead(t *testing.T) {
	t.Parallel()
	onBoth(t, 2, func(t *testing.T, l bundle) {
		ctx := t.Context()
		b, s := l.delivered(t, "b1")
		announce := func(b rollout.Batch, s rollout.Site) error {
			_, err := l.AnnouncePush(ctx, b, s, noon, noon.Add(time.Minute))
			return err
		}
		missing, stale, blocked := s, s, b
		missing.Row, stale.Version, blocked.State = 99, 7, rollout.Blocked
		for name, c := range map[string]struct {
			err, want error
		}{
			"a row that is not there": {announce(b, missing), ledger.ErrNotFound},
			"an old version":          {announce(b, stale), ledger.ErrStale},
			"another batch state":     {announce(blocked, s), ledger.ErrMoved},
		} {
			if !errors.Is(c.err, c.want) {
				t.Errorf("%s: %v, want %v", name, c.err, c.want)
			}
		}
		l.second(t)
		if err := announce(b, s); !errors.Is(err, ledger.ErrTaken) {
			t.Errorf("a lost claim: %v", err)
		}
		l.entries(t, 0)
	})
}

func TestAnnouncePush_VoiceSiteOfAnotherSite(t *testing.T) {
	t.Parallel()
	onBoth(t, 2, func(t *testing.T, l bundle) {
		if _, err := l.announce(t, "b1", 0, 60); err != nil {
			t.Fatal(err)
		}
		b, other, err := l.Load(t.Context(), "b1", 3)
		if err != nil {
			t.Fatal(err)
		}
		other.Progress.VoiceSiteID = "v1"
		announce := func() error {
			_, err := l.AnnouncePush(t.Context(), b, other, noon.Add(time.Hour), noon.Add(2*time.Hour))
			return err
		}
		var foreign *ledger.ForeignVoiceSite
		if err := announce(); !errors.As(err, &foreign) || foreign.Site != "s2" || foreign.Holder != (ledger.Claim{Batch: "b1", Row: 2}) {
			t.Errorf("the voicesite of S2: %v", err)
		}
		if err := l.ClaimVoiceSite(t.Context(), "9999", "v1", other.Name); err != nil {
			t.Fatal(err)
		}
		if err := announce(); err != nil {
			t.Errorf("a voicesite that was given to S3: %v", err)
		}
		if _, err := l.announce(t, "b1", 7200, 60); !errors.As(err, &foreign) || foreign.Site != "s3" {
			t.Errorf("the voicesite of S3: %v", err)
		}
	})
}

// A step is what happens to a push, and what a push of another row meets then.
func TestAnnouncePush_WaitsForWhatMayStillArrive(t *testing.T) {
	t.Parallel()
	at := func(second int) time.Time { return noon.Add(time.Duration(second) * time.Second) }
	for name, c := range map[string]struct {
		before  func(t *testing.T, l bundle) // what b1 did, from noon on
		until   int                          // second until which b2 waits; 0: not at all
		crossed bool                         // its push may have crossed another
		left    int64                        // entries after b1
	}{
		"nothing": {before: func(*testing.T, bundle) {}},
		"its worker died": {until: 45, crossed: true, left: 1, before: func(t *testing.T, l bundle) {
			must(l.announce(t, "b1", 0, 45))
		}},
		"its answer was lost": {until: 35, crossed: true, left: 1, before: func(t *testing.T, l bundle) {
			p := must(l.announce(t, "b1", 0, 45))
			check(t, l.PushUnknown(t.Context(), p, at(35)))
		}},
		"it was not sent": {before: func(t *testing.T, l bundle) {
			check(t, l.EndPush(t.Context(), must(l.announce(t, "b1", 0, 45))))
		}},
		"it was done": {before: func(t *testing.T, l bundle) {
			l.done(t, "b1", must(l.announce(t, "b1", 0, 45)), at(1))
		}},
		"it was done at the second try": {until: 35, crossed: true, left: 1, before: func(t *testing.T, l bundle) {
			p := must(l.announce(t, "b1", 0, 45))
			check(t, l.PushUnknown(t.Context(), p, at(35)))
			l.done(t, "b1", must(l.announce(t, "b1", 2, 45)), at(3))
		}},
		"it was done at the second try, when the first could not arrive any more": {before: func(t *testing.T, l bundle) {
			p := must(l.announce(t, "b1", 0, 45))
			check(t, l.PushUnknown(t.Context(), p, at(35)))
			l.done(t, "b1", must(l.announce(t, "b1", 40, 45)), at(41))
		}},
		"it was refused at the second try": {until: 35, crossed: true, left: 1, before: func(t *testing.T, l bundle) {
			p := must(l.announce(t, "b1", 0, 45))
			check(t, l.PushUnknown(t.Context(), p, at(35)))
			check(t, l.EndPush(t.Context(), must(l.announce(t, "b1", 2, 45))))
		}},
		"of two workers, the first is done": {until: 47, crossed: true, left: 1, before: func(t *testing.T, l bundle) {
			first := must(l.announce(t, "b1", 0, 45))
			must(l.announce(t, "b1", 2, 45))
			l.done(t, "b1", first, at(3))
		}},
		"of two workers, the second is done": {until: 45, crossed: true, left: 1, before: func(t *testing.T, l bundle) {
			must(l.announce(t, "b1", 0, 45))
			l.done(t, "b1", must(l.announce(t, "b1", 2, 45)), at(3))
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			onBoth(t, 1, func(t *testing.T, l bundle) {
				c.before(t, l)
				l.entries(t, c.left)
				l.second(t)
				if c.until > 0 {
					var pending *ledger.PendingPush
					if _, err := l.announce(t, "b2", c.until-1, 45); !errors.As(err, &pending) || !pending.Until.Equal(at(c.until)) {
						t.Errorf("a second before %d: %v", c.until, err)
					}
				}
				p, err := l.announce(t, "b2", max(c.until, 4), 45)
				if err != nil || p.Crossed != c.crossed {
					t.Fatalf("%+v (%v), want crossed %v", p, err, c.crossed)
				}
				// That it may have crossed another is known until it is done.
				check(t, l.EndPush(t.Context(), p))
				if p, err = l.announce(t, "b2", max(c.until, 4)+1, 45); err != nil || p.Crossed != c.crossed {
					t.Errorf("%+v (%v), want crossed %v", p, err, c.crossed)
				}
				l.done(t, "b2", p, at(200))
				l.entries(t, 0)
			})
		})
	}
}

func must(p ledger.Push, err error) ledger.Push {
	if err != nil {
		panic(err)
	}
	return p
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Error(err)
	}
}

func TestDropPushes(t *testing.T) {
	t.Parallel()
	onBoth(t, 1, func(t *testing.T, l bundle) {
		must(l.announce(t, "b1", 0, 45))
		check(t, l.rdb.HSet(t.Context(), pushes, "v2", "no such entry").Err())
		check(t, l.DropPushes(t.Context(), "9999", noon.Add(45*time.Second)))
		l.entries(t, 1)
		check(t, l.DropPushes(t.Context(), "9999", noon.Add(46*time.Second)))
		l.entries(t, 0)
	})
}

// The voicesites of a ledger that was written by an earlier version are claimed once.
func TestRestoreClaims(t *testing.T) {
	t.Parallel()
	const sites = 1100 // several round trips
	onBoth(t, sites, func(t *testing.T, l bundle) {
		ctx, claims := t.Context(), "{btr}:voicesites:9999"
		for row := range sites {
			if row%2 == 0 { // the others have none
				record := fmt.Sprintf(`3 provisioned {"voiceSite":"v%d","changed":"2026-03-01T12:00:00Z"}`, row+2)
				check(t, l.rdb.HSet(ctx, "{btr}:batch:b1:sites", fmt.Sprint(row+2), record).Err())
			}
		}
		check(t, l.rdb.HSet(ctx, "{btr}:batch:b1:sites", "3", "3 provisioned {").Err())
		// Others that have a voicesite in their record do not get that of a provisioned site.
		for row, state := range map[string]string{"5": "failed", "7": "delivered", "9": "review"} {
			check(t, l.rdb.HSet(ctx, "{btr}:batch:b1:sites", row, fmt.Sprintf(`3 %s {"voiceSite":"v2"}`, state)).Err())
		}
		check(t, l.rdb.Del(ctx, claims).Err())
		check(t, l.rdb.HDel(ctx, "{btr}:claims:9999", "s1000", "WHOLE").Err()) // the earlier version claimed by exact name
		check(t, l.rdb.HSet(ctx, "{btr}:names:9999", "S1000", "b1/1000").Err())
		if _, err := l.announce(t, "b1", 0, 45); !errors.Is(err, ledger.ErrUnclaimed) {
			t.Fatalf("before it: %v", err)
		}
		check(t, l.rdb.HSet(ctx, claims, "v4", "s4", "v6", "a name of before").Err()) // an earlier run broke off
		for range 2 {
			if bad, err := l.RestoreClaims(ctx, ledger.Term{}, "9999"); err != nil || bad > 1 {
				t.Fatalf("%d records are unreadable (%v)", bad, err)
			}
			got, err := l.rdb.HGetAll(ctx, claims).Result()
			if err != nil || len(got) != sites/2+1 || got["v2"] != "s2" || got["v6"] != "a name of before" || got["v1000"] != "s1000" {
				t.Fatalf("%d claims: v2 is that of %q, v1000 of %q (%v)", len(got), got["v2"], got["v1000"], err)
			}
		}
		if _, err := l.announce(t, "b1", 0, 45); err != nil {
			t.Errorf("after it: %v", err)
		}
	})
}

func TestRestoreClaims_NothingToDoInANewLedger(t *testing.T) {
	t.Parallel()
	onBoth(t, 1, func(t *testing.T, l bundle) {
		if _, err := l.announce(t, "b1", 0, 45); err != nil {
			t.Error(err)
		}
	})
}
