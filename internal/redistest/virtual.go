// A Redis in memory for tests in virtual time, and its failures.

package redistest

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"net"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/alicebob/miniredis/v2/server"
	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/maintnotifications"
)

// DefaultExpiry is the default of VirtualOptions.Expiry: how late a key may expire.
const DefaultExpiry = 100 * time.Millisecond

// Exact is an Expiry with which every command finds the keys expired that have expired by then.
const Exact = time.Nanosecond

// VirtualOptions are how exact and how fast a Virtual is.
type VirtualOptions struct {
	// Expiry is how late a key may expire. Finding expired keys takes time, because all keys
	// are looked at. Default: DefaultExpiry.
	Expiry time.Duration
	// AllCommands sends every command to the Redis. Otherwise its clients answer two kinds of
	// commands by themselves, with the same answer: the pings of subscriptions, and asynq's reads
	// of empty queues, which are many a second (miniredis starts a Lua interpreter for each).
	AllCommands bool
	// Unlisted drops the list of asynq's servers and their tasks, which each writes every 5 s by
	// a script. Only asynqmon reads it.
	Unlisted bool
}

// Virtual is a Redis for a bubble of testing/synctest: its clock is the bubble's, and its
// connections are in memory, without sockets. Its keys expire when the next command comes. It is
// safe for concurrent use.
type Virtual struct {
	*miniredis.Miniredis
	options VirtualOptions

	mu       sync.Mutex
	conns    map[*listedConn]struct{}
	away     bool
	started  int       // number of times that the server has started
	trouble  string    // the error reply to commands; "": none
	reads    bool      // despite trouble, commands that only read are carried out
	expired  time.Time // when expired keys were last removed
	commands atomic.Int64
}

// StartVirtual starts a Virtual; t is the bubble's. It stops when the test ends.
func StartVirtual(t testing.TB, o VirtualOptions) *Virtual {
	t.Helper()
	o.Expiry = cmp.Or(o.Expiry, DefaultExpiry)
	r := &Virtual{Miniredis: miniredis.NewMiniRedis(), options: o, conns: map[*listedConn]struct{}{}, expired: time.Now()}
	first, err := r.Miniredis.Dial() // starts the server
	if err != nil {
		t.Fatal(err)
	}
	first.Close()
	r.Server().SetPreHook(r.before)
	t.Cleanup(r.Close)
	return r
}

// before runs before every command, also before those of scripts.
func (r *Virtual) before(c *server.Peer, command string, _ ...string) bool {
	r.commands.Add(1)
	now := time.Now()
	r.mu.Lock()
	trouble, reads, due := r.trouble, r.reads, now.Sub(r.expired)
	r.mu.Unlock()
	// The lock is taken already where the command is one of a script or of a transaction.
	if due >= r.options.Expiry && r.Miniredis.TryLock() {
		r.Miniredis.Unlock()
		r.expire(now)
	}
	if trouble == "" || reads && !mayWrite(r.Server(), command) || c.ClientName == watcher {
		return false
	}
	c.WriteError(trouble)
	return true
}

// expire removes the keys that have expired by now.
func (r *Virtual) expire(now time.Time) {
	r.mu.Lock()
	passed := now.Sub(r.expired)
	if passed > 0 {
		r.expired = now
	}
	r.mu.Unlock()
	if passed > 0 {
		r.FastForward(passed)
	}
}

// Expire removes the keys that have expired by now.
func (r *Virtual) Expire() { r.expire(time.Now()) }

// Commands returns how many commands the Redis has carried out, those of scripts included.
func (r *Virtual) Commands() int64 { return r.commands.Load() }

// mayWrite reports whether a command may change data. Scripts may.
func mayWrite(s *server.Server, command string) bool {
	switch command {
	case "HELLO", "AUTH", "CLIENT", "SELECT", "PING", "TIME", "INFO", "SUBSCRIBE", "UNSUBSCRIBE", "SCRIPT", "QUIT", "WATCH", "UNWATCH":
		return false
	}
	return !s.IsReadOnlyCommand(command)
}

// SetError makes every command fail with this error reply. "" ends that.
func (r *Virtual) SetError(reply string) { r.answer(reply, false) }

// RefuseWrites makes every command that may write fail with this error reply, as on a Redis that
// is full, or on a replica. "" ends that.
func (r *Virtual) RefuseWrites(reply string) { r.answer(reply, true) }

func (r *Virtual) answer(reply string, reads bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.trouble, r.reads = reply, reads
}

// Leave makes the Redis unreachable until Return: it closes all connections and refuses new
// ones. Its data stays.
func (r *Virtual) Leave() {
	r.mu.Lock()
	r.away = true
	open := slices.Collect(maps.Keys(r.conns))
	r.mu.Unlock()
	for _, c := range open {
		c.abort()
	}
}

// Return ends Leave, as if the server had started again.
func (r *Virtual) Return() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.away = false
	r.started++
}

// RunID returns the id that the server chose when it last started, which miniredis does not have.
func (r *Virtual) RunID(context.Context, *redis.Conn) (string, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return fmt.Sprint("run ", r.started), nil
}

