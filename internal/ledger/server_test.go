// Tests of how a worker notices that Redis was restarted.

package ledger_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"btrollout/internal/ledger"
	"btrollout/internal/redistest"
	"btrollout/internal/rollout"
)

// connect connects to a Redis as a worker does.
func connect(t *testing.T, url string, runID func(context.Context, *redis.Conn) (string, error)) *redis.Client {
	t.Helper()
	opts, err := redis.ParseURL(url)
	if err != nil {
		t.Fatal(err)
	}
	opts.OnConnect = ledger.RestartWatch{RunID: runID, Now: time.Now, MaxOffset: time.Minute}.OnConnect
	rdb := redis.NewClient(opts)
	if err := rdb.Ping(t.Context()).Err(); err != nil {
		t.Fatal(err)
	}
	return rdb
}

// since connects to a Redis as a worker does, and returns since when the ledger of the batch b1
// counts as begun.
func since(t *testing.T, url string, runID func(context.Context, *redis.Conn) (string, error)) time.Time {
	t.Helper()
	rdb := connect(t, url, runID)
	defer rdb.Close()
	b, err := ledger.New(rdb).Batch(t.Context(), "b1")
	if err != nil {
		t.Fatal(err)
	}
	return b.LedgerSince
}

// created makes the batch b1, and returns when it was entered.
func created(t *testing.T, rdb *redis.Client) time.Time {
	t.Helper()
	l := ledger.New(rdb)
	if err := l.Create(t.Context(), rollout.Batch{ID: "b1", Customer: "9999", Created: time.Now()}); err != nil {
		t.Fatal(err)
	}
	b, err := l.Batch(t.Context(), "b1")
	if err != nil {
		t.Fatal(err)
	}
	time.Sleep(5 * time.Millisecond) // so that a later moment is another millisecond
	return b.LedgerSince
}

func TestRestartWatch_NoticesRestarts(t *testing.T) {
	t.Parallel()
	for name, start := range redistest.Kinds {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			url := start(t)
			rdb := redistest.Connect(t, url)
			begun := created(t, rdb)
			as := func(id string) func(context.Context, *redis.Conn) (string, error) {
				return func(context.Context, *redis.Conn) (string, error) { return id, nil }
			}
			for _, step := range []struct {
				what    string
				id      string
				before  func() error
				changed bool
			}{
				{"a ledger of an earlier version, perhaps an old copy", "first", nil, true},
				{"the same server", "first", nil, false},
				{"a server that does not tell its id", "", nil, false},
				{"a server that was restarted", "second", nil, true},
				{"the same server again", "second", nil, false},
				{"an older copy, on a server that was restarted", "third", func() error {
					return rdb.Set(t.Context(), "{btr}:server", "first", 0).Err()
				}, true},
				{"a record of a wrong type", "third", func() error {
					rdb.Del(t.Context(), "{btr}:server")
					return rdb.LPush(t.Context(), "{btr}:server", "x").Err()
				}, true},
			} {
				if step.before != nil {
					if err := step.before(); err != nil {
						t.Fatal(err)
					}
				}
				now := since(t, url, as(step.id))
				if changed := now.After(begun); changed != step.changed || now.Before(begun) {
					t.Errorf("%s: the ledger began at %v, and before that at %v", step.what, now, begun)
				}
				begun = now
				time.Sleep(5 * time.Millisecond)
			}
		})
	}
}

// A Redis that does not tell its run id can be used all the same.
func TestRestartWatch_OfARedisThatDoesNotTell(t *testing.T) {
	t.Parallel()
	url := redistest.InMemory(t)
	begun := created(t, redistest.Connect(t, url))
	if now := since(t, url, ledger.RunID); !now.Equal(begun) {
		t.Errorf("the ledger began at %v, and now at %v", begun, now)
	}
}

