// The leases of this package, each of which gives a piece of work to one worker at a time.

package jobs

import (
	"time"

	"btrollout/internal/ledger"
)

// workLease is the lifetime of a lease on work that one worker does, which extends it
// meanwhile: a worker that died delays the others by no more.
const workLease = 15 * time.Second

// sweepLease is held until the next sweep is due.
func (w *Worker) sweepLease() ledger.Lease { return w.Ledger.Lease("sweep") }

// probeLease is held until the next probe of the account of a blocked batch is due.
func (w *Worker) probeLease(batch string) ledger.Lease { return w.Ledger.Lease("probe:" + batch) }

// pollLease is held while a customer's orders are polled.
func (w *Worker) pollLease(customer string) ledger.Lease { return w.Ledger.Lease("poll:" + customer) }

// polledLease is held until the next poll of a customer's orders is due.
func (w *Worker) polledLease(customer string) ledger.Lease {
	return w.Ledger.Lease("polled:" + customer)
}

// surveyLease is held while a slice of the survey of an account is read, and afterwards until
// the next survey may begin.
func (w *Worker) surveyLease(customer string) ledger.Lease {
	return w.Ledger.Lease("survey:" + customer)
}

// claimsLease is held while the claims of a customer are restored.
func (w *Worker) claimsLease(customer string) ledger.Lease {
	return w.Ledger.Lease("claims:" + customer)
}
