// The promises of a workbook, read back by the library that others read it with: which
// columns it has, what is offered in them, and that no text of the API does any harm.
// That an import reads it is shown where the two meet, in cmd/enqueue.

package template_test

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/xuri/excelize/v2"

	"btrollout/internal/rollout"
	"btrollout/internal/template"
)

// alps is a country with everything.
func alps() template.Country {
	return template.Country{
		Country: rollout.Country{
			ISO2: "CH", Name: "Switzerland", Emergency: "Yes", Comment: "Fax is not supported",
			Unapplied: []rollout.Text{rollout.Say("One rule.", "Une règle.")},
		},
		DialZone: &template.Element{Element: rollout.Element{Constraint: rollout.Constraint{MaxLength: 10}}},
		Elements: []template.Element{
			{
				Element: rollout.Element{Code: "a1", Constraint: rollout.Constraint{
					Label: "Canton", Usage: rollout.UsageMandatory, Description: "Choose the canton",
				}},
				Area: true, Choices: []string{"Genève", "Vaud"},
			},
			{
				Element: rollout.Element{Code: "a3", Constraint: rollout.Constraint{
					Label: "Ort", Usage: rollout.UsageMandatory, MinLength: 1, MaxLength: 60,
				}},
				Area: true, Within: []string{"a1"},
				Branches: []template.Branch{
					{[]string{"Genève"}, []string{"Genève", "Meyrin"}}, {[]string{"Uri"}, nil},
					{[]string{"Vaud"}, []string{"Lausanne", "Nyon", "Vevey"}},
				},
			},
			{
				Element: rollout.Element{Code: "a4"}, Area: true, Within: []string{"a1", "a3"},
				Branches: []template.Branch{{[]string{"Vaud", "Nyon"}, []string{"Centre"}}},
			},
			{Element: rollout.Element{Code: "pc", Constraint: rollout.Constraint{
				Label: "NPA / PLZ", Usage: rollout.UsageMandatory, ValueType: rollout.TypeDigits, MinLength: 4, MaxLength: 4,
				Regexp: "^[1-9][0-9]{3}$", Description: "Enter four digits",
			}}},
			{Element: labeled("sts", "Street type"), Choices: []string{"Avenue", `Rue "longue", =1`}},
		},
		Example: rollout.Address{"a1": "Genève", "a3": "Meyrin", "pc": "0123", rollout.DialZone: "021"},
	}
}

// labeled is an element of which only the label is known.
func labeled(code, label string) rollout.Element {
	return rollout.Element{Code: code, Constraint: rollout.Constraint{Label: label}}
}

// mandatory is labeled for an element that every row must fill.
func mandatory(code, label string) rollout.Element {
	e := labeled(code, label)
	e.Usage = rollout.UsageMandatory
	return e
}

func workbook(countries ...template.Country) template.Workbook {
	return template.Workbook{File: "rollout.xlsx", VPNs: []string{"VPN Europe", "2"}, Countries: countries}
}

// opened is a workbook as its readers have it.
type opened struct {
	*excelize.File
	t      *testing.T
	sheets []template.Sheet
}

func open(t *testing.T, w template.Workbook) *opened {
	t.Helper()
	var content bytes.Buffer
	sheets, err := w.Write(&content)
	if err != nil {
		t.Fatal(err)
	}
	book, err := excelize.OpenReader(&content)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { book.Close() })
	return &opened{book, t, sheets}
}

// row is a row's cells as they stand there.
func (o *opened) row(sheet string, number int) []string {
	o.t.Helper()
	rows, err := o.GetRows(sheet)
	if err != nil || len(rows) < number {
		o.t.Fatalf("sheet %s has %d rows (%v)", sheet, len(rows), err)
	}
	return rows[number-1]
}

// note is the text of the note on a header.
func (o *opened) note(sheet, cell string) string {
	o.t.Helper()
	notes, err := o.GetComments(sheet)
	if err != nil {
		o.t.Fatal(err)
	}
	i := slices.IndexFunc(notes, func(c excelize.Comment) bool { return c.Cell == cell })
	if i < 0 {
		o.t.Fatalf("%s!%s has no note", sheet, cell)
	}
	text := ""
	for _, run := range notes[i].Paragraph {
		text += run.Text
	}
	return text
}

// rules are the drop-downs of a sheet by their cells.
func (o *opened) rules(sheet string) map[string]*excelize.DataValidation {
	o.t.Helper()
	all, err := o.GetDataValidations(sheet)
	if err != nil {
		o.t.Fatal(err)
	}
	rules := map[string]*excelize.DataValidation{}
	for _, rule := range all {
		rules[rule.Sqref] = rule
	}
	return rules
}

