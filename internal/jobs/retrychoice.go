// Which rows can be tried again, and why others cannot.

package jobs

import (
	"context"
	"errors"

	"btrollout/internal/ledger"
	"btrollout/internal/rollout"
)

// RetryReason is why a row is not tried again. It is permanent: JSON output has it.
type RetryReason string

// The reasons.
const (
	NotInBatch    RetryReason = "not-in-batch"    // the batch has no such row
	NotEnded      RetryReason = "not-ended"       // the row is still under way
	InPlace       RetryReason = "in-place"        // the row is provisioned, or had nothing to do
	LeftToOther   RetryReason = "left-to-other"   // the row leaves its site to another one
	InReview      RetryReason = "in-review"       // only a decision takes it further
	WrongInFile   RetryReason = "wrong-in-file"   // the row was rejected at import
	GivenUp       RetryReason = "given-up"        // a person gave the row up, and nobody named it
	InDoubt       RetryReason = "in-doubt"        // an earlier row of the site may have made an order
	RowDamaged    RetryReason = "damaged"         // its record, or that of the row that has its site, cannot be read
	Withdrawn     RetryReason = "withdrawn"       // its upload never became whole
	TakenOver     RetryReason = "taken-over"      // a later row claimed the site, and has ended
	UnderWay      RetryReason = "under-way"       // another row of the site has not ended
	InPlaceSince  RetryReason = "in-place-since"  // another row of the site provisioned it
	OtherInReview RetryReason = "other-in-review" // another row of the site is in review
	Changed       RetryReason = "changed"         // the row changed since the plan was made
)

// retryReasons says the reasons in words that follow the number of rows.
var retryReasons = map[RetryReason]rollout.Text{
	NotInBatch: rollout.Say("not in the batch: see its report", "absente du lot : voyez son rapport"),
	NotEnded:   rollout.Say("still under way", "encore en cours de traitement"),
	InPlace:    rollout.Say("in place: there is nothing to do", "en place : il n'y a rien à faire"),
	LeftToOther: rollout.Say(
		"left to another row of the same site: try that one again",
		"laissée à une autre ligne du même site : c'est celle-là qu'il faut relancer"),
	InReview: rollout.Say(
		"in review: decide with batch resolve", "à vérifier par une personne : décidez avec batch resolve"),
	WrongInFile: rollout.Say(
		"wrong in the file: correct the row and upload it", "erronée dans le fichier : corrigez la ligne et envoyez-la"),
	GivenUp: rollout.Say(
		"given up by a person: make sure that no order is under way, and name the row with --row, or choose --code site.given-up",
		"abandonnée par une personne : assurez-vous qu'aucune commande n'est en cours, puis nommez la ligne avec --row, "+
			"ou choisissez --code site.given-up"),
	InDoubt: rollout.Say(
		"in doubt: an earlier row of the site may have made an order",
		"incertaine : une ligne antérieure du site a peut-être passé une commande"),
	RowDamaged: rollout.Say(
		"a record of the site cannot be read any more: upload the row again",
		"un enregistrement du site n'est plus lisible : envoyez de nouveau la ligne"),
	Withdrawn: rollout.Say(
		"the upload was withdrawn before it was whole: enqueue the file again",
		"l'envoi a été retiré avant d'être complet : envoyez de nouveau le fichier"),
	TakenOver: rollout.Say(
		"its site was taken over by a later upload: try the row of that one again",
		"son site a été repris par un envoi ultérieur : relancez la ligne de celui-là"),
	UnderWay: rollout.Say(
		"another row of its site is under way, or waits for its turn", "une autre ligne de son site est en cours, ou attend son tour"),
	InPlaceSince: rollout.Say(
		"another row of its site has provisioned it since", "une autre ligne a mis son site en place depuis"),
	OtherInReview: rollout.Say(
		"another row of its site is in review: decide about that one with batch resolve",
		"une autre ligne de son site est à vérifier par une personne : décidez à son sujet avec batch resolve"),
	Changed: rollout.Say("changed at this moment: look at it again", "modifiée à l'instant : regardez-la de nouveau"),
}

// Words says the reason in words that follow a number of rows.
func (r RetryReason) Words() rollout.Text { return retryReasons[r] }

// chooser makes a RetryPlan.
type chooser struct {
	ledger *ledger.Ledger
	sel    Selection
	plan   RetryPlan
	unseen map[rollout.RowRef]bool // rows that were named, and not read yet
}

// takes reports whether a row is selected. Rows that nobody named are selected only if they did not
// get what they ask.
func (c *chooser) takes(s rollout.Site) bool {
	if len(c.sel.Rows) == 0 {
		return (s.State == rollout.Cancelled || s.State.NeedsSomeone()) && (c.sel.Matches == nil || c.sel.Matches(s))
	}
	named := c.unseen[s.Row]
	delete(c.unseen, s.Row)
	return named && (c.sel.Matches == nil || c.sel.Matches(s))
}

// refuse notes why a row is not tried again; other is the row that is the reason, "" if none is.
func (c *chooser) refuse(s rollout.Site, reason RetryReason, other *rollout.Place) {
	c.plan.Not = append(c.plan.Not, NotRetried{Row: s.Row, Name: s.Name, Reason: reason, Other: other})
}

