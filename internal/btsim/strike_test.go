// Faults on purpose, as a client meets them, and what the books say afterwards.

package btsim_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"btrollout/internal/btsim"
)

// single makes a connection for each request, so that nobody repeats a call that
// was broken off.
var single = &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}

// each is a fault that strikes every n-th opportunity.
func each(kind btsim.Kind, n int) btsim.Faults { return btsim.Faults{kind: {Every: n}} }

// struck wants the books to say that a kind struck n times, and no other did.
func (b *bench) struck(kind btsim.Kind, n int) {
	b.t.Helper()
	if f := b.sim.Stats().Faults; len(f) != 1 || f[kind] != n {
		b.t.Errorf("faults in the books: %v, want %s %d times", f, kind, n)
	}
}

// bought wants the books to hold the orders of a reference.
func (b *bench) bought(reference string, n int) {
	b.t.Helper()
	if orders := b.sim.Stats().Orders[reference]; len(orders) != n {
		b.t.Errorf("orders of %s in the books: %+v, want %d", reference, orders, n)
	}
}

func (b *bench) post(reference string) answer {
	b.t.Helper()
	return b.call(http.MethodPost, b.mine+"/orders/voicesite", orderBody(reference, "SITE", "FR", europe))
}

// serverError wants one of the API's own, in either of its shapes.
func (a answer) serverError() {
	a.t.Helper()
	var faults []fault
	if err := json.Unmarshal(a.body, &faults); err != nil {
		faults = make([]fault, 1)
		a.into(a.status, &faults[0])
	}
	if a.status < 500 || a.status > 504 || a.status == 501 || !slices.Contains([]int{1, 5, 6}, faults[0].Code) || faults[0].Message == "" {
		a.t.Errorf("%s: %d %s", a.call, a.status, a.body)
	}
}

// proxyError wants a page that is not the API's.
func (a answer) proxyError() {
	a.t.Helper()
	if a.status != 502 && a.status != 503 || !strings.HasPrefix(string(a.body), "<html>") ||
		!strings.HasPrefix(a.header.Get("Content-Type"), "text/html") || a.header.Get("X-OAPI-Request-Id") != "" {
		a.t.Errorf("%s: %d %v %s", a.call, a.status, a.header, a.body)
	}
}

func TestFaultsBeforeDoNothing(t *testing.T) {
	t.Parallel()
	for kind, check := range map[btsim.Kind]func(answer){btsim.ErrorBefore: answer.serverError, btsim.HTML: answer.proxyError} {
		b := newBench(t, btsim.Options{Faults: each(kind, 2)}) // a token is the first opportunity
		check(b.post("ref"))
		b.bought("ref", 0)
		path := b.mine + "/orders/" + b.order("ref", "SITE", "FR", europe).OrderID
		check(b.get(path))
		b.get(path).into(http.StatusOK, new(any))
		check(b.askToken())
		b.newToken()
		check(b.get(path, header("Authorization", ""))) // before every gate
		b.struck(kind, 4)
		b.bought("ref", 1)
		refused := 0
		for _, r := range b.sim.Stats().Refused {
			refused += r.Count
		}
		if refused != 4 {
			t.Errorf("%s: %d refused in the books", kind, refused)
		}
	}
}

func TestServerErrorsVary(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, kind := range []btsim.Kind{btsim.ErrorBefore, btsim.HTML} {
		b := newBench(t, btsim.Options{Faults: each(kind, 2)})
		for range 60 {
			seen[fmt.Sprint(kind, b.get(b.api+"/me").status)] = true
			b.get(b.api + "/me")
		}
	}
	for _, want := range []string{"error-before500", "error-before502", "error-before503", "error-before504", "html502", "html503"} {
		if !seen[want] {
			t.Errorf("%s never came: %v", want, seen)
		}
	}
}

