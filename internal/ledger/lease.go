// Leases: each gives a piece of work to one process at a time, for a limited time, so that
// a process that died delays the others only until its lease expires. A Duty is a lease of a known
// owner, whose writes are refused when it is over; a Timer is a lease that only measures time.

package ledger

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"
)

// ErrNoLongerLeader says that the caller does not lead the duty (any more): its lease expired, and
// perhaps another process leads by now. What the caller wanted to write was not written.
var ErrNoLongerLeader = errors.New("this process does not lead this duty any more")

// Duty is work that one process at a time does, its leader, such as a poll of a customer's orders. Who
// acquires it leads it for a Term.
type Duty struct {
	rdb         *redis.Client
	name, owner string
}

// Duty returns the duty of that name, to be acquired by owner, which no other process has. It calls
// no Redis.
func (l *Ledger) Duty(name, owner string) Duty { return Duty{rdb: l.rdb, name: name, owner: owner} }

// Acquire makes the caller the leader for lifetime, unless a process leads already. It reports
// whether it did.
func (d Duty) Acquire(ctx context.Context, lifetime time.Duration) (t Term, acquired bool, err error) {
	number, err := acquireDutyScript.Run(ctx, d.rdb, []string{keyLease(d.name), keyTerms()}, leaseMS(lifetime), d.owner).Int64()
	if err != nil {
		return Term{}, false, fmt.Errorf("acquiring the duty %q: %w", d.name, err)
	}
	if number == 0 {
		return Term{}, false, nil
	}
	return Term{rdb: d.rdb, name: d.name, Number: number, text: strconv.FormatInt(number, 10) + " " + d.owner}, true, nil
}

// Term is the time for which a process leads a duty, from Acquire until its lease expires or is
// released. What its leader writes as the leader takes the Term as an argument, by: the script that
// writes compares the lease with it, and writes nothing if the Term is over. So a process that was
// frozen cannot write beside the next leader. The zero Term is that of a caller that needs no
// duty: its writes are never refused.
type Term struct {
	rdb    *redis.Client
	name   string
	text   string // the content of the lease
	Number int64  // higher than that of each earlier term, of any duty
}

// Extend sets the remaining time of the lease to lifetime, even if it is shorter than before. The
// error is ErrNoLongerLeader if the term is over.
func (t Term) Extend(ctx context.Context, lifetime time.Duration) error {
	n, err := extendDutyScript.Run(ctx, t.rdb, []string{keyLease(t.name)}, t.text, leaseMS(lifetime)).Int()
	return t.outcome("extending", n, err)
}

// Release ends the term before its lease expires. The error is ErrNoLongerLeader if it is over
// already.
func (t Term) Release(ctx context.Context) error {
	return t.release(ctx, Timer{}, 0)
}

// ReleaseAndStart is Release, and begins a timer at the same moment, as Timer.Extend does. If the term
// is over already, the timer is left alone.
func (t Term) ReleaseAndStart(ctx context.Context, p Timer, lifetime time.Duration) error {
	return t.release(ctx, p, leaseMS(lifetime))
}

func (t Term) release(ctx context.Context, p Timer, ms int64) error {
	n, err := releaseDutyScript.Run(ctx, t.rdb, []string{keyLease(t.name), keyLease(p.name)}, t.text, ms).Int()
	return t.outcome("releasing", n, err)
}

// outcome is the error of a script that answered n, 0 if the term is over.
func (t Term) outcome(doing string, n int, err error) error {
	if err == nil && n == 0 {
		err = ErrNoLongerLeader
	}
	if err != nil {
		return fmt.Errorf("%s the duty %q: %w", doing, t.name, err)
	}
	return nil
}

