// Sites that wait for their orders: exactly those in state ordered. The poller of package
// jobs reads them, because one list of orders serves all of them.

package ledger

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"btrollout/internal/rollout"
)

// WaitingSite is a site in state ordered: it waits for its order.
type WaitingSite struct {
	Batch     string
	Row       rollout.RowRef
	OrderID   string
	OrderedAt time.Time // when the order was made or adopted
	PollAt    time.Time // when the order is next polled individually
}

// WaitingSites lists the sites of a batch that wait for their orders, in any order. Entries
// that cannot be read are mended first.
func (l *Ledger) WaitingSites(ctx context.Context, batch string) ([]WaitingSite, error) {
	list, unreadable, err := l.readWaiting(ctx, batch)
	if err != nil || unreadable == 0 {
		return list, err
	}
	if err := l.Mend(ctx, batch); err != nil {
		return nil, err
	}
	list, _, err = l.readWaiting(ctx, batch)
	return list, err
}

// readWaiting reads the entries. unreadable is the least number of those that cannot be read.
func (l *Ledger) readWaiting(ctx context.Context, batch string) (list []WaitingSite, unreadable int, err error) {
	entries, err := l.rdb.HGetAll(ctx, keyWaiting(batch)).Result()
	if wrongType(err) {
		return nil, 1, nil
	}
	if err != nil {
		return nil, 0, fmt.Errorf("listing the waiting sites of batch %s: %w", batch, err)
	}
	list = make([]WaitingSite, 0, len(entries))
	for field, entry := range entries {
		w := WaitingSite{Batch: batch}
		pollAt, rest, _ := strings.Cut(entry, " ")
		ordered, orderID, _ := strings.Cut(rest, " ")
		row, err1 := strconv.Atoi(field)
		pollMS, err2 := strconv.ParseInt(pollAt, 10, 64)
		orderedMS, err3 := strconv.ParseInt(ordered, 10, 64)
		if err1 != nil || err2 != nil || err3 != nil || orderID == "" {
			unreadable++
			continue
		}
		w.Row, w.OrderID = rollout.RowRef(row), orderID
		w.PollAt, w.OrderedAt = time.UnixMilli(pollMS).UTC(), time.UnixMilli(orderedMS).UTC()
		list = append(list, w)
	}
	return list, unreadable, nil
}

// SetNextPoll sets when the order of a waiting site is next polled individually. For a site
// that no longer waits, it changes nothing. The error is ErrNoLongerLeader if the term of the poller
// is over.
func (l *Ledger) SetNextPoll(ctx context.Context, by Term, w WaitingSite, at time.Time) error {
	n, err := nextPollScript.Run(ctx, l.rdb, []string{keyWaiting(w.Batch), keyLease(by.name)}, int(w.Row), at.UnixMilli(), by.text).Int()
	if err == nil && n == refused {
		err = ErrNoLongerLeader
	}
	if err != nil {
		return fmt.Errorf("scheduling the next poll of row %d of batch %s: %w", w.Row, w.Batch, err)
	}
	return nil
}

// waitingEntry is the entry of a site in keyWaiting, "" if it does not wait. Its order may be
// polled individually at once.
func waitingEntry(s rollout.Site) string {
	if s.State != rollout.Ordered {
		return ""
	}
	ordered := s.Changed
	if s.OrderedAt != nil {
		ordered = *s.OrderedAt
	}
	ms := strconv.FormatInt(ordered.UnixMilli(), 10)
	return ms + " " + ms + " " + s.OrderID
}

// nextPollScript sets when the order of a site that still waits for it is next polled
// individually.
//
//	KEYS  1 waiting, 2 lease of the poller
//	ARGV  1 row, 2 when (Unix ms), 3 term
//	answer: 1 set, 0 the site no longer waits, -9 the term is over
var nextPollScript = redis.NewScript(FenceLua + `
if not leads(KEYS[2], ARGV[3]) then return -9 end
local entry = redis.call('HGET', KEYS[1], ARGV[1])
if not entry then return 0 end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2] .. entry:match('^%d+(.*)$'))
return 1`)

// OrderTimes lists when the orders were made for which sites of a batch wait, in any order. Entries
// that cannot be read are left out.
func (l *Ledger) OrderTimes(ctx context.Context, batch string) ([]time.Time, error) {
	list, _, err := l.readWaiting(ctx, batch)
	times := make([]time.Time, len(list))
	for i, w := range list {
		times[i] = w.OrderedAt
	}
	return times, err
}
