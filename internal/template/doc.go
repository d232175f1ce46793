// Package template writes an empty rollout workbook for people to fill in: a sheet for
// each country with the columns that it asks for, drop-downs, notes, an example row, and a page
// of instructions. It is given plain structs, and knows neither the API nor how a workbook is
// read.
//
// Template and importer must agree that every header leads back to its field: a label that
// could mean something else has its code in parentheses (columns.go), and a row with the name
// rollout.ExampleName is left out. A test of cmd/enqueue has the importer read what this
// package wrote.
//
// Choices stand on a hidden sheet, whose header begins with bt_ so that no import reads it.
// Places within others have a list for each upper place; the drop-down finds the list by what
// the row says there, with OFFSET and MATCH, which Excel and LibreOffice both follow without
// macros.
package template
