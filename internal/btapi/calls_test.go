// Tests of every call: what goes over the wire, and what is made of the answer.

package btapi_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"btrollout/internal/btapi"
)

var callTests = []struct {
	name   string
	call   func(context.Context, *bundle) (any, error)
	wire   string // method, path and query, save those of paging
	body   string // as sent
	status int
	answer string
	want   any
}{
	{
		name:   "me",
		call:   func(ctx context.Context, b *bundle) (any, error) { return b.Me(ctx) },
		wire:   "GET /me",
		answer: `{"rightsProfile":"readonly","new":{"x":1}}`,
		want:   btapi.Profile{RightsProfile: "readonly"},
	}, {
		name: "customers",
		call: func(ctx context.Context, b *bundle) (any, error) { return b.Customers(ctx) },
		wire: "GET /customers",
		answer: `[{"name":"A","customerCode":"9999","contractNumber":"1",` +
			`"apiContractId":"a","pricingApprovalNumber":"p","type":"direct"},{"customerCode":12}]`,
		want: []btapi.Customer{
			{Name: "A", CustomerCode: "9999", ContractNumber: "1", APIContractID: "a", PricingApprovalNumber: "p", Type: "direct"},
			{CustomerCode: "12"},
		},
	}, {
		name:   "vpns",
		call:   func(ctx context.Context, b *bundle) (any, error) { return b.VPNs(ctx, "9999") },
		wire:   "GET /customers/9999/vpns",
		answer: `[{"vpnId":"aa","name":"My VPN","vpnCode":1}]`,
		want:   []btapi.VPN{{VPNID: "aa", Name: "My VPN", VPNCode: "1"}},
	}, {
		name: "country",
		call: func(ctx context.Context, b *bundle) (any, error) { return b.Country(ctx, "FR") },
		wire: "GET /countries/FR",
		answer: `{"name":"France","iso2":"FR","countryCode":"33","coverage":{"businessTalkOnline":"Yes",` +
			`"comment":"c","domesticEmergency":"No","didNumberZone":"Zone1"}}`,
		want: btapi.Country{Name: "France", ISO2: "FR", CountryCode: "33",
			Coverage: btapi.Coverage{BusinessTalkOnline: "Yes", Comment: "c", DomesticEmergency: "No", DIDNumberZone: "Zone1"}},
	}, {
		name: "address constraints",
		call: func(ctx context.Context, b *bundle) (any, error) { return b.AddressConstraints(ctx, "US") },
		wire: "GET /countries/US/addressconstraints",
		answer: `{"a1":{"usage":"mandatory","valueType":"enumeration","possibleValues":["NY",7]},
			"sts":{"usage":"optional","minLength":1,"maxLength":9,"valueRegexp":"^.$","possibleValues":[{"value":"AVE","display":"Avenue"}]},
			"iso2":"US"}`,
		want: map[string]btapi.Constraint{
			"a1": {Usage: "mandatory", ValueType: "enumeration", PossibleValues: []btapi.PossibleValue{{Value: "NY", Display: "NY"},
				{Value: "7", Display: "7"}}},
			"sts": {Usage: "optional", MinLength: 1, MaxLength: 9, ValueRegexp: "^.$",
				PossibleValues: []btapi.PossibleValue{{Value: "AVE", Display: "Avenue"}}},
		},
	}, {
		name:   "geographical constraints",
		call:   func(ctx context.Context, b *bundle) (any, error) { return b.GeographicalConstraints(ctx, "CH") },
		wire:   "GET /countries/CH/geographicalconstraints",
		answer: `{"emergencyAreaRules":{"area1_pidflo":"a2"},"dialZoneSelection":"manual"}`,
		want:   btapi.GeographicalConstraints{EmergencyAreaRules: map[string]string{"area1_pidflo": "a2"}, DialZoneSelection: "manual"},
	}, {
		name:   "areas",
		call:   func(ctx context.Context, b *bundle) (any, error) { return b.GeoAreas(ctx, "CH") },
		wire:   "GET /countries/CH/geoareas/area1",
		answer: `["Bern",{"name":"Genève"},{"value":"ZH","name":"Zürich"},1200]`,
		want:   []string{"Bern", "Genève", "ZH", "1200"},
	}, {
		name: "areas below",
		call: func(ctx context.Context, b *bundle) (any, error) {
			return b.GeoAreas(ctx, "ES", "A Coruña/1", "a b?", "..x")
		},
		wire:   "GET /countries/ES/geoareas/area1/A%20Coru%C3%B1a%2F1/area2/a%20b%3F/area3/..x/area4",
		answer: `[]`,
		want:   []string{},
	}, {
		name: "addresses",
		call: func(ctx context.Context, b *bundle) (any, error) {
			return b.Addresses(ctx, "FR", map[string]string{"a3": "Lyon & co", "hno": "1", "flr": ""})
		},
		wire:   "GET /countries/FR/addresses?a3=Lyon+%26+co&hno=1",
		answer: `[{"a3":"Lyon","hno":1,"flr":null,"geo":{"x":1}}]`,
		want:   []map[string]string{{"a3": "Lyon", "hno": "1"}},
	}, {
		name: "make an order",
		call: func(ctx context.Context, b *bundle) (any, error) { return b.order(ctx) },
		wire: "POST /customers/9999/orders/voicesite",
		body: `{"customerOrderReference":"btr-1",` +
			`"parameters":{"technicalSiteName":"LYON_1","customerSiteLabel":"Lyon","country":"FR","vpnId":"vpn1"}}`,
		status: http.StatusAccepted,
		answer: `{"orderId":77,"status":"inProgress","voiceSiteId":null,"customerOrderReference":"btr-1"}`,
		want:   btapi.Order{OrderID: "77", Status: "inProgress", CustomerOrderReference: "btr-1"},
	}, {
		name: "order",
		call: func(ctx context.Context, b *bundle) (any, error) { return b.Order(ctx, "9999", "o/1") },
		wire: "GET /customers/9999/orders/o%2F1",
		answer: `{"orderId":"o/1","status":"Delivered","voiceSiteId":"vs1","creationDate":"2026-03-01T12:00:00Z",` +
			`"parameters":{"technicalSiteName":"LYON_1"}}`,
		want: btapi.Order{OrderID: "o/1", Status: "Delivered", VoiceSiteID: "vs1", CreationDate: "2026-03-01T12:00:00Z",
			Parameters: btapi.OrderParameters{TechnicalSiteName: "LYON_1"}},
	}, {
		name: "orders of a reference",
		call: func(ctx context.Context, b *bundle) (any, error) {
			for o, err := range b.Orders(ctx, "9999", "btr-1") {
				return o, err
			}
			return nil, nil
		},
		wire:   "GET /customers/9999/orders?customerOrderReference=btr-1",
		answer: `[{"orderId":"1"},{"orderId":"2"}]`,
		want:   btapi.Order{OrderID: "1"},
	}, {
		name: "voicesite",
		call: func(ctx context.Context, b *bundle) (any, error) { return b.VoiceSite(ctx, "9999", "vs1") },
		wire: "GET /customers/9999/voicesites/vs1",
		answer: `{"voiceSiteId":"vs1","technicalSiteName":"LYON_1","customerSiteLabel":"Lyon","country":"FR","vpnId":"vpn1",
			"voiceAddress":{"pc":"69001"}}`,
		want: btapi.VoiceSite{VoiceSiteID: "vs1", TechnicalSiteName: "LYON_1", CustomerSiteLabel: "Lyon", Country: "FR", VPNID: "vpn1"},
	}, {
		name: "voicesites",
		call: func(ctx context.Context, b *bundle) (any, error) {
			items, _, err := b.ReadVoiceSites(ctx, "9999", btapi.Reading{})
			if err != nil || len(items) == 0 {
				return nil, err
			}
			return items[0].Value, nil
		},
		wire:   "GET /customers/9999/voicesites",
		answer: `[{"voiceSiteId":"vs1"}]`,
		want:   btapi.VoiceSite{VoiceSiteID: "vs1"},
	}, {
		name: "push an address",
		call: func(ctx context.Context, b *bundle) (any, error) {
			return nil, b.PutAddress(ctx, "9999", "vs1", map[string]string{"a3": "Lyon", "pc": "69001"}, nil)
		},
		wire:   "PUT /customers/9999/voicesites/vs1/voiceaddress",
		body:   `{"a3":"Lyon","pc":"69001"}`,
		answer: `this text of a success does not matter`,
	}, {
		name: "push an address, no content",
		call: func(ctx context.Context, b *bundle) (any, error) {
			return nil, b.PutAddress(ctx, "9999", "vs1", map[string]string{"a3": "Lyon"}, nil)
		},
		wire:   "PUT /customers/9999/voicesites/vs1/voiceaddress",
		body:   `{"a3":"Lyon"}`,
		status: http.StatusNoContent,
	}, {
		name:   "address",
		call:   func(ctx context.Context, b *bundle) (any, error) { return b.Address(ctx, "9999", "vs1") },
		wire:   "GET /customers/9999/voicesites/vs1/voiceaddress",
		answer: `{"a3":"Lyon","dialzone":""}`,
		want:   map[string]string{"a3": "Lyon"},
	},
}

