// Command plain is the baseline of the benchmarks: it orders the sites of a file with
// asynq alone, as one would write it in an afternoon, so that they show what the rest of
// btrollout costs. It has three kinds of tasks with the site in the payload, polls every
// order by itself, and has a limiter in each process. It is for the simulator only: it
// writes no report, and orders a site twice when an answer is lost.
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/hibiken/asynq"
	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"
	"golang.org/x/time/rate"

	"btrollout/internal/config"
	"btrollout/internal/importer"
	"btrollout/internal/rollout"
)

const (
	again       = 5 * time.Second // until the next poll, and the next try
	concurrency = 50              // as many as a worker has
)

type cli struct {
	File         string `arg:"" optional:"" help:"Rollout file to enqueue. Without one, the process works."`
	Customer     string `env:"BT_CUSTOMER_CODE" required:"" help:"Customer code."`
	config.API   `embed:""`
	config.Redis `embed:""`
}

// site is all there is to know of one; it travels in the payloads.
type site struct {
	rollout.Request
	OrderID string
}

func main() {
	var c cli
	command := config.Command{Name: "plain", Description: "The benchmarks' opponent; for the simulator only."}
	_, exit, ended := config.Parse(command, &c, os.Args[1:], os.Stdout, os.Stderr)
	if ended {
		os.Exit(exit)
	}
	if err := c.run(); err != nil {
		fmt.Fprintln(os.Stderr, "plain:", err)
		os.Exit(1)
	}
}

func (c cli) run() error {
	var calls int
	_, rateErr := fmt.Sscanf(c.Rate, "%d/s", &calls)
	redis, redisErr := asynq.ParseRedisURI(c.Redis.Address())
	if err := errors.Join(c.LoadSecrets(), rateErr, redisErr); err != nil {
		return err
	}
	p := &pipeline{
		tasks: asynq.NewClient(redis), limit: rate.NewLimiter(rate.Limit(calls), 1),
		http: client(c.API), base: c.API.URL, customer: c.API.URL + "/customers/" + c.Customer,
		rules: map[string]rules{},
	}
	defer p.tasks.Close()
	if c.File != "" {
		return p.enqueue(c.File)
	}
	server := asynq.NewServer(redis, asynq.Config{
		Concurrency:    concurrency,
		RetryDelayFunc: func(int, error, *asynq.Task) time.Duration { return again },
		LogLevel:       asynq.ErrorLevel,
	})
	mux := asynq.NewServeMux()
	for kind, step := range map[string]func(context.Context, site) error{"order": p.order, "poll": p.poll, "address": p.address} {
		mux.HandleFunc(kind, func(ctx context.Context, t *asynq.Task) error {
			var s site
			if err := json.Unmarshal(t.Payload(), &s); err != nil {
				return errors.Join(err, asynq.SkipRetry)
			}
			return step(ctx, s)
		})
	}
	return server.Run(mux) // until a signal
}

// client sends the headers that every call needs, the token's call included.
func client(c config.API) *http.Client {
	base := http.DefaultTransport.(*http.Transport).Clone()
	base.MaxIdleConnsPerHost = concurrency
	ctx := context.WithValue(context.Background(), oauth2.HTTPClient, &http.Client{
		Transport: headers{base, c.Secrets.APIKey}, Timeout: c.Timeout,
	})
	credentials := clientcredentials.Config{
		ClientID: c.Secrets.ClientID, ClientSecret: c.Secrets.ClientSecret,
		TokenURL: c.TokenURL, AuthStyle: oauth2.AuthStyleInHeader,
	}
	return credentials.Client(ctx)
}

type headers struct {
	next   http.RoundTripper
	apiKey string
}

func (h headers) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.Header.Set("Accept", "application/json")
	r.Header.Set("X-BT-API-KEY", h.apiKey)
	return h.next.RoundTrip(r)
}

// rules are a country's, by address element.
type rules map[string]struct{ PossibleValues json.RawMessage }

type pipeline struct {
	tasks    *asynq.Client
	limit    *rate.Limiter
	http     *http.Client
	base     string           // address of the API
	customer string           // and of the customer's paths
	rules    map[string]rules // by country
}