func TestErrorAfter(t *testing.T) {
	t.Parallel()
	b := newBench(t, btsim.Options{Faults: each(btsim.ErrorAfter, 2)})
	path := b.site("FR")
	b.call(http.MethodPut, path, "{}").refused(http.StatusBadRequest, 23, "a3") // no opportunity
	b.call(http.MethodPut, path, text(good["FR"])).serverError()
	var stored map[string]string
	b.get(path).into(http.StatusOK, &stored)
	if line(stored) != line(good["FR"]) || b.sim.Stats().Voicesites[0].AddressPushes != 1 {
		t.Errorf("stored %s, books %+v", line(stored), b.sim.Stats().Voicesites)
	}
	b.post("other").into(http.StatusCreated, new(any))
	b.post("other").serverError()
	b.bought("other", 2)
	b.struck(btsim.ErrorAfter, 2)
}

func TestTimeoutAfter(t *testing.T) {
	t.Parallel()
	b := newBench(t, btsim.Options{Faults: each(btsim.TimeoutAfter, 2), Hang: time.Hour})
	path := b.site("FR")
	ctx, hangUp := context.WithCancel(t.Context())
	go func() {
		defer hangUp()
		for b.sim.Stats().Faults[btsim.TimeoutAfter] == 0 && ctx.Err() == nil {
			time.Sleep(time.Millisecond)
		}
	}()
	a, err := b.exchange(single, b.apiRequest(http.MethodPut, path, text(good["FR"])).WithContext(ctx))
	if !errors.Is(err, context.Canceled) {
		t.Errorf("answer %d %s, error %v", a.status, a.body, err)
	}
	b.get(path).into(http.StatusOK, new(any))
	b.struck(btsim.TimeoutAfter, 1)

	b = newBench(t, btsim.Options{Faults: each(btsim.TimeoutAfter, 1), Hang: time.Millisecond})
	a, err = b.exchange(single, b.apiRequest(http.MethodPost, b.mine+"/orders/voicesite", orderBody("ref", "SITE", "FR", europe)))
	if err == nil {
		t.Errorf("an answer came: %d %s", a.status, a.body)
	}
	b.bought("ref", 1)
	b.struck(btsim.TimeoutAfter, 1)
}

func TestReset(t *testing.T) {
	t.Parallel()
	b := newBench(t, btsim.Options{Faults: each(btsim.Reset, 1)})
	for range 20 {
		for _, r := range []*http.Request{
			b.apiRequest(http.MethodPost, b.mine+"/orders/voicesite", orderBody("ref", "SITE", "FR", europe)),
			b.apiRequest(http.MethodGet, b.mine+"/orders", ""),
		} {
			if a, err := b.exchange(single, r); err == nil {
				t.Errorf("%s: a whole answer came: %d %s", r.Method, a.status, a.body)
			}
		}
		got, err := b.onTheWire(b.apiRequest(http.MethodGet, b.mine+"/orders", ""))
		if begun := "HTTP/1.1 200 OK"; !errors.Is(err, syscall.ECONNRESET) || len(got) == 0 ||
			got[:min(len(got), 15)] != begun[:min(len(got), 15)] {
			t.Errorf("error %v after %q", err, got)
		}
	}
	b.bought("ref", 20)
	b.struck(btsim.Reset, 60)
}

// onTheWire sends a request and reads its connection to the end.
func (b *bench) onTheWire(r *http.Request) (string, error) {
	b.t.Helper()
	conn, err := net.Dial("tcp", r.URL.Host)
	if err != nil {
		b.t.Fatal(err)
	}
	defer conn.Close()
	if err := r.Write(conn); err != nil {
		b.t.Fatal(err)
	}
	got, err := io.ReadAll(conn)
	return string(got), err
}

