// This file scans the elements of sheets and shared strings. It finds what excelize reads
// otherwise than it stands there, what would take more memory than any table, and the oddities that
// cells do not show. The elements come from scanPlainXML and scanAnyXML, which check the XML.

package spreadsheet

import (
	"bytes"
	"errors"
	"strconv"

	"github.com/xuri/excelize/v2"

	"btrollout/internal/xlsx"
)

// errMisplaced: values would be lost, or be taken for those of another column or row.
// excelize puts a row that is out of order into the one before it and a cell that is out of
// order further right, and it reads a cell that it does not understand as empty.
var errMisplaced = errors.New("a row, a cell or a shared string is not where it must be")

// Bounds of a workbook's XML. Each is beyond any table of the most rows that are read, and keeps
// what excelize makes of it below 200 MB.
const (
	maxDepth      = 100       // elements within each other
	maxInCell     = 100_000   // elements of one cell or shared string: runs of text and their fonts
	maxTexts      = 1_500_000 // shared strings
	maxOdd        = 2_000_000 // cells whose text does not show what they hold
	maxMerged     = 100_000   // merged ranges
	maxMergedRows = 4_000_000 // rows of all merged ranges together
	maxRowText    = 8 << 20   // bytes of the texts of one row
	maxElements   = 200_000   // elements of a part that excelize keeps as a whole
	maxChain      = 1_000_000 // formulas of the calculation chain, which excelize keeps, too
)

// partKind says how a part is scanned.
type partKind byte

const (
	structureKind partKind = iota // its elements are counted
	chainKind                     // the calculation chain: they are counted, too, up to another bound
	sheetKind
	stringsKind // the shared strings
)

// elementKind is the kind of an element whose attributes matter; 0 is any other.
type elementKind byte

const (
	rowElement elementKind = iota + 1
	cellElement
	mergeElement
)

// sheetZone is a part of a sheet.
type sheetZone byte

const (
	beforeRows sheetZone = iota
	amongRows
	afterRows
)

// scan is the state of a scan through the parts of a workbook. The methods that take elements
// report whether the part may still be sound; where it is not, refused is the reason to refuse
// the workbook, or nil. Names of elements and attributes are without their prefixes.
type scan struct {
	limits        Limits
	styles        []cellStyle // of the workbook, once its styles were read
	stringLengths []uint32    // of the shared strings, in bytes
	textBytes     int64       // of all cells so far
	oddCells      int         // of all sheets so far
	mergedRows    int         // of all merged ranges so far
	refused       error

	// Of the present part:
	kind        partKind
	elements    int
	depth       int         // of elements within each other
	lastStarted elementKind // of the last element that started
	zone        sheetZone
	row, column int // of the last cell that started, from 1
	inRow       bool
	hiddenRow   bool // the row is hidden, and has no oddHiddenRow yet
	rowBytes    int  // of the texts of the present row
	inText      bool // in an element whose text is a value
	nested      int  // elements of the present cell or shared string, itself included; 0: outside
	cell        scannedCell
	oddities    sheetOddities
}

// scannedCell is a cell whose elements are scanned.
type scannedCell struct {
	valueType string // its attribute t
	style     int    // index into the workbook's styles
	formula   bool
	hasValue  bool // also if the value is empty
	value     []byte
}

// startPart begins a part.
func (s *scan) startPart(part partKind) {
	*s = scan{
		limits: s.limits, styles: s.styles, stringLengths: s.stringLengths,
		textBytes: s.textBytes, oddCells: s.oddCells, mergedRows: s.mergedRows,
		kind: part, cell: scannedCell{value: s.cell.value[:0]},
	}
}

// refuse sets the reason to refuse the workbook.
func (s *scan) refuse(err error) bool {
	s.refused = err
	return false
}

// startElement takes the start of an element.
func (s *scan) startElement(name []byte) bool {
	s.lastStarted = 0
	s.elements++
	if s.depth++; s.depth > maxDepth || s.inText {
		return false
	}
	if s.nested > 0 {
		if s.nested++; s.nested > maxInCell {
			return s.refuse(errSuspicious(errors.New("a cell is made of too many pieces")))
		}
	}
	most := maxElements
	switch s.kind {
	case stringsKind:
		return s.startInStrings(name)
	case sheetKind:
		return s.startInSheet(name)
	case chainKind:
		most = maxChain
	}
	return s.elements <= most || s.refuse(errSuspicious(errors.New("a part has too many elements")))
}

func (s *scan) startInStrings(name []byte) bool {
	switch {
	case string(name) == "si":
		if len(s.stringLengths) == maxTexts {
			return s.refuse(errTooManyTexts())
		}
		sound := s.nested == 0
		s.nested = 1
		s.stringLengths = append(s.stringLengths, 0)
		return sound
	case string(name) == "t":
		s.inText = s.nested > 0
	}
	return true
}

func (s *scan) startInSheet(name []byte) bool {
	switch string(name) {
	case "sheetData":
		s.zone++
		return s.zone == amongRows
	case "row":
		if s.zone == afterRows {
			return true
		}
		s.lastStarted = rowElement
		s.row++
		sound := s.zone == amongRows && !s.inRow
		s.column, s.rowBytes, s.inRow, s.hiddenRow = 0, 0, true, false
		return sound && (s.row <= excelize.TotalRows || s.refuse(errMisplaced))
	case "c":
		if s.zone == afterRows {
			return true
		}
		s.lastStarted = cellElement
		s.column++
		sound := s.inRow && s.nested == 0
		s.nested = 1
		s.cell = scannedCell{value: s.cell.value[:0]}
		if s.hiddenRow {
			s.hiddenRow = false
			sound = sound && s.addOddity(0, oddHiddenRow)
		}
		return sound && (s.column <= excelize.MaxColumns || s.refuse(errMisplaced))
	case "v", "f", "t":
		return s.nested == 0 || s.startValue(name[0])
	case "mergeCell":
		s.lastStarted = mergeElement
	}
	return true
}

