// Ordering: what is refused, what is bought, and what becomes of it.

package btsim_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"btrollout/internal/btsim"
)

func TestOrderIsDelivered(t *testing.T) {
	t.Parallel()
	b := newBench(t, btsim.Options{DeliveryMin: 10 * time.Second, DeliveryMax: 10 * time.Second})
	made := b.order("ref 1", "SITE_1", "CH", americas)
	if made.Status != "inProgress" || made.VoiceSiteID != "" || made.OrderID == "" || made.Reference != "ref 1" ||
		!made.CreationDate.Equal(b.clock.Now()) || made.Parameters["technicalSiteName"] != "SITE_1" || made.Parameters["vpnId"] != americas {
		t.Fatalf("order: %+v", made)
	}
	var sites []map[string]string
	var o order
	b.clock.pass(10*time.Second - 1)
	b.get(b.mine+"/orders/"+made.OrderID).into(http.StatusOK, &o)
	b.get(b.mine+"/voicesites").into(http.StatusOK, &sites)
	if o.Status != "inProgress" || len(sites) != 0 {
		t.Fatalf("too early: %+v, voicesites %v", o, sites)
	}

	b.clock.pass(1)
	b.get(b.mine+"/orders/"+made.OrderID).into(http.StatusOK, &o)
	if o.Status != "delivered" || o.VoiceSiteID == "" {
		t.Fatalf("in time: %+v", o)
	}
	b.get(b.mine+"/voicesites").into(http.StatusOK, &sites)
	var site map[string]string
	b.get(b.mine+"/voicesites/"+o.VoiceSiteID).into(http.StatusOK, &site)
	want := map[string]string{
		"voiceSiteId": o.VoiceSiteID, "technicalSiteName": "SITE_1", "customerSiteLabel": "Label of SITE_1", "country": "CH", "vpnId": americas,
	}
	if len(sites) != 1 || line(sites[0]) != line(want) || line(site) != line(want) {
		t.Errorf("voicesites %v, voicesite %v", sites, site)
	}
}

func TestDeliveryTimesAreDrawnWithinBounds(t *testing.T) {
	t.Parallel()
	progress := func(seed int64) string {
		b := newBench(t, btsim.Options{Seed: seed})
		for range 30 {
			b.order("r", "N", "FR", europe)
		}
		var trace strings.Builder
		for second := range 61 {
			var sites []any
			b.get(b.mine+"/voicesites").into(http.StatusOK, &sites)
			if second < 5 && len(sites) > 0 || second == 60 && len(sites) != 30 {
				t.Errorf("seed %d: %d voicesites after %d s", seed, len(sites), second)
			}
			trace.WriteByte(byte('0' + len(sites)))
			b.clock.pass(time.Second)
		}
		return trace.String()
	}
	one, again, two := progress(1), progress(1), progress(2)
	if one != again {
		t.Error("the same seed delivers at other times")
	}
	if one == two {
		t.Error("another seed delivers at the same times")
	}
}

func TestFrozenVPNRejects(t *testing.T) {
	t.Parallel()
	b := newBench(t, btsim.Options{})
	o := b.order("r", "N", "FR", legacy)
	if o.Status != "inProgress" || o.RejectionReason != "" {
		t.Errorf("at first: %+v", o)
	}
	b.clock.pass(time.Minute)
	b.get(b.mine+"/orders/"+o.OrderID).into(http.StatusOK, &o)
	if o.Status != "rejected" || o.VoiceSiteID != "" || !strings.Contains(o.RejectionReason, "another VPN") {
		t.Errorf("in the end: %+v", o)
	}
	if n := len(b.sim.Stats().Voicesites); n != 0 {
		t.Errorf("%d voicesites", n)
	}
}

