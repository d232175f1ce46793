// What quotas make of the time left.

package progress

import (
	"slices"
	"time"

	"btrollout/internal/rollout"
	"btrollout/internal/throttle"
)

const (
	// quotaFree is the used part of a quota up to which it holds up no call.
	quotaFree = 0.8
	// steadyQuota is the longest period of a quota that holds up calls so often that it only makes
	// them less frequent.
	steadyQuota = 5 * time.Minute
	// pacedAfter is for how long a batch must have been allowed to order, without a break by a quota, for its
	// frequency of steps to count.
	pacedAfter = 10 * time.Minute
	// resuming is how long it takes at most, after a quota allows calls again, until the sites that wait for it
	// make them: their tasks come back within two seconds, are found within a few more, and then further sites
	// are admitted.
	resuming = 15 * time.Second
	// pollShare is the part of the calls that can be kept up which goes into polling while sites have no other
	// calls to make: jobs.IdleShare, which a test compares.
	pollShare = 0.5
)

// isPaced reports whether the frequency of steps says how fast further ones are: sites wait for their
// calls, and neither a quota nor a window held them up.
func (f *forecast) isPaced() bool {
	for _, q := range f.budget.Quotas {
		if isLong(q) && (float64(q.Used) > quotaFree*float64(q.Quota.Calls) || q.HadBreak(pacedAfter)) {
			return false
		}
	}
	return f.facts.steps.Seen >= seenSteps && f.budget.Pause == 0 && f.calendar.wasOpenFor(pacedAfter) &&
		f.batch.Counts[rollout.Imported]+f.batch.Counts[rollout.Validated] > 0
}

// doesQuotaBind reports whether a quota delays the orders of a batch with windows: calls outside the windows
// leave less of it for the orders.
func (f *forecast) doesQuotaBind() bool {
	if f.own.orders == 0 || f.calendar.isAlwaysOpen() {
		return false
	}
	c := course{steps: f.own, others: f.most, part: mostCalls, lookups: f.lookups}
	_, closes := f.calendar.hours(0)
	took := f.timeFor(c, c.all(), f.orderHours)
	return took > closes && took > f.timeWithoutQuotas(c, c.all(), f.orderHours)+time.Minute
}

// mayLackQuota reports whether other batches use up an unknown part of a quota while the windows are closed.
func (f *forecast) mayLackQuota() bool { return f.quotaBinds && f.most > 0 }

// calledAt is when the last call of a course is made, and whether a quota stops calls for long before.
func (f *forecast) calledAt(c course, hours throttle.Hours) (at time.Duration, stopped bool) {
	at = f.timeFor(c, c.all(), hours)
	return at, at > f.timeWithoutQuotas(c, c.all(), hours)+f.interval()
}

// timeWithoutQuotas is timeFor if there were only quotas that make calls less frequent.
func (f *forecast) timeWithoutQuotas(c course, steps int, hours throttle.Hours) time.Duration {
	budget := f.budget
	budget.Quotas = slices.DeleteFunc(slices.Clone(budget.Quotas), isLong)
	return f.timeWithin(budget, c, steps, hours)
}

// isLong reports whether a quota stops calls for long once it is used up.
func isLong(q throttle.Usage) bool { return q.Quota.Per > steadyQuota }

// resumed is when the last call is made if calls take a while to resume after a quota stopped them.
func (c course) resumed(while time.Duration) time.Duration {
	if c.stopped {
		return c.called + while
	}
	return c.called
}

// calledBesidePolls is when the last call of a course is made, if polls until the end use up a quota, so that it
// stops the last calls; 0: it does not.
func (f *forecast) calledBesidePolls(c course, end time.Duration) time.Duration {
	margin := float64(c.all()) * (callsPerStep*c.part - 1) // so many polls are counted already
	c.lookups += max(0, f.pollsWithin(end-f.calendar.openWithin(c.called))-margin) / c.part
	if c.called, c.stopped = f.calledAt(c, f.addressHours(c.ordered)); !c.stopped {
		return 0
	}
	return c.resumed(reopening)
}

// pollsWithin is how many calls go into polling, at most, within a time in which sites wait only. Each of them
// counts against a quota for as long as the quota's period, and may be lacking later.
func (f *forecast) pollsWithin(idle time.Duration) float64 {
	perSecond := f.budget.Rate.PerSecond()
	for _, q := range f.budget.Quotas {
		perSecond = min(perSecond, q.Quota.PerSecond())
	}
	return perSecond * pollShare * max(0, idle).Seconds()
}

// betweenPolls is how long a delivery may go unnoticed because the quotas let polls be made so seldom.
func (f *forecast) betweenPolls() (longest time.Duration) {
	for _, q := range f.budget.Quotas {
		if isLong(q) {
			longest = max(longest, time.Duration(float64(q.Quota.Interval())/pollShare))
		}
	}
	return longest
}
