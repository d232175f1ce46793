// This file holds the states of a site, and which may follow which.

package rollout

import (
	"fmt"
	"slices"
)

// State says where one site stands between its row and its telephones.
type State string

const (
	// Following means that an earlier row of the site has not ended, and the site cannot be left to
	// it: this row asks for something else, or that one may never be worked on. It waits until that
	// has ended. Entered when the batch is created. Left
	// for what the row becomes then: Imported, Skipped or Rejected; or for Cancelled.
	Following State = "following"
	// Imported means that the row was read and passed the checks at import; it waits for
	// the worker's own validation. Entered when the batch is created, from Following, and from
	// Failed and Cancelled when a person has the row tried again. Left for Validated, Failed,
	// Cancelled or Review.
	Imported State = "imported"
	// Validated means that the worker checked the address with today's rules. Entered from
	// Imported, from Ordering when an attempt certainly made no order, and from
	// Review when a person decided. Left for Ordering; for Ordered or Delivered when
	// the account holds the site's order or voicesite already; for Failed when the
	// row's own voiceSiteId is wrong; for Review when the name is somebody else's.
	Validated State = "validated"
	// Ordering means that an order intent is recorded and an order may exist. Entered from
	// Validated, before the first byte of the POST. Left for Ordered or Delivered
	// when an order was made or found, for Validated when it is certain that none
	// was made, for Failed when the API refused it, for Review when nobody can tell.
	Ordering State = "ordering"
	// Ordered means that the API holds an order that is not delivered yet. Entered from
	// Ordering, or from Validated when the order was found in the account. Left for
	// Delivered, for Failed when the order is rejected, for Review when it stays in
	// progress for too long or the API does not tell what became of it. When its batch is cancelled with its
	// ordered sites, it is left for Failed.
	Ordered State = "ordered"
	// Delivered means that the voicesite exists and has no address yet. Entered from
	// Ordered, Ordering or Validated. Left for Provisioned, Failed or Review. When
	// its batch is cancelled with its ordered sites, it is left for Failed.
	Delivered State = "delivered"

	// Provisioned means that voicesite and address are both in place. Final.
	Provisioned State = "provisioned"
	// Rejected means that the row was wrong at import and never enqueued, or that its site
	// could not become what it asks when the row that it followed had ended. Final. An order that Orange rejects (code
	// order.rejected) makes its site Failed.
	Rejected State = "rejected"
	// Failed means that the API or its rules refused the site, and someone must change the
	// row. Final, unless a person has the row tried again: left for Imported then.
	Failed State = "failed"
	// Skipped means that the row changes nothing: the site is provisioned already, or an
	// earlier upload is working on it (Progress.Elsewhere). Entered when the batch is created,
	// or from Following. Final.
	Skipped State = "skipped"
	// Cancelled means that the upload was withdrawn, or its batch cancelled, before the site was
	// ordered. Entered from Following, Imported or Validated. Final, unless a person has the row tried
	// again: left for Imported then.
	Cancelled State = "cancelled"
	// Review means that whether an order exists, or whose, cannot be known by asking the API,
	// and only a person may decide. Final until then; left for Validated or Failed.
	Review State = "review"
)

// States lists every state, in the order in which people read them.
var States = []State{
	Following, Imported, Validated, Ordering, Ordered, Delivered,
	Provisioned, Skipped, Rejected, Failed, Review, Cancelled,
}

// follows says which state may come after which. A state may always be followed
// by itself: the record changed and the state did not.
var follows = map[State][]State{
	Following: {Imported, Skipped, Rejected, Cancelled},
	Imported:  {Validated, Failed, Cancelled, Review},
	Validated: {Ordering, Ordered, Delivered, Failed, Cancelled, Review},
	Ordering:  {Ordered, Delivered, Validated, Failed, Review},
	Ordered:   {Delivered, Failed, Review},
	Delivered: {Provisioned, Failed, Review},
	Review:    {Validated, Failed},
	Failed:    {Imported},
	Cancelled: {Imported},
}

// Final reports whether the site has ended: no task of its own is left to do. Only
// a person can take a site further, and only from Review, Failed and Cancelled.
func (s State) Final() bool {
	switch s {
	case Provisioned, Rejected, Failed, Skipped, Cancelled, Review:
		return true
	}
	return false
}

// NeedsSomeone reports whether a person has to act on a site that ended here.
func (s State) NeedsSomeone() bool {
	return s == Rejected || s == Failed || s == Review
}

// meanings says each state in words that need no manual.
var meanings = map[State]Text{
	Following:   {"waits for an earlier upload of the site", "attend un envoi antérieur du site"},
	Imported:    {"waiting for validation", "attend la validation"},
	Validated:   {"address checked, waiting for the order", "adresse vérifiée, attend la commande"},
	Ordering:    {"being ordered", "commande en cours d'envoi"},
	Ordered:     {"ordered, waiting for delivery", "commandé, attend la livraison"},
	Delivered:   {"voicesite exists, waiting for its address", "le voicesite existe, attend son adresse"},
	Provisioned: {"voicesite and address in place", "voicesite et adresse en place"},
	Skipped:     {"unchanged: in place, or under way in another batch", "inchangé : en place, ou en cours dans un autre lot"},
	Rejected:    {"wrong in the file, not enqueued", "erroné dans le fichier, non transmis"},
	Failed:      {"refused, the row must be corrected", "refusé, la ligne est à corriger"},
	Review:      {"a person must look it up in the portal", "à vérifier par une personne dans le portail"},
	Cancelled:   {"cancelled before it was ordered", "annulé avant la commande"},
}

// Meaning is the state in plain words.
func (s State) Meaning() Text { return meanings[s] }

// CheckNext returns an error when a site in state s must not move to state to.
func (s State) CheckNext(to State) error {
	if s == to && !s.Final() || slices.Contains(follows[s], to) {
		return nil
	}
	return fmt.Errorf("a site that is %s cannot become %s", s, to)
}

// CheckTransition returns an error when a record must not follow the one that the ledger holds,
// by way of the state passed through, if there is one.
func (p Progress) CheckTransition() error {
	from := p.Recorded
	if p.Passed != "" {
		if err := from.CheckNext(p.Passed); err != nil {
			return err
		}
		from = p.Passed
	}
	return from.CheckNext(p.State)
}

// Stage names the step of a site's way at which something happened. Stages are
// also the names of the queues that carry the steps; polling has none.
type Stage string

// The stages, in their order.
const (
	StageImport   Stage = "import"   // reading and checking the file, before anything is enqueued
	StageValidate Stage = "validate" // the worker's address validation
	StageOrder    Stage = "order"    // the voicesite order
	StagePoll     Stage = "poll"     // waiting for the order's delivery
	StageAddress  Stage = "address"  // the address push
)

// Stage is the step that a site in this state needs next; "" when it has ended.
func (s State) Stage() Stage {
	switch s {
	case Following, Imported:
		return StageValidate
	case Validated, Ordering:
		return StageOrder
	case Ordered:
		return StagePoll
	case Delivered:
		return StageAddress
	}
	return ""
}