// ranks of the calls that come before orders, by the names above.
var ranks = map[string]int{
	"push an address": 0, "push an address, no content": 0,
	"order": 1, "orders of a reference": 1, "voicesite": 1, "voicesites": 1,
}

func TestCalls(t *testing.T) {
	t.Parallel()
	for _, test := range callTests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			b := newBundle(t)
			var wire, body string
			b.mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
				wire, body = onTheWire(t, r)
				var items []json.RawMessage
				_ = json.Unmarshal([]byte(test.answer), &items) // if it is a list
				w.Header().Set("X-Total-Count", strconv.Itoa(max(1, len(items))))
				w.WriteHeader(max(test.status, http.StatusOK))
				io.WriteString(w, test.answer)
			})
			got, err := test.call(t.Context(), b)
			if err != nil {
				t.Fatal(err)
			}
			if wire != test.wire || body != test.body {
				t.Errorf("sent\n%s %s, want\n%s %s", wire, body, test.wire, test.body)
			}
			if diff := cmp.Diff(test.want, got); test.want != nil && diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
			if b.pace.slots != 2 {
				t.Errorf("took %d slots, want one to find that a token is missing and one to call", b.pace.slots)
			}
			rank, urgent := ranks[test.name]
			if !urgent {
				rank = 5
			}
			if !slices.Equal(b.pace.ranks, []int{rank, rank}) {
				t.Errorf("waited at ranks %v, want %d", b.pace.ranks, rank)
			}
		})
	}
}

