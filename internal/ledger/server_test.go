// Tests of how a Redis that started anew is noticed.

package ledger_test

import (
	"context"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"btrollout/internal/ledger"
	"btrollout/internal/redistest"
	"btrollout/internal/rollout"
)

// since connects to a Redis as a process that orders does, and returns since when the ledger
// of the batch b1 counts as begun.
func since(t *testing.T, url string, runID func(context.Context, *redis.Conn) (string, error)) time.Time {
	t.Helper()
	opts, err := redis.ParseURL(url)
	if err != nil {
		t.Fatal(err)
	}
	opts.OnConnect = ledger.NoticeRestarts(runID)
	rdb := redis.NewClient(opts)
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

func TestNoticeRestarts(t *testing.T) {
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
				{"a ledger of an earlier version", "first", nil, false},
				{"the same server", "first", nil, false},
				{"a server that does not tell its id", "", nil, false},
				{"a server that started anew", "second", nil, true},
				{"the same server again", "second", nil, false},
				{"an older copy, on a server that started anew", "third", func() error {
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
func TestNoticeRestarts_OfARedisThatDoesNotTell(t *testing.T) {
	t.Parallel()
	url := redistest.InMemory(t)
	begun := created(t, redistest.Connect(t, url))
	if now := since(t, url, ledger.RunID); !now.Equal(begun) {
		t.Errorf("the ledger began at %v, and now at %v", begun, now)
	}
}

func TestNoticeRestarts_OfAServer(t *testing.T) {
	t.Parallel()
	first, second := redistest.Server(t), redistest.Server(t)
	from, to := redistest.Connect(t, first), redistest.Connect(t, second)
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
