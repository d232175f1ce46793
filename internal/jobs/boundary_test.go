// This file kills and freezes a worker at every boundary of a site's way: right
// before and right after each write to the ledger, to the queues and to the API.
// Another worker takes over; a frozen one wakes when all is done, and finds its
// writes too late. The simulator's books say what came of it.

package jobs_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"btrollout/internal/btapi"
	"btrollout/internal/btsim"
	"btrollout/internal/jobs"
	"btrollout/internal/ledger"
	"btrollout/internal/precheck"
	"btrollout/internal/rollout"
)

// course is a way that one site may take.
type course struct {
	recoveryDelay time.Duration // before its first order
	boundaries    []string      // the writes that it consists of, in their order; see inTurn
	strikes       []string      // those at which a worker is struck
}

// courses are the straight one, and that of a site which has to wait before it can be
// ordered, and is struck where that makes a difference.
var courses = func() []course {
	before := []string{"advance validated", "enqueue order", "done validate"}
	order := []string{"survey page", "survey", "survey forgotten", "advance ordering", "POST", "advance ordered"}
	after := []string{
		"advance delivered", "enqueue address",
		"announce", "PUT", "advance provisioned", "enqueue batch", "done address",
		"finish", "done batch",
	}
	straight := slices.Concat(order, []string{"done validate"}, after)
	return []course{
		{noRecoveryDelay, straight, straight},
		{8 * time.Second, slices.Concat(before, order, []string{"done order"}, after), append(before, "done order")},
	}
}()

// errDead is what a dead worker's calls come to.
var errDead = errors.New("this worker is dead")

// machine is what a worker runs on: it sees every write, and can be killed or frozen.
type machine struct {
	strike string // boundary, and
	kill   bool   // what happens there: it is killed, or frozen
	after  bool   // right after the write, or right before

	mu     sync.Mutex
	seen   []string  // the writes, in the order in which they began
	first  time.Time // when its first write was made
	dead   bool
	frozen chan struct{} // nil: it runs

	struck chan struct{} // closed when it happened

	next http.RoundTripper // what carries its calls to the API
}

// deadPause keeps asynq, which asks its Redis again at once, from wearing the machine
// out on which the dead worker's neighbours live.
const deadPause = 200 * time.Millisecond

// pass is asked before and after each call of the machine; name is "" for those that
// are no boundary. It returns an error if the machine is dead, and not at all while
// it is frozen.
func (m *machine) pass(name string, after bool) error {
	m.mu.Lock()
	switch {
	case name == "" || m.dead:
	case !after:
		m.seen = append(m.seen, name)
	case m.first.IsZero():
		m.first = time.Now()
	}
	if name != "" && name == m.strike && after == m.after {
		m.strike = ""
		m.dead = m.kill
		if !m.kill {
			m.frozen = make(chan struct{})
		}
		close(m.struck)
	}
	frozen := m.frozen
	m.mu.Unlock()
	if frozen != nil {
		<-frozen
	}
	m.mu.Lock()
	dead := m.dead
	m.mu.Unlock()
	if dead {
		time.Sleep(deadPause)
		return errDead
	}
	return nil
}

func (m *machine) thaw() {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.frozen != nil {
		close(m.frozen)
		m.frozen = nil
	}
}

// around does a call between its two boundaries.
func (m *machine) around(name string, call func() error) error {
	if err := m.pass(name, false); err != nil {
		return err
	}
	if err := call(); err != nil {
		if dead := m.pass("", true); dead != nil {
			return dead
		}
		return err
	}
	return m.pass(name, true)
}

// RoundTrip carries the machine's calls to the API.
func (m *machine) RoundTrip(q *http.Request) (*http.Response, error) {
	name := ""
	if q.Method == http.MethodPut || strings.HasSuffix(q.URL.Path, "/orders/voicesite") {
		name = q.Method
	}
	var answer *http.Response
	err := m.around(name, func() (err error) {
		answer, err = m.next.RoundTrip(q)
		return err
	})
	if err != nil && answer != nil {
		answer.Body.Close()
	}
	return answer, err
}

// DialHook lets connections through.
func (m *machine) DialHook(next redis.DialHook) redis.DialHook { return next }

