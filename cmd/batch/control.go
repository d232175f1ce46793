// The commands that change a batch while it runs: batch pause, resume and cancel. plan.go has those that change
// its plan.

package main

import (
	"context"
	"errors"
	"slices"
	"time"

	"btrollout/internal/app"
	"btrollout/internal/config"
	"btrollout/internal/console"
	"btrollout/internal/jobs"
	"btrollout/internal/ledger"
	"btrollout/internal/rollout"
)

type pauseFlags struct {
	IDs  []string `arg:"" optional:"" name:"id" help:"Batches, as batch list shows them."`
	All  bool     `help:"Pause all batches of the account, also those that are enqueued later."`
	Wait bool     `help:"Wait until no call of the batches is under way any more."`
}

// Help is the text of --help.
func (*pauseFlags) Help() string {
	return `Within 2 s, no worker orders, validates or pushes anything for the batch any more. Orders that were made ` +
		`are still polled; the sites that they deliver wait for their addresses. A call that is just being made is finished.

  batch pause 20260302-120000-ab12 --wait
  batch pause --all`
}

type resumeFlags struct {
	IDs    []string `arg:"" optional:"" name:"id" help:"Batches, as batch list shows them."`
	All    bool     `help:"End the pause of all batches (batch pause --all). Batches that were paused one by one stay paused."`
	Queues bool     `help:"Let queues go on that somebody paused in asynq, such as in asynqmon."`
}

// Help is the text of --help.
func (*resumeFlags) Help() string {
	return `A batch goes on where it was, within seconds, and inside its windows only. A batch that was cancelled stays cancelled.

  batch resume 20260302-120000-ab12
  batch resume --all
  batch resume --queues`
}

type cancelFlags struct {
	ID           string `arg:"" help:"Batch, as batch list shows it."`
	LeaveOrdered bool   `help:"Leave ordered sites as they are; the report says what is to be done by hand."`
	Wait         bool   `help:"Wait until the batch is done."`
}

// Help is the text of --help.
func (*cancelFlags) Help() string {
	return `Nothing more is ordered, and a cancellation cannot be taken back. Within about 10 s, the sites that were not ordered are ` +
		`cancelled. Sites that were ordered, also those that are being tried again, are delivered and get their addresses, ` +
		`because they cost money already; with --leave-ordered they are left. A site whose order may have been made is looked up first. ` +
		`The same file can be uploaded again: no site is ordered twice. A batch whose upload still writes its rows is withdrawn: ` +
		`nothing of it was ordered, and its enqueue ends with exit code 1.

  batch cancel 20260302-120000-ab12 --wait
  batch cancel 20260302-120000-ab12 --leave-ordered`
}

// writer is the ledger of a command that changes batches.
func (s *session) writer() *ledger.Ledger { return ledger.New(s.rdb).As(app.Person()) }

// say prints a sentence on lines that fit.
func (s *session) say(sentence string) { console.Paragraph(s.stdout, 0, sentence, s.columns) }

// of explains an error about a batch.
func of(id string, err error) error {
	switch {
	case errors.Is(err, ledger.ErrNotFound):
		return errNoBatch(id)
	case errors.Is(err, jobs.ErrEnded):
		return errEnded(id)
	}
	return err
}

func (f *pauseFlags) run(ctx context.Context, s *session) (int, error) {
	l := s.writer()
	switch {
	case f.All == (len(f.IDs) > 0):
		return 0, errAllOrSome
	case f.All:
		if err := l.PauseAll(ctx); err != nil {
			return 0, err
		}
		s.say(sayAllPaused)
	}
	for _, id := range f.IDs {
		if err := jobs.Pause(ctx, l, id); err != nil {
			return 0, of(id, err)
		}
		s.say(sayPaused(id))
	}
	return config.ExitDone, s.awaitCalls(ctx, f.IDs, f.Wait)
}

// callCheck is how often the calls that are under way are counted.
const callCheck = 500 * time.Millisecond

