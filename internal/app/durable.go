package app

// This file looks, once at a worker's start, whether its Redis may be trusted with
// orders: that it keeps what it is told, and that its clock agrees with ours. How to
// set it up is in docs/operations.md, section Redis.

import (
	"context"
	"errors"
	"fmt"
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
func CheckRedis(ctx context.Context, rdb redis.UniversalClient, requireDurable bool, now func() time.Time, log *slog.Logger) error {
	if err := checkClock(ctx, rdb, now); err != nil {
		return err
	}
	set, err := readSettings(ctx, rdb)
	if err != nil {
		return err
	}
	findings := set.findings()
	if requireDurable && len(findings) > 0 {
		return fmt.Errorf("the worker does not start, because --require-durable (BT_REQUIRE_DURABLE) is set and its Redis may lose what it is told:\n- %s", strings.Join(findings, "\n- "))
	}
	for _, f := range findings {
		log.Warn(f)
	}
	return nil
}

// checkClock compares the clock now with Redis', which is taken to answer in the
// middle of the round trip.
func checkClock(ctx context.Context, rdb redis.UniversalClient, now func() time.Time) error {
	var offset, shortest time.Duration
	for look := range clockLooks {
		before := now()
		theirs, err := rdb.Time(ctx).Result()
		trip := now().Sub(before)
		if refusal := redis.Error(nil); errors.As(err, &refusal) {
			return fmt.Errorf("the worker's Redis does not tell the time (%w), so their clocks cannot be compared: allow the worker's Redis user the command TIME", err)
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
	direction := "ahead of"
	if offset < 0 {
		direction = "behind"
	}
	return fmt.Errorf("this machine's clock is %.1f s %s the clock of Redis' machine, and more than %.1f s is too much, because workers that disagree about the time could order a site twice: set both machines by NTP (timedatectl or chronyc tracking shows which is off), then start the worker again",
		offset.Abs().Seconds(), direction, mostClockOffset.Seconds())
}

// settings are those of Redis, by their names in redis.conf; one that it does not
// tell is missing or empty.
type settings map[string]string

// readSettings asks with INFO, which tells some of them, and with CONFIG GET, which
// tells all of them and is forbidden on many managed services; one by one, as Redis
// before 7.0 wants it.
func readSettings(ctx context.Context, rdb redis.UniversalClient) (settings, error) {
	set := settings{}
	for _, section := range []string{"persistence", "memory"} {
		info, err := rdb.Info(ctx, section).Result()
		if err := outage(err); err != nil {
			return nil, err
		}
		for line := range strings.Lines(info) {
			switch key, value, _ := strings.Cut(strings.TrimSpace(line), ":"); key {
			case "aof_enabled":
				set["appendonly"] = map[string]string{"0": "no", "1": "yes"}[value]
			case "maxmemory":
				set["maxmemory"] = value
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
	return fmt.Errorf("the worker's Redis stopped answering while its settings were looked at (%w): see that it runs and can be reached, then start the worker again", err)
}

// findings says, a sentence each, what could lose orders and which setting cures it.
// Source: Redis manual, "Redis persistence" and "Key eviction".
func (s settings) findings() []string {
	var found, untold []string
	switch s["appendonly"] {
	case "no":
		found = append(found, "Redis keeps no append-only file (appendonly no), so after a crash it can have forgotten orders that were sent, which would then be made, and paid, a second time: "+
			"run CONFIG SET appendonly yes and CONFIG SET appendfsync always in redis-cli and, only after that, write appendonly yes and appendfsync always into redis.conf, because Redis begins empty when it is restarted with appendonly yes before that (managed service: set both in its console)")
	case "yes":
		found = append(found, s.slowToDisk()...)
	default:
		untold = append(untold, "appendonly yes")
	}
	if s["appendonly"] != "no" && s["appendfsync"] == "" {
		untold = append(untold, "appendfsync always")
	}
	switch limit, policy := s["maxmemory"], s["maxmemory-policy"]; {
	case limit == "0", policy == "noeviction":
	case limit == "", policy == "":
		untold = append(untold, "maxmemory-policy noeviction")
	default:
		found = append(found, fmt.Sprintf("Redis deletes keys to make room when its memory is full (maxmemory %s bytes, maxmemory-policy %s), so what the workers wrote can vanish in the middle of a rollout, with an allkeys policy even sites and the record of their orders: %s",
			limit, policy, cure("maxmemory-policy noeviction")))
	}
	if len(untold) > 0 {
		found = append(found, fmt.Sprintf("Redis does not tell the worker whether it has %s, so orders that were sent may be forgotten after a crash, and made and paid a second time: allow the worker's Redis user the command CONFIG GET or, where a managed service forbids it, see in its console that this is set (--require-durable cannot be used then)",
			strings.Join(untold, ", ")))
	}
	return found
}

// slowToDisk is the finding, if any, about when the append-only file reaches the disk.
func (s settings) slowToDisk() []string {
	const loss = "so a crash of its machine can forget %s, and an order sent in that time would be made, and paid, a second time: %s"
	switch s["appendfsync"] {
	case "everysec":
		return []string{fmt.Sprintf("Redis writes to disk only once a second (appendfsync everysec), "+loss, "up to a second of outcomes", cure("appendfsync always"))}
	case "no":
		return []string{fmt.Sprintf("Redis leaves it to the operating system when to write to disk (appendfsync no), "+loss, "half a minute of outcomes", cure("appendfsync always"))}
	}
	if s["no-appendfsync-on-rewrite"] == "yes" {
		return []string{fmt.Sprintf("Redis does not wait for the disk while it rewrites its append-only file (no-appendfsync-on-rewrite yes), "+loss, "the outcomes of that time", cure("no-appendfsync-on-rewrite no"))}
	}
	return nil
}

// cure says how to change a setting, now and for good.
func cure(setting string) string {
	return fmt.Sprintf("run CONFIG SET %[1]s in redis-cli, and write %[1]s into redis.conf (managed service: set it in its console)", setting)
}
