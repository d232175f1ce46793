// This file tests the form in which Redis has a rulebook: workers of other versions read it,
// and the edition of every validated site is made of it.

package precheck

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"

	"btrollout/internal/addrcheck"
	"btrollout/internal/rollout"
)

func TestRulebook_StoredFormIsPermanent(t *testing.T) {
	t.Parallel()
	const stored = `{"Country":"Switzerland","Constraints":{` +
		`"a1":{"Usage":"mandatory","Label":"Canton","Description":"Choose","ValueType":"enumerationAssociative","MinLength":0,` +
		`"MaxLength":0,"Regexp":"","Values":[{"Value":"VD","Display":"Vaud"},{"Value":"x","Display":""}],"Position":1},` +
		`"pc":{"Usage":"optional","Label":"NPA","Description":"","ValueType":"freestring","MinLength":4,"MaxLength":5,` +
		`"Regexp":"^[0-9]+$","Values":null,"Position":2}},"AreaElements":["a1"],"DialZoneManual":true}`
	book := addrcheck.Rulebook{
		Country: "Switzerland", AreaElements: []string{"a1"}, DialZoneManual: true,
		Constraints: map[string]rollout.Constraint{
			"a1": {Usage: "mandatory", Label: "Canton", Description: "Choose", ValueType: "enumerationAssociative", Position: 1,
				Values: []rollout.PossibleValue{{Value: "VD", Display: "Vaud"}, {Value: "x"}}},
			"pc": {Usage: "optional", Label: "NPA", ValueType: "freestring", MinLength: 4, MaxLength: 5, Regexp: "^[0-9]+$", Position: 2},
		},
	}
	made, err := compileRulebook(book)
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(made)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(stored, string(text)); diff != "" {
		t.Errorf("stored (-want +got):\n%s", diff)
	}
	var read rulebook
	if err := json.Unmarshal([]byte(stored), &read); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(book, read.source); diff != "" {
		t.Errorf("read (-want +got):\n%s", diff)
	}
	if want := "43746aec"; made.edition != want || read.edition != want {
		t.Errorf("editions are %s and %s, want %s", made.edition, read.edition, want)
	}
}