func TestTruncated(t *testing.T) {
	t.Parallel()
	b := newBench(t, btsim.Options{Faults: each(btsim.Truncated, 1)})
	for range 20 {
		for status, a := range map[int]answer{
			http.StatusCreated: b.post("ref"),
			http.StatusOK:      b.get(b.mine + "/voicesites"), // an empty list
		} {
			if a.status != status || len(a.body) == 0 || json.Valid(a.body) || a.header.Get("Content-Length") != strconv.Itoa(len(a.body)) {
				t.Errorf("%s: %d %v %s", a.call, a.status, a.header, a.body)
			}
		}
	}
	b.bought("ref", 20)
	b.struck(btsim.Truncated, 40)
}

func TestThrottleStorms(t *testing.T) {
	t.Parallel()
	const length = 1500 * time.Millisecond
	b := newBench(t, btsim.Options{Faults: each(btsim.Throttle, 2), Storm: length})
	forms := map[string]bool{}
	for range 40 {
		b.get(b.api+"/me").into(http.StatusOK, new(any))
		until := b.clock.Now().Add(length)
		a := b.get(b.api+"/me", header("Authorization", ""))
		a.blocked(a.status, 53)
		b.clock.pass(time.Second)
		later := b.post("ref")
		later.blocked(a.status, 53)
		form := "none"
		if after := a.header.Get("Retry-After"); after != "" {
			form = "seconds"
			if date, err := http.ParseTime(after); err == nil {
				form = "date"
				if over := date.Sub(until); over < 0 || over >= time.Second || later.header.Get("Retry-After") != after {
					t.Errorf("the storm lasts to %s, Retry-After is %s, later %s", until, after, later.header.Get("Retry-After"))
				}
			} else if after != "2" || later.header.Get("Retry-After") != "1" {
				t.Errorf("Retry-After is %q, later %q", after, later.header.Get("Retry-After"))
			}
		}
		forms[fmt.Sprint(a.status, form)] = true
		b.newToken() // not throttled
		b.clock.pass(length - time.Second)
	}
	for _, want := range []string{"429none", "429seconds", "429date", "403none", "403seconds", "403date"} {
		if !forms[want] || len(forms) != 6 {
			t.Errorf("storms were %v, want %s", forms, want)
		}
	}
	b.bought("ref", 0)
	b.struck(btsim.Throttle, 40)
}

func TestTokenExpires(t *testing.T) {
	t.Parallel()
	b := newBench(t, btsim.Options{Faults: each(btsim.Token, 3)})
	me := b.api + "/me"
	for range 2 {
		b.get(me).into(http.StatusOK, new(any))
		b.get(me).into(http.StatusOK, new(any))
		b.post("ref").blocked(http.StatusUnauthorized, 42)
		for range 4 { // no opportunities
			b.get(me).blocked(http.StatusUnauthorized, 42)
			b.get(me, header("Authorization", "Bearer nonsense")).blocked(http.StatusUnauthorized, 41)
		}
		b.token = b.newToken()
	}
	b.bought("ref", 0)
	b.struck(btsim.Token, 2)
}

func TestShiftedPages(t *testing.T) {
	t.Parallel()
	lists := []string{"/orders", "/voicesites", "/orders?customerOrderReference=ref"}
	for page := range 3 {
		for seed := range 3 { // both directions
			list := lists[(page+seed)%3]
			b := newBench(t, btsim.Options{Seed: int64(seed), Faults: each(btsim.Shift, 7+page)})
			for range 5 {
				b.order("ref", "SITE", "FR", europe)
			}
			b.clock.pass(time.Minute)
			var distinct []int
			for range 4 {
				b.get(b.mine+list).into(http.StatusOK, new(any)) // whole, so no opportunity
				distinct = append(distinct, b.distinct(list, 2, 5))
			}
			if !slices.Equal(distinct, []int{5, 5, 4, 5}) {
				t.Errorf("%s, page %d, seed %d: readings found %v of 5 items", list, page, seed, distinct)
			}
			b.struck(btsim.Shift, 1)
		}
	}
}

