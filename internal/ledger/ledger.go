// Package ledger keeps the truth about batches and their sites in Redis: what
// each row asks, where each site stands, and exact counts for every state at
// every moment. It knows nothing of queues and tasks. Changes to one site are
// compare-and-set on its version, so that of two writers only one wins.
package ledger

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"

	"btrollout/internal/rollout"
)

// ErrNotFound: there is no such batch, or no such row in it.
var ErrNotFound = errors.New("not in the ledger")

// ErrStale: somebody else changed the site since it was read.
var ErrStale = errors.New("another worker moved this site on")

// ErrWithdrawn: the upload of the batch was given up, so that it neither takes
// more sites nor starts.
var ErrWithdrawn = errors.New("the batch was withdrawn")

// ErrTaken: the site's name, or one like it, was claimed by another upload since.
var ErrTaken = errors.New("another upload claimed this site")

// ErrMoved: the batch is not in the state any more in which the caller read it.
var ErrMoved = errors.New("the batch was blocked or let go on meanwhile")

// Ledger speaks to one Redis. It is safe for concurrent use.
type Ledger struct {
	rdb redis.UniversalClient
	now func() time.Time
}

// New makes a ledger over rdb; now is the clock (nil: time.Now).
func New(rdb redis.UniversalClient, now func() time.Time) *Ledger {
	if now == nil {
		now = time.Now
	}
	return &Ledger{rdb: rdb, now: now}
}

// Clock tells the time by Redis' clock, which is the same for everybody.
func (l *Ledger) Clock(ctx context.Context) (time.Time, error) {
	now, err := l.rdb.Time(ctx).Result()
	if err != nil {
		return now, fmt.Errorf("asking Redis for the time: %w", err)
	}
	return now.UTC(), nil
}

// Load reads one site and the batch that it belongs to, in one round trip.
func (l *Ledger) Load(ctx context.Context, batch string, row rollout.RowRef) (rollout.Batch, rollout.Site, error) {
	field := strconv.Itoa(int(row))
	pipe := l.rdb.Pipeline()
	about := pipe.HGetAll(ctx, keyBatch(batch))
	since := pipe.Get(ctx, keySince())
	input := pipe.HGet(ctx, keyRows(batch), field)
	progress := pipe.HGet(ctx, keySites(batch), field)
	if err := served(pipe.Exec(ctx)); err != nil {
		return rollout.Batch{}, rollout.Site{}, fmt.Errorf("reading row %d of batch %s: %w", row, batch, err)
	}
	began, err := l.began(ctx, since)
	if err != nil {
		return rollout.Batch{}, rollout.Site{}, fmt.Errorf("reading row %d of batch %s: %w", row, batch, err)
	}
	none := errors.Is(input.Err(), redis.Nil) && errors.Is(progress.Err(), redis.Nil)
	if none && about.Err() == nil && len(about.Val()) == 0 {
		return rollout.Batch{}, rollout.Site{}, fmt.Errorf("batch %s: %w", batch, ErrNotFound)
	}
	b, err := decodeBatch(batch, about, nil, began)
	if err == nil && (wrongType(input.Err()) || wrongType(progress.Err())) {
		err = fmt.Errorf("batch %s: %w", batch, ErrDamaged)
	}
	if err != nil {
		return b, rollout.Site{}, err
	}
	if none {
		return b, rollout.Site{}, fmt.Errorf("row %d of batch %s: %w", row, batch, ErrNotFound)
	}
	s, err := l.site(ctx, batch, row, input.Val(), progress.Val())
	return b, s, err
}

// site puts a site together from its two records. One that cannot be read is mended.
func (l *Ledger) site(ctx context.Context, batch string, row rollout.RowRef, input, progress string) (rollout.Site, error) {
	if p := readParts(batch, row, input, progress); p.asked && p.done {
		return p.site, nil
	}
	return l.mend(ctx, batch, row, input, progress)
}

// Advance writes what became of a site, if its version is still the one that was
// read; otherwise the error is ErrStale. A site that goes on is next due at due. With
// s.Pushed, the push is over; what is left are earlier attempts of the same row that may
// still arrive.
// It returns the site as it now stands, and how many sites of its batch are open.
func (l *Ledger) Advance(ctx context.Context, s rollout.Site, due time.Time) (rollout.Site, int, error) {
	return l.advance(ctx, s, due, "", "", "")
}

