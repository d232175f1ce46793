// This file tests what only CSV files can do: encodings, separators, quotation marks. Whole
// files and what is read of them are in testdata.

package spreadsheet_test

import (
	"encoding/binary"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"unicode/utf16"

	"golang.org/x/text/encoding/charmap"

	"btrollout/internal/importer/importertest"
	"btrollout/internal/spreadsheet"
)

// inUTF16 is a text in UTF-16, without a mark of its order.
func inUTF16(text string, order binary.AppendByteOrder) string {
	var out []byte
	for _, unit := range utf16.Encode([]rune(text)) {
		out = order.AppendUint16(out, unit)
	}
	return string(out)
}

// inWindows1252 is a text as Excel saves it in Western Europe.
func inWindows1252(t testing.TB, text string) string {
	t.Helper()
	out, err := charmap.Windows1252.NewEncoder().String(text)
	must(t, err)
	return out
}

func TestEncodings(t *testing.T) {
	t.Parallel()
	const label = "Café – l’œuvre à 5 €"
	plain := header + "\r\nA," + label + ",FR,1\r\n"
	long := header + strings.Repeat("\r\nS,plain,FR,1", 3000) + "\r\nA," + label + ",FR,1\r\n" // beyond what is looked at first
	for name, c := range map[string]struct {
		content string
		remarks int
	}{
		"UTF-8":                         {plain, 0},
		"UTF-8 with a mark":             {"\xef\xbb\xbf" + plain, 0},
		"UTF-16, little end first":      {"\xff\xfe" + inUTF16(plain, binary.LittleEndian), 0},
		"UTF-16, big end first":         {"\xfe\xff" + inUTF16(plain, binary.BigEndian), 0},
		"UTF-16, unmarked":              {inUTF16(plain, binary.LittleEndian), 0},
		"UTF-16, unmarked, big end":     {inUTF16(plain, binary.BigEndian), 0},
		"UTF-16, long":                  {"\xff\xfe" + inUTF16(long, binary.LittleEndian), 0},
		"Windows-1252":                  {inWindows1252(t, plain), 1},
		"Windows-1252, found far below": {inWindows1252(t, long), 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			book, err := spreadsheet.Open(importertest.Write(t, "a.csv", c.content), options)
			must(t, err)
			defer book.Close()
			rows, err := readSheet(book, "")
			must(t, err)
			last := rows[len(rows)-1].Cells[1]
			if last != label || len(book.Remarks()) != c.remarks {
				t.Errorf("label %q and remarks %v", last, book.Remarks())
			}
			for _, remark := range book.Remarks() {
				if !strings.Contains(remark.EN, "Windows-1252") || !strings.Contains(remark.FR, "Windows-1252") || remark.EN == remark.FR {
					t.Errorf("remark %+v", remark)
				}
			}
		})
	}
	marks := header + "\nA,\x82Zitat\x91 \x84x\x93 5\x89 \x8Bx\x9B\x85 Caf\xe9,FR,1" // as they are used
	rows, err := read(importertest.Write(t, "a.csv", marks), options)
	must(t, err)
	if rows[1].Cells[1] != "‚Zitat‘ „x“ 5‰ ‹x›… Café" {
		t.Errorf("marks are read as %q", rows[1].Cells[1])
	}
	for name, content := range map[string]string{
		"both":                plain + "B," + inWindows1252(t, "Fée") + ",FR,1\n",
		"a byte of no letter": header + "\nA,\x90\x9d,FR,1",
		"as MS-DOS wrote it":  strings.ReplaceAll(header, ",", ";") + "\r\nA;Libert\x82;FR;1\r\n",
		"ç of MS-DOS":         header + "\nA,Fran\x87ais,FR,1",
		"à of a Macintosh":    header + "\nA,L\x88,FR,1",
		"a zero far below":    inWindows1252(t, long) + "\x00",
	} {
		_, err := read(importertest.Write(t, "a.csv", content), options)
		importertest.WantFileError(t, err, "file.not-utf8", "CSV UTF-8")
		if err == nil {
			t.Errorf("%s: taken", name)
		}
	}
}

func TestSeparators(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ head, content string }{
		"comma":                      {"", "%[1]s,a3\nA,L,FR,1,x;y\n"},
		"semicolon":                  {"", "%[2]s;a3\nA;L;FR;1;x,y\n"},
		"semicolon, decimals":        {"", "%[2]s;a3\nA;L;FR;1;1,5\nB;L;FR;1;2,5\n"},
		"tab":                        {"", "%[3]s\ta3\nA\tL\tFR\t1\tx,y;z\n"},
		"bar":                        {"", "%[4]s|a3\nA|L|FR|1|x,y;z\n"},
		"named":                      {"sep=;\n", "%[2]s;a3\nA;L;FR;1;x\n"},
		"named as Excel does":        {"sep=;\r\n", "%[2]s;a3\r\nA;L;FR;1;x\r\n"},
		"named in quotation marks":   {"\"sep=|\"\n", "%[4]s|a3\nA|L|FR|1|x\n"},
		"named after a mark":         {"\xef\xbb\xbfSEP=\t\n", "%[3]s\ta3\nA\tL\tFR\t1\tx\n"},
		"named, none would guess it": {"sep=^\n", "%[5]s^a3\nA^L^FR^1^x\n"},
		"notes with other marks":     {"", "Read this, please, all of it, now, yes\n%[2]s;a3\nA;L;FR;1;x\n"},
		"everyday names":             {"", "Site name;Label;Country;VPN;City\nA;L;FR;1;x\n"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			with := func(mark string) string { return strings.ReplaceAll(header, ",", mark) }
			content := fmt.Sprintf(c.content+"%.0[1]s%.0[2]s%.0[3]s%.0[4]s%.0[5]s", header, with(";"), with("\t"), with("|"), with("^"))
			rows, err := read(importertest.Write(t, "a.csv", c.head+content), options)
			must(t, err)
			first := slices.IndexFunc(rows, func(row spreadsheet.Row) bool { return len(row.Cells) == 5 })
			if first < 0 || rows[first].Cells[3] != "vpn" && rows[first].Cells[3] != "VPN" {
				t.Fatalf("no header of five cells in %+v", rows)
			}
			site := rows[first+1]
			if len(site.Cells) != 5 || site.Cells[0] != "A" || site.Cells[3] != "1" || site.Number != rows[first].Number+1 {
				t.Errorf("header %+v and %+v", rows[first], site)
			}
			if c.head != "" && rows[first].Number != 1 {
				t.Errorf("the header is in row %d, and spreadsheets do not show the line above it", rows[first].Number)
			}
		})
	}
}

