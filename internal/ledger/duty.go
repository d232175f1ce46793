package ledger

// This file shares duties out: things that one process at a time should do. A duty is
// held for a time only, so that one who died keeps nobody from it for long. It is
// done twice at worst, by one who was thought dead; nothing more relies on it.

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"
)

// Hold takes a duty, such as the sweep, that only one worker at a time should
// carry out. It reports whether the caller has it, for the time given.
func (l *Ledger) Hold(ctx context.Context, duty string, lifetime time.Duration) (bool, error) {
	err := l.rdb.SetArgs(ctx, keyDuty(duty), "1", redis.SetArgs{Mode: "NX", TTL: lifetime}).Err()
	mine := err == nil
	if errors.Is(err, redis.Nil) {
		mine, err = l.holdDamaged(ctx, duty, lifetime)
	}
	if err != nil {
		return false, fmt.Errorf("taking the duty %q: %w", duty, err)
	}
	return mine, nil
}

// holdDamaged takes a duty without a lifetime: its record was damaged, so no process has it.
func (l *Ledger) holdDamaged(ctx context.Context, duty string, lifetime time.Duration) (bool, error) {
	const endless = -1 // as PTTL says it
	left, err := l.rdb.PTTL(ctx, keyDuty(duty)).Result()
	if err != nil || left != endless {
		return false, err
	}
	n, err := holdScript.Run(ctx, l.rdb, []string{keyDuty(duty)}, max(1, lifetime.Milliseconds())).Int()
	return n == 1, err
}

// Held reports whether a duty is held.
func (l *Ledger) Held(ctx context.Context, duty string) (bool, error) {
	n, err := l.rdb.Exists(ctx, keyDuty(duty)).Result()
	if err != nil {
		return false, fmt.Errorf("looking for the duty %q: %w", duty, err)
	}
	return n > 0, nil
}

// Keep says for how much longer the caller, who has a duty, keeps it.
func (l *Ledger) Keep(ctx context.Context, duty string, lifetime time.Duration) error {
	if err := l.rdb.Set(ctx, keyDuty(duty), "1", lifetime).Err(); err != nil {
		return fmt.Errorf("keeping the duty %q: %w", duty, err)
	}
	return nil
}

// Hasten has a duty that lasts for longer end within the time given, whoever has it.
func (l *Ledger) Hasten(ctx context.Context, duty string, within time.Duration) error {
	if err := hastenScript.Run(ctx, l.rdb, []string{keyDuty(duty)}, within.Milliseconds()).Err(); err != nil {
		return fmt.Errorf("hastening the duty %q: %w", duty, err)
	}
	return nil
}

// Release gives up a duty that the caller has, before its time is over.
func (l *Ledger) Release(ctx context.Context, duty string) error {
	if err := l.rdb.Del(ctx, keyDuty(duty)).Err(); err != nil {
		return fmt.Errorf("giving up the duty %q: %w", duty, err)
	}
	return nil
}

// WhileHolding does what the caller has a duty for, and keeps the duty for as long as
// that takes; lifetime is for how long it stays with one who dies over it. It does not
// give the duty up.
func (l *Ledger) WhileHolding(ctx context.Context, duty string, lifetime time.Duration, do func() error) error {
	ctx, cancel := context.WithCancel(ctx)
	var keeper sync.WaitGroup
	keeper.Go(func() {
		tick := time.NewTicker(lifetime / 3)
		defer tick.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
				_ = l.Keep(ctx, duty, lifetime) // if it fails, the duty is done twice at worst
			}
		}
	})
	defer keeper.Wait()
	defer cancel()
	return do()
}
