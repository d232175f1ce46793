// Pushing addresses: what every country takes, and what is refused and why.

package btsim_test

import (
	"encoding/json"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"btrollout/internal/btsim"
)

// good is a right address of every country that can be ordered.
var good = map[string]map[string]string{
	"BE": {"pc": "1000", "a3": "Bruxelles", "a6": "Grand-Place", "hno": "1", "dialzone": "02"},
	"CH": {"a1": "VD", "a3": "Lausanne", "pc": "1003", "a6": "Place de la Palud", "hno": "2a", "dialzone": "021"},
	"CZ": {"a6": "Mariánské náměstí", "hno": "2/2", "pc": "110 00", "a3": "Praha", "dialzone": "2"},
	"DE": {"a6": "Unter den Linden", "hno": "77", "pc": "10117", "a3": "Berlin"},
	"ES": {"a1": "AN", "a2": "Sevilla", "a3": "Sevilla", "sts": "CL", "a6": "Sierpes", "hno": "1", "pc": "41004", "dialzone": "95"},
	"FI": {"a6": "Mannerheimintie", "hno": "5-7", "pc": "00100", "a3": "Helsinki", "dialzone": "09"},
	"FR": {"hno": "25", "sts": "RUE", "a6": "de Rivoli", "pc": "75004", "a3": "Paris"},
	"GB": {"a6": "Whitehall", "a3": "London", "pc": "SW1A 2AA", "a1": "England", "dialzone": "020"},
	"GF": {"hno": "5", "sts": "RUE", "a6": "Fiedmond", "pc": "97300", "a3": "Cayenne"},
	"NL": {"a1": "NH", "pc": "1071 XX", "a3": "Amsterdam", "a6": "Museumstraat", "hno": "1"},
	"NZ": {"hno": "1", "a6": "Queen Street", "a3": "Auckland", "pc": "1010", "a1": "AUK", "dialzone": "9"},
	"PT": {"sts": "AL", "a6": "da Praça", "hno": "1", "pc": "1100-001", "a3": "Lisboa", "a1": "Lisboa"},
	"SE": {"a6": "Storgatan", "hno": "1", "pc": "411 01", "a3": "Göteborg", "a4": "Haga", "dialzone": "031"},
	"SJ": {"a6": "Hilmar Rekstens vei", "pc": "9170", "a3": "Longyearbyen", "a1": "21", "dialzone": "79"},
	"US": {"hno": "1000", "a6": "5th", "sts": "AVE", "a3": "New York", "a1": "NY", "pc": "10028", "dialzone": "212"},
}

func text(address map[string]string) string {
	content, _ := json.Marshal(address)
	return string(content)
}

func TestEveryCountryTakesAGoodAddress(t *testing.T) {
	t.Parallel()
	b := newBench(t, btsim.Options{})
	for country, address := range good {
		path := b.site(country)
		b.get(path).refused(http.StatusNotFound, 60, "no address")
		b.call(http.MethodPut, path, text(address)).into(http.StatusOK, new(any))
		var stored map[string]string
		b.get(path).into(http.StatusOK, &stored)
		if line(stored) != line(address) {
			t.Errorf("%s: stored %s, pushed %s", country, line(stored), line(address))
		}
	}
	files, err := filepath.Glob("countries/*.json")
	if err != nil || len(files) != len(good)+1 { // Greenland
		t.Errorf("%d countries are tried, %d files are there, error %v", len(good), len(files), err)
	}
}

