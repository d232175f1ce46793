// Submitting a batch: recognising sites that an earlier upload knows, writing the
// rows to the ledger, and enqueueing the first task of each.
package jobs

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"maps"
	"time"

	"golang.org/x/sync/errgroup"

	"btrollout/internal/identity"
	"btrollout/internal/ledger"
	"btrollout/internal/rollout"
)

const (
	// submitChunk is how many rows are looked up, written and enqueued together.
	submitChunk = 500
	// withdrawWithin bounds what is done about an upload that failed.
	withdrawWithin = 30 * time.Second
	// cancelAtOnce is how many sites of a withdrawn batch are cancelled side by side.
	cancelAtOnce = 16
)

// ErrStarted: the upload ended early, but its batch had begun by then and goes on.
var ErrStarted = errors.New("the batch had begun, and goes on")

// Recognise compares rows with what earlier uploads made of the same sites, and
// marks those that need no order, no work, or must wait. The entries returned are
// what Submit takes.
func Recognise(ctx context.Context, l *ledger.Ledger, customer string, sites []rollout.Site) ([]ledger.Entry, error) {
	names := make([]string, len(sites))
	for i, s := range sites {
		names[i] = s.Name
	}
	claims, err := l.Claims(ctx, customer, names)
	if err != nil {
		return nil, err
	}
	entries := make([]ledger.Entry, len(sites))
	for i, s := range sites {
		if s.State == rollout.Imported && claims[i] != (ledger.Claim{}) {
			if err := recogniseClaimed(ctx, l, &s, &claims[i]); err != nil {
				return nil, err
			}
		}
		entries[i] = ledger.Entry{Site: s, Claim: s.State == rollout.Imported, Seen: claims[i]}
	}
	return entries, nil
}

// recogniseClaimed decides what a row means whose site is claimed, and notes in the claim
// how the record behind it stood.
func recogniseClaimed(ctx context.Context, l *ledger.Ledger, s *rollout.Site, c *ledger.Claim) error {
	if c.IsDamaged() {
		rejectDamaged(s, *c)
		return nil
	}
	b, was, err := l.Load(ctx, c.Batch, c.Row)
	if err == nil && b.State == rollout.Importing {
		// Withdrawn first if it is dead, so that it cannot start after all.
		if err = withdrawDead(ctx, l, b.ID); err == nil {
			b, was, err = l.Load(ctx, c.Batch, c.Row)
		}
	}
	switch {
	case errors.Is(err, ledger.ErrDamaged): // it may have been ordered
		rejectDamaged(s, *c)
	case errors.Is(err, ledger.ErrNotFound): // the account tells
	case err != nil:
		return err
	default:
		recognise(s, b, was)
		if was.State.Final() { // only a person can change it, and may do so before the row is written
			c.Version = was.Version
		}
	}
	return nil
}