// listed are the values of a list's formula, such as Lists!$B$2:$B$4.
func (o *opened) listed(formula string) []string {
	o.t.Helper()
	place, ok := strings.CutPrefix(strings.ReplaceAll(formula, "$", ""), "Lists!")
	from, to, ranged := strings.Cut(place, ":")
	x, y, err := excelize.CellNameToCoordinates(from)
	x2, y2, err2 := excelize.CellNameToCoordinates(to)
	if !ok || !ranged || x != x2 || errors.Join(err, err2) != nil {
		o.t.Fatalf("%q is not a column of the lists", formula)
	}
	return o.below(x, y, y2)
}

func (o *opened) below(x, from, to int) (values []string) {
	o.t.Helper()
	for y := from; y <= to; y++ {
		cell, _ := excelize.CoordinatesToCellName(x, y)
		value, err := o.GetCellValue("Lists", cell)
		if err != nil {
			o.t.Fatal(err)
		}
		values = append(values, value)
	}
	return values
}

func expect[T comparable](t *testing.T, what string, got, want []T) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("%s:\ngot  %#v\nwant %#v", what, got, want)
	}
}

func TestSheetsAndHeaders(t *testing.T) {
	t.Parallel()
	for lang, want := range map[rollout.Lang]struct{ sheets, header []string }{
		rollout.English: {[]string{"CH", "FR", "Read me", "Lists"}, []string{
			"Site name *", "Site label *", "Country *", "VPN *", "Canton *", "Ort *", "a4", "NPA / PLZ *", "Street type", "Dial zone *",
			"Order reference", "Voicesite id"}},
		rollout.French: {[]string{"CH", "FR", "Lisez-moi", "Lists"}, []string{
			"Nom du site *", "Libellé du site *", "Pays *", "VPN *", "Canton *", "Ort *", "a4", "NPA / PLZ *", "Street type",
			"Zone de numérotation *", "Référence de commande", "Identifiant du voicesite"}},
	} {
		w := workbook(alps(), template.Country{Country: rollout.Country{ISO2: "FR"}})
		w.Lang = lang
		o := open(t, w)
		expect(t, "sheets", o.GetSheetList(), want.sheets)
		expect(t, "header", o.row("CH", 1), want.header)
		if header := o.row("FR", 1); len(header) != 6 {
			t.Errorf("a country without elements whose dial zone is derived has %q", header)
		}
		expect(t, "what is told", o.sheets, []template.Sheet{{"CH", 12, 8, 6}, {"FR", 6, 4, 2}})
		if visible, err := o.GetSheetVisible("Lists"); visible || err != nil {
			t.Errorf("the lists are visible (%v)", err)
		}
		if first := o.row("Lists", 1)[0]; !rollout.Reserved(first) {
			t.Errorf("an import might read the lists: they begin with %q", first)
		}
	}
}

func TestHeadersThatCouldBeTakenForOthersNameTheirCode(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		lang     rollout.Lang
		elements []template.Element
		want     string
	}{
		"the same twice": {"", []template.Element{{Element: mandatory("a3", "Cité_X")}, {Element: labeled("a4", "cite x *")}},
			"Cité_X (a3) *|cite x * (a4)"},
		"a column of the program's": {"", []template.Element{{Element: labeled("a1", "Country")}}, "Country (a1)"},
		"in the other language":     {"fr", []template.Element{{Element: labeled("a1", "country")}}, "country (a1)"},
		"as people call one":        {"", []template.Element{{Element: labeled("a1", "Libellé")}}, "Libellé (a1)"},
		"another field's own name":  {"", []template.Element{{Element: labeled("a1", "DialZone")}}, "DialZone (a1)"},
		"another element's code":    {"", []template.Element{{Element: labeled("a1", "PC")}}, "PC (a1)"},
		"its own code":              {"", []template.Element{{Element: labeled("pc", "PC")}}, "PC"},
		"a code at its end":         {"", []template.Element{{Element: labeled("a1", "Ort (a3)")}}, "Ort (a3) (a1)"},
		"not used":                  {"", []template.Element{{Element: labeled("a1", "Ort (-)")}}, "Ort (-) (a1)"},
		"no label":                  {"", []template.Element{{Element: labeled("a1", " ")}}, "a1"},
		"nothing to read":           {"", []template.Element{{Element: mandatory("a1", "* _")}}, "a1 *"},
		"a report's column":         {"", []template.Element{{Element: labeled("a1", "bt_State")}}, "a1"},
		"a formula": {"", []template.Element{{Element: labeled("a1", "=SUM(A1)")}, {Element: labeled("a2", "+x")}},
			"'=SUM(A1) (a1)|'+x"},
		"several lines": {"", []template.Element{{Element: labeled("a1", "Two\nlines\x00")}}, "Two lines"},
		"very long": {"", []template.Element{{Element: labeled("a1", strings.Repeat("é", 300))}},
			strings.Repeat("é", 59) + "… (a1)"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := workbook(template.Country{Country: rollout.Country{ISO2: "XX"}, Elements: c.elements})
			w.Lang = c.lang
			header := open(t, w).row("XX", 1)
			expect(t, "header", header[4:4+len(c.elements)], strings.Split(c.want, "|"))
			if twin := header[2]; (name == "a column of the program's") != strings.Contains(twin, "(country)") {
				t.Errorf("the program's own is %q", twin)
			}
		})
	}
}

