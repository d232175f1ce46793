package importer

// This file follows the elements of sheets and shared strings, and finds what
// excelize reads as something else than what stands there. That they are XML is
// found by those who tell of the elements: plain.go and wellFormed.

import (
	"bytes"
	"errors"
	"strconv"

	"github.com/xuri/excelize/v2"
)

// errMisplaced says that values would be lost, or be taken for another column's
// or row's: excelize puts a row that is out of order into the one before it and a
// cell that is out of order further right, and it reads a cell that it does not
// understand as empty.
var errMisplaced = errors.New("a row, a cell or a shared string is not where it must be")

// element is one whose attributes matter; 0 is any other.
type element byte

const (
	aRow element = iota + 1
	aCell
)

// contents is what has been seen of a workbook. Each method reports whether the
// part may still be sound. Names are without their prefixes.
type contents struct {
	element element // the last that began
	row     int     // the last row and, in it, the last cell
	column  int
	shared  bool // the last cell's value is the place of a shared string
	needed  int  // how many shared strings the cells make necessary
	found   int  // how many there are
}

// whole reports whether every shared string that a cell shows is there.
func (c *contents) whole() bool { return c.needed <= c.found }

// begin starts a sheet or the shared strings.
func (c *contents) begin() { *c = contents{needed: c.needed, found: c.found} }

// open tells that an element begins.
func (c *contents) open(name []byte) {
	c.element = 0
	switch string(name) {
	case "si":
		c.found++
	case "row":
		c.element = aRow
		c.row++
		c.column = 0
	case "c":
		c.element = aCell
		c.column++
	}
}

// attribute tells an attribute of the element that began last.
func (c *contents) attribute(name, value []byte) bool {
	switch {
	case c.element == 0 || len(name) != 1:
		return true
	case c.element == aRow && name[0] == 'r':
		n, err := strconv.Atoi(string(value))
		if err != nil || n < c.row {
			return false
		}
		c.row = n
	case c.element == aCell && name[0] == 'r':
		n, _, err := excelize.CellNameToCoordinates(string(value))
		if err != nil || n < c.column {
			return false
		}
		c.column = n
	case c.element == aCell && name[0] == 's':
		_, err := strconv.Atoi(string(value))
		return err == nil
	case c.element == aCell && name[0] == 't':
		c.shared = string(value) == "s"
	}
	return true
}

// close tells that an element ends, and the text between this and the tag before.
func (c *contents) close(name, text []byte) bool {
	switch {
	case string(name) == "c":
		c.shared = false
	case c.shared && string(name) == "v" && len(text) > 0:
		n, err := strconv.Atoi(string(bytes.TrimSpace(text)))
		if err != nil || n < 0 {
			return false
		}
		c.needed = max(c.needed, n+1)
	}
	return true
}
