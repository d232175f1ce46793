// This file tests answers that are about another site than the one asked about, or about none:
// they decide nothing, and no address goes to a voicesite because of them.

package jobs_test

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"btrollout/internal/btsim"
	"btrollout/internal/jobs"
	"btrollout/internal/rollout"
	"btrollout/internal/simtest"
)

// foreign is a rig whose account holds the delivered order of another site.
func foreign(t *testing.T, g *simtest.Gate) (r *rig, there btsim.Voicesite) {
	t.Helper()
	r = newVirtualRig(t, instantly, g.Between)
	return r, r.voicesite(r.place("PORTAL-9", site(9)))
}

// untouched checks that another site's voicesite is as it was.
func (r *rig) untouched(there btsim.Voicesite) {
	r.t.Helper()
	unchanged(r.t, "another site's voicesite", r.voicesite(there.OrderID), there)
}

func TestOrder_TheAnswerIsAboutAnother(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(o map[string]any, there btsim.Voicesite){
		"the whole of it": func(o map[string]any, there btsim.Voicesite) {
			o["orderId"], o["customerOrderReference"] = there.OrderID, "PORTAL-9"
			o["parameters"].(map[string]any)["technicalSiteName"] = there.TechnicalSiteName
		},
		"its reference": func(o map[string]any, there btsim.Voicesite) {
			o["orderId"], o["customerOrderReference"] = there.OrderID, "PORTAL-9"
			delete(o, "parameters")
		},
		"its name": func(o map[string]any, there btsim.Voicesite) {
			o["orderId"] = there.OrderID
			delete(o, "customerOrderReference")
			o["parameters"].(map[string]any)["technicalSiteName"] = there.TechnicalSiteName
		},
		"its country": func(o map[string]any, there btsim.Voicesite) {
			o["orderId"] = there.OrderID
			o["parameters"].(map[string]any)["country"] = "FR"
		},
		"its number, and nothing else": func(o map[string]any, there btsim.Voicesite) {
			o["orderId"] = there.OrderID
			delete(o, "customerOrderReference")
			delete(o, "parameters")
		},
	} {
		runVirtually(t, name, func(t *testing.T) {
			g := &simtest.Gate{}
			r, there := foreign(t, g)
			first := firstOf()
			bend := rewriting(func(_ string, o map[string]any) {
				if first("once") {
					change(o, there)
					o["voiceSiteId"], o["status"] = there.VoiceSiteID, "delivered"
				}
			}, simtest.CallOrder)
			g.Set(bend)
			stop := r.startWorker()
			r.submit("b", site(2))
			r.wait("b", isDone)
			stop()
			s := r.sites("b")["2"]
			if s.State != rollout.Provisioned && s.State != rollout.Review ||
				s.State == rollout.Provisioned && s.Progress.VoiceSiteID == there.VoiceSiteID {
				t.Errorf("the site ended as %s on %q: %+v", s.State, s.Progress.VoiceSiteID, s.Problems)
			}
			if n := g.Count(simtest.CallOrder); n != 1 || r.orders() != 2 {
				t.Errorf("%d orders sent, %d made", n, r.orders())
			}
			r.untouched(there)
		})
	}
}

// TestOrder_TheAnswerIsAnothersRejection: it says that an order was rejected, and not
// which site's. The site's own order is found.
func TestOrder_TheAnswerIsAnothersRejection(t *testing.T) {
	virtually(t, func(t *testing.T) {
		g := &simtest.Gate{}
		r, there := foreign(t, g)
		g.Set(rewriting(func(_ string, o map[string]any) {
			o["orderId"], o["status"], o["rejectionReason"] = there.OrderID, "rejected", "No capacity"
			delete(o, "customerOrderReference")
			delete(o, "parameters")
			delete(o, "voiceSiteId")
		}, simtest.CallOrder))
		stop := r.startWorker()
		r.submit("b", site(2))
		r.wait("b", isDone)
		stop()
		r.ended("b", "2", rollout.Provisioned, "")
		if n := g.Count(simtest.CallOrder); n != 1 || r.orders() != 2 {
			t.Errorf("%d orders sent, %d made", n, r.orders())
		}
		r.untouched(there)
	})
}

