// This file tests the objects: their versions and names, and how problems are printed.

package jsonout_test

import (
	"encoding/json"
	"errors"
	"io"
	"iter"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"btrollout/internal/jsonout"
	"btrollout/internal/overview"
	"btrollout/internal/rollout"
)

// Each object begins with its version, whichever of its fields are set.
func TestOutputs_BeginWithTheSchema(t *testing.T) {
	t.Parallel()
	for _, output := range jsonout.Outputs {
		text, err := json.Marshal(output.Object)
		if err != nil || !strings.HasPrefix(string(text), `{"schema":1,`) {
			t.Errorf("%s prints %s (%v)", output.Command, text, err)
		}
		newer := strings.Replace(string(text), ":1,", ":2,", 1)
		if err := json.Unmarshal([]byte(newer), reflect.New(reflect.TypeOf(output.Object)).Interface()); err == nil {
			t.Errorf("%s: another version is taken for this one", output.Command)
		}
	}
}

// The names of all fields are in camelCase and given in tags, and a name has the same type in all objects.
func TestOutputs_Names(t *testing.T) {
	t.Parallel()
	names, seen := regexp.MustCompile(`^[a-z][a-z0-9]*([A-Z][a-z0-9]*)*(,omitempty|,omitzero)?$`), map[reflect.Type]bool{}
	// Of a sheet: the row of its header and, in a template, the number of its columns. Scripts know them.
	kinds := map[string]reflect.Kind{"header": reflect.Invalid, "columns": reflect.Invalid}
	var check func(of reflect.Type)
	check = func(of reflect.Type) {
		switch of.Kind() {
		case reflect.Slice, reflect.Map, reflect.Pointer:
			check(of.Elem())
		case reflect.Struct:
			if seen[of] || of.PkgPath() == "time" {
				return
			}
			seen[of] = true
			for i := range of.NumField() {
				field := of.Field(i)
				check(field.Type)
				tag := field.Tag.Get("json")
				if field.Anonymous || tag == "-" {
					continue
				}
				if !names.MatchString(tag) {
					t.Errorf("%s.%s is called %q", of, field.Name, tag)
				}
				name, _, _ := strings.Cut(tag, ",")
				if kind, ok := kinds[name]; !ok {
					kinds[name] = field.Type.Kind()
				} else if kind != field.Type.Kind() && kind != reflect.Invalid {
					t.Errorf("%s.%s is another type than %q elsewhere", of, field.Name, name)
				}
			}
		}
	}
	for _, output := range jsonout.Outputs {
		check(reflect.TypeOf(output.Object))
	}
	if len(seen) < 15 {
		t.Errorf("%d types found, so this test looks for the wrong thing", len(seen))
	}
}

