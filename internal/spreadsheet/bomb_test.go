// This file tests workbooks that are built to exhaust what opens them. BenchmarkBombs
// says how long each takes and how much memory: run one alone, because the memory is
// the whole process's most, such as: go test -run '^$' -bench 'Bombs/empty_texts$' -benchtime 1x

package spreadsheet_test

import (
	"archive/zip"
	"bytes"
	"compress/flate"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"btrollout/internal/importer/importertest"
	"btrollout/internal/spreadsheet"
)

// pieces writes a part of a workbook piece by piece.
type pieces func(w io.Writer)

// bomb makes a workbook of these parts beside the usual frame.
func bomb(t testing.TB, special map[string]pieces) string {
	t.Helper()
	file, err := os.Create(filepath.Join(t.TempDir(), "bomb.xlsx"))
	must(t, err)
	archive := zip.NewWriter(file)
	usual := maps.Clone(importertest.Frame)
	usual[sheetPart], usual[textsPart] = importertest.WholeSheet, importertest.WholeStrings
	usual["xl/styles.xml"] = importertest.Styles
	for name, content := range usual {
		if special[name] == nil {
			part, err := archive.Create(name)
			must(t, err)
			_, err = io.WriteString(part, content)
			must(t, err)
		}
	}
	for name, write := range special {
		part, err := archive.Create(name)
		must(t, err)
		write(part)
	}
	must(t, errors.Join(archive.Close(), file.Close()))
	return file.Name()
}

// times repeats text between a beginning and an end; %d in it is a number that does not
// repeat, so that it does not compress beyond all measure.
func times(n int, start, text, end string) pieces {
	return func(w io.Writer) {
		random := rand.New(rand.NewPCG(1, 2))
		io.WriteString(w, start)
		varied := strings.Contains(text, "%d")
		for i := range n {
			if varied {
				fmt.Fprintf(w, text, random.IntN(1_000_000_000))
			} else if strings.Contains(text, "%[2]d") {
				fmt.Fprintf(w, text, 0, i+1)
			} else {
				io.WriteString(w, text)
			}
		}
		io.WriteString(w, end)
	}
}

const (
	sheetStart = `<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>`
	sheetEnd   = `</sheetData></worksheet>`
	textsStart = `<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">`

	stylesStart = `<styleSheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><cellXfs>`
	chainStart  = `<calcChain xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">`

	sheetPart = "xl/worksheets/sheet1.xml"
	textsPart = "xl/sharedStrings.xml"
)

