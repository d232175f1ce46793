// This file checks, when a worker starts, whether its Redis is fit for orders: that it
// keeps what is written to it, and that its clock agrees with this machine's. How to set
// it up is in docs/operations.md, section Redis.

package app

import (
	"context"
	"errors"
	"log/slog"
	"maps"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"btrollout/internal/jobs"
)

const (
	// mostClockOffset is how far a worker's clock may be from Redis', so that two
	// workers are never further apart than the pipeline allows for.
	mostClockOffset = jobs.MaxSkew / 2
	// clockLooks is how often Redis is asked for the time. The shortest round trip counts.
	clockLooks = 3
)

// CheckRedis looks whether Redis is fit for orders, by the clock now. What could
// lose orders is logged as warnings; with requireDurable it is an error, and so is
// what Redis does not tell. A clock that is too far off is always an error: workers
// that disagree about the time could send one order twice.
func CheckRedis(ctx context.Context, rdb *redis.Client, requireDurable bool, now func() time.Time, log *slog.Logger) error {
	if err := checkClock(ctx, rdb, now); err != nil {
		return err
	}
	set, err := readSettings(ctx, rdb)
	if err != nil {
		return err
	}
	findings := set.findings()
	if requireDurable && len(findings) > 0 {
		return errNotDurable(findings)
	}
	for _, f := range findings {
		log.Warn(f)
	}
	return nil
}

// checkClock compares the clock now with Redis', which is taken to answer in the
// middle of the round trip.
func checkClock(ctx context.Context, rdb *redis.Client, now func() time.Time) error {
	var offset, shortest time.Duration
	for look := range clockLooks {
		before := now()
		theirs, err := rdb.Time(ctx).Result()
		trip := now().Sub(before)
		if refusal := redis.Error(nil); errors.As(err, &refusal) {
			return errNoTime(err)
		}
		if err != nil {
			return outage(err)
		}
		if look == 0 || trip < shortest {
			offset, shortest = before.Add(trip/2).Sub(theirs), trip
		}
	}
	if offset.Abs() <= mostClockOffset {
		return nil
	}
	return errClock(offset)
}

// settings are those of Redis, by their names in redis.conf; one that it does not
// tell is missing or empty.
type settings map[string]string

// readSettings asks with INFO, which tells some of them, and with CONFIG GET, which
// tells all but the run id and is forbidden on many managed services; one by one, as
// Redis before 7.0 wants it.
func readSettings(ctx context.Context, rdb *redis.Client) (settings, error) {
	set := settings{}
	for _, section := range []string{"persistence", "memory", "server"} {
		info, err := rdb.Info(ctx, section).Result()
		if err := outage(err); err != nil {
			return nil, err
		}
		for line := range strings.Lines(info) {
			switch key, value, _ := strings.Cut(strings.TrimSpace(line), ":"); key {
			case "aof_enabled":
				set["appendonly"] = map[string]string{"0": "no", "1": "yes"}[value]
			case "maxmemory", "run_id":
				set[key] = value
			case "maxmemory_policy":
				set["maxmemory-policy"] = value
			}
		}
	}
	for _, name := range []string{"appendonly", "appendfsync", "no-appendfsync-on-rewrite", "maxmemory", "maxmemory-policy"} {
		told, err := rdb.ConfigGet(ctx, name).Result()
		if err := outage(err); err != nil {
			return nil, err
		}
		maps.Copy(set, told)
	}
	return set, nil
}

// outage is the error of a Redis that did not answer; one that refuses a command
// has answered.
func outage(err error) error {
	if refusal := redis.Error(nil); err == nil || errors.As(err, &refusal) {
		return nil
	}
	return errSettingsUnread(err)
}

// findings says, a sentence each, what could lose orders and which setting cures it.
// Source: Redis manual, "Redis persistence" and "Key eviction".
func (s settings) findings() []string {
	var found, unknown []string
	switch s["appendonly"] {
	case "no":
		found = append(found, findNoFile)
	case "yes":
		found = append(found, s.slowToDisk()...)
	default:
		unknown = append(unknown, "appendonly yes")
	}
	if s["appendonly"] != "no" && s["appendfsync"] == "" {
		unknown = append(unknown, "appendfsync always")
	}
	switch limit, policy := s["maxmemory"], s["maxmemory-policy"]; {
	case limit == "0", policy == "noeviction":
	case limit == "", policy == "":
		unknown = append(unknown, "maxmemory-policy noeviction")
	default:
		found = append(found, findEviction(limit, policy))
	}
	if s["run_id"] == "" {
		found = append(found, findNoRunID)
	}
	if len(unknown) > 0 {
		found = append(found, findUnknown(unknown))
	}
	return found
}

// slowToDisk is the finding, if any, about when the append-only file reaches the disk.
func (s settings) slowToDisk() []string {
	switch {
	case s["appendfsync"] == "everysec":
		return []string{findEverySecond()}
	case s["appendfsync"] == "no":
		return []string{findNoSync()}
	case s["no-appendfsync-on-rewrite"] == "yes":
		return []string{findNoSyncOnRewrite()}
	}
	return nil
}