func TestProblemOf(t *testing.T) {
	t.Parallel()
	b := rollout.Batch{Lang: rollout.French, Sheets: []rollout.Sheet{
		{Name: "FR"}, {Name: "BE", Columns: []string{"Code \"postal\""}, Fields: []string{"pc"}, Letters: []string{"H"}},
	}}
	s := rollout.Site{Row: rollout.RowAt(1, 17)}
	s.Name, s.Country, s.State = "BRU-1", "BE", rollout.Rejected
	near := []rollout.Address{{"pc": "1000"}}
	p := rollout.Problem{
		Code: "address.pattern", Stage: rollout.StageImport, Field: "pc", Value: "B-1000", Message: rollout.Say("Wrong.", "Erroné."),
		Suggestion: "1000", Candidates: near, RequestID: "r1",
	}
	got := jsonout.ProblemOf(&b, s, p)
	want := jsonout.Problem{
		Row: "BE:17", Sheet: "BE", Cell: "H17", Column: "Code \"postal\"", Field: "pc", Name: "BRU-1", Country: "BE",
		State: rollout.Rejected, Stage: rollout.StageImport, Code: "address.pattern", Value: "B-1000", Sentence: "Erroné.",
		Suggestion: "1000", Candidates: near, RequestID: "r1",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	p.Field = "vpn" // no column feeds it
	if got := jsonout.ProblemOf(&b, s, p); got.Cell != "" || got.Column != "" || got.Field != "vpn" {
		t.Errorf("a problem about no cell is %+v", got)
	}
}

func TestFoundRowOf(t *testing.T) {
	t.Parallel()
	noon := time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	b := rollout.Batch{ID: "b1", Name: "Wave 3", File: "rollout.csv", Created: noon}
	s := rollout.Site{Row: 17}
	s.Name, s.Country, s.State, s.OrderID, s.Progress.VoiceSiteID = "PAR-1", "FR", rollout.Failed, "o1", "vs1"
	s.Problems = []rollout.Problem{{Code: "address.refused"}, {Code: "address.pattern"}, {Code: "address.refused"}}
	want := jsonout.FoundRow{
		Batch: "b1", BatchName: "Wave 3", File: "rollout.csv", Created: noon, Row: "17", Name: "PAR-1", Same: true,
		Country: "FR", State: rollout.Failed, OrderID: "o1", VoiceSiteID: "vs1", Codes: []string{"address.refused", "address.pattern"},
	}
	if diff := cmp.Diff(want, jsonout.FoundRowOf(overview.Found{Batch: b, Site: s, Same: true})); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// yielding yields problems, and then err unless it is nil.
func yielding(problems []jsonout.Problem, err error) iter.Seq2[jsonout.Problem, error] {
	return func(yield func(jsonout.Problem, error) bool) {
		for _, p := range problems {
			if !yield(p, nil) {
				return
			}
		}
		if err != nil {
			yield(jsonout.Problem{}, err)
		}
	}
}

// What is printed is the object with the problems in its list.
func TestPrintWithProblems(t *testing.T) {
	t.Parallel()
	hostile := jsonout.Problem{Row: "2", Value: "\x00\x1b[2J\"]}\xff\u2028", Sentence: strings.Repeat("é", 1<<16)}
	for _, problems := range [][]jsonout.Problem{{}, {hostile}, {hostile, {Row: "3"}, hostile}} {
		object := jsonout.Failures{Batch: `"problems":[]}`, Problems: []jsonout.Problem{}}
		var got, want strings.Builder
		if err := jsonout.PrintWithProblems(&got, object, yielding(problems, nil)); err != nil {
			t.Fatal(err)
		}
		object.Problems = problems
		if err := jsonout.Print(&want, object); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want.String(), got.String()); diff != "" {
			t.Errorf("%d problems (-want +got):\n%s", len(problems), diff)
		}
	}
}

// closedPipe takes nothing.
type closedPipe struct{}

func (closedPipe) Write([]byte) (int, error) { return 0, io.ErrClosedPipe }

// TestPrintWithProblems_Errors: of a list that breaks off, nothing is printed, so that the object of
// the error stands alone.
func TestPrintWithProblems_Errors(t *testing.T) {
	t.Parallel()
	object, broken := jsonout.Failures{Problems: []jsonout.Problem{}}, errors.New("broken")
	var out strings.Builder
	err := jsonout.PrintWithProblems(&out, object, yielding([]jsonout.Problem{{Row: "2"}}, broken))
	if !errors.Is(err, broken) || out.Len() > 0 {
		t.Errorf("printed %q (%v)", out.String(), err)
	}
	if err := jsonout.PrintWithProblems(closedPipe{}, object, yielding(nil, nil)); !errors.Is(err, io.ErrClosedPipe) {
		t.Errorf("a closed pipe is %v", err)
	}
	if err := jsonout.PrintWithProblems(&out, jsonout.Failures{}, yielding(nil, nil)); err == nil || out.Len() > 0 {
		t.Errorf("printed %q of an object without a list", out.String())
	}
}
