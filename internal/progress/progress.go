// Package progress says how far a batch is, why it is not faster, and when it will be done. It
// only reads the ledger and the budget of calls. Commands and pages show what it returns, so that
// all say the same.
//
// A [Reader] reads the facts about one batch, and those that change rarely, or are many, less often.
// From the facts follow the counts, the reasons (reasons.go) and the time left (forecast.go). [Plan] does so for a batch
// that is not enqueued yet by the same forecast.
package progress

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/redis/go-redis/v9"

	"btrollout/internal/ledger"
	"btrollout/internal/rollout"
	"btrollout/internal/throttle"
)

// Progress is how far a batch is.
type Progress struct {
	Rows      int `json:"rows"`      // number of rows; the sum of the next four
	Done      int `json:"done"`      // number of rows that are provisioned or skipped
	Failed    int `json:"failed"`    // number of rows that need someone: rejected, failed or in review
	Cancelled int `json:"cancelled"` // number of rows that were cancelled
	Waiting   int `json:"waiting"`   // number of rows that have not ended
	// How many rows ended a minute lately; 0: none, or only one.
	PerMinute float64 `json:"perMinute"`
	// Time until the batch is done; left out if it is done, or if that is not known.
	Left *Left `json:"left,omitempty"`
	// Why the batch is not faster, the most important first; empty for a batch that is done.
	Reasons []Reason `json:"reasons"`
}

// Reader reads the progress of one batch again and again. It is for one goroutine.
type Reader struct {
	ledger *ledger.Ledger
	rdb    *redis.Client
	id     string

	anyCustomer bool // earlier batches of all customers count

	facts   facts
	read    time.Time     // when the facts beside the batch were last read; zero: never
	readFor time.Duration // how long that took
	history bool          // facts.history was read
	ended   []string      // IDs of the batches that were done since the batch is in the ledger, as of then
}

// NewReader makes a Reader. The ledger and the budget of calls are in rdb.
func NewReader(l *ledger.Ledger, rdb *redis.Client, id string) *Reader {
	return &Reader{ledger: l, rdb: rdb, id: id}
}

// Facts beside the batch are read again after factsAge, or later if they are many, so that reading
// them takes a twentieth of the time at most.
const (
	factsAge   = 2 * time.Second
	factsShare = 20
)

// Read reads the batch and its progress. Its error is that of the ledger: ledger.ErrNotFound,
// ledger.ErrDamaged with the batch, or that Redis does not answer.
func (r *Reader) Read(ctx context.Context) (rollout.Batch, Progress, error) {
	b, err := r.ledger.Batch(ctx, r.id)
	if err != nil {
		return b, Progress{}, err
	}
	if b.State != rollout.Done && time.Since(r.read) >= max(factsAge, factsShare*r.readFor) {
		began := time.Now()
		if err := r.readFacts(ctx, b); err != nil {
			return b, Progress{}, err
		}
		r.read, r.readFor = time.Now(), time.Since(began)
	}
	r.facts.batch = b
	return b, r.facts.progress(), nil
}

// Of reads the progress of a batch that was just read.
func Of(ctx context.Context, l *ledger.Ledger, rdb *redis.Client, b rollout.Batch) (Progress, error) {
	r := NewReader(l, rdb, b.ID)
	if b.State != rollout.Done {
		if err := r.readFacts(ctx, b); err != nil {
			return Progress{}, err
		}
	}
	r.facts.batch = b
	return r.facts.progress(), nil
}

// facts are what the progress of a batch follows from. Ages and times left are as of when the facts
// were read.
type facts struct {
	batch      rollout.Batch
	now        time.Time       // by Redis' clock
	others     []rollout.Batch // the other open ones
	pace       ledger.Pace
	steps      ledger.Frequency // of all batches, as far as they were open with this one
	history    []ledger.Pace    // of earlier batches of the customer
	orders     []time.Time      // when the orders were made for which its sites wait
	budget     throttle.Status
	unreadable bool // the budget cannot be read, although Redis answers
	workers    []ledger.RunningWorker
	// The calls of a batch that is only planned: besides orders and addresses, for its sites and once.
	lookups, onceCalls float64
	trouble            string // what the API answered if it does not answer as it should
}