// bombs are the workbooks: each refused with this code, or "" where it is read.
var bombs = []struct {
	name, code string
	parts      map[string]pieces
}{
	{"a gigabyte of spaces", "file.suspicious", map[string]pieces{sheetPart: times(1000, sheetStart, strings.Repeat(" ", 1<<20), sheetEnd)}},
	{"two gigabytes", "file.too-large", map[string]pieces{sheetPart: times(2100, sheetStart, strings.Repeat(" ", 1<<20), sheetEnd)}},
	{"some megabytes of spaces", "file.suspicious", map[string]pieces{sheetPart: times(6, sheetStart, strings.Repeat(" ", 1<<20), sheetEnd)}},
	{"empty texts", "file.suspicious", map[string]pieces{textsPart: times(20_000_000, textsStart, "<si/>", "</sst>")}},
	{"varied texts", "file.too-large", map[string]pieces{textsPart: times(4_000_000, textsStart, "<si><t>%d</t></si>", "</sst>")}},
	{"runs of one text", "file.suspicious", map[string]pieces{textsPart: times(60_000, textsStart+"<si>", "<r><t>%d</t></r>", "</si></sst>")}},
	{"one long text many times", "file.too-large", map[string]pieces{
		textsPart: times(1, textsStart, "<si><t>"+strings.Repeat("long ", 6000)+"</t></si>", "</sst>"),
		sheetPart: times(40_000, sheetStart, `<row r="%[2]d"><c t="s"><v>0</v></c></row>`, sheetEnd),
	}},
	{"one long text in a row", "file.too-large", map[string]pieces{
		textsPart: times(1, textsStart, "<si><t>"+strings.Repeat("long ", 6000)+"</t></si>", "</sst>"),
		sheetPart: times(16_000, sheetStart+"<row>", `<c t="s"><v>0</v></c>`, "</row>"+sheetEnd),
	}},
	{"empty rows", "file.suspicious", map[string]pieces{sheetPart: times(20_000_000, sheetStart, "<row/>", sheetEnd)}},
	{"too many rows", "file.damaged", map[string]pieces{sheetPart: times(2, sheetStart+`<row r="1048575"/>`, `<row/>`, sheetEnd)}},
	{"empty cells", "file.suspicious", map[string]pieces{sheetPart: times(20_000_000, sheetStart+"<row>", "<c/>", "</row>"+sheetEnd)}},
	{"too many cells in a row", "file.damaged", map[string]pieces{sheetPart: times(100_000, sheetStart+"<row>", `<c s="%d"/>`,
		"</row>"+sheetEnd)}},
	{"dates", "file.too-large", map[string]pieces{sheetPart: times(700_000, sheetStart,
		`<row><c t="d"><v>%[1]d</v></c><c t="d"><v>%[2]d</v></c><c t="d"><v>%[2]d</v></c></row>`, sheetEnd)}},
	{"merged cells", "file.too-large", map[string]pieces{sheetPart: times(200_000, sheetStart+"</sheetData><mergeCells>",
		`<mergeCell ref="A%[2]d:C%[2]d"/>`, "</mergeCells></worksheet>")}},
	{"tall merged cells", "file.too-large", map[string]pieces{sheetPart: times(5000, sheetStart+"</sheetData><mergeCells>",
		`<mergeCell ref="A1:C1048576"/>`, "</mergeCells></worksheet>")}},
	{"elements within each other", "file.damaged", map[string]pieces{sheetPart: times(1000, sheetStart, `<a b="%d">`, "")}},
	{"a text without end", "file.too-large", map[string]pieces{sheetPart: times(3_000_000,
		sheetStart+`<row><c t="inlineStr"><is><t>`, `%d`, "</t></is></c></row>"+sheetEnd)}},
	{"a tag without end", "file.too-large", map[string]pieces{sheetPart: times(3_000_000, sheetStart+`<row `, ` a="%d"`, ">"+sheetEnd)}},
	{"styles", "file.suspicious", map[string]pieces{"xl/styles.xml": times(2_000_000,
		stylesStart, `<xf numFmtId="%d"/>`, "</cellXfs></styleSheet>")}},
	{"calculation chain", "file.suspicious", map[string]pieces{"xl/calcChain.xml": times(2_000_000,
		chainStart, `<c r="A%d"/>`, "</calcChain>")}},
	{"entities that grow", "file.damaged", map[string]pieces{sheetPart: times(1, `<!DOCTYPE w [<!ENTITY a "ha"><!ENTITY b `+
		`"&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">]>`+
		sheetStart+`<row><c t="str"><v>`, "&c;", "</v></c></row>"+sheetEnd)}},
	{"an entity from outside", "file.damaged", map[string]pieces{"xl/workbook.xml": times(1,
		`<!DOCTYPE w [<!ENTITY a SYSTEM "file:///etc/hostname">]>`, strings.Replace(importertest.Frame["xl/workbook.xml"],
			`name="S"`, `name="&a;"`, 1), "")}},
	{"thousands of sheets", "file.too-large", map[string]pieces{"xl/workbook.xml": times(5000, `<workbook><sheets>`,
		`<sheet name="%[2]d" sheetId="%[2]d" r:id="rId1"/>`, "</sheets></workbook>")}},
	{"two sheets of one part", "file.damaged", map[string]pieces{"xl/workbook.xml": times(2, `<workbook><sheets>`,
		`<sheet name="%[2]d" sheetId="%[2]d" r:id="rId1"/>`, "</sheets></workbook>")}},
	{"pictures", "file.too-large", map[string]pieces{"xl/media/image1.png": times(70, "", strings.Repeat(noise, 16), "")}},
	{"a part outside", "file.suspicious", map[string]pieces{"xl/../../evil.xml": times(1, "", "<a/>", "")}},
	{"a part at the root", "file.suspicious", map[string]pieces{"/xl/worksheets/sheet9.xml": times(1, "", "<a/>", "")}},
	{"a part on a drive", "file.suspicious", map[string]pieces{`C:\xl\sheet9.xml`: times(1, "", "<a/>", "")}},
	{"a part outside by backslashes", "file.suspicious", map[string]pieces{`xl\..\..\evil.xml`: times(1, "", "<a/>", "")}},
	{"a part twice", "file.suspicious", map[string]pieces{"XL/Worksheets/Sheet1.xml": times(1, sheetStart, "", sheetEnd)}},
	{"a sheet outside the workbook", "file.damaged", map[string]pieces{"xl/_rels/workbook.xml.rels": times(1, "",
		strings.Replace(importertest.Frame["xl/_rels/workbook.xml.rels"], "worksheets/sheet1.xml", "../../../etc/hostname", 1), "")}},
	{"a sheet at an address", "file.damaged", map[string]pieces{"xl/_rels/workbook.xml.rels": times(1, "",
		strings.Replace(importertest.Frame["xl/_rels/workbook.xml.rels"], `Target="`, `TargetMode="External" Target="`, 1), "")}},
	{"a list of sheets without end", "file.suspicious", map[string]pieces{"xl/workbook.xml": times(100_000,
		`<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheets>`,
		`<sheet name="%d" a="" b="" c="" d="" e="" f="" g="" h="" i="" j="" k="" l="" m="" n="" o="" p="" q="" r="" s="" t="" u="" v="" `+
			`w="" x="" y="" z="" aa="" ab="" ac="" ad=""/>`, "</sheets></workbook>")}},
	{"an id twice", "file.damaged", map[string]pieces{"xl/_rels/workbook.xml.rels": times(1, "",
		strings.Replace(importertest.Frame["xl/_rels/workbook.xml.rels"], "</Relationships>",
			`<Relationship Id="rId1" Type="x" Target="styles.xml"/></Relationships>`, 1), "")}},
	{"a workbook by a path that excelize does not clean", "file.damaged", map[string]pieces{"_rels/.rels": times(1, "",
		strings.Replace(importertest.Frame["_rels/.rels"], "xl/workbook.xml", "./xl/workbook.xml", 1), "")}},
	{"a workbook elsewhere", "file.damaged", map[string]pieces{"_rels/.rels": times(1, "",
		strings.Replace(importertest.Frame["_rels/.rels"], "xl/workbook.xml", "xl/other.xml", 1), "")}},
	{"too many parts", "file.suspicious", manyParts(6000)},

	// These are within every bound, if only just.
	{"as many texts as are read", "", map[string]pieces{textsPart: times(1_400_000,
		importertest.WholeStrings[:len(importertest.WholeStrings)-len("</sst>")], "<si><t>%d</t></si>", "</sst>")}},
	{"as many styles as are read", "", map[string]pieces{"xl/styles.xml": times(190_000,
		stylesStart, `<xf numFmtId="%d"/>`, "</cellXfs></styleSheet>")}},
	{"as long a calculation chain as is read", "", map[string]pieces{"xl/calcChain.xml": times(900_000,
		chainStart, `<c r="A%d"/>`, "</calcChain>")}},
	{"a last row far below", "", map[string]pieces{sheetPart: times(1,
		importertest.WholeSheet[:strings.Index(importertest.WholeSheet, "</sheetData>")], `<row r="999999"><c r="A999999" s="0"/>`+
			`</row>`, sheetEnd)}},
}

