// Package importer turns the rows of a rollout file into sites. It knows neither address
// rules, Redis nor the API. Files are read by internal/spreadsheet, as sheets of rows of cells.
//
// Open chooses the sheets and the header of each (sheets.go) and makes a layout of each header
// (header.go). Rows then makes a site of each row (row.go), and leaves out rows that are not
// sites (nosite.go) or repeat the header (secondheader.go).
//
// # What a column may be called
//
// headerNames.fieldOfHeader in names.go decides which field a header means. The first of these
// that knows the header counts: the user's mapping (Options.Map), the field's own name
// (rollout.Fields), a label by which a country of the rows calls an element (labels.go), an
// everyday name in English or French (everyday.go). The template must write headers that lead
// back to their fields; a test of cmd/enqueue has this package read what the template wrote.
//
// Labels come from Options.Labels. It is called once at most, and only if a header, or a row
// below that may be one, is not settled without labels: such a call may ask the API.
//
// # Traps
//
// A sheet has one list of columns, so a second header with other columns makes the whole file
// refused: the values below it would be read by wrong names. A column whose name begins
// with bt_ belongs to a report and is passed over (rollout.Reserved), and so is a sheet that begins
// with one, except a sheet of failures (rollout.ReadOnly).
//
// What makes the whole file unusable is a *spreadsheet.FileError; what is wrong with one
// row is a rollout.Problem of that row, and never stops the others. Apart from the sets that
// find duplicates, memory does not grow with the number of rows.
package importer