// distinct reads a list page by page and counts the different items.
func (b *bench) distinct(list string, limit, total int) int {
	b.t.Helper()
	join := "?"
	if strings.Contains(list, "?") {
		join = "&"
	}
	seen := map[string]bool{}
	for offset := 0; offset < total; offset += limit {
		a := b.get(fmt.Sprintf("%s%s%slimit=%d&offset=%d", b.mine, list, join, limit, offset))
		var items []json.RawMessage
		a.into(http.StatusOK, &items)
		if want := min(limit, total-offset); a.header.Get("X-Total-Count") != strconv.Itoa(total) || len(items) != want {
			b.t.Errorf("%s: %d items of %s, want %d of %d", a.call, len(items), a.header.Get("X-Total-Count"), want, total)
		}
		for _, item := range items {
			seen[string(item)] = true
		}
	}
	return len(seen)
}

func TestSlowOrders(t *testing.T) {
	t.Parallel()
	b := newBench(t, btsim.Options{Faults: each(btsim.Slow, 2), Slow: time.Hour})
	b.order("usual", "SITE", "FR", europe)
	b.order("slow", "SITE", "FR", europe)
	for _, want := range []struct {
		after       time.Duration
		usual, slow string
	}{{time.Minute, "delivered", "inProgress"}, {59*time.Minute - 1, "delivered", "inProgress"}, {1, "delivered", "delivered"}} {
		b.clock.pass(want.after)
		orders := b.sim.Stats().Orders
		if orders["usual"][0].Status != want.usual || orders["slow"][0].Status != want.slow {
			t.Errorf("%+v: %+v", want, orders)
		}
	}
	b.struck(btsim.Slow, 1)
}

func TestRejectedOrders(t *testing.T) {
	t.Parallel()
	b := newBench(t, btsim.Options{Faults: each(btsim.Rejected, 2)})
	b.order("usual", "SITE", "FR", europe)
	b.order("anyway", "SITE", "FR", legacy) // no opportunity
	o := b.order("struck", "SITE", "FR", europe)
	if o.Status != "inProgress" || o.RejectionReason != "" {
		t.Errorf("at first: %+v", o)
	}
	b.clock.pass(time.Minute)
	b.get(b.mine+"/orders/"+o.OrderID).into(http.StatusOK, &o)
	if o.Status != "rejected" || !strings.Contains(o.RejectionReason, "on purpose") || o.VoiceSiteID != "" {
		t.Errorf("in the end: %+v", o)
	}
	stats := b.sim.Stats()
	if stats.Orders["usual"][0].Status != "delivered" || len(stats.Voicesites) != 1 {
		t.Errorf("the books: %+v", stats)
	}
	b.struck(btsim.Rejected, 1)
}

func TestInvisibleOrders(t *testing.T) {
	t.Parallel()
	b := newBench(t, btsim.Options{DeliveryMin: 1, DeliveryMax: 1, Faults: each(btsim.Invisible, 2), Invisible: time.Minute})
	b.order("ref", "SITE", "FR", europe)
	hidden := b.order("ref", "SITE", "FR", europe)
	listed := func(want string) {
		t.Helper()
		for _, list := range []string{"/orders", "/orders?customerOrderReference=ref", "/voicesites"} {
			a := b.get(b.mine + list)
			var items []any
			a.into(http.StatusOK, &items)
			if a.header.Get("X-Total-Count") != want || strconv.Itoa(len(items)) != want {
				t.Errorf("%s: %s items, X-Total-Count %s, want %s", list, a.body, a.header.Get("X-Total-Count"), want)
			}
		}
		b.get(b.mine+"/orders/"+hidden.OrderID).into(http.StatusOK, &hidden)
		b.get(b.mine+"/voicesites/"+hidden.VoiceSiteID).into(http.StatusOK, new(any))
	}
	b.clock.pass(time.Minute - 1)
	listed("1")
	b.bought("ref", 2)
	b.clock.pass(1)
	listed("2")
	b.struck(btsim.Invisible, 1)
}
