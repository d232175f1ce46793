package importer_test

// This file holds the way of a file through the importer, whichever its format.
// What only workbooks can do is in xlsx_test.go.

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"btrollout/internal/importer"
	"btrollout/internal/rollout"
)

var update = flag.Bool("update", false, "write what is read to testdata/*.want")

// TestCSV reads each testdata/*.csv and compares all of it with the .want file
// beside it.
func TestCSV(t *testing.T) {
	t.Parallel()
	inputs, err := filepath.Glob("testdata/*.csv")
	if err != nil || len(inputs) < 6 {
		t.Fatalf("inputs: %v %v", inputs, err)
	}
	for _, input := range inputs {
		t.Run(filepath.Base(input), func(t *testing.T) {
			t.Parallel()
			got := describe(t, input)
			wantFile := strings.TrimSuffix(input, ".csv") + ".want"
			if *update {
				if err := os.WriteFile(wantFile, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(wantFile)
			if err != nil {
				t.Fatal(err)
			}
			if got != string(want) {
				t.Errorf("got:\n%s\nwant:\n%s", got, want)
			}
		})
	}
}

// describe writes a file's header and sites as text.
func describe(t *testing.T, path string) string {
	t.Helper()
	header, sites, err := read(path, importer.Options{})
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	fmt.Fprintf(&out, "header row %d\n", header.Row)
	for i, column := range header.Columns {
		fmt.Fprintf(&out, "\t%s %q feeds %s\n", header.Letters[i], column, header.Fields[i])
	}
	if len(header.Ignored) > 0 {
		fmt.Fprintf(&out, "\tignored %q\n", header.Ignored)
	}
	for _, s := range sites {
		fmt.Fprintf(&out, "row %d %s\n\tcells %q\n", s.Row, s.State, s.Cells)
		fmt.Fprintf(&out, "\tname %q label %q country %q vpn %q reference %q voicesite %q\n",
			s.Name, s.Label, s.Country, s.VPN, s.Reference, s.Request.VoiceSiteID)
		fmt.Fprintf(&out, "\taddress %q\n", s.Address)
		for _, p := range s.Problems {
			fmt.Fprintf(&out, "\t%s %s %s value %q suggestion %q\n\t\t%s\n", p.Stage, p.Code, p.Field, p.Value, p.Suggestion, p.Message)
		}
	}
	return out.String()
}

// read reads a whole file.
func read(path string, o importer.Options) (importer.Header, []rollout.Site, error) {
	f, err := importer.Open(path, o)
	if err != nil {
		return importer.Header{}, nil, err
	}
	var sites []rollout.Site
	for site, err := range f.Rows() {
		if err != nil {
			return f.Header(), sites, errors.Join(err, f.Close())
		}
		sites = append(sites, site)
	}
	return f.Header(), sites, f.Close()
}

// write puts content into a new file of that name.
func write(t testing.TB, name, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

const header = "technicalSiteName,customerSiteLabel,country,vpn"

func TestFileErrors(t *testing.T) {
	t.Parallel()
	row := "\nA,L,FR,1"
	cases := []struct {
		name, file, content string
		code                string
		says                []string // parts of the message
	}{
		{"empty", "a.csv", "", "file.empty", []string{"empty"}},
		{"blank lines only", "a.csv", "\n , \n\n", "file.empty", []string{"no content"}},
		{"header only", "a.csv", header + "\n\n,,,\n", "file.no-rows", []string{"below row 1"}},
		{"zip named csv", "a.csv", "PK\x03\x04....", "file.not-csv", []string{"rename it to .xlsx"}},
		{"text named xlsx", "a.xlsx", header + row, "file.not-xlsx", []string{"rename it to .csv"}},
		{"old xls named xlsx", "a.xlsx", "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1....", "file.not-xlsx", []string{"password", ".xls"}},
		{"old xls named csv", "a.csv", "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1....", "file.not-csv", []string{"old .xls", "CSV UTF-8"}},
		{"pdf named csv", "a.csv", "%PDF-1.7 ...", "file.not-csv", []string{"a PDF document"}},
		{"pdf named xlsx", "a.xlsx", "%PDF-1.7 ...", "file.not-xlsx", []string{"a PDF document"}},
		{"binary named csv", "a.csv", "abc\x00def", "file.not-csv", []string{"neither a workbook nor text"}},
		{"utf-16", "a.csv", "\xFF\xFEt\x00e\x00", "file.not-csv", []string{"UTF-16", "CSV UTF-8"}},
		{"latin 1", "a.csv", header + "\nA,Caf\xe9,FR,1", "file.not-utf8", []string{"CSV UTF-8"}},
		{"macintosh", "a.csv", header + "\rA,L,FR,1\r", "file.not-csv", []string{"Macintosh"}},
		{"no archive", "a.xlsx", "PK\x03\x04 and nothing that follows", "file.damaged", []string{"damaged"}},
		{"xls", "a.xls", "x", "file.unsupported", []string{".xls ", ".xlsx or .csv"}},
		{"ods", "a.ODS", "x", "file.unsupported", []string{".ods ", ".xlsx or .csv"}},
		{"numbers", "a.numbers", "x", "file.unsupported", []string{".numbers ", ".xlsx or .csv"}},
		{"no extension", "a", "x", "file.unsupported", []string{".xlsx or .csv"}},
		{"one column missing", "a.csv", "technicalSiteName,customerSiteLabel,country" + row, "file.column-missing", []string{"lacks the column vpn:"}},
		{"columns missing", "a.csv", "technicalSiteName,country,pc" + row, "file.column-missing", []string{"columns customerSiteLabel and vpn:"}},
		{"no header", "a.csv", "PARIS,Head office,FR,1\nLYON,South,FR,1", "file.column-missing", []string{"Row 1 names none", "technicalSiteName, customerSiteLabel, country and vpn"}},
		{"unknown column", "a.csv", header + ",colour" + row, "file.column-unknown", []string{`the column "colour" (E):`, "row 1"}},
		{"unknown columns", "a.csv", header + ",adrExtInfo1,colour" + row, "file.column-unknown", []string{`columns "adrExtInfo1" (E; did you mean addrExtInfo1?) and "colour" (F):`}},
		{"misspelt and missing", "a.csv", "technicalSiteName,customerSiteLable,contry\nA,L,FR", "file.column-unknown", []string{"did you mean customerSiteLabel?", "did you mean country?", "misses the column vpn"}},
		{"column twice", "a.csv", header + ", COUNTRY " + row, "file.column-twice", []string{"C and E both hold country"}},
		{"too many columns", "a.csv", header + strings.Repeat(",", 200) + "x" + row, "file.too-many-columns", []string{"200"}},
		{"quote in header", "a.csv", header + ",a\"6" + row, "file.not-csv", []string{"row 1", "quotation mark"}},
		{"open quote", "a.csv", header + row + "\nB,\"L,FR,1\nC,L,FR,1\nD,L,FR,1\n", "file.quote-open", []string{"row 3 (line 3)", "line 5"}},
		{"quote that swallows rows", "a.csv", header + row + "\nB,\"L,FR,1\nC,\"L,FR,1\nD,L,FR,1\n", "file.quote-open", []string{"row 3 (line 3)", "line 4"}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			_, _, err := read(write(t, c.file, c.content), importer.Options{})
			wantFileError(t, err, c.code, c.says...)
		})
	}
}

func wantFileError(t *testing.T, err error, code string, says ...string) {
	t.Helper()
	var fault *importer.FileError
	if !errors.As(err, &fault) {
		t.Fatalf("got %v, want a FileError %s", err, code)
	}
	if fault.Code != code {
		t.Errorf("code %s (%s), want %s", fault.Code, fault.Message, code)
	}
	for _, part := range says {
		if !strings.Contains(fault.Message, part) {
			t.Errorf("message %q does not say %q", fault.Message, part)
		}
	}
}

func TestPathsThatAreNoFile(t *testing.T) {
	t.Parallel()
	_, err := importer.Open(filepath.Join(t.TempDir(), "absent.csv"), importer.Options{})
	wantFileError(t, err, "file.not-found", "absent.csv")
	_, err = importer.Open(t.TempDir(), importer.Options{})
	wantFileError(t, err, "file.unsupported", "not a file")
	_, err = importer.Open(write(t, "a.csv", header+"\nA,L,FR,1"), importer.Options{Sheet: "Sites"})
	wantFileError(t, err, "file.no-sheet", "Sites")
}

func TestLimits(t *testing.T) {
	t.Parallel()
	t.Run("file size", func(t *testing.T) {
		t.Parallel()
		path := write(t, "a.csv", header)
		if err := os.Truncate(path, importer.MaxFileSize+1); err != nil {
			t.Fatal(err)
		}
		_, err := importer.Open(path, importer.Options{})
		wantFileError(t, err, "file.too-large", "200 MB")
	})
	t.Run("rows", func(t *testing.T) {
		t.Parallel()
		var content strings.Builder
		content.WriteString(header)
		for i := range importer.MaxRows + 1 {
			fmt.Fprintf(&content, "\nS%d,L,FR,1", i)
		}
		_, sites, err := read(write(t, "a.csv", content.String()), importer.Options{})
		wantFileError(t, err, "file.too-many-rows", "200000")
		if len(sites) != importer.MaxRows {
			t.Errorf("%d sites before the error, want %d", len(sites), importer.MaxRows)
		}
	})
	t.Run("cell", func(t *testing.T) {
		t.Parallel()
		long := strings.Repeat("é", importer.MaxCell+1)
		_, sites, err := read(write(t, "a.csv", header+"\nA,"+long+",FR,1\nB,"+long[2:]+",FR,1"), importer.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if codes(sites[0]) != "row.cell-too-long" || sites[0].Label != long[2:] {
			t.Errorf("row A has %s and a label of %d bytes", codes(sites[0]), len(sites[0].Label))
		}
		if codes(sites[1]) != "" {
			t.Errorf("row B has %s", codes(sites[1]))
		}
	})
}

func codes(s rollout.Site) string {
	var all []string
	for _, p := range s.Problems {
		all = append(all, p.Code)
	}
	return strings.Join(all, " ")
}

func TestRowsStopsWhenAsked(t *testing.T) {
	t.Parallel()
	f, err := importer.Open(write(t, "a.csv", header+"\nA,L,FR,1\nB,L,FR,1\nC,L,FR,1"), importer.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var names []string
	for range 2 {
		for site, err := range f.Rows() {
			if err != nil {
				t.Fatal(err)
			}
			names = append(names, site.Name)
			break
		}
	}
	if !slices.Equal(names, []string{"A", "B"}) {
		t.Errorf("got %v, want the stream to go on where it was left", names)
	}
}

// FuzzCSV holds that no content panics, that the site is whole whatever it is
// made of, and that every refusal is worded.
func FuzzCSV(f *testing.F) {
	f.Add([]byte(header + "\nA,L,FR,1\n"))
	f.Add([]byte("\xef\xbb\xbf" + strings.ReplaceAll(header, ",", ";") + "\r\nA;\"L\nM\";FR;1\r\n\r\nB;\"x\"y;;"))
	f.Add([]byte(header + ",bt_row,\n,\"\n\n"))
	f.Fuzz(func(t *testing.T, content []byte) {
		checkInvariants(t, write(t, "a.csv", string(content)))
	})
}

func checkInvariants(t *testing.T, path string) {
	t.Helper()
	head, sites, err := read(path, importer.Options{})
	var fault *importer.FileError
	if err != nil && (!errors.As(err, &fault) || fault.Code == "" || fault.Message == "") {
		t.Fatalf("not a worded FileError: %v", err)
	}
	last := head.Row
	for _, s := range sites {
		if s.Row <= last {
			t.Fatalf("row %d after row %d", s.Row, last)
		}
		last = s.Row
		if len(s.Cells) != len(head.Columns) {
			t.Fatalf("row %d has %d cells for %d columns", s.Row, len(s.Cells), len(head.Columns))
		}
		if (s.State == rollout.Rejected) != (len(s.Problems) > 0) || s.State != rollout.Rejected && s.State != rollout.Imported {
			t.Fatalf("row %d is %s with %d problems", s.Row, s.State, len(s.Problems))
		}
		if s.State == rollout.Imported && (s.Name == "" || len(s.Country) != 2) {
			t.Fatalf("row %d passed as %q in %q", s.Row, s.Name, s.Country)
		}
		for _, p := range s.Problems {
			if p.Code == "" || p.Message.EN == "" || p.Stage != rollout.StageImport {
				t.Fatalf("row %d has an unworded problem: %+v", s.Row, p)
			}
		}
	}
}

// TestOneProblemForEachMissingField: a cell that is empty, or looks so, is one
// mistake and gets one Problem.
func TestOneProblemForEachMissingField(t *testing.T) {
	t.Parallel()
	good := []string{"A", "L", "FR", "1", ""}
	for place, field := range []string{"technicalSiteName", "customerSiteLabel", "country", "vpn"} {
		for _, empty := range []string{"", " ", "\u00a0", "\u200b", "\"\n\"", "\t"} {
			cells := slices.Clone(good)
			cells[place] = empty
			_, sites, err := read(write(t, "a.csv", header+",voiceSiteId\n"+strings.Join(cells, ",")), importer.Options{})
			must(t, err)
			if len(sites) != 1 || len(sites[0].Problems) != 1 || sites[0].Problems[0].Field != field || sites[0].State != rollout.Rejected {
				t.Errorf("%s is %q: got %+v, want one problem of that field", field, empty, sites)
			}
		}
	}
	_, sites, err := read(write(t, "a.csv", header+",pc\n,,,,75002"), importer.Options{})
	must(t, err)
	var fields []string
	for _, p := range sites[0].Problems {
		fields = append(fields, p.Field)
	}
	slices.Sort(fields)
	if !slices.Equal(fields, []string{"country", "customerSiteLabel", "technicalSiteName", "vpn"}) {
		t.Errorf("four missing fields have problems of %v", fields)
	}
	_, sites, err = read(write(t, "a.csv", header+",voiceSiteId\nA,,FR,,vs-1"), importer.Options{})
	must(t, err)
	if len(sites[0].Problems) != 0 {
		t.Errorf("a row with its own voiceSiteId needs neither label nor vpn, got %+v", sites[0].Problems)
	}
}
