// A person's decision about a site in Review, and how the site continues from there. What a
// voiceSiteId in a row decides is in recognise.go, order.go and voicesite.go.

package jobs

import (
	"context"
	"errors"
	"fmt"
	"time"

	"btrollout/internal/ledger"
	"btrollout/internal/rollout"
)

// Resolution is what a person decided about a site in Review.
type Resolution struct {
	VoiceSiteID string // the site's voicesite exists, under this id
	OrderAgain  bool   // whatever the account holds by now is not the site
	Fail        bool   // the site is given up
}

// detail describes the decision about a row in the audit log.
func (v Resolution) detail(row string) rollout.AuditDetail {
	d := rollout.AuditDetail{Row: row, Decision: rollout.DecisionFail}
	switch {
	case v.VoiceSiteID != "":
		d.Decision, d.VoiceSiteID = rollout.DecisionVoiceSite, v.VoiceSiteID
	case !v.Fail:
		d.Decision = rollout.DecisionOrderAgain
	}
	return d
}

// ErrNotInReview means that there is nothing to decide about the site.
var ErrNotInReview = errors.New("only sites in review can be resolved")

// ErrRowLost means that what the row asks cannot be read any more, so nothing can be done for it.
var ErrRowLost = errors.New("only --fail can resolve it; then upload the row of your file again")

// Resolve applies a decision: Review → Validated, and the site continues, or Review → Failed.
// A batch that was done runs again and gets a new report. It returns the site as it now stands.
func Resolve(ctx context.Context, l *ledger.Ledger, q *Queue, batch string, row rollout.RowRef, v Resolution) (rollout.Site, error) {
	b, s, err := l.Load(ctx, batch, row)
	switch {
	case errors.Is(err, ledger.ErrNotFound):
		return s, fmt.Errorf("batch %s has no row %s: see its report (%w)", batch, b.RowName(row), err)
	case err != nil:
		return s, err
	case b.Cancelled != rollout.NotCancelled && b.State != rollout.Done && !v.Fail:
		return s, fmt.Errorf("row %s (%s): %w, so only --fail can resolve it", b.RowName(row), s.Name, ErrCancelling)
	case s.State != rollout.Review:
		return s, fmt.Errorf("row %s (%s) is %s, not in review: %w", b.RowName(row), s.Name, s.State, ErrNotInReview)
	case (s.Name == "" || !b.Purged.IsZero()) && !v.Fail: // a damaged record of a purged batch, which has no address
		return s, fmt.Errorf("what row %s asks cannot be read any more: %w", b.RowName(row), ErrRowLost)
	}
	if _, err := l.RestoreClaims(ctx, ledger.Term{}, b.Customer); err != nil {
		return s, err
	}
	s.Run++
	s.Tries, s.LastError, s.NoSiteSince, s.NoSiteLook = 0, "", nil, nil
	s.InDoubt = v.VoiceSiteID != "" // until the voicesite is verified, the site may be another's
	if v.Fail {
		fail(&s, problemGivenUpByPerson())
	} else {
		s.State = rollout.Validated
		s.Problems = s.Problems[:min(1, len(s.Problems))] // why it was in review, should it come back
		s.Progress.VoiceSiteID = ""                       // its voicesite is searched for again
		if v.OrderAgain {
			s.Dismissed = append(s.Dismissed, s.OrderID, s.Request.VoiceSiteID)
			s.OrderID, s.OrderedAt, s.Unconfirmed = "", nil, false
			if s.Intent != nil {
				intent := *s.Intent
				intent.Lost = 0 // it may be tried as often as the first time
				s.Intent = &intent
			}
		}
		s.Decision = &rollout.Decision{VoiceSiteID: v.VoiceSiteID, OrderAgain: v.OrderAgain}
	}
	// A new survey is made, so that the decision applies to the account as it is now.
	if err := l.DropSurvey(ctx, b.Customer); err != nil {
		return s, err
	}
	s, open, err := l.AdvanceDecided(ctx, b.Customer, s, v.detail(b.RowName(row)), time.Now())
	switch {
	case errors.Is(err, ledger.ErrTaken):
		return s, fmt.Errorf("row %s (%s) was taken over by a later upload: see batch list for it (%w)", b.RowName(row), s.Name, err)
	case errors.Is(err, ledger.ErrStale):
		return s, fmt.Errorf("row %s (%s) changed at this moment: look at it again (%w)", b.RowName(row), s.Name, err)
	case err != nil:
		return s, err
	case open == 0: // only the report must be written; if this task is lost, the sweep makes it again
		return s, q.Close(ctx, batch)
	}
	return s, q.Site(ctx, s, 0)
}
