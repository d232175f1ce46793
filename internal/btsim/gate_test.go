// What every call passes through: tokens, headers, routes, rate.

package btsim_test

import (
	"math"
	"net/http"
	"strings"
	"testing"
	"time"

	"btrollout/internal/btsim"
)

func TestTokenIsGivenForAnHour(t *testing.T) {
	t.Parallel()
	b := newBench(t, btsim.Options{})
	var token struct {
		Type    string `json:"token_type"`
		Access  string `json:"access_token"`
		Expires int    `json:"expires_in"`
		Scope   string `json:"scope"`
	}
	b.askToken().into(http.StatusOK, &token)
	if token.Type != "Bearer" || token.Access == "" || token.Access == b.token || token.Expires != 3600 || token.Scope == "" {
		t.Errorf("token: %+v", token)
	}
	b.clock.pass(time.Hour - time.Second)
	b.get(b.api+"/me").into(http.StatusOK, new(any))
	b.clock.pass(time.Second)
	b.get(b.api+"/me").blocked(http.StatusUnauthorized, 42)
}

func TestTokenRefusals(t *testing.T) {
	t.Parallel()
	b := newBench(t, btsim.Options{})
	basic := func(id, secret string) tweak { return func(r *http.Request) { r.SetBasicAuth(id, secret) } }
	c := b.sim.Credentials()
	for name, test := range map[string]struct {
		spoil  tweak
		status int
		reason string
	}{
		"no credentials": {header("Authorization", ""), 401, "invalid_client"},
		"bearer":         {header("Authorization", "Bearer x"), 401, "invalid_client"},
		"wrong secret":   {basic(c.ClientID, "x"), 401, "invalid_client"},
		"wrong id":       {basic("x", c.ClientSecret), 401, "invalid_client"},
		"JSON":           {header("Content-Type", "application/json"), 400, "invalid_request"},
		"no type":        {header("Content-Type", ""), 400, "invalid_request"},
		"no grant":       {body(""), 400, "invalid_request"},
		"two grants":     {body("grant_type=client_credentials&grant_type=client_credentials"), 400, "invalid_request"},
		"other grant":    {body("grant_type=password"), 400, "unsupported_grant_type"},
		"huge form":      {body("grant_type=client_credentials&x=" + strings.Repeat("y", 70_000)), 400, "invalid_request"},
		"grant in query": {func(r *http.Request) {
			r.URL.RawQuery = "grant_type=client_credentials"
			body("")(r)
		}, 400, "invalid_request"},
	} {
		a := b.askToken(test.spoil)
		var e struct {
			Error       string `json:"error"`
			Description string `json:"error_description"`
		}
		a.into(test.status, &e)
		if e.Error != test.reason || e.Description == "" {
			t.Errorf("%s: %s, want %s", name, a.body, test.reason)
		}
		if strings.Contains(string(a.body), c.ClientSecret) {
			t.Errorf("%s: the answer holds the secret", name)
		}
		if challenged := a.header.Get("WWW-Authenticate") != ""; challenged != (test.status == 401) {
			t.Errorf("%s: WWW-Authenticate is %q", name, a.header.Get("WWW-Authenticate"))
		}
	}
	b.askToken(header("Accept", "")).blocked(http.StatusNotAcceptable, 62)
	b.askToken(header("Accept", "*/*")).blocked(http.StatusNotAcceptable, 62)
	b.askToken(func(r *http.Request) { r.Method = http.MethodGet }).blocked(http.StatusMethodNotAllowed, 61)
}

func TestTokenEndpointTakesFiftyAMinute(t *testing.T) {
	t.Parallel()
	b := newBench(t, btsim.Options{}) // takes the first
	for range 49 {
		b.newToken()
	}
	b.askToken().blocked(http.StatusTooManyRequests, 53)
	b.clock.pass(time.Minute - time.Nanosecond)
	b.askToken().blocked(http.StatusTooManyRequests, 53)
	b.clock.pass(time.Nanosecond)
	b.newToken()
}

func TestGates(t *testing.T) {
	t.Parallel()
	b := newBench(t, btsim.Options{})
	me := b.api + "/me"
	b.get(me, header("Authorization", "")).blocked(http.StatusUnauthorized, 40)
	b.get(me, header("Authorization", "Bearer nonsense")).blocked(http.StatusUnauthorized, 41)
	b.get(me, header("Authorization", b.token)).blocked(http.StatusUnauthorized, 41)
	b.get(me, header("Authorization", "Basic "+b.token)).blocked(http.StatusUnauthorized, 41)
	b.get(me, header("Accept", "")).blocked(http.StatusNotAcceptable, 62)
	b.get(me, header("Accept", "text/html, */*")).blocked(http.StatusNotAcceptable, 62)
	b.get(me, header("Accept", "text/html, application/json;q=0.9")).into(http.StatusOK, new(any))
	b.get(me, header("X-BT-API-KEY", "")).refused(http.StatusForbidden, 51, "no X-BT-API-KEY")
	b.get(me, header("X-BT-API-KEY", strings.Repeat("a", 40))).refused(http.StatusForbidden, 51, "not known")
}

