// This file tests what a worker says about its Redis before it starts, and when it does
// not start.

package app_test

import (
	"bytes"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"

	"btrollout/internal/app"
	"btrollout/internal/redistest"
)

// check runs CheckRedis and returns what was logged, a line each.
func check(t *testing.T, rdb *redis.Client, requireDurable bool, now func() time.Time) ([]string, error) {
	t.Helper()
	var out bytes.Buffer
	err := app.CheckRedis(t.Context(), rdb, requireDurable, now, slog.New(slog.NewTextHandler(&out, nil)))
	return strings.FieldsFunc(out.String(), func(r rune) bool { return r == '\n' }), err
}

// durability is a Redis after these commands, and words of each finding about it.
type durability struct {
	commands []string
	findings []string
}

const (
	noRunID  = "does not tell the worker its run id"
	noConfig = "ACL SETUSER default -config"
	noInfo   = "ACL SETUSER default -info"
	evicts   = "CONFIG SET maxmemory 100mb maxmemory-policy allkeys-lru"
	cured    = "run CONFIG SET appendfsync always in redis-cli, and write appendfsync always into redis.conf"
)

// durabilities are asked of a redis-server that had all settings as they should be.
var durabilities = map[string]durability{
	"durable":                {},
	"policy without a limit": {commands: []string{"CONFIG SET maxmemory 0 maxmemory-policy allkeys-lru"}},
	"limit without eviction": {commands: []string{"CONFIG SET maxmemory 100mb maxmemory-policy noeviction"}},
	"durable without INFO":   {[]string{noInfo}, []string{noRunID}},
	"no append-only file": {[]string{"CONFIG SET appendonly no"}, []string{"run CONFIG SET appendonly yes and CONFIG SET " +
		"appendfsync always in redis-cli and, only after that, write"}},
	"each second": {[]string{"CONFIG SET appendfsync everysec"},
		[]string{"up to a second of outcomes, and an order sent in that time would be made, and paid, a second time: " + cured}},
	"when the system likes": {[]string{"CONFIG SET appendfsync no"}, []string{"half a minute of outcomes, and an order sent in that " +
		"time would be made, and paid, a second time: " + cured}},
	"not during a rewrite": {[]string{"CONFIG SET no-appendfsync-on-rewrite yes"},
		[]string{"run CONFIG SET no-appendfsync-on-rewrite no in redis-cli"}},
	"eviction": {[]string{evicts}, []string{"(maxmemory 104857600 bytes, maxmemory-policy allkeys-lru), so what the " +
		"workers wrote can vanish in the middle of a rollout, with an allkeys policy even sites and the record of their orders: run CONFIG " +
		"SET maxmemory-policy noeviction"}},
	"several":                 {[]string{"CONFIG SET appendonly no", evicts}, []string{"(appendonly no)", "maxmemory-policy allkeys-lru"}},
	"durable without CONFIG":  {[]string{noConfig}, []string{"does not tell the worker whether it has appendfsync always, so"}},
	"no file, without CONFIG": {[]string{"CONFIG SET appendonly no", noConfig}, []string{"(appendonly no)"}},
	"eviction, without CONFIG": {[]string{evicts, noConfig}, []string{"maxmemory-policy allkeys-lru", "does not tell the worker whether " +
		"it has appendfsync always, so"}},
	"neither INFO nor CONFIG": {[]string{noInfo, noConfig}, []string{noRunID, "does not tell the worker whether it has appendonly yes, " +
		"appendfsync always, maxmemory-policy noeviction, so"}},
}

func TestWhatRedisMayLoseIsSaid(t *testing.T) {
	t.Parallel()
	for name, d := range durabilities {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rdb := redistest.Connect(t, redistest.Server(t))
			for _, line := range d.commands {
				var words []any
				for word := range strings.FieldsSeq(line) {
					words = append(words, word)
				}
				if err := rdb.Do(t.Context(), words...).Err(); err != nil {
					t.Fatalf("%s: %v", line, err)
				}
			}
			d.judge(t, rdb)
		})
	}
}