func TestSameOrderTwiceCostsTwice(t *testing.T) {
	t.Parallel()
	b := newBench(t, btsim.Options{})
	one, two := b.order("ref", "SITE", "FR", europe), b.order("ref", "SITE", "FR", europe)
	b.order("other", "OTHER", "FR", europe)
	if one.OrderID == two.OrderID {
		t.Fatal("the second order is the first")
	}
	b.clock.pass(time.Minute)
	var orders []order
	a := b.get(b.mine + "/orders?customerOrderReference=ref")
	a.into(http.StatusOK, &orders)
	if len(orders) != 2 || orders[0].OrderID != one.OrderID || orders[1].OrderID != two.OrderID ||
		orders[0].VoiceSiteID == orders[1].VoiceSiteID || a.header.Get("X-Total-Count") != "2" {
		t.Errorf("orders of the reference: %+v", orders)
	}
	for query, want := range map[string]string{
		"": "3", "?customerOrderReference=other": "1", "?customerOrderReference=re": "0", "?customerOrderReference=REF": "0",
		"?customerOrderReference=ref&limit=1&offset=1": "2",
	} {
		if a := b.get(b.mine + "/orders" + query); a.header.Get("X-Total-Count") != want {
			t.Errorf("orders%s: %s of %s", query, a.body, a.header.Get("X-Total-Count"))
		}
	}
	stats := b.sim.Stats()
	if len(stats.Orders["ref"]) != 2 || len(stats.Orders["other"]) != 1 || len(stats.Voicesites) != 3 {
		t.Errorf("the books: %+v", stats)
	}
}

func TestOrderRefusals(t *testing.T) {
	t.Parallel()
	b := newBench(t, btsim.Options{})
	path := b.mine + "/orders/voicesite"
	good := orderBody("ref", "SITE", "FR", europe)
	swap := func(old, by string) string {
		if !strings.Contains(good, old) {
			t.Fatalf("%s is not in %s", old, good)
		}
		return strings.Replace(good, old, by, 1)
	}
	long := strings.Repeat("é", 101)
	for name, test := range map[string]struct {
		body    string
		code    int
		mention string
	}{
		"blank":               {" \n", 21, "no body"},
		"not JSON":            {"order=1", 22, "JSON"},
		"cut off":             {good[:len(good)-1], 22, "JSON"},
		"array":               {"[" + good + "]", 22, "object"},
		"null":                {"null", 22, "object"},
		"trailing object":     {good + good, 22, "follows"},
		"trailing garbage":    {good + "}", 22, "follows"},
		"trailing comma":      {swap(`"ref",`, `"ref",,`), 22, "JSON"},
		"duplicate":           {swap(`"country":"FR"`, `"country":"FR","country":"FR"`), 22, "twice"},
		"not UTF-8":           {swap("SITE", "S\xffTE"), 22, "UTF-8"},
		"unknown field":       {swap(`"parameters"`, `"quantity":1,"parameters"`), 24, "quantity"},
		"unknown parameter":   {swap(`"country"`, `"city":"x","country"`), 24, "parameters.city"},
		"other letter case":   {swap(`"vpnId"`, `"vpnID"`), 24, "parameters.vpnID"},
		"no reference":        {swap(`"customerOrderReference":"ref",`, ""), 23, "customerOrderReference"},
		"empty reference":     {swap(`"ref"`, `""`), 24, "customerOrderReference"},
		"long reference":      {swap(`"ref"`, `"`+long+`"`), 24, "customerOrderReference"},
		"numeric reference":   {swap(`"ref"`, `7`), 24, "customerOrderReference"},
		"null reference":      {swap(`"ref"`, `null`), 24, "customerOrderReference"},
		"no parameters":       {`{"customerOrderReference":"ref"}`, 23, "parameters"},
		"parameters a string": {`{"customerOrderReference":"ref","parameters":"x"}`, 24, "parameters"},
		"no name":             {swap(`,"technicalSiteName":"SITE"`, ""), 23, "technicalSiteName"},
		"empty name":          {swap(`"SITE"`, `""`), 24, "technicalSiteName"},
		"long name":           {swap(`"SITE"`, `"`+long+`"`), 24, "technicalSiteName"},
		"no label":            {swap(`"customerSiteLabel":"Label of SITE",`, ""), 23, "customerSiteLabel"},
		"long label":          {swap("Label of SITE", long), 24, "customerSiteLabel"},
		"no country":          {swap(`"country":"FR",`, ""), 23, "country"},
		"unknown country":     {swap(`"FR"`, `"ZZ"`), 24, "country"},
		"lower-case country":  {swap(`"FR"`, `"fr"`), 24, "country"},
		"uncovered country":   {swap(`"FR"`, `"GL"`), 24, "country"},
		"no VPN":              {swap(`,"vpnId":"`+europe+`"`, ""), 23, "vpnId"},
		"VPN by its name":     {swap(europe, "VPN Europe"), 24, "vpnId"},
	} {
		t.Log(name)
		b.call(http.MethodPost, path, test.body).refused(http.StatusBadRequest, test.code, test.mention)
	}
	if n := len(b.sim.Stats().Orders); n != 0 {
		t.Errorf("%d references ordered by refused calls", n)
	}
}