// choose decides about selected rows: by their own records, then by the claims on their sites.
func (c *chooser) choose(ctx context.Context, sites []rollout.Site) error {
	var names []string
	var possible []rollout.Site
	for _, s := range sites {
		if reason := c.ownReason(s); reason != "" {
			c.refuse(s, reason, nil)
			continue
		}
		names, possible = append(names, s.Name), append(possible, s)
	}
	if len(possible) == 0 {
		return nil
	}
	customer := c.plan.Batch.Customer
	claims, err := c.ledger.Claims(ctx, customer, names)
	if err != nil {
		return err
	}
	followers, err := c.ledger.Followers(ctx, claims...)
	if err != nil {
		return err
	}
	for i, s := range possible {
		if err := c.chooseClaimed(ctx, s, claims[i], followers[i]); err != nil {
			return err
		}
	}
	return nil
}

// ownReason is why a row is not tried again, as far as its own record says; "" if it may be.
func (c *chooser) ownReason(s rollout.Site) RetryReason {
	b := c.plan.Batch
	switch {
	case s.State == rollout.Review:
		return InReview
	case s.State == rollout.Rejected:
		return WrongInFile
	case s.State == rollout.Skipped && s.Elsewhere != nil:
		return LeftToOther
	case s.State == rollout.Provisioned || s.State == rollout.Skipped:
		return InPlace
	case !s.State.Final():
		return NotEnded
	case b.State == rollout.Withdrawn || !b.WithdrawnAt.IsZero():
		return Withdrawn
	case s.Name == "":
		return RowDamaged
	case s.InDoubt:
		return InDoubt
	case !c.sel.GivenUp && len(c.sel.Rows) == 0 && len(s.Problems) > 0 && s.Problems[len(s.Problems)-1].Code == CodeGivenUp:
		return GivenUp
	}
	return ""
}

// chooseClaimed decides about a row by the claim on its site, and by the row that follows the one
// with the claim.
func (c *chooser) chooseClaimed(ctx context.Context, s rollout.Site, claim, follower ledger.Claim) error {
	own := ledger.Claim{Batch: s.Batch, Row: s.Row}
	if claim != own {
		_, refused, err := takeOver(ctx, c.ledger, c.plan.Batch, s)
		if err != nil {
			return err
		}
		if refused != nil {
			c.plan.Not = append(c.plan.Not, *refused)
			return nil
		}
	} else if follower != (ledger.Claim{}) {
		ln, err := recogniser{ledger: c.ledger}.lineBehind(ctx, row{own, c.plan.Batch, s}, follower, ledger.Claim{})
		if err != nil {
			return err
		}
		if ln.ahead.isOpen() {
			c.refuse(s, UnderWay, placeOf(ln.ahead))
			return nil
		}
	}
	c.plan.Rows = append(c.plan.Rows, RetryRow{Row: s.Row, Need: orderNeedOf(s), version: s.Version, claims: claim != own})
	return nil
}

// placeOf is where a row is.
func placeOf(r row) *rollout.Place {
	return &rollout.Place{Batch: r.at.Batch, Row: r.at.Row, Name: r.b.RowName(r.at.Row)}
}

// takeOver decides whether a row that ended may take its site over from the row that has the claim:
// only if that one has ended without success, and is no newer. A row of an upload that was withdrawn
// never worked, and is no obstacle. Otherwise refused says why not. The entry is the row as an upload
// would be recognised, with what must still be so when the claim is taken.
func takeOver(ctx context.Context, l *ledger.Ledger, b rollout.Batch, s rollout.Site) (e ledger.Entry, refused *NotRetried, err error) {
	no := func(reason RetryReason, other *rollout.Place) (ledger.Entry, *NotRetried, error) {
		return e, &NotRetried{Row: s.Row, Name: s.Name, Reason: reason, Other: other}, nil
	}
	claims, err := l.Claims(ctx, b.Customer, []string{s.Name})
	if err != nil {
		return e, nil, err
	}
	followers, err := l.Followers(ctx, claims...)
	if err != nil {
		return e, nil, err
	}
	e = ledger.Entry{Site: asUploaded(s), Seen: claims[0]}
	r := recogniser{ledger: l}
	if e.Seen.IsDamaged() {
		return no(RowDamaged, nil)
	}
	holder, err := r.read(ctx, e.Seen)
	switch {
	case errors.Is(err, ledger.ErrDamaged):
		return no(RowDamaged, nil)
	case err != nil && !errors.Is(err, ledger.ErrNotFound):
		return e, nil, err
	}
	withdrawn := holder.b.State == rollout.Withdrawn || !holder.b.WithdrawnAt.IsZero()
	switch state := holder.s.State; {
	case holder.isOpen():
		return no(UnderWay, placeOf(holder))
	case state == rollout.Provisioned || state == rollout.Skipped:
		return no(InPlaceSince, placeOf(holder))
	case state == rollout.Review || holder.s.InDoubt:
		return no(OtherInReview, placeOf(holder))
	case holder.b.Entered.After(b.Entered) && !withdrawn:
		return no(TakenOver, placeOf(holder))
	}
	ahead, err := r.recognise(ctx, &e, followers[0], ledger.Claim{Batch: s.Batch, Row: s.Row})
	switch {
	case err != nil:
		return e, nil, err
	case ahead.isOpen():
		return no(UnderWay, placeOf(ahead))
	case e.Site.State != rollout.Imported:
		return no(TakenOver, placeOf(holder))
	}
	return e, nil, nil
}
