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
// The sheets of a workbook begin with the columns that people read first: which row it is and what
// is wrong with it. The first of these stay in sight; the columns of the file follow as they are, and
// the other added columns come last (row.go). In the CSV file, all added columns stand last.
//
// Of a sheet of failures, only the columns before those of the file are printed, on a page's width.
// Other sheets are spread over several pages side by side, each of which repeats the columns that
// stay in sight. Of all sites, too, only the first columns are printed if the file has too many.
//
// An import ignores every column whose name begins with bt_, and passes over a sheet that begins with
// one, except with bt_site or bt_problem, as the sheets of failures do (rollout.ReadOnly). That, and
// no name of a sheet, keeps the other sheets of a report from being ordered.
//
// A workbook's properties have the name btrollout and the workbook's role, until a spreadsheet
// program saves it. By that, IsOwn tells files that may be replaced from people's work.
//
// What people read is in the batch's language, and all of it is in messages.go and labels.go. Names of
// columns, states and codes are the same in all languages, and so is what others wrote.
package report