func TestRestartWatch_OfAServer(t *testing.T) {
	t.Parallel()
	first, second := redistest.Server(t), redistest.Server(t)
	from, to := redistest.Connect(t, first), redistest.Connect(t, second)
	connect(t, first, ledger.RunID).Close() // a worker runs
	begun := created(t, from)
	for range 2 {
		if now := since(t, first, ledger.RunID); !now.Equal(begun) {
			t.Fatalf("the ledger began at %v, and now at %v", begun, now)
		}
	}
	// The other server gets a copy of all data.
	keys, err := from.Keys(t.Context(), "*").Result()
	if err != nil {
		t.Fatal(err)
	}
	for _, key := range keys {
		value, err := from.Dump(t.Context(), key).Result()
		if err == nil {
			err = to.Restore(t.Context(), key, 0, value).Err()
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if now := since(t, second, ledger.RunID); !now.After(begun) {
		t.Errorf("a copy on another server was not noticed: the ledger began at %v", now)
	}
}

// What was begun before Redis was restarted is not written: the version of its site may be that of
// an older copy.
func TestRestartWatch_EndsWhatWasBegunBeforeARestart(t *testing.T) {
	t.Parallel()
	onBoth(t, 1, func(t *testing.T, l bundle) {
		ctx := t.Context()
		b, s, err := l.Load(ctx, "b1", 2)
		if err != nil {
			t.Fatal(err)
		}
		write := map[string]func() error{
			"Advance":               func() error { _, _, err := l.Advance(ctx, s, noon); return err },
			"AdvanceClaimed":        func() error { _, _, err := l.AdvanceClaimed(ctx, "9999", s, noon); return err },
			"AdvanceClaimedInState": func() error { _, _, err := l.AdvanceClaimedInState(ctx, b, s, noon); return err },
			"AdvanceClaiming": func() error {
				_, _, err := l.AdvanceClaiming(ctx, "9999", s, ledger.Claim{Batch: "b1", Row: 2}, noon)
				return err
			},
			"AnnouncePush": func() error { _, err := l.AnnouncePush(ctx, b, s, noon, noon); return err },
		}
		listed := s
		for one, err := range l.Sites(ctx, "b1") {
			if listed = one; err != nil {
				t.Fatal(err)
			}
		}
		listed.State = rollout.Validated
		write["Advance of a site of a list"] = func() error { _, _, err := l.Advance(ctx, listed, noon); return err }
		s.State, s.Progress.VoiceSiteID = rollout.Validated, "vs1"
		since(t, l.url, func(context.Context, *redis.Conn) (string, error) { return "another", nil })
		for name, write := range write {
			if err := write(); !errors.Is(err, ledger.ErrStale) {
				t.Errorf("%s of what was read before: %v", name, err)
			}
		}
		for i, name := range []string{"AnnouncePush", "AdvanceClaimedInState", "AdvanceClaiming"} {
			if b, s, err = l.Load(ctx, "b1", 2); err != nil || i == 0 && s.State != rollout.Imported {
				t.Fatalf("%s %v", s.State, err)
			}
			s.State, s.Progress.VoiceSiteID = rollout.Validated, "vs1"
			if err := write[name](); err != nil {
				t.Errorf("%s of what was read after it: %v", name, err)
			}
		}
	})
}

// A Redis whose clock is too far off is not used: it may be another one than before.
func TestRestartWatch_OfARedisWithAnotherClock(t *testing.T) {
	t.Parallel()
	rdb := redistest.Connect(t, redistest.InMemory(t))
	for ahead, refused := range map[time.Duration]bool{-time.Minute: true, 0: false, time.Minute: true} {
		on := rdb.Conn()
		err := ledger.RestartWatch{
			RunID: func(context.Context, *redis.Conn) (string, error) { return "one", nil },
			Now:   func() time.Time { return time.Now().Add(ahead) }, MaxOffset: 20 * time.Second,
		}.OnConnect(t.Context(), on)
		if clock := (*ledger.ClockError)(nil); errors.As(err, &clock) != refused {
			t.Errorf("a clock that is ahead by %v: %v", ahead, err)
		}
		on.Close()
	}
}
