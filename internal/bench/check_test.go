// This file measures the full check of addresses before the order, with everything
// that the API says of the countries known already: no call is made.

package bench_test

import (
	"context"
	"fmt"
	"maps"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"btrollout/internal/btapi"
	"btrollout/internal/btsim"
	"btrollout/internal/importer"
	"btrollout/internal/ledger"
	"btrollout/internal/precheck"
	"btrollout/internal/redistest"
	"btrollout/internal/rollout"
)

func BenchmarkCheck(b *testing.B) {
	n := size(10_000)
	sim, err := btsim.New(btsim.Options{})
	must(b, err)
	server := httptest.NewServer(sim.Handler())
	defer server.Close()
	id := sim.Credentials()
	api, err := btapi.New(btapi.Config{
		BaseURL: server.URL + btsim.BasePath, TokenURL: server.URL + btsim.TokenPath,
		ClientID: id.ClientID, ClientSecret: id.ClientSecret, APIKey: id.APIKey, Timeout: timeout,
	})
	must(b, err)
	defer api.Close()
	facts := ledger.New(redistest.Connect(b, redistest.InMemory(b)))
	checker := precheck.NewChecker(precheck.Config{API: api, Ledger: facts, Scope: "bench"})
	check := func(r rollout.Request) bool {
		f, err := checker.Check(context.Background(), id.CustomerCode, &r)
		must(b, err)
		return len(f.Problems) == 0
	}
	rows := goodRows(b, check)
	for _, country := range append(countriesOf(rows), "") {
		for way, respell := range map[string]func(string) string{"listed": strings.TrimSpace, "capitals": strings.ToUpper} {
			var work []rollout.Request
			for _, r := range rows {
				if r = respelled(r, respell); (country == "" || r.Country == country) && check(r) {
					work = append(work, r)
				}
			}
			if len(work) == 0 {
				continue
			}
			name := "all/" + way
			if country != "" {
				name = "one/" + country + "/" + way
			}
			b.Run(name, func(b *testing.B) {
				before := sim.Stats().Calls
				began := time.Now()
				for i := range n {
					check(work[i%len(work)])
				}
				b.ReportMetric(time.Since(began).Seconds(), "s")
				b.ReportMetric(float64(n), "rows")
				if now := sim.Stats().Calls; !maps.Equal(before, now) {
					b.Fatalf("calls were made: %v, before %v", now, before)
				}
			})
		}
	}
}

// goodRows are the rows of the sample that pass the check.
func goodRows(b *testing.B, check func(rollout.Request) bool) (rows []rollout.Request) {
	b.Helper()
	file, err := importer.Open("../../samples/rollout.csv", importer.Options{})
	must(b, err)
	defer file.Close()
	for s, err := range file.Rows() {
		must(b, err)
		if len(s.Problems) == 0 && check(s.Request) {
			rows = append(rows, s.Request)
		}
	}
	if len(rows) < 15 {
		b.Fatal(fmt.Errorf("only %d rows of the sample are good", len(rows)))
	}
	return rows
}

// countriesOf lists the countries of rows, each once, in their order.
func countriesOf(rows []rollout.Request) (countries []string) {
	seen := map[string]bool{}
	for _, r := range rows {
		if !seen[r.Country] {
			seen[r.Country] = true
			countries = append(countries, r.Country)
		}
	}
	return countries
}

// respelled is a row whose address elements are written in another way.
func respelled(r rollout.Request, respell func(string) string) rollout.Request {
	r.Address = maps.Clone(r.Address)
	for element, value := range r.Address {
		r.Address[element] = respell(value)
	}
	return r
}
