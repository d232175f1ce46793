// This file has what people decide while the workers are at work: they pause batches, cancel them, have
// rows tried again, change when and in which order batches order, and purge batches.

package virtual_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"btrollout/internal/jobs"
	"btrollout/internal/judge"
	"btrollout/internal/ledger"
	"btrollout/internal/retention"
	"btrollout/internal/rollout"
)

// people remembers what people decided. It is safe for concurrent use.
type people struct {
	mu      sync.Mutex
	decided map[string]judge.Decided                   // by batch
	retried map[string]map[rollout.RowRef]map[int]bool // by batch, row, and the version of its record then
	latest  time.Time                                  // when rows were last tried again
	made    []decisionMade
}

// decisionMade is a decision of which Redis said that it was made.
type decisionMade struct {
	at    time.Time
	batch string // "": of all batches
	what  rollout.AuditEvent
}

func newPeople() *people {
	return &people{decided: map[string]judge.Decided{}, retried: map[string]map[rollout.RowRef]map[int]bool{}}
}

// change changes what is known of the decisions about a batch.
func (p *people) change(batch string, change func(*judge.Decided)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	d := p.decided[batch]
	change(&d)
	p.decided[batch] = d
}

// noteRetry notes that a row is tried again now. It may have one more order if the last one was rejected.
func (p *people) noteRetry(s rollout.Site) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.retried[s.Batch] == nil {
		p.retried[s.Batch] = map[rollout.RowRef]map[int]bool{}
	}
	if p.retried[s.Batch][s.Row] == nil {
		p.retried[s.Batch][s.Row] = map[int]bool{}
	}
	if wasRejected(s) {
		p.retried[s.Batch][s.Row][s.Version] = true
	}
}

// forJudge returns the decisions as package judge takes them.
func (p *people) forJudge() map[string]judge.Decided {
	p.mu.Lock()
	defer p.mu.Unlock()
	for batch, rows := range p.retried {
		d := p.decided[batch]
		d.Retried = map[int]int{}
		for row, versions := range rows {
			d.Retried[int(row)] = len(versions)
		}
		p.decided[batch] = d
	}
	return p.decided
}

// noteRetries notes that rows are tried again now.
func (p *people) noteRetries() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.latest = time.Now()
}

// triedAgainLately reports whether rows that had ended may have begun again lately.
func (p *people) triedAgainLately() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return time.Since(p.latest) < longestDecision
}

// note notes that a decision was made.
func (p *people) note(batch string, what rollout.AuditEvent) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.made = append(p.made, decisionMade{time.Now(), batch, what})
}

// madeSince returns the decisions about a batch that were made after a time.
func (p *people) madeSince(batch string, t time.Time) (made []rollout.AuditEvent) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, d := range p.made {
		if d.batch == batch && d.at.After(t) {
			made = append(made, d.what)
		}
	}
	return made
}

// longestDecision is for how long a person tries to make a decision while Redis does not take it.
const longestDecision = 3 * time.Minute

// insist tries to make a decision until Redis takes it, or says that it cannot be made. It reports
// whether it was made; what is then noted.
func (o *office) insist(ctx context.Context, batch string, what rollout.AuditEvent, decide func() error) bool {
	const again = 2 * time.Second
	for began := time.Now(); ; time.Sleep(again) {
		err := decide()
		o.events.add(byAct, "%s %s: %v", what, batch, err)
		impossible := errors.Is(err, jobs.ErrEnded) || errors.Is(err, ledger.ErrNotFound) || errors.Is(err, jobs.ErrCancelling) ||
			errors.Is(err, jobs.ErrPurged)
		switch {
		case err == nil:
			o.people.note(batch, what)
			return true
		case impossible || ctx.Err() != nil || time.Since(began) > longestDecision:
			return false
		}
	}
}

// pick returns one of the batches for which suits is true; false: there is none.
func (o *office) pick(ctx context.Context, which int, suits func(rollout.Batch) bool) (rollout.Batch, bool) {
	batches := slices.DeleteFunc(o.readBatches(ctx), func(b rollout.Batch) bool { return !suits(b) })
	if len(batches) == 0 {
		return rollout.Batch{}, false
	}
	slices.SortFunc(batches, func(a, b rollout.Batch) int { return cmp.Compare(a.ID, b.ID) })
	return batches[which%len(batches)], true
}

// isUnderWay reports whether sites of a batch may still be ordered, or its upload is not over.
func isUnderWay(b rollout.Batch) bool {
	return b.State == rollout.Importing || (b.State == rollout.Running || b.State == rollout.Blocked) && b.Open() > 0
}

