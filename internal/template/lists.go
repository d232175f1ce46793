// This file makes the drop-downs. Places within others have a list for each
// upper place, named after it, and the drop-down finds it by what the row says there.

package template

import (
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

// offer gives a column its drop-down, and reports whether there is one.
func (w *writer) offer(sheet string, columns []column, place int) (bool, error) {
	c := columns[place]
	formula := ""
	if c.Branches != nil {
		formula = w.within(c.Branches, placesOf(columns, c.Within))
	} else if values := written(c.Choices); len(values) > 0 {
		formula = w.lists.Formula(xlsx.List{Name: sheet + " " + c.Code, Choices: values})
	}
	if formula == "" {
		return false, nil
	}
	rule := xlsx.NewDropDown(fmt.Sprintf("%[1]s2:%[1]s%[2]d", xlsx.ColumnName(place+1), excelize.TotalRows), formula)
	// Lists get older than the API, so that they only warn.
	rule.SetError(excelize.DataValidationErrorStyleWarning, w.say(unlistedTitle), w.say(unlisted))
	return true, w.book.AddDataValidation(sheet, rule)
}

// within gives the formula of the places within others, which stand in the columns at
// upper, from the top down; "" when there is nothing to offer.
func (w *writer) within(branches []Branch, upper []int) string {
	if upper == nil {
		return ""
	}
	var lists []xlsx.List
	for _, b := range branches {
		if values := written(b.Values); len(values) > 0 {
			lists = append(lists, xlsx.List{Name: strings.Join(written(b.Within), between), Choices: values})
		}
	}
	if len(lists) == 0 {
		return ""
	}
	var cells []string
	for _, place := range upper {
		cells = append(cells, "$"+xlsx.ColumnName(place+1)+"2")
	}
	return w.lists.FormulaByName(strings.Join(cells, `&"`+between+`"&`), lists)
}