func TestMandatoryColumnsLookOtherwise(t *testing.T) {
	t.Parallel()
	o := open(t, workbook(alps()))
	colors := map[bool]map[string]bool{true: {}, false: {}}
	for i, header := range o.row("CH", 1) {
		cell, _ := excelize.CoordinatesToCellName(i+1, 1)
		number, err := o.GetCellStyle("CH", cell)
		if err != nil {
			t.Fatal(err)
		}
		style, err := o.GetStyle(number)
		if err != nil {
			t.Fatal(err)
		}
		colors[strings.HasSuffix(header, " *")][strings.Join(style.Fill.Color, "")] = true
	}
	if len(colors[true]) != 1 || len(colors[false]) != 1 || colors[false]["FFB266"] || !colors[true]["FFB266"] {
		t.Errorf("mandatory headers are %v, others %v", colors[true], colors[false])
	}
}

func TestEveryCellIsText(t *testing.T) {
	t.Parallel()
	o := open(t, workbook(alps()))
	const asText = 49
	hold := func(place string, number int, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		if style, err := o.GetStyle(number); err != nil || style.NumFmt != asText {
			t.Errorf("%s has the format %d (%v)", place, style.NumFmt, err)
		}
	}
	for _, column := range []string{"A", "H", "J", "L"} { // whole columns, and a cell above and below the example
		number, err := o.GetColStyle("CH", column)
		hold(column, number, err)
		for _, row := range []string{"1", "2", "3", "500"} {
			number, err := o.GetCellStyle("CH", column+row)
			hold(column+row, number, err)
		}
	}
	panes, err := o.GetPanes("CH")
	if err != nil || !panes.Freeze || panes.XSplit != 1 || panes.YSplit != 1 {
		t.Errorf("frozen is %+v (%v)", panes, err)
	}
}

func TestExampleRow(t *testing.T) {
	t.Parallel()
	o := open(t, workbook(alps()))
	expect(t, "example", o.row("CH", 2), []string{
		"bt_example", "Example, not read: write from row 3 on", "CH", "VPN Europe", "Genève", "Meyrin", "", "0123", "", "021"})
	number, err := o.GetCellStyle("CH", "E2")
	if err != nil {
		t.Fatal(err)
	}
	if style, err := o.GetStyle(number); err != nil || !style.Font.Italic || style.Font.Color != "808080" {
		t.Errorf("the example looks like %+v (%v)", style.Font, err)
	}
}

