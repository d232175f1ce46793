// The address API: searching where a country can, validating where it only does
// that, and nothing elsewhere.

package btsim_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"btrollout/internal/btsim"
)

func TestAddressSearch(t *testing.T) {
	t.Parallel()
	b := newBench(t, btsim.Options{})
	const rivoli = "a3=Paris&a6=de Rivoli&hno=25&pc=75004&sts=RUE"
	for name, test := range map[string]struct {
		country, query string
		want           []string
	}{
		"exact":                     {"FR", rivoli, []string{rivoli}},
		"case, accents and hyphens": {"FR", "a6=DES CHAMPS ELYSEES&hno=1", []string{"a3=Paris&a6=des Champs-Élysées&hno=1&pc=75008&sts=AV"}},
		"blanks":                    {"NL", "pc=1071xx&hno=1", []string{"a1=NH&a3=Amsterdam&a6=Museumstraat&hno=1&pc=1071 XX"}},
		"a floor says nothing":      {"FR", rivoli + "&flr=3", []string{rivoli}},
		"house decides the street":  {"FR", "a6=de Rivoli&a3=Paris&hno=100", []string{"a3=Paris&a6=de Rivoli&hno=100&pc=75001&sts=RUE"}},
		"wrong postal code": {"FR", "a3=Paris&a6=de Rivoli&hno=100&pc=75004&sts=RUE",
			[]string{"a3=Paris&a6=de Rivoli&hno=100&pc=75001&sts=RUE"}},
		"wrong street type":          {"FR", "a3=Paris&a6=de Rivoli&hno=25&pc=75004&sts=AV", []string{rivoli}},
		"both wrong":                 {"FR", "a3=Paris&a6=de Rivoli&hno=25&pc=75008&sts=AV", nil},
		"no such house":              {"FR", "a3=Paris&a6=de Rivoli&hno=9999", nil},
		"no house at all":            {"FR", "a3=Paris&a6=de Rivoli&hno=25b", nil},
		"no such city":               {"FR", "a3=Atlantis", nil},
		"a postal code alone":        {"FR", "pc=99999", nil},
		"a postal code and a number": {"FR", "pc=99999&hno=1", nil},
	} {
		got := b.get(b.api + "/countries/" + test.country + "/addresses?" + escape(test.query)).addresses()
		if !slices.Equal(got, test.want) {
			t.Errorf("%s: %q, want %q", name, got, test.want)
		}
	}
}

func TestAddressSearchWithoutNumberGivesTen(t *testing.T) {
	t.Parallel()
	b := newBench(t, btsim.Options{})
	got := b.get(b.api + "/countries/FR/addresses?a6=de%20Rivoli").addresses()
	if len(got) != 10 || len(slices.Compact(slices.Clone(got))) != 10 {
		t.Fatalf("%d candidates: %q", len(got), got)
	}
	if !slices.Contains(got, "a3=Paris&a6=de Rivoli&hno=1&pc=75004&sts=RUE") ||
		!slices.Contains(got, "a3=Paris&a6=de Rivoli&hno=61&pc=75001&sts=RUE") {
		t.Errorf("not of both streets: %q", got)
	}
	a := b.get(b.api + "/countries/FR/addresses?a6=de%20Rivoli&limit=3&offset=8")
	if len(a.addresses()) != 2 || a.header.Get("X-Total-Count") != "10" {
		t.Errorf("the last page: %s", a.body)
	}
}

func TestAddressValidation(t *testing.T) {
	t.Parallel()
	b := newBench(t, btsim.Options{})
	const linden = "a3=Berlin&a6=Unter den Linden&hno=77&pc=10117"
	const broadway = "a1=NY&a3=New York&a6=42nd&hno=80&pc=10017&prd=E&sts=ST"
	for name, test := range map[string]struct {
		country, query string
		want           []string
	}{
		"exact":             {"DE", linden, []string{linden}},
		"as people write":   {"DE", "a3=BERLIN&a6=unter-den-linden&hno=77&pc=10117", []string{linden}},
		"sharp s":           {"DE", "a3=Berlin&a6=RATHAUSSTRASSE&hno=1&pc=10178", []string{"a3=Berlin&a6=Rathausstraße&hno=1&pc=10178"}},
		"with a floor":      {"DE", linden + "&flr=2", []string{linden}},
		"no number":         {"DE", "a3=Berlin&a6=Unter den Linden&pc=10117", nil},
		"no postal code":    {"DE", "a3=Berlin&a6=Unter den Linden&hno=77", nil},
		"wrong postal code": {"DE", "a3=Berlin&a6=Unter den Linden&hno=77&pc=10178", nil},
		"no such house":     {"DE", "a3=Berlin&a6=Unter den Linden&hno=79&pc=10117", nil},
		"with direction":    {"US", broadway, []string{broadway}},
		"no direction":      {"US", strings.Replace(broadway, "&prd=E", "", 1), nil},
	} {
		got := b.get(b.api + "/countries/" + test.country + "/addresses?" + escape(test.query)).addresses()
		if !slices.Equal(got, test.want) {
			t.Errorf("%s: %q, want %q", name, got, test.want)
		}
	}
}

func TestAddressQueriesRefused(t *testing.T) {
	t.Parallel()
	b := newBench(t, btsim.Options{})
	for query, mention := range map[string]string{
		"city=Paris": "city", "A3=Paris": "A3", "dialzone=1": "dialzone", "a3=Paris&a3=Lyon": "a3", "a3=": "a3",
		"a1=Ile": "a1", "a5=x": "a5", "a3=Paris&limit=0": "limit",
	} {
		b.get(b.api+"/countries/FR/addresses?"+query).refused(http.StatusBadRequest, 28, mention)
	}
	for _, query := range []string{"", "?limit=5"} {
		b.get(b.api+"/countries/FR/addresses"+query).refused(http.StatusBadRequest, 27, "element")
	}
	for _, country := range []string{"BE", "CH", "CZ", "ES", "FI", "GB", "NZ", "PT", "SE", "SJ"} {
		b.get(b.api+"/countries/"+country+"/addresses?a3=x").refused(http.StatusNotFound, 60, "no address API")
	}
}

// TestFoundAddressesCanBePushed holds the two sides of the register together.
func TestFoundAddressesCanBePushed(t *testing.T) {
	t.Parallel()
	b := newBench(t, btsim.Options{})
	for _, country := range []string{"FR", "GF", "NL"} {
		path := b.site(country)
		var found []map[string]string
		b.get(b.api+"/countries/"+country+"/addresses?a3="+url.QueryEscape(good[country]["a3"])).into(http.StatusOK, &found)
		if len(found) != 10 {
			t.Errorf("%s: %d candidates", country, len(found))
		}
		for _, address := range found {
			b.call(http.MethodPut, path, text(address)).into(http.StatusOK, new(any))
		}
	}
}

// escape makes a readable query a right one.
func escape(query string) string { return strings.ReplaceAll(query, " ", "%20") }
