// This file tests drop-downs whose choices stand on a hidden sheet.

package xlsx

import (
	"slices"
	"testing"

	"github.com/xuri/excelize/v2"
)

func TestLists_InRows(t *testing.T) {
	t.Parallel()
	book := excelize.NewFile()
	defer book.Close()
	lists := &Lists{Sheet: "choices", Header: "head", Layout: InRows}
	if err := lists.Write(book, 0); err != nil || len(book.GetSheetList()) != 1 {
		t.Fatalf("without lists the sheets are %q (%v)", book.GetSheetList(), err)
	}
	for _, c := range []struct {
		choices []string
		want    string
	}{
		{[]string{"a", "b,c"}, "choices!$A$2:$B$2"}, {[]string{"d"}, "choices!$A$3:$A$3"}, {[]string{"a", "b,c"}, "choices!$A$2:$B$2"},
	} {
		if got := lists.Formula(List{Choices: c.choices}); got != c.want {
			t.Errorf("%q stand at %s, want %s", c.choices, got, c.want)
		}
	}
	written(t, book, lists, [][]string{{"head"}, {"a", "b,c"}, {"d"}})
}

func TestLists_InColumns(t *testing.T) {
	t.Parallel()
	book := excelize.NewFile()
	defer book.Close()
	lists := &Lists{Sheet: "choices", Header: "head", Layout: InColumns}
	if got, want := lists.Formula(List{"x", []string{"a", "b"}}), "choices!$B$2:$B$3"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if got, want := lists.Formula(List{"y", []string{"a", "b"}}), "choices!$B$2:$B$3"; got != want {
		t.Errorf("the same choices stand at %s, want %s", got, want)
	}
	got := lists.FormulaByName(`$A2&"|"&$B2`, []List{{"p|q", []string{"1"}}, {"p|r", []string{"2", "3", "4"}}})
	want := `OFFSET(choices!$C$1,1,MATCH($A2&"|"&$B2,choices!$C$1:$D$1,0)-1,` +
		`COUNTA(OFFSET(choices!$C$1,1,MATCH($A2&"|"&$B2,choices!$C$1:$D$1,0)-1,3,1)),1)`
	if got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	written(t, book, lists, [][]string{{"head", "x", "p|q", "p|r"}, {"", "a", "1", "2"}, {"", "b", "", "3"}, {"", "", "", "4"}})
}

// written writes the lists, and checks their sheet.
func written(t *testing.T, book *excelize.File, lists *Lists, want [][]string) {
	t.Helper()
	if err := lists.Write(book, 0); err != nil {
		t.Fatal(err)
	}
	got, err := book.GetRows(lists.Sheet)
	if err != nil || !slices.EqualFunc(got, want, slices.Equal[[]string]) {
		t.Errorf("the sheet holds %q (%v), want %q", got, err, want)
	}
	if visible, err := book.GetSheetVisible(lists.Sheet); err != nil || visible {
		t.Errorf("the sheet is visible (%v)", err)
	}
}

func TestNewDropDown(t *testing.T) {
	t.Parallel()
	book := excelize.NewFile()
	defer book.Close()
	if err := book.AddDataValidation("Sheet1", NewDropDown("B2:B9", `INDIRECT(A2&"x")`)); err != nil {
		t.Fatal(err)
	}
	rules, err := book.GetDataValidations("Sheet1")
	if err != nil || len(rules) != 1 {
		t.Fatalf("%d drop-downs (%v)", len(rules), err)
	}
	if r := rules[0]; r.Sqref != "B2:B9" || r.Type != "list" || !r.AllowBlank || r.ShowErrorMessage || r.Formula1 != `INDIRECT(A2&"x")` {
		t.Errorf("got %+v", r)
	}
}
