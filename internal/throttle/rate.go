// Rates and quotas as people write them.

package throttle

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Rate is a number of calls in a period: evenly spaced as a rate, in any rhythm as a quota.
type Rate struct {
	Calls int           // above 0
	Per   time.Duration // a second, a minute, an hour or a day
}

var units = []struct {
	name string
	per  time.Duration
}{{"s", time.Second}, {"m", time.Minute}, {"h", time.Hour}, {"d", 24 * time.Hour}}

// ParseRate parses a rate such as 20/s, 600/m, 2500/h or 50000/d. The error says how to
// write one.
func ParseRate(text string) (Rate, error) {
	count, unit, _ := strings.Cut(strings.TrimSpace(text), "/")
	calls, err := strconv.Atoi(count)
	if err == nil && calls > 0 {
		for _, u := range units {
			if u.name == unit {
				return Rate{Calls: calls, Per: u.per}, nil
			}
		}
	}
	return Rate{}, fmt.Errorf("%q is not a rate; write a whole number of calls above 0 and a unit, "+
		"such as 20/s, 600/m, 2500/h or 50000/d", text)
}

// ParseQuotas parses rates separated by commas, such as 600/m,50000/d; an empty text means
// no quota. No two may have the same period.
func ParseQuotas(text string) ([]Rate, error) {
	if strings.TrimSpace(text) == "" {
		return nil, nil
	}
	var quotas []Rate
	for part := range strings.SplitSeq(text, ",") {
		q, err := ParseRate(part)
		if err != nil {
			return nil, err
		}
		for _, other := range quotas {
			if other.Per == q.Per {
				return nil, fmt.Errorf("%s and %s are quotas of the same period; keep the smaller one", other, q)
			}
		}
		quotas = append(quotas, q)
	}
	return quotas, nil
}

// String returns the rate in the form that ParseRate parses.
func (r Rate) String() string {
	for _, u := range units {
		if u.per == r.Per {
			return strconv.Itoa(r.Calls) + "/" + u.name
		}
	}
	return fmt.Sprintf("%d/%v", r.Calls, r.Per)
}

// Interval returns the time from one call to the next.
func (r Rate) Interval() time.Duration { return r.Per / time.Duration(r.Calls) }

// PerSecond returns the rate in calls a second.
func (r Rate) PerSecond() float64 { return float64(r.Calls) / r.Per.Seconds() }
