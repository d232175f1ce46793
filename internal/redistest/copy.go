// A copy of all data of a Virtual.

package redistest

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/redis/go-redis/v9"
)

// Copy is all data of a Redis at one moment.
type Copy struct{ keys []copiedKey }

// copiedKey is one key, with the commands that make it.
type copiedKey struct {
	name   string
	create [][]any
	left   time.Duration // until it expires; 0: never
}

// Copy copies all data, as it is at one moment, read through rdb.
func (r *Virtual) Copy(ctx context.Context, rdb *redis.Client) (Copy, error) {
	for {
		r.Expire()
		names := r.Keys()
		var c Copy
		creations := make([]func() [][]any, len(names))
		_, err := rdb.TxPipelined(ctx, func(p redis.Pipeliner) error {
			for i, name := range names {
				if creations[i] = creation(ctx, p, name, r.Type(name)); creations[i] == nil {
					return fmt.Errorf("copying %s: it is a %q", name, r.Type(name))
				}
			}
			return nil
		})
		if !slices.Equal(names, r.Keys()) {
			continue // keys came or went meanwhile
		}
		if err != nil {
			return c, err
		}
		for i, create := range creations {
			c.keys = append(c.keys, copiedKey{names[i], create(), r.TTL(names[i])})
		}
		return c, nil
	}
}

// creation reads a key. The function that it returns is for after that: it returns the commands
// that make the key with that value. It is nil for a kind of key that it does not know.
func creation(ctx context.Context, p redis.Pipeliner, name, kind string) func() [][]any {
	if kind == "stream" {
		entries := p.XRange(ctx, name, "-", "+")
		return func() (create [][]any) {
			for _, entry := range entries.Val() {
				add := []any{"XADD", name, entry.ID}
				for field, value := range entry.Values {
					add = append(add, field, value)
				}
				create = append(create, add)
			}
			return create
		}
	}
	if one := creationAtOnce(ctx, p, name, kind); one != nil {
		return func() [][]any { return [][]any{one()} }
	}
	return nil
}

// creationAtOnce is creation for a key that one command makes.
func creationAtOnce(ctx context.Context, p redis.Pipeliner, name, kind string) func() []any {
	switch kind {
	case "string":
		value := p.Get(ctx, name)
		return func() []any { return []any{"SET", name, value.Val()} }
	case "hash":
		fields := p.HGetAll(ctx, name)
		return func() []any {
			create := []any{"HSET", name}
			for field, value := range fields.Val() {
				create = append(create, field, value)
			}
			return create
		}
	case "list":
		items := p.LRange(ctx, name, 0, -1)
		return func() []any { return withAll([]any{"RPUSH", name}, items.Val()) }
	case "set":
		members := p.SMembers(ctx, name)
		return func() []any { return withAll([]any{"SADD", name}, members.Val()) }
	case "zset":
		members := p.ZRangeWithScores(ctx, name, 0, -1)
		return func() []any {
			create := []any{"ZADD", name}
			for _, m := range members.Val() {
				create = append(create, m.Score, m.Member)
			}
			return create
		}
	}
	return nil
}

func withAll(command []any, values []string) []any {
	for _, value := range values {
		command = append(command, value)
	}
	return command
}

// Restore writes the copy through rdb into a Redis that is empty.
func (c Copy) Restore(ctx context.Context, rdb *redis.Client) error {
	for _, k := range c.keys {
		for _, command := range k.create {
			if err := rdb.Do(ctx, command...).Err(); err != nil {
				return fmt.Errorf("restoring %s: %w", k.name, err)
			}
		}
		if k.left > 0 {
			if err := rdb.PExpire(ctx, k.name, k.left).Err(); err != nil {
				return fmt.Errorf("restoring %s: %w", k.name, err)
			}
		}
	}
	return nil
}