func TestNotes(t *testing.T) {
	t.Parallel()
	w := workbook(alps())
	w.Countries[0].Elements = append(w.Countries[0].Elements, template.Element{
		Element: rollout.Element{Code: "a5", Constraint: rollout.Constraint{MinLength: 2, MaxLength: 9}},
		Area:    true, Within: []string{"a1"},
	})
	o := open(t, w)
	for cell, want := range map[string]string{
		"B1": "Site label (customerSiteLabel)\nThe name of the site as people are to read it.\nMandatory.",
		"E1": "Canton (a1)\nChoose the canton.\nMandatory.\nChoose from the list, because emergency calls depend on it.",
		"F1": "Ort (a3)\nMandatory.\nChoose from the list, because emergency calls depend on it. The list fills once \"Canton\" is chosen.",
		"G1": "a4\nOptional: the cell may stay empty.\nChoose from the list, because emergency calls depend on it. The list fills once " +
			"\"Canton\", \"Ort\" is chosen.",
		"H1": "NPA / PLZ (pc)\nEnter four digits.\nMandatory.\nExactly 4 characters.\nDigits only.\nMust match the pattern ^[1-9][0-9]{3}$, " +
			"such as 0123",
		"I1": "Street type (sts)\nOptional: the cell may stay empty.\nChoose from the list.",
		"J1": "a5\nOptional: the cell may stay empty.\n2 to 9 characters.\nWrite the place as Business Talk lists it, because emergency " +
			"calls depend on it. There are too many for a list here: the command enqueue countries CH --area PLACE shows those within PLACE.",
	} {
		if got := o.note("CH", cell); got != want {
			t.Errorf("%s:\ngot  %q\nwant %q", cell, got, want)
		}
	}
	if got := o.note("CH", "M1"); !strings.Contains(got, "only its address is sent") {
		t.Errorf("the voicesite's id is %q", got)
	}
	w.Lang = rollout.French
	const form = "Obligatoire.\nExactement 4 caractères.\nChiffres uniquement.\nDoit correspondre au motif"
	if got := open(t, w).note("CH", "H1"); !strings.Contains(got, form) {
		t.Errorf("in French: %q", got)
	}
}

func TestDropDowns(t *testing.T) {
	t.Parallel()
	o := open(t, workbook(alps()))
	rules := o.rules("CH")
	if len(rules) != 6 {
		t.Errorf("%d drop-downs", len(rules))
	}
	for cells, want := range map[string][]string{
		"C2:C1048576": {"CH"}, "D2:D1048576": {"VPN Europe", "2"}, "E2:E1048576": {"Genève", "Vaud"},
		"I2:I1048576": {"Avenue", `Rue "longue", =1`},
	} {
		rule := rules[cells]
		if rule == nil {
			t.Fatalf("%s has no drop-down", cells)
		}
		expect(t, cells, o.listed(rule.Formula1), want)
	}
	for cells, rule := range rules {
		if rule.Type != "list" || rule.ErrorStyle == nil || *rule.ErrorStyle != "warning" || !rule.AllowBlank {
			t.Errorf("%s stops who types: %+v", cells, rule)
		}
		if title, text := *rule.ErrorTitle, *rule.Error; utf8.RuneCountInString(title) > 32 || utf8.RuneCountInString(text) > 255 ||
			len(rule.Formula1) > 255 {
			t.Errorf("%s says more than a spreadsheet takes", cells)
		}
	}
}

// TestPlacesWithinOthers follows the formulas as a spreadsheet does.
func TestPlacesWithinOthers(t *testing.T) {
	t.Parallel()
	o := open(t, workbook(alps()))
	for cells, want := range map[string]struct {
		formula string
		lists   map[string][]string
	}{
		"F2:F1048576": {
			"OFFSET(Lists!$E$1,1,MATCH($E2,Lists!$E$1:$F$1,0)-1,COUNTA(OFFSET(Lists!$E$1,1,MATCH($E2,Lists!$E$1:$F$1,0)-1,3,1)),1)",
			map[string][]string{"E": {"Genève", "Genève", "Meyrin", ""}, "F": {"Vaud", "Lausanne", "Nyon", "Vevey"}}},
		"G2:G1048576": {
			`OFFSET(Lists!$G$1,1,MATCH($E2&"|"&$F2,Lists!$G$1:$G$1,0)-1,COUNTA(OFFSET(Lists!$G$1,1,MATCH($E2&"|"&$F2,Lists!$G$1:$G$1,0)-1,1,1)),1)`,
			map[string][]string{"G": {"Vaud|Nyon", "Centre"}}},
	} {
		rule := o.rules("CH")[cells]
		if rule == nil || rule.Formula1 != want.formula {
			t.Fatalf("%s has %+v, want %s", cells, rule, want.formula)
		}
		for column, values := range want.lists {
			x, _ := excelize.ColumnNameToNumber(column)
			expect(t, column, o.below(x, 1, len(values)), values)
		}
	}
}