// TestAddressRefusals changes one thing at a time: "=" sets an element, "-" takes
// it away.
func TestAddressRefusals(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("é", 100)
	for name, test := range map[string]struct {
		country, change string
		code            int
		mention         string
	}{
		"mandatory absent":          {"CH", "-pc", 23, "pc:"},
		"mandatory empty":           {"CH", "pc=", 23, "pc:"},
		"notUsed":                   {"CH", "sts=RUE", 24, "sts:"},
		"notUsed empty":             {"CH", "sts=", 24, "sts:"},
		"undeclared":                {"CH", "a5=x", 24, "a5:"},
		"no element":                {"CH", "city=Lausanne", 24, "city:"},
		"other letter case":         {"CH", "PC=1003", 24, "PC:"},
		"numerical with letter":     {"FI", "flr=2a", 24, "flr:"},
		"numerical in other digits": {"FI", "flr=٢", 24, "flr:"},
		"too long":                  {"CH", "a6=" + long, 24, "a6:"},
		"too short":                 {"CZ", "pc=1", 24, "pc:"},
		"pattern":                   {"CH", "pc=0999", 24, "pc:"},
		"pattern with look-ahead":   {"GB", "pc=QW1A 2AA", 24, "pc:"},
		"pattern, newline":          {"CZ", "pc=110 00\n", 24, "pc:"},
		"enumeration":               {"GB", "a1=Mercia", 24, "a1:"},
		"enumeration by case":       {"GB", "a1=england", 24, "a1:"},
		"display for value":         {"CH", "a1=Vaud", 24, "a1:"},
		"unknown area1":             {"BE", "pc=9999", 24, "pc:"},
		"area2 of another area1":    {"CH", "a1=GE", 24, "a3:"},
		"area by case":              {"CH", "a3=LAUSANNE", 24, "a3:"},
		"unknown quarter":           {"SE", "a4=Nowhere", 24, "a4:"},
		"no dial zone":              {"CH", "-dialzone", 23, "dialzone:"},
		"empty dial zone":           {"CH", "dialzone=", 23, "dialzone:"},
		"automatic dial zone":       {"FR", "dialzone=1", 24, "dialzone:"},
		"automatic, empty":          {"FR", "dialzone=", 24, "dialzone:"},
		"house beyond the street":   {"FR", "hno=999", 24, "hno:"},
		"house with leading zero":   {"DE", "hno=077", 24, "hno:"},
		"street in other letters":   {"FR", "a6=de rivoli", 24, "a6:"},
		"postal code without blank": {"NL", "pc=1071XX", 24, "pc:"},
		"city of another street":    {"DE", "a3=Bonn", 24, "a3:"},
		"direction added":           {"US", "prd=E", 24, "prd:"},
		"unpublished refusal":       {"GB", "pc=ZZ1 1AA", 24, "pc:"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t, btsim.Options{})
			address := maps.Clone(good[test.country])
			if element, ok := strings.CutPrefix(test.change, "-"); ok {
				delete(address, element)
			} else {
				element, value, _ := strings.Cut(test.change, "=")
				address[element] = value
			}
			path := b.site(test.country)
			b.call(http.MethodPut, path, text(address)).refused(http.StatusBadRequest, test.code, test.mention)
			b.get(path).refused(http.StatusNotFound, 60, "no address")
			if pushes := b.sim.Stats().Voicesites[0].AddressPushes; pushes != 0 {
				t.Errorf("%d pushes in the books", pushes)
			}
		})
	}
}

func TestAddressBodies(t *testing.T) {
	t.Parallel()
	b := newBench(t, btsim.Options{})
	path := b.site("CH")
	content := text(good["CH"])
	for _, test := range []struct {
		body    string
		code    int
		mention string
	}{
		{" ", 21, "no body"},
		{"[" + content + "]", 22, "object"},
		{content + content, 22, "follows"},
		{strings.Replace(content, `"a1":"VD"`, `"a1":"VD","a1":"VD"`, 1), 22, "twice"},
		{strings.Replace(content, `"VD"`, `1`, 1), 24, "a1:"},
		{strings.Replace(content, `"VD"`, `null`, 1), 24, "a1:"},
		{strings.Replace(content, `"VD"`, `{"value":"VD"}`, 1), 24, "a1:"},
		{"{}", 23, "a1:"},
	} {
		b.call(http.MethodPut, path, test.body).refused(http.StatusBadRequest, test.code, test.mention)
	}
	b.call(http.MethodPut, path, content, header("Content-Type", "")).blocked(http.StatusUnsupportedMediaType, 68)

	var all []fault
	b.call(http.MethodPut, path, "{}").into(http.StatusBadRequest, &all)
	if len(all) != 6 { // five mandatory elements and the dial zone
		t.Errorf("an empty address has %d faults: %v", len(all), all)
	}
}

