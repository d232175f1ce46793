// This file tests to which site a voicesite belongs: it belongs to one site, and a site whose
// voicesite was deleted, or made again, gets the one that exists now.

package jobs_test

import (
	"encoding/json"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"btrollout/internal/jobs"
	"btrollout/internal/rollout"
	"btrollout/internal/simtest"
)

const callVoicesite = "GET a voicesite"

// nameless lets voicesites be told without their names, as an API may.
func nameless(call string, w http.ResponseWriter, q *http.Request, carry func() *httptest.ResponseRecorder) bool {
	single := q.Method == http.MethodGet && strings.Contains(q.URL.Path, "/voicesites/") && call != callReadAddress
	if call != simtest.CallVoicesites && !single {
		return false
	}
	answer := carry()
	if answer.Code != http.StatusOK {
		w.WriteHeader(answer.Code)
		_, _ = w.Write(answer.Body.Bytes())
		return true
	}
	var told any
	if err := json.Unmarshal(answer.Body.Bytes(), &told); err != nil {
		panic(err)
	}
	sites, _ := told.([]any)
	if single {
		sites = []any{told}
	}
	for _, v := range sites {
		delete(v.(map[string]any), "technicalSiteName")
	}
	maps.Copy(w.Header(), answer.Header())
	w.Header().Del("Content-Length")
	if err := json.NewEncoder(w).Encode(told); err != nil {
		panic(err)
	}
	return true
}

// twoSites is a rig with a running worker: SITE-002 is provisioned by row 2 of batch b1,
// and the API does not tell the names of voicesites.
func twoSites(t *testing.T) (r *rig, g *simtest.Gate, has rollout.Site, stop func()) {
	t.Helper()
	g = &simtest.Gate{Rule: nameless}
	r = newVirtualRig(t, instantly, g.Between)
	r.submit("b1", site(2))
	stop = r.startWorker()
	r.wait("b1", isDone)
	return r, g, r.ended("b1", "2", rollout.Provisioned, ""), stop
}

// addressOf is the house number in the books of a voicesite.
func (r *rig) addressOf(id string) string {
	for _, v := range r.sim.Stats().Voicesites {
		if v.VoiceSiteID == id {
			return v.Address["hno"]
		}
	}
	return ""
}

// row3 is a row of another site that names a voicesite.
func row3(id string) rollout.Site {
	s := site(3)
	s.Address["hno"] = "9"
	s.Request.VoiceSiteID = id
	return s
}

func TestVoiceSite_BelongsToOneSite(t *testing.T) {
	t.Parallel()
	for name, forget := range map[string]bool{"claimed when it was provisioned": false, "in a ledger of an earlier version": true} {
		runVirtually(t, name, func(t *testing.T) {
			r, _, has, stop := twoSites(t)
			if forget {
				r.forgetClaims()
			}
			r.submit("b2", row3(has.Progress.VoiceSiteID))
			r.wait("b2", isDone)
			r.ended("b2", "3", rollout.Review, jobs.CodeVoiceSiteTaken, "SITE-002", "row 2 of batch b1",
				"batch resolve b2 3", "--voicesite", "--order-again", "--fail")
			if hno := r.addressOf(has.Progress.VoiceSiteID); hno != "5" {
				t.Errorf("the voicesite of the other site has house number %q", hno)
			}
			own := r.voicesite(r.place("PORTAL-3", site(3)))
			if _, err := jobs.Resolve(t.Context(), r.ledger, r.queue, "b2", 3, jobs.Resolution{VoiceSiteID: own.VoiceSiteID}); err != nil {
				t.Fatal(err)
			}
			r.wait("b2", isDone)
			stop()
			r.ended("b2", "3", rollout.Provisioned, "")
			r.judge("b2")
			if hno := r.addressOf(has.Progress.VoiceSiteID); hno != "5" {
				t.Errorf("the voicesite of the other site has house number %q", hno)
			}
		})
	}
}

