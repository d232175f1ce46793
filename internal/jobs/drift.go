// Addresses that the API refuses although they passed every check. The country's rules are
// asked for again, for this row and for all that follow, and the problem of the row says
// whether they have changed.

package jobs

import (
	"context"
	"time"

	"btrollout/internal/btapi"
	"btrollout/internal/precheck"
	"btrollout/internal/rollout"
)

const (
	// driftAge is the greatest age of the rules by which a refused address is checked again. It
	// is not 0, so that a file of refused rows does not read the rules for each row.
	driftAge = 10 * time.Second
	// reconsiderWithin is how long a refused row waits until the rules are read again.
	reconsiderWithin = time.Minute
)

// recheckRefused is for a site that the API has just refused. Facts about its country and
// VPNs are asked for again from now on. A refused address is checked by today's rules.
func (w *Worker) recheckRefused(ctx context.Context, b rollout.Batch, s *rollout.Site) {
	if err := w.Checker.Doubt(ctx, b.Customer, s.Country); err != nil {
		w.Log.Warn("what is known of a country and its VPNs may be out of date", "country", s.Country, "err", err)
	}
	p := &s.Problems[len(s.Problems)-1]
	if p.Code != CodeAddressRefused {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, reconsiderWithin)
	defer cancel()
	f, err := w.Checker.CheckAddress(ctx, s.Country, s.Request.Address, driftAge)
	if err != nil {
		w.Log.Warn("the rules by which an address was refused could not be asked for", "country", s.Country, "err", err)
	}
	p.Message = rollout.Sentences(p.Message, drift(s.Rules, f, err))
	if len(f.Problems) > 0 && (p.Field == "" || p.Field == f.Problems[0].Field) {
		p.Field, p.Suggestion = f.Problems[0].Field, f.Problems[0].Suggestion
	}
}

// drift says whether the rules have changed since an address passed them in that
// edition. The finding and the error are those of today's check.
func drift(edition string, today precheck.Finding, err error) rollout.Text {
	switch {
	case err != nil:
		return rulesNotRead()
	case len(today.Problems) > 0:
		return rulesForbidIt(today.Problems[0])
	case edition != "" && today.Rules != edition:
		return rulesChangedAndAllowIt()
	}
	return rulesUnchanged()
}

// wasRefused reports whether the API refused a site that had passed every check.
func wasRefused(s rollout.Site, err error) bool {
	return s.State == rollout.Failed && len(s.Problems) > 0 && btapi.RefusalIn(err) != nil
}
