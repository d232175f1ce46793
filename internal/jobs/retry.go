// A person has failed and cancelled rows of a batch tried again: PlanRetry chooses the rows, and
// RetryRows carries the plan out. What a row keeps of its earlier runs decides that no second order is made:
//
//	a voicesite                   the address is sent to it, and nothing is ordered
//	a rejected order              a new order is made; the rejected one is nobody's outcome any more
//	any other order               it is adopted if the account shows it; otherwise a person decides
//	an attempt, outcome unknown   it is looked up twice, as if its answer had just been lost
//	nothing, or a refused order   it is ordered, unless a survey made after the plan shows an order

package jobs

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"btrollout/internal/ledger"
	"btrollout/internal/rollout"
)

const (
	// retryChunk is how many rows are compared with the claims together.
	retryChunk = 500
	// retryAtOnce is how many rows are written concurrently.
	retryAtOnce = 16
)

// ErrCancelling means that a batch was cancelled and has not ended yet.
var ErrCancelling = errors.New("the batch is being cancelled")

// ErrPurged means that what the rows of a batch asked was deleted.
var ErrPurged = errors.New("the batch was purged")

// Selection says which rows of a batch a person wants tried again.
type Selection struct {
	Rows    []rollout.RowRef        // only these; empty: all that failed, were cancelled or need someone
	Matches func(rollout.Site) bool // only those for which it is true; nil: all
	GivenUp bool                    // also rows that a person gave up; those of Rows are taken in any case
}

// RetryPlan says which rows of a batch are tried again, and why others of a Selection are not.
type RetryPlan struct {
	Batch rollout.Batch
	Rows  []RetryRow // in the order of the file
	Not   []NotRetried
	at    time.Time // when it was made, by the ledger's clock
}

// RetryRow is a row that is tried again if its record does not change before.
type RetryRow struct {
	Row     rollout.RowRef
	Need    OrderNeed // as far as its own record says
	version int
	claims  bool // it takes the claim on its name over from a row that has ended
}

// NotRetried is a row that is not tried again.
type NotRetried struct {
	Row    rollout.RowRef
	Name   string // technicalSiteName; "": it cannot be read, or there is no such row
	Reason RetryReason
	Other  *rollout.Place // row that is the reason, if another one is
}

// PlanRetry chooses the rows of a batch that are tried again, and changes nothing. It reads all sites
// once, in chunks, and keeps a few numbers of each row that it takes. It calls progress, unless nil,
// with how many rows it has read. Errors are those of the ledger,
// ErrCancelling and ErrPurged.
func PlanRetry(
	ctx context.Context, l *ledger.Ledger, batch string, sel Selection, progress func(int),
) (RetryPlan, error) {
	b, err := l.Batch(ctx, batch)
	if err == nil && !b.Purged.IsZero() {
		err = fmt.Errorf("batch %s: %w", batch, ErrPurged)
	}
	if err == nil && b.Cancelled != rollout.NotCancelled && b.State != rollout.Done {
		err = fmt.Errorf("batch %s: %w", batch, ErrCancelling)
	}
	if err != nil {
		return RetryPlan{}, err
	}
	c := chooser{ledger: l, sel: sel, plan: RetryPlan{Batch: b}, unseen: map[rollout.RowRef]bool{}}
	for _, row := range sel.Rows {
		c.unseen[row] = true
	}
	var part []rollout.Site
	read := 0
	for s, err := range l.Sites(ctx, batch) {
		if err != nil {
			return c.plan, err
		}
		if read++; progress != nil && read%retryChunk == 0 {
			progress(read)
		}
		if !c.takes(s) {
			continue
		}
		if part = append(part, s); len(part) == retryChunk {
			if err := c.choose(ctx, part); err != nil {
				return c.plan, err
			}
			part = part[:0]
		}
	}
	if err := c.choose(ctx, part); err != nil {
		return c.plan, err
	}
	for _, row := range slices.Sorted(maps.Keys(c.unseen)) {
		c.plan.Not = append(c.plan.Not, NotRetried{Row: row, Reason: NotInBatch})
	}
	c.plan.at, err = l.Clock(ctx)
	return c.plan, err
}

// RetryRows carries a plan out, row by row: Failed or Cancelled → Imported, parked. A batch that was
// done runs again and gets a new report. It calls progress, unless nil, with how many rows are done.
// It returns how many rows are tried again now, and the others in the order of the file, those of the
// plan included. A row that changed since the plan was made is left alone, so a plan may be carried out
// twice, and by two people at once. After an error, the remaining rows are as they were.
func RetryRows(
	ctx context.Context, l *ledger.Ledger, plan RetryPlan, progress func(int),
) (tried int, not []NotRetried, err error) {
	not = slices.Clone(plan.Not)
	if len(plan.Rows) == 0 {
		return 0, not, nil
	}
	if _, err := l.RestoreClaims(ctx, ledger.Term{}, plan.Batch.Customer); err != nil {
		return 0, not, err
	}
	if err := l.RecordIn(ctx, plan.Batch.ID, rollout.AuditRetried, rollout.AuditDetail{Rows: len(plan.Rows)}); err != nil {
		return 0, not, err
	}
	var mu sync.Mutex
	done := 0
	g, within := errgroup.WithContext(ctx)
	g.SetLimit(retryAtOnce)
	for _, row := range plan.Rows {
		if within.Err() != nil {
			break
		}
		g.Go(func() error {
			refused, err := retryRow(within, l, plan, row)
			if err != nil {
				return err
			}
			mu.Lock()
			defer mu.Unlock()
			if refused != nil {
				not = append(not, *refused)
			} else {
				tried++
			}
			if done++; progress != nil {
				progress(done)
			}
			return nil
		})
	}
	err = g.Wait()
	if err == nil {
		err = ctx.Err()
	}
	slices.SortStableFunc(not, func(a, b NotRetried) int { return int(a.Row - b.Row) })
	return tried, not, err
}

