// Package xlsx holds the mechanics of XLSX files that excelize does not have, or has only
// for workbooks of its own: relationships between parts, notes and drop-downs of a sheet
// that somebody else wrote, drop-downs that take their choices from a hidden sheet. It
// knows nothing of sites and batches.
//
// A part is a file within the workbook's archive, such as xl/worksheets/sheet1.xml.
// Elements are found by their local names, since every program chooses prefixes of its
// own. What this package does not understand of a part stays as it is.
//
// Source of all names: ECMA-376, part 1 (SpreadsheetML), part 2 (relationships, content
// types), part 4 (VML drawings).
package xlsx
