// This file tests that a site is recognised after the purge of its batch as it was before.

package jobs_test

import (
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/redis/go-redis/v9"

	"btrollout/internal/btsim"
	"btrollout/internal/jobs"
	"btrollout/internal/ledger"
	"btrollout/internal/retention"
	"btrollout/internal/rollout"
	"btrollout/internal/simtest"
)

// purge purges a batch.
func (r *rig) purge(id string) {
	r.t.Helper()
	b, err := r.ledger.Batch(r.t.Context(), id)
	if err == nil {
		err = retention.Purge(r.t.Context(), r.ledger, b, nil)
	}
	if err != nil {
		r.t.Fatal(err)
	}
}

// endings are the ways in which a site may have ended, each a change of the site.
func endings() []func(*rollout.Site) {
	at := time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	label := "Another label"
	details := []func(*rollout.Site){
		func(*rollout.Site) {},
		func(s *rollout.Site) { s.Progress.VoiceSiteID = "vs1" },
		func(s *rollout.Site) { s.Progress.VoiceSiteID, s.Unconfirmed = "vs1", true },
		func(s *rollout.Site) { s.Progress.VoiceSiteID, s.KeptLabel = "vs1", &label },
		func(s *rollout.Site) { s.Progress.VoiceSiteID, s.Dismissed = "vs1", []string{"o7", "vs2", "vs9"} },
		func(s *rollout.Site) { s.Progress.VoiceSiteID, s.Request.VoiceSiteID = "vs1", "vs1" },
		func(s *rollout.Site) { s.Dismissed = []string{"o7", "vs9"} },
		func(s *rollout.Site) { s.Unconfirmed = true },
		func(s *rollout.Site) { s.Progress.VoiceSiteID, s.Label, s.VPN, s.VPNID = "vs1", "", "", "" },
		func(s *rollout.Site) { s.Progress.VoiceSiteID, s.Address = "vs1", nil },
		func(s *rollout.Site) {
			s.OrderID, s.OrderedAt = "o1", &at
			s.Intent = &rollout.Intent{Attempt: 2, Lost: 1, SendBefore: at, LookFrom: at, Rejected: []string{"o0"}}
		},
		func(s *rollout.Site) { s.Elsewhere = &rollout.Place{Batch: "other", Row: 7, Name: "7"} },
	}
	var all []func(*rollout.Site)
	for _, state := range []rollout.State{
		rollout.Provisioned, rollout.Skipped, rollout.Failed, rollout.Cancelled, rollout.Rejected,
	} {
		for _, detail := range details {
			all = append(all, func(s *rollout.Site) {
				detail(s)
				s.State, s.Run = state, 1
				s.Push, s.Notes = maps.Clone(s.Address), []rollout.Text{{EN: "Rue de Bourg"}}
				s.Problems = []rollout.Problem{{Code: "address.pattern", Value: "Rue de Bourg", Message: rollout.Text{EN: "Rue de Bourg"}}}
				s.LeftAsIs, s.LastError = s.Problems, "Rue de Bourg"
			})
		}
	}
	return all
}

// uploads are rows that a later upload may have for a site, each a change of the first row.
func uploads() []func(*rollout.Site) {
	return []func(*rollout.Site){
		func(*rollout.Site) {},
		func(s *rollout.Site) { s.Address["hno"] = "7" },
		func(s *rollout.Site) { s.Address["a2"] = "" },
		func(s *rollout.Site) { s.Address = rollout.Address{} },
		func(s *rollout.Site) { s.Address = nil },
		func(s *rollout.Site) { s.Label = "Another label" },
		func(s *rollout.Site) { s.Label = "" },
		func(s *rollout.Site) { s.Country = "BE" },
		func(s *rollout.Site) { s.VPN, s.VPNID = "2", "another" },
		func(s *rollout.Site) { s.Reference = "PO-1" },
		func(s *rollout.Site) { s.Request.VoiceSiteID = "vs1" },
		func(s *rollout.Site) { s.Request.VoiceSiteID = "vs9" },
		func(s *rollout.Site) { s.Name = strings.ToLower(s.Name) },
		func(s *rollout.Site) { s.Name = strings.ReplaceAll(s.Name, "E", "É") },
	}
}

