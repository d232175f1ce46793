// Wrong country data is refused, and the error names its file and key.

package countries_test

import (
	"encoding/json"
	"os"
	"strings"
	"testing"
	"testing/fstest"

	"btrollout/internal/btsim/countries"
)

// optionalText is a valid rule for an address element.
var optionalText = map[string]any{
	"usage": "optional", "defaultLabel": "Label", "defaultDescription": "", "referenceUrl": "",
	"valueType": "freestring", "minLength": 0, "maxLength": 100, "valueRegexp": "", "position": 10,
}

func TestLoad_NamesWhatIsWrong(t *testing.T) {
	t.Parallel()
	type object = map[string]any
	in := func(data object, keys ...string) object {
		for _, key := range keys {
			data = data[key].(object)
		}
		return data
	}
	element := func(d object, name string) object { return in(d, "addressconstraints", name) }
	areaRules := func(d object) object { return in(d, "geographicalconstraints", "emergencyAreaRules") }
	refuse := func(d object, element, pattern, reason string) {
		d["refusals"] = []object{{"element": element, "pattern": pattern, "reason": reason}}
	}
	for mention, test := range map[string]struct {
		file   string
		change func(object)
	}{
		`unknown field "capital"`:                    {"ch", func(d object) { d["capital"] = "Bern" }},
		"country.name":                               {"ch", func(d object) { in(d, "country")["name"] = "" }},
		"country.iso2":                               {"ch", func(d object) { in(d, "country")["iso2"] = "LI" }},
		"country.countryCode":                        {"ch", func(d object) { in(d, "country")["countryCode"] = "+41" }},
		"country.coverage.onnet":                     {"ch", func(d object) { delete(in(d, "country", "coverage"), "onnet") }},
		"country.coverage has keys":                  {"ch", func(d object) { in(d, "country", "coverage")["x"] = "" }},
		"businessTalkOnline":                         {"ch", func(d object) { in(d, "country", "coverage")["businessTalkOnline"] = "yes" }},
		"addressconstraints is empty":                {"gb", func(d object) { d["addressconstraints"] = object{} }},
		"addressconstraints.city":                    {"ch", func(d object) { in(d, "addressconstraints")["city"] = optionalText }},
		"addressconstraints.pc.usage":                {"ch", func(d object) { element(d, "pc")["usage"] = "x" }},
		"addressconstraints.pc.defaultLabel":         {"ch", func(d object) { element(d, "pc")["defaultLabel"] = "" }},
		"addressconstraints.pc.minLength":            {"ch", func(d object) { element(d, "pc")["minLength"] = 9 }},
		"addressconstraints.pc.position":             {"ch", func(d object) { element(d, "pc")["position"] = 0 }},
		"addressconstraints.pc.valueRegexp":          {"ch", func(d object) { element(d, "pc")["valueRegexp"] = "(" }},
		"addressconstraints.pc.possibleValues: valu": {"ch", func(d object) { element(d, "pc")["valueType"] = "x" }},
		"addressconstraints.pc.possibleValues: bel":  {"ch", func(d object) { element(d, "pc")["possibleValues"] = []string{"1"} }},
		"addressconstraints.a1.possibleValues: must": {"ch", func(d object) { element(d, "a1")["possibleValues"] = []string{} }},
		"addressconstraints.a1.possibleValues: map":  {"ch", func(d object) { element(d, "a1")["possibleValues"] = []object{{"value": "x"}} }},
		"addressconstraints.a1.possibleValues: json": {"gb", func(d object) { element(d, "a1")["possibleValues"] = []int{1} }},
		"dialZoneSelection":                          {"ch", func(d object) { in(d, "geographicalconstraints")["dialZoneSelection"] = "x" }},
		"exactly area1_pidflo":                       {"ch", func(d object) { delete(areaRules(d), "area4_pidflo") }},
		"area2_pidflo":                               {"ch", func(d object) { areaRules(d)["area2_pidflo"] = "flr" }},
		"area1_pidflo is notUsed":                    {"ch", func(d object) { areaRules(d)["area1_pidflo"] = "notUsed" }},
		"geoareas.VD":                                {"ch", func(d object) { in(d, "geoareas")["VD"] = object{} }},
		"geoareas is missing":                        {"gb", func(d object) { delete(d, "geoareas") }},
		"geoareas is not as deep":                    {"gb", func(d object) { d["geoareas"] = object{"x": object{}} }},
		"refusals[0].element":                        {"gb", func(d object) { refuse(d, "a5", "x", "y") }},
		"refusals[0] must":                           {"gb", func(d object) { refuse(d, "pc", "x", "") }},
		"missing closing":                            {"gb", func(d object) { refuse(d, "pc", "(", "y") }},
		"addressAPI":                                 {"gb", func(d object) { d["addressAPI"] = "maybe" }},
		"streets are 0":                              {"gb", func(d object) { d["addressAPI"] = "search" }},
		"streets[0] must":                            {"fr", func(d object) { d["streets"].([]any)[0].(object)["from"] = 0 }},
		"streets[0].address":                         {"fr", func(d object) { in(d["streets"].([]any)[0].(object), "address")["pc"] = "1" }},
	} {
		content, err := os.ReadFile(test.file + ".json")
		if err != nil {
			t.Fatal(err)
		}
		file := test.file + ".json"
		var object map[string]any
		if err := json.Unmarshal(content, &object); err != nil {
			t.Fatal(err)
		}
		test.change(object)
		data, err := json.Marshal(object)
		if err != nil {
			t.Fatal(err)
		}
		_, err = countries.Load(fstest.MapFS{file: {Data: data}})
		if err == nil || !strings.Contains(err.Error(), mention) || !strings.Contains(err.Error(), file) {
			t.Errorf("error %v, want one about %s and %q", err, file, mention)
		}
	}
}

func TestLoad_NoDataOrNoJSON(t *testing.T) {
	t.Parallel()
	if _, err := countries.Load(fstest.MapFS{}); err == nil {
		t.Error("no data is taken")
	}
	for _, content := range []string{"", "{", `{"country":{},"country":{}}`, "{}{}"} {
		_, err := countries.Load(fstest.MapFS{"ch.json": {Data: []byte(content)}})
		if err == nil || !strings.Contains(err.Error(), "ch.json") {
			t.Errorf("%q: error %v", content, err)
		}
	}
}