// judge wants each finding as one warning, and all of them in the refusal.
func (d durability) judge(t *testing.T, rdb *redis.Client) {
	t.Helper()
	logged, err := check(t, rdb, false, time.Now)
	if err != nil || len(logged) != len(d.findings) {
		t.Fatalf("it said %q, %v; want %d warnings", logged, err, len(d.findings))
	}
	for i, want := range d.findings {
		if !strings.Contains(logged[i], "level=WARN") || !strings.Contains(logged[i], want) {
			t.Errorf("it said %s\nwant a warning with %q", logged[i], want)
		}
	}
	logged, err = check(t, rdb, true, time.Now)
	if len(logged) != 0 || (err != nil) != (len(d.findings) > 0) {
		t.Fatalf("where durability is required: logged %q, error %v", logged, err)
	}
	for _, want := range d.findings {
		if !strings.Contains(err.Error(), "\n- ") || !strings.Contains(err.Error(), want) {
			t.Errorf("the refusal is %v\nwant %q in it", err, want)
		}
	}
}

func TestRedisThatTellsNothing(t *testing.T) {
	t.Parallel()
	// This one knows neither CONFIG nor these sections of INFO.
	durability{findings: []string{noRunID, "does not tell the worker whether it has appendonly yes, appendfsync always, maxmemory-policy " +
		"noeviction, so"}}.
		judge(t, redistest.Connect(t, redistest.InMemory(t)))
}

func TestRedisThatDoesNotTellTheTime(t *testing.T) {
	t.Parallel()
	rdb := redistest.Connect(t, redistest.Server(t))
	if err := rdb.Do(t.Context(), "ACL", "SETUSER", "default", "-time").Err(); err != nil {
		t.Fatal(err)
	}
	if _, err := check(t, rdb, false, time.Now); err == nil || !strings.Contains(err.Error(),
		"allow the worker's Redis user the command TIME") {
		t.Errorf("got %v", err)
	}
}

func TestRedisThatGoesAwayIsNoFinding(t *testing.T) {
	t.Parallel()
	server := miniredis.RunT(t)
	rdb := redistest.Connect(t, "redis://"+server.Addr())
	server.Close()
	logged, err := check(t, rdb, false, time.Now)
	if err == nil || !strings.Contains(err.Error(), "stopped answering") || len(logged) != 0 {
		t.Errorf("got %q, %v", logged, err)
	}
}

// noon is what Redis' clock shows, without moving, in the tests of clocks.
var noon = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

// clock shows noon and these offsets in turn, and then the last of them.
func clock(offsets ...time.Duration) func() time.Time {
	next := 0
	return func() time.Time {
		now := noon.Add(offsets[next])
		next = min(next+1, len(offsets)-1)
		return now
	}
}

func TestClockTooFarFromRedis(t *testing.T) {
	t.Parallel()
	const s = time.Second
	for name, c := range map[string]struct {
		now    func() time.Time
		refuse string // words of the error; "" when the clock will do
	}{
		"the same":                {clock(0), ""},
		"just near enough, ahead": {clock(2500 * time.Millisecond), ""},
		"just near enough, after": {clock(-2500 * time.Millisecond), ""},
		"ahead":                   {clock(2501 * time.Millisecond), "clock is 2.5 s ahead of the clock of Redis' machine"},
		"behind":                  {clock(-3600 * s), "clock is 3600.0 s behind the clock of Redis' machine"},
		"a slow answer":           {clock(-3*s, 3*s, -3*s, 3*s, -3*s, 3*s), ""},
		"late by a slow answer":   {clock(0, 6*s, 0, 6*s, 0, 6*s), "clock is 3.0 s ahead of"},
		"a slow answer, then not": {clock(0, 8*s, 0), ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := miniredis.RunT(t)
			server.SetTime(noon)
			_, err := check(t, redistest.Connect(t, "redis://"+server.Addr()), false, c.now)
			if c.refuse == "" && err != nil || c.refuse != "" && !strings.Contains(fmt.Sprint(err), c.refuse) {
				t.Errorf("got %v, want %q", err, c.refuse)
			}
		})
	}
}

func TestClockOfARealRedis(t *testing.T) {
	t.Parallel()
	rdb := redistest.Connect(t, redistest.Server(t))
	if _, err := check(t, rdb, true, time.Now); err != nil {
		t.Errorf("on the same machine: %v", err)
	}
	late := func() time.Time { return time.Now().Add(-time.Minute) }
	if _, err := check(t, rdb, false, late); err == nil || !strings.Contains(err.Error(), "behind") || !strings.Contains(err.Error(), "NTP") {
		t.Errorf("a minute behind: %v", err)
	}
}
