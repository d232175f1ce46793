// Package importer makes the rows of a rollout file into sites. It finds the header of each
// sheet, names the columns, and judges what the file itself shows: columns, cells,
// duplicates. It knows neither address rules, Redis nor the API; how files are read is
// internal/spreadsheet's.
//
// What makes the whole file unusable is a *spreadsheet.FileError; what is wrong with one
// row is a rollout.Problem of that row, and never stops the others. Apart from the sets that
// find duplicates, memory does not grow with the number of rows.
package importer
