// This file tests doubt: while an order of a site may exist, no upload that is withdrawn,
// fails or comes at the wrong moment makes it orderable again.

package jobs_test

import (
	"errors"
	"iter"
	"net/http"
	"testing"
	"time"

	"btrollout/internal/btsim"
	"btrollout/internal/jobs"
	"btrollout/internal/ledger"
	"btrollout/internal/rollout"
	"btrollout/internal/simtest"
)

// inDoubt is a rig whose row 2 of batch b1 is in Review: its order was made, its answer
// lost, and the API lists no orders.
func inDoubt(t *testing.T) (r *rig, stop func()) {
	t.Helper()
	g := &simtest.Gate{}
	g.Set(simtest.Answering(simtest.CallOrders, http.StatusNotFound, 60))
	r = newVirtualRig(t, btsim.Options{
		DeliveryMin: time.Hour, DeliveryMax: time.Hour, Faults: btsim.Faults{btsim.ErrorAfter: {Every: 1}},
	}, g.Between)
	stop = r.startWorker()
	r.submit("b1", site(2))
	r.wait("b1", isDone)
	r.ended("b1", "2", rollout.Review, jobs.CodeOrderUnknown)
	return r, stop
}

// deciding is row 2 with the voiceSiteId that its author believes to be right.
func deciding() rollout.Site {
	s := site(2)
	s.Request.VoiceSiteID = "vs00000777"
	return s
}

// entries recognises rows as an uploader does, and gives them to Submit.
func (r *rig) entries(sites ...rollout.Site) iter.Seq2[ledger.Entry, error] {
	r.t.Helper()
	list := r.entriesOf(sites...)
	return func(yield func(ledger.Entry, error) bool) {
		for _, e := range list {
			if !yield(e, nil) {
				return
			}
		}
	}
}

// entriesOf checks sites and recognises them.
func (r *rig) entriesOf(sites ...rollout.Site) []ledger.Entry {
	r.t.Helper()
	for i := range sites {
		f, err := r.config.Checker.Check(r.t.Context(), r.sim.Credentials().CustomerCode, &sites[i].Request)
		if err != nil || len(f.Problems) > 0 {
			r.t.Fatal(f.Problems, err)
		}
	}
	list, err := jobs.Recognise(r.t.Context(), r.ledger, r.sim.Credentials().CustomerCode, sites)
	if err != nil {
		r.t.Fatal(err)
	}
	return list
}

func (r *rig) batch(id string) rollout.Batch {
	return rollout.Batch{ID: id, File: "f.csv", Customer: r.sim.Credentials().CustomerCode, Created: time.Now().UTC()}
}

func TestReview_IsNotForgottenByAFurtherUpload(t *testing.T) {
	t.Parallel()
	for name, between := range map[string]func(r *rig){
		"that is withdrawn": func(r *rig) {
			broken := errors.New("the disk is gone")
			entries := r.entries(deciding())
			err := jobs.Submit(r.t.Context(), r.ledger, r.queue, r.batch("b2"), func(yield func(ledger.Entry, error) bool) {
				n := 0
				for e := range entries {
					for range 500 { // the row's part is written
						e.Site.Row = rollout.RowRef(2 + n)
						e.Claim = n == 0
						if n++; !yield(e, nil) {
							return
						}
					}
				}
				yield(ledger.Entry{}, broken)
			}, nil)
			if !errors.Is(err, broken) {
				r.t.Fatal(err)
			}
			r.wait("b2", isDone)
			r.ended("b2", "2", rollout.Review, jobs.CodeInReview, "batch resolve b2 2")
		},
		"that fails": func(r *rig) {
			wrong := deciding()
			entries := r.entries(wrong)
			if err := jobs.Submit(r.t.Context(), r.ledger, r.queue, r.batch("b2"), func(yield func(ledger.Entry, error) bool) {
				for e := range entries {
					e.Site.Address["pc"] = "12" // the rules changed since it was checked
					yield(e, nil)
				}
			}, nil); err != nil {
				r.t.Fatal(err)
			}
			r.wait("b2", isDone)
			r.ended("b2", "2", rollout.Review, jobs.CodeInReview, "batch resolve b2 2")
		},
		"whose voicesite does not exist": func(r *rig) {
			r.submit("b2", deciding())
			r.wait("b2", isDone)
			r.ended("b2", "2", rollout.Review, jobs.CodeVoiceSiteUnknown, "batch resolve b2 2")
		},
	} {
		runVirtually(t, name, func(t *testing.T) {
			r, stop := inDoubt(t)
			between(r)
			r.submit("b3", site(2))
			r.wait("b3", isDone)
			r.ended("b3", "2", rollout.Rejected, jobs.CodeInReview, "batch b2")
			// The later row can be resolved, and then the site is free.
			if _, err := jobs.Resolve(t.Context(), r.ledger, r.queue, "b2", 2, jobs.Resolution{Fail: true}); err != nil {
				t.Error(err)
			}
			r.wait("b2", isDone)
			stop()
			r.ended("b2", "2", rollout.Failed, jobs.CodeGivenUp)
			if n := r.orders(); n != 1 {
				t.Errorf("%d orders", n)
			}
		})
	}
}