// recognise decides what a row means for a site that row `was` of batch b claimed.
func recognise(s *rollout.Site, b rollout.Batch, was rollout.Site) {
	reject := func(code string, message rollout.Text) {
		s.State = rollout.Rejected
		s.Problems = append(s.Problems, rollout.Problem{
			Code: code, Stage: rollout.StageImport, Field: rollout.FieldName, Value: s.Name, Message: message,
		})
	}
	s.Dismissed = dismissedBefore(was, s.Request.VoiceSiteID)
	known := was.Progress.VoiceSiteID // the API confirmed it; what a row says, it may not have
	addressOnly := func() { s.Request.VoiceSiteID, s.Progress.VoiceSiteID = known, known }
	inReview := was.State == rollout.Review || was.InDoubt
	underWay := !was.State.Final() && b.State != rollout.Withdrawn
	switch {
	case (known != "" || inReview || underWay) && !identity.Same(s.Name, was.Name):
		reject(CodeNameAlike, rollout.Say(
			"Row %s of batch %s is a site called %q, which people can take for this name: write the name as it is there if it is the same site; otherwise give this one a name that cannot be confused.",
			"La ligne %s du lot %s est un site nommé %q, que l'on peut confondre avec ce nom : écrivez le nom comme il y figure s'il s'agit du même site ; sinon, donnez à celui-ci un nom qu'on ne puisse confondre.", b.RowName(was.Row), b.ID, was.Name))
	case b.State == rollout.Importing:
		reject(CodeInFlight, rollout.Say(
			"Another upload, batch %s, is being written with this site as row %s: try again when it is through, or in %.0f minutes.",
			"Un autre envoi, le lot %s, est en cours d'écriture et contient ce site à la ligne %s : réessayez quand il sera terminé, ou dans %.0f minutes.", b.ID, b.RowName(was.Row), abandonedAfter.Minutes()))
	case underWay:
		reject(CodeInFlight, rollout.Say(
			"This site is under way as row %s of batch %s: wait until that batch is done, then upload this row again if it is still needed.",
			"Ce site est en cours de traitement, à la ligne %s du lot %s : attendez que ce lot soit terminé, puis envoyez de nouveau cette ligne si elle est encore nécessaire.", b.RowName(was.Row), b.ID))
	case inReview:
		reject(CodeInReview, rollout.Say(
			"This site waits for a person's decision, as row %s of batch %s: look it up in the portal first. %s",
			"Ce site attend la décision d'une personne, à la ligne %s du lot %s : vérifiez-le d'abord dans le portail Business Talk Online. %s", b.RowName(was.Row), b.ID, decide(b, was)))
		if s.Request.VoiceSiteID != "" { // a decision like any other, and verified like it
			s.State, s.Problems = rollout.Imported, nil
			s.Decision = &rollout.Decision{VoiceSiteID: s.Request.VoiceSiteID}
			s.InDoubt, s.Intent, s.OrderID, s.OrderedAt = true, was.Intent, was.OrderID, was.OrderedAt
		}
	case known == "":
		// Nothing was made: the row starts from the beginning.
	case s.Request.VoiceSiteID != "" && s.Request.VoiceSiteID != known:
		s.Progress.VoiceSiteID = known // a person says that it is another: the worker looks whether the known one is gone
	case differs(was.Country, s.Country) || s.VPNID != "" && differs(was.VPNID, s.VPNID):
		reject(CodeSiteChanged, rollout.Say(
			"Voicesite %s of this site stands in country %s on VPN %s, and the row says %s and %s: the address of a voicesite can be changed by an upload, country and VPN cannot; correct the row, or give a new site another name.",
			"Le voicesite %s de ce site est dans le pays %s sur le VPN %s, et la ligne indique %s et %s : un envoi peut changer l'adresse d'un voicesite, mais ni son pays ni son VPN ; corrigez la ligne, ou donnez un autre nom au nouveau site.", known, was.Country, vpnOf(was), s.Country, vpnOf(*s)))
	case was.State == rollout.Provisioned || was.State == rollout.Skipped:
		addressOnly()
		if maps.Equal(was.Request.Address, s.Request.Address) {
			s.State = rollout.Skipped
		}
	default:
		addressOnly()
	}
}

// vpnOf names a site's VPN; a row that gives a voiceSiteId may have none.
func vpnOf(s rollout.Site) rollout.Text {
	return cmp.Or(rollout.Text{EN: cmp.Or(s.VPN, s.VPNID)}, rollout.Say("unknown", "inconnu"))
}

// Submit writes a batch to the ledger and enqueues its sites. Rows whose site was
// taken by another upload in the meantime are rejected. It calls progress, unless
// nil, with how many rows are done.
//
// When it fails, the batch is withdrawn and none of its sites is ordered; unless
// the error is ErrStarted: then the batch had begun, and the workers' sweep finds
// the sites that were not enqueued. The error is ledger.ErrWithdrawn when a worker or
// another upload withdrew the batch, because this one gave no sign of life for too long.
func Submit(ctx context.Context, l *ledger.Ledger, q *Queue, b rollout.Batch, entries iter.Seq2[ledger.Entry, error], progress func(int)) error {
	err := write(ctx, l, b, entries, progress)
	if err != nil {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), withdrawWithin)
		defer cancel()
		withdrawn, failed := withdraw(ctx, l, q, b.ID)
		switch {
		case errors.Is(failed, ledger.ErrNotFound):
			return err
		case failed != nil || withdrawn:
			return errors.Join(err, failed) // a batch that was not withdrawn is taken for dead later
		}
		// The batch runs: only the answer to its start was lost.
	}
	if err := enqueue(ctx, l, q, b); err != nil {
		return fmt.Errorf("%w: %w", ErrStarted, err)
	}
	return nil
}

