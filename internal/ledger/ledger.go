// The Ledger, its errors, and sites: how they are read, changed, and found when overdue.

package ledger

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"

	"btrollout/internal/rollout"
)

// ErrNotFound says that there is no such batch, or no such row in it.
var ErrNotFound = errors.New("not in the ledger")

// ErrStale says that another process changed the site, or the survey in progress, since the
// caller read it, or that Redis was restarted since, perhaps with an older copy of the record.
var ErrStale = errors.New("the record has changed since it was read")

// ErrWithdrawn says that the upload of the batch was withdrawn: the batch takes no more
// sites, and cannot start.
var ErrWithdrawn = errors.New("the batch was withdrawn")

// ErrTaken says that another upload has claimed the site's name, or one like it, since.
var ErrTaken = errors.New("another upload claimed this site")

// ErrMoved says that the batch is no longer in the state in which the caller read it, or that it was
// paused or cancelled.
var ErrMoved = errors.New("the state of the batch has changed since it was read")

// ErrInvalid says that a site cannot be written as the caller made it, however often it tries.
var ErrInvalid = errors.New("the site cannot be recorded")

// Ledger reads and writes the records in one Redis. It is safe for concurrent use.
type Ledger struct {
	rdb *redis.Client
	now func() time.Time
	// reads: reading writes nothing, and needs no memory of Redis.
	reads bool
	// actor is recorded with each change (As).
	actor string
}

// New makes a Ledger over rdb.
func New(rdb *redis.Client) *Ledger { return NewWithClock(rdb, time.Now) }

// NewWithClock is New with another clock of this process, for tests.
func NewWithClock(rdb *redis.Client, now func() time.Time) *Ledger {
	return &Ledger{rdb: rdb, now: now, actor: noActor}
}

// NewReader makes a Ledger for a process that only shows batches: reading from it works on a Redis
// that takes no writes, because it is full or a replica. A record that cannot be read is shown as
// New's Ledger would mend it, and a worker mends it later.
func NewReader(rdb *redis.Client) *Ledger {
	return &Ledger{rdb: rdb, now: time.Now, reads: true, actor: noActor}
}

// Clock returns the time by Redis' clock, which is the same for all processes.
func (l *Ledger) Clock(ctx context.Context) (time.Time, error) {
	now, err := l.rdb.Time(ctx).Result()
	if err != nil {
		return now, fmt.Errorf("reading the time of Redis: %w", err)
	}
	return now.UTC(), nil
}

// Load reads one site and the batch that it belongs to, in one round trip.
func (l *Ledger) Load(ctx context.Context, batch string, row rollout.RowRef) (rollout.Batch, rollout.Site, error) {
	field := strconv.Itoa(int(row))
	pipe := l.rdb.Pipeline()
	about := pipe.HGetAll(ctx, keyBatch(batch))
	since, account := pipe.Get(ctx, keySince()), pipe.HGet(ctx, keyAccount(), fieldPaused)
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
	b.AllPaused = readPause(account.Val())
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
	s.LedgerSince = began
	return b, s, err
}

// site makes a site from its two records. A site whose record cannot be read is mended.
func (l *Ledger) site(ctx context.Context, batch string, row rollout.RowRef, input, progress string) (rollout.Site, error) {
	if p := readParts(batch, row, input, progress); p.hasRequest && p.hasProgress {
		return p.site, nil
	}
	return l.mend(ctx, batch, row, input, progress)
}

// Advance writes the new state and progress of a site, if its version is still the one that
// was read, and Redis was not restarted since: in an older copy, versions come again. Otherwise
// the error is ErrStale. It is ErrInvalid if the state may not follow the
// recorded one, or the progress cannot be encoded. The next step of an open site is due at due.
// s.Pushed, if set, is the push by which the site has its address; that push is then over,
// and earlier attempts of the same row that may still arrive stay recorded. Advance returns
// the site as it now stands, and the number of open sites of its batch.
func (l *Ledger) Advance(ctx context.Context, s rollout.Site, due time.Time) (rollout.Site, int, error) {
	return l.advance(ctx, s, due, condition{})
}

// AdvanceClaimed is Advance for a step that requires the claim on the site's name: if another
// row holds the claim, the error is ErrTaken.
func (l *Ledger) AdvanceClaimed(ctx context.Context, customer string, s rollout.Site, due time.Time) (rollout.Site, int, error) {
	return l.advance(ctx, s, due, condition{customer: customer, name: s.Name})
}

// AdvanceClaimedInState is AdvanceClaimed for a step that also requires that the batch is still in
// the state in which b was read, and neither paused nor cancelled; otherwise the error is ErrMoved.
func (l *Ledger) AdvanceClaimedInState(ctx context.Context, b rollout.Batch, s rollout.Site, due time.Time) (rollout.Site, int, error) {
	return l.advance(ctx, s, due, condition{customer: b.Customer, name: s.Name, in: b.State})
}

// AdvanceClaiming is Advance for a site that has stopped Following: its row takes the claim on
// its name over. The error is ErrStale if the claim is no longer seen, or the record of the row
// that holds it no longer has seen's Version.
func (l *Ledger) AdvanceClaiming(
	ctx context.Context, customer string, s rollout.Site, seen Claim, due time.Time,
) (rollout.Site, int, error) {
	return l.advance(ctx, s, due, condition{customer: customer, name: s.Name, claiming: "1", seen: seen})
}

// AdvanceLeaving is Advance for a site that has stopped Following because another row is working on
// it and asks for the same: the site is left to that row. The error is ErrStale if that one has ended.
func (l *Ledger) AdvanceLeaving(ctx context.Context, s rollout.Site, to Claim, due time.Time) (rollout.Site, int, error) {
	return l.advance(ctx, s, due, condition{leftTo: to})
}

