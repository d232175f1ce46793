// This file keeps texts from becoming formulas in spreadsheet programs.

package rollout

import (
	"iter"
	"strings"
	"unicode"
)

// formulaStarts are the characters by which a spreadsheet takes a cell for a
// formula. Source: OWASP, "CSV Injection".
const formulaStarts = "=+-@\t\r"

// cellEnds are the characters after which a spreadsheet program begins a cell when it
// reads a CSV file by a separator that is not the file's. Then quotation marks do not
// protect: they count only where a cell begins.
const cellEnds = ",;|\t\r\n"

// Neutralise makes a text safe as a cell of a workbook: what would run as a formula gets a
// leading apostrophe. Restore undoes it; where a text looks neutralised already it gets
// one apostrophe more, so that nothing is lost on the way.
func Neutralise(text string) string {
	return neutralise(text, func(at int) bool {
		return at == 0 && text != "" && strings.IndexByte(formulaStarts, text[0]) >= 0
	})
}

// NeutraliseCSV makes a text safe as a field of a CSV file, whatever separator the program
// that opens it uses: an apostrophe also stands where a formula would begin after a
// separator or a line break within the text. Restore undoes it.
func NeutraliseCSV(text string) string {
	return neutralise(text, func(at int) bool { return beginsFormula(text[at:]) })
}

// neutralise puts an apostrophe where a cell may begin dangerously, and where one stands
// that Restore would take away.
func neutralise(text string, isDangerous func(at int) bool) string {
	var out strings.Builder
	done := 0
	for at := range cellStarts(text) {
		if isDangerous(at) || isNeutralised(text[at:]) {
			out.WriteString(text[done:at])
			out.WriteByte('\'')
			done = at
		}
	}
	if out.Len() == 0 {
		return text
	}
	out.WriteString(text[done:])
	return out.String()
}

// Restore gives back the text that Neutralise or NeutraliseCSV was given.
func Restore(cell string) string {
	if strings.IndexByte(cell, '\'') < 0 {
		return cell
	}
	var out strings.Builder
	done := 0
	for at := range cellStarts(cell) {
		if isNeutralised(cell[at:]) {
			out.WriteString(cell[done:at])
			done = at + 1
		}
	}
	out.WriteString(cell[done:])
	return out.String()
}

// cellStarts yields the places in a text at which a spreadsheet program may begin a cell.
func cellStarts(text string) iter.Seq[int] {
	return func(yield func(int) bool) {
		for at, next := 0, 0; next >= 0 && yield(at); at += next + 1 {
			next = strings.IndexAny(text[at:], cellEnds)
		}
	}
}

// isNeutralised reports whether a cell looks as Neutralise leaves it.
func isNeutralised(cell string) bool {
	return strings.HasPrefix(cell, "'") && beginsFormula(cell)
}

// beginsFormula reports whether a cell begins as a formula does, apart from apostrophes,
// white space that programs strip, and quotation marks: those double in CSV, and two that
// begin a cell vanish.
func beginsFormula(cell string) bool {
	bare := strings.TrimLeftFunc(cell, func(c rune) bool {
		return c == '\'' || c == '"' || c == '\u200B' || c == '\uFEFF' || unicode.IsSpace(c) && !strings.ContainsRune(cellEnds, c)
	})
	return bare != "" && strings.IndexByte(formulaStarts, bare[0]) >= 0
}
