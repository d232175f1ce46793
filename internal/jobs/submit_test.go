// This file tests uploads that break off, freeze or meet another; no worker runs here.

package jobs_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"btrollout/internal/jobs"
	"btrollout/internal/ledger"
	"btrollout/internal/rollout"
)

// upload is an upload into a Redis that no worker serves.
type upload struct {
	*ledger.Ledger
	queue *jobs.Queue
	batch rollout.Batch
}

func newUpload(t *testing.T, id string) upload {
	t.Helper()
	rdb := newMemoryRedis(t).Connect(t, nil)
	return upload{ledger.New(rdb), jobs.NewQueue(rdb), rollout.Batch{ID: id, File: "f.csv", Customer: "9999"}}
}

// rows are n entries; before each, the hook is told how many there were.
func rows(n int, before func(i int) error) iter.Seq2[ledger.Entry, error] {
	return func(yield func(ledger.Entry, error) bool) {
		for i := range n {
			if err := before(i); err != nil {
				yield(ledger.Entry{}, err)
				return
			}
			if !yield(ledger.Entry{Site: site(i + 2), Claim: true}, nil) {
				return
			}
		}
	}
}

func (u upload) submit(ctx context.Context, entries iter.Seq2[ledger.Entry, error], progress func(int)) error {
	return jobs.Submit(ctx, u.Ledger, u.queue, u.batch, entries, progress)
}

func (u upload) state(t *testing.T) rollout.Batch {
	t.Helper()
	b, err := u.Batch(t.Context(), u.batch.ID)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestAnUploadThatFailsIsWithdrawn(t *testing.T) {
	t.Parallel()
	broken := errors.New("the disk is gone")
	for name, run := range map[string]func(ctx context.Context, u upload) error{
		"its rows end in an error": func(ctx context.Context, u upload) error {
			return u.submit(ctx, rows(2000, func(i int) error {
				if i == 1200 {
					return broken
				}
				return nil
			}), nil)
		},
		"somebody interrupts it": func(ctx context.Context, u upload) error {
			ctx, cancel := context.WithCancelCause(ctx)
			return u.submit(ctx, rows(2000, func(i int) error {
				if i == 1200 {
					cancel(broken)
				}
				return nil
			}), nil)
		},
	} {
		runVirtually(t, name, func(t *testing.T) {
			u := newUpload(t, "b1")
			if err := run(t.Context(), u); err == nil || errors.Is(err, jobs.ErrStarted) {
				t.Errorf("Submit: %v", err)
			}
			b := u.state(t)
			if b.State != rollout.Withdrawn || b.Open() > 0 || b.Counts[rollout.Cancelled] != 1000 {
				t.Errorf("the batch is %s with %v", b.State, b.Counts)
			}
			again, err := jobs.Recognise(t.Context(), u.Ledger, "9999", []rollout.Site{site(2)})
			if err != nil || again[0].Site.State != rollout.Imported {
				t.Errorf("the same row again: %+v, %v", again, err)
			}
		})
	}
}

func TestAnUploadThatFailsAfterItBeganSaysSo(t *testing.T) {
	virtually(t, func(t *testing.T) {
		rdb := newMemoryRedis(t).Connect(t, nil)
		u := upload{ledger.New(rdb), jobs.NewQueue(rdb), rollout.Batch{ID: "b1", Customer: "9999"}}
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		rdb.AddHook(after{"running", cancel})
		if err := u.submit(ctx, rows(3, func(int) error { return nil }), nil); !errors.Is(err, jobs.ErrStarted) {
			t.Errorf("Submit: %v", err)
		}
		if b := u.state(t); b.State != rollout.Running || b.Open() != 3 {
			t.Errorf("the batch is %s with %v", b.State, b.Counts)
		}
	})
}

// after does something once a command with a certain argument was answered.
type after struct {
	argument any
	do       func()
}

func (a after) DialHook(next redis.DialHook) redis.DialHook { return next }

func (a after) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, cmd redis.Cmder) error {
		err := next(ctx, cmd)
		if err == nil && slices.Contains(cmd.Args(), a.argument) {
			a.do()
		}
		return err
	}
}