// condition is what must be so for a site to be advanced.
type condition struct {
	customer, name string             // the row must hold the claim on the name, or take it over; "": it need not
	in             rollout.BatchState // state of the batch; "": any
	claiming       string             // "1": the row takes the claim over,
	seen           Claim              // which must be this one
	leftTo         Claim              // row that must not have ended; zero: none
	// decision is recorded if the site leaves Review by this change.
	decision rollout.AuditDetail
}

// advance runs advanceScript.
func (l *Ledger) advance(ctx context.Context, s rollout.Site, due time.Time, c condition) (rollout.Site, int, error) {
	if err := s.CheckTransition(); err != nil {
		return s, 0, fmt.Errorf("row %d of batch %s: %w: %w", s.Row, s.Batch, ErrInvalid, err)
	}
	if s.State != s.Recorded {
		s.Changed = l.now().UTC()
	}
	progress, err := json.Marshal(s.Progress)
	if err != nil {
		return s, 0, fmt.Errorf("writing row %d of batch %s: %w: %w", s.Row, s.Batch, ErrInvalid, err)
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
			keySites(s.Batch), keyCounts(s.Batch), keyOpen(s.Batch), keyClaims(c.customer), keyBatch(s.Batch), keyOpenBatches(),
			keyWaiting(s.Batch), keyPushes(pushed.Customer), keySince(), keyFollowers(s.Batch),
			keySites(""), keyOpen(""), keyFollowers(""), keyPace(s.Batch), keyAccount(), keyLog(s.Batch),
		},
		int(s.Row), s.Version, string(s.State), progress, dueMS, s.Batch, c.name, waitingEntry(s), string(c.in), claimField(c.name),
		s.Progress.VoiceSiteID, pushed.Attempt, pushed.At.UnixMilli(), sinceArg(s.LedgerSince), c.claiming, c.seen.String(), c.seen.version(),
		s.Undelivered.UnixMilli(), c.leftTo.String(), l.actor, detailRecord(c.decision),
	).Int64Slice()
	if err != nil {
		return s, 0, fmt.Errorf("writing row %d of batch %s: %w", s.Row, s.Batch, err)
	}
	open := int(got[1])
	switch got[0] {
	case 1:
		s.Version++
		s.Recorded, s.Passed, s.Pushed, s.Undelivered = s.State, "", nil, time.Time{}
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

// sinceArg returns LedgerSince as scripts take it; "" if it was not read.
func sinceArg(since time.Time) string {
	if since.IsZero() {
		return ""
	}
	return strconv.FormatInt(since.UnixMilli(), 10)
}

// Postpone sets when the next step of open sites of one batch is due, and changes nothing
// else.
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

// PostponeAs is Postpone for the leader of a duty. The error is ErrNoLongerLeader if its term is
// over: then the next leader decides which sites are overdue.
func (l *Ledger) PostponeAs(ctx context.Context, by Term, batch string, due time.Time, rows ...rollout.RowRef) error {
	args := []any{by.text, due.UnixMilli()}
	for _, row := range rows {
		args = append(args, int(row))
	}
	n, err := postponeScript.Run(ctx, l.rdb, []string{keyOpen(batch), keyLease(by.name)}, args...).Int()
	if err == nil && n == refused {
		err = ErrNoLongerLeader
	}
	if err != nil {
		return fmt.Errorf("postponing sites of batch %s: %w", batch, err)
	}
	return nil
}

// Overdue lists at most limit open sites of a batch whose next step was due at t or before,
// the longest overdue first: their tasks may be lost.
func (l *Ledger) Overdue(ctx context.Context, batch string, t time.Time, limit int) ([]rollout.Site, error) {
	//lint:ignore SA1019 ZRANGE with BYSCORE, which replaces ZRANGEBYSCORE, needs Redis 6.2
	members, err := l.rdb.ZRangeByScore(ctx, keyOpen(batch), &redis.ZRangeBy{
		Min: "-inf", Max: strconv.FormatInt(t.UnixMilli(), 10), Count: int64(limit),
	}).Result()
	if err != nil {
		return nil, fmt.Errorf("listing the overdue sites of batch %s: %w", batch, err)
	}
	var sites []rollout.Site
	for s, err := range l.sites(ctx, batch, rowsOf(members)) {
		if err != nil {
			return nil, err
		}
		if !s.State.Final() { // a site that was just mended has ended
			sites = append(sites, s)
		}
	}
	return sites, nil
}

// OpenSites returns the sites of a batch that have not ended, in no order. It reads which these are once,
// and the sites in chunks.
func (l *Ledger) OpenSites(ctx context.Context, batch string) iter.Seq2[rollout.Site, error] {
	return func(yield func(rollout.Site, error) bool) {
		members, err := l.rdb.ZRange(ctx, keyOpen(batch), 0, -1).Result()
		if err != nil {
			yield(rollout.Site{}, fmt.Errorf("listing the open sites of batch %s: %w", batch, err))
			return
		}
		for s, err := range l.sites(ctx, batch, rowsOf(members)) {
			if err == nil && s.State.Final() { // it has just ended
				continue
			}
			if !yield(s, err) || err != nil {
				return
			}
		}
	}
}

// rowsOf are the rows that members of keyOpen name. Mend removes anything else.
func rowsOf(members []string) []rollout.RowRef {
	rows := make([]rollout.RowRef, 0, len(members))
	for _, m := range members {
		if row, err := strconv.Atoi(m); err == nil {
			rows = append(rows, rollout.RowRef(row))
		}
	}
	return rows
}