// noise is 64 KB that does not compress beyond measure.
var noise = func() string {
	random := rand.New(rand.NewPCG(3, 4))
	var out strings.Builder
	for out.Len() < 64<<10 {
		out.WriteString(strconv.FormatUint(random.Uint64(), 36))
	}
	return out.String()[:64<<10]
}()

func manyParts(n int) map[string]pieces {
	all := map[string]pieces{}
	for i := range n {
		all[fmt.Sprintf("xl/printerSettings/%d.bin", i)] = times(1, "", "x", "")
	}
	return all
}

// isHeavy reports whether making a bomb takes seconds: tests leave these to the
// benchmark.
func isHeavy(name string) bool {
	return slices.Contains([]string{
		"as many texts as are read", "as many styles as are read", "as long a calculation chain as is read",
		"a gigabyte of spaces", "two gigabytes", "empty texts", "dates", "pictures", "varied texts", "empty cells", "empty rows",
		"a text without end", "a tag without end", "styles", "calculation chain",
	}, name)
}

func TestXLSXBombs(t *testing.T) {
	t.Parallel()
	for _, b := range bombs {
		if isHeavy(b.name) {
			continue
		}
		t.Run(b.name, func(t *testing.T) {
			t.Parallel()
			_, err := read(bomb(t, b.parts), options)
			if b.code == "" {
				must(t, err)
			} else {
				importertest.WantFileError(t, err, b.code)
			}
		})
	}
}

