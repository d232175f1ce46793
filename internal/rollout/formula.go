package rollout

import "strings"

// formulaStarts are the characters by which a spreadsheet takes a cell for a
// formula. Source: OWASP, "CSV Injection".
const formulaStarts = "=+-@\t\r"

// Neutralise makes a text safe to open in a spreadsheet: what would run as a
// formula gets a leading apostrophe. Restore undoes it; a text that looks
// neutralised already gets one more, so that nothing is lost on the way.
func Neutralise(text string) string {
	if bare := strings.TrimLeft(text, "'"); bare != "" && strings.ContainsRune(formulaStarts, rune(bare[0])) {
		return "'" + text
	}
	return text
}

// Restore gives back the text that Neutralise was given.
func Restore(cell string) string {
	if bare := strings.TrimLeft(cell, "'"); bare != cell && bare != "" && strings.ContainsRune(formulaStarts, rune(bare[0])) {
		return cell[1:]
	}
	return cell
}