// purgeable is a site as a row asks for it.
func purgeable(number int) rollout.Site {
	s := site(number)
	s.VPNID = "aa76e66dfc63"
	s.Cells = []string{"Rue de Bourg 5"}
	return s
}

// TestPurge_RecognisesAsBefore: of every state, whatever a later upload says, Recognise decides the same
// before and after the purge, and while an old and a new record of a site are read together.
func TestPurge_RecognisesAsBefore(t *testing.T) {
	virtually(t, func(t *testing.T) {
		rdb := newMemoryRedis(t).Connect(t, nil)
		l, ctx := ledger.New(rdb), t.Context()
		b := rollout.Batch{ID: "b1", File: "f.csv", Customer: "C", Sheets: []rollout.Sheet{{Columns: []string{"Rue de Bourg"}}}}
		var entries []ledger.Entry
		for i, ending := range endings() {
			s := purgeable(i + 2)
			ending(&s)
			entries = append(entries, ledger.Entry{Site: s, Claim: s.State != rollout.Rejected && s.Elsewhere == nil})
		}
		recognised := func() (all [][]ledger.Entry) {
			t.Helper()
			for _, upload := range uploads() {
				var rows []rollout.Site
				for i := range entries {
					s := purgeable(i + 2)
					upload(&s)
					rows = append(rows, s)
				}
				got, err := jobs.Recognise(ctx, l, b.Customer, rows)
				if err != nil {
					t.Fatal(err)
				}
				all = append(all, got)
			}
			return all
		}
		err := l.Create(ctx, b)
		for _, step := range []func() error{
			func() error { _, err := l.Add(ctx, b, entries); return err },
			func() error { return l.Start(ctx, b.ID) },
			func() error { _, err := l.Finish(ctx, b.ID, 0, "r.xlsx"); return err },
		} {
			if err == nil {
				err = step()
			}
		}
		if err != nil {
			t.Fatal(err)
		}
		before := recognised()
		states := map[rollout.State]int{}
		for _, upload := range before {
			for _, e := range upload {
				states[e.Site.State]++
			}
		}
		if states[rollout.Skipped] == 0 || states[rollout.Rejected] == 0 || states[rollout.Imported] == 0 {
			t.Errorf("the rows become only %v", states)
		}
		rows := rdb.HGetAll(ctx, "{btr}:batch:b1:rows").Val()

		if err := retention.Purge(ctx, l, b, nil); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(before, recognised()); diff != "" {
			t.Errorf("after the purge (-before +after):\n%s", diff)
		}
		nothingOf(t, rdb, "Bourg", "Lausanne", "1003")
		now, err := l.Batch(ctx, b.ID)
		if err != nil || now.Purged.IsZero() || now.Purging || now.Unsound || now.Rows() != len(entries) || now.State != rollout.Done {
			t.Errorf("the batch is %+v (%v)", now, err)
		}

		if err := rdb.HSet(ctx, "{btr}:batch:b1:rows", rows).Err(); err != nil { // Load reads a site's records one after the other
			t.Fatal(err)
		}
		if diff := cmp.Diff(before, recognised()); diff != "" {
			t.Errorf("with old rows and new progress (-before +after):\n%s", diff)
		}
		if err := rdb.Del(ctx, "{btr}:claims:C").Err(); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(before, recognised()); diff != "" {
			t.Errorf("after the claims were made again (-before +after):\n%s", diff)
		}
	})
}

