// Makes the survey of an account: its lists are read page by page, in slices of time, by
// any worker, and kept in the ledger. Which survey a site needs, and what the fields of a
// survey mean, is in account.go.

package jobs

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"btrollout/internal/btapi"
	"btrollout/internal/ledger"
	"btrollout/internal/rollout"
)

const (
	// defaultSurveySlice is Config.SurveySlice, well below taskTimeout.
	defaultSurveySlice = time.Minute
	// surveyPause is how long a site waits for a survey that has just begun, before up to as
	// much again is added at random.
	surveyPause = time.Second
	// longestSurveyPause bounds the wait of a site for a survey, before up to as much again is
	// added at random: a site waits for 60 s at once at most.
	longestSurveyPause = 30 * time.Second
	// surveyShare is which part of the calls that can be kept up a survey takes while
	// sites have other calls to make.
	surveyShare = 0.5
	// surveyBurst is how many pages of a survey are read without a pause, so that a small
	// account is surveyed at once.
	surveyBurst = 6
	// surveyLogEvery is how often, at most, a worker logs how far a survey is.
	surveyLogEvery = 30 * time.Second
	// surveyProgressEvery is how often, at most, a worker reads how far a survey is.
	surveyProgressEvery = time.Second
)

// The lists that a survey reads, as the ledger names them. The names are stored in Redis.
const (
	listOrders     = "orders"
	listVoiceSites = "voicesites"
)

// survey is a survey that is being made: where it is. Its items are in the ledger.
type survey struct {
	Began  time.Time `json:"began"`
	Orders part      `json:"orders"`
	Sites  part      `json:"sites"`
	stored string    // the cursor in the ledger that this one replaces; "": none
}

// part is how far one list of a survey is read.
type part struct {
	Reading btapi.Reading `json:"reading"`
	Refused *listRefusal  `json:"refused,omitempty"` // the API does not offer the list
}

func (p part) isComplete() bool { return p.Refused != nil || p.Reading.Over() }

// moving reports whether the list moved faster than it could be read.
func (p part) moving() bool { return p.Refused == nil && !p.Reading.Complete() }

func (s *survey) pages() int { return s.Orders.Reading.Pages + s.Sites.Reading.Pages }

func (s *survey) total() int { return s.Orders.Reading.Most + s.Sites.Reading.Most }

// furtherSurvey continues the survey of an account if no other worker does, or begins
// one. It returns nil when a survey was published, and otherwise how long to wait.
func (w *Worker) furtherSurvey(ctx context.Context, customer string) (*waitError, error) {
	term, acquired, err := w.surveyDuty(customer).Acquire(ctx, workLease)
	if err != nil {
		return nil, err
	}
	if !acquired {
		return w.surveyWait(ctx, customer)
	}
	published := false
	err = term.ExtendWhile(ctx, workLease, func(ctx context.Context) (err error) {
		published, err = w.readSlice(ctx, term, customer)
		return err
	})
	soon := &waitError{delay: surveyPause + rand.N(surveyPause), reason: "the account is being surveyed"}
	switch {
	case errors.Is(err, ledger.ErrStale), err != nil && w.unlessOver(err) == nil: // another worker leads
		return soon, nil
	case err != nil: // the next try waits
		return nil, errors.Join(err, w.unlessOver(term.Extend(context.WithoutCancel(ctx), w.Retry.pause(1))))
	case !published:
		return soon, w.unlessOver(term.Release(context.WithoutCancel(ctx)))
	}
	return nil, w.unlessOver(term.Extend(ctx, w.Settle/2)) // for sites that need the next one to gather
}

// surveyNotes is what a worker remembers of surveys that are being made.
type surveyNotes struct {
	waits  sync.Map     // customer → surveyNote
	logged atomic.Int64 // when it was last logged how far a survey is, in Unix nanoseconds
}

// surveyNote is how long sites wait for a survey.
type surveyNote struct {
	read time.Time // when the progress of the survey was read
	wait waitError
}

// surveyWait says how long a site waits for a survey that another worker makes: longer
// for one that takes long already. Many sites wait, so all sites of this worker share what
// it reads for a second.
func (w *Worker) surveyWait(ctx context.Context, customer string) (*waitError, error) {
	known, _ := w.surveys.waits.Load(customer)
	note, ok := known.(surveyNote)
	if now := w.Now(); !ok || now.Sub(note.read) >= surveyProgressEvery {
		s, err := w.Ledger.SurveyProgress(ctx, customer, listOrders, listVoiceSites)
		if err != nil {
			return nil, err
		}
		note = surveyNote{now, waitError{delay: surveyPause, reason: "the account is being surveyed"}}
		if !s.Began.IsZero() && s.Total > 0 {
			note.wait.delay = min(max(now.Sub(s.Began)/10, surveyPause), longestSurveyPause)
			note.wait.reason += fmt.Sprintf(": %s of %s read", grouped(s.Read()), grouped(max(s.Total, s.Read())))
		}
		w.surveys.waits.Store(customer, note)
	}
	wait := note.wait
	wait.delay += rand.N(wait.delay)
	return &wait, nil
}

