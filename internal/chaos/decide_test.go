// This file has the decisions of people, made with the command batch while the cluster is disturbed: they
// pause batches and resume them, cancel them, and have their rows tried again.

package chaos_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"btrollout/internal/judge"
	"btrollout/internal/proctest"
)

// decisionsMade counts the decisions that were made: each cancellation was followed by a retry.
type decisionsMade struct{ pauses, cancellations int }

// longestPause is how long a pause lasts at most.
const longestPause = 3 * time.Second

// saysEnded is what the command says if a decision comes too late.
const saysEnded = "has ended"

// decideAll makes so many decisions, spread over span. Each batch that it cancels is tried again, and what
// it pauses is resumed, before it returns.
func (r *run) decideAll(ctx context.Context, t *testing.T, decisions int, span time.Duration) error {
	rng := rand.New(rand.NewPCG(uint64(r.seed), 3))
	var failed []error
	for i := range decisions {
		time.Sleep(time.Duration(rng.Int64N(int64(span)/int64(decisions) + 1)))
		batches := r.working(ctx)
		if len(batches) == 0 {
			continue
		}
		b := batches[rng.IntN(len(batches))].Batch
		if i%2 == 0 {
			failed = append(failed, r.pause(ctx, t, b, rng.IntN(2) == 0, between(rng, longestPause/3, longestPause)))
		} else {
			failed = append(failed, r.cancel(ctx, t, b, rng.IntN(3) == 0))
		}
	}
	if decisions > 0 {
		_, err := r.batch(ctx, t, "resume", "--all")
		failed = append(failed, err)
	}
	return errors.Join(failed...)
}

// working are the batches that are neither done nor withdrawn.
func (r *run) working(ctx context.Context) (open []status) {
	for _, s := range r.list(ctx) {
		if s.State != withdrawn && s.State != "done" {
			open = append(open, s)
		}
	}
	return open
}

// pause pauses a batch, or all, for a while.
func (r *run) pause(ctx context.Context, t *testing.T, batch string, all bool, lasts time.Duration) error {
	of := batch
	if all {
		of = "--all"
	}
	_, err := r.batch(ctx, t, "pause", of)
	time.Sleep(lasts)
	_, failed := r.batch(ctx, t, "resume", of)
	r.made.pauses++
	return errors.Join(err, failed)
}

// cancel cancels a batch, with or without its ordered sites, and has its rows tried again once it has ended.
func (r *run) cancel(ctx context.Context, t *testing.T, batch string, leave bool) error {
	args := []string{"cancel", batch}
	if leave {
		args = append(args, "--leave-ordered")
	}
	r.decided[batch] = judge.Decided{Cancelled: true, Left: leave || r.decided[batch].Left, Retried: r.decided[batch].Retried}
	if _, err := r.batch(ctx, t, args...); err != nil {
		return err
	}
	r.made.cancellations++
	err := until(ctx, bound(), batch+" has ended", func() bool {
		time.Sleep(time.Second)
		return r.list(ctx) != nil && !slices.ContainsFunc(r.working(ctx), func(b status) bool { return b.Batch == batch })
	})
	if err == nil {
		_, err = r.batch(ctx, t, "retry", batch)
	}
	r.countRetry(batch)
	return err
}

// countRetry notes that each row of a batch may have been tried again.
func (r *run) countRetry(batch string) {
	d := r.decided[batch]
	retried := map[int]int{}
	for _, row := range r.rows {
		retried[row.Number] = d.Retried[row.Number] + 1
	}
	d.Retried = retried
	r.decided[batch] = d
}

// batch runs the command batch while Redis is there. The error is nil if it fails because the batch has
// ended.
func (r *run) batch(ctx context.Context, t *testing.T, args ...string) (proctest.Result, error) {
	r.redis.needed.RLock()
	defer r.redis.needed.RUnlock()
	got, err := r.cluster.run(ctx, "batch", args...)
	said := strings.TrimSpace(got.Stderr)
	t.Logf("batch %s: exit %d %s", strings.Join(args, " "), got.Code, said)
	if err == nil && got.Code != 0 && got.Code != 3 && !strings.Contains(said, saysEnded) {
		err = fmt.Errorf("batch %s: exit %d: %s", strings.Join(args, " "), got.Code, said)
	}
	return got, err
}
