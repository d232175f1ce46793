// Connections in memory whose writers never wait.

package redistest

import (
	"bytes"
	"io"
	"net"
	"os"
	"sync"
	"time"
)

// newPipe makes the two ends of a connection. Any amount of data that is written to one end is
// kept until it is read from the other. Unlike with net.Pipe, a writer never waits, and neither a
// long pipeline of commands nor its replies can block both ends.
func newPipe() (near, far *pipeEnd) {
	there, back := newHalf(), newHalf()
	return &pipeEnd{in: back, out: there}, &pipeEnd{in: there, out: back}
}

// half is one direction of a pipe.
type half struct {
	mu       sync.Mutex
	data     bytes.Buffer // written, and not read yet
	ended    bool         // no more data comes: the writer has closed its end
	closed   bool         // the reader has closed its end
	deadline time.Time
	waiting  bool          // the reader waits for changed
	changed  chan struct{} // of capacity 1
}

func newHalf() *half { return &half{changed: make(chan struct{}, 1)} }

// change changes the direction and wakes its reader.
func (h *half) change(do func()) {
	h.mu.Lock()
	defer h.mu.Unlock()
	do()
	if h.waiting {
		h.waiting = false
		h.changed <- struct{}{}
	}
}

// take moves data that has arrived to b. If there is none, the reader must wait for changed, until
// deadline unless that is zero.
func (h *half) take(b []byte) (n int, deadline time.Time, err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed {
		return 0, h.deadline, io.ErrClosedPipe
	}
	n, _ = h.data.Read(b) // its error is that there is no data
	switch {
	case n > 0:
	case h.ended:
		err = io.EOF
	case !h.deadline.IsZero() && !time.Now().Before(h.deadline):
		err = os.ErrDeadlineExceeded
	default:
		h.waiting = true
	}
	return n, h.deadline, err
}

// pipeEnd is one end of a pipe. As with any net.Conn, several goroutines may use it, but only
// one at a time may read.
type pipeEnd struct{ in, out *half }

// Read reads the data that has arrived, or waits for some.
func (p *pipeEnd) Read(b []byte) (int, error) {
	for {
		n, deadline, err := p.in.take(b)
		if n > 0 || err != nil {
			return n, err
		}
		if deadline.IsZero() {
			<-p.in.changed
			continue
		}
		timer := time.NewTimer(time.Until(deadline))
		select {
		case <-p.in.changed:
		case <-timer.C:
			p.in.change(func() {})
			<-p.in.changed
		}
		timer.Stop()
	}
}

// Write sends b to the other end.
func (p *pipeEnd) Write(b []byte) (n int, err error) {
	p.out.change(func() {
		if p.out.ended || p.out.closed {
			err = io.ErrClosedPipe
			return
		}
		n, err = p.out.data.Write(b)
	})
	return n, err
}

// Close closes this end. The other end can still read the data that was written before, then
// io.EOF.
func (p *pipeEnd) Close() error {
	p.in.change(func() { p.in.closed = true })
	p.out.change(func() { p.out.ended = true })
	return nil
}

// abort ends the connection for both ends. Data that has not been read is lost.
func (p *pipeEnd) abort() {
	for _, h := range []*half{p.in, p.out} {
		h.change(func() {
			h.ended = true
			h.data.Reset()
		})
	}
}

func (p *pipeEnd) LocalAddr() net.Addr  { return pipeAddress{} }
func (p *pipeEnd) RemoteAddr() net.Addr { return pipeAddress{} }

// SetDeadline sets the deadline of reading. Writing needs none.
func (p *pipeEnd) SetDeadline(at time.Time) error { return p.SetReadDeadline(at) }

// SetReadDeadline sets when a Read that waits fails; the zero time: never.
func (p *pipeEnd) SetReadDeadline(at time.Time) error {
	p.in.change(func() { p.in.deadline = at })
	return nil
}

// SetWriteDeadline does nothing, because no Write waits.
func (p *pipeEnd) SetWriteDeadline(time.Time) error { return nil }

// pipeAddress is the address of both ends.
type pipeAddress struct{}

func (pipeAddress) Network() string { return "memory" }
func (pipeAddress) String() string  { return "memory" }
