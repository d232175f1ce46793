package template

// This file writes the drop-downs and the hidden sheet that holds their values: a
// column for each, with a name above them. Places within others have a column for each
// upper place, named after it, and the drop-down finds it by what the row says there.

import (
	"errors"
	"fmt"
	"strings"

	"github.com/xuri/excelize/v2"

	"btrollout/internal/rollout"
	"btrollout/internal/xlsx"
)

const (
	listsSheet = "Lists"
	// listsHeader stands first on the sheet, so that no import takes it for a rollout.
	listsHeader = "bt_lists"
)

// lists is the sheet of values under way. The first column has its header only.
type lists struct {
	book   *excelize.File
	placed int            // columns so far, the first aside
	known  map[string]int // where the same values stand already
}

// add writes values under a name, and returns their column.
func (l *lists) add(name string, values []string) (place int, err error) {
	l.placed++
	column := xlsx.ColumnName(l.placed + 1)
	err = l.book.SetCellStr(listsSheet, column+"1", name)
	for i, value := range values {
		err = errors.Join(err, l.book.SetCellStr(listsSheet, fmt.Sprintf("%s%d", column, i+2), value))
	}
	return l.placed, err
}

// of gives the formula of values; the same are written once.
func (l *lists) of(name string, values []string) (string, error) {
	texts := written(values)
	all := strings.Join(texts, "\n")
	place, known := l.known[all]
	if !known {
		var err error
		if place, err = l.add(name, texts); err != nil {
			return "", err
		}
		if l.known == nil {
			l.known = map[string]int{}
		}
		l.known[all] = place
	}
	column := xlsx.ColumnName(place + 1)
	return fmt.Sprintf("%s!$%[2]s$2:$%[2]s$%[3]d", listsSheet, column, len(texts)+1), nil
}

// within gives the formula of the places within others, which stand in the columns at
// upper, from the top down; "" when there is nothing to offer.
func (l *lists) within(branches []Branch, upper []int) (string, error) {
	if upper == nil {
		return "", nil
	}
	first, longest := l.placed+1, 0
	for _, b := range branches {
		texts := written(b.Values)
		if len(texts) == 0 {
			continue
		}
		longest = max(longest, len(texts))
		if _, err := l.add(strings.Join(written(b.Within), between), texts); err != nil {
			return "", err
		}
	}
	if longest == 0 {
		return "", nil
	}
	var cells []string
	for _, place := range upper {
		cells = append(cells, "$"+xlsx.ColumnName(place+1)+"2")
	}
	corner := listsSheet + "!$" + xlsx.ColumnName(first+1) + "$1"
	match := fmt.Sprintf("MATCH(%s,%s:$%s$1,0)-1", strings.Join(cells, `&"`+between+`"&`), corner, xlsx.ColumnName(l.placed+1))
	return fmt.Sprintf("OFFSET(%[1]s,1,%[2]s,COUNTA(OFFSET(%[1]s,1,%[2]s,%[3]d,1)),1)", corner, match, longest), nil
}

// between stands between upper places in the name of a column.
const between = "|"

// written are values as they stand in cells, empty ones left out.
func written(values []string) []string {
	var texts []string
	for _, value := range values {
		if text := oneLine(value); text != "" {
			texts = append(texts, rollout.Neutralise(text))
		}
	}
	return texts
}

// finish hides the sheet.
func (l *lists) finish() error {
	return errors.Join(
		l.book.SetCellStr(listsSheet, "A1", listsHeader),
		l.book.SetSheetVisible(listsSheet, false),
	)
}

// offer gives a column its drop-down, and reports whether there is one.
func (w *writer) offer(sheet string, columns []column, place int) (bool, error) {
	c := columns[place]
	var formula string
	var err error
	switch {
	case c.Branches != nil:
		formula, err = w.lists.within(c.Branches, placesOf(columns, c.Within))
	case len(written(c.Values)) > 0:
		formula, err = w.lists.of(sheet+" "+c.Code, c.Values)
	}
	if formula == "" || err != nil {
		return false, err
	}
	rule := excelize.NewDataValidation(true)
	rule.SetSqref(fmt.Sprintf("%[1]s2:%[1]s%[2]d", xlsx.ColumnName(place+1), excelize.TotalRows))
	rule.SetSqrefDropList(strings.ReplaceAll(formula, "&", "&amp;")) // it is written as it is
	// Lists get older than the API, so that they only warn.
	rule.SetError(excelize.DataValidationErrorStyleWarning, w.say(unlistedTitle), w.say(unlisted))
	return true, w.book.AddDataValidation(sheet, rule)
}

// The spreadsheet asks under this whether to go on. At most 32 and 255 characters.
var (
	unlistedTitle = rollout.Say("Not in the list", "Absent de la liste")
	unlisted      = rollout.Say(
		"The list has what Business Talk offered when this workbook was made. Keep the value only if you are sure that it is right.",
		"La liste contient ce que Business Talk proposait à la création de ce classeur. Ne gardez la valeur que si vous êtes sûr qu'elle est exacte.")
)