// ProcessHook carries the machine's commands to Redis.
func (m *machine) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, cmd redis.Cmder) error {
		return m.around(boundaryOf(cmd), func() error { return next(ctx, cmd) })
	}
}

// ProcessPipelineHook carries the machine's pipelines to Redis. None is a boundary.
func (m *machine) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return func(ctx context.Context, cmds []redis.Cmder) error {
		return m.around("", func() error { return next(ctx, cmds) })
	}
}

// boundaryOf names the write that a command makes; "" for every other command.
func boundaryOf(cmd redis.Cmder) string {
	args := make([]string, len(cmd.Args()))
	for i, a := range cmd.Args() {
		args[i] = fmt.Sprint(a)
	}
	if !strings.HasPrefix(strings.ToLower(args[0]), "eval") {
		return ""
	}
	var n int
	fmt.Sscan(args[2], &n)
	keys, argv := args[3:3+n], args[3+n:]
	at := func(i int, part string) bool { return i < n && strings.Contains(keys[i], part) }
	queue := strings.TrimPrefix(strings.SplitN(keys[0], "}", 2)[0], "asynq:{btrollout:")
	switch {
	case at(0, ":sites") && at(1, ":counts"):
		return "advance " + argv[2]
	case at(0, ":sites") && at(4, "{btr}:pushes:"):
		return "announce"
	case at(0, "{btr}:pushes:") && len(argv) > 1: // otherwise old ones are forgotten
		return "settle"
	case at(0, ":reading") && len(argv) > 1:
		return "survey page"
	case at(0, ":reading"):
		return "survey forgotten"
	case at(0, "{btr}:survey:"):
		return "survey"
	case at(0, "{btr}:batch:") && at(2, "{btr}:batches:open"):
		return "finish"
	case at(0, ":active") && at(1, ":lease") && at(2, ":t:"):
		return "done " + queue
	case at(0, ":t:") && at(1, ":active"):
		return "retry " + queue
	case at(0, ":t:"):
		return "enqueue " + queue
	}
	return ""
}

// worker starts a worker on a machine.
func (r *rig) worker(t *testing.T, m *machine) (stop func()) {
	t.Helper()
	api := r.backend.Connect(t, func(c *btapi.Config) { m.next, c.Transport = c.Transport, m })
	rdb := r.connect(t)
	rdb.AddHook(m)
	c := r.config
	c.Redis, c.API, c.Ledger = rdb, api, ledger.New(rdb)
	c.Checker = precheck.NewChecker(precheck.Config{API: api, Ledger: c.Ledger, Scope: "simulator"})
	w := jobs.NewWorker(c)
	if err := w.Start(); err != nil {
		t.Fatal(err)
	}
	stop = sync.OnceFunc(w.Stop)
	t.Cleanup(stop)
	return stop
}

func TestTheBoundariesAreThoseOfASite(t *testing.T) {
	t.Parallel()
	for _, c := range courses {
		runVirtually(t, c.recoveryDelay.String(), func(t *testing.T) {
			r := newVirtualRig(t, btsim.Options{}, nil)
			r.config.RecoveryDelay = c.recoveryDelay
			r.submit("b", site(2))
			m := &machine{}
			stop := r.worker(t, m)
			r.wait("b", isDone)
			stop()
			if wrong := inTurn(c.boundaries, m.seen); len(wrong) > 0 {
				t.Errorf("%s\nin all: %q", strings.Join(wrong, "; "), m.seen)
			}
		})
	}
}

// inTurn tells what is wrong with the writes that were seen. Each but "done" causes the
// next, so they begin one after another; a step tells the queue that it is done while
// the next one is under way, so "done" comes at any time after the step's last write.
func inTurn(want, seen []string) (wrong []string) {
	var last int // where in seen the write was found that the next one follows
	for i, name := range want {
		at := slices.Index(seen[last:], name)
		switch {
		case at < 0 && i > 0:
			wrong = append(wrong, fmt.Sprintf("%q did not come after %q", name, want[i-1]))
		case at < 0:
			wrong = append(wrong, fmt.Sprintf("%q did not come", name))
		case !strings.HasPrefix(name, "done "):
			last += at
		}
	}
	for _, name := range seen {
		waits := strings.HasPrefix(name, "retry ") || strings.HasPrefix(name, "enqueue ") // a step that waits; the sweep, on a slow machine
		if !waits && !slices.Contains(want, name) {
			wrong = append(wrong, fmt.Sprintf("%q is no boundary of this course", name))
		}
	}
	return wrong
}

