// This file holds what the columns of rollout files and reports are called, as far as
// several packages must agree on it. What else people may call a column is decided by
// internal/importer.

package rollout

import (
	"slices"
	"strings"
)

// The fields of a site that are not address elements, by the names that stand in the
// header. They are permanent.
const (
	FieldName        = "technicalSiteName"
	FieldLabel       = "customerSiteLabel"
	FieldCountry     = "country"
	FieldVPN         = "vpn"
	FieldReference   = "customerOrderReference"
	FieldVoiceSiteID = "voiceSiteId"
)

// Fields are all that a column can feed, by their own names: those above, the dial zone and
// the address elements.
var Fields = slices.Concat(
	[]string{FieldName, FieldLabel, FieldCountry, FieldVPN, FieldReference, FieldVoiceSiteID, DialZone},
	Elements,
)

// MaxName bounds technicalSiteName and customerOrderReference, in characters.
const MaxName = 100

// ExampleName is the technicalSiteName of a template's example, which is no site.
const ExampleName = "bt_example"

// The columns that a report adds to those of the file. People read about them in messages and
// write scripts for them, so they are permanent.
const (
	ColumnSheet       = "bt_sheet"
	ColumnSite        = "bt_site" // technicalSiteName, on the sheets of a workbook
	ColumnRow         = "bt_row"  // the row as its sheet numbers it
	ColumnState       = "bt_state"
	ColumnStage       = "bt_stage"      // where the problems were found
	ColumnCode        = "bt_code"       // of the problems
	ColumnField       = "bt_field"      // with the problems
	ColumnValue       = "bt_value"      // of these fields
	ColumnProblem     = "bt_problem"    // what is wrong with the row and what to do
	ColumnCells       = "bt_cells"      // that are wrong, by their headers; on the sheets of failures
	ColumnSuggestion  = "bt_suggestion" // what to write instead
	ColumnNote        = "bt_note"       // what is changed before sending or left as it is, and for which row it waits
	ColumnReference   = "bt_reference"  // customerOrderReference, if the row has none
	ColumnOrderID     = "bt_order_id"
	ColumnVoiceSiteID = "bt_voicesite_id"
	ColumnRequestID   = "bt_request_id" // X-OAPI-Request-Id, for Orange's support
)

// ReportColumns are the columns that a CSV report adds, in its order. The sheets of a workbook
// have them in other orders.
var ReportColumns = []string{
	ColumnSheet, ColumnRow, ColumnState, ColumnStage, ColumnCode, ColumnField, ColumnValue, ColumnProblem, ColumnSuggestion,
	ColumnNote, ColumnReference, ColumnOrderID, ColumnVoiceSiteID, ColumnRequestID,
}

// reservedPrefix begins the name of every column that an import ignores.
const reservedPrefix = "bt_"

// Reserved reports whether a header, in any case, is that of a column that an import ignores.
func Reserved(header string) bool {
	return strings.HasPrefix(strings.ToLower(strings.TrimSpace(header)), reservedPrefix)
}

// ReadOnly reports whether a sheet whose first header this is, in any case, is for reading only, so
// that an import passes it over: it begins with a reserved column, and not as the sheets of
// failures do, with the site. They may also begin with the problem, for people who remove bt_site.
func ReadOnly(header string) bool {
	header = strings.TrimSpace(header)
	return Reserved(header) && !strings.EqualFold(header, ColumnSite) && !strings.EqualFold(header, ColumnProblem)
}
