// What can be looked up: customers, VPNs, countries, rules and areas; and paging,
// which is the same for every list.

package btsim_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"btrollout/internal/btsim"
)

func TestCustomersAndVPNs(t *testing.T) {
	t.Parallel()
	b := newBench(t, btsim.Options{Customers: 2})
	var customers []map[string]string
	b.get(b.api+"/customers").into(http.StatusOK, &customers)
	if len(customers) != 2 || customers[0]["customerCode"] != b.sim.Credentials().CustomerCode ||
		customers[0]["customerCode"] == customers[1]["customerCode"] {
		t.Fatalf("customers: %v", customers)
	}
	for _, key := range []string{"name", "customerCode", "contractNumber", "apiContractId", "pricingApprovalNumber", "type"} {
		if customers[1][key] == "" || len(customers[1]) != 6 {
			t.Errorf("customer %v: want %s among six fields", customers[1], key)
		}
	}

	var vpns []map[string]string
	b.get(b.mine+"/vpns").into(http.StatusOK, &vpns)
	want := []map[string]string{
		{"vpnId": europe, "name": "VPN Europe", "vpnCode": "1"},
		{"vpnId": americas, "name": "VPN Americas", "vpnCode": "2"},
		{"vpnId": legacy, "name": "VPN Legacy", "vpnCode": "3"},
	}
	if diff := cmp.Diff(want, vpns); diff != "" {
		t.Errorf("VPNs (-want +got):\n%s", diff)
	}
	for _, path := range []string{"/vpns", "/orders", "/orders/1", "/voicesites", "/voicesites/1", "/voicesites/1/voiceaddress"} {
		b.get(b.api+"/customers/1"+path).refused(http.StatusNotFound, 60, `customer "1"`)
	}
}

func TestOneCustomerSeesNothingOfAnother(t *testing.T) {
	t.Parallel()
	b := newBench(t, btsim.Options{Customers: 2})
	path := b.site("FR")
	site := strings.TrimSuffix(strings.TrimPrefix(path, b.mine), "/voiceaddress")
	var customers []map[string]string
	b.get(b.api+"/customers").into(http.StatusOK, &customers)
	other := b.api + "/customers/" + customers[1]["customerCode"]

	b.get(b.mine+site).into(http.StatusOK, new(any))
	b.get(other+site).refused(http.StatusNotFound, 60, "voicesite")
	b.get(other+"/orders/ord00000001").refused(http.StatusNotFound, 60, "order")
	if a := b.get(other + "/orders"); a.header.Get("X-Total-Count") != "0" || strings.TrimSpace(string(a.body)) != "[]" {
		t.Errorf("the other customer's orders: %s", a.body)
	}
}

// TestCountriesAreServedAsTheirFilesSay compares the API with each data file.
func TestCountriesAreServedAsTheirFilesSay(t *testing.T) {
	t.Parallel()
	b := newBench(t, btsim.Options{})
	files, err := filepath.Glob("countries/*.json")
	if err != nil || len(files) < 16 {
		t.Fatalf("%d country files, error %v", len(files), err)
	}
	for _, file := range files {
		content, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var data map[string]any
		if err := json.Unmarshal(content, &data); err != nil {
			t.Fatal(err)
		}
		path := b.api + "/countries/" + strings.ToUpper(strings.TrimSuffix(filepath.Base(file), ".json"))
		same := func(path, key string) {
			var got any
			b.get(path).into(http.StatusOK, &got)
			if diff := cmp.Diff(data[key], got); diff != "" {
				t.Errorf("%s differs from %s of %s (-file +answer):\n%s", path, key, file, diff)
			}
		}
		same(path, "country")
		if filepath.Base(file) == "gl.json" {
			continue
		}
		same(path+"/addressconstraints", "addressconstraints")
		same(path+"/geographicalconstraints", "geographicalconstraints")
	}
}

