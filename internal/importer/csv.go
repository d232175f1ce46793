package importer

// This file reads CSV: UTF-8 with or without a byte order mark, separated by
// comma, semicolon or tab.

import (
	"bufio"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/text/encoding"
	"golang.org/x/text/transform"

	"btrollout/internal/rollout"
)

const byteOrderMark = "\uFEFF"

// text is an open CSV file.
type text struct {
	file *os.File
	csv  *csv.Reader
	skip int64 // bytes of the byte order mark
	from int64 // where the record read last begins, after the mark, empty lines included
	row  int   // of that record, as a spreadsheet numbers it
	line int   // on which that record ended
}

func openCSV(path, sheet string) (source, error) {
	if sheet != "" {
		return nil, fileError("file.no-sheet", "A CSV file has no sheets: leave the sheet %q out.", sheet)
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("open the rollout file: %w", err)
	}
	t := &text{file: file}
	if err := t.start(); err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return t, nil
}

// start checks the encoding of the whole file and chooses the separator.
func (t *text) start() error {
	_, err := io.Copy(io.Discard, transform.NewReader(t.file, encoding.UTF8Validator))
	if errors.Is(err, encoding.ErrInvalidUTF8) {
		return fileError("file.not-utf8", "The file is not in UTF-8, so letters such as é would be lost: save it as CSV UTF-8 or as .xlsx.")
	}
	if err == nil {
		_, err = t.file.Seek(0, io.SeekStart)
	}
	if err != nil {
		return fmt.Errorf("read the rollout file: %w", err)
	}
	in := bufio.NewReaderSize(t.file, sniffed)
	if mark, err := in.Peek(len(byteOrderMark)); err == nil && string(mark) == byteOrderMark {
		if _, err := in.Discard(len(byteOrderMark)); err != nil {
			return fmt.Errorf("read the rollout file: %w", err)
		}
		t.skip = int64(len(byteOrderMark))
	}
	start, err := in.Peek(sniffed)
	if err != nil && err != io.EOF {
		return fmt.Errorf("read the rollout file: %w", err)
	}
	if head, _, _ := strings.Cut(string(start), "\n"); strings.Contains(strings.TrimSuffix(head, "\r"), "\r") {
		return fileError("file.not-csv", "The file ends its lines as old Macintosh programs did: save it as CSV UTF-8 or as .xlsx.")
	}
	t.csv = newCSV(in, separator(string(start)))
	return nil
}

func newCSV(in io.Reader, comma rune) *csv.Reader {
	r := csv.NewReader(in)
	r.Comma = comma
	r.FieldsPerRecord = -1 // a row of another width is a Problem of that row
	r.ReuseRecord = true
	return r
}

// separator is the one with which the header names the most fields; a comma
// when none names more.
func separator(start string) rune {
	best, most := ',', 0
	for _, comma := range []rune{',', ';', '\t'} {
		r := newCSV(strings.NewReader(start), comma)
		header, _ := r.Read() // a fault in it is found again when the file is read
		for len(header) > 0 && !hasText(header) {
			header, _ = r.Read()
		}
		fields := 0
		for _, name := range header {
			if fieldOf(name) != "" {
				fields++
			}
		}
		if fields > most {
			best, most = comma, fields
		}
	}
	return best
}

// next numbers rows as a spreadsheet does: one for each record, however many
// lines it takes, and one for each empty line, which encoding/csv skips.
func (t *text) next() (record, error) {
	t.from = t.csv.InputOffset()
	cells, err := t.csv.Read()
	var fault *csv.ParseError
	switch {
	case errors.As(err, &fault):
		t.row += fault.StartLine - t.line
		t.line = fault.Line
		return t.broken(fault)
	case err == io.EOF:
		return record{}, io.EOF
	case err != nil:
		return record{}, fmt.Errorf("read the rollout file: %w", err)
	}
	last := len(cells) - 1
	start, _ := t.csv.FieldPos(0)
	end, _ := t.csv.FieldPos(last)
	t.row += start - t.line
	t.line = end + strings.Count(cells[last], "\n")
	return record{row: t.row, cells: cells, written: t.written}, nil
}

// broken judges a record with a misplaced quotation mark. Within one line it is
// that row's Problem. Over several lines, nobody can tell how many rows the
// quotation has swallowed: the file must be mended.
func (t *text) broken(fault *csv.ParseError) (record, error) {
	if fault.StartLine != fault.Line {
		return record{}, fileError("file.quote-open", "A quotation mark opens in row %d (line %d) and is not closed before line %d, so the rows between cannot be told apart: close or remove it, or save the file as .xlsx.", t.row, fault.StartLine, fault.Line)
	}
	return record{row: t.row, problem: &rollout.Problem{
		Code:  "row.quote",
		Value: cut(t.written()),
		Message: rollout.Say(
			"The row has a quotation mark where none may stand, so its cells cannot be told apart: enclose the whole cell in quotation marks and double those inside it, or save the file as .xlsx.",
			"La ligne contient un guillemet mal placé, si bien qu'on ne peut en séparer les cellules : mettez toute la cellule entre guillemets et doublez ceux qu'elle contient, ou enregistrez le fichier au format .xlsx."),
	}}, nil
}

// written is the text of the record read last. Without it, the row can still be
// found by its number, so a failure to read it again is no error.
func (t *text) written() string {
	record := make([]byte, t.csv.InputOffset()-t.from)
	n, _ := t.file.ReadAt(record, t.skip+t.from)
	return strings.Trim(string(record[:n]), "\r\n")
}

// Close closes the file.
func (t *text) Close() error { return t.file.Close() }
