// This file makes sound rollout files of any length. Files with mistakes are made by the tests
// that look for them.

package importertest

import (
	"archive/zip"
	"bufio"
	"encoding/csv"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"

	"btrollout/internal/xlsx"
)

// columns are the header, in the order in which a narrower file keeps them: what
// a site in Portugal needs, what it may have, and what a report would add. In
// Portugal the dial zone is automatic, no areas constrain an address and no
// address API looks it up.
// Source: Business Talk getting started guide, section "Address management".
var columns = []string{
	"technicalSiteName", "customerSiteLabel", "country", "vpn", "sts", "a6", "hno", "pc", "a3", "a1",
	"flr", "unit", "a2", "addrExtInfo1", "bt_state", "bt_stage", "bt_problem", "bt_file", "bt_owner", "bt_wave",
}

// needed is how many of columns a site cannot do without.
const needed = 10

// towns are city, district and the first half of the postal code.
var towns = [][3]string{
	{"Lisboa", "Lisboa", "1100"}, {"Sintra", "Lisboa", "2710"}, {"Porto", "Porto", "4000"},
	{"Matosinhos", "Porto", "4450"}, {"Coimbra", "Coimbra", "3000"}, {"Évora", "Évora", "7000"},
	{"Setúbal", "Setúbal", "2900"}, {"Santarém", "Santarém", "2000"}, {"Bragança", "Bragança", "5300"},
	{"Faro", "Faro", "8000"}, {"Guimarães", "Braga", "4800"}, {"Viana do Castelo", "Viana do Castelo", "4900"},
}

// WriteCSV writes that many sites below a header of that many columns, separated
// by commas. It fails when there are fewer columns than a site needs, or more
// than are known.
func WriteCSV(path string, rows, columns int) error {
	return write(path, columns, func(out io.Writer) error {
		w := csv.NewWriter(out)
		for row := range rows + 1 {
			if err := w.Write(cells(row)[:columns]); err != nil {
				return err
			}
		}
		w.Flush()
		return w.Error()
	})
}

// WriteXLSX writes the same sites as Excel does: each text once, in the shared
// strings, and house numbers and floors as numbers.
func WriteXLSX(path string, rows, columns int) error {
	return write(path, columns, func(out io.Writer) error {
		archive := zip.NewWriter(out)
		for _, part := range frame {
			if err := writePart(archive, part.name, func(w *bufio.Writer) { w.WriteString(part.content) }); err != nil {
				return err
			}
		}
		texts := &texts{index: map[string]int{}}
		err := errors.Join(
			writePart(archive, "xl/worksheets/sheet1.xml", func(w *bufio.Writer) { writeSheet(w, texts, rows, columns) }),
			writePart(archive, "xl/sharedStrings.xml", texts.write),
		)
		return errors.Join(err, archive.Close())
	})
}

// write makes a file of what content writes.
func write(path string, width int, content func(io.Writer) error) error {
	if width < needed || width > len(columns) {
		return fmt.Errorf("%d columns asked for: a rollout file is made with %d to %d", width, needed, len(columns))
	}
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	out := bufio.NewWriterSize(file, 1<<20)
	return errors.Join(content(out), out.Flush(), file.Close())
}

// cells are the header, for row 0, or the row-th site.
func cells(row int) []string {
	if row == 0 {
		return columns
	}
	pick := func(values ...string) string { return values[row%len(values)] }
	town := towns[row%len(towns)]
	return []string{
		fmt.Sprintf("PT-SITE-%06d", row), fmt.Sprintf("Agência %s %d", town[0], row), "PT", "VPN Europe",
		pick("Rua", "Avenida", "Praça", "Travessa"), fmt.Sprintf("do Comércio %d", row%997), strconv.Itoa(1 + row%250),
		fmt.Sprintf("%s-%03d", town[2], 1+row%899), town[0], town[1],
		strconv.Itoa(row % 12), pick("ESQ", "DTO", "FTE"), fmt.Sprintf("Freguesia %d", row%61), fmt.Sprintf("Edifício %d", row%203),
		pick("provisioned", "failed", "review"), pick("order", "address"), pick("checked by hand", "new", "moved, see the notes of the project"),
		pick("rollout-1.xlsx", "rollout-2.xlsx"), pick("North", "Centre", "South"), fmt.Sprintf("Wave %d", row%9),
	}
}

// numbers are the places of columns that Excel stores as numbers.
var numbers = map[int]bool{6: true, 10: true}

// texts are the shared strings, in order of their first appearance.
type texts struct {
	index map[string]int
	all   []string
	uses  int
}

