// This file tests orders that Orange rejects or cancels while their answer is lost: a
// rejection is an outcome, and nothing is ordered again by itself.

package jobs_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"btrollout/internal/btsim"
	"btrollout/internal/jobs"
	"btrollout/internal/rollout"
	"btrollout/internal/simtest"
)

// loseEachAnswer is a rule that has every order carried out, and loses its answer.
func loseEachAnswer(call string, w http.ResponseWriter, _ *http.Request, carry func() *httptest.ResponseRecorder) bool {
	if call != simtest.CallOrder {
		return false
	}
	carry()
	return simtest.Refuse(w, http.StatusServiceUnavailable, 5)
}

func TestOrder_RejectedWhileItsAnswerWasLost(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		row    func(*rollout.Site)
		status string
		rule   simtest.Rule
		name   string // by which the API calls it
	}{
		"under the row's own reference, without accents": {
			status: "rejected", name: "CAFE 1", row: func(s *rollout.Site) { s.Name, s.Reference = "Café 1", "PO-1" },
		},
		"rejected":                         {status: "rejected"},
		"cancelled":                        {status: "cancelled"},
		"under the row's own reference":    {status: "rejected", row: func(s *rollout.Site) { s.Reference = "PO-1" }},
		"and the API spells names its way": {status: "rejected", row: func(s *rollout.Site) { s.Name = "Café  1" }},
	} {
		runVirtually(t, name, func(t *testing.T) {
			ending := rewriting(func(_ string, o map[string]any) {
				respell("", o)
				if p, ok := o["parameters"].(map[string]any); ok && c.name != "" {
					p["technicalSiteName"] = c.name
				}
				if o["status"] == "rejected" {
					o["status"], o["rejectionReason"] = c.status, "No capacity on this VPN"
				}
			}, simtest.CallOrders, simtest.CallOrdersOf, simtest.CallPoll)
			g := &simtest.Gate{Rule: func(call string, w http.ResponseWriter, q *http.Request, carry func() *httptest.ResponseRecorder) bool {
				return loseEachAnswer(call, w, q, carry) || ending(call, w, q, carry)
			}}
			o := btsim.Options{DeliveryMin: 1, DeliveryMax: 1, Faults: btsim.Faults{btsim.Rejected: {Every: 1}}}
			r := newVirtualRig(t, o, g.Between)
			s := site(2)
			if c.row != nil {
				c.row(&s)
			}
			stop := r.startWorker()
			for i, batch := range []string{"b1", "b2"} { // the second time, the first order is known to be the first's
				r.submit(batch, s)
				r.wait(batch, isDone)
				r.ended(batch, "2", rollout.Failed, jobs.CodeOrderRejected, "No capacity on this VPN")
				if n := r.orders(); n != i+1 {
					t.Errorf("%d orders after %s, want %d", n, batch, i+1)
				}
			}
			stop()
		})
	}
}