// forgetClaims leaves the ledger as an earlier version of the program did.
func (r *rig) forgetClaims() {
	r.t.Helper()
	keys, err := r.rdb.Keys(r.t.Context(), "{btr}:voicesites:*").Result()
	if err == nil && len(keys) != 1 {
		r.t.Fatalf("keys of claims: %q", keys)
	}
	if err == nil {
		err = r.rdb.Del(r.t.Context(), keys...).Err()
	}
	if err != nil {
		r.t.Fatal(err)
	}
}

// The ways out that end with a new order, or with a row uploaded again.
func TestVoiceSite_OtherWaysOutOfAForeignOne(t *testing.T) {
	t.Parallel()
	const none, own = "", "own"
	for name, c := range map[string]struct {
		resolution jobs.Resolution
		again      bool   // the row is uploaded again
		names      string // what it says then
	}{
		"order again":                  {resolution: jobs.Resolution{OrderAgain: true}},
		"fail, then without an id":     {jobs.Resolution{Fail: true}, true, none},
		"fail, then with the right id": {jobs.Resolution{Fail: true}, true, own},
	} {
		runVirtually(t, name, func(t *testing.T) {
			r, g, has, stop := twoSites(t)
			row := row3(has.Progress.VoiceSiteID)
			row.VPNID = "aa76e66dfc63" // so that it can be ordered
			r.submit("b2", row)
			r.wait("b2", isDone)
			r.ended("b2", "3", rollout.Review, jobs.CodeVoiceSiteTaken)
			lose := loseAnswers(false) // so that it is decided twice what to do
			g.Set(func(call string, w http.ResponseWriter, q *http.Request, carry func() *httptest.ResponseRecorder) bool {
				return lose(call, w, q, carry) || nameless(call, w, q, carry)
			})
			if _, err := jobs.Resolve(t.Context(), r.ledger, r.queue, "b2", 3, c.resolution); err != nil {
				t.Fatal(err)
			}
			last := "b2"
			r.wait("b2", isDone)
			if c.again {
				id := c.names
				if id == own {
					id = r.voicesite(r.place("PORTAL-3", site(3))).VoiceSiteID
				}
				last = "b3"
				r.submit("b3", row3(id))
				r.wait("b3", isDone)
			}
			stop()
			s := r.ended(last, "3", rollout.Provisioned, "")
			now, others := s.Progress.VoiceSiteID, has.Progress.VoiceSiteID
			if now == others || r.addressOf(now) != "9" || r.addressOf(others) != "5" {
				t.Errorf("provisioned as %s, and SITE-002 has %s", now, others)
			}
			if r.orders() != 2 {
				t.Errorf("%d orders, want one for each site", r.orders())
			}
		})
	}
}

// A voicesite that was renamed in the portal belongs to the site of its new name, once a
// person says so.
func TestVoiceSite_RenamedInTheAccount(t *testing.T) {
	virtually(t, func(t *testing.T) {
		r := newVirtualRig(t, instantly, nil)
		there := r.voicesite(r.place("PORTAL-3", site(3)))
		// An earlier mistake: the ledger has it as SITE-002's.
		if err := r.ledger.ClaimVoiceSite(t.Context(), r.sim.Credentials().CustomerCode, there.VoiceSiteID, "SITE-002"); err != nil {
			t.Fatal(err)
		}
		r.submit("b1", row3(there.VoiceSiteID))
		stop := r.startWorker()
		r.wait("b1", isDone)
		stop()
		r.ended("b1", "3", rollout.Provisioned, "")
		r.judge("b1")
	})
}

// deleted is a rig with a running worker: SITE-002 was provisioned by row 2 of batch b1,
// and its voicesite was deleted since.
func deleted(t *testing.T) (r *rig, old string, stop func()) {
	t.Helper()
	r = newVirtualRig(t, instantly, nil)
	r.config.Settle = 10 * time.Millisecond // what is not there now is gone
	r.submit("b1", site(2))
	stop = r.startWorker()
	r.wait("b1", isDone)
	old = r.ended("b1", "2", rollout.Provisioned, "").Progress.VoiceSiteID
	if !r.sim.DeleteVoicesite(old) {
		t.Fatal("there is no voicesite to delete")
	}
	return r, old, stop
}