// nothingOf checks that no key or value in a Redis has one of these texts.
func nothingOf(t *testing.T, rdb *redis.Client, texts ...string) {
	t.Helper()
	ctx := t.Context()
	for _, key := range rdb.Keys(ctx, "*").Val() {
		var held any
		switch kind := rdb.Type(ctx, key).Val(); kind {
		case "string":
			held = rdb.Get(ctx, key).Val()
		case "hash":
			held = rdb.HGetAll(ctx, key).Val()
		case "set":
			held = rdb.SMembers(ctx, key).Val()
		case "zset":
			held = rdb.ZRange(ctx, key, 0, -1).Val()
		case "stream":
			held = rdb.XRange(ctx, key, "-", "+").Val()
		case "list":
			held = rdb.LRange(ctx, key, 0, -1).Val()
		case "none": // expired
		default:
			t.Errorf("%s is a %s", key, kind)
		}
		for _, text := range texts {
			if all := key + fmt.Sprint(held); strings.Contains(all, text) {
				t.Errorf("%q is still there: %s", text, all)
			}
		}
	}
}

// ways are how a site comes to an end at the workers and the simulator. The last batch of each, "b1",
// is purged.
var ways = map[string]func(r *rig, g *simtest.Gate){
	"provisioned": func(r *rig, _ *simtest.Gate) { r.through("b1", site(2)) },
	"skipped": func(r *rig, _ *simtest.Gate) {
		r.through("b0", site(2))
		r.through("b1", site(2))
		r.purge("b0")
	},
	"label kept": func(r *rig, _ *simtest.Gate) {
		r.through("b0", site(2))
		relabelled := site(2)
		relabelled.Label = "Another label"
		r.through("b1", relabelled)
		r.purge("b0")
	},
	"failed with a voicesite": func(r *rig, g *simtest.Gate) {
		g.Set(simtest.Answering(simtest.CallAddress, http.StatusBadRequest, 21))
		r.through("b1", site(2))
		g.Set(nil)
	},
	"failed before its order": func(r *rig, g *simtest.Gate) {
		g.Set(simtest.Answering(simtest.CallOrder, http.StatusBadRequest, 21))
		r.through("b1", site(2))
		g.Set(nil)
	},
	"failed with an attempt that made an order": func(r *rig, g *simtest.Gate) {
		r.throughReview(g, true, jobs.Resolution{Fail: true})
	},
	"failed with an attempt that made none": func(r *rig, g *simtest.Gate) {
		r.throughReview(g, false, jobs.Resolution{Fail: true})
	},
	"ordered again by a person": func(r *rig, g *simtest.Gate) {
		r.throughReview(g, false, jobs.Resolution{OrderAgain: true})
	},
	"cancelled": func(r *rig, _ *simtest.Gate) {
		r.through("b0", site(2))
		r.withdrawn("b1", movedSite(2))
		r.purge("b0")
	},
	"cancelled before its order": func(r *rig, _ *simtest.Gate) { r.withdrawn("b1", site(2)) },
	"rejected": func(r *rig, _ *simtest.Gate) {
		r.through("b0", site(2))
		moved := site(2)
		moved.VPN = "VPN Americas"
		r.through("b1", moved)
		r.ended("b1", "2", rollout.Rejected, jobs.CodeSiteChanged)
		r.purge("b0")
	},
}

// through takes a batch to its end.
func (r *rig) through(id string, sites ...rollout.Site) {
	r.t.Helper()
	r.submit(id, sites...)
	r.wait(id, isDone)
}

// throughReview takes batch b1 to review, because it is not known whether its order was made, and from there to
// its end by a person's decision.
func (r *rig) throughReview(g *simtest.Gate, carried bool, v jobs.Resolution) {
	r.t.Helper()
	g.Set(unknownOrders(carried))
	r.through("b1", site(2))
	r.ended("b1", "2", rollout.Review, jobs.CodeOrderUnknown)
	g.Set(nil)
	if _, err := jobs.Resolve(r.t.Context(), r.ledger, r.queue, "b1", 2, v); err != nil {
		r.t.Fatal(err)
	}
	r.wait("b1", isDone)
}

