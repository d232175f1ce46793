// How the records of batches are read.

package ledger

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"btrollout/internal/rollout"
)

// records are the records of one batch, without those of its sites.
type records struct {
	about, counts              *redis.MapStringStringCmd
	countries                  *redis.StringCmd
	rows, sites, open, waiting *redis.IntCmd // their numbers
}

// batches reads batches; those that cannot be read are in state Damaged.
func (l *Ledger) batches(ctx context.Context, ids []string) ([]rollout.Batch, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	all := make([]records, len(ids))
	var since, account *redis.StringCmd
	read := func(p redis.Pipeliner) error {
		since, account = p.Get(ctx, keySince()), p.HGet(ctx, keyAccount(), fieldPaused)
		for i, id := range ids {
			all[i] = records{
				p.HGetAll(ctx, keyBatch(id)), p.HGetAll(ctx, keyCounts(id)), p.Get(ctx, keyCountries(id)),
				p.HLen(ctx, keyRows(id)), p.HLen(ctx, keySites(id)), p.ZCard(ctx, keyOpen(id)), p.HLen(ctx, keyWaiting(id)),
			}
		}
		return nil
	}
	// A transaction, so that the counts and lists agree.
	err := served(l.rdb.TxPipelined(ctx, read))
	if l.reads && redis.HasErrorPrefix(err, "OOM ") { // a full Redis takes no transaction, and hardly changes
		err = served(l.rdb.Pipelined(ctx, read))
	}
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
		list[i].AllPaused = readPause(account.Val())
	}
	return list, nil
}

// batch makes a batch of its records; one that cannot be read is in state Damaged.
func (r records) batch(id string, began time.Time) rollout.Batch {
	b, err := decodeBatch(id, r.about, r.counts, began)
	if err == nil {
		err = errors.Join(r.rows.Err(), r.sites.Err())
	}
	if err != nil {
		return damagedBatch(id, b.Counts, err)
	}
	// Unsound: the counts do not add up to the rows, or a list has not as many sites as the
	// counts say.
	counted, waiting := b.Rows(), b.Counts[rollout.Ordered]
	b.Unsound = r.counts.Err() != nil || r.open.Err() != nil || r.waiting.Err() != nil || b.Unsound ||
		int64(counted) != max(r.rows.Val(), r.sites.Val()) || r.sites.Val() < r.rows.Val() ||
		int64(b.Open()) != r.open.Val() || int64(waiting) != r.waiting.Val()
	known, err := r.countries.Result()
	if err == nil && known != "" {
		err = json.Unmarshal([]byte(known), &b.Countries)
	}
	if err != nil && !errors.Is(err, redis.Nil) { // no step depends on it
		b.Countries = nil
		b.Remarks = append(b.Remarks, sayCountriesLost())
	}
	return b
}

// damagedBatch is a batch whose record cannot be read, for the reason why.
func damagedBatch(id string, counts map[rollout.State]int, why error) rollout.Batch {
	return rollout.Batch{ID: id, State: rollout.Damaged, Reason: why.Error(), Counts: counts}
}

// counts reads the records and the counts of batches, and nothing else.
func (l *Ledger) counts(ctx context.Context, ids []string) ([]rollout.Batch, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	about, counted := make([]*redis.MapStringStringCmd, len(ids)), make([]*redis.MapStringStringCmd, len(ids))
	var account *redis.StringCmd
	err := served(l.rdb.Pipelined(ctx, func(p redis.Pipeliner) error {
		account = p.HGet(ctx, keyAccount(), fieldPaused)
		for i, id := range ids {
			about[i], counted[i] = p.HGetAll(ctx, keyBatch(id)), p.HGetAll(ctx, keyCounts(id))
		}
		return nil
	}))
	if err != nil {
		return nil, fmt.Errorf("reading the counts of batches: %w", err)
	}
	list := make([]rollout.Batch, len(ids))
	for i, id := range ids {
		if list[i], err = decodeBatch(id, about[i], counted[i], time.Time{}); err != nil {
			list[i] = damagedBatch(id, list[i].Counts, err)
		}
		list[i].AllPaused = readPause(account.Val())
	}
	return list, nil
}

// batchStates are the states that the record of a batch may have.
var batchStates = []rollout.BatchState{rollout.Importing, rollout.Withdrawn, rollout.Running, rollout.Blocked, rollout.Done}

// decodeBatch reads the record of a batch and, unless counted is nil, its counts. began is
// its LedgerSince.
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
	if _, alive := about["touched"]; b.State == rollout.Importing && !alive {
		// Its upload gave it up when Redis was full (withdrawScript); when it did is not known.
		b.State = rollout.Withdrawn
		about["touched"], about["withdrawn"] = "0", cmp.Or(about["entered"], "1")
	}
	touched, err1 := strconv.ParseInt(about["touched"], 10, 64)
	entered, err2 := strconv.ParseInt(cmp.Or(about["entered"], "0"), 10, 64)
	failed, err3 := strconv.Atoi(cmp.Or(about["strikes"], "0"))
	decisions, err4 := strconv.Atoi(cmp.Or(about["edition"], "0"))
	withdrawn, err5 := strconv.ParseInt(cmp.Or(about["withdrawn"], "0"), 10, 64)
	if err := errors.Join(err1, err2, err3, err4, err5); err != nil {
		return b, fmt.Errorf("batch %s: %w (%w)", id, ErrDamaged, err)
	}
	b.Touched, b.Entered, b.LedgerSince = time.UnixMilli(touched).UTC(), time.UnixMilli(entered).UTC(), began
	if withdrawn > 0 {
		b.WithdrawnAt = time.UnixMilli(withdrawn).UTC()
	}
	if err := decodePurge(&b, about); err != nil {
		return b, fmt.Errorf("batch %s: %w (%w)", id, ErrDamaged, err)
	}
	b.Reason, b.FailedProbes, b.Decisions = about["reason"], failed, decisions
	b.Report = about["report"]
	b.Paused, b.Cancelled = readPause(about[fieldPaused]), rollout.Cancellation(about[fieldCancelled])
	if plan := about[fieldPlan]; plan != "" {
		if err := json.Unmarshal([]byte(plan), &b.Plan); err != nil {
			return b, fmt.Errorf("batch %s: %w (%w)", id, ErrDamaged, err)
		}
	}
	if f := about["finished"]; f != "" {
		t, err := time.Parse(time.RFC3339Nano, f)
		if err != nil {
			return b, fmt.Errorf("batch %s: %w (%w)", id, ErrDamaged, err)
		}
		b.Finished = t
	}
	return b, nil
}

// readPause reads the field paused of keyBatch or keyAccount. A pause that cannot be read is one all
// the same, of an unknown time.
func readPause(text string) rollout.Pause {
	if text == "" {
		return rollout.Pause{}
	}
	ms, by, _ := strings.Cut(text, " ")
	at, err := strconv.ParseInt(ms, 10, 64)
	if err != nil || at <= 0 {
		at = 1
	}
	return rollout.Pause{At: time.UnixMilli(at).UTC(), By: by}
}