// TestResolve_BetweenCheckAndWriting: an upload judged a site by its review; a person
// decides about it before the upload is written.
func TestResolve_BetweenCheckAndWriting(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		row     func(there string) rollout.Site
		resolve jobs.Resolution
	}{
		"the row names the voicesite, the person orders again": {func(there string) rollout.Site {
			s := site(2)
			s.Request.VoiceSiteID = there
			return s
		}, jobs.Resolution{OrderAgain: true}},
	} {
		runVirtually(t, name, func(t *testing.T) {
			r := newInReview(t)
			entries := r.entries(c.row(r.there.VoiceSiteID))
			r.resolve(c.resolve)
			if err := jobs.Submit(t.Context(), r.ledger, r.queue, r.batch("b2"), entries, nil); err != nil {
				t.Fatal(err)
			}
			r.wait("b2", isDone)
			r.stop()
			r.ended("b2", "2", rollout.Failed, jobs.CodeTaken)
			r.provisionedAnew()
		})
	}
}

// A row that is in doubt and never came to its validation is validated after a person
// decided about it: no address is sent that nobody held against the rules.
func TestResolve_ARowThatWasNeverValidated(t *testing.T) {
	t.Parallel()
	broken := errors.New("the disk is gone")
	for name, c := range map[string]struct {
		pc    string // of the row
		ended rollout.State
	}{
		"and is right": {"1003", rollout.Provisioned}, "and is wrong": {"12", rollout.Review},
	} {
		runVirtually(t, name, func(t *testing.T) {
			r := newInReview(t)
			entries := r.entries(deciding())
			err := jobs.Submit(t.Context(), r.ledger, r.queue, r.batch("b2"), func(yield func(ledger.Entry, error) bool) {
				for e := range entries {
					e.Site.Address["pc"] = c.pc
					for range 500 { // the row's part is written
						yield(e, nil)
					}
				}
				yield(ledger.Entry{}, broken)
			}, nil)
			if !errors.Is(err, broken) {
				t.Fatal(err)
			}
			r.wait("b2", isDone)
			r.ended("b2", "2", rollout.Review, jobs.CodeInReview)
			if _, err := jobs.Resolve(t.Context(), r.ledger, r.queue, "b2", 2, jobs.Resolution{VoiceSiteID: r.there.VoiceSiteID}); err != nil {
				t.Fatal(err)
			}
			r.wait("b2", func(b rollout.Batch) bool { return isDone(b) && b.Decisions == 1 })
			r.stop()
			sent := r.gate.Count(simtest.CallAddress) - 1 // that of row 3
			if s := r.sites("b2")["2"]; s.State != c.ended || (sent == 1) != (c.ended == rollout.Provisioned) {
				t.Errorf("the site ended as %s, and %d addresses were sent: %+v", s.State, sent, s.Problems)
			}
			r.judge("b2")
		})
	}
}
