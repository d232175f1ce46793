// Tests of answers that say nothing, or speak of something else: they prove nothing.

package btapi_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"runtime"
	"strings"
	"testing"

	"btrollout/internal/btapi"
)

// first gives the first item of a list, or its error.
func first[T any](items func(func(T, error) bool)) (got T, err error) {
	for item, failed := range items {
		return item, failed
	}
	return got, nil
}

// decidingCalls are the calls whose answers decide something.
var decidingCalls = map[string]func(context.Context, *bundle) (any, error){
	"customers": func(ctx context.Context, b *bundle) (any, error) { return b.Customers(ctx) },
	"vpns":      func(ctx context.Context, b *bundle) (any, error) { return b.VPNs(ctx, "9999") },
	"country":   func(ctx context.Context, b *bundle) (any, error) { return b.Country(ctx, "FR") },
	"geographical constraints": func(ctx context.Context, b *bundle) (any, error) {
		return b.GeographicalConstraints(ctx, "FR")
	},
	"areas":      func(ctx context.Context, b *bundle) (any, error) { return b.GeoAreas(ctx, "FR") },
	"addresses":  func(ctx context.Context, b *bundle) (any, error) { return b.Addresses(ctx, "FR", nil) },
	"make order": func(ctx context.Context, b *bundle) (any, error) { return b.order(ctx) },
	"order":      func(ctx context.Context, b *bundle) (any, error) { return b.Order(ctx, "9999", "1") },
	"orders":     func(ctx context.Context, b *bundle) (any, error) { return first(b.Orders(ctx, "9999", "")) },
	"orders of a reference": func(ctx context.Context, b *bundle) (any, error) {
		return first(b.Orders(ctx, "9999", "btr-1"))
	},
	"a page of orders": func(ctx context.Context, b *bundle) (any, error) { return b.OrdersFrom(ctx, "9999", 0) },
	"orders, step by step": func(ctx context.Context, b *bundle) (any, error) {
		items, _, err := b.ReadOrders(ctx, "9999", btapi.Reading{})
		return items, err
	},
	"voicesites": func(ctx context.Context, b *bundle) (any, error) {
		items, _, err := b.ReadVoiceSites(ctx, "9999", btapi.Reading{})
		return items, err
	},
	"voicesite": func(ctx context.Context, b *bundle) (any, error) { return b.VoiceSite(ctx, "9999", "vs1") },
	"rules":     func(ctx context.Context, b *bundle) (any, error) { return b.AddressConstraints(ctx, "FR") },
}

// emptyAnswers are the bodies that prove nothing, and what they are all the same an
// answer to.
var emptyAnswers = map[string]struct {
	status int
	body   string
	lists  bool // an empty list says that there is nothing
	rules  bool // no rule is said; the caller decides what that means
}{
	"no content":            {status: http.StatusNoContent},
	"nothing":               {},
	"blanks":                {body: " \n"},
	"null":                  {body: `null`},
	"an empty object":       {body: `{}`, rules: true},
	"an object of nothing":  {body: `{"x":null}`, rules: true},
	"a list within":         {body: `{"items":[]}`, rules: true},
	"an empty list":         {body: `[]`, lists: true},
	"a list of null":        {body: `[null]`},
	"a list of objects":     {body: `[{}]`},
	"a list of empty texts": {body: `[""]`},
	"a text":                {body: `"ok"`},
	"a number":              {body: `0`},
	"a list cut off":        {body: `[`},
	"two lists":             {body: `[][]`},
}

func TestEmptyAnswersProveNothing(t *testing.T) {
	t.Parallel()
	for call, make := range decidingCalls {
		for name, answer := range emptyAnswers {
			t.Run(call+"/"+name, func(t *testing.T) {
				t.Parallel()
				b := newBundle(t)
				b.answer("/", max(answer.status, http.StatusOK), answer.body)
				got, err := make(t.Context(), b)
				list := strings.HasSuffix(call, "s") || strings.Contains(call, "orders") || strings.Contains(call, "step")
				list = list && call != "rules" && call != "geographical constraints"
				if answer.lists && list || answer.rules && call == "rules" {
					if err != nil {
						t.Errorf("got %v", err)
					}
					return
				}
				if err == nil {
					t.Fatalf("%q was taken for %+v", answer.body, got)
				}
				if e := failure(t, err); e.Class != btapi.Transient || e.Unknown != (call == "make order") {
					t.Errorf("%q: %v, unknown %v", answer.body, e, e.Unknown)
				}
			})
		}
	}
}