// AdvanceOwn is Advance for a step that only the holder of the site's name may
// take; for everybody else the error is ErrTaken.
func (l *Ledger) AdvanceOwn(ctx context.Context, customer string, s rollout.Site, due time.Time) (rollout.Site, int, error) {
	return l.advance(ctx, s, due, customer, s.Name, "")
}

// AdvanceIn is AdvanceOwn for a step that may be taken only while the batch is in the
// state in which b was read; otherwise the error is ErrMoved.
func (l *Ledger) AdvanceIn(ctx context.Context, b rollout.Batch, s rollout.Site, due time.Time) (rollout.Site, int, error) {
	return l.advance(ctx, s, due, b.Customer, s.Name, b.State)
}

func (l *Ledger) advance(ctx context.Context, s rollout.Site, due time.Time, customer, name string, in rollout.BatchState) (rollout.Site, int, error) {
	if err := s.Lawful(); err != nil {
		return s, 0, fmt.Errorf("row %d of batch %s: %w", s.Row, s.Batch, err)
	}
	if s.State != s.Recorded {
		s.Changed = l.now().UTC()
	}
	progress, err := json.Marshal(s.Progress)
	if err != nil {
		return s, 0, fmt.Errorf("writing row %d of batch %s: %w", s.Row, s.Batch, err)
	}
	dueMS := ""
	if !s.State.Final() {
		dueMS = strconv.FormatInt(due.UnixMilli(), 10)
	}
	var pushed rollout.Pushed
	if s.Pushed != nil {
		pushed = *s.Pushed
	}
	got, err := advanceScript.Run(ctx, l.rdb,
		[]string{
			keySites(s.Batch), keyCounts(s.Batch), keyOpen(s.Batch), keyClaims(customer), keyBatch(s.Batch), keyOpenBatches(),
			keyWaiting(s.Batch), keyPushes(pushed.Customer),
		},
		int(s.Row), s.Version, string(s.State), progress, dueMS, s.Batch, name, waitingEntry(s), string(in), claimField(name),
		s.Progress.VoiceSiteID, pushed.Attempt, pushed.At.UnixMilli()).Int64Slice()
	if err != nil {
		return s, 0, fmt.Errorf("writing row %d of batch %s: %w", s.Row, s.Batch, err)
	}
	open := int(got[1])
	switch got[0] {
	case 1:
		s.Version++
		s.Recorded, s.Passed, s.Pushed = s.State, "", nil
		return s, open, nil
	case 0:
		return s, open, ErrStale
	case -2:
		return s, open, ErrTaken
	case -3:
		return s, open, ErrMoved
	case -4:
		return s, open, ErrUnclaimed
	}
	return s, open, fmt.Errorf("row %d of batch %s: %w", s.Row, s.Batch, ErrNotFound)
}

// Postpone says when the next step of open sites of one batch is due, and changes
// nothing else.
func (l *Ledger) Postpone(ctx context.Context, batch string, due time.Time, rows ...rollout.RowRef) error {
	members := make([]redis.Z, len(rows))
	for i, row := range rows {
		members[i] = redis.Z{Score: float64(due.UnixMilli()), Member: int(row)}
	}
	if err := l.rdb.ZAddXX(ctx, keyOpen(batch), members...).Err(); err != nil {
		return fmt.Errorf("postponing sites of batch %s: %w", batch, err)
	}
	return nil
}

// Overdue lists open sites of a batch whose next step was due before t, the ones
// that may have lost their task: the longest overdue first, at most limit.
func (l *Ledger) Overdue(ctx context.Context, batch string, t time.Time, limit int) ([]rollout.Site, error) {
	members, err := l.rdb.ZRangeByScore(ctx, keyOpen(batch), &redis.ZRangeBy{
		Min: "-inf", Max: strconv.FormatInt(t.UnixMilli(), 10), Count: int64(limit),
	}).Result()
	if err != nil {
		return nil, fmt.Errorf("looking for overdue sites of batch %s: %w", batch, err)
	}
	rows := make([]rollout.RowRef, 0, len(members))
	for _, m := range members {
		if row, err := strconv.Atoi(m); err == nil { // anything else is for Mend
			rows = append(rows, rollout.RowRef(row))
		}
	}
	var sites []rollout.Site
	for s, err := range l.sites(ctx, batch, rows) {
		if err != nil {
			return nil, err
		}
		if !s.State.Final() { // one that was mended just now has ended
			sites = append(sites, s)
		}
	}
	return sites, nil
}
