// Tests of what an answer means, for each status, code and shape, and that no
// error tells a secret.

package btapi_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"btrollout/internal/btapi"
)

func array(code int) string {
	return fmt.Sprintf(`[{"code":%d,"message":"the message","description":"the description"}]`, code)
}

const page = "<!DOCTYPE html><html><body>Bad gateway</body></html>"

var classTests = []struct {
	status  int
	body    string
	class   btapi.Class
	code    int
	unknown bool // on a call that changes something
}{
	{400, array(20), btapi.Site, 20, false},
	{400, array(28), btapi.Site, 28, false},
	{400, page, btapi.Site, 0, false},
	{401, array(40), btapi.Account, 40, false},
	{401, array(41), btapi.Account, 41, false},
	{401, array(42), btapi.Account, 42, false}, // for the second time
	{401, page, btapi.Account, 0, false},
	{403, array(50), btapi.Account, 50, false},
	{403, array(51), btapi.Account, 51, false},
	{403, array(52), btapi.Account, 52, false},
	{403, array(53), btapi.Throttle, 53, false},
	{404, array(60), btapi.Site, 60, false},
	{404, page, btapi.Account, 0, false},
	{403, array(53)[:10], btapi.Transient, 0, true}, // cut: its code would tell
	{404, array(60)[:11], btapi.Transient, 0, true},
	{405, array(61), btapi.Site, 61, false},
	{406, array(62), btapi.Site, 62, false},
	{407, page, btapi.Account, 0, false},
	{408, array(63), btapi.Transient, 63, true},
	{409, array(69), btapi.Site, 69, false},
	{411, array(64), btapi.Site, 64, false},
	{415, array(68), btapi.Site, 68, false},
	{429, array(53), btapi.Throttle, 53, false},
	{429, "", btapi.Throttle, 0, false},
	{500, array(1), btapi.Transient, 1, true},
	{502, page, btapi.Transient, 0, true},
	{503, array(5), btapi.Transient, 5, true},
	{503, array(6), btapi.Transient, 6, true},
	{504, "", btapi.Transient, 0, true},
	{302, page, btapi.Account, 0, true},
	{307, "", btapi.Account, 0, true},
	{200, page, btapi.Transient, 0, true},
	{200, `{"orderId":"1"`, btapi.Transient, 0, true},
	{200, "", btapi.Transient, 0, true},
}

func TestClasses(t *testing.T) {
	t.Parallel()
	for _, test := range classTests {
		t.Run(fmt.Sprintf("%d-%d", test.status, test.code), func(t *testing.T) {
			t.Parallel()
			b := newBundle(t)
			elsewhere := 0
			b.mux.HandleFunc("/elsewhere", func(http.ResponseWriter, *http.Request) { elsewhere++ })
			b.answer("/", test.status, test.body, "X-OAPI-Request-Id", "req-1", "Location", basePath+"/elsewhere")

			_, err := b.Me(t.Context())
			errs := map[string]error{"GET": err}
			_, errs["POST"] = b.order(t.Context())
			if test.status != 200 { // whatever a success says, the address is stored
				errs["PUT"] = b.PutAddress(t.Context(), "9999", "vs1", nil, nil)
			}
			for method, err := range errs {
				e := failure(t, err)
				class, missing := test.class, test.status == 404 && test.code == 60
				unknown := test.unknown && method != "GET"
				if test.status == 404 && method == "PUT" {
					class, missing, unknown = btapi.Site, true, false // whatever the words, there is no such voicesite
				}
				if e.Class != class || e.Code != test.code || e.HTTPStatus != test.status || e.Unknown != unknown {
					t.Errorf("%s: class %s, code %d, status %d, unknown %v", method, e.Class, e.Code, e.HTTPStatus, e.Unknown)
				}
				if e.RequestID != "req-1" || !strings.HasPrefix(e.Op, method+" /") || strings.Contains(e.Op, "9999") {
					t.Errorf("%s: request %q, op %q", method, e.RequestID, e.Op)
				}
				if test.code != 0 && e.Words() != "the message: the description" {
					t.Errorf("%s: words %q", method, e.Words())
				}
				if text := e.Error(); strings.Contains(text, "<html") || strings.Contains(text, "\n") || !strings.Contains(text, "; ") ||
					!strings.Contains(text, "req-1") {
					t.Errorf("%s: %q should be one sentence with an advice", method, text)
				}
				if btapi.IsNotFound(err) != missing || btapi.IsConflict(err) != (test.status == 409) {
					t.Errorf("%s: not found %v, conflict %v", method, btapi.IsNotFound(err), btapi.IsConflict(err))
				}
			}
			if throttled := len(b.pace.pauses) > 0; throttled != (test.class == btapi.Throttle) {
				t.Errorf("told the limiter: %v", throttled)
			}
			if elsewhere != 0 {
				t.Error("a redirect was followed")
			}
		})
	}
}

