// Hostile input: whatever the rulebook and the address are, the checker ends,
// and keeps its promises. The benchmark states what an honest one costs.

package addrcheck_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"btrollout/internal/addrcheck"
	"btrollout/internal/rollout"
)

// everything is a rulebook that uses every kind of constraint.
func everything() addrcheck.Rulebook {
	book := swiss()
	book.DialZoneManual = true
	book.Constraints["a6"] = rollout.Constraint{Usage: "optional", ValueType: "freestring", MinLength: 2, MaxLength: 30,
		Regexp: `^[\p{L}0-9 .'-]+$`}
	book.Constraints["hns"] = rollout.Constraint{Usage: "optional", ValueType: "freestring", Regexp: `^(?!x)\w+$`}
	book.Constraints["sts"] = rollout.Constraint{Usage: "optional", ValueType: "enumeration",
		Values: simple("Avenue", "Chemin", "Rue", "Malmö", "Malmo", "Saint-Étienne", "東京")}
	return book
}

// keepsItsPromises checks what is true of every result: an address or problems, known
// codes, sentences in both languages, suggestions that mend what they are for, and
// an address that comes back as it is, without a note about its spelling.
func keepsItsPromises(t *testing.T, c *addrcheck.Checker, addr rollout.Address, areas addrcheck.Areas) {
	t.Helper()
	res := check(t, c, addr, areas)
	wellSaidAll(t, res)
	if (res.Address == nil) != (len(res.Problems) > 0) {
		t.Fatalf("address %v with problems %v", res.Address, res.Problems)
	}
	known := addrcheck.Rules()
	for _, p := range res.Problems {
		if !slices.ContainsFunc(known, func(r addrcheck.Rule) bool { return r.Code == p.Code }) || p.Value != addr[p.Field] {
			t.Errorf("unknown code or changed value: %+v", p)
		}
		if p.Suggestion == "" {
			continue
		}
		mended := maps.Clone(addr)
		mended[p.Field] = p.Suggestion
		for _, left := range check(t, c, mended, areas).Problems {
			if left.Field == p.Field && left.Code == p.Code {
				t.Errorf("suggestion %q for %q has the problem still: %s", p.Suggestion, p.Value, left.Message)
			}
		}
	}
	if len(res.Problems) == 0 {
		again := check(t, c, res.Address, areas)
		if !maps.Equal(again.Address, res.Address) || strings.Contains(strings.Join(english(again.Notes), " "), " is sent ") {
			t.Errorf("what is pushed is not stable: %v, then %v with notes %q", res.Address, again.Address, again.Notes)
		}
	}
}

func FuzzCheck(f *testing.F) {
	f.Add("Vaud", "Lausane", "1000", "Rue du Lac", "bis", "rue", "021")
	f.Add("VD", strings.Repeat("a", 10_000), "１０００", strings.Repeat("e\u0301", 10_000), "\u202exyz", "🏢", "")
	f.Add("", "\xff\xfe", "10 00", "l’Église", "x\x00", "Mâlmo", "\u200b")
	f.Add("ge", "GENEVE", " 0", "שלום עולם", "\u0301\u0301", "---", "0")
	f.Add("geneva", "Geneva", "B-1260", "R. du Lac", "S", "Av.", "０２１")
	f.Fuzz(func(t *testing.T, a1, a3, pc, a6, hns, sts, zone string) {
		if strings.Contains(a1+a3+pc+a6+hns+sts+zone, "%!") {
			return // would look like a leftover of a format
		}
		var asked []string
		keepsItsPromises(t, compile(t, everything()), rollout.Address{
			"a1": a1, "a3": a3, "pc": pc, "a6": a6, "hns": hns, "sts": sts, "dialzone": zone, "a5": hns,
		}, swissPlaces(&asked))
	})
}

func FuzzCompile(f *testing.F) {
	f.Add("mandatory", "freestring", `^(?=a)(a+)+$`, "Label", 1, 5, "x", "y", strings.Repeat("a", 200)+"!")
	f.Add("optional", "enumerationAssociative", `[`, "", -1, -5, "", "Avenue", "avenue")
	f.Add("notUsed", "enumeration", `(?<n>a)\k<n>(?!b)`, "\xff", 9, 1, "AVE", "", "ave")
	f.Add("optional", "freestring", "^\n[\x01a]$", "La\nbel\x7f", 0, 0, "1", "2", "b")
	f.Add("often", "date", strings.Repeat("(", 5_000), "x", 0, 0, "é", "e\u0301", "E")
	f.Add("optional", "freenumerical", `((((a{1,99}){1,99}){1,99}){1,99})(?!b)`, "x", 0, 1<<40, "1", "2", "3")
	for _, expr := range hostile {
		f.Add("mandatory", "freestring", expr, "x", 0, 0, "Enter it, such as a1.", "b", strings.Repeat("a", 99))
	}
	f.Fuzz(func(t *testing.T, usage, valueType, pattern, label string, least, most int, value, display, written string) {
		if strings.Contains(usage+valueType+pattern+label+value+display+written, "%!") {
			return // would look like a leftover of a format
		}
		c := compile(t, addrcheck.Rulebook{AreaElements: []string{"a3", "a1"}, Constraints: map[string]rollout.Constraint{
			"a1": {Usage: usage, ValueType: valueType, Regexp: pattern, Label: label, Description: display, MinLength: least, MaxLength: most,
				Values: []rollout.PossibleValue{{Value: value, Display: display}, {Value: display, Display: written}}},
			"pc": {Usage: usage, ValueType: "freestring", Regexp: pattern, Label: label, Description: value, MinLength: least, MaxLength: most},
		}})
		areas := func(...string) ([]string, error) { return []string{display, value}, nil }
		res := check(t, c, rollout.Address{"a1": written, "a3": value, "pc": written}, areas)
		if (res.Address == nil) != (len(res.Problems) > 0) {
			t.Errorf("address %v with problems %v", res.Address, res.Problems)
		}
		wellSaidAll(t, res)
		for _, w := range c.Warnings() {
			wellSaid(t, w)
		}
	})
}

func BenchmarkCheck10000(b *testing.B) {
	c := compile(b, everything())
	var cities []string
	for i := range 2_000 {
		cities = append(cities, fmt.Sprintf("Città %d", i))
	}
	areas := func(parents ...string) ([]string, error) {
		if len(parents) == 0 {
			return []string{"VD", "GE", "TI"}, nil
		}
		return cities, nil
	}
	for _, bm := range []struct{ name, city string }{{"as listed", "Città 1500"}, {"respelled", "CITTA 1500"},
		{"misspelled", "Citta n. 1500"}} {
		b.Run(bm.name, func(b *testing.B) {
			for b.Loop() {
				for range 10_000 {
					res := check(b, c, rollout.Address{"a1": "vaud", "a3": bm.city, "pc": "1000", "a6": "du Lac", "sts": "rue", "dialzone": "021"}, areas)
					if len(res.Problems) > 0 != (bm.name == "misspelled") {
						b.Fatal(res.Problems)
					}
				}
			}
		})
	}
}