// remakeVoiceSite makes the voicesite of SITE-002 again, in the portal.
func (r *rig) remakeVoiceSite() string {
	return r.voicesite(r.place("PORTAL-2", site(2))).VoiceSiteID
}

// inReviewForIt uploads a row of another address, whose push finds that the voicesite is
// gone.
func inReviewForIt(t *testing.T) (r *rig, old string, stop func()) {
	t.Helper()
	r, old, stop = deleted(t)
	r.submit("b2", movedSite(2))
	r.wait("b2", isDone)
	s := r.ended("b2", "2", rollout.Review, jobs.CodeVoiceSiteGone, old, "batch resolve b2 2", "--voicesite", "--order-again", "--fail")
	if s.Progress.VoiceSiteID != "" {
		t.Errorf("the site still has voicesite %s", s.Progress.VoiceSiteID)
	}
	return r, old, stop
}

func TestVoiceSite_GoneAndResolved(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		remade     bool
		resolution func(id string) jobs.Resolution
		orders     int // in the end
	}{
		"made again":    {true, func(id string) jobs.Resolution { return jobs.Resolution{VoiceSiteID: id} }, 2},
		"ordered again": {false, func(string) jobs.Resolution { return jobs.Resolution{OrderAgain: true} }, 2},
	} {
		runVirtually(t, name, func(t *testing.T) {
			r, old, stop := inReviewForIt(t)
			id := ""
			if c.remade {
				id = r.remakeVoiceSite()
			}
			if _, err := jobs.Resolve(t.Context(), r.ledger, r.queue, "b2", 2, c.resolution(id)); err != nil {
				t.Fatal(err)
			}
			r.wait("b2", isDone)
			stop()
			s := r.ended("b2", "2", rollout.Provisioned, "")
			if now := s.Progress.VoiceSiteID; now == old || c.remade && now != id || r.addressOf(now) != "7" || r.orders() != c.orders {
				t.Errorf("provisioned as %s with house number %q and %d orders", now, r.addressOf(now), r.orders())
			}
		})
	}
}

// Given up and uploaded again, the row finds what exists now, and not the old order.
func TestVoiceSite_GoneAndUploadedAgain(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		fail   bool // the review is ended by a person first
		remade bool // the voicesite was made again
		names  bool // the row names it
		state  rollout.State
		code   string
	}{
		"in review, the row names the new one":   {false, true, true, rollout.Provisioned, ""},
		"given up, the row names the new one":    {true, true, true, rollout.Provisioned, ""},
		"given up, the row names none":           {true, true, false, rollout.Review, jobs.CodeNameTaken},
		"given up, and there is none: a new one": {true, false, false, rollout.Provisioned, ""},
	} {
		runVirtually(t, name, func(t *testing.T) {
			r, old, stop := inReviewForIt(t)
			if c.fail {
				if _, err := jobs.Resolve(t.Context(), r.ledger, r.queue, "b2", 2, jobs.Resolution{Fail: true}); err != nil {
					t.Fatal(err)
				}
				r.wait("b2", isDone)
			}
			id, says := "", []string{}
			if c.remade {
				id = r.remakeVoiceSite()
			}
			row := movedSite(2)
			if c.names {
				row.Request.VoiceSiteID = id
			} else if c.remade {
				says = append(says, id)
			}
			r.submit("b3", row)
			r.wait("b3", isDone)
			stop()
			s := r.ended("b3", "2", c.state, c.code, says...)
			if now := s.Progress.VoiceSiteID; c.state == rollout.Provisioned && (now == old || id != "" && now != id || r.addressOf(now) != "7") {
				t.Errorf("provisioned as %s, with house number %q", now, r.addressOf(now))
			}
			if r.orders() != 2 {
				t.Errorf("%d orders", r.orders())
			}
		})
	}
}