func TestErrorBodies(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("é", 5000)
	for name, test := range map[string]struct {
		body  string
		code  int
		words string
	}{
		"array": {`[{"code":21,"message":"Bad field","description":"a3 is mandatory"}]`, 21, "Bad field: a3 is mandatory"},
		"several": {`[{"code":21,"message":"Bad field","description":"a3"},{"code":22,"message":"Bad value","description":"pc"},` +
			`{"message":"Bad"}]`, 21, "Bad field: a3; pc; Bad"},
		"single":           {` {"code":21,"message":"Bad field","description":"a3","infoURL":"https://x"}`, 21, "Bad field: a3"},
		"code as text":     {`{"code":"21","message":"Bad field"}`, 21, "Bad field"},
		"same words twice": {`[{"code":21,"message":"Bad field","description":"Bad field"}]`, 21, "Bad field"},
		"null":             {`null`, 0, "the API answered 400 Bad Request without a reason"},
		"empty array":      {`[]`, 0, "the API answered 400 Bad Request without a reason"},
		"array of texts":   {`["no"]`, 0, "the API answered 400 Bad Request without a reason"},
		"cut short":        {`[{"code":21,"mess`, 21, "the API answered 400 Bad Request without a reason"},
		"HTML":             {page, 0, "the API answered 400 Bad Request without a reason"},
		"several lines":    {`[{"code":21,"message":"Bad\r\n\tfield\u0000"}]`, 21, "Bad field"},
		"too long":         {`[{"code":21,"message":"` + long + `"}]`, 21, strings.Repeat("é", 300) + "…"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBundle(t)
			b.answer("/", http.StatusBadRequest, test.body)
			_, err := b.order(t.Context())
			if e := failure(t, err); e.Code != test.code || e.Words() != test.words || e.Class != btapi.Site || e.Unknown {
				t.Errorf("code %d, words %q, class %s", e.Code, e.Words(), e.Class)
			}
		})
	}
}

// TestErrorBodiesThatAreCut: the code decides, whatever became of the words.
func TestErrorBodiesThatAreCut(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		status int
		body   string
		class  btapi.Class
		code   int
	}{
		"a refusal for the spacing": {403, array(53)[:30], btapi.Throttle, 53},
		"no such thing":             {404, array(60)[:40], btapi.Site, 60},
		"a single object":           {404, `{"code": "60", "message":"no`, btapi.Site, 60},
		"words without end":         {404, `[{"code":60,"message":"` + strings.Repeat("word ", 1<<20) + `"}]`, btapi.Site, 60},
		"a code that is cut":        {403, `[{"code":5`, btapi.Transient, 0},
		"no code":                   {403, `[{"message":"no`, btapi.Transient, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBundle(t)
			b.answer("/", test.status, test.body)
			_, err := b.Me(t.Context())
			if e := failure(t, err); e.Class != test.class || e.Code != test.code {
				t.Errorf("class %s, code %d", e.Class, e.Code)
			}
		})
	}
}

func TestOrderThatNamesNothingIsUnknown(t *testing.T) {
	t.Parallel()
	for _, answer := range []string{`{}`, `null`, `{"status":"done"}`, `[]`, `[{"orderId":"1"}]`} {
		b := newBundle(t)
		b.answer(orderPath, http.StatusCreated, answer)
		_, err := b.order(t.Context())
		if e := failure(t, err); e.Class != btapi.Transient || !e.Unknown {
			t.Errorf("%s: %v, want unknown", answer, e)
		}
	}
	b := newBundle(t)
	b.answer(orderPath, http.StatusNoContent, "")
	if _, err := b.order(t.Context()); !failure(t, err).Unknown {
		t.Errorf("no content: %v, want unknown", err)
	}
}

