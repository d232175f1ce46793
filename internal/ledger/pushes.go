// Claims on voicesites, and pushes: the attempts to send an address to a voicesite that
// may still arrive. By them, an older address never arrives after a newer one.

package ledger

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"btrollout/internal/rollout"
)

// Push is one attempt to send an address to a voicesite.
type Push struct {
	Customer    string
	VoiceSiteID string
	Attempt     string // unique
	Crossed     bool   // it follows an attempt of another row whose outcome is unknown
}

// PendingPush is the error of a push that has to wait until Until: until then, an address
// that another row sent to the same voicesite may still arrive.
type PendingPush struct{ Until time.Time }

func (p *PendingPush) Error() string {
	return "an earlier address of this voicesite may still arrive until " + p.Until.Format(time.RFC3339)
}

// ForeignVoiceSite is the error of a push to a voicesite that belongs to another site.
type ForeignVoiceSite struct {
	Site   string // the field of keyClaims of that site
	Holder Claim  // the claim on that site; zero: unknown
}

func (f *ForeignVoiceSite) Error() string { return "the voicesite belongs to site " + f.Site }

// AnnouncePush records that the address of a site is about to be pushed to its voicesite,
// and claims the voicesite for the site. If the worker dies, the push may still arrive
// before until. On any error nothing may be sent: ErrStale or ErrTaken as of AdvanceClaimed, ErrMoved if
// the batch is not in the state in which b was read, is paused, or was cancelled with its ordered
// sites, *ForeignVoiceSite, *PendingPush,
// ErrUnclaimed, ErrNotFound.
func (l *Ledger) AnnouncePush(ctx context.Context, b rollout.Batch, s rollout.Site, now, until time.Time) (Push, error) {
	p := Push{Customer: b.Customer, VoiceSiteID: s.Progress.VoiceSiteID, Attempt: rand.Text()}
	got, err := announcePushScript.Run(ctx, l.rdb,
		[]string{
			keySites(s.Batch), keyBatch(s.Batch), keyClaims(b.Customer), keyVoiceSites(b.Customer), keyPushes(b.Customer),
			keySince(), keyAccount(),
		},
		int(s.Row), s.Version, s.Batch, string(b.State), claimField(s.Name),
		p.VoiceSiteID, now.UnixMilli(), until.UnixMilli(), p.Attempt, s.Name, sinceArg(s.LedgerSince)).StringSlice()
	if err != nil {
		return Push{}, fmt.Errorf("announcing the address of row %d of batch %s: %w", s.Row, s.Batch, err)
	}
	switch got[0] {
	case "announced":
		p.Crossed = got[1] == "1"
		return p, nil
	case "stale":
		return Push{}, ErrStale
	case "taken":
		return Push{}, ErrTaken
	case "moved":
		return Push{}, ErrMoved
	case "unclaimed":
		return Push{}, ErrUnclaimed
	case "pending":
		ms, err := strconv.ParseInt(got[1], 10, 64)
		if err != nil {
			return Push{}, fmt.Errorf("the pushes to voicesite %s cannot be read: %w", p.VoiceSiteID, err)
		}
		return Push{}, &PendingPush{time.UnixMilli(ms).UTC()}
	case "foreign":
		holder, err := parseClaim(got[2])
		if err != nil {
			holder = Claim{} // the message needs only its name
		}
		return Push{}, &ForeignVoiceSite{Site: got[1], Holder: holder}
	}
	return Push{}, fmt.Errorf("row %d of batch %s: %w", s.Row, s.Batch, ErrNotFound)
}

// The outcomes of a push, which the scripts know, too.
const (
	pushDone    = "done"    // the voicesite has the address
	pushOver    = "over"    // it cannot arrive any more
	pushUnknown = "unknown" // it may still arrive
)

// EndPush records that the push cannot arrive any more: it was not sent, or it was
// answered, but it is not known which address the voicesite has. If the voicesite is known to
// have the address of the push, Advance records it, by rollout.Pushed.
func (l *Ledger) EndPush(ctx context.Context, p Push) error {
	return l.recordOutcome(ctx, p, pushOver, time.Time{})
}

// PushUnknown records that the worker's call ended without an answer. The push may still
// arrive before until.
func (l *Ledger) PushUnknown(ctx context.Context, p Push, until time.Time) error {
	return l.recordOutcome(ctx, p, pushUnknown, until)
}

func (l *Ledger) recordOutcome(ctx context.Context, p Push, outcome string, at time.Time) error {
	err := endPushScript.Run(ctx, l.rdb, []string{keyPushes(p.Customer)}, p.VoiceSiteID, p.Attempt, outcome, at.UnixMilli()).Err()
	if err != nil {
		return fmt.Errorf("recording the outcome of the push to voicesite %s: %w", p.VoiceSiteID, err)
	}
	return nil
}

// DropPushes deletes the records of pushes to a customer's voicesites that cannot have
// arrived at before or later.
func (l *Ledger) DropPushes(ctx context.Context, customer string, before time.Time) error {
	if err := dropPushesScript.Run(ctx, l.rdb, []string{keyPushes(customer)}, before.UnixMilli()).Err(); err != nil {
		return fmt.Errorf("deleting old pushes of customer %s: %w", customer, err)
	}
	return nil
}

