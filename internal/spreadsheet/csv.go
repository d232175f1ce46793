// This file reads CSV files. encoding.go gives it their text in UTF-8.

package spreadsheet

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"math"
	"regexp"
	"strings"
	"unicode/utf8"

	"btrollout/internal/rollout"
)

const byteOrderMark = "\uFEFF"

// csvBook is an open CSV file: a book of one sheet without a name.
type csvBook struct {
	text            utf8Text
	skip            int64 // bytes before the first row: a byte order mark, a line that names the separator
	separator       rune
	encodingRemarks []rollout.Text
}

func openCSV(path string, score func([]string) int) (book, error) {
	text, remarks, err := openUTF8(path)
	if err != nil {
		return nil, err
	}
	b := &csvBook{text: text, encodingRemarks: remarks}
	if err := b.findSeparator(score); err != nil {
		return nil, errors.Join(err, b.Close())
	}
	return b, nil
}

func (b *csvBook) sheets() []Sheet { return []Sheet{{}} }

func (b *csvBook) remarks() []rollout.Text { return b.encodingRemarks }

// Close closes the text. What was decoded is removed with it.
func (b *csvBook) Close() error { return b.text.Close() }

// reader reads the text from its first byte.
func (b *csvBook) reader() *io.SectionReader { return io.NewSectionReader(b.text, 0, math.MaxInt64) }

func (b *csvBook) open(string) (source, error) {
	text := b.reader()
	if _, err := text.Seek(b.skip, io.SeekStart); err != nil {
		return nil, errRead(err)
	}
	r := &csvRows{text: text, skip: b.skip}
	r.csv = newCSVReader(bufio.NewReader(r), b.separator)
	return r, nil
}

// separatorBytes is the number of bytes by which the separator is chosen: the header is among
// them.
const separatorBytes = 256 << 10

// separatorLine is the line that names the separator for Excel, which does not show it.
var separatorLine = regexp.MustCompile(`^"?(?i:sep)=([^"\r\n\x00\x{FFFD}])"?\r?\n`)

// findSeparator finds the separator and the beginning of the first row.
func (b *csvBook) findSeparator(score func([]string) int) error {
	start, err := io.ReadAll(io.LimitReader(b.reader(), separatorBytes))
	if err != nil {
		return errRead(err)
	}
	bare := bytes.TrimPrefix(start, []byte(byteOrderMark))
	b.skip = int64(len(start) - len(bare))
	first := ','
	if line := separatorLine.FindSubmatch(bare); line != nil {
		first, _ = utf8.DecodeRune(line[1])
		b.skip += int64(len(line[0]))
		bare = bare[len(line[0]):]
	}
	if head, _, _ := bytes.Cut(bare, []byte("\n")); bytes.Contains(bytes.TrimSuffix(head, []byte("\r")), []byte("\r")) {
		return errMacintosh()
	}
	b.separator = chooseSeparator(bare, score, first)
	return nil
}

func newCSVReader(in io.Reader, separator rune) *csv.Reader {
	r := csv.NewReader(in)
	r.Comma = separator
	r.FieldsPerRecord = -1 // rows may have different numbers of cells
	r.ReuseRecord = true
	return r
}

// chooseSeparator returns the separator with which a row near the top looks the most like a header
// or, where no row does, with which the most rows have the same number of cells. Where nothing
// tells, it returns the first.
func chooseSeparator(start []byte, score func([]string) int, first rune) rune {
	const rows = 20 // near the top
	best, highest, mostAlike := first, 0, 0
	for _, separator := range []rune{first, ',', ';', '\t', '|'} {
		r := newCSVReader(bytes.NewReader(start), separator)
		header, widths := 0, map[int]int{} // by number of cells, the number of rows
		for range rows {
			row, err := r.Read()
			if err == io.EOF {
				break
			}
			if err != nil {
				continue // the error comes again when the rows are read
			}
			if score != nil {
				header = max(header, score(row))
			}
			if len(row) > 1 {
				widths[len(row)]++
			}
		}
		most := 0
		for _, rows := range widths {
			most = max(most, rows)
		}
		if header > highest || header == highest && most > mostAlike {
			best, highest, mostAlike = separator, header, most
		}
	}
	return best
}

// csvRows reads the rows of a CSV file.
type csvRows struct {
	text *io.SectionReader
	skip int64 // bytes before the first row; the next two are counted from there
	read int64 // bytes so far
	from int64 // where the last row begins, with the empty lines before it
	csv  *csv.Reader
	row  int // number of the last row, as spreadsheet programs count
	line int // on which the last row ended
}

// maxRecord bounds a row, in bytes of the file: a row of a wide sheet takes less, even if all its
// cells are full.
const maxRecord = 16 << 20

// errRecordTooLong: a row takes more than maxRecord.
var errRecordTooLong = errors.New("a row is longer than any table's")

// Read reads the text. It fails within a row that would fill the memory.
func (r *csvRows) Read(into []byte) (int, error) {
	if r.read-r.from > maxRecord {
		return 0, errRecordTooLong
	}
	n, err := r.text.Read(into)
	r.read += int64(n)
	return n, err
}

// next returns the next row that is no empty line. Rows are numbered as spreadsheet programs
// count: one for each record, however many lines it takes, and one for each empty line.
func (r *csvRows) next() (Row, error) {
	r.from = r.csv.InputOffset()
	cells, err := r.csv.Read()
	var fault *csv.ParseError
	switch {
	case errors.As(err, &fault):
		r.row += fault.StartLine - r.line
		r.line = fault.Line
		return r.misquoted(fault)
	case err == io.EOF:
		return Row{}, io.EOF
	case errors.Is(err, errRecordTooLong):
		return Row{}, errRowTooLong(r.row)
	case err != nil:
		return Row{}, errRead(err)
	}
	last := len(cells) - 1
	start, _ := r.csv.FieldPos(0)
	end, _ := r.csv.FieldPos(last)
	r.row += start - r.line
	r.line = end + strings.Count(cells[last], "\n")
	return Row{Number: r.row, Cells: cells, Text: r.recordText}, nil
}

// misquoted tells what follows from a misplaced quotation mark. Within one line it is a Fault of
// that row. Over several lines, the number of rows between is not known, so the file is refused.
func (r *csvRows) misquoted(fault *csv.ParseError) (Row, error) {
	if fault.StartLine != fault.Line {
		return Row{}, errQuoteOpen(r.row, fault.StartLine, fault.Line)
	}
	unreadable := faultQuote(r.recordText())
	return Row{Number: r.row, Unreadable: &unreadable}, nil
}

// recordText is the text of the last row. If it cannot be read again, it is cut: people find the
// row by its number, too.
func (r *csvRows) recordText() string {
	record := make([]byte, r.csv.InputOffset()-r.from)
	n, _ := r.text.ReadAt(record, r.skip+r.from)
	return strings.Trim(string(record[:n]), "\r\n")
}

// Close does nothing: the book closes the text.
func (r *csvRows) Close() error { return nil }