func TestForeignAnswersProveNothing(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		call, body string
		fails      bool
	}{
		"another order":               {"order", `{"orderId":"2","status":"delivered","voiceSiteId":"v"}`, true},
		"the order":                   {"order", `{"orderId":1,"status":"delivered"}`, false},
		"an order without number":     {"order", `{"status":"inProgress"}`, false},
		"another voicesite":           {"voicesite", `{"voiceSiteId":"vs2","technicalSiteName":"A"}`, true},
		"a voicesite without id":      {"voicesite", `{"technicalSiteName":"A"}`, false},
		"another country":             {"country", `{"iso2":"DE","coverage":{"businessTalkOnline":"Yes"}}`, true},
		"the country in small":        {"country", `{"iso2":"fr","coverage":{"businessTalkOnline":"Yes"}}`, false},
		"a country without code":      {"country", `{"coverage":{"businessTalkOnline":"No"}}`, false},
		"a country without coverage":  {"country", `{"name":"France","iso2":"FR"}`, true},
		"the rules of another":        {"rules", `{"iso2":"DE","a3":{"usage":"mandatory"}}`, true},
		"rules":                       {"rules", `{"iso2":"FR","a3":{"usage":"mandatory"}}`, false},
		"an order with status only":   {"orders", `[{"status":"delivered"}]`, true},
		"an order with reference":     {"orders", `[{"customerOrderReference":"r"}]`, false},
		"an order with name":          {"orders", `[{"parameters":{"technicalSiteName":"A"}}]`, false},
		"a voicesite with name":       {"voicesites", `[{"technicalSiteName":"A"}]`, false},
		"a voicesite of a country":    {"voicesites", `[{"country":"FR"}]`, true},
		"the second order is nothing": {"a page of orders", `[{"orderId":1},{}]`, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBundle(t)
			b.answer("/", http.StatusOK, test.body)
			got, err := decidingCalls[test.call](t.Context(), b)
			if (err != nil) != test.fails || err != nil && failure(t, err).Class != btapi.Transient {
				t.Errorf("got %+v, %v", got, err)
			}
		})
	}
	b := newBundle(t)
	b.answer("/", http.StatusOK, `{"status":"inProgress","technicalSiteName":"A"}`)
	if o, err := b.Order(t.Context(), "9999", "17"); err != nil || o.OrderID != "17" {
		t.Errorf("order %+v, %v", o, err)
	}
	if v, err := b.VoiceSite(t.Context(), "9999", "vs1"); err != nil || v.VoiceSiteID != "vs1" {
		t.Errorf("voicesite %+v, %v", v, err)
	}
}

// A stored address that is empty is no error: it only has to be pushed.
func TestAnAddressMayBeEmpty(t *testing.T) {
	t.Parallel()
	for _, body := range []string{`{}`, `null`, `{"a3":null}`, ""} {
		b := newBundle(t)
		status := map[bool]int{true: http.StatusNoContent, false: http.StatusOK}[body == ""]
		b.answer("/", status, body)
		if got, err := b.Address(t.Context(), "9999", "vs1"); err != nil || len(got) > 0 {
			t.Errorf("%q: %v, %v", body, got, err)
		}
	}
	b := newBundle(t)
	b.answer("/", http.StatusOK, `[]`)
	if _, err := b.Address(t.Context(), "9999", "vs1"); err == nil {
		t.Error("a list was taken for an address")
	}
}

// What the API says is bounded and clean when it is decoded.
func TestWordsAreBoundedAndClean(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", 8<<20)
	b := newBundle(t)
	b.answer("GET /customers/9999/orders/1", http.StatusOK, fmt.Sprintf(
		`{"orderId":1,"status":"rejec\nted","rejectionReason":"no\r\nway %s","parameters":{"technicalSiteName":"A\tB  C\u00a0D",`+
			`"vpnId":"%[1]s"}}`, long[:1<<20]))
	o, err := b.Order(t.Context(), "9999", "1")
	if err != nil {
		t.Fatal(err)
	}
	if len(o.RejectionReason) > 700 || !strings.HasPrefix(o.RejectionReason, "no way xxx") || !strings.HasSuffix(o.RejectionReason, "…") {
		t.Errorf("%d bytes of reason", len(o.RejectionReason))
	}
	if p := o.Parameters; o.Status != "rejec ted" || p.TechnicalSiteName != "A B  C\u00a0D" || len(p.VPNID) > 700 {
		t.Errorf("status %q, name %q, %d bytes of VPN", o.Status, p.TechnicalSiteName, len(p.VPNID))
	}
	for name, test := range map[string]struct{ call, body string }{
		"a long id":           {"orders", `[{"orderId":"` + long[:300] + `"}]`},
		"a long number":       {"orders", `[{"orderId":` + strings.Repeat("9", 300) + `}]`},
		"an id of two lines":  {"voicesites", `[{"voiceSiteId":"a\nb"}]`},
		"a huge number":       {"rules", `{"a3":{"minLength":1e400}}`},
		"too many elements":   {"addresses", `[{` + strings.TrimSuffix(strings.Repeat(`"a":1,`, 4000), ",") + `}]`},
		"a long pattern":      {"rules", `{"a3":{"valueRegexp":"` + long[:20_000] + `"}}`},
		"too deep":            {"orders", `[{"orderId":1,"x":` + long[:0] + strings.Repeat("[", 1<<20) + `}]`},
		"too long an answer":  {"country", `{"name":"` + long + `"}`},
		"too long a page":     {"orders", `[{"orderId":1,"x":"` + long + long + `"}]`},
		"too many for a page": {"orders", "[" + strings.Repeat(`{"orderId":1},`, 60_000) + `{"orderId":1}]`},
	} {
		b := newBundle(t)
		b.answer("/", http.StatusOK, test.body)
		_, err := decidingCalls[test.call](t.Context(), b)
		if err == nil {
			t.Errorf("%s: taken", name)
			continue
		}
		if e := failure(t, err); e.Class != btapi.Transient || len(e.Error()) > 1200 {
			t.Errorf("%s: %s, %d bytes of words", name, e.Class, len(e.Error()))
		}
	}
}

// A page of many small items takes memory in proportion to its bytes.
func TestPagesTakeBoundedMemory(t *testing.T) {
	for name, item := range map[string]string{"empty": `{}`, "small": `{"orderId":1}`} {
		body := "[" + strings.Repeat(item+",", (15<<20)/len(item)) + item + "]"
		b := newBundle(t)
		b.mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, body) })
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		if _, err := b.OrdersFrom(t.Context(), "9999", 0); err == nil {
			t.Errorf("a page of %s items was taken", name)
		}
		runtime.ReadMemStats(&after)
		// 16 MB of text, read into a buffer that grows, and 50,000 items at most.
		if used := (after.TotalAlloc - before.TotalAlloc) >> 20; used > 256 {
			t.Errorf("a page of %s items took %d MB", name, used)
		} else {
			t.Logf("a page of %s items took %d MB", name, used)
		}
	}
}
