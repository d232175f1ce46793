// This file has strikes: disturbances of a process at one of its writes.

package virtual_test

import (
	"slices"
	"strings"
	"sync"
	"time"
)

// strike is a disturbance of a process at one of its writes.
type strike struct {
	at     string // is in the text that describes the write; "": any write
	after  int    // such writes that come before it
	behind bool
	do     func(atWrite bool) // called once, when that write begins or, if behind, has been carried out
}

// atWrite has do called at one of the next writes of the machine, or a minute later.
func (m *machine) atWrite(after int, behind bool, do func(atWrite bool)) {
	m.atWriteOf("", after, behind, longestWait, do)
}

// atWriteOf is atWrite for writes whose description holds at, within some time.
func (m *machine) atWriteOf(at string, after int, behind bool, within time.Duration, do func(atWrite bool)) {
	s := &strike{at, after, behind, do}
	m.mu.Lock()
	m.strikes = append(m.strikes, s)
	m.mu.Unlock()
	time.AfterFunc(within, func() {
		if m.remove(s) {
			do(false)
		}
	})
}

// remove removes a strike; false: its write came.
func (m *machine) remove(s *strike) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	i := slices.Index(m.strikes, s)
	if i >= 0 {
		m.strikes = slices.Delete(m.strikes, i, i+1)
	}
	return i >= 0
}

// longestWait is how long a strike waits for its write.
const longestWait = time.Minute

// freezeAt freezes the process of a machine at a write, as atWriteOf does, and has something done
// meanwhile. It reports whether that write came.
func (m *machine) freezeAt(written string, after int, behind bool, within, lasts time.Duration, meanwhile func()) (came bool) {
	frozen := make(chan func(), 1)
	m.atWriteOf(written, after, behind, within, func(atWrite bool) {
		came = atWrite
		frozen <- m.freeze()
	})
	thaw := <-frozen
	var during sync.WaitGroup
	during.Go(meanwhile)
	time.Sleep(lasts)
	thaw()
	during.Wait()
	return came
}

// struck returns the strike that this write meets; nil: none. Another that it meets waits for the
// next write.
func (p *process) struck(what string) *strike {
	p.machine.mu.Lock()
	defer p.machine.mu.Unlock()
	if what == "" || p.machine.process != p {
		return nil
	}
	for _, s := range p.machine.strikes {
		if strings.Contains(what, s.at) {
			s.after--
		}
	}
	i := slices.IndexFunc(p.machine.strikes, func(s *strike) bool { return s.after < 0 && strings.Contains(what, s.at) })
	if i < 0 {
		return nil
	}
	due := p.machine.strikes[i]
	p.machine.strikes = slices.Delete(p.machine.strikes, i, i+1)
	p.events.add(byAct, "strikes %s (behind the write: %v) at: %s", p.name, due.behind, what)
	return due
}
