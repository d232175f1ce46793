// The books, by both doors.

package btsim_test

import (
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"btrollout/internal/btsim"
)

func TestBooks(t *testing.T) {
	t.Parallel()
	b := newBench(t, btsim.Options{DeliveryMin: 30 * time.Second, DeliveryMax: 30 * time.Second})
	start := b.clock.Now()
	path := b.site("FR") // two calls, a minute apart
	b.clock.pass(90 * time.Millisecond)
	b.call(http.MethodPut, path, text(good["FR"])).into(http.StatusOK, new(any))
	b.clock.pass(10 * time.Millisecond) // the next tenth
	for range 4 {
		b.get(b.api+"/nothing").blocked(http.StatusNotFound, 60)
	}
	b.get(b.api+"/me", header("Authorization", "")).blocked(http.StatusUnauthorized, 40)
	b.askToken(body("")).into(http.StatusBadRequest, new(any))

	want := btsim.Stats{
		Calls: map[string]int{
			"POST /customers/{customerCode}/orders/voicesite":                     1,
			"GET /customers/{customerCode}/orders/{orderId}":                      1,
			"PUT /customers/{customerCode}/voicesites/{voiceSiteId}/voiceaddress": 1,
			"GET /me":              1,
			"no such call":         4,
			"POST /oauth/v3/token": 2,
		},
		Refused: []btsim.Refused{
			{Call: "GET /me", Status: 401, Code: 40, Count: 1},
			{Call: "POST /oauth/v3/token", Status: 400, Code: 0, Count: 1},
			{Call: "no such call", Status: 404, Code: 60, Count: 4},
		},
		PerSecond:     map[int64]int{start.Unix(): 1, start.Unix() + 60: 7},
		Peak100ms:     5,
		PeakSecond:    7,
		Faults:        map[btsim.Kind]int{},
		Opportunities: map[btsim.Kind]int{},
		Orders: map[string][]btsim.Order{"ref": {
			{
				OrderID: "ord00000001", Status: "delivered", CustomerCode: b.sim.Credentials().CustomerCode,
				TechnicalSiteName: "SITE", FoldedName: "site", Country: "FR", VPNID: europe, VoiceSiteID: "vs00000001",
				CreationDate: start, Due: start.Add(30 * time.Second),
			},
		}},
		Voicesites: []btsim.Voicesite{{
			VoiceSiteID: "vs00000001", OrderID: "ord00000001", TechnicalSiteName: "SITE", FoldedName: "site",
			CustomerSiteLabel: "Label of SITE", Country: "FR", VPNID: europe,
			Address: good["FR"], AddressPushes: 1, FirstPush: start.Add(time.Minute + 90*time.Millisecond),
		}},
	}
	got := b.sim.Stats()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("books (-want +got):\n%s", diff)
	}

	var served btsim.Stats
	r := b.request(http.MethodGet, btsim.StatsPath, "")
	b.send(r, nil).into(http.StatusOK, &served)
	if diff := cmp.Diff(want, served); diff != "" {
		t.Errorf("books as served (-want +got):\n%s", diff)
	}
}

func TestPeakSecondIsOfAnySecond(t *testing.T) {
	t.Parallel()
	b := newBench(t, btsim.Options{})
	calls := func(n int) {
		for range n {
			b.get(b.api + "/me")
		}
	}
	calls(1)
	b.clock.pass(600 * time.Millisecond)
	calls(3)
	b.clock.pass(400 * time.Millisecond) // the next second of the clock; the first call is a whole second ago
	calls(2)
	b.clock.pass(599 * time.Millisecond)
	calls(1)
	b.clock.pass(time.Millisecond)
	calls(1)
	if got := b.sim.Stats(); got.PeakSecond != 6 {
		t.Errorf("the most calls within a second were %d, want 6; by the clock's seconds: %v", got.PeakSecond, got.PerSecond)
	}
}

func TestFirstPushStays(t *testing.T) {
	t.Parallel()
	b := newBench(t, btsim.Options{})
	path := b.site("FR")
	b.call(http.MethodPut, path, `{}`) // refused
	b.clock.pass(time.Second)
	first := b.clock.Now()
	b.call(http.MethodPut, path, text(good["FR"])).into(http.StatusOK, new(any))
	b.clock.pass(time.Second)
	b.call(http.MethodPut, path, text(good["FR"])).into(http.StatusOK, new(any))
	v := b.sim.Stats().Voicesites[0]
	if v.AddressPushes != 2 || !v.FirstPush.Equal(first) {
		t.Errorf("%d pushes, the first at %s, want 2 and %s", v.AddressPushes, v.FirstPush, first)
	}
}

func TestBooksGivenOutAreCopies(t *testing.T) {
	t.Parallel()
	b := newBench(t, btsim.Options{})
	b.call(http.MethodPut, b.site("FR"), text(good["FR"])).into(http.StatusOK, new(any))
	taken := b.sim.Stats()
	taken.Calls["GET /me"] = 99
	taken.Voicesites[0].Address["hno"] = "99"
	if now := b.sim.Stats(); now.Calls["GET /me"] != 0 || now.Voicesites[0].Address["hno"] != good["FR"]["hno"] {
		t.Error("whoever reads the books can change them")
	}
}

func TestConcurrentCallsAreAllBooked(t *testing.T) {
	t.Parallel()
	b := newBench(t, btsim.Options{DeliveryMin: 1, DeliveryMax: 1})
	const buyers, each = 8, 10
	var done sync.WaitGroup
	for range buyers {
		done.Go(func() {
			for range each {
				b.call(http.MethodPost, b.mine+"/orders/voicesite", orderBody("ref", "SITE", "FR", europe))
				b.clock.pass(time.Millisecond)
				b.get(b.mine + "/orders?customerOrderReference=ref&limit=1000")
				b.get(b.mine + "/voicesites")
				b.sim.Stats()
			}
		})
	}
	done.Wait()
	stats := b.sim.Stats()
	ids := map[string]bool{}
	for _, o := range stats.Orders["ref"] {
		ids[o.OrderID] = true
	}
	if len(ids) != buyers*each || len(stats.Voicesites) != buyers*each || len(stats.Refused) != 0 {
		t.Errorf("%d orders, %d voicesites, refused %v", len(ids), len(stats.Voicesites), stats.Refused)
	}
}

func TestCredentialsFollowTheSeed(t *testing.T) {
	t.Parallel()
	of := func(seed int64) btsim.Credentials {
		sim, err := btsim.New(btsim.Options{Seed: seed})
		if err != nil {
			t.Fatal(err)
		}
		return sim.Credentials()
	}
	one := of(1)
	if one != of(1) || one == of(2) {
		t.Error("credentials do not follow the seed")
	}
	if len(one.APIKey) != 40 {
		t.Errorf("the api key has %d characters", len(one.APIKey))
	}
}