func (t *texts) place(text string) int {
	t.uses++
	i, known := t.index[text]
	if !known {
		i = len(t.all)
		t.index[text] = i
		t.all = append(t.all, text)
	}
	return i
}

func (t *texts) write(w *bufio.Writer) {
	fmt.Fprintf(w, `%s<sst xmlns="%s" count="%d" uniqueCount="%d">`, head, namespace, t.uses, len(t.all))
	for _, text := range t.all {
		w.WriteString("<si><t>")
		_ = xml.EscapeText(w, []byte(text)) // an error stays in w and is told when it is flushed
		w.WriteString("</t></si>")
	}
	w.WriteString("</sst>")
}

func writeSheet(w *bufio.Writer, t *texts, rows, width int) {
	var letters []string
	for i := range width {
		letters = append(letters, xlsx.ColumnName(i+1))
	}
	fmt.Fprintf(w, `%s<worksheet xmlns="%s"><dimension ref="A1:%s%d"/><sheetViews><sheetView tabSelected="1" workbookViewId="0"/>`+
		`</sheetViews><sheetFormatPr defaultRowHeight="15"/><sheetData>`, head, namespace, letters[width-1], rows+1)
	for row := range rows + 1 {
		fmt.Fprintf(w, `<row r="%d" spans="1:%d">`, row+1, width)
		for i, text := range cells(row)[:width] {
			if row > 0 && numbers[i] {
				fmt.Fprintf(w, `<c r="%s%d"><v>%s</v></c>`, letters[i], row+1, text)
			} else {
				fmt.Fprintf(w, `<c r="%s%d" t="s"><v>%d</v></c>`, letters[i], row+1, t.place(text))
			}
		}
		w.WriteString("</row>")
	}
	w.WriteString(`</sheetData><pageMargins left="0.7" right="0.7" top="0.75" bottom="0.75" header="0.3" footer="0.3"/></worksheet>`)
}

func writePart(archive *zip.Writer, name string, content func(*bufio.Writer)) error {
	part, err := archive.Create(name)
	if err != nil {
		return err
	}
	w := bufio.NewWriterSize(part, 1<<16)
	content(w)
	return w.Flush()
}

const (
	head          = `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>` + "\r\n"
	namespace     = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
	contentType   = "application/vnd.openxmlformats-officedocument.spreadsheetml."
	relationships = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
	packageSchema = "http://schemas.openxmlformats.org/package/2006/"
)

// frame is what a workbook consists of beside its cells.
var frame = []struct{ name, content string }{
	{"[Content_Types].xml", head + `<Types xmlns="` + packageSchema + `content-types"><Default Extension="rels" ` +
		`ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ` +
		`ContentType="application/xml"/><Override PartName="/xl/workbook.xml" ContentType="` + contentType + `sheet.main+xml"/>` +
		`<Override PartName="/xl/worksheets/sheet1.xml" ContentType="` + contentType + `worksheet+xml"/><Override ` +
		`PartName="/xl/styles.xml" ContentType="` + contentType + `styles+xml"/><Override PartName="/xl/sharedStrings.xml" ` +
		`ContentType="` + contentType + `sharedStrings+xml"/></Types>`},
	{"_rels/.rels", head + `<Relationships xmlns="` + packageSchema + `relationships"><Relationship Id="rId1" ` +
		`Type="` + relationships + `/officeDocument" Target="xl/workbook.xml"/></Relationships>`},
	{"xl/workbook.xml", head + `<workbook xmlns="` + namespace + `" xmlns:r="` + relationships + `"><sheets><sheet name="Rollout" ` +
		`sheetId="1" r:id="rId1"/></sheets></workbook>`},
	{"xl/_rels/workbook.xml.rels", head + `<Relationships xmlns="` + packageSchema + `relationships"><Relationship Id="rId1" ` +
		`Type="` + relationships + `/worksheet" Target="worksheets/sheet1.xml"/><Relationship Id="rId2" ` +
		`Type="` + relationships + `/styles" Target="styles.xml"/><Relationship Id="rId3" Type="` + relationships + `/sharedStrings" ` +
		`Target="sharedStrings.xml"/></Relationships>`},
	{"xl/styles.xml", head + `<styleSheet xmlns="` + namespace + `"><fonts count="1"><font><sz val="11"/><name val="Calibri"/></font>` +
		`</fonts><fills count="1"><fill><patternFill patternType="none"/></fill></fills><borders count="1"><border/></borders>` +
		`<cellStyleXfs count="1"><xf numFmtId="0"/></cellStyleXfs><cellXfs count="1"><xf numFmtId="0"/></cellXfs></styleSheet>`},
}
