// This file decides which sentences the summary has about the use of the workbook, and their
// order. The sentences are in messages.go.

package report

import (
	"btrollout/internal/rollout"
	"btrollout/internal/xlsx"
)

// howTo says how the file is to be used, a line for each thing to know.
func howTo(w *workbook) []rollout.Text {
	b, t := w.batch, w.tally
	lines := nextSteps(b, t)
	if t.attention == 0 {
		return append(lines, nothingToCorrect(b, t, w.failuresInOrder[0].name))
	}
	lines = append(lines, pasting(w.candidates.sheets)...)
	lines = append(lines, correcting(w), sayPrinting(), uploading(b, len(w.failuresInOrder)))
	if w.hints.omitted > 0 {
		lines = append(lines, sayHintsOmitted())
	}
	if !neverEnqueued(b) && b.State != rollout.Stopped && t.open == 0 && t.voiceSites+t.states[rollout.Review] > 0 {
		lines = append(lines, sayAfterEmbedded(idIntoRows(b)))
	}
	return append(lines, sayColumnsIgnored())
}

// correcting says on which sheets to correct what.
func correcting(w *workbook) rollout.Text {
	if n := len(w.failuresInOrder); n > 1 {
		return sayCorrecting(severalSheets(n))
	}
	return sayCorrecting(oneSheet(w.failuresInOrder[0].name))
}

// pasting says how a row takes one of its candidates.
func pasting(sheets []*candidateSheet) (lines []rollout.Text) {
	for _, on := range sheets {
		first, last := xlsx.ColumnName(len(candidateColumns)+1), xlsx.ColumnName(len(candidateColumns)+len(on.source.Columns))
		if len(lines) == 0 {
			lines = append(lines, sayPasting(on.name, on.failures, first, last, xlsx.ColumnName(len(failuresFirst)+1)))
		} else {
			lines = append(lines, sayPastingToo(on.name, on.failures, first, last))
		}
		if len(on.added) > 0 {
			lines = append(lines, sayAddedElements(on.name, on.failures, last, on.added))
		}
		if on.dropped > 0 {
			lines = append(lines, sayCandidatesCut(on.name, on.failures, on.count))
		}
	}
	return lines
}

// nextSteps says what becomes of the sites that need nobody.
func nextSteps(b *rollout.Batch, t *tally) []rollout.Text {
	switch {
	case b.State == rollout.Stopped:
		return []rollout.Text{sayKeepReport(), sayLookUp(idIntoRows(b)), sayLeaveOutReview()}
	case neverEnqueued(b) && t.attention > 0 && t.total > t.attention:
		return []rollout.Text{sayNothingOrderedAndRight(b.File)}
	case neverEnqueued(b):
		return []rollout.Text{sayNothingOrdered()}
	case t.open > 0:
		return []rollout.Text{sayOpenSites()}
	}
	return nil
}

// uploading says what uploading the workbook does, which has that many sheets of failures.
func uploading(b *rollout.Batch, sheets int) rollout.Text {
	upload := sayUploadSheet()
	if sheets > 1 {
		upload = sayUploadSheets()
	}
	if b.State == rollout.Stopped || neverEnqueued(b) {
		return upload
	}
	return sayNoSecondOrder(upload)
}

// nothingToCorrect says what is left to do when the sheet of failures is empty.
func nothingToCorrect(b *rollout.Batch, t *tally, failures string) rollout.Text {
	if neverEnqueued(b) && t.total > 0 {
		return sayNothingToCorrectYet(failures, b.File)
	}
	return sayNothingToCorrect(failures)
}
