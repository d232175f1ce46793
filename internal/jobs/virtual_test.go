// This file runs tests in virtual time, in bubbles of testing/synctest: their Redis and
// their simulator are in memory, their clocks go on as soon as all goroutines wait, and a
// busy machine changes nothing. Tests that need a redis-server run in real time.

package jobs_test

import (
	"cmp"
	"net/http"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"btrollout/internal/btapi"
	"btrollout/internal/btsim"
	"btrollout/internal/redistest"
	"btrollout/internal/simtest"
)

// endsWithin is how long a goroutine may live on after its test.
const endsWithin = time.Minute

// virtually runs a test in virtual time, beside other tests. A goroutine that has not
// ended endsWithin after the test fails it.
func virtually(t *testing.T, test func(t *testing.T)) {
	t.Helper()
	t.Parallel()
	simtest.InBubble(t, endsWithin, test)
}

// runVirtually runs a subtest in virtual time, beside other tests.
func runVirtually(t *testing.T, name string, test func(t *testing.T)) {
	t.Helper()
	t.Run(name, func(t *testing.T) { virtually(t, test) })
}

// newMemoryRedis starts a Redis whose clock is the test's.
func newMemoryRedis(t *testing.T) *redistest.Virtual {
	t.Helper()
	return redistest.StartVirtual(t, redistest.VirtualOptions{Unlisted: true})
}

// memoryServers are a Redis and a simulator in memory, for a test in virtual time.
func memoryServers(t *testing.T) servers {
	t.Helper()
	return servers{connectTo(newMemoryRedis(t)), simtest.StartInMemory}
}

// connectTo makes clients of a Redis in memory.
func connectTo(server *redistest.Virtual) func(testing.TB) *redis.Client {
	return func(t testing.TB) *redis.Client { return server.Connect(t, nil) }
}

// newVirtualRig makes a rig in memory, for a test in virtual time.
func newVirtualRig(t *testing.T, o btsim.Options, meddle func(http.Handler) http.Handler, change ...func(*btapi.Config)) *rig {
	t.Helper()
	o.Latency = cmp.Or(o.Latency, time.Millisecond) // otherwise no time passes while calls are made
	r := memoryServers(t).newRig(t, o, meddle, change...)
	r.config.TaskCheckInterval = time.Second // each look for tasks costs CPU time, and here no real time
	return r
}