// onTheWire is a request's method, path, query and body; what all requests have
// in common is checked here.
func onTheWire(t *testing.T, r *http.Request) (wire, body string) {
	for header, want := range map[string]string{
		"Authorization": "Bearer " + token(1), "X-BT-API-KEY": apiKey, "Accept": "application/json",
	} {
		if got := r.Header.Get(header); got != want {
			t.Errorf("%s: %q, want %q", header, got, want)
		}
	}
	wire = r.Method + " " + r.URL.EscapedPath()
	query := r.URL.Query()
	query.Del("offset")
	query.Del("limit")
	if len(query) > 0 {
		wire += "?" + query.Encode()
	}
	b, _ := io.ReadAll(r.Body)
	if want := map[bool]string{true: "application/json"}[len(b) > 0]; r.Header.Get("Content-Type") != want {
		t.Errorf("Content-Type: %q, want %q", r.Header.Get("Content-Type"), want)
	}
	return wire, string(b)
}

func TestOrderCollection(t *testing.T) {
	t.Parallel()
	b := newBundle(t, func(cfg *btapi.Config) { cfg.OrderCollection = "customer" })
	b.answer("POST /customer/9999/orders/voicesite", http.StatusCreated, `{"voiceSiteId":"vs1"}`)
	order, err := b.order(t.Context())
	if err != nil || !order.Delivered() {
		t.Errorf("got %+v, %v, want a delivered order", order, err)
	}
}

func TestValuesThatWouldBeAnotherPath(t *testing.T) {
	t.Parallel()
	b := newBundle(t)
	for _, value := range []string{"", ".", ".."} {
		_, err := b.Order(t.Context(), "9999", value)
		if e := failure(t, err); e.Class != btapi.Site || !strings.Contains(e.Error(), "orderId") {
			t.Errorf("order %q: %v, want a Site error that names the orderId", value, e)
		}
	}
	if _, err := b.GeoAreas(t.Context(), "FR", "1", "2", "3", "4"); failure(t, err).Class != btapi.Site {
		t.Errorf("a fifth level of areas: %v, want a Site error", err)
	}
	if b.pace.slots != 0 {
		t.Errorf("%d calls were made", b.pace.slots)
	}
}

