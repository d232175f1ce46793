// Recognises the sites of an upload that earlier uploads know: a row may have nothing to do,
// less to do, or have to wait for another row of the site. A row that waits is recognised again
// when that one has ended (follow.go).

package jobs

import (
	"context"
	"errors"
	"maps"
	"time"

	"btrollout/internal/identity"
	"btrollout/internal/ledger"
	"btrollout/internal/rollout"
)

// Recognise compares rows with what earlier uploads made of the same sites, and
// marks those that need no order, no work, or must wait. The entries returned are
// what Submit takes.
func Recognise(ctx context.Context, l *ledger.Ledger, customer string, sites []rollout.Site) ([]ledger.Entry, error) {
	return recogniseAll(ctx, l, customer, sites, time.Time{})
}

// recogniseAll is Recognise for rows whose batch was entered then; the zero time: it is not yet.
func recogniseAll(
	ctx context.Context, l *ledger.Ledger, customer string, sites []rollout.Site, entered time.Time,
) ([]ledger.Entry, error) {
	names := make([]string, len(sites))
	for i, s := range sites {
		names[i] = s.Name
	}
	claims, err := l.Claims(ctx, customer, names)
	if err != nil {
		return nil, err
	}
	followers, err := l.Followers(ctx, claims...)
	if err != nil {
		return nil, err
	}
	key, err := l.AddressKey(ctx)
	if err != nil {
		return nil, err
	}
	r := recogniser{
		ledger: l, entered: entered, addresses: key,
		endDead: func(ctx context.Context, batch string) error { return withdrawDead(ctx, l, batch) },
	}
	entries := make([]ledger.Entry, len(sites))
	for i, s := range sites {
		e := ledger.Entry{Site: s, Seen: claims[i]}
		if s.State == rollout.Imported && claims[i] != (ledger.Claim{}) {
			if _, err := r.recognise(ctx, &e, followers[i], ledger.Claim{}); err != nil {
				return nil, err
			}
		}
		e.Claim = e.Site.State == rollout.Imported || e.Site.State == rollout.Skipped && e.Site.Elsewhere == nil
		if e.Site.State == rollout.Rejected {
			e = ledger.Entry{Site: e.Site}
		}
		entries[i] = e
	}
	return entries, nil
}

// asUploaded is a row as it was before it was recognised.
func asUploaded(s rollout.Site) rollout.Site {
	s.Progress = rollout.Progress{State: rollout.Imported, Notes: s.Notes}
	return s
}

// recogniser reads the rows that earlier uploads made.
type recogniser struct {
	ledger *ledger.Ledger
	// addresses recalls the addresses of rows whose batches were purged.
	addresses ledger.AddressKey
	// endDead, unless nil, withdraws an upload that is being written, if it is dead.
	endDead func(ctx context.Context, batch string) error
	// entered is when the batch of the rows was entered; zero: it is newer than all.
	entered time.Time
}

// isNewer reports whether another row is of a batch that was entered after the batch of the rows,
// and asks for something else than s. Its upload is the newer one, although it was faster. A row
// of an upload that was withdrawn says nothing.
func (r recogniser) isNewer(other row, s rollout.Site) bool {
	withdrawn := other.b.State == rollout.Withdrawn || !other.b.WithdrawnAt.IsZero()
	return !r.entered.IsZero() && !other.b.Entered.Before(r.entered) && !withdrawn && !asksTheSame(s, other.s)
}

// row is a row of an earlier upload, as it stands.
type row struct {
	at ledger.Claim
	b  rollout.Batch
	s  rollout.Site
}

// isOpen reports whether a row has not ended, and will be worked on.
func (r row) isOpen() bool {
	return r.s.State != "" && !r.s.State.Final() && r.b.State != rollout.Withdrawn
}

// read reads a row. The error is ledger.ErrNotFound or ledger.ErrDamaged if there is none.
func (r recogniser) read(ctx context.Context, at ledger.Claim) (row, error) {
	b, s, err := r.ledger.Load(ctx, at.Batch, at.Row)
	if err == nil && b.State == rollout.Importing && r.endDead != nil {
		if err = r.endDead(ctx, b.ID); err == nil {
			b, s, err = r.ledger.Load(ctx, at.Batch, at.Row)
		}
	}
	return row{at, b, s}, err
}