// TestPoll_TheAnswerIsAboutAnother: alone and in the list.
func TestPoll_TheAnswerIsAboutAnother(t *testing.T) {
	t.Parallel()
	for name, calls := range map[string][]string{"in the list": {simtest.CallOrders}, "everywhere": {simtest.CallPoll, simtest.CallOrders}} {
		runVirtually(t, name, func(t *testing.T) {
			g := &simtest.Gate{}
			r, there := foreign(t, g)
			r.config.Settle, r.config.Retry.Tries = 10*time.Millisecond, 3
			lie := rewriting(func(_ string, o map[string]any) {
				o["customerOrderReference"], o["voiceSiteId"], o["status"] = "PORTAL-9", there.VoiceSiteID, "delivered"
				o["parameters"] = map[string]any{"technicalSiteName": there.TechnicalSiteName, "country": there.Country}
			}, calls...)
			var made atomic.Int32
			open := rewriting(func(_ string, o map[string]any) { delete(o, "voiceSiteId"); o["status"] = "inProgress" }, simtest.CallOrder)
			g.Set(func(call string, w http.ResponseWriter, q *http.Request, carry func() *httptest.ResponseRecorder) bool {
				if call == simtest.CallOrder {
					defer made.Add(1)
					return open(call, w, q, carry)
				}
				return made.Load() > 0 && lie(call, w, q, carry)
			})
			stop := r.startWorker()
			r.submit("b", site(2), site(3)) // two: the list is read
			r.wait("b", isDone)
			stop()
			want := rollout.Review
			if slices.Equal(calls, []string{simtest.CallOrders}) { // what is asked by itself counts
				want = rollout.Provisioned
			}
			for row, s := range r.sites("b") {
				if s.State != want || s.Progress.VoiceSiteID == there.VoiceSiteID {
					t.Errorf("row %s ended as %s on %q: %+v", row, s.State, s.Progress.VoiceSiteID, s.Problems)
				}
			}
			r.untouched(there)
		})
	}
}

// TestPoll_TheNumberIsWrong: the order was answered with a number that the API does not
// know, or knows as another's. The account shows the site's own.
func TestPoll_TheNumberIsWrong(t *testing.T) {
	t.Parallel()
	for name, wrong := range map[string]func(there btsim.Voicesite) string{
		"unknown":   func(btsim.Voicesite) string { return "ord9900000107" },
		"another's": func(there btsim.Voicesite) string { return there.OrderID },
	} {
		runVirtually(t, name, func(t *testing.T) {
			g := &simtest.Gate{}
			r, there := foreign(t, g)
			r.config.Settle = 50 * time.Millisecond
			g.Set(rewriting(func(_ string, o map[string]any) {
				o["orderId"], o["status"] = wrong(there), "inProgress"
				delete(o, "voiceSiteId")
			}, simtest.CallOrder))
			stop := r.startWorker()
			r.submit("b", site(2))
			r.wait("b", isDone)
			stop()
			s := r.ended("b", "2", rollout.Provisioned, "")
			if s.OrderID == wrong(there) || g.Count(simtest.CallOrder) != 1 || r.orders() != 2 {
				t.Errorf("provisioned by order %s, %d sent, %d made", s.OrderID, g.Count(simtest.CallOrder), r.orders())
			}
			r.untouched(there)
		})
	}
}