func TestStrayCalls(t *testing.T) {
	t.Parallel()
	b := newBench(t, btsim.Options{})
	for _, path := range []string{
		b.api, b.api + "/", b.api + "/nothing", b.api + "/me/", b.api + "//me", b.api + "/x/../me",
		b.api + "/customer/" + b.sim.Credentials().CustomerCode + "/vpns", "/btalk/v2/me", "/",
		b.api + "/countries/CH/geoareas/area2", b.api + "/countries/CH/geoareas",
	} {
		b.get(path).blocked(http.StatusNotFound, 60)
	}
	b.get(b.api+"/nothing", header("Authorization", "")).blocked(http.StatusUnauthorized, 40)

	for call, allow := range map[string]string{
		"POST /me":                              "GET",
		"DELETE /customers":                     "GET",
		"PATCH /countries/FR":                   "GET",
		"PUT {mine}/orders/voicesite":           "GET, POST",
		"POST {mine}/orders":                    "GET",
		"DELETE {mine}/orders/1":                "GET",
		"POST {mine}/voicesites":                "GET",
		"POST {mine}/voicesites/1":              "GET",
		"POST {mine}/voicesites/1/voiceaddress": "GET, PUT",
	} {
		method, path, _ := strings.Cut(call, " ")
		path = strings.Replace(path, "{mine}", "/customers/"+b.sim.Credentials().CustomerCode, 1)
		a := b.call(method, b.api+path, "")
		a.blocked(http.StatusMethodNotAllowed, 61)
		if got := a.header.Get("Allow"); got != allow {
			t.Errorf("%s: Allow is %q, want %q", call, got, allow)
		}
	}
}

func TestRequestIDsAreFresh(t *testing.T) {
	t.Parallel()
	b := newBench(t, btsim.Options{})
	seen := map[string]bool{}
	unauthorized := b.get(b.api+"/me", header("Authorization", ""))
	for _, a := range []answer{b.get(b.api + "/me"), b.get(b.api + "/me"), b.get("/nothing"), b.askToken(), unauthorized} {
		id := a.header.Get("X-OAPI-Request-Id")
		if id == "" || seen[id] {
			t.Errorf("%s: request id %q is missing or not fresh", a.call, id)
		}
		seen[id] = true
	}
}

func TestSpikesAreArrested(t *testing.T) {
	t.Parallel()
	b := newBench(t, btsim.Options{Rate: 3})
	me := b.api + "/me"
	for range 3 {
		b.get(me).into(http.StatusOK, new(any))
		b.clock.pass(100 * time.Millisecond)
	}
	b.get(me).blocked(http.StatusForbidden, 53)
	b.clock.pass(699 * time.Millisecond) // 999 ms after the first
	b.get(me).blocked(http.StatusForbidden, 53)
	b.newToken() // tokens are counted apart
	b.clock.pass(time.Millisecond)
	b.get(me).into(http.StatusOK, new(any))
	b.get(me).blocked(http.StatusForbidden, 53)
}

func TestLatencyIsAdded(t *testing.T) {
	t.Parallel()
	const latency = 30 * time.Millisecond
	b := newBench(t, btsim.Options{Latency: latency})
	start := time.Now()
	b.get(b.api+"/me").into(http.StatusOK, new(any))
	if took := time.Since(start); took < latency {
		t.Errorf("a call took %s, want %s at least", took, latency)
	}
}

func TestReadonlyProfileChangesNothing(t *testing.T) {
	t.Parallel()
	b := newBench(t, btsim.Options{Profile: "readonly"})
	var me struct {
		RightsProfile string `json:"rightsProfile"`
	}
	b.get(b.api+"/me").into(http.StatusOK, &me)
	if me.RightsProfile != "readonly" {
		t.Errorf("profile is %q", me.RightsProfile)
	}
	b.call(http.MethodPost, b.mine+"/orders/voicesite", orderBody("r", "N", "FR", europe)).refused(http.StatusForbidden, 52, "readonly")
	b.call(http.MethodPut, b.mine+"/voicesites/1/voiceaddress", "{}").refused(http.StatusForbidden, 52, "readonly")
	b.get(b.mine+"/orders").into(http.StatusOK, new([]any))
	if n := len(b.sim.Stats().Orders); n != 0 {
		t.Errorf("%d references ordered", n)
	}
}

func TestWrongOptions(t *testing.T) {
	t.Parallel()
	one := func(c btsim.Chance) btsim.Options { return btsim.Options{Faults: btsim.Faults{btsim.HTML: c}} }
	for mention, options := range map[string]btsim.Options{
		"hang":             {Hang: -1},
		"storm":            {Storm: -1},
		"slow":             {Slow: -1},
		"invisible":        {Invisible: -1},
		`no fault "typo"`:  {Faults: btsim.Faults{"typo": {Every: 1}}},
		`no fault "all"`:   {Faults: btsim.Faults{"all": {Every: 1}}},
		"html: its prob":   one(btsim.Chance{Probability: -0.1}),
		"1.1: give 0 to 1": one(btsim.Chance{Probability: 1.1}),
		"NaN: give 0 to 1": one(btsim.Chance{Probability: math.NaN()}),
		"every -1. time":   one(btsim.Chance{Every: -1}),
		"give one of them": one(btsim.Chance{Every: 2, Probability: 0.5}),
		"delivery takes":   {DeliveryMin: 2, DeliveryMax: 1},
		"delivery":         {DeliveryMin: -2, DeliveryMax: 1},
		"latency":          {Latency: -1},
		"rate":             {Rate: -1},
		"token lifetime":   {TokenLifetime: -1},
		"profile":          {Profile: "admin"},
		"largest page":     {MaxPage: -1},
		"customers":        {Customers: 101},
	} {
		if _, err := btsim.New(options); err == nil || !strings.Contains(err.Error(), mention) {
			t.Errorf("%+v: error %v, want one about %q", options, err, mention)
		}
	}
}