// A row that names another voicesite than the known one is believed if the known one is
// gone, and the new one is the site's.
func TestVoiceSite_RowNamesAnotherThanTheKnownOne(t *testing.T) {
	t.Parallel()
	hidden := simtest.Answering(callVoicesite, http.StatusMethodNotAllowed, 61)
	for name, c := range map[string]struct {
		gone  bool   // the known one
		names string // "new", "other" site's, or "unknown"
		rule  simtest.Rule
		state rollout.State
	}{
		"the known one is gone":                      {true, "new", nil, rollout.Provisioned},
		"it is not in the list, and cannot be asked": {true, "new", hidden, rollout.Provisioned},
		"it is in the list, and cannot be asked":     {false, "new", hidden, rollout.Failed},
		"the known one is there":                     {false, "new", nil, rollout.Failed},
		"the new one is another site's":              {true, "other", nil, rollout.Failed},
		"the new one does not exist":                 {true, "unknown", nil, rollout.Failed},
	} {
		runVirtually(t, name, func(t *testing.T) {
			g := &simtest.Gate{}
			g.Set(func(call string, w http.ResponseWriter, q *http.Request, carry func() *httptest.ResponseRecorder) bool {
				if q.Method == http.MethodGet && strings.Contains(q.URL.Path, "/voicesites/vs") && call != callReadAddress {
					call = callVoicesite
				}
				return c.rule != nil && c.rule(call, w, q, carry)
			})
			r := newVirtualRig(t, instantly, g.Between)
			r.submit("b1", site(2))
			stop := r.startWorker()
			r.wait("b1", isDone)
			old := r.ended("b1", "2", rollout.Provisioned, "").Progress.VoiceSiteID
			if c.gone {
				r.sim.DeleteVoicesite(old)
			}
			ids := map[string]string{
				"new": r.remakeVoiceSite(), "other": r.voicesite(r.place("PORTAL-9", site(9))).VoiceSiteID, "unknown": "vs99999999",
			}
			row := movedSite(2)
			row.Request.VoiceSiteID = ids[c.names]
			r.submit("b2", row)
			r.wait("b2", isDone)
			stop()
			if c.state == rollout.Provisioned {
				if s := r.ended("b2", "2", c.state, ""); s.Progress.VoiceSiteID != ids["new"] || r.addressOf(ids["new"]) != "7" {
					t.Errorf("provisioned as %s with house number %q", s.Progress.VoiceSiteID, r.addressOf(ids["new"]))
				}
				return
			}
			s := r.ended("b2", "2", c.state, jobs.CodeTaken, old, ids[c.names])
			if s.Progress.VoiceSiteID != old || r.addressOf(ids["new"])+r.addressOf(ids["other"]) != "" || !c.gone && r.addressOf(old) != "5" {
				t.Errorf("the site is known as %s; house numbers %q, %q, %q", s.Progress.VoiceSiteID,
					r.addressOf(old), r.addressOf(ids["new"]), r.addressOf(ids["other"]))
			}
		})
	}
}

// The claims of an older ledger are built once for many sites, by any of the workers.
func TestVoiceSite_ClaimsOfAnOlderLedger(t *testing.T) {
	virtually(t, func(t *testing.T) {
		r := newVirtualRig(t, instantly, nil)
		var moved []rollout.Site
		for row := range 4 {
			moved = append(moved, movedSite(row+2))
		}
		r.submit("b1", sitesFrom(4)...)
		stop := r.startWorker()
		r.wait("b1", isDone)
		r.forgetClaims()
		r.submit("b2", moved...)
		r.wait("b2", isDone)
		stop()
		r.judge("b2")
		if b, err := r.ledger.Batch(t.Context(), "b2"); err != nil || b.Counts[rollout.Provisioned] != 4 {
			t.Errorf("ended as %v (%v)", b.Counts, err)
		}
	})
}
