// Package spreadsheet reads a file, XLSX or CSV, as sheets of rows of cells. It knows
// neither the names of columns nor what the cells mean.
//
// A workbook is read twice. The first time, each part of its archive is scanned: its size is
// bounded, each row, cell and text must be where it belongs, and the cells are noted whose
// text does not show what they hold. Only then excelize reads the rows, because it takes a
// damaged part for one that ends early. The text of a CSV file is decoded first, and its
// separator chosen by the rows near its top.
//
// What makes the whole file unusable is a *FileError. What is wrong with one row or one cell
// is a Fault of that row, and does not stop the others. Memory does not grow with the number
// of rows, apart from shared strings up to MaxInMemory and eight bytes for each cell that is
// noted.
package spreadsheet