// grouped writes a number with commas between its thousands.
func grouped(n int) string {
	text := strconv.Itoa(n)
	for i := len(text) - 3; i > 0; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	return text
}

// readSlice continues the survey of an account, or begins one, for a slice of time
// and for one page at least. It reports whether the survey was published.
func (w *Worker) readSlice(ctx context.Context, by ledger.Term, customer string) (published bool, err error) {
	s, err := w.openSurvey(ctx, customer)
	if err != nil {
		return false, err
	}
	gap, err := w.surveyGap(ctx)
	if err != nil {
		return false, err
	}
	end := w.Now().Add(w.SurveySlice)
	for first := true; !s.Orders.isComplete() || !s.Sites.isComplete(); first = false {
		if !first && !w.Now().Before(end) {
			return false, nil
		}
		if s.pages() >= surveyBurst && !paused(ctx, gap) {
			return false, ctx.Err()
		}
		if err := w.surveyPage(ctx, customer, &s); err != nil {
			return false, err
		}
		w.logSurvey(customer, s)
	}
	return true, w.publish(ctx, by, customer, s)
}

// openSurvey gives the survey that is being made, or a new one. A survey whose cursor
// cannot be read is dropped.
func (w *Worker) openSurvey(ctx context.Context, customer string) (survey, error) {
	kept, err := w.Ledger.SurveyProgress(ctx, customer, listOrders, listVoiceSites)
	if err != nil {
		return survey{}, err
	}
	if kept.Cursor != "" {
		s := survey{}
		if err := json.Unmarshal([]byte(kept.Cursor), &s); err == nil && !s.Began.IsZero() {
			s.stored = kept.Cursor
			s.Orders.Reading.Distinct, s.Sites.Reading.Distinct = kept.Counts[listOrders], kept.Counts[listVoiceSites]
			return s, nil
		}
		w.Log.Warn("what was kept of a survey cannot be read; it begins again", "customer", customer)
		if err := w.Ledger.DropSurveyProgress(ctx, customer, kept.Cursor); err != nil {
			return survey{}, err
		}
	}
	began, err := w.Ledger.Clock(ctx)
	return survey{Began: began}, err
}

// surveyGap is the pause between two pages of a survey that leaves a share of the budget
// to sites that have other calls to make. It is 0 if there are none.
func (w *Worker) surveyGap(ctx context.Context) (time.Duration, error) {
	batches, err := w.Ledger.OpenBatches(ctx)
	busy := slices.ContainsFunc(batches, func(b rollout.Batch) bool {
		return b.State == rollout.Running && b.Counts[rollout.Imported]+b.Counts[rollout.Ordered]+b.Counts[rollout.Delivered] > 0
	})
	if err != nil || !busy {
		return 0, err
	}
	return time.Duration(float64(time.Second) / (w.sustained(ctx) * surveyShare)), nil
}

// paused waits, and reports whether ctx has not ended.
func paused(ctx context.Context, pause time.Duration) bool {
	if pause <= 0 {
		return ctx.Err() == nil
	}
	select {
	case <-ctx.Done():
		return false
	case <-time.After(pause):
		return true
	}
}

// surveyPage reads the next page of a survey and keeps it, with where the survey is then.
func (w *Worker) surveyPage(ctx context.Context, customer string, s *survey) error {
	next, list := *s, listOrders
	items, err := btapi.WithRetries(ctx, func(ctx context.Context) (map[string]string, error) {
		if !next.Orders.isComplete() {
			return readPart(ctx, customer, &next.Orders, w.API.ReadOrders)
		}
		list = listVoiceSites
		return readPart(ctx, customer, &next.Sites, w.API.ReadVoiceSites)
	})
	if errors.Is(err, btapi.ErrEndless) {
		err = errors.Join(err, w.Ledger.DropSurveyProgress(ctx, customer, s.stored))
	}
	if err != nil {
		return fmt.Errorf("reading the account's %s: %w", list, err)
	}
	cursor, err := json.Marshal(next)
	if err != nil {
		return fmt.Errorf("keeping a page of the account's %s: %w", list, err)
	}
	distinct, err := w.Ledger.AddSurveyPage(ctx, customer, s.stored, string(cursor), ledger.SurveyPage{
		Kind: list, Items: items, Began: next.Began, Total: next.total(),
	})
	if err != nil {
		return err
	}
	if list == listOrders {
		next.Orders.Reading.Distinct = distinct
	} else {
		next.Sites.Reading.Distinct = distinct
	}
	next.stored = string(cursor)
	*s = next
	return nil
}