const (
	// historyOf is how many earlier batches of the customer are taken into account for the time that
	// deliveries take.
	historyOf = 20
	// stepsAge is for how long after its end the steps of a batch count as some of all.
	stepsAge = 15 * time.Minute
)

// readFacts reads the facts beside the batch.
func (r *Reader) readFacts(ctx context.Context, b rollout.Batch) error {
	f := facts{history: r.facts.history}
	var err error
	if f.now, err = r.ledger.Clock(ctx); err != nil {
		return err
	}
	open, err := r.ledger.OpenCounts(ctx)
	if err != nil {
		return err
	}
	f.others = slices.DeleteFunc(open, func(o rollout.Batch) bool { return o.ID == b.ID || o.State == rollout.Damaged })
	if !r.history || slices.ContainsFunc(r.facts.others, func(o rollout.Batch) bool { return !isAmong(f.others, o) }) { // one has ended
		if f.history, err = r.readHistory(ctx, b, f.now); err != nil {
			return err
		}
		r.history = true
	}
	ids := append([]string{b.ID}, r.ended...)
	for _, o := range f.others {
		ids = append(ids, o.ID)
	}
	paces, err := r.ledger.Paces(ctx, ids...)
	if err != nil {
		return err
	}
	f.pace = paces[0]
	for _, p := range paces {
		f.steps.PerSecond += p.Steps.PerSecond
		f.steps.Seen += p.Steps.Seen
	}
	if f.workers, err = r.ledger.Workers(ctx); err != nil {
		return err
	}
	if f.trouble, err = r.ledger.APITrouble(ctx); err != nil {
		return err
	}
	if b.Counts[rollout.Ordered] > 0 {
		if f.orders, err = r.ledger.OrderTimes(ctx, b.ID); err != nil {
			return err
		}
	}
	f.budget, err = throttle.ReadStatus(ctx, r.rdb)
	if isUnreadable(err) {
		f.budget, f.unreadable, err = throttle.Status{Part: 1}, true, nil
	}
	r.facts = f
	return err
}

// isAmong reports whether a batch is in a list.
func isAmong(list []rollout.Batch, b rollout.Batch) bool {
	return slices.ContainsFunc(list, func(o rollout.Batch) bool { return o.ID == b.ID })
}

// isUnreadable reports whether the budget could not be read although Redis answered: it is damaged, or
// Redis takes no writes (the script that reads the budget may write). No process makes calls then.
func isUnreadable(err error) bool {
	var refused redis.Error
	return errors.As(err, &refused) || errors.Is(err, throttle.ErrDamaged)
}

// readHistory reads how long deliveries took in earlier batches of the customer, and which batches have ended
// beside this one.
func (r *Reader) readHistory(ctx context.Context, b rollout.Batch, now time.Time) ([]ledger.Pace, error) {
	batches, err := r.ledger.Batches(ctx)
	if err != nil {
		return nil, err
	}
	var ids []string
	r.ended = nil
	for _, o := range batches {
		if o.State == rollout.Done && !b.Entered.IsZero() && o.DoneAt.After(b.Entered) && now.Sub(o.DoneAt) < stepsAge {
			r.ended = append(r.ended, o.ID)
		}
		if (r.anyCustomer || o.Customer == b.Customer) && o.ID != b.ID && o.State == rollout.Done && len(ids) < historyOf {
			ids = append(ids, o.ID)
		}
	}
	return r.ledger.Paces(ctx, ids...)
}

// progress derives the progress from the facts.
func (f facts) progress() Progress {
	b := f.batch
	p := Progress{
		Rows: b.Rows(), Done: b.Counts[rollout.Provisioned] + b.Counts[rollout.Skipped],
		Failed: b.NeedSomeone(), Cancelled: b.Counts[rollout.Cancelled], Waiting: b.Open(), Reasons: []Reason{},
	}
	if b.State == rollout.Done {
		return p
	}
	p.PerMinute = f.pace.Ended.PerSecond * time.Minute.Seconds()
	p.Reasons = f.reasons()
	if !slices.ContainsFunc(p.Reasons, Reason.StandsStill) {
		p.Left = f.left()
	}
	return p
}