func TestOptionalElements(t *testing.T) {
	t.Parallel()
	b := newBench(t, btsim.Options{})
	for country, extra := range map[string]map[string]string{
		"FR": {"flr": "2", "addrExtInfo1": "Bâtiment C"},
		"US": {"unit": "4", "a2": "Manhattan"},
		"FI": {"flr": ""}, // an optional element may be empty whatever its bounds
		"GF": {"hns": ""}, // so may an optional enumeration
	} {
		address := maps.Clone(good[country])
		maps.Copy(address, extra)
		path := b.site(country)
		b.call(http.MethodPut, path, text(address)).into(http.StatusOK, new(any))
		maps.DeleteFunc(address, func(_, value string) bool { return value == "" })
		var stored map[string]string
		b.get(path).into(http.StatusOK, &stored)
		if line(stored) != line(address) {
			t.Errorf("%s: stored %s, want %s", country, line(stored), line(address))
		}
	}
}

func TestAddressMayBePushedAgain(t *testing.T) {
	t.Parallel()
	b := newBench(t, btsim.Options{})
	path := b.site("FR")
	b.call(http.MethodPut, path, text(good["FR"])).into(http.StatusOK, new(any))
	other := maps.Clone(good["FR"])
	other["hno"] = "26"
	b.call(http.MethodPut, path, text(other)).into(http.StatusOK, new(any))
	b.call(http.MethodPut, path, `{"hno":"x"}`).refused(http.StatusBadRequest, 23, "a3:")
	if site := b.sim.Stats().Voicesites[0]; line(site.Address) != line(other) || site.AddressPushes != 2 {
		t.Errorf("the books: %+v", site)
	}
}

func TestVoicesiteTakesNoAddressBeforeDelivery(t *testing.T) {
	t.Parallel()
	b := newBench(t, btsim.Options{DeliveryMin: time.Minute, DeliveryMax: time.Minute})
	path := b.site("FR") // the first: its id gives the next one's away
	b.order("r", "SECOND", "FR", europe)
	second := strings.Replace(path, "00000001", "00000002", 1)
	b.call(http.MethodPut, second, text(good["FR"])).refused(http.StatusNotFound, 60, "voicesite")
	b.clock.pass(time.Minute)
	b.call(http.MethodPut, second, text(good["FR"])).into(http.StatusOK, new(any))
}

// TestLengthsAreCharacters uses a country whose data only this test has.
func TestLengthsAreCharacters(t *testing.T) {
	t.Parallel()
	content, err := os.ReadFile("countries/gb.json")
	if err != nil {
		t.Fatal(err)
	}
	data := edit(t, content, func(data map[string]any) {
		bounded, free := rule("mandatory", "freestring"), rule("optional", "freenumerical")
		bounded["minLength"], bounded["maxLength"] = 2, 3
		free["maxLength"] = 0
		data["addressconstraints"] = map[string]any{"a6": bounded, "pc": free}
		data["geographicalconstraints"] = map[string]any{"dialZoneSelection": "automatic"}
		data["geoareas"], data["refusals"] = map[string]any{}, []any{}
	})
	c := &clock{}
	sim, err := btsim.NewFrom(btsim.Options{Now: c.Now}, fstest.MapFS{"gb.json": {Data: data}})
	if err != nil {
		t.Fatal(err)
	}
	b := benchOf(t, sim, c)
	path := b.site("GB")
	for value, status := range map[string]int{"é": 400, "éé": 200, "日本語": 200, "éééé": 400} {
		if a := b.call(http.MethodPut, path, text(map[string]string{"a6": value, "pc": strings.Repeat("1", 500)})); a.status != status {
			t.Errorf("%q: %d, want %d: %s", value, a.status, status, a.body)
		}
	}
}