// retryRow has one row tried again, or says why not.
func retryRow(ctx context.Context, l *ledger.Ledger, plan RetryPlan, row RetryRow) (*NotRetried, error) {
	b, s, err := l.Load(ctx, plan.Batch.ID, row.Row)
	switch {
	case errors.Is(err, ledger.ErrNotFound):
		return &NotRetried{Row: row.Row, Reason: NotInBatch}, nil
	case err != nil:
		return nil, err
	case s.Version != row.version || s.State != rollout.Failed && s.State != rollout.Cancelled:
		return &NotRetried{Row: row.Row, Name: s.Name, Reason: Changed}, nil
	}
	next := again(s, plan.at)
	if row.claims {
		var e ledger.Entry
		var refused *NotRetried
		if e, refused, err = takeOver(ctx, l, b, s); err != nil || refused != nil {
			return refused, err
		}
		next = inherit(next, e.Site)
		_, _, err = l.AdvanceClaiming(ctx, b.Customer, next, e.Seen, ledger.ParkedDue(b, next))
	} else {
		_, _, err = l.AdvanceClaimed(ctx, b.Customer, next, ledger.ParkedDue(b, next))
	}
	switch {
	case errors.Is(err, ledger.ErrTaken):
		return &NotRetried{Row: row.Row, Name: s.Name, Reason: TakenOver}, nil
	case errors.Is(err, ledger.ErrStale):
		return &NotRetried{Row: row.Row, Name: s.Name, Reason: Changed}, nil
	case err != nil:
		return nil, fmt.Errorf("row %s (%s): %w", b.RowName(s.Row), s.Name, err)
	}
	return nil, nil
}

// again is a site as it is tried again: as it was imported, with what is known of its orders and its
// voicesite. What the account held before at says nothing of it.
func again(s rollout.Site, at time.Time) rollout.Site {
	var last rollout.Problem
	if n := len(s.Problems); n > 0 {
		last = s.Problems[n-1]
	}
	s.State, s.SurveyFrom = rollout.Imported, &at
	s.Run++
	s.Problems, s.Push, s.Rules, s.RequestID = nil, nil, "", ""
	s.Tries, s.LastError, s.NoSiteSince, s.NoSiteLook = 0, "", nil, nil
	if s.Decision != nil && s.Decision.OrderAgain {
		s.Decision = nil // it was about what the account held then, and not carried out
	}
	if s.Intent != nil {
		intent := *s.Intent
		intent.Lost = 0 // it may be tried as often as the first time
		intent.Rejected = slices.Clone(intent.Rejected)
		s.Intent = &intent
	}
	switch {
	case s.Progress.VoiceSiteID != "":
	case last.Code == CodeOrderRejected:
		if s.Intent != nil && s.OrderID != "" {
			s.Intent.Rejected = append(s.Intent.Rejected, s.OrderID)
		}
		s.OrderID, s.OrderedAt, s.Unconfirmed = "", nil, false
	case s.OrderID != "": // it is adopted, when the account shows it
	case s.Intent != nil:
		s.Intent.LookUp = s.Intent.LookUp || !settlesAttempt(last)
	}
	return s
}

// settlesAttempt reports whether a site whose last problem is p, and that has no order, ended when it
// was certain that its attempts had made none.
func settlesAttempt(p rollout.Problem) bool {
	certain := []string{CodeOrderRefused, CodeOrderRejected, CodeUnavailable, CodeTaken}
	return p.Stage == rollout.StageValidate || slices.Contains(certain, p.Code)
}

// inherit adds to a site that is tried again what the row knows from which it takes the claim over, as
// recognised.
func inherit(s, recognised rollout.Site) rollout.Site {
	s.Dismissed = append(slices.Clone(recognised.Dismissed), s.Dismissed...)
	slices.Sort(s.Dismissed)
	s.Dismissed = slices.Compact(s.Dismissed)
	s.Elsewhere, s.LeftAsIs = nil, recognised.LeftAsIs
	switch known := recognised.Progress.VoiceSiteID; {
	case known != "":
		s.Progress.VoiceSiteID, s.Unconfirmed, s.KeptLabel = known, recognised.Unconfirmed, recognised.KeptLabel
	case dismissed(s, s.Progress.VoiceSiteID):
		s.Progress.VoiceSiteID = ""
	}
	return s
}
