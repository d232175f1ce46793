// Package xlsx reads and changes parts of XLSX files where excelize cannot, or can only in
// workbooks of its own: relationships between parts, notes and drop-downs in sheets that
// another program wrote, drop-downs that take their choices from a hidden sheet. It also has
// the styles that the program's workbooks share. It knows nothing of sites and batches.
//
// A part is a file within the workbook's archive, such as xl/worksheets/sheet1.xml. Names of
// parts keep their case here. A part is read as a tree of elements (etree), which are found by
// their local names, since every program chooses prefixes of its own. What this package does
// not understand of a part stays as it is. The rows of a sheet are not taken apart: the part
// is read without them, and they are put back as they were.
//
// A part must be changed before excelize reads it, or never be read by excelize, which
// overwrites a part with what it read. A note is known again by its first line, which is the
// program's name.
//
// Source of all names: ECMA-376, part 1 (SpreadsheetML), part 2 (relationships, content
// types), part 4 (VML drawings).
package xlsx