// unknownOrders loses the answers to all orders, which are carried out or not, and lists nothing.
func unknownOrders(carried bool) simtest.Rule {
	return func(call string, w http.ResponseWriter, _ *http.Request, carry func() *httptest.ResponseRecorder) bool {
		switch {
		case call == simtest.CallOrders, call == simtest.CallVoicesites:
			return simtest.Refuse(w, http.StatusNotFound, 60)
		case call == simtest.CallOrder && carried:
			carry()
		case call != simtest.CallOrder:
			return false
		}
		return simtest.Refuse(w, http.StatusServiceUnavailable, 5)
	}
}

// withdrawn uploads a batch that is withdrawn when its row is written, and waits for its end.
func (r *rig) withdrawn(id string, s rollout.Site) {
	r.t.Helper()
	broken := errors.New("the disk is gone")
	err := jobs.Submit(r.t.Context(), r.ledger, r.queue, r.batch(id), func(yield func(ledger.Entry, error) bool) {
		for e := range r.entries(s) {
			for n := range 500 { // the row's part is written
				e.Site.Row = rollout.RowRef(2 + n)
				if e.Site.Name = s.Name; n > 0 {
					e.Site.Name = fmt.Sprint("OTHER-", n)
				}
				if !yield(e, nil) {
					return
				}
			}
		}
		yield(ledger.Entry{}, broken)
	}, nil)
	if !errors.Is(err, broken) {
		r.t.Fatal(err)
	}
	r.wait(id, isDone)
	r.ended(id, "2", rollout.Cancelled, "")
}

// outcome is what became of a site that was uploaded again.
type outcome struct {
	State       rollout.State
	Codes       []string
	NoteCodes   []string
	VoiceSiteID string
	KeptLabel   *string
	Dismissed   []string
	Orders      int    // in the simulator's books
	HouseNumber string // of the voicesite
	Pushes      int    // of addresses to it
}

// TestPurge_UploadedAgain: what becomes of a site that is uploaded again is the same with and without a
// purge, and the simulator has no second order.
func TestPurge_UploadedAgain(t *testing.T) {
	t.Parallel()
	for name, end := range ways {
		for what, again := range map[string]rollout.Site{"unchanged": site(2), "moved": movedSite(2)} {
			runVirtually(t, name+", "+what, func(t *testing.T) {
				run := func(purged bool) outcome {
					g := &simtest.Gate{}
					r := newVirtualRig(t, instantly, g.Between)
					stop := r.startWorker()
					end(r, g)
					stop()
					time.Sleep(2 * time.Hour) // what is known of the account and the country expires
					if purged {
						r.purge("b1")
						nothingOf(t, r.rdb, "Bourg", "Lausanne")
					}
					defer r.startWorker()()
					row := again
					row.Address = maps.Clone(again.Address)
					r.through("b2", row)
					s := r.sites("b2")["2"]
					o := outcome{
						State: s.State, Codes: rollout.Codes(s.Problems), NoteCodes: rollout.Codes(s.LeftAsIs),
						VoiceSiteID: s.Progress.VoiceSiteID, KeptLabel: s.KeptLabel, Dismissed: s.Dismissed, Orders: r.orders(),
					}
					for _, v := range r.sim.Stats().Voicesites {
						o.HouseNumber, o.Pushes = o.HouseNumber+v.Address["hno"], o.Pushes+v.AddressPushes
					}
					return o
				}
				without, with := run(false), run(true)
				if diff := cmp.Diff(without, with); diff != "" {
					t.Errorf("(-without +with a purge):\n%s", diff)
				}
				if with.Orders != 1 {
					t.Errorf("%d orders", with.Orders)
				}
				if want := again.Address["hno"]; with.HouseNumber != want {
					t.Errorf("the house number is %q, want %q (%+v)", with.HouseNumber, want, with)
				}
			})
		}
	}
}

