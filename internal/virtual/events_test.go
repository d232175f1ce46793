// This file records what happens in a run, so that a run that fails can be followed.

package virtual_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"
)

// event is one thing that happened: a write of a machine, an act, or a change of a batch.
type event struct {
	at   time.Duration // since the run began
	who  string
	what string
}

func (e event) String() string {
	return fmt.Sprintf("%12.3f s  %-8s  %s", e.at.Seconds(), e.who, e.what)
}

// mostEvents is how many events are kept: the last ones.
const mostEvents = 200_000

// events are those of one run. They are safe for concurrent use.
type events struct {
	mu    sync.Mutex
	began time.Time
	all   []event
}

func (l *events) add(who, what string, args ...any) {
	if len(args) > 0 {
		what = fmt.Sprintf(what, args...)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.all) >= 2*mostEvents {
		l.all = slices.Clone(l.all[mostEvents:])
	}
	l.all = append(l.all, event{time.Since(l.began), who, what})
}

// lines returns the events whose text holds one of the words, and all acts.
func (l *events) lines(words ...string) []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	var lines []string
	for _, e := range l.all {
		if e.who == byAct || slices.ContainsFunc(words, func(word string) bool { return strings.Contains(e.what, word) }) {
			lines = append(lines, e.String())
		}
	}
	return lines
}

// byAct marks the events that an act causes.
const byAct = "act"

// writing describes a command that may write; "" if it only reads.
func writing(cmd redis.Cmder) string {
	args := cmd.Args()
	name := strings.ToLower(cmd.Name())
	if name != "evalsha" && name != "eval" {
		if !changing[name] {
			return ""
		}
		return name + " " + shortened(args[1:])
	}
	var n int
	fmt.Sscan(fmt.Sprint(args[2]), &n)
	keys, argv := args[3:3+n], args[3+n:]
	if n == 0 {
		return "script"
	}
	first := fmt.Sprint(keys[0])
	at := func(i int, part string) bool { return i < n && strings.Contains(fmt.Sprint(keys[i]), part) }
	switch {
	case at(0, ":sites") && at(1, ":counts") && len(argv) > 5:
		return fmt.Sprintf("advance %v row=%v to %v, version %v", argv[5], argv[0], argv[2], argv[1])
	case at(0, ":sites") && at(4, "{btr}:pushes:"):
		return "announce " + shortened(argv)
	case strings.HasPrefix(first, "asynq:"):
		if strings.HasSuffix(first, ":pending") || strings.HasSuffix(first, ":scheduled") || strings.HasSuffix(first, ":retry") ||
			strings.HasPrefix(first, "asynq:servers") {
			return "" // asynq looks for work
		}
		return "task " + first
	}
	return "script " + shortened(keys)
}

// changing are the plain commands that write.
var changing = map[string]bool{
	"set": true, "hset": true, "hdel": true, "hincrby": true, "del": true, "zadd": true, "zrem": true, "sadd": true, "srem": true,
	"expire": true, "pexpire": true, "rename": true,
}

func shortened(args []any) string {
	const longest = 100
	text := fmt.Sprint(args...)
	return text[:min(len(text), longest)]
}

// calling describes a call of the API that changes something; "" for any other.
func calling(q *http.Request) string {
	if q.Method == http.MethodPut || strings.HasSuffix(q.URL.Path, "/orders/voicesite") {
		return q.Method + " " + q.URL.Path[strings.LastIndex(q.URL.Path, "customers"):]
	}
	return ""
}