// enqueue makes the first task of each row.
func (p *pipeline) enqueue(path string) error {
	var vpns []struct{ VPNID, Name, VPNCode string }
	if err := p.call(context.Background(), http.MethodGet, p.customer+"/vpns", nil, &vpns); err != nil {
		return err
	}
	file, err := importer.Open(path, importer.Options{})
	if err != nil {
		return err
	}
	defer file.Close()
	for row, err := range file.Rows() {
		if err != nil {
			return err
		}
		for _, v := range vpns {
			if row.VPN == v.Name || row.VPN == v.VPNCode {
				row.VPNID = v.VPNID
			}
		}
		if err := p.spell(row.Request); err != nil {
			return err
		}
		if err := p.put("order", site{Request: row.Request}, 0); err != nil {
			return err
		}
	}
	return nil
}

// spell replaces what people write in an address by what the API takes.
func (p *pipeline) spell(r rollout.Request) error {
	known, asked := p.rules[r.Country]
	if !asked {
		if err := p.call(context.Background(), http.MethodGet, p.base+"/countries/"+r.Country+"/addressconstraints", nil, &known); err != nil {
			return err
		}
		p.rules[r.Country] = known
	}
	for element, written := range r.Address {
		var values []struct{ Value, Display string }
		_ = json.Unmarshal(known[element].PossibleValues, &values) // other kinds of rules have none of these
		for _, v := range values {
			if written == v.Display {
				r.Address[element] = v.Value
			}
		}
	}
	return nil
}

func (p *pipeline) put(kind string, s site, in time.Duration) error {
	payload, err := json.Marshal(s)
	if err != nil {
		return err
	}
	_, err = p.tasks.Enqueue(asynq.NewTask(kind, payload), asynq.ProcessIn(in))
	return err
}

func (p *pipeline) order(ctx context.Context, s site) error {
	request := map[string]any{"customerOrderReference": s.Name, "parameters": map[string]string{
		"technicalSiteName": s.Name, "customerSiteLabel": s.Label, "country": s.Country, "vpnId": s.VPNID,
	}}
	var answer struct{ OrderID string }
	if err := p.call(ctx, http.MethodPost, p.customer+"/orders/voicesite", request, &answer); err != nil {
		return err
	}
	s.OrderID = answer.OrderID
	return p.put("poll", s, again)
}

func (p *pipeline) poll(ctx context.Context, s site) error {
	var answer struct{ Status, VoiceSiteID string }
	if err := p.call(ctx, http.MethodGet, p.customer+"/orders/"+s.OrderID, nil, &answer); err != nil {
		return err
	}
	switch strings.ToLower(answer.Status) {
	case "delivered", "completed", "done":
		s.VoiceSiteID = answer.VoiceSiteID
		return p.put("address", s, 0)
	case "rejected", "refused", "failed", "cancelled", "error":
		return fmt.Errorf("order %s is %s: %w", s.OrderID, answer.Status, asynq.SkipRetry)
	}
	return p.put("poll", s, again)
}

func (p *pipeline) address(ctx context.Context, s site) error {
	return p.call(ctx, http.MethodPut, p.customer+"/voicesites/"+s.VoiceSiteID+"/voiceaddress", s.Address, nil)
}

// call makes one API call; an answer that is not 2xx is an error.
func (p *pipeline) call(ctx context.Context, method, url string, body, answer any) error {
	if err := p.limit.Wait(ctx); err != nil {
		return err
	}
	content, err := json.Marshal(body) // of nothing, null, which a GET may carry
	if err != nil {
		return err
	}
	r, err := http.NewRequestWithContext(ctx, method, url, bytes.NewReader(content))
	if err != nil {
		return err
	}
	r.Header.Set("Content-Type", "application/json")
	got, err := p.http.Do(r)
	if err != nil {
		return err
	}
	defer got.Body.Close()
	text, err := io.ReadAll(got.Body)
	if got.StatusCode/100 != 2 {
		return fmt.Errorf("%s: %s", method, got.Status)
	}
	if answer == nil || err != nil {
		return err
	}
	return json.Unmarshal(text, answer)
}
