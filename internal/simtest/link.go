// The network between a machine and the servers that it calls, for tests in virtual time:
// connections in memory that can be slow, silent, refused or reset.

package simtest

import (
	"context"
	"errors"
	"io"
	"net"
	"slices"
	"sync"
	"syscall"
	"time"
)

// Direction is one of the two directions of a connection.
type Direction int

// There is the direction of requests; Back is the direction of answers.
const (
	There Direction = iota
	Back
)

// Link is the network between one machine and one server. It is safe for concurrent use.
type Link struct {
	delay func(Direction) time.Duration // nil: none

	mu      sync.Mutex
	drops   bool // data in the silent link is lost when its client closes the connection
	silent  [2]bool
	refused bool
	changed chan struct{} // closed when a silence or a refusal begins or ends
	wires   map[*wire]struct{}
}

// NewLink makes a link. The function delay returns how long each part of a request or an answer
// takes; nil: no time. Parts arrive in the order in which they were sent.
func NewLink(delay func(Direction) time.Duration) *Link {
	return &Link{delay: delay, changed: make(chan struct{}), wires: map[*wire]struct{}{}}
}

// DropsUnsent makes the silent link drop the data of a connection when the client closes it, as
// a machine does that keeps no unsent data of closed connections. Otherwise the data arrives when
// the silence is over.
func (l *Link) DropsUnsent() *Link {
	l.drops = true
	return l
}

// Silence stops or continues the data in each direction. While either direction is silent, Dial
// waits.
func (l *Link) Silence(there, back bool) {
	l.change(func() { l.silent = [2]bool{There: there, Back: back} })
}

// Refuse sets whether new connections are refused.
func (l *Link) Refuse(refuse bool) {
	l.change(func() { l.refused = refuse })
}

func (l *Link) change(do func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	do()
	close(l.changed)
	l.changed = make(chan struct{})
}

// Reset breaks all connections. Data that has not arrived is lost.
func (l *Link) Reset() {
	l.mu.Lock()
	var all []*wire
	for w := range l.wires {
		all = append(all, w)
	}
	l.mu.Unlock()
	for _, w := range all {
		w.end()
	}
}

// state returns whether a direction is silent, whether new connections are refused, and a channel
// that is closed when either changes.
func (l *Link) state(d Direction) (silent, refused bool, changed <-chan struct{}) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.silent[d], l.refused, l.changed
}

// Dial makes a connection to the server that dial connects to.
func (l *Link) Dial(ctx context.Context, dial func(context.Context) (net.Conn, error)) (net.Conn, error) {
	for _, d := range []Direction{There, Back} {
		for {
			silent, refused, changed := l.state(d)
			if refused {
				return nil, &net.OpError{Op: "dial", Net: "memory", Err: syscall.ECONNREFUSED}
			}
			if !silent {
				break
			}
			select {
			case <-ctx.Done():
				return nil, &net.OpError{Op: "dial", Net: "memory", Err: ctx.Err()}
			case <-changed:
			}
		}
	}
	server, err := dial(ctx)
	if err != nil {
		return nil, err
	}
	client, near := net.Pipe()
	w := &wire{link: l, near: near, far: server, ended: make(chan struct{})}
	l.mu.Lock()
	l.wires[w] = struct{}{}
	l.mu.Unlock()
	w.carry(There, near, server)
	w.carry(Back, server, near)
	return client, nil
}

// wire is one connection of a link: data that comes in at one end goes out at the other.
type wire struct {
	link      *Link
	near, far net.Conn // the ends towards the client and the server
	once      sync.Once
	ended     chan struct{}
}

// end closes both ends.
func (w *wire) end() {
	w.once.Do(func() {
		close(w.ended)
		w.near.Close()
		w.far.Close()
		w.link.mu.Lock()
		delete(w.link.wires, w)
		w.link.mu.Unlock()
	})
}

// part is a part of the data of one direction.
type part struct {
	due  time.Time
	data []byte // nil: the sender has closed the connection
}

// carry moves all data from one end to the other, until an end is closed. It keeps any amount of
// data, so that a sender never waits.
func (w *wire) carry(d Direction, from, to net.Conn) {
	q := &partQueue{added: make(chan struct{}, 1)}
	go func() {
		for buffer := make([]byte, 4096); ; {
			n, err := from.Read(buffer)
			p := part{due: time.Now()}
			if w.link.delay != nil {
				p.due = p.due.Add(w.link.delay(d))
			}
			if n > 0 {
				p.data = slices.Clone(buffer[:n])
				q.add(p)
			}
			if err != nil {
				if p.data = nil; errors.Is(err, io.EOF) && w.dropsNow(d) {
					w.end()
				}
				q.add(p)
				return
			}
		}
	}()
	go func() {
		defer w.end()
		for {
			p, ok := q.next(w.ended)
			if !ok || !w.await(d, p.due) || p.data == nil {
				return
			}
			if _, err := to.Write(p.data); err != nil {
				return
			}
		}
	}()
}

// dropsNow reports whether the data of direction d is lost if the client closes the connection now.
func (w *wire) dropsNow(d Direction) bool {
	silent, _, _ := w.link.state(d)
	return d == There && silent && w.link.drops
}

// await returns when a part may go out; false: the wire has ended.
func (w *wire) await(d Direction, due time.Time) bool {
	if pause := time.Until(due); pause > 0 {
		timer := time.NewTimer(pause)
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-w.ended:
			return false
		}
	}
	for {
		silent, _, changed := w.link.state(d)
		if !silent {
			return true
		}
		select {
		case <-changed:
		case <-w.ended:
			return false
		}
	}
}

// partQueue holds the parts that are under way.
type partQueue struct {
	mu    sync.Mutex
	parts []part
	added chan struct{}
}

func (q *partQueue) add(p part) {
	q.mu.Lock()
	q.parts = append(q.parts, p)
	q.mu.Unlock()
	select {
	case q.added <- struct{}{}:
	default:
	}
}

// next waits for the next part; false: ended was closed.
func (q *partQueue) next(ended <-chan struct{}) (part, bool) {
	for {
		q.mu.Lock()
		if len(q.parts) > 0 {
			p := q.parts[0]
			q.parts = q.parts[1:]
			q.mu.Unlock()
			return p, true
		}
		q.mu.Unlock()
		select {
		case <-q.added:
		case <-ended:
			return part{}, false
		}
	}
}