func TestOrderEnvelopes(t *testing.T) {
	t.Parallel()
	b := newBench(t, btsim.Options{})
	path := b.mine + "/orders/voicesite"
	good := orderBody("ref", "SITE", "FR", europe)
	b.call(http.MethodPost, path, "", header("Content-Type", "application/json")).refused(http.StatusBadRequest, 21, "no body")
	for _, media := range []string{
		"", "text/plain", "application/json; charset=latin1", "application/x-www-form-urlencoded", "application/json;;",
	} {
		b.call(http.MethodPost, path, good, header("Content-Type", media)).blocked(http.StatusUnsupportedMediaType, 68)
	}
	b.call(http.MethodPost, path, good+strings.Repeat(" ", 65_537-len(good))).blocked(http.StatusRequestEntityTooLarge, 66)
	b.call(http.MethodPost, strings.Replace(path, "/customers/", "/customers/1", 1), good).refused(http.StatusNotFound, 60, "customer")
	if n := len(b.sim.Stats().Orders); n != 0 {
		t.Errorf("%d references ordered by refused calls", n)
	}

	b.call(http.MethodPost, path, good+strings.Repeat(" ", 65_536-len(good))).into(http.StatusCreated, new(any))
	longest := strings.Replace(good, `"SITE"`, `"`+strings.Repeat("é", 100)+`"`, 1)
	b.call(http.MethodPost, path, longest, header("Content-Type", "application/json; charset=UTF-8")).into(http.StatusCreated, new(any))
}

func TestUnknownOrdersAndVoicesites(t *testing.T) {
	t.Parallel()
	b := newBench(t, btsim.Options{})
	b.get(b.mine+"/orders/none").refused(http.StatusNotFound, 60, "order")
	b.get(b.mine+"/orders/voicesite").refused(http.StatusNotFound, 60, "order")
	for _, path := range []string{"/voicesites/none", "/voicesites/none/voiceaddress"} {
		b.get(b.mine+path).refused(http.StatusNotFound, 60, "voicesite")
	}
	b.call(http.MethodPut, b.mine+"/voicesites/none/voiceaddress", "{}").refused(http.StatusNotFound, 60, "voicesite")
}

func TestUniqueNames(t *testing.T) {
	t.Parallel()
	b := newBench(t, btsim.Options{UniqueNames: true, Customers: 2, DeliveryMin: time.Minute, DeliveryMax: time.Minute})
	path := b.mine + "/orders/voicesite"
	again := func(want int) {
		t.Helper()
		a := b.call(http.MethodPost, path, orderBody("other", "SITE", "FR", europe))
		if a.status != want {
			t.Errorf("status %d, want %d: %s", a.status, want, a.body)
		}
		if want == http.StatusConflict {
			a.refused(want, 69, "technicalSiteName")
		}
	}
	b.order("one", "SITE", "FR", legacy)
	again(http.StatusConflict) // in progress
	b.clock.pass(time.Minute)
	again(http.StatusCreated)  // rejected, so that the name is free
	again(http.StatusConflict) // in progress
	b.clock.pass(time.Minute)
	again(http.StatusConflict) // delivered
	b.order("two", "site", "FR", europe)

	var customers []map[string]string
	b.get(b.api+"/customers").into(http.StatusOK, &customers)
	other := b.api + "/customers/" + customers[1]["customerCode"] + "/orders/voicesite"
	b.call(http.MethodPost, other, orderBody("three", "SITE", "FR", europe)).into(http.StatusCreated, new(any))

	stats := b.sim.Stats()
	if len(stats.Orders["one"]) != 1 || len(stats.Orders["other"]) != 1 ||
		stats.Orders["three"][0].CustomerCode != customers[1]["customerCode"] {
		t.Errorf("orders in the books: %+v", stats.Orders)
	}
}