func TestCountriesOutOfReach(t *testing.T) {
	t.Parallel()
	b := newBench(t, btsim.Options{})
	for _, path := range []string{"", "/addressconstraints", "/geographicalconstraints", "/geoareas/area1", "/addresses?a3=x"} {
		b.get(b.api+"/countries/ZZ"+path).refused(http.StatusNotFound, 60, "ZZ")
		b.get(b.api+"/countries/fr"+path).refused(http.StatusBadRequest, 20, "iso2")
		b.get(b.api+"/countries/FRA"+path).refused(http.StatusBadRequest, 20, "iso2")
		if path != "" {
			b.get(b.api+"/countries/GL"+path).refused(http.StatusNotFound, 60, "GL")
		}
	}
	var greenland struct {
		Coverage map[string]string `json:"coverage"`
	}
	b.get(b.api+"/countries/GL").into(http.StatusOK, &greenland)
	if greenland.Coverage["businessTalkOnline"] != "No" {
		t.Errorf("Greenland: %v", greenland)
	}
}

func TestAreasGoFourLevelsDown(t *testing.T) {
	t.Parallel()
	content, err := os.ReadFile("countries/gb.json")
	if err != nil {
		t.Fatal(err)
	}
	data := edit(t, content, func(data map[string]any) {
		for _, element := range []string{"a1", "a2", "a3", "a4"} {
			data["addressconstraints"].(map[string]any)[element] = rule("mandatory", "freestring")
		}
		data["geographicalconstraints"] = map[string]any{"dialZoneSelection": "manual", "emergencyAreaRules": map[string]any{
			"area1_pidflo": "a1", "area2_pidflo": "a2", "area3_pidflo": "a3", "area4_pidflo": "a4"}}
		leaf := map[string]any{}
		lowest := map[string]any{"z": leaf, "a b": leaf}
		data["geoareas"] = map[string]any{"Nord/Süd": map[string]any{"50% + x?": map[string]any{"Œuf #1": lowest}}}
	})
	sim, err := btsim.NewFrom(btsim.Options{}, fstest.MapFS{"gb.json": {Data: data}})
	if err != nil {
		t.Fatal(err)
	}
	b := benchOf(t, sim, &clock{})
	path := b.api + "/countries/GB/geoareas"
	for i, want := range [][]string{{"Nord/Süd"}, {"50% + x?"}, {"Œuf #1"}, {"a b", "z"}} {
		path += fmt.Sprintf("/area%d", i+1)
		got := b.get(path).strings()
		if !slices.Equal(got, want) {
			t.Fatalf("%s: %q, want %q", path, got, want)
		}
		path += "/" + url.PathEscape(got[0])
	}
	b.get(path+"/area5").blocked(http.StatusNotFound, 60)
	b.get(b.api+"/countries/GB/geoareas/area1/Nord/area2").refused(http.StatusNotFound, 60, `area1 "Nord"`)
	b.get(b.api+"/countries/GB/geoareas/area1/Nord%2FS%C3%BCd/area2/50/area3").refused(http.StatusNotFound, 60, `area2 "50"`)
}

func TestAreasOfACountryWithFewerLevels(t *testing.T) {
	t.Parallel()
	b := newBench(t, btsim.Options{})
	areas := b.api + "/countries/CH/geoareas/area1"
	if got := b.get(areas + "/BE/area2").strings(); !slices.Contains(got, "Biel/Bienne") {
		t.Errorf("Bern: %q", got)
	}
	if got := b.get(areas + "/BE/area2/Biel%2FBienne/area3").strings(); len(got) != 0 {
		t.Errorf("below the last level: %q", got)
	}
	if got := b.get(b.api + "/countries/FR/geoareas/area1").strings(); len(got) != 0 {
		t.Errorf("France constrains nothing: %q", got)
	}
}