// BenchmarkBombs opens all of them.
func BenchmarkBombs(b *testing.B) {
	for _, c := range bombs {
		b.Run(c.name, func(b *testing.B) {
			path := bomb(b, c.parts)
			info, err := os.Stat(path)
			must(b, err)
			for b.Loop() {
				_, err = read(path, options)
			}
			var fault *spreadsheet.FileError
			if c.code == "" && err != nil || c.code != "" && (!errors.As(err, &fault) || fault.Code != c.code) {
				b.Errorf("got %v, want %s", err, c.code)
			}
			b.ReportMetric(float64(info.Size())/1e6, "file-MB")
			b.ReportMetric(importertest.PeakMB(b), "peak-MB")
		})
	}
}

// TestXLSXLyingSizes: a part that is longer or shorter than the archive says is
// refused, and no more of it is unpacked than it says.
func TestXLSXLyingSizes(t *testing.T) {
	t.Parallel()
	for _, says := range []uint64{10, 1 << 30, 1 << 40} {
		var out bytes.Buffer
		archive := zip.NewWriter(&out)
		for name, content := range importertest.Frame {
			part, err := archive.Create(name)
			must(t, err)
			_, err = io.WriteString(part, content)
			must(t, err)
		}
		var packed bytes.Buffer
		w, err := flate.NewWriter(&packed, flate.BestCompression)
		must(t, err)
		_, err = io.WriteString(w, importertest.WholeSheet)
		must(t, errors.Join(err, w.Close()))
		part, err := archive.CreateRaw(&zip.FileHeader{
			Name: sheetPart, Method: zip.Deflate, UncompressedSize64: says, CompressedSize64: uint64(packed.Len()),
		})
		must(t, err)
		_, err = part.Write(packed.Bytes())
		must(t, errors.Join(err, archive.Close()))
		_, err = read(importertest.Write(t, "a.xlsx", out.String()), options)
		var fault *spreadsheet.FileError
		if !errors.As(err, &fault) {
			t.Errorf("a part of a wrong size of %d bytes: %v", says, err)
		}
	}
}

// TestXLSXPictures: what is kept in memory although nobody reads it is bounded by what
// the archive says of it, before any of it is unpacked.
func TestXLSXPictures(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	archive := zip.NewWriter(&out)
	_, err := archive.Create("xl/workbook.xml")
	must(t, err)
	packed := make([]byte, 1<<20)
	part, err := archive.CreateRaw(&zip.FileHeader{
		Name: "xl/media/image1.png", Method: zip.Deflate, UncompressedSize64: 65 << 20, CompressedSize64: uint64(len(packed)),
	})
	must(t, err)
	_, err = part.Write(packed)
	must(t, errors.Join(err, archive.Close()))
	_, err = read(importertest.Write(t, "a.xlsx", out.String()), options)
	importertest.WantFileError(t, err, "file.too-large", "64 MB", "pictures")
}

// TestXLSXDirectory: an archive that lists parts without end is not listed to the end.
func TestXLSXDirectory(t *testing.T) {
	t.Parallel()
	var list bytes.Buffer
	entry := make([]byte, 46)
	binary.LittleEndian.PutUint32(entry, 0x02014b50)
	const entries = 200_000
	for range entries {
		list.Write(entry)
	}
	end := make([]byte, 22)
	binary.LittleEndian.PutUint32(end, 0x06054b50)
	binary.LittleEndian.PutUint16(end[8:], uint16(entries&0xFFFF))
	binary.LittleEndian.PutUint16(end[10:], uint16(entries&0xFFFF))
	binary.LittleEndian.PutUint32(end[12:], uint32(list.Len()))
	binary.LittleEndian.PutUint32(end[16:], 4)
	_, err := read(importertest.Write(t, "a.xlsx", "PK\x03\x04"+list.String()+string(end)), options)
	importertest.WantFileError(t, err, "file.suspicious")
}