// Dial opens a connection.
func (r *Virtual) Dial() (net.Conn, error) { return r.dial(r.serve()) }

// serve makes a connection that the server serves.
func (r *Virtual) serve() *pipeEnd {
	near, far := newPipe()
	r.Server().ServeConn(far)
	return near
}

// dial lists a connection, unless the Redis is away.
func (r *Virtual) dial(near *pipeEnd) (*listedConn, error) {
	c := &listedConn{pipeEnd: near, of: r}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.away {
		near.Close()
		return nil, &net.OpError{Op: "dial", Net: "memory", Err: syscall.ECONNREFUSED}
	}
	r.conns[c] = struct{}{}
	return c, nil
}

// listedConn is a connection that its Redis can close.
type listedConn struct {
	*pipeEnd
	of *Virtual
}

func (c *listedConn) Close() error {
	c.of.mu.Lock()
	delete(c.of.conns, c)
	c.of.mu.Unlock()
	return c.pipeEnd.Close()
}

// subscription is the connection of a subscription. It answers the client's pings, which come
// every 3 s, by itself.
type subscription struct{ *listedConn }

// The ping of go-redis, and miniredis' answer to a subscriber.
const (
	ping = "*1\r\n$4\r\nping\r\n"
	pong = "*2\r\n$4\r\npong\r\n$0\r\n\r\n"
)

func (s subscription) Write(b []byte) (int, error) {
	if string(b) != ping {
		return s.listedConn.Write(b)
	}
	s.in.change(func() { s.in.data.WriteString(pong) })
	return len(b), nil
}

// virtualAddress is the address that clients of a Virtual have. It is an IP address, because a
// name would be resolved. Nothing is dialed there.
const virtualAddress = "127.0.0.1:1"

// poolSize is more connections than one client needs at once.
const poolSize = 2000

// noNotifications keeps a client from asking for notifications of maintenance: it holds a mutex
// until the answer comes, and a goroutine that waits for a mutex stops virtual time.
var noNotifications = &maintnotifications.Config{Mode: maintnotifications.ModeDisabled}

// Network makes a connection that passes a network. The function dial makes a direct one to the
// server.
type Network func(ctx context.Context, dial func(context.Context) (net.Conn, error)) (net.Conn, error)

// Connect opens a client whose connections pass the network; nil: they are direct. The functions
// change, called last, may change the client's options. The client is closed when the test ends.
func (r *Virtual) Connect(t testing.TB, network Network, change ...func(*redis.Options)) *redis.Client {
	t.Helper()
	o := &redis.Options{
		Addr: virtualAddress,
		Dialer: func(ctx context.Context, _, _ string) (net.Conn, error) {
			if isSubscription() {
				return r.subscribe()
			}
			if network == nil {
				return r.Dial()
			}
			return network(ctx, func(context.Context) (net.Conn, error) { return r.Dial() })
		},
		// The client's pool takes the age of a connection from the real clock. A caller that waits
		// for a connection would use timers of other tests: the pool is so large that none waits.
		ConnMaxIdleTime: -1,
		PoolSize:        poolSize,

		MaintNotificationsConfig: noNotifications,
	}
	for _, c := range change {
		c(o)
	}
	if begin := o.OnConnect; begin != nil {
		o.OnConnect = func(ctx context.Context, on *redis.Conn) error {
			if isSubscription() {
				return nil
			}
			return begin(ctx, on)
		}
	}
	rdb := redis.NewClient(o)
	t.Cleanup(func() { rdb.Close() })
	if !r.options.AllCommands {
		rdb.AddHook(shortcuts{r.Miniredis, r.options.Unlisted})
	}
	return rdb
}

// subscribe opens the connection of a subscription.
func (r *Virtual) subscribe() (net.Conn, error) {
	c, err := r.dial(r.serve())
	if err != nil || r.options.AllCommands {
		return c, err
	}
	return subscription{c}, nil
}

// isSubscription reports whether it is called while the connection of a subscription is made.
// Subscriptions, by which asynq would cancel tasks, pass no network: while go-redis makes the
// connection of one, it holds a mutex that its regular ping waits for, and a goroutine that waits
// for a mutex stops virtual time.
func isSubscription() bool {
	var callers [48]uintptr
	frames := runtime.CallersFrames(callers[:runtime.Callers(2, callers[:])])
	for {
		frame, more := frames.Next()
		if strings.Contains(frame.Function, "redis/v9.(*PubSub).") {
			return true
		}
		if !more {
			return false
		}
	}
}

// watcher is the name of the clients of ConnectAlways.
const watcher = "watcher"

// ConnectAlways opens a client for the test itself: Leave does not close its connections, and it
// gets no error reply. The client is closed when the test ends.
func (r *Virtual) ConnectAlways(t testing.TB) *redis.Client {
	t.Helper()
	rdb := redis.NewClient(&redis.Options{
		Addr:            virtualAddress,
		ClientName:      watcher,
		Dialer:          func(context.Context, string, string) (net.Conn, error) { return r.serve(), nil },
		ConnMaxIdleTime: -1,
		PoolSize:        poolSize,

		MaintNotificationsConfig: noNotifications,
	})
	t.Cleanup(func() { rdb.Close() })
	return rdb
}