// ExtendWhile calls do, and extends the lease to lifetime again and again until do returns; if the
// process dies, the lease expires within lifetime. When the term turns out to be over, the context
// of do ends, and the error is ErrNoLongerLeader, with that of do. Otherwise it is the error of do.
// ExtendWhile does not release the lease.
func (t Term) ExtendWhile(ctx context.Context, lifetime time.Duration, do func(context.Context) error) error {
	ctx, cancel := context.WithCancel(ctx)
	var over error
	var extending sync.WaitGroup
	extending.Go(func() {
		tick := time.NewTicker(lifetime / 3)
		defer tick.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
			}
			if err := t.Extend(ctx, lifetime); errors.Is(err, ErrNoLongerLeader) { // any other error: the next tick tries again
				over = err
				cancel()
				return
			}
		}
	})
	err := do(ctx)
	cancel()
	if extending.Wait(); over != nil {
		err = errors.Join(over, err)
	}
	return err
}

// Fence returns what a script of another package needs to refuse a write after the term is over: a
// key, and an argument. The script begins with FenceLua.
func (t Term) Fence() (key, term string) { return keyLease(t.name), t.text }

// FenceLua begins scripts that write for the leader of a duty.
//
//	leads(lease, term): whether the term, by Term.Fence, is not over; '': the caller needs no duty
const FenceLua = `
local function leads(lease, term)
  return term == '' or redis.pcall('GET', lease) == term
end
`

// refused is the answer of a script that wrote nothing, because the term of its caller is over.
const refused = -9

// leaseMS is the lifetime of a lease as scripts take it.
func leaseMS(lifetime time.Duration) int64 { return max(1, lifetime.Milliseconds()) }

// acquireDutyScript acquires a duty whose lease is free, or damaged: its key has no expiry. A lease of an
// earlier version is like any other. The number is higher than the last one. It is also not below
// the time, so that it is higher than those of an older copy of the data, or of an empty Redis.
//
//	KEYS  1 lease, 2 terms
//	ARGV  1 lifetime (ms), 2 owner
//	answer: the number of the term; 0: a process leads already
var acquireDutyScript = redis.NewScript(nowInLua + `
if redis.call('EXISTS', KEYS[1]) == 1 and redis.call('PTTL', KEYS[1]) ~= -1 then return 0 end
local last = tonumber(redis.pcall('GET', KEYS[2])) or 0
if last >= 2^53 then last = 0 end -- the record is damaged
local number = math.max(last + 1, now)
local text = string.format('%.0f', number)
redis.call('SET', KEYS[2], text)
redis.call('SET', KEYS[1], text .. ' ' .. ARGV[2], 'PX', ARGV[1])
return number`)

// extendDutyScript sets the remaining time of a lease.
//
//	KEYS  1 lease
//	ARGV  1 term, 2 lifetime (ms)
//	answer: 1 extended, 0 the term is over
var extendDutyScript = redis.NewScript(FenceLua + `
if not leads(KEYS[1], ARGV[1]) then return 0 end
return redis.call('PEXPIRE', KEYS[1], ARGV[2])`)

// releaseDutyScript frees a lease, and begins a timer.
//
//	KEYS  1 lease, 2 lease of the timer
//	ARGV  1 term, 2 lifetime of the timer (ms), 0: there is none
//	answer: 1 released, 0 the term is over
var releaseDutyScript = redis.NewScript(FenceLua + `
if not leads(KEYS[1], ARGV[1]) then return 0 end
redis.call('DEL', KEYS[1])
if ARGV[2] ~= '0' then redis.call('SET', KEYS[2], '1', 'PX', ARGV[2]) end
return 1`)

// Timer is a timer that all processes share: of those that find it over, one acquires it, and may do
// what is then due. Redis does not record which process that is, and any process may change the timer.
// What is due may be done by two processes at once, if it takes longer than the timer.
type Timer struct {
	rdb  *redis.Client
	name string
}

// Timer returns the timer of that name. It calls no Redis.
func (l *Ledger) Timer(name string) Timer { return Timer{rdb: l.rdb, name: name} }

