package ledger

// This file tells which sites wait for their orders, so that one look at many orders
// serves all of them. A site is among them exactly while it is in state ordered.

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"btrollout/internal/rollout"
)

// Waiting is a site whose order is not over.
type Waiting struct {
	Batch   string
	Row     rollout.RowRef
	OrderID string
	Ordered time.Time // when the order was made or adopted
	Look    time.Time // when the order is next to be looked at by itself
}

// Waiting lists the sites of a batch that wait for their orders, in no order. Entries
// that cannot be read are mended first.
func (l *Ledger) Waiting(ctx context.Context, batch string) ([]Waiting, error) {
	list, unread, err := l.waiting(ctx, batch)
	if err != nil || unread == 0 {
		return list, err
	}
	if err := l.Mend(ctx, batch); err != nil {
		return nil, err
	}
	list, _, err = l.waiting(ctx, batch)
	return list, err
}

// waiting reads the entries. unread is how many cannot be read, at least.
func (l *Ledger) waiting(ctx context.Context, batch string) (list []Waiting, unread int, err error) {
	entries, err := l.rdb.HGetAll(ctx, keyWaiting(batch)).Result()
	if wrongType(err) {
		return nil, 1, nil
	}
	if err != nil {
		return nil, 0, fmt.Errorf("looking for waiting sites of batch %s: %w", batch, err)
	}
	list = make([]Waiting, 0, len(entries))
	for field, entry := range entries {
		w := Waiting{Batch: batch}
		look, rest, _ := strings.Cut(entry, " ")
		ordered, orderID, _ := strings.Cut(rest, " ")
		row, err1 := strconv.Atoi(field)
		lookMS, err2 := strconv.ParseInt(look, 10, 64)
		orderedMS, err3 := strconv.ParseInt(ordered, 10, 64)
		if err1 != nil || err2 != nil || err3 != nil || orderID == "" {
			unread++
			continue
		}
		w.Row, w.OrderID = rollout.RowRef(row), orderID
		w.Look, w.Ordered = time.UnixMilli(lookMS).UTC(), time.UnixMilli(orderedMS).UTC()
		list = append(list, w)
	}
	return list, unread, nil
}

// LookAgain says when the order of a waiting site is next to be looked at by itself.
// For a site that waits no more, it changes nothing.
func (l *Ledger) LookAgain(ctx context.Context, w Waiting, at time.Time) error {
	if err := lookScript.Run(ctx, l.rdb, []string{keyWaiting(w.Batch)}, int(w.Row), at.UnixMilli()).Err(); err != nil {
		return fmt.Errorf("putting off a look at row %d of batch %s: %w", w.Row, w.Batch, err)
	}
	return nil
}

// waitingEntry is what keyWaiting holds of a site; "" if it does not wait. It is to
// be looked at from the beginning.
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
