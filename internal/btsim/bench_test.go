// The bench that every test works at: a fresh simulator behind real HTTP, a clock
// of its own, and a client that does everything right unless told otherwise.

package btsim_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"btrollout/internal/btsim"
)

const (
	europe   = "aa76e66dfc63"
	americas = "3a45b33edf30"
	legacy   = "5c90d1b7e2a4"
)

type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

type bench struct {
	t     *testing.T
	sim   *btsim.Sim
	url   string
	clock *clock
	token string
	api   string // base of all API paths
	mine  string // base of the customer's paths
}

func newBench(t *testing.T, options btsim.Options) *bench {
	t.Helper()
	c := &clock{now: time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC)}
	options.Now = c.Now
	sim, err := btsim.New(options)
	if err != nil {
		t.Fatal(err)
	}
	return benchOf(t, sim, c)
}

func benchOf(t *testing.T, sim *btsim.Sim, c *clock) *bench {
	t.Helper()
	server := httptest.NewServer(sim.Handler())
	t.Cleanup(server.Close)
	b := &bench{t: t, sim: sim, url: server.URL, clock: c, api: btsim.BasePath}
	b.mine = b.api + "/customers/" + sim.Credentials().CustomerCode
	b.token = b.newToken()
	return b
}

func (b *bench) newToken() string {
	b.t.Helper()
	var token struct {
		AccessToken string `json:"access_token"`
	}
	b.askToken().into(http.StatusOK, &token)
	return token.AccessToken
}

// tweak spoils a request that would be right.
type tweak func(*http.Request)

func header(name, value string) tweak {
	return func(r *http.Request) {
		r.Header.Del(name)
		if value != "" {
			r.Header.Set(name, value)
		}
	}
}

func body(text string) tweak {
	return func(r *http.Request) {
		r.Body, r.ContentLength = io.NopCloser(strings.NewReader(text)), int64(len(text))
	}
}

func (b *bench) askToken(tweaks ...tweak) answer {
	b.t.Helper()
	c := b.sim.Credentials()
	r := b.request(http.MethodPost, btsim.TokenPath, "grant_type=client_credentials")
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.SetBasicAuth(c.ClientID, c.ClientSecret)
	return b.send(r, tweaks)
}

// call makes an API call; target is a path with its query.
func (b *bench) call(method, target, content string, tweaks ...tweak) answer {
	b.t.Helper()
	return b.send(b.apiRequest(method, target, content), tweaks)
}

func (b *bench) apiRequest(method, target, content string) *http.Request {
	b.t.Helper()
	r := b.request(method, target, content)
	r.Header.Set("Authorization", "Bearer "+b.token)
	r.Header.Set("X-BT-API-KEY", b.sim.Credentials().APIKey)
	return r
}

func (b *bench) get(target string, tweaks ...tweak) answer {
	b.t.Helper()
	return b.call(http.MethodGet, target, "", tweaks...)
}

func (b *bench) request(method, target, content string) *http.Request {
	b.t.Helper()
	r, err := http.NewRequestWithContext(b.t.Context(), method, b.url+target, strings.NewReader(content))
	if err != nil {
		b.t.Fatal(err)
	}
	r.Header.Set("Accept", "application/json")
	if content != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	return r
}

// client follows no redirect: a client of this API has no reason to.
var client = &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}

func (b *bench) send(r *http.Request, tweaks []tweak) answer {
	b.t.Helper()
	for _, spoil := range tweaks {
		spoil(r)
	}
	a, err := b.exchange(client, r)
	if err != nil {
		b.t.Fatal(err)
	}
	return a
}

// exchange sends a request; the error says that no whole answer came.
func (b *bench) exchange(client *http.Client, r *http.Request) (answer, error) {
	response, err := client.Do(r)
	if err != nil {
		return answer{}, err
	}
	defer response.Body.Close()
	content, err := io.ReadAll(response.Body)
	return answer{b.t, r.Method + " " + r.URL.RequestURI(), response.StatusCode, response.Header, content}, err
}

type answer struct {
	t      *testing.T
	call   string
	status int
	header http.Header
	body   []byte
}

// into wants a status and decodes the body.
func (a answer) into(status int, v any) {
	a.t.Helper()
	if a.status != status {
		a.t.Fatalf("%s: status %d, want %d: %s", a.call, a.status, status, a.body)
	}
	if err := json.Unmarshal(a.body, v); err != nil {
		a.t.Fatalf("%s: %v: %s", a.call, err, a.body)
	}
}

type fault struct {
	Code        int    `json:"code"`
	Message     string `json:"message"`
	Description string `json:"description"`
	InfoURL     string `json:"infoURL"`
}

// refused wants a Business Talk error: an array whose first has that code and
// speaks of mention.
func (a answer) refused(status, code int, mention string) {
	a.t.Helper()
	var faults []fault
	a.into(status, &faults)
	if len(faults) == 0 || faults[0].Code != code || faults[0].Message == "" || !strings.Contains(faults[0].Description, mention) {
		a.t.Errorf("%s: %s, want code %d about %q", a.call, a.body, code, mention)
	}
}

// blocked wants a gateway error: one object.
func (a answer) blocked(status, code int) {
	a.t.Helper()
	var f fault
	a.into(status, &f)
	if f.Code != code || f.Message == "" || f.Description == "" || f.InfoURL == "" {
		a.t.Errorf("%s: %s, want code %d and all fields", a.call, a.body, code)
	}
}

// strings reads a list of strings.
func (a answer) strings() []string {
	a.t.Helper()
	var list []string
	a.into(http.StatusOK, &list)
	return list
}

// addresses reads a list of addresses, without their order.
func (a answer) addresses() []string {
	a.t.Helper()
	var list []map[string]string
	a.into(http.StatusOK, &list)
	var lines []string
	for _, address := range list {
		lines = append(lines, line(address))
	}
	slices.Sort(lines)
	return lines
}

// line writes an address the way of a query string: sorted, readable, comparable.
func line(address map[string]string) string {
	values := url.Values{}
	for element, value := range address {
		values.Set(element, value)
	}
	text, _ := url.QueryUnescape(values.Encode())
	return text
}

type order struct {
	OrderID         string            `json:"orderId"`
	Reference       string            `json:"customerOrderReference"`
	Status          string            `json:"status"`
	VoiceSiteID     string            `json:"voiceSiteId"`
	CreationDate    time.Time         `json:"creationDate"`
	RejectionReason string            `json:"rejectionReason"`
	Parameters      map[string]string `json:"parameters"`
}

func orderBody(reference, name, country, vpn string) string {
	content, _ := json.Marshal(map[string]any{
		"customerOrderReference": reference,
		"parameters": map[string]string{
			"technicalSiteName": name, "customerSiteLabel": "Label of " + name, "country": country, "vpnId": vpn,
		},
	})
	return string(content)
}

func (b *bench) order(reference, name, country, vpn string) order {
	b.t.Helper()
	var o order
	b.call(http.MethodPost, b.mine+"/orders/voicesite", orderBody(reference, name, country, vpn)).into(http.StatusCreated, &o)
	return o
}

// site orders a voicesite, waits for it, and answers the path of its address.
func (b *bench) site(country string) string {
	b.t.Helper()
	o := b.order("ref", "SITE", country, europe)
	b.clock.pass(time.Minute)
	b.get(b.mine+"/orders/"+o.OrderID).into(http.StatusOK, &o)
	return b.mine + "/voicesites/" + o.VoiceSiteID + "/voiceaddress"
}