func TestRetryAfter(t *testing.T) {
	t.Parallel()
	for value, want := range map[string]time.Duration{
		"":                              0,
		"7":                             7 * time.Second,
		"-7":                            0,
		"soon":                          0,
		"Sun, 01 Mar 2026 12:01:30 GMT": 90 * time.Second,
		"Sun, 01 Mar 2026 11:00:00 GMT": 0,
		"99999999999":                   24 * time.Hour,
		"99999999999999999999":          0,
	} {
		b := newBundle(t)
		b.answer("/", http.StatusTooManyRequests, array(53), "Retry-After", value)
		_, err := b.Me(t.Context())
		if e := failure(t, err); e.RetryAfter != want || len(b.pace.pauses) != 1 || b.pace.pauses[0] != want {
			t.Errorf("%q: %v, limiter told %v, want %v", value, e.RetryAfter, b.pace.pauses, want)
		}
	}
}

// TestNoErrorTellsASecret has every call fail in every way, at an API and a
// token endpoint that quote the whole request, and searches the texts.
func TestNoErrorTellsASecret(t *testing.T) {
	t.Parallel()
	var texts []string
	gather := func(b *bundle, what string) {
		calls := map[string]func(context.Context) error{
			"me":      func(ctx context.Context) error { _, err := b.Me(ctx); return err },
			"order":   func(ctx context.Context) error { _, err := b.order(ctx); return err },
			"address": func(ctx context.Context) error { return b.PutAddress(ctx, "9999", "vs1", nil, nil) },
			"sites": func(ctx context.Context) error {
				_, _, err := b.ReadVoiceSites(ctx, "9999", btapi.Reading{})
				return err
			},
		}
		for name, call := range calls {
			err := call(t.Context())
			if err == nil {
				t.Errorf("%s: %s should fail", what, name)
				continue
			}
			e := failure(t, err)
			texts = append(texts, err.Error(), e.Words(), e.RequestID, fmt.Sprintf("%+v %q", err, err))
		}
	}
	for _, status := range []int{302, 400, 401, 403, 404, 409, 418, 429, 500, 503} {
		b := newBundle(t)
		b.mux.HandleFunc("/", quote(status))
		gather(b, fmt.Sprint("API ", status))
		gather(newBundleWithTokens(t, quote(status)), fmt.Sprint("token ", status))
	}
	gather(newBundleWithTokens(t, quote(200)), "an OAuth error in a success")
	b := newBundle(t)
	b.mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) { // a status line that is none
		conn, _, _ := w.(http.Hijacker).Hijack()
		fmt.Fprintf(conn, "%s %s\r\n\r\n", r.Header.Get("Authorization"), r.Header.Get("X-BT-API-KEY"))
		conn.Close()
	})
	gather(b, "not HTTP")
	var down atomic.Bool
	down.Store(true)
	gather(newBundle(t, func(cfg *btapi.Config) { cfg.Transport = unplugged(&down) }), "nobody there")

	all := strings.Join(texts, "\n")
	for _, hidden := range []string{secret, url.QueryEscape(secret), apiKey, "token-number", "Y2xpZW50OnMzY3JldC"} {
		if i := strings.Index(all, hidden); i >= 0 {
			t.Errorf("%q is told: …%s…", hidden, all[max(0, i-200):i+len(hidden)])
		}
	}
	if !strings.Contains(all, "[secret]") {
		t.Error("no answer quoted a secret: this test proves nothing")
	}
}

// quote answers with the whole request, secrets included.
func quote(status int) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		id, password, _ := r.BasicAuth()
		body, _ := io.ReadAll(r.Body)
		all := fmt.Sprint(r.Header, r.Header["X-Bt-Api-Key"], id, password, string(body))
		for _, header := range []string{"X-OAPI-Request-Id", "Location"} {
			w.Header().Set(header, fmt.Sprint(r.Header["Authorization"], r.Header["X-Bt-Api-Key"]))
		}
		text, _ := json.Marshal(all)
		w.WriteHeader(status)
		fmt.Fprintf(w, `{"code":%d,"message":%s,"description":%s,"error":%[2]s,"error_description":%[2]s}`, status, text, text)
	}
}