// TestRowsThatAreTooLong: a quotation that swallows a large file is told before it fills
// the memory, whether of one line or of many.
func TestRowsThatAreTooLong(t *testing.T) {
	t.Parallel()
	const before = 30 // rows, more than a header is looked for in
	good := header
	for i := range before {
		good += fmt.Sprintf("\nS%d,L,FR,1", i)
	}
	for name, swallowed := range map[string]string{
		"many lines": strings.Repeat("B,L,FR,1\n", 17<<20/9),
		"one line":   strings.Repeat("B;L;FR;1;", 17<<20/9),
	} {
		rows, err := read(importertest.Write(t, "a.csv", good+"\nQ,\"L,FR,1\n"+swallowed), options)
		importertest.WantFileError(t, err, "file.row-too-long", fmt.Sprintf("after row %d", before+1), "16 MB", "quotation mark")
		if len(rows) != 1+before {
			t.Errorf("%s: %d rows before it, want %d", name, len(rows), 1+before)
		}
	}
	shorter := strings.Repeat("B,L,FR,1\n", 15<<20/9) // within the bound, the place where it ends is told
	_, err := read(importertest.Write(t, "a.csv", good+"\nQ,\"L,FR,1\n"+shorter), options)
	importertest.WantFileError(t, err, "file.quote-open", fmt.Sprintf("row %d", before+2))
}

// TestTemporaryFilesAreRemoved: what was decoded is in no folder, even while it is read,
// and when the file was refused.
func TestTemporaryFilesAreRemoved(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("TMPDIR", dir)
	temporary := func() int {
		t.Helper()
		left, err := os.ReadDir(dir)
		must(t, err)
		return len(left)
	}
	good := header + "\nA,é,FR,1\n"
	for name, content := range map[string]string{
		"UTF-8": good, "Windows-1252": inWindows1252(t, good), "UTF-16": "\xff\xfe" + inUTF16(good, binary.LittleEndian),
	} {
		path := importertest.Write(t, "a.csv", content)
		book, err := spreadsheet.Open(path, options)
		must(t, err)
		if temporary() != 0 {
			t.Errorf("%s: while it is open, a killed process would leave temporary files", name)
		}
		_, err = readSheet(book, "")
		must(t, err)
		must(t, book.Close())
		if _, err := os.Stat(path); err != nil || temporary() != 0 {
			t.Errorf("%s: %d temporary files are left, and of the file itself: %v", name, temporary(), err)
		}
	}
	for code, content := range map[string]string{
		"file.not-utf8": header + "\nA,\xe9\x81,FR,1", "file.not-csv": "\xe9\r\xe8\r\n", "file.quote-open": "\"\xe9\nb",
	} {
		_, err := read(importertest.Write(t, "a.csv", content), options)
		importertest.WantFileError(t, err, code)
		if temporary() != 0 {
			t.Errorf("%s: temporary files are left", code)
		}
	}
}

// FuzzCSV tests that no content panics, that rows are in order whatever they are made of, and
// that every refusal is worded. Run it with -fuzzminimizetime=5x.
func FuzzCSV(f *testing.F) {
	semicolons := strings.ReplaceAll(header, ",", ";")
	f.Add([]byte(header + "\nA,L,FR,1\n"))
	f.Add([]byte("\xef\xbb\xbf" + semicolons + "\r\nA;\"L\nM\";FR;1\r\n\r\nB;\"x\"y;;"))
	f.Add([]byte(header + ",bt_row,\n,\"\n\n"))
	f.Add([]byte("sep=;\r\n" + semicolons + ";City (a3);Wave (-)\r\nA;L;FR;1;x;2\r\nTotal : 1;;;;;"))
	f.Add([]byte("\xff\xfe" + inUTF16(header+",Ville\r\nA,é,FR,1,\U0001F600\r\n", binary.LittleEndian)))
	f.Add([]byte("\xfe\xff" + inUTF16(semicolons+"\nbt_example;L;FR;1\nB;L;FR;1\n", binary.BigEndian)))
	f.Add([]byte(inUTF16("sep=\t\n"+strings.ReplaceAll(header, ",", "\t")+"\nA\tL\tFR\t1\n", binary.LittleEndian)))
	f.Add([]byte(inWindows1252(f, "Nom du site;Libellé (obligatoire);Pays;VPN;N°;Rue\nA;Siège à 5 €;Suisse;1;12;de l’Œuvre\n")))
	f.Add([]byte("Title\n\nSite name|Label|Country|VPN|Postcod|Address\nA|L|FR|1|7|x\n"))
	f.Fuzz(func(t *testing.T, content []byte) {
		checkInvariants(t, importertest.Write(t, "a.csv", string(content)))
	})
}