func TestListsThatAreEmptyOrShared(t *testing.T) {
	t.Parallel()
	types := []string{"Avenue", "Rue"}
	w := workbook(
		template.Country{Country: rollout.Country{ISO2: "FR"}, Elements: []template.Element{
			{Element: labeled("sts", "Type"), Choices: types}, {Element: labeled("hns", "Bis"), Choices: []string{"", " "}},
			{Element: labeled("a1", "Top"), Area: true, Choices: []string{"A"}},
			{Element: labeled("a2", "Below"), Area: true, Within: []string{"a1"}, Branches: []template.Branch{{[]string{"A"}, nil}}},
			{Element: labeled("a3", "Lost"), Area: true, Within: []string{"a9"}, Branches: []template.Branch{{[]string{"A"}, types}}},
		}},
		template.Country{Country: rollout.Country{ISO2: "GF"}, Elements: []template.Element{{Element: labeled("sts", "Type"), Choices: types}}},
	)
	w.VPNs = nil
	o := open(t, w)
	expect(t, "what is told", o.sheets, []template.Sheet{{"FR", 11, 4, 3}, {"GF", 7, 4, 2}})
	fr, gf := o.rules("FR"), o.rules("GF")
	if len(fr) != 3 || len(gf) != 2 {
		t.Fatalf("%d and %d drop-downs", len(fr), len(gf))
	}
	if a, b := fr["E2:E1048576"].Formula1, gf["E2:E1048576"].Formula1; a != b {
		t.Errorf("the same list stands at %s and %s", a, b)
	}
}

func TestHostileValues(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", 300)
	c := alps()
	c.Comment, c.Name = "=cmd|' /C calc'!A0", "@Name"
	c.Elements[4].Choices = []string{"=1+1", "+33", "a,b", `"`, "<&>", long, "line\nbreak"}
	c.Elements[3].Description = "<b>&\x01" + strings.Repeat("y", 40000)
	c.Example["a1"], c.Example["pc"] = "=HYPERLINK(1)", "-1"
	w := workbook(c)
	w.VPNs = []string{"@SUM(1)"}
	o := open(t, w)
	expect(t, "values", o.listed(o.rules("CH")["I2:I1048576"].Formula1), []string{"'=1+1", "'+33", "a,b", `"`, "<&>", long, "line break"})
	expect(t, "VPNs", o.listed(o.rules("CH")["D2:D1048576"].Formula1), []string{"'@SUM(1)"})
	example := o.row("CH", 2)
	if example[3] != "'@SUM(1)" || example[4] != "'=HYPERLINK(1)" || example[7] != "'-1" {
		t.Errorf("the example is %q", example)
	}
	for _, sheet := range o.GetSheetList() {
		rows, err := o.GetRows(sheet)
		if err != nil {
			t.Fatal(err)
		}
		for y, row := range rows {
			for x, text := range row {
				cell, _ := excelize.CoordinatesToCellName(x+1, y+1)
				kind, err := o.GetCellType(sheet, cell)
				formula, err2 := o.GetCellFormula(sheet, cell)
				if text != rollout.Neutralise(rollout.Restore(text)) || text != "" && kind != excelize.CellTypeSharedString || formula != "" ||
					errors.Join(err, err2) != nil {
					t.Errorf("%s!%s holds %q", sheet, cell, text)
				}
			}
		}
	}
	if note := o.note("CH", "H1"); len(note) > 1500 || !strings.Contains(note, "<b>& yyy") {
		t.Errorf("the note is %d long", len(note))
	}
}

func TestInstructions(t *testing.T) {
	t.Parallel()
	for lang, want := range map[rollout.Lang][]string{
		rollout.English: {"enqueue --check \"my rollout.xlsx\"", "(CH)", `"bt_example"`, "CH Switzerland", "Emergency calls: yes.",
			"Remark: Fax is not supported.", "Not checked before the order: One rule.", "nobody verifies it"},
		rollout.French: {"enqueue --check \"my rollout.xlsx\"", "(CH)", `"bt_example"`, "CH Switzerland", "Appels d'urgence : oui.",
			"Remarque : Fax is not supported.", "Non contrôlé avant la commande : Une règle.", "personne ne la vérifie"},
	} {
		w := workbook(alps())
		w.File, w.Lang = "my rollout.xlsx", lang
		o := open(t, w)
		rows, err := o.GetRows(o.GetSheetList()[1])
		if err != nil {
			t.Fatal(err)
		}
		var page strings.Builder
		for _, row := range rows {
			page.WriteString(strings.Join(row, " ") + "\n")
		}
		for _, words := range want {
			if !strings.Contains(page.String(), words) {
				t.Errorf("%q is not said in\n%s", words, page.String())
			}
		}
	}
}

// broken fails as a full disk does.
type broken struct{}

func (broken) Write([]byte) (int, error) { return 0, errors.New("no space left") }

func TestAWorkbookThatCannotBeWritten(t *testing.T) {
	t.Parallel()
	if _, err := workbook(alps()).Write(broken{}); err == nil || !strings.Contains(err.Error(), "no space left") {
		t.Errorf("the error is %v", err)
	}
}