// decideAct carries out an act of a person, and ends it. It reports whether the act struck.
func (o *office) decideAct(ctx context.Context, a act) (struck bool) {
	l := o.with.ledger
	switch a.kind {
	case retryBatch:
		return o.within(a.lasts, func() bool { return o.retry(ctx, a) })
	case purgeBatch:
		return o.within(a.lasts, func() bool { return o.purge(ctx, a) })
	case pauseAll:
		struck = o.insist(ctx, "", rollout.AuditAllPaused, func() error { return l.PauseAll(ctx) }) && !o.settled(ctx)
		time.Sleep(a.lasts)
		o.held.end(func() { o.insist(ctx, "", rollout.AuditAllResumed, func() error { return l.ResumeAll(ctx) }) })
		return struck
	}
	b, found := o.pick(ctx, a.after, isUnderWay)
	if !found {
		return false
	}
	switch a.kind {
	case pauseBatch:
		struck = o.insist(ctx, b.ID, rollout.AuditPaused, func() error { return jobs.Pause(ctx, l, b.ID) })
		time.Sleep(a.lasts)
		o.held.end(func() { o.insist(ctx, b.ID, rollout.AuditResumed, func() error { return jobs.Resume(ctx, l, b.ID) }) })
	case cancelBatch:
		o.people.change(b.ID, func(d *judge.Decided) { d.Cancelled, d.Left = true, d.Left || a.behind })
		return o.insist(ctx, b.ID, rollout.AuditCancelled, func() error { return jobs.Cancel(ctx, l, o.with.queue, b.ID, a.behind) })
	case replanBatch:
		struck = o.replan(ctx, b.ID, func(p *rollout.Plan) {
			p.Urgent, p.First, p.ByCountry = true, [][]string{{"NL", "FR"}, {"CH"}, nil}[a.after%3], a.behind
		})
		time.Sleep(a.lasts)
		o.replan(ctx, b.ID, func(p *rollout.Plan) { p.Urgent, p.First = false, nil })
	case windowBatch:
		opens := time.Now().UTC().Truncate(time.Minute).Add(time.Duration(1+a.after%2) * time.Minute)
		closes := opens.Add(time.Minute)
		const clock = "15:04"
		struck = o.replan(ctx, b.ID, func(p *rollout.Plan) {
			p.Windows, p.Strict = []string{fmt.Sprintf("%s-%s UTC", opens.Format(clock), closes.Format(clock))}, a.behind
		})
		time.Sleep(time.Until(closes) + a.lasts)
		o.held.end(func() { o.replan(ctx, b.ID, func(p *rollout.Plan) { p.Windows, p.Strict = nil, false }) })
	}
	return struck
}

// holdNow pauses everything or, behind, cancels a batch.
func (o *office) holdNow(ctx context.Context, a act) bool {
	if a.behind {
		a.kind, a.behind = cancelBatch, a.after%2 == 0
		return o.decideAct(ctx, a)
	}
	return o.insist(ctx, "", rollout.AuditAllPaused, func() error { return o.with.ledger.PauseAll(ctx) }) && !o.settled(ctx)
}

// endHoldNow ends what holdNow did, after a while.
func (o *office) endHoldNow(ctx context.Context, a act) {
	if !a.behind {
		time.Sleep(a.lasts)
		o.held.end(func() {
			o.insist(ctx, "", rollout.AuditAllResumed, func() error { return o.with.ledger.ResumeAll(ctx) })
		})
	}
}

// within tries something until it succeeds, for so long.
func (o *office) within(lasts time.Duration, try func() bool) bool {
	const again = 5 * time.Second
	for began := time.Now(); time.Since(began) < lasts; time.Sleep(again) {
		if try() {
			return true
		}
	}
	return false
}

// replan changes the plan of a batch.
func (o *office) replan(ctx context.Context, batch string, change func(*rollout.Plan)) bool {
	return o.insist(ctx, batch, rollout.AuditPlanned, func() error {
		_, err := jobs.Replan(ctx, o.with.ledger, batch, func(p *rollout.Plan) error { change(p); return nil })
		return err
	})
}

