// Package report writes the outcome of every row of a batch: as a workbook, which people
// correct and upload again as it is, and as CSV (Write). Annotate marks what is wrong in a
// copy of a rollout file, before anything is ordered. The package reads sites and decides
// nothing about them.
//
// Sites come once, in order, and are not held in memory. Each site becomes texts for the
// columns that a report adds (row.go) and marks on the cells that a person has to look at
// (marks.go); the workbook, the CSV file and the annotated copy all take these. Two kinds of
// output wait for the last site: the candidates of addresses, in a temporary file, because
// only then the columns of their sheets are known, and the summary, as counts.
//
// All files are safe to open in a spreadsheet program: every cell of a site is text,
// neutralised by rollout.Neutralise or, in CSV, rollout.NeutraliseCSV, which an import undoes.
// A cell comes back from the workbook as it was, except what the format cannot hold: a
// character that XML 1.0 forbids becomes U+FFFD, which an import then refuses, and a text is
// cut at 32,767 UTF-16 units. CSV holds line breaks as CRLF and drops a carriage return that
// stands alone.
//
// A sheet whose first column has a name that begins with bt_ is for reading only: an import
// passes it over. That, and no name of a sheet, keeps the other sheets of a report from being
// ordered. An import also ignores every column of such a name.
//
// A workbook's properties have the name btrollout and the workbook's role, until a spreadsheet
// program saves it. By that, IsOwn tells files that may be replaced from people's work.
//
// What people read is in the batch's language, and all of it is in messages.go. Names of
// columns, states and codes are the same in all languages, and so is what others wrote.
package report