// TestPoll_DeliveredWithoutAVoiceSiteID: it is found by its name, and soon.
func TestPoll_DeliveredWithoutAVoiceSiteID(t *testing.T) {
	t.Parallel()
	silent := rewriting(func(_ string, o map[string]any) { delete(o, "voiceSiteId") },
		simtest.CallOrder, simtest.CallOrders, simtest.CallOrdersOf, simtest.CallPoll)
	runVirtually(t, "the list has it", func(t *testing.T) {
		g := &simtest.Gate{Rule: silent}
		r := newVirtualRig(t, instantly, g.Between)
		b := r.finish("b", site(2), site(3), site(4))
		if b.Counts[rollout.Provisioned] != 3 || r.orders() != 3 {
			t.Errorf("ended as %v with %d orders", b.Counts, r.orders())
		}
	})
	runVirtually(t, "the list has two of the name", func(t *testing.T) {
		g := &simtest.Gate{}
		r := newVirtualRig(t, instantly, g.Between)
		first := firstOf()
		g.Set(func(call string, w http.ResponseWriter, q *http.Request, carry func() *httptest.ResponseRecorder) bool {
			if call == simtest.CallOrder && first("twin") {
				r.place("PORTAL-2", site(2))
			}
			return silent(call, w, q, carry)
		})
		stop := r.startWorker()
		r.submit("b", site(2))
		r.wait("b", isDone)
		stop()
		r.ended("b", "2", rollout.Review, jobs.CodeOrderUnknown, "SITE-002", "batch resolve b 2")
		if n := g.Count(simtest.CallAddress); n != 0 {
			t.Errorf("%d addresses were sent", n)
		}
	})
	runVirtually(t, "the list has one that is only alike", func(t *testing.T) {
		g := &simtest.Gate{}
		r := newVirtualRig(t, instantly, g.Between)
		r.config.VoiceSiteWait = time.Second
		first := firstOf()
		alike := rewriting(func(_ string, o map[string]any) {
			if o["technicalSiteName"] == spellings[0] {
				o["technicalSiteName"] = onlyAlike
			}
		}, simtest.CallVoicesites)
		g.Set(func(call string, w http.ResponseWriter, q *http.Request, carry func() *httptest.ResponseRecorder) bool {
			if call == simtest.CallOrder && first("twin") {
				r.place("PORTAL-2", named(2, onlyAlike))
			}
			return silent(call, w, q, carry) || alike(call, w, q, carry)
		})
		stop := r.startWorker()
		r.submit("b", named(2, spellings[0]))
		r.wait("b", isDone)
		stop()
		r.ended("b", "2", rollout.Review, jobs.CodeOrderUnknown, "batch resolve b 2")
		if n := g.Count(simtest.CallAddress); n != 0 {
			t.Errorf("%d addresses were sent", n)
		}
	})
	runVirtually(t, "the list never has it", func(t *testing.T) {
		g := &simtest.Gate{Rule: func(call string, w http.ResponseWriter, q *http.Request, carry func() *httptest.ResponseRecorder) bool {
			if call == simtest.CallVoicesites {
				w.Header().Set("Content-Type", "application/json")
				w.Header().Set("X-Total-Count", "0")
				_, _ = w.Write([]byte("[]"))
				return true
			}
			return silent(call, w, q, carry)
		}}
		r := newVirtualRig(t, instantly, g.Between)
		r.config.VoiceSiteWait = time.Second
		stop := r.startWorker()
		r.submit("b", site(2))
		r.wait("b", isDone)
		stop()
		r.ended("b", "2", rollout.Review, jobs.CodeOrderUnknown, "none", "batch resolve b 2")
		if n := r.orders(); n != 1 {
			t.Errorf("%d orders", n)
		}
	})
}

// TestOrder_AnUnconfirmedVoiceSiteStaysSo: the answer that named it told no site, and the
// API did not confirm it before the site was given up. Uploaded again, it is confirmed.
func TestOrder_AnUnconfirmedVoiceSiteStaysSo(t *testing.T) {
	virtually(t, func(t *testing.T) {
		g := &simtest.Gate{}
		r, there := foreign(t, g)
		r.config.Retry.Tries = 2
		bare := rewriting(func(_ string, o map[string]any) {
			o["voiceSiteId"], o["status"] = there.VoiceSiteID, "delivered"
			delete(o, "customerOrderReference")
			delete(o, "parameters")
		}, simtest.CallOrder)
		g.Set(func(call string, w http.ResponseWriter, q *http.Request, carry func() *httptest.ResponseRecorder) bool {
			if call == "GET /"+there.VoiceSiteID {
				return simtest.Refuse(w, http.StatusServiceUnavailable, 5)
			}
			return bare(call, w, q, carry)
		})
		stop := r.startWorker()
		r.submit("b1", site(2))
		r.wait("b1", isDone)
		r.ended("b1", "2", rollout.Failed, jobs.CodeUnavailable)
		g.Set(nil)
		r.submit("b2", site(2))
		r.wait("b2", isDone)
		stop()
		r.ended("b2", "2", rollout.Review, jobs.CodeVoiceSiteOther, there.VoiceSiteID)
		r.untouched(there)
	})
}

