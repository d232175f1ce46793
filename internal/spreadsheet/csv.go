package spreadsheet

// This file reads CSV. That it is in UTF-8 is seen to in encoding.go.

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math"
	"regexp"
	"strings"
	"unicode/utf8"

	"btrollout/internal/rollout"
)

const byteOrderMark = "\uFEFF"

// table is a CSV file, which is a book of one sheet without a name.
type table struct {
	plain plainText // the text in UTF-8
	skip  int64     // bytes before the first row: a byte order mark, a line that names the separator
	comma rune
	said  []rollout.Text
}

func openCSV(path string, score func([]string) int) (book, error) {
	plain, remarks, err := inUTF8(path)
	if err != nil {
		return nil, err
	}
	t := &table{plain: plain, said: remarks}
	if err := t.start(score); err != nil {
		return nil, errors.Join(err, t.Close())
	}
	return t, nil
}

func (t *table) sheets() []Sheet { return []Sheet{{}} }

func (t *table) remarks() []rollout.Text { return t.said }

// Close closes the text, and so removes what was decoded.
func (t *table) Close() error { return t.plain.Close() }

// beginning is the text from its first byte.
func (t *table) beginning() *io.SectionReader { return io.NewSectionReader(t.plain, 0, math.MaxInt64) }

func (t *table) open(string) (source, error) {
	file := t.beginning()
	if _, err := file.Seek(t.skip, io.SeekStart); err != nil {
		return nil, fmt.Errorf("read the rollout file: %w", err)
	}
	in := &text{table: t, file: file}
	in.csv = newCSV(bufio.NewReader(in), t.comma)
	return in, nil
}

// looked is how many bytes are looked at for the separator: the header is among them.
const looked = 256 << 10

// named is the line by which Excel is told the separator, and which it does not show.
var named = regexp.MustCompile(`^"?(?i:sep)=([^"\r\n\x00\x{FFFD}])"?\r?\n`)

// start chooses the separator.
func (t *table) start(score func([]string) int) error {
	start, err := io.ReadAll(io.LimitReader(t.beginning(), looked))
	if err != nil {
		return fmt.Errorf("read the rollout file: %w", err)
	}
	bare := bytes.TrimPrefix(start, []byte(byteOrderMark))
	t.skip = int64(len(start) - len(bare))
	first := ','
	if line := named.FindSubmatch(bare); line != nil {
		first, _ = utf8.DecodeRune(line[1])
		t.skip += int64(len(line[0]))
		bare = bare[len(line[0]):]
	}
	if head, _, _ := bytes.Cut(bare, []byte("\n")); bytes.Contains(bytes.TrimSuffix(head, []byte("\r")), []byte("\r")) {
		return errMacintosh()
	}
	t.comma = separator(bare, score, first)
	return nil
}

func newCSV(in io.Reader, comma rune) *csv.Reader {
	r := csv.NewReader(in)
	r.Comma = comma
	r.FieldsPerRecord = -1 // a row of another width is a Problem of that row
	r.ReuseRecord = true
	return r
}

// separator is the one with which a row near the top looks the most like a header or, where
// none does, which divides the most rows alike; the first when nothing tells.
func separator(start []byte, score func([]string) int, first rune) rune {
	const rows = 20 // near the top
	best, highest, mostAlike := first, 0, 0
	for _, comma := range []rune{first, ',', ';', '\t', '|'} {
		r := newCSV(bytes.NewReader(start), comma)
		header, alike := 0, map[int]int{} // how many rows have so many cells
		for range rows {
			row, err := r.Read()
			if err == io.EOF {
				break
			}
			if err != nil {
				continue // the fault is found again when the file is read
			}
			if score != nil {
				header = max(header, score(row))
			}
			if len(row) > 1 {
				alike[len(row)]++
			}
		}
		most := 0
		for _, rows := range alike {
			most = max(most, rows)
		}
		if header > highest || header == highest && most > mostAlike {
			best, highest, mostAlike = comma, header, most
		}
	}
	return best
}

// text is the rows of a CSV file.
type text struct {
	*table
	file *io.SectionReader
	csv  *csv.Reader
	read int64 // bytes so far
	from int64 // where the record read last begins, empty lines included; both are counted behind skip
	row  int   // of that record, as a spreadsheet numbers it
	line int   // on which that record ended
}

// maxRecord is how many bytes of a file a row may take: as many as a wide sheet's, all
// of whose cells are full, would not.
const maxRecord = 16 << 20

var errLong = errors.New("a row is longer than any table's")

// Read reads the file. It fails at a row that would fill the memory.
func (t *text) Read(into []byte) (int, error) {
	if t.read-t.from > maxRecord {
		return 0, errLong
	}
	n, err := t.file.Read(into)
	t.read += int64(n)
	return n, err
}

// next numbers rows as a spreadsheet does: one for each record, however many
// lines it takes, and one for each empty line, which encoding/csv skips.
func (t *text) next() (Row, error) {
	t.from = t.csv.InputOffset()
	cells, err := t.csv.Read()
	var fault *csv.ParseError
	switch {
	case errors.As(err, &fault):
		t.row += fault.StartLine - t.line
		t.line = fault.Line
		return t.broken(fault)
	case err == io.EOF:
		return Row{}, io.EOF
	case errors.Is(err, errLong):
		return Row{}, errRowTooLong(t.row)
	case err != nil:
		return Row{}, fmt.Errorf("read the rollout file: %w", err)
	}
	last := len(cells) - 1
	start, _ := t.csv.FieldPos(0)
	end, _ := t.csv.FieldPos(last)
	t.row += start - t.line
	t.line = end + strings.Count(cells[last], "\n")
	return Row{Number: t.row, Cells: cells, Text: t.written}, nil
}

// broken judges a record with a misplaced quotation mark. Within one line it is
// that row's Problem. Over several lines, nobody can tell how many rows the
// quotation has swallowed: the file must be mended.
func (t *text) broken(fault *csv.ParseError) (Row, error) {
	if fault.StartLine != fault.Line {
		return Row{}, errQuoteOpen(t.row, fault.StartLine, fault.Line)
	}
	unreadable := faultQuote(t.written())
	return Row{Number: t.row, Unreadable: &unreadable}, nil
}

// written is the text of the record read last. Without it, the row can still be
// found by its number, so a failure to read it again is no error.
func (t *text) written() string {
	record := make([]byte, t.csv.InputOffset()-t.from)
	n, _ := t.file.ReadAt(record, t.skip+t.from)
	return strings.Trim(string(record[:n]), "\r\n")
}

// Close does nothing: the table's own Close closes the text.
func (t *text) Close() error { return nil }