// line is where a row stands behind earlier rows of its site: the one that has the claim, the
// row that follows that one, and so on.
type line struct {
	ahead    row          // the last that has not ended, if one has not
	last     ledger.Claim // the last, and
	follower ledger.Claim // the row that follows ahead and has ended, if there is one; it is replaced
	found    bool         // the row itself stands in the line; what is behind it was not read
}

// lineBehind reads the line that begins with a row and its follower, up to self; the zero Claim:
// to its end.
func (r recogniser) lineBehind(ctx context.Context, first row, follower, self ledger.Claim) (line, error) {
	var ln line
	at, next := first, follower
	for range ledger.MostFollowers {
		if ln.last = at.at; at.isOpen() {
			ln.ahead, ln.follower = at, next
		}
		if next == (ledger.Claim{}) {
			break
		}
		if ln.found = next == self; ln.found {
			break
		}
		var err error
		if at, err = r.read(ctx, next); err != nil && !errors.Is(err, ledger.ErrNotFound) && !errors.Is(err, ledger.ErrDamaged) {
			return ln, err
		}
		behind, err := r.ledger.Followers(ctx, next)
		if err != nil {
			return ln, err
		}
		next = behind[0]
	}
	return ln, nil
}

// recognise decides what a row means whose site is claimed, and notes in the entry what must still
// be so when the row is written. follower is the row that follows the one with the claim, and
// self the row itself, if it is in the ledger. recognise returns the row for which it waits, if
// it waits.
func (r recogniser) recognise(ctx context.Context, e *ledger.Entry, follower, self ledger.Claim) (ahead row, err error) {
	s := &e.Site
	if e.Seen.IsDamaged() {
		reject(s, problemRecordDamaged(*s, e.Seen.Batch))
		return row{}, nil
	}
	was, err := r.read(ctx, e.Seen)
	switch {
	case errors.Is(err, ledger.ErrDamaged): // it may have been ordered
		reject(s, problemRecordDamaged(*s, e.Seen.Batch))
		return row{}, nil
	case err != nil && !errors.Is(err, ledger.ErrNotFound): // if it is not found, the account shows it
		return row{}, err
	}
	r.addresses.Recall(&was.s, s.Address)
	ln, err := r.lineBehind(ctx, was, follower, self)
	waitedFor := s.Elsewhere
	s.Elsewhere, s.LeftAsIs = nil, nil
	switch {
	case err != nil:
		return row{}, err
	case ln.ahead.isOpen() && r.isNewer(ln.ahead, *s), !ln.ahead.isOpen() && r.isNewer(was, *s):
		reject(s, problemTakenDuringUpload(*s))
	case waitedFor != nil && !ln.found && was.s.State != "" && e.Seen != placeClaim(*waitedFor) && ln.ahead.at != placeClaim(*waitedFor):
		reject(s, problemTakenDuringUpload(*s)) // whether the row with the claim is newer is not known
	case !ln.ahead.isOpen():
		e.Behind = ln.last
		if was.s.State != "" {
			compare(s, was.b, was.s)
		}
		if was.s.State.Final() {
			e.Seen.Version = was.s.Version // only a person can change it, and may do so before the row is written
		}
	default:
		e.Behind, e.Follower = ln.ahead.at, ln.follower
		leaveOrFollow(s, ln.ahead)
		return ln.ahead, nil
	}
	return row{}, nil
}

// placeClaim is the claim of a row.
func placeClaim(p rollout.Place) ledger.Claim { return ledger.Claim{Batch: p.Batch, Row: p.Row} }

