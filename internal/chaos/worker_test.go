// This file keeps one worker running, as a service manager does, and kills it.

package chaos_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

const (
	restartAfter = time.Second // pause before a worker that ended by itself is started again
	stopWithin   = time.Minute // for a worker that is told to stop
)

// worker is a process of the command worker, its proxies, and its restarts.
type worker struct {
	name       string
	api, redis *proxy
	command    func() *exec.Cmd
	log        *os.File
	quit       chan struct{} // closed, under mu, when it must not be started any more
	gone       chan struct{} // closed when it ended for good

	mu          sync.Mutex
	process     *os.Process
	said        []byte        // the end of the present process' output
	ready       bool          // the present process logged that it has started
	downFor     time.Duration // not zero: it was killed, and starts again after this time
	failedStart int           // processes that ended before they were ready
	died        []string      // how other processes ended that were not killed
	exit        int           // of the last process, once gone
}

// newWorker starts a worker.
func (c *cluster) newWorker(t *testing.T, name string) *worker {
	t.Helper()
	api, _, _ := strings.Cut(strings.TrimPrefix(c.env["BT_API_URL"], "http://"), "/")
	w := &worker{
		name: name,
		api:  c.newProxy(t, name+"-api", api), redis: c.newProxy(t, name+"-redis", c.redis.address),
		log:  c.logFile(t, name),
		quit: make(chan struct{}), gone: make(chan struct{}),
	}
	env := c.env.With(
		"BT_API_URL", strings.Replace(c.env["BT_API_URL"], api, w.api.Listen, 1),
		"BT_TOKEN_URL", strings.Replace(c.env["BT_TOKEN_URL"], api, w.api.Listen, 1),
		"REDIS_URL", strings.Replace(c.env["REDIS_URL"], c.redis.address, w.redis.Listen, 1),
	)
	w.command = func() *exec.Cmd { return c.command(context.Background(), env, "worker", "--log-level", "debug") }
	go w.keepRunning()
	t.Cleanup(w.end)
	return w
}

// keepRunning starts the worker again and again, until it has quit.
func (w *worker) keepRunning() {
	defer close(w.gone)
	for {
		cmd, err := w.start()
		if cmd == nil {
			return
		}
		if err == nil {
			err = cmd.Wait()
		}
		if w.hasQuit() {
			w.exit = cmd.ProcessState.ExitCode()
			return
		}
		select {
		case <-w.quit:
			return
		case <-time.After(w.noteEnd(err)):
		}
	}
}

// start starts a process, unless the worker has quit.
func (w *worker) start() (*exec.Cmd, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.hasQuit() {
		return nil, nil
	}
	fmt.Fprintf(w.log, "=== %s starts at %s\n", w.name, time.Now().Format(time.StampMilli))
	cmd := w.command()
	cmd.Stderr = w
	err := cmd.Start()
	w.process, w.said = cmd.Process, nil
	return cmd, err
}

func (w *worker) hasQuit() bool { return isClosed(w.quit) }

// noteEnd notes how a process ended, and returns the pause before the next one.
func (w *worker) noteEnd(err error) time.Duration {
	w.mu.Lock()
	defer w.mu.Unlock()
	fmt.Fprintf(w.log, "=== %s ended at %s: %v\n", w.name, time.Now().Format(time.StampMilli), err)
	pause := restartAfter
	switch {
	case w.downFor > 0:
		pause = w.downFor
	case !w.ready:
		w.failedStart++
	default:
		w.died = append(w.died, fmt.Sprintf("%v: %s", err, lastLine(w.said)))
	}
	w.ready, w.downFor = false, 0
	return pause
}

func lastLine(said []byte) string {
	lines := strings.Split(strings.TrimSpace(string(said)), "\n")
	return lines[len(lines)-1]
}

// keptOutput is how many bytes of a worker's last output are kept in memory.
const keptOutput = 4096

// Write takes the worker's output.
func (w *worker) Write(text []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.said = append(w.said, text...)
	if !w.ready && w.downFor == 0 {
		w.ready = bytes.Contains(w.said, []byte("worker started"))
	}
	if over := len(w.said) - keptOutput; over > 0 {
		w.said = w.said[over:]
	}
	return w.log.Write(text)
}

// atWork waits until the worker is at work, and does something to its process.
func (w *worker) atWork(ctx context.Context, do func() error) (err error) {
	late := until(ctx, 2*patience, w.name+" is at work", func() bool {
		w.mu.Lock()
		defer w.mu.Unlock()
		ready := w.ready
		if ready {
			err = do()
		}
		return ready
	})
	return errors.Join(late, err)
}

// kill kills the worker; it is started again after downFor.
func (w *worker) kill(ctx context.Context, downFor time.Duration) error {
	return w.atWork(ctx, func() error {
		w.ready, w.downFor = false, max(downFor, time.Nanosecond)
		return w.process.Kill()
	})
}

// freezeFor stops the worker's process by SIGSTOP, and lets it continue after a while, unless
// it was killed meanwhile.
func (w *worker) freezeFor(ctx context.Context, while time.Duration) error {
	var process *os.Process
	err := w.atWork(ctx, func() error {
		process = w.process
		return process.Signal(syscall.SIGSTOP)
	})
	if err != nil {
		return err
	}
	time.Sleep(while)
	if err := process.Signal(syscall.SIGCONT); !errors.Is(err, os.ErrProcessDone) {
		return err
	}
	return nil
}

// stop tells the worker to stop, and requires exit code 0.
func (w *worker) stop(ctx context.Context) error {
	var process *os.Process
	err := w.atWork(ctx, func() error {
		close(w.quit)
		process = w.process
		return process.Signal(syscall.SIGTERM)
	})
	if err != nil {
		return fmt.Errorf("%s cannot be told to stop: %w", w.name, err)
	}
	select {
	case <-w.gone:
	case <-time.After(stopWithin):
		_ = process.Signal(syscall.SIGQUIT) // its goroutines go to its log
		return fmt.Errorf("%s does not stop within %s: its goroutines are at the end of its log", w.name, stopWithin)
	}
	if w.exit != 0 {
		return fmt.Errorf("%s ended with exit code %d when told to stop: %s", w.name, w.exit, lastLine(w.said))
	}
	return nil
}

// end kills the worker when the test ends.
func (w *worker) end() {
	w.mu.Lock()
	if !w.hasQuit() {
		close(w.quit)
	}
	if w.process != nil {
		_ = w.process.Kill()
	}
	w.mu.Unlock()
	<-w.gone
}
