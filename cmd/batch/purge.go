// The command batch purge: deletes the personal data of a batch that is done.

package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"btrollout/internal/app"
	"btrollout/internal/config"
	"btrollout/internal/console"
	"btrollout/internal/ledger"
	"btrollout/internal/retention"
	"btrollout/internal/rollout"
)

type purgeFlags struct {
	ID     string `arg:"" help:"Batch, as batch list shows it."`
	Yes    bool   `short:"y" help:"Purge without asking."`
	DryRun bool   `help:"Only show what would be deleted and what would stay."`
}

// Help is the text of --help.
func (*purgeFlags) Help() string {
	return `It deletes the addresses, cells and problems of a batch that is done. What was provisioned stays known, so that ` +
		`a later upload of a site is recognised. Workers purge batches by themselves when BATCH_RETENTION has passed.

  batch purge 20260302-120000-ab12 --dry-run
  batch purge 20260302-120000-ab12`
}

func (f *purgeFlags) run(ctx context.Context, s *session) (int, error) {
	b, err := s.batch(ctx, f.ID)
	if err != nil {
		return 0, err
	}
	if !b.Purged.IsZero() && !b.Purging {
		fmt.Fprintln(s.stdout, sayPurged(b))
		return config.ExitDone, nil
	}
	if err := s.ledger.CanPurge(ctx, f.ID); err != nil {
		return 0, errCannotPurge(b, err)
	}
	for _, sentence := range sayPurge(b) {
		console.Paragraph(s.stdout, 0, sentence, s.columns)
	}
	if f.DryRun {
		fmt.Fprintln(s.stdout, sayNothingPurged)
		return config.ExitDone, nil
	}
	if err := f.agree(ctx, s); err != nil {
		return 0, err
	}
	l := s.writer()
	if err := retention.Purge(ctx, l, b, nil); err != nil {
		return 0, errCannotPurge(b, err)
	}
	if b, err = l.Batch(ctx, f.ID); err != nil {
		return 0, err
	}
	fmt.Fprintln(s.stdout, sayPurged(b))
	return config.ExitDone, nil
}

// agree asks for the id of the batch, unless --yes is given. The error is nil if the batch is to be
// purged.
func (f *purgeFlags) agree(ctx context.Context, s *session) error {
	if f.Yes {
		return nil
	}
	if s.ask == nil {
		return errCannotAsk
	}
	answer, err := s.ask(ctx, askToPurge)
	if err != nil || strings.TrimSpace(answer) != f.ID {
		return errNothingPurged
	}
	return nil
}

// errCannotPurge says why a batch is not purged.
func errCannotPurge(b rollout.Batch, err error) error {
	switch {
	case errors.Is(err, ledger.ErrNeedsPerson):
		return errPurgeNeedsPerson(b)
	case errors.Is(err, ledger.ErrNotDone):
		return errPurgeNotDone(b)
	case errors.Is(err, ledger.ErrNotFound):
		return errNoBatch(b.ID)
	}
	return app.BecauseOfRedis(purgeBroken, err, purgeAgain, fmt.Errorf(purgeBroken+" (%w): "+purgeAgain, err))
}