// leaveOrFollow decides what a row means while an earlier row of its site has not ended: if that one
// is worked on and asks for the same, the site is left to it; otherwise the row follows it. Whether an
// upload that is still being written becomes whole is not known, nor whether a row that follows
// another itself will ever be worked on, so these are followed in any case; and so are those of a batch
// that was cancelled.
func leaveOrFollow(s *rollout.Site, ahead row) {
	if !identity.Same(s.Name, ahead.s.Name) {
		reject(s, problemNameAlike(*s, ahead.b, ahead.s))
		return
	}
	s.Elsewhere = &rollout.Place{Batch: ahead.at.Batch, Row: ahead.at.Row, Name: ahead.b.RowName(ahead.at.Row)}
	s.State = rollout.Following
	worksOn := ahead.b.State != rollout.Importing && ahead.b.Cancelled == rollout.NotCancelled
	if worksOn && ahead.s.State != rollout.Following && asksTheSame(*s, ahead.s) {
		s.State = rollout.Skipped
		s.LeftAsIs = append(s.LeftAsIs, noteUnderWay(*s, ahead.b, ahead.s))
	}
}

// asksTheSame reports whether a row asks for nothing else than an earlier one of its site.
func asksTheSame(s, was rollout.Site) bool {
	named := s.Request.VoiceSiteID
	return asksSameAddress(s, was) && s.Label == was.Label && s.Country == was.Country &&
		s.VPN == was.VPN && s.VPNID == was.VPNID && s.Reference == was.Reference &&
		(named == "" || named == was.Request.VoiceSiteID || named == was.Progress.VoiceSiteID)
}

// asksSameAddress reports whether a row gives the address of an earlier one of its site. If the batch of that
// one was purged, its address was recalled, unless it is another one.
func asksSameAddress(s, was rollout.Site) bool {
	return was.AddressHash == "" && maps.Equal(s.Request.Address, was.Request.Address)
}

// compare decides what a row means for a site whose earlier row `was`, of batch b, has ended.
func compare(s *rollout.Site, b rollout.Batch, was rollout.Site) {
	s.Dismissed = dismissedBefore(was, s.Request.VoiceSiteID)
	known := was.Progress.VoiceSiteID // the API confirmed it; what a row says, it may not have
	s.Unconfirmed = was.Unconfirmed && known != ""
	lost := was.Name == "" // what that row asked cannot be read any more
	inReview := was.State == rollout.Review || was.InDoubt
	switch {
	case (known != "" || inReview) && !lost && !identity.Same(s.Name, was.Name):
		reject(s, problemNameAlike(*s, b, was))
	case inReview && s.Request.VoiceSiteID == "":
		reject(s, problemSiteInReview(*s, b, was))
	case inReview: // the voiceSiteId is a person's decision like any other, and verified like one
		s.Problems, s.Decision = nil, &rollout.Decision{VoiceSiteID: s.Request.VoiceSiteID}
		s.InDoubt, s.Intent, s.OrderID, s.OrderedAt = true, was.Intent, was.OrderID, was.OrderedAt
	case known == "", lost:
		// Nothing was made, or the account shows what, soon: the row starts from the beginning.
		if was.OrderID != "" {
			s.OrderedAt = was.OrderedAt
		}
	case s.Request.VoiceSiteID != "" && s.Request.VoiceSiteID != known:
		s.Progress.VoiceSiteID = known // a person says that it is another: the worker looks whether the known one is gone
	case differs(was.Country, s.Country) || s.VPNID != "" && differs(was.VPNID, s.VPNID):
		reject(s, problemSiteChanged(*s, was))
	default: // only the address can be changed
		s.Progress.VoiceSiteID = known
		keepLabel(s, was)
		inPlace := was.State == rollout.Provisioned || was.State == rollout.Skipped
		if inPlace && asksSameAddress(*s, was) {
			s.State = rollout.Skipped
		}
	}
}

// keepLabel notes that a voicesite keeps its label, because no call can change it.
func keepLabel(s *rollout.Site, was rollout.Site) {
	kept := was.Label
	if was.KeptLabel != nil {
		kept = *was.KeptLabel
	}
	if s.Label == kept {
		return
	}
	s.KeptLabel = &kept
	if s.Label != "" {
		s.LeftAsIs = append(s.LeftAsIs, noteLabelDiffers(*s, kept))
	}
}

// reject ends a row that cannot be enqueued.
func reject(s *rollout.Site, p rollout.Problem) {
	s.State = rollout.Rejected
	s.Problems = append(s.Problems, p)
}