// startValue takes the start of an element of a cell whose text matters.
func (s *scan) startValue(name byte) bool {
	s.inText = true
	switch before := s.cell; name {
	case 'v':
		s.cell.hasValue = true
		return !before.hasValue
	case 'f':
		s.cell.formula = true
		return !before.formula
	}
	return true
}

// attribute takes an attribute of the element that started last.
func (s *scan) attribute(name, value []byte) bool {
	switch {
	case s.lastStarted == mergeElement && string(name) == "ref":
		return s.zone == afterRows && s.addMerged(string(value))
	case s.lastStarted == rowElement && string(name) == "hidden":
		s.hiddenRow = s.hiddenRow || string(value) == "1" || string(value) == "true"
	case s.lastStarted == rowElement && string(name) == "ht":
		height, err := strconv.ParseFloat(string(value), 64)
		s.hiddenRow = s.hiddenRow || err == nil && height == 0
	case s.lastStarted == 0 || len(name) != 1:
		return true
	case s.lastStarted == rowElement && name[0] == 'r':
		n, err := strconv.Atoi(string(value))
		if err != nil || n < s.row || n > excelize.TotalRows {
			return false
		}
		s.row = n
	case s.lastStarted == cellElement && name[0] == 'r':
		cell, err := xlsx.ParseCell(string(value))
		if err != nil || cell.Column < s.column || cell.Row != s.row {
			return false
		}
		s.column = cell.Column
	case s.lastStarted == cellElement && name[0] == 's':
		n, err := strconv.Atoi(string(value))
		s.cell.style = n
		return err == nil
	case s.lastStarted == cellElement && name[0] == 't':
		s.cell.valueType = string(value)
	}
	return true
}

// addMerged takes a range of merged cells.
func (s *scan) addMerged(ref string) bool {
	r, err := xlsx.ParseRange(ref)
	if err != nil || r.From.Column > r.To.Column || r.From.Row > r.To.Row {
		return false
	}
	if r.From == r.To {
		return true
	}
	s.mergedRows += r.To.Row - r.From.Row + 1
	if len(s.oddities.merged) == maxMerged || s.mergedRows > maxMergedRows {
		return s.refuse(errTooManyMerged())
	}
	s.oddities.merged = append(s.oddities.merged, r)
	return true
}

// endElement takes the end of an element, and the text between it and the tag before.
func (s *scan) endElement(name, text []byte) bool {
	s.depth--
	s.lastStarted = 0
	if s.inText {
		s.inText = false
		if s.kind == stringsKind {
			s.stringLengths[len(s.stringLengths)-1] += uint32(len(text))
			return true
		}
		if string(name) == "v" {
			s.cell.value = append(s.cell.value[:0], text...)
		}
		return s.countText(len(text))
	}
	switch {
	case s.kind == stringsKind && string(name) == "si":
		s.nested = 0
	case s.kind == sheetKind && s.zone == amongRows:
		switch string(name) {
		case "c":
			s.nested = 0
			return s.endCell()
		case "row":
			s.inRow = false
		case "sheetData":
			s.zone = afterRows
		}
	}
	return true
}

// countText adds the bytes of a cell's text. One shared string may be the text of a million cells.
func (s *scan) countText(bytes int) bool {
	s.rowBytes += bytes
	s.textBytes += int64(bytes)
	if s.rowBytes > maxRowText || s.textBytes > s.limits.Unzipped {
		return s.refuse(errTooMuchText(s.limits.Unzipped))
	}
	return true
}

// endCell checks a complete cell.
func (s *scan) endCell() bool {
	value := bytes.TrimSpace(s.cell.value)
	if s.cell.valueType == "s" && len(value) > 0 {
		n, err := strconv.Atoi(string(value))
		if err != nil || n < 0 || n >= len(s.stringLengths) || !s.countText(int(s.stringLengths[n])) {
			return false
		}
	}
	kind, odd := s.oddityOf(value)
	return !odd || s.addOddity(s.column, kind)
}

// addOddity notes a cell, or with column 0 a row, of the sheet.
func (s *scan) addOddity(column int, kind oddity) bool {
	if s.oddCells++; s.oddCells > maxOdd {
		return s.refuse(errTooManyOdd())
	}
	s.oddities.odd = append(s.oddities.odd, newOddCell(s.row, column, kind))
	return true
}

// oddityOf tells what the text of the present cell does not show, if anything.
func (s *scan) oddityOf(value []byte) (kind oddity, odd bool) {
	var style cellStyle
	if s.cell.style >= 0 && s.cell.style < len(s.styles) {
		style = s.styles[s.cell.style]
	}
	empty := len(value) == 0
	switch s.cell.valueType {
	case "s", "inlineStr":
		return oddText, style.changesTexts
	case "str":
		return oddNoValue, s.cell.formula && !s.cell.hasValue
	case "b", "e", "d":
		switch {
		case empty:
			return oddNoValue, s.cell.formula
		case s.cell.valueType == "e":
			return oddError, true
		}
		return oddWrittenDate, s.cell.valueType == "d"
	}
	switch {
	case empty:
		return oddNoValue, s.cell.formula
	case style.format == formatDate:
		return oddDate, true
	case style.format == formatDigits:
		return 0, false
	}
	return oddNumber, style.format == formatOther || !isShortNumber(value)
}

// isShortNumber reports whether the format General shows a number as it is stored.
func isShortNumber(value []byte) bool {
	return len(value) <= 15 && !bytes.ContainsAny(value, "eE")
}
