package report

// This file holds what the report tells people as far as it depends on the state
// of their batch: who stands among the failures, what is to be done about sites
// that were left open, what states mean, how the file is to be used. What is
// wrong with a row stands in its problems, and row.go shows these.

import (
	"fmt"
	"strings"

	"btrollout/internal/rollout"
)

// portal is where people look up what the API does not tell.
const portal = "the Business Talk Online portal"

// needsAttention reports whether a site belongs to the failures: a person has to
// act on it or, in a batch that nobody goes on with, it has not ended.
func needsAttention(b *rollout.Batch, s *rollout.Site) bool {
	return s.State.NeedsSomeone() || leftOpen(b, s)
}

// leftOpen reports whether a site has not ended and never will.
func leftOpen(b *rollout.Batch, s *rollout.Site) bool {
	return b.State == rollout.Stopped && !s.State.Final()
}

// neverEnqueued reports whether no site of the batch was ever worked on.
func neverEnqueued(b *rollout.Batch) bool {
	switch b.State {
	case rollout.Checked, rollout.Refused, rollout.Withdrawn:
		return true
	}
	return false
}

// needsVoiceSiteID reports whether uploading a row again could order its site a
// second time, because nothing remembers the batch and the row does not name the
// voicesite.
func needsVoiceSiteID(b *rollout.Batch, s *rollout.Site) bool {
	if b.State != rollout.Stopped || namesVoiceSite(b, s) || !needsAttention(b, s) {
		return false
	}
	switch s.State {
	case rollout.Ordering, rollout.Ordered, rollout.Review:
		return true
	}
	return voiceSiteID(b, s) != ""
}

// namesVoiceSite reports whether the row itself brings a voiceSiteId.
func namesVoiceSite(b *rollout.Batch, s *rollout.Site) bool {
	i, _ := b.Column(rollout.FieldVoiceSiteID)
	return i >= 0 && i < len(s.Cells) && strings.TrimSpace(s.Cells[i]) != ""
}

// openSite says what to do about a site that was left open.
func openSite(b *rollout.Batch, s *rollout.Site) string {
	id := voiceSiteID(b, s)
	switch {
	case id != "" && namesVoiceSite(b, s):
		return fmt.Sprintf("The run was stopped before the address of voicesite %s was in place: upload this row again; only the address is sent.", id)
	case id != "":
		return fmt.Sprintf("Voicesite %s exists, and the run was stopped before its address was in place: %s and upload this row again; only the address is sent.", id, intoRow(b, id))
	case s.State == rollout.Ordered:
		return fmt.Sprintf("Order %s was made, and the run was stopped before it was delivered: wait for its voicesite in %s, %s, then upload this row again; only the address is sent.", s.OrderID, portal, intoRow(b, "its id"))
	case s.State == rollout.Ordering:
		return fmt.Sprintf("The run was stopped while the order was being made, and nobody knows whether it arrived: look for customerOrderReference %s in %s first; if the order is there, wait for its voicesite and %s before uploading this row again; if it is not, upload the row as it is.", reference(b, s), portal, intoRow(b, "its id"))
	}
	return "The run was stopped before anything was ordered for this site: upload this row again."
}

// forgotten adds to the problems of a site that ended in a stopped run what they
// take for granted otherwise: that the next upload knows about its order.
func forgotten(b *rollout.Batch, s *rollout.Site) string {
	id := voiceSiteID(b, s)
	switch {
	case !needsVoiceSiteID(b, s):
		return ""
	case id != "":
		return fmt.Sprintf("Nothing remembers this run: %s before uploading this row again, or the site is ordered a second time.", intoRow(b, id))
	}
	return fmt.Sprintf("Nothing remembers this run: take this row out until that is settled; should there be a voicesite, %s.", intoRow(b, "its id"))
}

// unexplained stands in for a problem that nobody wrote down.
func unexplained(b *rollout.Batch, s *rollout.Site) string {
	if s.State == rollout.Review {
		return fmt.Sprintf("Whether this site was ordered is not known: look for customerOrderReference %s in %s before uploading this row again.", reference(b, s), portal)
	}
	return fmt.Sprintf("The site was not provisioned, and no reason was recorded: check the row, look for its voicesite in %s, and upload the row again if there is none.", portal)
}

func reference(b *rollout.Batch, s *rollout.Site) string {
	return rollout.OrderReference(b.Customer, s.Request)
}