func TestListsArePaged(t *testing.T) {
	t.Parallel()
	b := newBench(t, btsim.Options{MaxPage: 45})
	areas := b.api + "/countries/BE/geoareas/area1"
	a := b.get(areas)
	all := []string{}
	total := a.header.Get("X-Total-Count")
	if n := len(a.strings()); n != 40 || a.header.Get("X-Result-Count") != "40" {
		t.Errorf("first page holds %d, X-Result-Count %s", n, a.header.Get("X-Result-Count"))
	}
	for fmt.Sprint(len(all)) != total {
		page := b.get(fmt.Sprintf("%s?limit=1000&offset=%d", areas, len(all)))
		got := page.strings()
		if len(got) == 0 || len(got) > 45 || page.header.Get("X-Result-Count") != fmt.Sprint(len(got)) ||
			page.header.Get("X-Total-Count") != total {
			t.Fatalf("page at %d of %s holds %d, headers %v", len(all), total, len(got), page.header)
		}
		all = append(all, got...)
	}
	if len(all) <= 45 || !slices.IsSorted(all) || len(slices.Compact(slices.Clone(all))) != len(all) {
		t.Errorf("%d areas, sorted %v", len(all), slices.IsSorted(all))
	}
	if got := b.get(areas + "?offset=100000").strings(); len(got) != 0 {
		t.Errorf("beyond the end: %q", got)
	}
	if got := b.get(areas + "?limit=1&offset=1").strings(); len(got) != 1 || got[0] != all[1] {
		t.Errorf("one: %q", got)
	}
}

func TestQueryStringsAreReadStrictly(t *testing.T) {
	t.Parallel()
	b := newBench(t, btsim.Options{})
	for _, list := range []string{b.api + "/customers", b.mine + "/vpns", b.mine + "/orders", b.mine + "/voicesites",
		b.api + "/countries/BE/geoareas/area1"} {
		for query, mention := range map[string]string{
			"offset=-1": "offset", "offset=x": "offset", "offset=1.0": "offset", "offset=%2B1": "offset", "offset=": "offset",
			"offset=99999999999999999999": "offset", "limit=0": "limit", "limit=-5": "limit", "limit=all": "limit",
			"limit=1&limit=2": "limit", "page=2": "page", "Limit=1": "Limit", "a=%zz": "query string",
		} {
			b.get(list+"?"+query).refused(http.StatusBadRequest, 28, mention)
		}
	}
	address := b.site("FR")
	b.call(http.MethodPut, address, `{"hno":"25","sts":"RUE","a6":"de Rivoli","pc":"75004","a3":"Paris"}`).into(http.StatusOK, new(any))
	for _, path := range []string{
		b.api + "/me", b.api + "/countries/FR", b.api + "/countries/FR/addressconstraints", b.api + "/countries/FR/geographicalconstraints",
		b.mine + "/orders/ord00000001", strings.TrimSuffix(address, "/voiceaddress"), address,
	} {
		b.get(path).into(http.StatusOK, new(any))
		b.get(path+"?limit=1").refused(http.StatusBadRequest, 28, "limit")
	}
	b.call(http.MethodPost, b.mine+"/orders/voicesite?x=1", orderBody("r", "n", "FR", europe)).refused(http.StatusBadRequest, 28, "x")
	b.call(http.MethodPut, address+"?x=1", "{}").refused(http.StatusBadRequest, 28, "x")
}

// edit changes a country file's data.
func edit(t *testing.T, content []byte, change func(map[string]any)) []byte {
	t.Helper()
	var data map[string]any
	if err := json.Unmarshal(content, &data); err != nil {
		t.Fatal(err)
	}
	change(data)
	changed, err := json.Marshal(data)
	if err != nil {
		t.Fatal(err)
	}
	return changed
}

func rule(usage, valueType string) map[string]any {
	return map[string]any{
		"usage": usage, "defaultLabel": "Label", "defaultDescription": "", "referenceUrl": "",
		"valueType": valueType, "minLength": 0, "maxLength": 100, "valueRegexp": "", "position": 10,
	}
}