// awaitCalls says how many calls of batches are under way, and waits until there are none if wait is set.
// No ids: of all open batches.
func (s *session) awaitCalls(ctx context.Context, ids []string, wait bool) error {
	last := -1
	for {
		calls, err := s.inFlight(ctx, ids)
		if err != nil {
			return err
		}
		if calls != last {
			s.say(sayInFlight(calls))
		}
		if last = calls; calls == 0 || !wait {
			return nil
		}
		select {
		case <-ctx.Done():
			return errStoppedWaiting
		case <-time.After(callCheck):
		}
	}
}

// inFlight counts the calls of batches that are under way. No ids: of all open batches.
func (s *session) inFlight(ctx context.Context, ids []string) (int, error) {
	open, err := s.ledger.OpenCounts(ctx)
	if err != nil {
		return 0, err
	}
	n := 0
	for _, b := range open {
		if b.State == rollout.Damaged || len(ids) > 0 && !slices.Contains(ids, b.ID) {
			continue
		}
		calls, err := s.ledger.InFlight(ctx, b, time.Now())
		if err != nil {
			return 0, err
		}
		n += calls
	}
	return n, nil
}

func (f *resumeFlags) run(ctx context.Context, s *session) (int, error) {
	l := s.writer()
	if len(f.IDs) == 0 && !f.All && !f.Queues {
		return 0, errNothingToResume
	}
	if f.Queues {
		resumed, err := jobs.NewQueue(s.rdb).Resume(ctx)
		if err != nil {
			return 0, err
		}
		s.say(sayQueuesResumed(resumed))
		if len(resumed) > 0 {
			if err := l.Record(ctx, rollout.AuditQueuesResumed, rollout.AuditDetail{Queues: resumed}); err != nil {
				return 0, errQueuesNotRecorded(err)
			}
		}
	}
	if f.All {
		if err := l.ResumeAll(ctx); err != nil {
			return 0, err
		}
		s.say(sayAllResumed)
		open, err := l.OpenCounts(ctx)
		if err != nil {
			return 0, err
		}
		for _, b := range open {
			if !b.Paused.At.IsZero() && !slices.Contains(f.IDs, b.ID) {
				s.say(sayStillPaused(b.ID))
			}
		}
	}
	for _, id := range f.IDs {
		if err := jobs.Resume(ctx, l, id); err != nil {
			return 0, of(id, err)
		}
		b, err := l.Batch(ctx, id)
		if err != nil {
			return 0, of(id, err)
		}
		s.say(sayResumed(b))
	}
	return config.ExitDone, nil
}

// orderedBefore counts the sites of a batch that are being tried again, and were ordered before that.
func orderedBefore(ctx context.Context, l *ledger.Ledger, b rollout.Batch) (n int, err error) {
	if b.Decisions == 0 { // no site is tried again
		return 0, nil
	}
	for s, err := range l.OpenSites(ctx, b.ID) {
		if err != nil {
			return 0, err
		}
		if s.IsPastOrder() {
			n++
		}
	}
	return n, nil
}

func (f *cancelFlags) run(ctx context.Context, s *session) (int, error) {
	l := s.writer()
	before, err := s.batch(ctx, f.ID)
	if err != nil {
		return 0, err
	}
	again, err := orderedBefore(ctx, l, before)
	if err != nil {
		return 0, err
	}
	if err := jobs.Cancel(ctx, l, jobs.NewQueue(s.rdb), f.ID, f.LeaveOrdered); err != nil {
		return 0, of(f.ID, err)
	}
	lines := sayCancelled(before, again, f.LeaveOrdered || before.Cancelled == rollout.LeaveOrdered)
	if before.State == rollout.Importing {
		after, err := s.batch(ctx, f.ID)
		if err != nil {
			return 0, err
		}
		if !after.WithdrawnAt.IsZero() {
			lines = []string{sayCancelWithdrew(f.ID)}
		}
	}
	for _, line := range lines {
		s.say(line)
	}
	if !f.Wait {
		return config.ExitDone, nil
	}
	return (&watchFlags{ID: f.ID}).run(ctx, s)
}
