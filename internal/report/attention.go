// This file decides which sites stand among the failures, and which sentences about them and
// about the whole batch depend on the state of the batch. The sentences are in messages.go;
// what is wrong with a row stands in its problems, which row.go shows.

package report

import (
	"strings"

	"btrollout/internal/identity"
	"btrollout/internal/rollout"
)

// needsAttention reports whether a site belongs to the failures: a person has to act on it,
// or it was left open.
func needsAttention(b *rollout.Batch, s *rollout.Site) bool {
	return s.State.NeedsSomeone() || leftOpen(b, s)
}

// leftOpen reports whether a site has not ended and never will, because the run was stopped.
func leftOpen(b *rollout.Batch, s *rollout.Site) bool {
	return b.State == rollout.Stopped && !s.State.Final()
}

// neverEnqueued reports whether no worker ever worked on a site of the batch.
func neverEnqueued(b *rollout.Batch) bool {
	switch b.State {
	case rollout.Checked, rollout.Refused, rollout.Withdrawn:
		return true
	}
	return false
}

// needsVoiceSiteID reports whether a person's decision about a site can only be told by a
// voiceSiteId in its row, because no ledger holds the batch.
func needsVoiceSiteID(b *rollout.Batch, s *rollout.Site) bool {
	return b.State == rollout.Stopped && s.State == rollout.Review && !namesVoiceSite(b, s)
}

// namesVoiceSite reports whether the row itself has a voiceSiteId.
func namesVoiceSite(b *rollout.Batch, s *rollout.Site) bool {
	sheet, _ := b.Locate(s.Row)
	i, _ := sheet.Column(rollout.FieldVoiceSiteID)
	return i >= 0 && i < len(s.Cells) && strings.TrimSpace(s.Cells[i]) != ""
}

// openSite says what to do about a site that was left open. The next upload of its row reads
// the account before it orders anything.
func openSite(b *rollout.Batch, s *rollout.Site) rollout.Text {
	id := voiceSiteID(b, s)
	switch {
	case id != "" && namesVoiceSite(b, s):
		return sayLeftWithOwnVoiceSite(id)
	case id != "":
		return sayLeftDelivered(id)
	case s.State == rollout.Ordered:
		return sayLeftOrdered(s.OrderID, reference(b, s))
	case s.State == rollout.Ordering:
		return sayLeftOrdering(reference(b, s))
	}
	return sayLeftUnordered()
}

// unresolvable says how to settle a site in review that batch resolve cannot settle; the zero
// value for any other site.
func unresolvable(b *rollout.Batch, s *rollout.Site) rollout.Text {
	if !needsVoiceSiteID(b, s) {
		return rollout.Text{}
	}
	return sayNotResolvable(idIntoRow(b, s.Row))
}

// unexplained replaces the problem of a site that has none recorded.
func unexplained(b *rollout.Batch, s *rollout.Site) rollout.Text {
	if s.State == rollout.Review {
		return sayOrderUnknown(reference(b, s))
	}
	return sayNoReason()
}

func reference(b *rollout.Batch, s *rollout.Site) string {
	return identity.Reference(b.Customer, s.Request)
}

// idIntoRow says where a row takes the id of its voicesite.
func idIntoRow(b *rollout.Batch, row rollout.RowRef) rollout.Text {
	sheet, _ := b.Locate(row)
	if i, header := sheet.Column(rollout.FieldVoiceSiteID); i >= 0 {
		return writeID(strings.TrimSpace(header))
	}
	return addIDColumn()
}

// idIntoRows says the same of any row of the file.
func idIntoRows(b *rollout.Batch) rollout.Text {
	if !hasSeveralSheets(b) || commonHeader(b, rollout.FieldVoiceSiteID) != rollout.FieldVoiceSiteID {
		return idIntoRow(b, 0)
	}
	return writeOrAddID()
}

// meanings are those of states of sites in batches that no worker goes on with.
var meanings = map[rollout.BatchState]map[rollout.State]rollout.Text{
	rollout.Checked:   {rollout.Imported: meaningRight, rollout.Following: meaningRight},
	rollout.Refused:   {rollout.Imported: meaningRight, rollout.Following: meaningRight},
	rollout.Withdrawn: {rollout.Imported: meaningBeingEnded, rollout.Following: meaningBeingEnded},
	rollout.Stopped: {
		rollout.Following: meaningNotOrdered,
		rollout.Imported:  meaningNotOrdered,
		rollout.Validated: meaningNotOrdered,
		rollout.Ordering:  meaningOrdering,
		rollout.Ordered:   meaningUndelivered,
		rollout.Delivered: meaningNoAddress,
	},
}

// meaning is what a state of a site means in this batch.
func meaning(b *rollout.Batch, s rollout.State) rollout.Text {
	if words, differs := meanings[b.State][s]; differs {
		return words
	}
	return s.Meaning()
}

// batchState says what became of the batch as a whole.
func batchState(b *rollout.Batch, t *tally) rollout.Text {
	switch {
	case b.State == rollout.Checked:
		return stateChecked
	case b.State == rollout.Refused:
		return stateRefused
	case b.State == rollout.Withdrawn:
		return stateWithdrawn
	case b.State == rollout.Stopped:
		return stateStopped
	case t.open == 0:
		return stateDone
	case b.State == rollout.Blocked && b.Reason != "":
		return stateBlocked(b.Reason)
	}
	return stateOpen(b.State)
}
