package ledger

// This file reads the records of batches as a whole.

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"

	"btrollout/internal/rollout"
)

// records are what Redis holds of a batch as a whole.
type records struct {
	about, counts              *redis.MapStringStringCmd
	countries                  *redis.StringCmd
	rows, sites, open, waiting *redis.IntCmd // how many there are
}

func (l *Ledger) batches(ctx context.Context, ids []string) ([]rollout.Batch, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	all := make([]records, len(ids))
	var since *redis.StringCmd
	// As a transaction, so that what must agree does.
	err := served(l.rdb.TxPipelined(ctx, func(p redis.Pipeliner) error {
		since = p.Get(ctx, keySince())
		for i, id := range ids {
			all[i] = records{
				p.HGetAll(ctx, keyBatch(id)), p.HGetAll(ctx, keyCounts(id)), p.Get(ctx, keyCountries(id)),
				p.HLen(ctx, keyRows(id)), p.HLen(ctx, keySites(id)), p.ZCard(ctx, keyOpen(id)), p.HLen(ctx, keyWaiting(id)),
			}
		}
		return nil
	}))
	if err != nil {
		return nil, fmt.Errorf("reading batches: %w", err)
	}
	began, err := l.began(ctx, since)
	if err != nil {
		return nil, fmt.Errorf("reading batches: %w", err)
	}
	list := make([]rollout.Batch, len(ids))
	for i, id := range ids {
		list[i] = all[i].batch(id, began)
	}
	return list, nil
}

// batch reads a batch; one that cannot be read is Damaged.
func (r records) batch(id string, began time.Time) rollout.Batch {
	b, err := decodeBatch(id, r.about, r.counts, began)
	if err == nil {
		err = errors.Join(r.rows.Err(), r.sites.Err())
	}
	if err != nil {
		return rollout.Batch{ID: id, State: rollout.Damaged, Reason: err.Error(), Counts: b.Counts}
	}
	// The counts of all states are the rows; the lists have those that they must have.
	counted, waiting := b.Rows(), b.Counts[rollout.Ordered]
	b.Unsound = r.counts.Err() != nil || r.open.Err() != nil || r.waiting.Err() != nil || b.Unsound ||
		int64(counted) != max(r.rows.Val(), r.sites.Val()) || r.sites.Val() < r.rows.Val() ||
		int64(b.Open()) != r.open.Val() || int64(waiting) != r.waiting.Val()
	known, err := r.countries.Result()
	if err == nil && known != "" {
		err = json.Unmarshal([]byte(known), &b.Countries)
	}
	if err != nil && !errors.Is(err, redis.Nil) { // what people should know of them, and nothing depends on
		b.Countries = nil
		b.Remarks = append(b.Remarks, rollout.Say(
			"What the API said of the countries cannot be read any more.", "Ce que l'API a indiqué sur les pays n'est plus lisible."))
	}
	return b
}

// batchStates are the states that a batch in the ledger may have.
var batchStates = []rollout.BatchState{rollout.Importing, rollout.Withdrawn, rollout.Running, rollout.Blocked, rollout.Done}

// decodeBatch reads the record of a batch and, unless nil, its counts.
func decodeBatch(id string, record, counted *redis.MapStringStringCmd, began time.Time) (rollout.Batch, error) {
	var b rollout.Batch
	b.Counts = map[rollout.State]int{}
	if counted != nil {
		for state, n := range counted.Val() {
			c, err := strconv.Atoi(n)
			if err != nil || c <= 0 || !slices.Contains(rollout.States, rollout.State(state)) {
				b.Unsound = true
				continue
			}
			b.Counts[rollout.State(state)] = c
		}
	}
	about := record.Val()
	switch {
	case record.Err() != nil:
		return b, fmt.Errorf("batch %s: %w (%w)", id, ErrDamaged, record.Err())
	case len(about) == 0:
		return b, fmt.Errorf("batch %s: %w: it is missing", id, ErrDamaged)
	case !slices.Contains(batchStates, rollout.BatchState(about["state"])):
		return b, fmt.Errorf("batch %s: %w: it has the state %q", id, ErrDamaged, about["state"])
	}
	counts, unsound := b.Counts, b.Unsound
	if err := json.Unmarshal([]byte(about["meta"]), &b); err != nil {
		return b, fmt.Errorf("batch %s: %w (%w)", id, ErrDamaged, err)
	}
	b.ID, b.Counts, b.Unsound = id, counts, unsound
	b.State = rollout.BatchState(about["state"])
	touched, err1 := strconv.ParseInt(about["touched"], 10, 64)
	entered, err3 := strconv.ParseInt(cmp.Or(about["entered"], "0"), 10, 64)
	strikes, err4 := strconv.Atoi(cmp.Or(about["strikes"], "0"))
	edition, err5 := strconv.Atoi(cmp.Or(about["edition"], "0"))
	withdrawn, err6 := strconv.ParseInt(cmp.Or(about["withdrawn"], "0"), 10, 64)
	if err := errors.Join(err1, err3, err4, err5, err6); err != nil {
		return b, fmt.Errorf("batch %s: %w (%w)", id, ErrDamaged, err)
	}
	b.Touched, b.Entered, b.Ledger = time.UnixMilli(touched).UTC(), time.UnixMilli(entered).UTC(), began
	if withdrawn > 0 {
		b.WithdrawnAt = time.UnixMilli(withdrawn).UTC()
	}
	b.Reason, b.Strikes, b.Edition = about["reason"], strikes, edition
	b.Report = about["report"]
	if f := about["finished"]; f != "" {
		t, err := time.Parse(time.RFC3339Nano, f)
		if err != nil {
			return b, fmt.Errorf("batch %s: %w (%w)", id, ErrDamaged, err)
		}
		b.Finished = t
	}
	return b, nil
}
