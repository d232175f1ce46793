// The pace of a batch: how fast its sites move, and how long its deliveries took. advanceScript
// counts both, so that they are known to a process that reads the batch for the first time.

package ledger

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
)

const (
	// paceWindow is the time constant of the counts of a pace: what happened so long ago counts
	// for 1/e.
	paceWindow = 5 * time.Minute
	// Delivery times are counted in classes, deliverySteps to each doubling: a class reaches 1.1 %
	// above and below its middle.
	deliverySteps = 32
	// The time of a delivery is known if it is certain but for certainTime, the longest regular time
	// between two polls, or one of certainShare parts of the time that it took. While a quota is used
	// up, no order is asked for: of a delivery in that time, it is only known what it took at least.
	certainTime, certainShare = time.Minute, 5
)

// Fields of keyPace. fieldDelivered and fieldUnseen are followed by the number of a class.
const (
	fieldSteps     = "steps"
	fieldEnded     = "ended"
	fieldDelivered = "d"
	fieldUnseen    = "u"
)

// paceLua begins the script that counts the pace.
//
//	count(pace, field, now): counts one event. The count decays with paceWindow; one that has
//	decayed begins anew.
//	countDelivery(pace, ordered, undelivered, now): counts a delivery of an order that was made
//	at ordered. If it is too uncertain when it was delivered, after undelivered, the time until
//	then is counted; if undelivered is not known (below 1), nothing.
var paceLua = fmt.Sprintf(`
local function count(pace, field, now)
  local n, at, since = (redis.call('HGET', pace, field) or ''):match('^(%%S+) (%%d+) (%%d+)$')
  n, at, since = tonumber(n) or 0, tonumber(at) or now, tonumber(since) or now
  n = n * math.exp(-math.max(0, now - at) / %d)
  if not (n >= 0.5 and n < 1e12) or since > now then n, since = 0, now end
  redis.call('HSET', pace, field, string.format('%%.6g %%.0f %%.0f', n + 1, now, since))
end
local function countDelivery(pace, ordered, undelivered, now)
  if undelivered <= 0 then return end
  local took, field = now - ordered, '%s'
  if now - math.max(ordered, undelivered) > math.max(took / %d, %d) then
    took, field = undelivered - ordered, '%s'
  end
  local class = math.floor(math.log(math.max(1, took)) / math.log(2) * %d)
  redis.pcall('HINCRBY', pace, field .. string.format('%%.0f', class), 1)
end
`, paceWindow.Milliseconds(), fieldDelivered, certainShare, certainTime.Milliseconds(), fieldUnseen, deliverySteps)

// Pace is how fast the sites of batches move.
type Pace struct {
	Steps      Frequency  // orders made and addresses pushed
	Ended      Frequency  // sites that ended
	Deliveries []Delivery // the shortest first
	Unseen     []Delivery // those of which it is only known that they took longer than After
}

// Frequency is how often something happened lately.
type Frequency struct {
	PerSecond float64 // on average, the last minutes counting most; 0: never, or once
	Seen      float64 // how many times it happened, as far as PerSecond counts them
}

// Delivery counts orders that were delivered after a time, as far as a worker noticed.
type Delivery struct {
	After  time.Duration // from the order to its delivery, within 1.1 %
	Orders int
}

// Paces returns the paces of batches. A record that is missing or cannot be read counts as empty.
func (l *Ledger) Paces(ctx context.Context, batches ...string) ([]Pace, error) {
	pipe := l.rdb.Pipeline()
	clock := pipe.Time(ctx)
	read := make([]*redis.MapStringStringCmd, len(batches))
	for i, id := range batches {
		read[i] = pipe.HGetAll(ctx, keyPace(id))
	}
	if err := served(pipe.Exec(ctx)); err != nil {
		return nil, fmt.Errorf("reading how fast batches are: %w", err)
	}
	paces := make([]Pace, len(batches))
	for i, cmd := range read {
		paces[i] = readPace(cmd.Val(), clock.Val())
	}
	return paces, nil
}

// readPace reads the fields of keyPace.
func readPace(fields map[string]string, now time.Time) Pace {
	p := Pace{Steps: readFrequency(fields[fieldSteps], now), Ended: readFrequency(fields[fieldEnded], now)}
	p.Deliveries, p.Unseen = readDeliveries(fields, fieldDelivered), readDeliveries(fields, fieldUnseen)
	return p
}

// readDeliveries reads the fields of keyPace that count deliveries by classes.
func readDeliveries(fields map[string]string, prefix string) (list []Delivery) {
	for field, value := range fields {
		class, found := strings.CutPrefix(field, prefix)
		n, err1 := strconv.Atoi(class)
		orders, err2 := strconv.Atoi(value)
		if !found || err1 != nil || err2 != nil || n < 0 || n > 63*deliverySteps || orders <= 0 {
			continue
		}
		ms := math.Exp2((float64(n) + 0.5) / deliverySteps)
		list = append(list, Delivery{time.Duration(ms * float64(time.Millisecond)), orders})
	}
	slices.SortFunc(list, func(a, b Delivery) int { return cmp.Compare(a.After, b.After) })
	return list
}

// readFrequency reads a count of keyPace.
func readFrequency(text string, now time.Time) Frequency {
	fields := strings.Fields(text)
	if len(fields) != 3 {
		return Frequency{}
	}
	n, err1 := strconv.ParseFloat(fields[0], 64)
	at, err2 := strconv.ParseInt(fields[1], 10, 64)
	since, err3 := strconv.ParseInt(fields[2], 10, 64)
	if err1 != nil || err2 != nil || err3 != nil || !(n >= 0 && n <= math.MaxInt64) { // nor NaN
		return Frequency{}
	}
	left := func(since int64) float64 { // of a count since then
		return math.Exp(-max(0, now.Sub(time.UnixMilli(since)).Seconds()) / paceWindow.Seconds())
	}
	n *= left(at)
	over := paceWindow.Seconds() * (1 - left(since))
	f := Frequency{Seen: n}
	if n -= left(since); n > 0 && over > 0 { // without the first one, from which on time is counted
		f.PerSecond = n / over
	}
	return f
}
