// Package spreadsheet reads a file, XLSX or CSV, as sheets of rows of cells. It knows
// neither the names of columns nor what the cells mean. It imports rollout only for sentences
// in two languages and for the codes of problems.
//
// # XLSX
//
// A workbook is read twice. First verify goes through every part: openArchive bounds what the
// archive says of its parts, and the scan proves that each row, cell and text is where it must
// be, and notes the cells whose text does not show what they hold (formulas without a value,
// dates, merged cells, formats that hide a part of a number). Only then excelize reads the
// rows, because it takes a damaged part for one that ends early. XML that is written as usual
// is scanned by scanPlainXML, which takes a fraction of the time of encoding/xml; any other
// XML by scanAnyXML. Both must report the same elements.
//
// # CSV
//
// The text is decoded first (encoding.go). The separator is the one with which a row near the
// top looks most like a header; how much a row does is Options.HeaderScore.
//
// # Errors and memory
//
// What makes the whole file unusable is a *FileError. What is wrong with one row or one cell
// is a Fault of that row, and does not stop the others. Memory does not grow with the number
// of rows, apart from shared strings up to MaxInMemory and eight bytes for each cell that is
// noted. The bounds of hostile files stand together in archive.go and scan.go; bomb_test.go holds
// workbooks that are built to break them.
package spreadsheet