// readPart reads the next page of one list, and returns its items by their identities.
func readPart[T any](
	ctx context.Context, customer string, p *part,
	read func(context.Context, string, btapi.Reading) ([]btapi.Item[T], btapi.Reading, error),
) (map[string]string, error) {
	items, next, err := read(ctx, customer, p.Reading)
	if refused := notOffered(err); refused != nil {
		p.Refused = refused
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	texts := make(map[string]string, len(items))
	for _, item := range items {
		text, err := json.Marshal(item.Value)
		if err != nil {
			return nil, err
		}
		texts[item.Key] = string(text)
	}
	p.Reading = next
	return texts, nil
}

// logSurvey says now and then how far a survey is that takes long.
func (w *Worker) logSurvey(customer string, s survey) {
	now := w.Now()
	last := time.Unix(0, w.surveys.logged.Load())
	if last = later(last, s.Began); now.Sub(last) < surveyLogEvery || s.Orders.isComplete() && s.Sites.isComplete() {
		return
	}
	w.surveys.logged.Store(now.UnixNano())
	w.Log.Info("the account is being surveyed", "customer", customer, "since", s.Began,
		"orders", s.Orders.Reading.Distinct, "of_orders", s.Orders.Reading.Most,
		"voicesites", s.Sites.Reading.Distinct, "of_voicesites", s.Sites.Reading.Most)
}

// publish makes the survey that sites read of all that was read, and drops the pages.
func (w *Worker) publish(ctx context.Context, by ledger.Term, customer string, s survey) error {
	fields, err := w.fieldsOf(ctx, customer, s)
	if err != nil {
		return fmt.Errorf("keeping the survey of customer %s: %w", customer, err)
	}
	if err := w.Ledger.PublishSurvey(ctx, by, customer, s.Began, maps.All(fields)); err != nil {
		return err
	}
	moving := s.Orders.moving() || s.Sites.moving()
	w.Log.Info("the account was surveyed", "customer", customer, "pages", s.pages(), "moving", moving,
		"orders", s.Orders.Reading.Distinct, "voicesites", s.Sites.Reading.Distinct)
	if refused := cmp.Or(s.Orders.Refused, s.Sites.Refused); refused != nil {
		w.Log.Warn("the API does not show all of the account's orders and voicesites; an order whose answer is lost will need a person",
			"customer", customer, "words", refused.Words)
	}
	if moving {
		w.Log.Warn("the account's lists change faster than they can be read; each site is looked for by its reference before it is ordered",
			"customer", customer)
	}
	return w.Ledger.DropSurveyProgress(ctx, customer, s.stored)
}

// fieldsOf makes a survey's fields of all that was read. If an item cannot be read, all is
// dropped, so that the survey begins again.
func (w *Worker) fieldsOf(ctx context.Context, customer string, s survey) (map[string]string, error) {
	items, err := w.Ledger.SurveyItems(ctx, customer)
	if err != nil {
		return nil, err
	}
	orders, err := decodeAll[btapi.Order](items[listOrders])
	sites, unread := decodeAll[btapi.VoiceSite](items[listVoiceSites])
	if err = errors.Join(err, unread); err != nil {
		return nil, errors.Join(err, w.Ledger.DropSurveyProgress(ctx, customer, s.stored))
	}
	fields, err := indexSurvey(customer, orders, sites)
	if refused := cmp.Or(s.Orders.Refused, s.Sites.Refused); err == nil && refused != nil {
		err = encodeFields(fields, "", map[string]*listRefusal{fieldRefused: refused})
	}
	if err == nil && (s.Orders.moving() || s.Sites.moving()) {
		err = encodeFields(fields, "", map[string]bool{fieldMoving: true})
	}
	return fields, err
}

// decodeAll decodes items, in the order of their identities.
func decodeAll[T any](texts map[string]string) ([]T, error) {
	all := make([]T, 0, len(texts))
	for _, key := range slices.Sorted(maps.Keys(texts)) {
		var v T
		if err := json.Unmarshal([]byte(texts[key]), &v); err != nil {
			return nil, fmt.Errorf("item %q cannot be read: %w", key, err)
		}
		all = append(all, v)
	}
	return all, nil
}

// encodeFields enters values into a survey's fields.
func encodeFields[T any](fields map[string]string, prefix string, values map[string]T) error {
	for name, value := range values {
		text, err := json.Marshal(value)
		if err != nil {
			return err
		}
		fields[prefix+name] = string(text)
	}
	return nil
}