// ClaimVoiceSite claims a voicesite for a site, whichever site had it. The caller knows from
// the API and from a person that the voicesite belongs to the site.
func (l *Ledger) ClaimVoiceSite(ctx context.Context, customer, voiceSiteID, name string) error {
	err := claimVoiceSiteScript.Run(ctx, l.rdb, []string{keyClaims(customer), keyVoiceSites(customer)},
		voiceSiteID, claimField(name), name).Err()
	if err != nil {
		return fmt.Errorf("claiming voicesite %s: %w", voiceSiteID, err)
	}
	return nil
}

// fieldVoiceSitesComplete is set in keyVoiceSites when the hash has every voicesite that the ledger
// knows. No voiceSiteId is empty.
const fieldVoiceSitesComplete = ""

// RestoreClaims makes the missing claims of a customer: those on names, and those on
// voicesites, which earlier versions did not record. Each voicesite is claimed for the site
// in whose record it is: first those of sites that have their address, then those of other
// sites that have ended. Open sites claim theirs when they push. If no claim is missing, it
// costs two commands. It may be interrupted, repeated, and run by two processes at once. It
// returns the number of site records that cannot be read; their voicesites are not claimed. The error
// is ErrNoLongerLeader if the term of the caller is over.
func (l *Ledger) RestoreClaims(ctx context.Context, by Term, customer string) (unreadable int, err error) {
	if err := l.restoreNameClaims(ctx, by, customer); err != nil {
		return 0, fmt.Errorf("making the missing claims of customer %s: %w", customer, err)
	}
	done, err := l.rdb.HExists(ctx, keyVoiceSites(customer), fieldVoiceSitesComplete).Result()
	if err != nil {
		return 0, fmt.Errorf("claiming the voicesites of customer %s: %w", customer, err)
	}
	if done {
		return 0, nil
	}
	for _, states := range [][]rollout.State{
		{rollout.Provisioned, rollout.Skipped},
		{rollout.Failed, rollout.Review, rollout.Cancelled},
	} {
		if unreadable, err = l.claimRecordedVoiceSites(ctx, by, customer, states); err != nil {
			return unreadable, fmt.Errorf("claiming the voicesites of customer %s: %w", customer, err)
		}
	}
	if err := l.addClaims(ctx, by, keyVoiceSites(customer), fieldVoiceSitesComplete, "1"); err != nil {
		return unreadable, fmt.Errorf("claiming the voicesites of customer %s: %w", customer, err)
	}
	return unreadable, nil
}

// claimRecordedVoiceSites claims the voicesites of all sites that are in one of these states.
func (l *Ledger) claimRecordedVoiceSites(
	ctx context.Context, by Term, customer string, states []rollout.State,
) (unreadable int, err error) {
	for cursor := uint64(0); ; {
		var names []string // fields of keyClaims, and claims, in turn
		names, cursor, err = l.rdb.HScan(ctx, keyClaims(customer), cursor, "", chunk).Result()
		if err != nil {
			return unreadable, err
		}
		bad, err := l.claimRecorded(ctx, by, customer, names, states)
		if unreadable += bad; err != nil || cursor == 0 {
			return unreadable, err
		}
	}
}

// claimRecorded claims the voicesites in the records of sites, given as pairs of a
// field of keyClaims and its value.
func (l *Ledger) claimRecorded(
	ctx context.Context, by Term, customer string, names []string, states []rollout.State,
) (unreadable int, err error) {
	records := map[string]*redis.StringCmd{} // by field
	_, err = l.rdb.Pipelined(ctx, func(p redis.Pipeliner) error {
		for i := 0; i+1 < len(names); i += 2 {
			if names[i] == fieldNamesComplete {
				continue
			}
			claim, err := parseClaim(names[i+1])
			if err != nil {
				unreadable++
				continue
			}
			records[names[i]] = p.HGet(ctx, keySites(claim.Batch), strconv.Itoa(int(claim.Row)))
		}
		return nil
	})
	if err != nil && !errors.Is(err, redis.Nil) {
		return unreadable, err
	}
	var pairs []any
	for field, record := range records {
		if record.Err() != nil {
			continue // the batch is gone
		}
		var known struct {
			VoiceSiteID string `json:"voiceSite"`
		}
		parts := strings.SplitN(record.Val(), " ", 3)
		if len(parts) < 3 || json.Unmarshal([]byte(parts[2]), &known) != nil {
			unreadable++
		} else if known.VoiceSiteID != "" && slices.Contains(states, rollout.State(parts[1])) {
			pairs = append(pairs, known.VoiceSiteID, field)
		}
	}
	if len(pairs) == 0 {
		return unreadable, nil
	}
	return unreadable, l.addClaims(ctx, by, keyVoiceSites(customer), pairs...)
}

// openVoiceSites marks the claims on a customer's voicesites as complete if the ledger knows
// no site of the customer: there is nothing to migrate.
func (l *Ledger) openVoiceSites(ctx context.Context, customer string) error {
	return openVoiceSitesScript.Run(ctx, l.rdb, []string{keyClaims(customer), keyVoiceSites(customer), keyNames(customer)}).Err()
}