// write writes a batch with all its sites, and starts it.
func write(ctx context.Context, l *ledger.Ledger, b rollout.Batch, entries iter.Seq2[ledger.Entry, error], progress func(int)) error {
	if err := l.Create(ctx, b); err != nil {
		return err
	}
	err := whileTouching(ctx, l, b.ID, func(ctx context.Context) error {
		done := 0
		for part, err := range chunks(ctx, entries) {
			if err != nil {
				return err
			}
			lost, err := l.Add(ctx, b, part)
			if err != nil {
				return err
			}
			if err := addLost(ctx, l, b, part, lost); err != nil {
				return err
			}
			if done += len(part); progress != nil {
				progress(done)
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	return l.Start(ctx, b.ID)
}

// withdraw takes a batch back whose upload failed, and cancels its sites. It
// reports whether that was still possible.
func withdraw(ctx context.Context, l *ledger.Ledger, q *Queue, id string) (bool, error) {
	withdrawn, err := l.Withdraw(ctx, id)
	if !withdrawn {
		return false, err
	}
	b, err := l.Batch(ctx, id)
	if err != nil {
		return true, err
	}
	g, within := errgroup.WithContext(ctx)
	g.SetLimit(cancelAtOnce)
	for s, err := range l.Sites(ctx, id) {
		if err != nil {
			return true, errors.Join(err, g.Wait())
		}
		if s.State.Final() {
			continue
		}
		s.State = rollout.Cancelled
		endInDoubt(b, &s)
		g.Go(func() error {
			_, _, err := l.Advance(within, s, time.Time{})
			if errors.Is(err, ledger.ErrStale) {
				return nil // somebody else cancelled it
			}
			return err
		})
	}
	if err := g.Wait(); err != nil {
		return true, err
	}
	return true, q.Close(ctx, id)
}

// enqueue makes the first task of each site of a batch.
func enqueue(ctx context.Context, l *ledger.Ledger, q *Queue, b rollout.Batch) error {
	var sites []rollout.Site
	flush := func() error {
		err := q.Sites(ctx, sites)
		sites = sites[:0]
		return err
	}
	for s, err := range l.Sites(ctx, b.ID) {
		if err != nil {
			return err
		}
		if sites = append(sites, s); len(sites) == submitChunk {
			if err := flush(); err != nil {
				return err
			}
		}
	}
	if err := flush(); err != nil {
		return err
	}
	now, err := l.Batch(ctx, b.ID)
	if err != nil {
		return err
	}
	if now.Open() == 0 {
		return q.Close(ctx, b.ID)
	}
	return nil
}

// addLost writes the rows that lost their claim to another upload, as rejected.
func addLost(ctx context.Context, l *ledger.Ledger, b rollout.Batch, part []ledger.Entry, lost []int) error {
	if len(lost) == 0 {
		return nil
	}
	taken := map[int]bool{}
	for _, row := range lost {
		taken[row] = true
	}
	var again []ledger.Entry
	for _, e := range part {
		if !taken[e.Site.Row] {
			continue
		}
		e.Site.State = rollout.Rejected
		e.Site.Problems = append(e.Site.Problems, rollout.Problem{
			Code: CodeTaken, Stage: rollout.StageImport, Field: rollout.FieldName, Value: e.Site.Name,
			Message: rollout.Say(
				"Another upload took this site at the same moment, or a person decided about it: see batch list; upload this row again when that batch is done, if it is still needed.",
				"Un autre envoi a pris ce site au même moment, ou une personne a décidé à son sujet : voyez batch list ; envoyez de nouveau cette ligne quand ce lot sera terminé, si elle est encore nécessaire."),
		})
		again = append(again, ledger.Entry{Site: e.Site})
	}
	_, err := l.Add(ctx, b, again)
	return err
}

// chunks gathers entries into slices of submitChunk, until ctx ends.
func chunks(ctx context.Context, entries iter.Seq2[ledger.Entry, error]) iter.Seq2[[]ledger.Entry, error] {
	return func(yield func([]ledger.Entry, error) bool) {
		var part []ledger.Entry
		for e, err := range entries {
			if err = cmp.Or(err, ctx.Err()); err != nil {
				yield(nil, err)
				return
			}
			if part = append(part, e); len(part) == submitChunk {
				if !yield(part, nil) {
					return
				}
				part = nil
			}
		}
		if len(part) > 0 {
			yield(part, nil)
		}
	}
}