func TestInTurn(t *testing.T) {
	want := []string{"advance a", "enqueue b", "done a", "advance b", "done b"}
	for _, c := range []struct {
		seen  []string
		wrong int
	}{
		{want, 0},
		{[]string{"advance a", "enqueue b", "advance b", "done b", "done a"}, 0},
		{[]string{"advance a", "retry a", "enqueue b", "advance b", "enqueue b", "done a", "done b"}, 0},
		{[]string{"advance a", "done a", "enqueue b", "advance b", "done b"}, 1},
		{[]string{"enqueue b", "advance a", "done a", "advance b", "done b"}, 1},
		{[]string{"advance a", "enqueue b", "done a", "advance b"}, 1},
		{[]string{"advance a", "enqueue b", "done a", "advance b", "finish", "done b"}, 1},
		{nil, 5},
	} {
		if wrong := inTurn(want, c.seen); len(wrong) != c.wrong {
			t.Errorf("%q: %q", c.seen, wrong)
		}
	}
}

func TestAWorkerDiesAtEveryBoundary(t *testing.T) {
	t.Parallel()
	for _, c := range courses {
		for _, boundary := range c.strikes {
			for _, kill := range []bool{true, false} {
				for _, after := range []bool{false, true} {
					how := map[bool]string{true: "killed", false: "frozen"}[kill]
					when := map[bool]string{true: "after", false: "before"}[after]
					name := fmt.Sprintf("%s %s %s, %s", how, when, boundary, c.recoveryDelay)
					runVirtually(t, name, func(t *testing.T) {
						strikeAt(t, c.recoveryDelay, &machine{strike: boundary, kill: kill, after: after, struck: make(chan struct{})})
					})
				}
			}
		}
	}
}

// movesWithin is how long a dead worker's site may stand still when another worker
// lives.
const movesWithin = 30 * time.Second

// callWithin is how long a call may take where workers are struck: the client and the
// workers agree about it, as they must.
const callWithin = 3 * time.Second

func strikeAt(t *testing.T, recoveryDelay time.Duration, m *machine) {
	strike := m.strike
	r := newVirtualRig(t, btsim.Options{}, nil, func(c *btapi.Config) { c.Timeout = callWithin })
	r.config.Timeout, r.config.RecoveryDelay = callWithin, recoveryDelay
	r.config.Sweep = jobs.Sweep{Every: time.Second, Overdue: 2 * time.Second, Silent: 3 * time.Second} // no step takes so long here
	r.submit("b", site(2))
	stopFirst := r.worker(t, m)
	t.Cleanup(m.thaw) // before the worker is stopped
	select {
	case <-m.struck:
	case <-time.After(patience):
		t.Fatalf("%q never came: %q", strike, m.seen)
	}
	struck := time.Now()
	second := &machine{}
	stopSecond := r.worker(t, second)
	b := r.wait("b", isDone)
	second.mu.Lock()
	moved := second.first.Sub(struck)
	second.mu.Unlock()
	m.thaw()
	stopFirst()
	for end := time.Now().Add(patience); ; time.Sleep(100 * time.Millisecond) {
		left, err := r.rdb.Keys(t.Context(), "asynq:*:t:*").Result()
		if err == nil && len(left) == 0 {
			break
		}
		if time.Now().After(end) {
			t.Fatalf("tasks are left over: %v %v", left, err)
		}
	}
	stopSecond()
	if b, err := r.ledger.Batch(t.Context(), "b"); err != nil || !isDone(b) {
		t.Errorf("the worker that woke left the batch %s (%v)", b.State, err)
	}
	r.judge("b")
	if b.Counts[rollout.Provisioned] != 1 {
		t.Errorf("ended as %v", b.Counts)
	}
	if moved > movesWithin {
		t.Errorf("the site stood still for %v", moved)
	}
	if n := r.sim.Stats().Calls["POST /customers/{customerCode}/orders/voicesite"]; n != 1 {
		t.Errorf("%d orders were sent", n)
	}
}
