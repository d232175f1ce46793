// This file uploads rows again in ways that could make a second order: out of a
// review, under another reference, for another VPN.

package jobs_test

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"btrollout/internal/btsim"
	"btrollout/internal/jobs"
	"btrollout/internal/rollout"
	"btrollout/internal/simtest"
)

// A site in review stays there, whatever voiceSiteId its row names, until that is the
// site's: not even the empty cell after a wrong one orders it.
func TestAWrongVoiceSiteIDEndsNoReview(t *testing.T) {
	virtually(t, func(t *testing.T) {
		g := &simtest.Gate{}
		g.Set(simtest.Answering(simtest.CallOrders, http.StatusNotFound, 60)) // orders are not listed
		r := newVirtualRig(t, btsim.Options{
			DeliveryMin: time.Hour, DeliveryMax: time.Hour, Faults: btsim.Faults{btsim.ErrorAfter: {Every: 1}},
		}, g.Between)
		stop := r.startWorker()
		r.submit("b1", site(2))
		r.wait("b1", isDone)
		r.ended("b1", "2", rollout.Review, jobs.CodeOrderUnknown)

		wrong := site(2)
		wrong.Request.VoiceSiteID = "vs00000777"
		r.submit("b2", wrong)
		r.wait("b2", isDone)
		r.ended("b2", "2", rollout.Review, jobs.CodeVoiceSiteUnknown, "batch resolve b2 2")

		r.submit("b3", site(2))
		r.wait("b3", isDone)
		stop()
		r.ended("b3", "2", rollout.Rejected, jobs.CodeInReview, "b2")
		if n := r.orders(); n != 1 {
			t.Errorf("%d orders", n)
		}
	})
}

// After a loss of Redis, an order in progress is known by the site's name, too.
func TestAnOrderUnderAnotherReferenceIsSeen(t *testing.T) {
	virtually(t, func(t *testing.T) {
		g := &simtest.Gate{}
		r := newVirtualRig(t, btsim.Options{DeliveryMin: time.Hour, DeliveryMax: time.Hour}, g.Between)
		there := r.place("PO-OLD", site(2))
		stop := r.startWorker()
		r.submit("b1", site(2))
		r.wait("b1", isDone)
		r.ended("b1", "2", rollout.Review, jobs.CodeNameTaken, there, "PO-OLD", "batch resolve b1 2")

		// Under the reference that it was made with, it is the site's.
		if _, err := jobs.Resolve(t.Context(), r.ledger, r.queue, "b1", 2, jobs.Resolution{Fail: true}); err != nil {
			t.Fatal(err)
		}
		again := site(2)
		again.Reference = "PO-OLD"
		r.submit("b2", again)
		r.wait("b2", func(b rollout.Batch) bool { return b.Counts[rollout.Ordered] == 1 })
		stop()
		if s := r.sites("b2")["2"]; s.OrderID != there || g.Count(simtest.CallOrder) != 0 {
			t.Errorf("the site waits for order %s, and %d were sent", s.OrderID, g.Count(simtest.CallOrder))
		}
	})
}

func TestWhatAnUploadCannotChangeIsSaid(t *testing.T) {
	virtually(t, func(t *testing.T) {
		r := newVirtualRig(t, instantly, nil)
		stop := r.startWorker()
		r.submit("b1", site(2))
		r.wait("b1", isDone)
		moved := site(2)
		moved.VPN = "VPN Americas"
		r.submit("b2", moved)
		r.wait("b2", isDone)
		stop()
		r.ended("b2", "2", rollout.Rejected, jobs.CodeSiteChanged, "VPN Americas")
		r.judge("b1")
	})
}

// A row that changed nothing when it was checked is not reported as in place if another
// upload changed the site before the row was written.
func TestASkippedRowIsComparedWhenItIsWritten(t *testing.T) {
	virtually(t, func(t *testing.T) {
		r := newVirtualRig(t, instantly, nil)
		stop := r.startWorker()
		r.submit("b1", site(2))
		r.wait("b1", isDone)
		unchanged := r.entries(site(2)) // its author has not said yes yet
		r.submit("b2", movedSite(2))
		r.wait("b2", isDone)
		r.ended("b2", "2", rollout.Provisioned, "")
		if err := jobs.Submit(t.Context(), r.ledger, r.queue, r.batch("b3"), unchanged, nil); err != nil {
			t.Fatal(err)
		}
		r.wait("b3", isDone)
		r.ended("b3", "2", rollout.Rejected, jobs.CodeTaken)

		r.submit("b4", movedSite(2))
		r.wait("b4", isDone)
		r.ended("b4", "2", rollout.Skipped, "")
		r.submit("b5", site(2))
		r.wait("b5", isDone)
		stop()
		r.ended("b5", "2", rollout.Provisioned, "")
		r.judge("b5")
	})
}

// A list that moves too fast to be read does not prove that a voicesite is gone.
func TestVoiceSite_NotShownByAListThatMoves(t *testing.T) {
	virtually(t, func(t *testing.T) {
		r, g, has, stop := twoSites(t)
		other := r.remakeVoiceSite()
		g.Set(func(call string, w http.ResponseWriter, _ *http.Request, _ func() *httptest.ResponseRecorder) bool {
			switch call {
			case "GET /" + has.Progress.VoiceSiteID:
				return simtest.Refuse(w, http.StatusMethodNotAllowed, 61)
			case simtest.CallVoicesites:
				w.Header().Set("Content-Type", "application/json")
				w.Header().Set("X-Total-Count", "7")
				_, _ = w.Write([]byte("[]"))
				return true
			}
			return false
		})
		row := movedSite(2)
		row.Request.VoiceSiteID = other
		r.submit("b2", row)
		r.wait("b2", isDone)
		stop()
		r.ended("b2", "2", rollout.Failed, jobs.CodeTaken)
		if now := r.addressOf(other); now != "" {
			t.Errorf("the other voicesite has house number %q", now)
		}
	})
}