// TestPurge_NotWithARowInReview: neither before a person has decided, nor while the batch runs again.
func TestPurge_NotWithARowInReview(t *testing.T) {
	virtually(t, func(t *testing.T) {
		g := &simtest.Gate{}
		r := newVirtualRig(t, instantly, g.Between)
		g.Set(unknownOrders(false))
		stop := r.startWorker()
		r.through("b1", site(2))
		stop()
		refused := func(want error) {
			t.Helper()
			if err := r.ledger.CanPurge(t.Context(), "b1"); !errors.Is(err, want) {
				t.Errorf("whether it can be purged: %v, want %v", err, want)
			}
			if err := r.ledger.BeginPurge(t.Context(), "b1"); !errors.Is(err, want) {
				t.Errorf("the purge begins: %v, want %v", err, want)
			}
			if b, err := r.ledger.Batch(t.Context(), "b1"); err != nil || !b.Purged.IsZero() {
				t.Errorf("the batch is %+v (%v)", b, err)
			}
		}
		refused(ledger.ErrNeedsPerson)
		if _, err := jobs.Resolve(t.Context(), r.ledger, r.queue, "b1", 2, jobs.Resolution{Fail: true}); err != nil {
			t.Fatal(err)
		}
		refused(ledger.ErrNotDone)
		stop = r.startWorker()
		r.wait("b1", isDone)
		stop()
		r.purge("b1")

		// A record that is damaged after that goes to review, and only --fail can end that.
		if err := r.rdb.HSet(t.Context(), "{btr}:batch:b1:sites", "2", "{").Err(); err != nil {
			t.Fatal(err)
		}
		_, err := jobs.Resolve(t.Context(), r.ledger, r.queue, "b1", 2, jobs.Resolution{OrderAgain: true})
		if !errors.Is(err, jobs.ErrRowLost) {
			t.Errorf("the address is gone, and the row goes on: %v", err)
		}
		if _, err = jobs.Resolve(t.Context(), r.ledger, r.queue, "b1", 2, jobs.Resolution{Fail: true}); err != nil {
			t.Error(err)
		}
	})
}

// TestPurge_WhileARowIsUploaded: rows that were recognised before a purge are written after it as if there had
// been none.
func TestPurge_WhileARowIsUploaded(t *testing.T) {
	virtually(t, func(t *testing.T) {
		r := newVirtualRig(t, instantly, nil)
		defer r.startWorker()()
		r.through("b1", site(2), site(3))
		entries := r.entries(site(2), movedSite(3))
		r.purge("b1")
		if err := jobs.Submit(t.Context(), r.ledger, r.queue, r.batch("b2"), entries, nil); err != nil {
			t.Fatal(err)
		}
		r.wait("b2", isDone)
		r.ended("b2", "2", rollout.Skipped, "")
		r.ended("b2", "3", rollout.Provisioned, "")
		if n := r.orders(); n != 2 {
			t.Errorf("%d orders", n)
		}
		r.judge("b2")
	})
}

// TestPurge_OfTheRowThatAnotherOneFollows: the row that waited goes on, and sends its own address.
func TestPurge_OfTheRowThatAnotherOneFollows(t *testing.T) {
	virtually(t, func(t *testing.T) {
		r := newVirtualRig(t, btsim.Options{DeliveryMin: 20 * time.Second, DeliveryMax: 20 * time.Second}, nil)
		defer r.startWorker()()
		r.submit("b1", site(2))
		r.wait("b1", func(b rollout.Batch) bool { return b.Counts[rollout.Ordered] == 1 })
		follower, b2 := r.entriesOf(movedSite(2)), r.batch("b2")
		if err := r.ledger.Create(t.Context(), b2); err != nil {
			t.Fatal(err)
		}
		if lost, err := r.ledger.Add(t.Context(), b2, follower); err != nil || len(lost) > 0 || follower[0].Site.State != rollout.Following {
			t.Fatal(lost, err, follower)
		}
		r.wait("b1", isDone)
		r.purge("b1")
		if err := r.ledger.Start(t.Context(), "b2"); err != nil {
			t.Fatal(err)
		}
		r.wait("b2", isDone)
		r.ended("b2", "2", rollout.Provisioned, "")
		if n := r.orders(); n != 1 {
			t.Errorf("%d orders", n)
		}
		r.judge("b2")
	})
}
