package report

// This file gives marked cells a note that says what is wrong with them, and a list of
// what may be written into them.

import (
	"errors"

	"github.com/xuri/excelize/v2"

	"btrollout/internal/rollout"
	"btrollout/internal/xlsx"
)

const (
	// maxSpeaking is how many cells of a workbook have a note and a list: each costs
	// memory, and nobody reads more of them one by one.
	maxSpeaking = 2_000
	// maxListed is how many values a list has: in a longer one nobody finds anything.
	maxListed = 100
	// author is who wrote the notes, by which they are known again.
	author = "btrollout"
	// listsSheet holds the values of the lists, which may be too long, and have commas,
	// so that they cannot stand beside their cells. It is hidden, and called the same in
	// every language, so that it is known again.
	listsSheet = "bt_lists"
)

// voice is what a workbook's cells say, in all its sheets together.
type voice struct {
	book   *excelize.File
	lists  xlsx.Lists
	spoken int
	silent int // cells beyond maxSpeaking
}

func newVoice(book *excelize.File) *voice {
	return &voice{book: book, lists: xlsx.Lists{Sheet: listsSheet, Header: "bt_list", Layout: xlsx.InRows}}
}

// allows reports whether a cell may have a note and a list, and counts it.
func (v *voice) allows() bool {
	if v.spoken == maxSpeaking {
		v.silent++
		return false
	}
	v.spoken++
	return true
}

// speak gives a cell of a sheet under way its note and its list. height is that of the
// cell's row, in points.
func (v *voice) speak(sheet, cell string, height float64, m mark) error {
	if m.note == "" && len(m.choices) == 0 || !v.allows() {
		return nil
	}
	if m.note == "" {
		return v.offer(sheet, cell, m.choices)
	}
	return errors.Join(
		// The sheet has been told its rows' heights already, and they are forgotten: what
		// is its default now tells only how far down the note reaches.
		v.book.SetSheetProps(sheet, &excelize.SheetPropsOptions{DefaultRowHeight: &height}),
		xlsx.AddNote(v.book, sheet, cell, author, excelize.RichTextRun{Text: xlsx.Sign(author, safe(m.note))}),
		v.offer(sheet, cell, m.choices),
	)
}

// offer gives a cell a list to choose from, which keeps nobody from writing something
// else.
func (v *voice) offer(sheet, cell string, values []string) error {
	if len(values) == 0 {
		return nil
	}
	choices := make([]string, len(values))
	for i, value := range values {
		choices[i] = safe(value)
	}
	formula := v.lists.Formula(xlsx.List{Choices: choices})
	return v.book.AddDataValidation(sheet, xlsx.NewDropDown(cell, formula))
}

// finish writes the lists. text is the look of their values.
func (v *voice) finish(text int) error { return v.lists.Write(v.book, text) }

// silence says that some cells do not speak.
func silence(b *rollout.Batch, v *voice) []string {
	if v.silent == 0 {
		return nil
	}
	return []string{say(b,
		"Only the first %d coloured cells have a note and a list to choose from: for the others, see the columns %s and %s.",
		"Seules les %d premières cellules colorées ont une note et une liste de choix : pour les autres, voyez les colonnes %s et %s.",
		maxSpeaking, rollout.ColumnProblem, rollout.ColumnSuggestion)}
}
