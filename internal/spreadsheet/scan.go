package spreadsheet

// This file follows the elements of sheets and shared strings. It finds what excelize
// reads as something else than what stands there, what would take more memory than any
// table, and the facts that cells do not show. That they are XML is found by those who
// tell of the elements: plain.go and wellFormed.

import (
	"bytes"
	"errors"
	"strconv"
	"strings"

	"github.com/xuri/excelize/v2"
)

// errMisplaced says that values would be lost, or be taken for another column's
// or row's: excelize puts a row that is out of order into the one before it and a
// cell that is out of order further right, and it reads a cell that it does not
// understand as empty.
var errMisplaced = errors.New("a row, a cell or a shared string is not where it must be")

// Bounds of what a workbook's XML may hold. Each is beyond any table of the most rows
// that are read, and keeps below 200 MB what excelize makes of it.
const (
	maxDepth    = 100       // elements within each other
	maxInCell   = 100_000   // elements of one cell or shared string: runs of text and their looks
	maxTexts    = 1_500_000 // shared strings
	maxOdd      = 2_000_000 // cells that are not what they look like
	maxMerged   = 100_000   // merged ranges
	maxTall     = 4_000_000 // rows of all merged ranges together
	maxRowText  = 8 << 20   // bytes of the texts of one row
	maxElements = 200_000   // elements of a part that excelize keeps as a whole
	maxChain    = 1_000_000 // formulas of the calculation chain, which it keeps as well
)

// kindOfPart says what the elements of a part are looked at for.
type kindOfPart byte

const (
	aStructure kindOfPart = iota // how many they are
	aChain                       // the same, of the calculation chain
	aSheet
	theStrings
)

// element is one whose attributes matter; 0 is any other.
type element byte

const (
	aRow element = iota + 1
	aCell
	aMerge
)

// zone is where in a sheet elements stand.
type zone byte

const (
	beforeRows zone = iota
	amongRows
	afterRows
)

// contents is what has been seen of a workbook. Each method reports whether the
// part may still be sound; if refused is set, it is not for the reason that it gives.
// Names are without their prefixes.
type contents struct {
	styles  []style
	limits  Limits
	lengths []uint32 // of the shared strings, in bytes
	text    int64    // bytes of all cells' texts
	odds    int
	tall    int
	refused error

	part     kindOfPart
	elements int
	depth    int
	element  element // the last that began
	zone     zone
	row      int // the last row and, in it, the last cell
	column   int
	inRow    bool
	hidden   bool // the row is, and that is not noted yet
	rowText  int
	inText   bool // in an element whose text is a value
	inside   int  // elements of the present cell or shared string, itself included; 0: there is none
	cell     cell
	facts    facts
}

// cell is the one that is being read.
type cell struct {
	kind    string // as its attribute t says
	style   int
	formula bool
	valued  bool // there is a value, if an empty one
	value   []byte
}

// begin starts a part.
func (c *contents) begin(part kindOfPart) {
	*c = contents{
		styles: c.styles, limits: c.limits, lengths: c.lengths, text: c.text, odds: c.odds, tall: c.tall,
		part: part, cell: cell{value: c.cell.value[:0]},
	}
}

// refuse gives a reason why the workbook is not read.
func (c *contents) refuse(err error) bool {
	c.refused = err
	return false
}

// open tells that an element begins.
func (c *contents) open(name []byte) bool {
	c.element = 0
	c.elements++
	if c.depth++; c.depth > maxDepth || c.inText {
		return false
	}
	if c.inside > 0 {
		if c.inside++; c.inside > maxInCell {
			return c.refuse(errSuspicious(errors.New("a cell is made of too many pieces")))
		}
	}
	most := maxElements
	switch c.part {
	case theStrings:
		return c.openText(name)
	case aSheet:
		return c.openInSheet(name)
	case aChain:
		most = maxChain
	}
	return c.elements <= most || c.refuse(errSuspicious(errors.New("a part has too many elements")))
}

func (c *contents) openText(name []byte) bool {
	switch {
	case string(name) == "si":
		if len(c.lengths) == maxTexts {
			return c.refuse(errTooManyTexts())
		}
		sound := c.inside == 0
		c.inside = 1
		c.lengths = append(c.lengths, 0)
		return sound
	case string(name) == "t":
		c.inText = c.inside > 0
	}
	return true
}

func (c *contents) openInSheet(name []byte) bool {
	switch string(name) {
	case "sheetData":
		c.zone++
		return c.zone == amongRows
	case "row":
		if c.zone == afterRows {
			return true
		}
		c.element = aRow
		c.row++
		sound := c.zone == amongRows && !c.inRow
		c.column, c.rowText, c.inRow, c.hidden = 0, 0, true, false
		return sound && (c.row <= excelize.TotalRows || c.refuse(errMisplaced))
	case "c":
		if c.zone == afterRows {
			return true
		}
		c.element = aCell
		c.column++
		sound := c.inRow && c.inside == 0
		c.inside = 1
		c.cell = cell{value: c.cell.value[:0]}
		if c.hidden {
			c.hidden = false
			sound = sound && c.note(0, aHiddenRow)
		}
		return sound && (c.column <= excelize.MaxColumns || c.refuse(errMisplaced))
	case "v", "f", "t":
		return c.inside == 0 || c.openValue(name[0])
	case "mergeCell":
		c.element = aMerge
	}
	return true
}