// intoRow asks to write a voicesite's id where the next upload looks for it.
func intoRow(b *rollout.Batch, id string) string {
	if i, header := b.Column(rollout.FieldVoiceSiteID); i >= 0 {
		return fmt.Sprintf("write %s into the column %s", id, strings.TrimSpace(header))
	}
	return fmt.Sprintf("add a column %s with %s in it", rollout.FieldVoiceSiteID, id)
}

// meaningsIn are the meanings of states that differ in batches that nobody works on.
var meaningsIn = map[rollout.BatchState]map[rollout.State]string{
	rollout.Checked:   {rollout.Imported: "right in the file, not enqueued"},
	rollout.Refused:   {rollout.Imported: "right in the file, not enqueued"},
	rollout.Withdrawn: {rollout.Imported: "right in the file, being cancelled"},
	rollout.Stopped: {
		rollout.Imported:  "left before anything was ordered",
		rollout.Validated: "left before anything was ordered",
		rollout.Ordering:  "left while the order was being made",
		rollout.Ordered:   "ordered, and left before delivery",
		rollout.Delivered: "voicesite exists, left without address",
	},
}

func meaning(b *rollout.Batch, s rollout.State) string {
	if words, differs := meaningsIn[b.State][s]; differs {
		return words
	}
	return s.Meaning()
}

// standing says what became of the batch as a whole.
func standing(b *rollout.Batch, t *tally) string {
	switch {
	case b.State == rollout.Checked:
		return "checked: nothing was enqueued"
	case b.State == rollout.Refused:
		return "refused: rows are wrong, and nothing was enqueued"
	case b.State == rollout.Withdrawn:
		return "withdrawn: the upload ended before it was whole, and nothing was ordered"
	case b.State == rollout.Stopped:
		return "stopped before every site had ended"
	case t.open == 0:
		return "done"
	case b.State == rollout.Blocked && b.Reason != "":
		return "blocked: " + b.Reason
	}
	return string(b.State)
}

// howTo says how the file is to be used, a line for each thing to know.
func howTo(b *rollout.Batch, t *tally) []string {
	lines := outlook(b, t)
	if t.attention == 0 {
		return append(lines, noRow(b, t))
	}
	lines = append(lines,
		"Correct the coloured cells on the sheet “"+failuresSheet+"”; the column "+problemColumn+" says what is wrong in each row and what to do. Where "+problemColumn+" itself is coloured, no single cell is to blame: do what it says, and add the column that it names if the file lacks it.",
		upload(b))
	if !neverEnqueued(b) && b.State != rollout.Stopped && t.voiceSites > 0 {
		lines = append(lines, fmt.Sprintf("After a run with --embedded, nothing is remembered: before you upload rows of “%s” that have a bt_voicesite_id, %s.", failuresSheet, intoRow(b, "that id")))
	}
	return append(lines, "Columns whose names start with bt_ are ignored by the upload, so they can stay.")
}

// outlook says what becomes of the sites that need nobody.
func outlook(b *rollout.Batch, t *tally) []string {
	switch {
	case b.State == rollout.Stopped:
		return []string{
			"The run was stopped, and nothing but this report remembers the batch: keep it, and do not upload the original file again, or sites are ordered a second time.",
			"Rows whose bt_state is ordering, ordered or delivered, and all others on “" + failuresSheet + "” that have a bt_voicesite_id, must first get their voiceSiteId, as " + problemColumn + " says.",
		}
	case neverEnqueued(b) && t.attention > 0 && t.total > t.attention:
		return []string{fmt.Sprintf("Nothing was enqueued and nothing was ordered. The rows that are right stand on “%s” only, and uploading this workbook leaves them out: to send all rows together, correct the wrong ones in your own file %s and upload that.", allSheet, b.File)}
	case neverEnqueued(b):
		return []string{"Nothing was enqueued and nothing was ordered."}
	case t.open > 0:
		return []string{"Sites that have not ended stand on “" + allSheet + "” only. btrollout goes on with them: do not upload them again, and have the report written again when the batch is done."}
	}
	return nil
}

// upload says what uploading the workbook does.
func upload(b *rollout.Batch) string {
	const save = "Save the workbook and upload it as it is: that sheet is read, and no other."
	if b.State == rollout.Stopped || neverEnqueued(b) {
		return save
	}
	return save + " btrollout remembers in its Redis what was ordered: with the same Redis, no site is ordered a second time."
}

// noRow says what is left to do when the sheet of failures is empty.
func noRow(b *rollout.Batch, t *tally) string {
	const none = "No row needs correcting, so the sheet “" + failuresSheet + "” has none"
	if neverEnqueued(b) && t.total > 0 {
		return none + ": upload your file " + b.File + " to have it carried out."
	}
	return none + "."
}
