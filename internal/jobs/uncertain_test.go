// This file tests orders about which the API gives no answer that decides anything: whatever
// it says instead must not lead to a second order.

package jobs_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"btrollout/internal/btsim"
	"btrollout/internal/jobs"
	"btrollout/internal/rollout"
)

// about answers every question whose path holds part itself, and lets all else through.
func about(part string, status int, body string) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
			if q.Method != http.MethodGet || !strings.Contains(q.URL.Path, part) {
				next.ServeHTTP(w, q)
				return
			}
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(status)
			fmt.Fprint(w, body)
		})
	}
}

func TestWhatNobodyTellsOfAnOrderIsNoReasonToOrderAgain(t *testing.T) {
	t.Parallel()
	const refusal = `[{"code":28,"message":"Invalid query-string parameter value","description":"not here"}]`
	for name, meddle := range map[string]func(http.Handler) http.Handler{
		"polls are refused":  about("/orders/", http.StatusBadRequest, refusal),
		"polls say nothing":  about("/orders/", http.StatusOK, `{}`),
		"polls name another": about("/orders/", http.StatusOK, `{"orderId":"ord99999999","status":"delivered","voiceSiteId":"vs1"}`),
		"the look-up is refused": func(next http.Handler) http.Handler {
			return about("/orders", http.StatusBadRequest, refusal)(swallow("after")(next))
		},
	} {
		runVirtually(t, name, func(t *testing.T) {
			r := newVirtualRig(t, btsim.Options{DeliveryMin: time.Hour, DeliveryMax: time.Hour}, meddle)
			r.submit("b1", site(2))
			stop := r.startWorker()
			r.wait("b1", isDone)
			if s := r.sites("b1")["2"]; s.State != rollout.Review || s.Problems[0].Message.EN == "" {
				t.Errorf("ended as %s: %+v", s.State, s.Problems)
			}
			r.submit("b2", site(2))
			r.wait("b2", isDone)
			stop()
			if s := r.sites("b2")["2"]; s.State != rollout.Rejected || s.Problems[0].Code != jobs.CodeInReview {
				t.Errorf("uploaded again, it ended as %s: %+v", s.State, s.Problems)
			}
			r.judge("b2")
			if n := len(r.sim.Stats().Orders); n != 1 {
				t.Errorf("%d orders in the books, want the one", n)
			}
		})
	}
}