// retry has all rows of a batch tried again that failed or were cancelled; if the act is behind, it gives
// up the rows in review first, and these are tried again, too. It reports whether rows are tried again.
func (o *office) retry(ctx context.Context, a act) bool {
	b, found := o.pick(ctx, a.after, func(b rollout.Batch) bool {
		n := b.Counts[rollout.Failed] + b.Counts[rollout.Cancelled]
		if a.behind {
			n += b.Counts[rollout.Review]
		}
		return n > 0 && b.WithdrawnAt.IsZero() && b.Purged.IsZero() && (b.Cancelled == rollout.NotCancelled || b.State == rollout.Done)
	})
	if !found {
		return false
	}
	if a.behind {
		o.giveUp(ctx, b.ID)
	}
	tried := 0
	o.held.end(func() {
		o.insist(ctx, b.ID, rollout.AuditRetried, func() error {
			plan, err := jobs.PlanRetry(ctx, o.with.ledger, b.ID, jobs.Selection{GivenUp: a.behind}, nil)
			if err != nil {
				return err
			}
			if len(plan.Rows) == 0 {
				return jobs.ErrEnded // nothing can be tried again
			}
			var before []rollout.Site
			for _, row := range plan.Rows {
				_, s, err := o.direct.Load(ctx, b.ID, row.Row)
				if err != nil {
					continue
				}
				before = append(before, s)
				o.people.noteRetry(s)
			}
			o.people.noteRetries()
			n, _, err := jobs.RetryRows(ctx, o.with.ledger, plan, nil)
			o.checkRemembered(ctx, before)
			o.people.noteRetries()
			tried += n
			return err
		})
	})
	return tried > 0
}

// checkRemembered finds rows that were just tried again, and whose attempt to order was forgotten, or is not
// looked up although nobody knows what became of it. Before has the rows as they had ended.
func (o *office) checkRemembered(ctx context.Context, before []rollout.Site) {
	for _, was := range before {
		_, s, err := o.direct.Load(ctx, was.Batch, was.Row)
		if err != nil || s.State != rollout.Imported || s.Version != was.Version+1 || was.Intent == nil {
			continue
		}
		unknown := was.OrderID == "" && was.Progress.VoiceSiteID == "" && (was.State == rollout.Cancelled || o.isGivenUp(was))
		switch {
		case s.Intent == nil:
			o.addViolation("the attempt to order of %s row=%d is forgotten by its retry: %+v", was.Batch, was.Row, *was.Intent)
		case unknown && !s.Intent.LookUp:
			o.addViolation("the attempt to order of %s row=%d is not looked up in its retry: %+v", was.Batch, was.Row, *s.Intent)
		}
	}
}

// isGivenUp reports whether a person gave a row up.
func (o *office) isGivenUp(s rollout.Site) bool {
	return len(s.Problems) > 0 && s.Problems[len(s.Problems)-1].Code == jobs.CodeGivenUp
}

// wasRejected reports whether the order of a site was rejected, so that another one may be made.
func wasRejected(s rollout.Site) bool {
	return len(s.Problems) > 0 && s.Problems[len(s.Problems)-1].Code == jobs.CodeOrderRejected
}

// giveUp gives up the rows of a batch that are in review.
func (o *office) giveUp(ctx context.Context, batch string) {
	for s, err := range o.direct.Sites(ctx, batch) {
		if err != nil || s.State != rollout.Review || s.Name == "" {
			continue
		}
		o.people.change(batch, func(d *judge.Decided) {
			if d.GivenUp == nil {
				d.GivenUp = map[int]bool{}
			}
			d.GivenUp[int(s.Row)] = true
		})
		_, err := jobs.Resolve(ctx, o.with.ledger, o.with.queue, batch, s.Row, jobs.Resolution{Fail: true})
		o.events.add(byAct, "gives up %s row=%d: %v", batch, s.Row, err)
	}
}

// purge purges a batch that is done. It reports whether it did.
func (o *office) purge(ctx context.Context, a act) bool {
	b, found := o.pick(ctx, a.after, func(b rollout.Batch) bool {
		return b.State == rollout.Done && b.Purged.IsZero() && b.Counts[rollout.Review] == 0
	})
	if !found {
		return false
	}
	err := retention.Purge(ctx, o.with.ledger, b, nil)
	o.events.add(byAct, "purges %s: %v", b.ID, err)
	if err == nil {
		o.people.note(b.ID, rollout.AuditPurged)
	}
	return err == nil
}

// endHolds makes sure that nothing is paused any more, and no batch waits for a window: a copy of Redis
// may have brought that back.
func (w *world) endHolds(ctx context.Context) {
	failed := []error{w.direct.ResumeAll(ctx)}
	for _, b := range w.readBatches(ctx) {
		if b.State != rollout.Running && b.State != rollout.Blocked {
			continue
		}
		_, err := jobs.Replan(ctx, w.direct, b.ID, func(p *rollout.Plan) error {
			p.Windows, p.Strict, p.Start = nil, false, time.Time{}
			return nil
		})
		failed = append(failed, jobs.Resume(ctx, w.direct, b.ID), err)
	}
	for _, err := range failed {
		if err != nil && !errors.Is(err, jobs.ErrEnded) {
			w.addViolation("ending the pauses: %v", err)
		}
	}
}