func TestOrderStatus(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		`{"status":"DELIVERED"}`:                        "delivered",
		`{"status":"completed"}`:                        "delivered",
		`{"status":"Done"}`:                             "delivered",
		`{"voiceSiteId":"v"}`:                           "delivered",
		`{"status":"Rejected"}`:                         "failed",
		`{"status":"refused"}`:                          "failed",
		`{"status":"FAILED"}`:                           "failed",
		`{"status":"cancelled"}`:                        "failed",
		`{"status":"error"}`:                            "failed",
		`{"status":"inProgress","voiceSiteId":"early"}`: "in progress",
		`{"status":"something new"}`:                    "in progress",
		`{}`:                                            "in progress",
	} {
		var o btapi.Order
		if err := json.Unmarshal([]byte(text), &o); err != nil {
			t.Fatal(err)
		}
		got := "in progress"
		if o.Delivered() {
			got = "delivered"
		}
		if o.Failed() {
			got = strings.TrimPrefix(got+" and failed", "in progress and ")
		}
		if got != want {
			t.Errorf("%s is %s, want %s", text, got, want)
		}
	}
}

func TestTypesAnswerQuestions(t *testing.T) {
	t.Parallel()
	rules := btapi.GeographicalConstraints{
		EmergencyAreaRules: map[string]string{"area1_pidflo": "a2", "area2_pidflo": "a3", "area3_pidflo": "notUsed", "area4_pidflo": "a6"},
		DialZoneSelection:  "Automatic",
	}
	if got := rules.Areas(); !slices.Equal(got, []string{"a2", "a3"}) || !rules.DialZoneAutomatic() {
		t.Errorf("areas %v, automatic %v", got, rules.DialZoneAutomatic())
	}
	none := btapi.GeographicalConstraints{DialZoneSelection: btapi.DialZoneManual}
	if got := none.Areas(); len(got) > 0 || none.DialZoneAutomatic() {
		t.Errorf("areas %v, automatic %v, want none of both", got, none.DialZoneAutomatic())
	}
	if !(btapi.Profile{RightsProfile: "ReadOnly"}).ReadOnly() || (btapi.Profile{RightsProfile: "admin"}).ReadOnly() {
		t.Error("a readonly profile is not told from another")
	}
	if !(btapi.Country{Coverage: btapi.Coverage{BusinessTalkOnline: "yes"}}).Orderable() || (btapi.Country{}).Orderable() {
		t.Error("a covered country is not told from another")
	}
}

func TestNewNamesEveryFault(t *testing.T) {
	t.Parallel()
	_, err := btapi.New(btapi.Config{BaseURL: "api.orange.com/btalk", TokenURL: "https://u:hidden@host/token",
		ClientSecret: "hidden\n", Timeout: -time.Second})
	if err == nil {
		t.Fatal("accepted")
	}
	for _, want := range []string{"BT_API_URL", "BT_TOKEN_URL", "BT_CLIENT_ID", "BT_CLIENT_SECRET", "BT_API_KEY", "time-out"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q does not mention %s", err, want)
		}
	}
	if strings.Contains(err.Error(), "hidden") {
		t.Errorf("%q tells a secret", err)
	}
}

func TestConfigAndClientPrintNothing(t *testing.T) {
	t.Parallel()
	cfg := btapi.Config{BaseURL: "https://host/v1", TokenURL: "https://host/token", ClientID: "client", ClientSecret: "hidden",
		APIKey: "hidden"}
	client, err := btapi.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	for _, v := range []any{cfg, &cfg, client, struct{ C btapi.Config }{cfg}} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%d", "%x"} {
			fmt.Fprintf(&out, verb+"\n", v)
		}
	}
	for _, h := range []slog.Handler{slog.NewTextHandler(&out, nil), slog.NewJSONHandler(&out, nil)} {
		slog.New(h).Info("start", "config", cfg, "client", client)
	}
	if strings.Contains(out.String(), "hidden") || strings.Contains(out.String(), fmt.Sprintf("%x", "hidden")) {
		t.Errorf("a secret is printed:\n%s", out.String())
	}
}