func (a after) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return next
}

func TestAnUploadThatFellAsleepCannotStartOnceItsSitesAreTaken(t *testing.T) {
	virtually(t, func(t *testing.T) {
		u := newTimed(t, 0)
		asleep := upload{u.Ledger, u.queue, rollout.Batch{ID: "asleep", Customer: "9999"}}
		awake := upload{u.Ledger, u.queue, rollout.Batch{ID: "awake", Customer: "9999"}}

		err := asleep.submit(t.Context(), rows(600, func(i int) error {
			if i != 550 { // 500 are written by now
				return nil
			}
			u.pass(time.Hour)
			u.rdb.AddHook(after{silence.While.Milliseconds(), func() { u.pass(10 * time.Second) }})
			entries, err := jobs.Recognise(t.Context(), awake.Ledger, "9999", []rollout.Site{site(2)})
			if err != nil || entries[0].Site.State != rollout.Imported {
				return fmt.Errorf("the other upload: %+v, %w", entries, err)
			}
			return awake.submit(t.Context(), func(yield func(ledger.Entry, error) bool) { yield(entries[0], nil) }, nil)
		}), nil)
		if !errors.Is(err, ledger.ErrWithdrawn) {
			t.Errorf("Submit: %v", err)
		}
		if b := asleep.state(t); b.State != rollout.Withdrawn || b.Open() > 0 {
			t.Errorf("the sleeper is %s with %v", b.State, b.Counts)
		}
		if b := awake.state(t); b.State != rollout.Running || b.Open() != 1 {
			t.Errorf("the other is %s with %v", b.State, b.Counts)
		}
	})
}

func TestASiteOfAnUploadUnderWayIsNotTaken(t *testing.T) {
	virtually(t, func(t *testing.T) {
		u := newUpload(t, "b1")
		err := u.submit(t.Context(), rows(600, func(i int) error {
			if i != 550 {
				return nil
			}
			entries, err := jobs.Recognise(t.Context(), u.Ledger, "9999", []rollout.Site{site(2)})
			if err != nil || entries[0].Site.State != rollout.Following {
				return fmt.Errorf("the other upload: %+v, %w", entries, err)
			}
			return nil
		}), nil)
		if err != nil {
			t.Error(err)
		}
	})
}

// A row of the second sheet is called by that sheet, and so that it can be given to
// batch resolve in a shell.
func TestRowsOfSeveralSheetsAreCalledByTheirSheets(t *testing.T) {
	virtually(t, func(t *testing.T) {
		u := newUpload(t, "b1")
		u.batch.Sheets = []rollout.Sheet{{Name: "FR"}, {Name: "Côte d'Or"}}
		must := func(err error) {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
		}
		known := site(int(rollout.RowAt(1, 2)))
		err := u.submit(t.Context(), func(yield func(ledger.Entry, error) bool) {
			yield(ledger.Entry{Site: known, Claim: true}, nil)
		}, nil)
		must(err)
		says := func(words string) {
			t.Helper()
			entries, err := jobs.Recognise(t.Context(), u.Ledger, "9999", []rollout.Site{site(int(rollout.RowAt(1, 2)))})
			must(err)
			if p := slices.Concat(entries[0].Site.Problems, entries[0].Site.LeftAsIs); len(p) != 1 || !strings.Contains(p[0].Message.EN, words) {
				t.Errorf("problems %+v do not say %q", p, words)
			}
		}
		says("as row Côte d'Or:2 of batch b1:")
		for _, state := range []rollout.State{rollout.Validated, rollout.Review} {
			_, s, err := u.Load(t.Context(), "b1", known.Row)
			must(err)
			s.State = state
			_, _, err = u.Advance(t.Context(), s, time.Now())
			must(err)
		}
		says(`batch resolve b1 'Côte d'\''Or:2' and`)
	})
}
