// This file writes the audit log on the summary: who did what to the batch, and when.

package report

import (
	"fmt"

	"btrollout/internal/rollout"
)

// maxLogEntries is the number of entries of the audit log that the summary shows, the last ones.
const maxLogEntries = 50

// log writes the audit log, the oldest entry first.
func (p *page) log(entries []rollout.AuditEntry) {
	if len(entries) == 0 {
		return
	}
	p.title(titleLog)
	earlier := max(0, len(entries)-maxLogEntries)
	if earlier > 0 {
		p.line(sayLogCut(maxLogEntries, len(entries), p.batch.ID))
	}
	p.heads(headWhen, headWho, "", headWhat)
	for _, e := range entries[earlier:] {
		what := sayEvent(e).In(p.batch.Lang)
		p.cells(timeText(e.At), e.Who, "", what)
		p.try(func() error {
			return p.book.MergeCell(p.sheet, fmt.Sprintf("%s%d", secondColumn, p.row), fmt.Sprintf("%s%d", thirdColumn, p.row))
		})
		p.raise(e.Who, secondWidth+thirdWidth)
		p.raise(what, lastWidth)
	}
}
