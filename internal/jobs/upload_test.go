// This file tests when an upload is taken for dead, and what a withdrawn upload is told.

package jobs_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"btrollout/internal/jobs"
	"btrollout/internal/ledger"
	"btrollout/internal/redistest"
	"btrollout/internal/rollout"
)

// timed is an upload into a Redis whose clock the test sets.
type timed struct {
	upload
	t     *testing.T
	redis *redistest.Virtual
	rdb   *redis.Client
	now   time.Time
}

// newTimed makes an upload whose own clock is off by skew.
func newTimed(t *testing.T, skew time.Duration) *timed {
	t.Helper()
	server := newMemoryRedis(t)
	rdb := server.Connect(t, nil)
	u := &timed{t: t, redis: server, rdb: rdb, now: time.Now()}
	server.SetTime(u.now)
	u.upload = upload{
		ledger.NewWithClock(rdb, func() time.Time { return time.Now().Add(skew) }), jobs.NewQueue(rdb),
		rollout.Batch{ID: "b1", File: "f.csv", Customer: "9999", Uploaded: 600},
	}
	return u
}

// pass lets time pass for Redis.
func (u *timed) pass(d time.Duration) {
	u.now = u.now.Add(d)
	u.redis.SetTime(u.now)
}

// silence is when the workers take an upload for dead.
var silence = ledger.Silence{After: 5 * time.Minute, While: 20 * time.Second}

// judge is what a sweep does about the upload.
func (u *timed) judge() (withdrawn, watched bool) {
	u.t.Helper()
	withdrawn, watched, err := u.WithdrawSilent(u.t.Context(), "b1", silence)
	if err != nil {
		u.t.Fatal(err)
	}
	return withdrawn, watched
}

// at is a hook for rows that does something when 550 of 600 rows were read, and the
// first 500 are written.
func at(do func() error) func(int) error {
	return func(i int) error {
		if i != 550 {
			return nil
		}
		return do()
	}
}

func TestSubmit_AWithdrawnUploadIsAnErrorWhateverHappenedSince(t *testing.T) {
	t.Parallel()
	for _, then := range []string{"withdrawn", "cancelled", "done"} {
		runVirtually(t, then, func(t *testing.T) {
			u := newTimed(t, 0)
			err := u.submit(t.Context(), rows(600, at(func() error {
				u.pass(6 * time.Minute) // the upload was frozen
				u.judge()
				u.pass(time.Minute)
				if withdrawn, _ := u.judge(); !withdrawn {
					return errors.New("an upload that was silent for seven minutes was not withdrawn")
				}
				if then == "withdrawn" {
					return nil
				}
				for s, err := range u.Sites(t.Context(), "b1") {
					s.State = rollout.Cancelled
					if _, _, failed := u.Advance(t.Context(), s, time.Time{}); err != nil || failed != nil {
						return errors.Join(err, failed)
					}
				}
				if then == "cancelled" {
					return nil
				}
				_, err := u.Finish(t.Context(), "b1", 0, "r.xlsx")
				return err
			})), nil)
			if !errors.Is(err, ledger.ErrWithdrawn) {
				t.Errorf("Submit: %v", err)
			}
			b := u.state(t)
			if b.WithdrawnAt.IsZero() || b.Open() > 0 || b.Rows() != 500 || b.Unwritten() != 100 {
				t.Errorf("the batch is %s with %v, withdrawn %v, %d rows not written", b.State, b.Counts, b.WithdrawnAt, b.Unwritten())
			}
		})
	}
}

// The clocks of uploaders do not matter, and neither does how slowly one reads.
func TestSubmit_ALivingUploadIsNotWithdrawn(t *testing.T) {
	t.Parallel()
	for _, skew := range []time.Duration{-time.Hour, 0, time.Hour} {
		runVirtually(t, skew.String(), func(t *testing.T) {
			u := newTimed(t, skew)
			err := u.submit(t.Context(), rows(600, at(func() error {
				if withdrawn, watched := u.judge(); withdrawn || watched {
					return fmt.Errorf("right after a write: withdrawn %t, watched %t", withdrawn, watched)
				}
				before := u.state(t).Touched
				u.pass(6 * time.Minute) // as if Redis had been away
				if withdrawn, watched := u.judge(); withdrawn || !watched {
					return fmt.Errorf("when Redis is back: withdrawn %t, watched %t", withdrawn, watched)
				}
				for end := time.Now().Add(patience); u.state(t).Touched.Equal(before); time.Sleep(20 * time.Millisecond) {
					if time.Now().After(end) {
						return errors.New("the upload gave no sign of life")
					}
				}
				u.pass(time.Minute)
				if withdrawn, watched := u.judge(); withdrawn || watched {
					return fmt.Errorf("after its sign of life: withdrawn %t, watched %t", withdrawn, watched)
				}
				return nil
			})), nil)
			if b := u.state(t); err != nil || b.State != rollout.Running || b.Rows() != 600 {
				t.Errorf("the batch is %s with %v: %v", b.State, b.Counts, err)
			}
		})
	}
}

// An upload that thaws, and has no row to write yet, notices all the same.
func TestSubmit_AThawedUploadStopsReading(t *testing.T) {
	virtually(t, func(t *testing.T) {
		u := newTimed(t, 0)
		stopped := false
		err := u.submit(t.Context(), func(yield func(ledger.Entry, error) bool) {
			for i := 0; i < 990 && !stopped; i++ { // the first 500 are written, and the others never
				if i == 500 {
					if _, err := u.Withdraw(t.Context(), "b1"); err != nil {
						t.Error(err)
					}
				}
				if i >= 500 {
					time.Sleep(50 * time.Millisecond)
				}
				stopped = !yield(ledger.Entry{Site: site(i + 2), Claim: true}, nil)
			}
		}, nil)
		if b := u.state(t); !stopped || !errors.Is(err, ledger.ErrWithdrawn) || b.Rows() != 500 {
			t.Errorf("Submit: %v with %v; the reading was stopped: %t", err, b.Counts, stopped)
		}
	})
}

// A dead upload of which another one wants a site: it is watched, and then taken for dead.
func TestRecognise_TakesTheSitesOfADeadUpload(t *testing.T) {
	virtually(t, func(t *testing.T) {
		u := newTimed(t, 0)
		err := u.Create(t.Context(), u.batch)
		if err == nil {
			_, err = u.Add(t.Context(), u.batch, []ledger.Entry{{Site: site(2), Claim: true}})
		}
		if err != nil {
			t.Fatal(err)
		}
		recognised := func() rollout.Site {
			t.Helper()
			entries, err := jobs.Recognise(t.Context(), u.Ledger, "9999", []rollout.Site{site(2)})
			if err != nil {
				t.Fatal(err)
			}
			return entries[0].Site
		}
		u.pass(4 * time.Minute)
		if s := recognised(); s.State != rollout.Following || s.Elsewhere == nil || s.Elsewhere.Batch != u.batch.ID {
			t.Errorf("after four minutes: %+v", s)
		}
		u.pass(2 * time.Minute)
		u.rdb.AddHook(after{silence.While.Milliseconds(), func() { u.pass(10 * time.Second) }}) // each time that somebody watches it
		if s := recognised(); s.State != rollout.Imported {
			t.Errorf("when it is taken for dead: %+v", s)
		}
		if b := u.state(t); b.State != rollout.Withdrawn {
			t.Errorf("the dead upload is %s", b.State)
		}
	})
}
