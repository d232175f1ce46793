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

// needsVoiceSiteID reports whether a person's decision about a site can only be told
// by a voiceSiteId in its row, because nothing remembers the batch.
func needsVoiceSiteID(b *rollout.Batch, s *rollout.Site) bool {
	return b.State == rollout.Stopped && s.State == rollout.Review && !namesVoiceSite(b, s)
}

// namesVoiceSite reports whether the row itself brings a voiceSiteId.
func namesVoiceSite(b *rollout.Batch, s *rollout.Site) bool {
	i, _ := b.Column(rollout.FieldVoiceSiteID)
	return i >= 0 && i < len(s.Cells) && strings.TrimSpace(s.Cells[i]) != ""
}

// openSite says what to do about a site that was left open. Its next upload looks
// into the account before it orders anything.
func openSite(b *rollout.Batch, s *rollout.Site) string {
	id := voiceSiteID(b, s)
	switch {
	case id != "" && namesVoiceSite(b, s):
		return fmt.Sprintf("The run was stopped before the address of voicesite %s was in place: upload this row again; only the address is sent.", id)
	case id != "":
		return fmt.Sprintf("Voicesite %s exists, and the run was stopped before its address was in place: upload this row again; the voicesite is found in the account, and only the address is sent.", id)
	case s.State == rollout.Ordered:
		return fmt.Sprintf("Order %s was made, and the run was stopped before it was delivered: upload this row again; the order is found in the account by its customerOrderReference %s, and not made a second time.", s.OrderID, reference(b, s))
	case s.State == rollout.Ordering:
		return fmt.Sprintf("The run was stopped while the order was being made, and nobody knows whether it arrived: upload this row again; the account is searched for customerOrderReference %s first, and the order is made only if it is not there.", reference(b, s))
	}
	return "The run was stopped before anything was ordered for this site: upload this row again."
}

// forgotten adds to the problems of a site in review what they take for granted
// otherwise: that somebody remembers the batch, and takes a decision about it.
func forgotten(b *rollout.Batch, s *rollout.Site) string {
	if !needsVoiceSiteID(b, s) {
		return ""
	}
	return fmt.Sprintf("Nothing remembers this run, so batch resolve cannot be used: settle it in %s, and leave this row out until then; should there be a voicesite, %s.", portal, intoRow(b, "its id"))
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
	return s.Meaning().In(b.Lang)
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
	if !neverEnqueued(b) && b.State != rollout.Stopped && t.open == 0 && t.voiceSites+t.states[rollout.Review] > 0 {
		lines = append(lines, fmt.Sprintf("After a run with --embedded, nothing is remembered: sites that were ordered are found in the account when their rows are uploaded again, %s. Rows in review cannot be resolved then: look them up in %s first and, should there be a voicesite, %s.", unlessHidden, portal, intoRow(b, "its id")))
	}
	return append(lines, "Columns whose names start with bt_ are ignored by the upload, so they can stay.")
}

// unlessHidden is the limit of what a run can find that remembers nothing; the words
// quoted are those of the log.
const unlessHidden = "unless the run warned that the API “does not show all of the account's orders and voicesites”"

// outlook says what becomes of the sites that need nobody.
func outlook(b *rollout.Batch, t *tally) []string {
	switch {
	case b.State == rollout.Stopped:
		return []string{
			"The run was stopped, and nothing but this report remembers the batch: keep it. You may upload this workbook or the original file again: sites that were ordered are found in the account by their customerOrderReference, and none is ordered a second time, " + unlessHidden + ".",
			"If it did, look up rows whose bt_state is ordering, ordered or delivered in " + portal + " first and, where there is a voicesite, " + intoRow(b, "its id") + ".",
			"In any case, leave rows out whose bt_state is review until they are settled, change neither technicalSiteName nor customerOrderReference of the others, and let no two runs order the same sites at the same time.",
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