// Acquire begins the timer, for lifetime, if it is over, and reports whether it did.
func (p Timer) Acquire(ctx context.Context, lifetime time.Duration) (bool, error) {
	acquired, _, err := p.AcquireOrRemaining(ctx, lifetime)
	return acquired, err
}

// AcquireOrRemaining is Acquire. If the timer is not over, left is its remaining time, unless it is
// extended, shortened or released meanwhile.
func (p Timer) AcquireOrRemaining(ctx context.Context, lifetime time.Duration) (acquired bool, left time.Duration, err error) {
	err = p.rdb.SetArgs(ctx, keyLease(p.name), "1", redis.SetArgs{Mode: "NX", TTL: lifetime}).Err()
	acquired = err == nil
	if errors.Is(err, redis.Nil) {
		acquired, left, err = p.readRemaining(ctx, lifetime)
	}
	if err != nil {
		return false, 0, fmt.Errorf("acquiring the timer %q: %w", p.name, err)
	}
	return acquired, left, nil
}

// readRemaining returns the remaining time of a timer. If its key has no expiry, the record is
// damaged and the timer is over: then it is acquired.
func (p Timer) readRemaining(ctx context.Context, lifetime time.Duration) (acquired bool, left time.Duration, err error) {
	const noExpiry = -1 // the answer of PTTL
	left, err = p.rdb.PTTL(ctx, keyLease(p.name)).Result()
	if err != nil || left != noExpiry {
		return false, max(0, left), err
	}
	n, err := acquireTimerScript.Run(ctx, p.rdb, []string{keyLease(p.name)}, leaseMS(lifetime)).Int()
	return n == 1, 0, err
}

// IsHeld reports whether the timer is not over.
func (p Timer) IsHeld(ctx context.Context) (bool, error) {
	n, err := p.rdb.Exists(ctx, keyLease(p.name)).Result()
	if err != nil {
		return false, fmt.Errorf("reading the timer %q: %w", p.name, err)
	}
	return n > 0, nil
}

// Extend sets the remaining time of the timer to lifetime, even if it is shorter than before. A
// timer that is over begins again.
func (p Timer) Extend(ctx context.Context, lifetime time.Duration) error {
	if err := p.rdb.Set(ctx, keyLease(p.name), "1", lifetime).Err(); err != nil {
		return fmt.Errorf("extending the timer %q: %w", p.name, err)
	}
	return nil
}

// ShortenTo caps the remaining time of the timer at most. A timer that is over stays so.
func (p Timer) ShortenTo(ctx context.Context, most time.Duration) error {
	if err := shortenScript.Run(ctx, p.rdb, []string{keyLease(p.name)}, most.Milliseconds()).Err(); err != nil {
		return fmt.Errorf("shortening the timer %q: %w", p.name, err)
	}
	return nil
}

// Release ends the timer before its time.
func (p Timer) Release(ctx context.Context) error {
	if err := p.rdb.Del(ctx, keyLease(p.name)).Err(); err != nil {
		return fmt.Errorf("releasing the timer %q: %w", p.name, err)
	}
	return nil
}

// acquireTimerScript acquires a timer that is over, or damaged: its key has no expiry.
//
//	KEYS  1 lease
//	ARGV  1 lifetime (ms)
//	answer: 1 acquired, 0 the timer is not over
var acquireTimerScript = redis.NewScript(`
if redis.call('EXISTS', KEYS[1]) == 1 and redis.call('PTTL', KEYS[1]) ~= -1 then return 0 end
redis.call('DEL', KEYS[1])
redis.call('SET', KEYS[1], '1', 'PX', ARGV[1])
return 1`)

// shortenScript caps the remaining time of a timer.
//
//	KEYS  1 lease
//	ARGV  1 the longest remaining time (ms)
//	answer: 1 shortened; 0 the timer ends before that, is over or has no expiry
var shortenScript = redis.NewScript(`
if redis.call('PTTL', KEYS[1]) <= tonumber(ARGV[1]) then return 0 end
return redis.call('PEXPIRE', KEYS[1], ARGV[1])`)