// TestAVoiceSiteThatAnotherOrderMayHaveMade: the account holds an order of the site's name
// that is somebody else's, and does not tell which voicesite it made.
func TestAVoiceSiteThatAnotherOrderMayHaveMade(t *testing.T) {
	t.Parallel()
	silent := rewriting(func(_ string, o map[string]any) { delete(o, "voiceSiteId") },
		simtest.CallOrder, simtest.CallOrders, simtest.CallOrdersOf, simtest.CallPoll)
	for name, own := range map[string]bool{"the site's own order was lost": false, "the site's own is not listed yet": true} {
		runVirtually(t, name, func(t *testing.T) {
			g := &simtest.Gate{}
			r := newVirtualRig(t, instantly, g.Between)
			r.config.VoiceSiteWait = time.Second
			var there btsim.Voicesite
			hidden := rewriting(func(_ string, o map[string]any) {
				if o["voiceSiteId"] != there.VoiceSiteID {
					o["technicalSiteName"] = "Not yet"
				}
			}, simtest.CallVoicesites)
			first := firstOf()
			g.Set(func(call string, w http.ResponseWriter, q *http.Request, carry func() *httptest.ResponseRecorder) bool {
				if call == simtest.CallOrder && first("twin") {
					there = r.voicesite(r.place("PORTAL-2", site(2)))
				}
				return call == simtest.CallOrder && !own && simtest.Refuse(w, http.StatusServiceUnavailable, 5) ||
					silent(call, w, q, carry) || hidden(call, w, q, carry)
			})
			stop := r.startWorker()
			r.submit("b", site(2))
			r.wait("b", isDone)
			stop()
			r.ended("b", "2", rollout.Review, map[bool]string{false: jobs.CodeNameTaken, true: jobs.CodeOrderUnknown}[own], "batch resolve b 2")
			r.untouched(there)
		})
	}
}

// TestOrder_TheAnswerTellsOnlyASharedReference: rows may share a reference, so it does not
// say whose the voicesite is.
func TestOrder_TheAnswerTellsOnlyASharedReference(t *testing.T) {
	virtually(t, func(t *testing.T) {
		g := &simtest.Gate{}
		r, there := foreign(t, g)
		g.Set(rewriting(func(_ string, o map[string]any) {
			o["voiceSiteId"], o["status"] = there.VoiceSiteID, "delivered"
			delete(o, "parameters")
		}, simtest.CallOrder))
		s := site(2)
		s.Reference = "PORTAL-9"
		stop := r.startWorker()
		r.submit("b", s)
		r.wait("b", isDone)
		stop()
		r.ended("b", "2", rollout.Review, jobs.CodeVoiceSiteOther, there.VoiceSiteID)
		r.untouched(there)
	})
}

// TestPoll_DeliveredWithoutAVoiceSiteIDInALargeAccount: its survey takes longer than the
// time after which a site looks again, and ends the wait all the same.
func TestPoll_DeliveredWithoutAVoiceSiteIDInALargeAccount(t *testing.T) {
	virtually(t, func(t *testing.T) {
		silent := rewriting(func(_ string, o map[string]any) { delete(o, "voiceSiteId") },
			simtest.CallOrder, simtest.CallOrders, simtest.CallOrdersOf, simtest.CallPoll)
		hidden := rewriting(func(_ string, o map[string]any) { o["technicalSiteName"] = "Another" }, simtest.CallVoicesites)
		g := &simtest.Gate{Rule: func(call string, w http.ResponseWriter, q *http.Request, carry func() *httptest.ResponseRecorder) bool {
			return silent(call, w, q, carry) || hidden(call, w, q, carry)
		}}
		r := newVirtualRig(t, instantly, g.Between)
		r.config.VoiceSiteWait = time.Second
		r.submit("b", site(2))
		stop := r.startWorker()
		r.wait("b", func(b rollout.Batch) bool { return b.Counts[rollout.Ordered] == 1 })
		stop()
		r.config.SurveySlice = time.Nanosecond // one page for each poll, and the polls are 2 s apart
		stop = r.startWorker()
		r.wait("b", isDone)
		stop()
		r.ended("b", "2", rollout.Review, jobs.CodeOrderUnknown, "batch resolve b 2")
	})
}

// TestPoll_TheNumberIsWrongInALargeAccount: the survey that shows the right number takes
// longer than the pause between two polls.
func TestPoll_TheNumberIsWrongInALargeAccount(t *testing.T) {
	virtually(t, func(t *testing.T) {
		g := &simtest.Gate{}
		r, there := foreign(t, g)
		r.config.Settle = 50 * time.Millisecond
		g.Set(rewriting(func(_ string, o map[string]any) {
			o["orderId"], o["status"] = there.OrderID, "inProgress"
			delete(o, "voiceSiteId")
		}, simtest.CallOrder))
		r.submit("b", site(2))
		stop := r.startWorker()
		r.wait("b", func(b rollout.Batch) bool { return b.Counts[rollout.Ordered] == 1 })
		stop()
		r.config.SurveySlice = time.Nanosecond // one page for each poll
		stop = r.startWorker()
		r.wait("b", isDone)
		stop()
		if s := r.ended("b", "2", rollout.Provisioned, ""); s.OrderID == there.OrderID || r.orders() != 2 {
			t.Errorf("provisioned by order %s, %d made", s.OrderID, r.orders())
		}
		r.untouched(there)
	})
}
