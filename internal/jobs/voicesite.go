// Decides which voicesite is a site's: one that a person named, one that belongs to
// another site, one that does not exist any more.

package jobs

import (
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"time"

	"btrollout/internal/btapi"
	"btrollout/internal/ledger"
	"btrollout/internal/rollout"
)

// claimPause is about how long a site waits for another worker that claims the
// voicesites of an older ledger.
const claimPause = 500 * time.Millisecond

// namesAnother reports whether a person named another voicesite than the one that is
// known to be the site's.
func namesAnother(s rollout.Site) bool {
	id := givenVoiceSiteID(s)
	return id != "" && id != s.Progress.VoiceSiteID
}

// dismissedBefore are the orderIds and voiceSiteIds that an earlier row of a site
// recorded as not the site's, without the one that the new row names.
func dismissedBefore(was rollout.Site, named string) []string {
	return slices.DeleteFunc(slices.Clone(was.Dismissed), func(id string) bool { return id == named || id == "" })
}

// acceptVoiceSite takes over the voicesite that a person named, after the API confirmed
// name and country. A site that has one already gets the new one only if the old one is
// gone. Validated → Delivered or Failed.
func (w *Worker) acceptVoiceSite(ctx context.Context, b rollout.Batch, s rollout.Site, v btapi.VoiceSite, h holding) (rollout.Site, error) {
	id := givenVoiceSiteID(s)
	if known := s.Progress.VoiceSiteID; known != "" {
		gone, err := w.isGone(ctx, b.Customer, known, h)
		if err != nil {
			return s, err
		}
		if !gone {
			fail(&s, problemAnotherKnown(s))
			return s, nil
		}
		s.Dismissed = append(s.Dismissed, known)
	}
	if v.VoiceSiteID == id && v.TechnicalSiteName != "" { // the API says whose it is
		if err := w.Ledger.ClaimVoiceSite(ctx, b.Customer, id, s.Name); err != nil {
			return s, err
		}
	}
	s.Progress.VoiceSiteID, s.Problems = id, nil
	s.State, s.InDoubt, s.Unconfirmed = rollout.Delivered, false, false
	return s, nil
}

// isGone reports whether a voicesite does not exist any more: the API does not know it,
// or refuses to tell, and the survey does not show it.
func (w *Worker) isGone(ctx context.Context, customer, id string, h holding) (bool, error) {
	_, err := w.API.VoiceSite(ctx, customer, id)
	refused := btapi.RefusalIn(err)
	if refused == nil {
		return false, err
	}
	if btapi.IsNotFound(refused) {
		return true, nil
	}
	_, held := h.voiceSite(id)
	return !held && h.refused == nil && !h.moving, nil
}

// reviewNotFound decides about a site for whose address the API answered 404. Delivered →
// Review, unless the voicesite may become visible later.
func (w *Worker) reviewNotFound(ctx context.Context, b rollout.Batch, s rollout.Site, refused *btapi.Error) (rollout.Site, error) {
	if w.Now().Sub(s.Changed) < w.Settle {
		return s, &waitError{delay: recheckAfter, reason: "the voicesite is not visible yet"}
	}
	id := s.Progress.VoiceSiteID
	_, err := w.API.VoiceSite(ctx, b.Customer, id)
	if err != nil && btapi.RefusalIn(err) == nil {
		return s, err
	}
	if !btapi.IsNotFound(err) {
		review(b, &s, problemAddressNotAccepted(id, refused))
		return s, nil
	}
	s.Dismissed = append(s.Dismissed, id)
	s.Progress.VoiceSiteID = ""
	review(b, &s, problemVoiceSiteGone(id, refused))
	return s, nil
}

// reviewForeign decides about a site whose voicesite belongs to another site: no address was
// sent. Delivered → Review, without the voicesite.
func (w *Worker) reviewForeign(ctx context.Context, b rollout.Batch, s rollout.Site, f *ledger.ForeignVoiceSite) (rollout.Site, error) {
	owner := rollout.Say("%q", "%q", f.Site)
	switch ownerBatch, other, err := w.Ledger.Load(ctx, f.Holder.Batch, f.Holder.Row); {
	case err == nil:
		owner = siteAndRow(ownerBatch, other)
	case !errors.Is(err, ledger.ErrNotFound):
		return s, err
	}
	id := s.Progress.VoiceSiteID
	s.Progress.VoiceSiteID = ""
	review(b, &s, problemVoiceSiteTaken(id, owner))
	return s, nil
}

// restoreClaims makes the missing claims of a customer on sites and voicesites, where they
// were deleted or an earlier version wrote none. One worker does it at a time. The error is
// never nil: it is a *waitError, with which the site tries again, when the claims were made
// or another worker makes them.
func (w *Worker) restoreClaims(ctx context.Context, customer string) error {
	term, acquired, err := w.claimsDuty(customer).Acquire(ctx, workLease)
	if err != nil {
		return err
	}
	if !acquired {
		return &waitError{delay: claimPause + rand.N(claimPause), reason: "claims on sites and voicesites are being made again"}
	}
	err = term.ExtendWhile(ctx, workLease, func(ctx context.Context) error {
		unreadable, err := w.Ledger.RestoreClaims(ctx, term, customer)
		if unreadable > 0 {
			w.Log.Warn("site records cannot be read; their voicesites are not claimed", "customer", customer, "records", unreadable)
		}
		return err
	})
	if err := w.unlessOver(errors.Join(err, term.Release(ctx))); err != nil {
		return err
	}
	return &waitError{reason: "claims on sites and voicesites are made again"}
}