// openValue tells that an element begins in a cell whose text matters.
func (c *contents) openValue(name byte) bool {
	c.inText = true
	switch twice := c.cell; name {
	case 'v':
		c.cell.valued = true
		return !twice.valued
	case 'f':
		c.cell.formula = true
		return !twice.formula
	}
	return true
}

// attribute tells an attribute of the element that began last.
func (c *contents) attribute(name, value []byte) bool {
	switch {
	case c.element == aMerge && string(name) == "ref":
		return c.zone == afterRows && c.merge(string(value))
	case c.element == aRow && string(name) == "hidden":
		c.hidden = c.hidden || string(value) == "1" || string(value) == "true"
	case c.element == aRow && string(name) == "ht":
		height, err := strconv.ParseFloat(string(value), 64)
		c.hidden = c.hidden || err == nil && height == 0
	case c.element == 0 || len(name) != 1:
		return true
	case c.element == aRow && name[0] == 'r':
		n, err := strconv.Atoi(string(value))
		if err != nil || n < c.row || n > excelize.TotalRows {
			return false
		}
		c.row = n
	case c.element == aCell && name[0] == 'r':
		n, row, err := excelize.CellNameToCoordinates(string(value))
		if err != nil || n < c.column || row != c.row {
			return false
		}
		c.column = n
	case c.element == aCell && name[0] == 's':
		n, err := strconv.Atoi(string(value))
		c.cell.style = n
		return err == nil
	case c.element == aCell && name[0] == 't':
		c.cell.kind = string(value)
	}
	return true
}

// merge takes in a merged range.
func (c *contents) merge(ref string) bool {
	first, last, ok := strings.Cut(ref, ":")
	if !ok {
		last = first
	}
	left, top, err := excelize.CellNameToCoordinates(first)
	right, bottom, err2 := excelize.CellNameToCoordinates(last)
	if err != nil || err2 != nil || left > right || top > bottom {
		return false
	}
	if left == right && top == bottom {
		return true
	}
	c.tall += bottom - top + 1
	if len(c.facts.merged) == maxMerged || c.tall > maxTall {
		return c.refuse(errTooManyMerged())
	}
	c.facts.merged = append(c.facts.merged, cellRange{int32(top), int32(bottom), int32(left), int32(right)})
	return true
}

// close tells that an element ends, and the text between this and the tag before.
func (c *contents) close(name, text []byte) bool {
	c.depth--
	c.element = 0
	if c.inText {
		c.inText = false
		if c.part == theStrings {
			c.lengths[len(c.lengths)-1] += uint32(len(text))
			return true
		}
		if string(name) == "v" {
			c.cell.value = append(c.cell.value[:0], text...)
		}
		return c.count(len(text))
	}
	switch {
	case c.part == theStrings && string(name) == "si":
		c.inside = 0
	case c.part == aSheet && c.zone == amongRows:
		switch string(name) {
		case "c":
			c.inside = 0
			return c.endCell()
		case "row":
			c.inRow = false
		case "sheetData":
			c.zone = afterRows
		}
	}
	return true
}

// count adds to what the cells' texts take. One shared string may be that of a million.
func (c *contents) count(bytes int) bool {
	c.rowText += bytes
	c.text += int64(bytes)
	if c.rowText > maxRowText || c.text > c.limits.Unzipped {
		return c.refuse(errTooMuchText(c.limits.Unzipped))
	}
	return true
}

// endCell judges a cell that is complete.
func (c *contents) endCell() bool {
	value := bytes.TrimSpace(c.cell.value)
	if c.cell.kind == "s" && len(value) > 0 {
		n, err := strconv.Atoi(string(value))
		if err != nil || n < 0 || n >= len(c.lengths) || !c.count(int(c.lengths[n])) {
			return false
		}
	}
	kind, is := c.oddity(value)
	return !is || c.note(c.column, kind)
}

// note takes a fact in.
func (c *contents) note(column int, kind oddity) bool {
	if c.odds++; c.odds > maxOdd {
		return c.refuse(errTooManyOdd())
	}
	c.facts.odd = append(c.facts.odd, newOdd(c.row, column, kind))
	return true
}

// oddity says how the cell is not what it looks like, if so.
func (c *contents) oddity(value []byte) (kind oddity, is bool) {
	var style style
	if c.cell.style >= 0 && c.cell.style < len(c.styles) {
		style = c.styles[c.cell.style]
	}
	empty := len(value) == 0
	switch c.cell.kind {
	case "s", "inlineStr":
		return aText, style.rewords
	case "str":
		return noValue, c.cell.formula && !c.cell.valued
	case "b", "e", "d":
		switch {
		case empty:
			return noValue, c.cell.formula
		case c.cell.kind == "e":
			return anError, true
		}
		return aWrittenDate, c.cell.kind == "d"
	}
	switch {
	case empty:
		return noValue, c.cell.formula
	case style.format == date:
		return aDate, true
	case style.format == digits:
		return 0, false
	}
	return aNumber, style.format == other || !isShortNumber(value)
}

// isShortNumber reports whether a number is shown as it is stored, in General.
func isShortNumber(value []byte) bool {
	return len(value) <= 15 && !bytes.ContainsAny(value, "eE")
}
