package ledger

// This file holds claims: which row a site of a customer belongs to. Names that are
// alike share one claim. A claim outlives its batch: by it a site is known again when
// its row is uploaded once more.

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/redis/go-redis/v9"

	"btrollout/internal/identity"
	"btrollout/internal/rollout"
)

// keyClaims is a hash for each customer: identity.Alike of a technicalSiteName →
// "<batch>/<row>", the last row that claimed the site. An earlier version of this program
// took sites for two although their names are alike: of those, the second keeps a claim of
// its own, in the field spelled followed by its exact name.
func keyClaims(customer string) string { return "{btr}:claims:" + customer }

// keyNames is the hash that keyClaims replaces: exact technicalSiteName → claim, as
// earlier versions wrote it. Its entries are moved before anything is decided by claims.
func keyNames(customer string) string { return "{btr}:names:" + customer }

// spelled begins a field of keyClaims for one exact spelling. identity.Alike gives no
// capital letters, so no other field begins like it.
const spelled = "SPELLED:"

// fieldWhole is set in keyClaims when every claim is in it that the ledger knows. Where it
// is missing, somebody deleted the claims, or an earlier version wrote them: no script
// judges by them until claimAll has made them again.
const fieldWhole = "WHOLE"

// ErrUnclaimed: claims of the customer are missing, and have to be made again by
// MigrateVoiceSites before anything is decided by them.
var ErrUnclaimed = errors.New("the claims on sites and voicesites of this customer are being made again")

// heldLua begins every script that judges a claim.
//
//	held(claims, field, name): the claim on a site and the field that holds it; false
//	and the field if nobody claims it
const heldLua = `
local function held(claims, field, name)
  local own = redis.call('HGET', claims, '` + spelled + `' .. name)
  if own then return own, '` + spelled + `' .. name end
  return redis.call('HGET', claims, field), field
end
`

// claimField is the field of a name in keyClaims.
func claimField(name string) string { return identity.Alike(name) }

// moveScript moves claims of an earlier version to where they belong. Of two names that
// are alike, the second keeps a claim of its own.
//
//	KEYS  1 claims, 2 names
//	ARGV  pairs of a name and its field in claims
//	answer: how many were moved
var moveScript = redis.NewScript(`
local moved = 0
for i = 1, #ARGV, 2 do
  local name, field = ARGV[i], ARGV[i+1]
  local claim = redis.call('HGET', KEYS[2], name)
  if claim then
    if redis.call('HSETNX', KEYS[1], field, claim) == 0 and redis.call('HGET', KEYS[1], field) ~= claim then
      redis.call('HSET', KEYS[1], '` + spelled + `' .. name, claim)
    end
    redis.call('HDEL', KEYS[2], name)
    moved = moved + 1
  end
end
return moved`)

// moveClaims moves a customer's claims of an earlier version. Where there are none, it
// costs one command.
func (l *Ledger) moveClaims(ctx context.Context, customer string) error {
	n, err := l.rdb.Exists(ctx, keyNames(customer)).Result()
	if err != nil || n == 0 {
		return err
	}
	var args []any
	flush := func() error {
		if len(args) == 0 {
			return nil
		}
		err := moveScript.Run(ctx, l.rdb, []string{keyClaims(customer), keyNames(customer)}, args...).Err()
		args = args[:0]
		return err
	}
	field := true
	entries := l.rdb.HScan(ctx, keyNames(customer), 0, "", chunk).Iterator()
	for ; entries.Next(ctx); field = !field {
		if !field { // the claim itself is read by the script
			continue
		}
		if args = append(args, entries.Val(), claimField(entries.Val())); len(args) >= 2*chunk {
			if err := flush(); err != nil {
				return err
			}
		}
	}
	return errors.Join(entries.Err(), flush())
}

// claimAll makes the claims of a customer whole, if they are not: it moves those of an
// earlier version, and takes from the batches, the newest first, those that are missing.
// Where nothing is missing, it costs one command. It may be interrupted, repeated, and
// run twice at the same time.
func (l *Ledger) claimAll(ctx context.Context, customer string) error {
	whole, err := l.rdb.HExists(ctx, keyClaims(customer), fieldWhole).Result()
	if wrongType(err) {
		whole, err = false, l.rdb.Del(ctx, keyClaims(customer)).Err()
	}
	if err != nil || whole {
		return err
	}
	if err := l.moveClaims(ctx, customer); err != nil {
		return err
	}
	batches, err := l.Batches(ctx)
	if err != nil {
		return err
	}
	slices.SortFunc(batches, func(a, b rollout.Batch) int { return b.Entered.Compare(a.Entered) })
	for _, b := range batches {
		if b.Customer != customer {
			continue
		}
		if err := l.claimBatch(ctx, b); err != nil {
			return err
		}
	}
	return l.rdb.HSet(ctx, keyClaims(customer), fieldWhole, "1").Err()
}

// claimBatch claims the sites of a batch that nobody claims. Rejected rows claim nothing.
func (l *Ledger) claimBatch(ctx context.Context, b rollout.Batch) error {
	pipe := l.rdb.Pipeline()
	flush := func() error {
		_, err := pipe.Exec(ctx)
		return err
	}
	for s, err := range l.Sites(ctx, b.ID) {
		if err != nil {
			return err
		}
		if s.State == rollout.Rejected || s.Name == "" {
			continue
		}
		pipe.HSetNX(ctx, keyClaims(b.Customer), claimField(s.Name), Claim{Batch: b.ID, Row: s.Row}.String())
		if pipe.Len() >= chunk {
			if err := flush(); err != nil {
				return err
			}
		}
	}
	return flush()
}

// Claim names the row that last claimed a site, and how its record stood.
type Claim struct {
	Batch string
	Row   rollout.RowRef
	// Version of the row's record when the caller read it. Another row can claim the
	// site only if the record still has this version. 0: the record does not matter.
	Version int
}

// IsDamaged reports whether the claim cannot be read: whose the site is, is not known.
func (c Claim) IsDamaged() bool { return c.Batch != "" && c.Row == 0 }

// String is the claim as the ledger keeps it; "" for the zero Claim.
func (c Claim) String() string {
	if c.Batch == "" {
		return ""
	}
	return c.Batch + "/" + strconv.Itoa(int(c.Row))
}

// version is how scripts take it: "" if it does not matter.
func (c Claim) version() string {
	if c.Version == 0 {
		return ""
	}
	return strconv.Itoa(c.Version)
}

// parseClaim reads what String wrote.
func parseClaim(text string) (Claim, error) {
	batch, row, _ := strings.Cut(text, "/")
	n, err := strconv.Atoi(row)
	return Claim{Batch: batch, Row: rollout.RowRef(n)}, err
}

// Claims gives the claims on names of a customer: one for each name, without a Version;
// the zero Claim where no row claimed the name. One that cannot be read IsDamaged.
func (l *Ledger) Claims(ctx context.Context, customer string, names []string) ([]Claim, error) {
	if err := l.claimAll(ctx, customer); err != nil {
		return nil, fmt.Errorf("making the claims of customer %s whole: %w", customer, err)
	}
	claims := make([]Claim, len(names))
	for i := 0; i < len(names); i += chunk {
		part := names[i:min(i+chunk, len(names))]
		fields := make([]string, 0, 2*len(part))
		for _, name := range part {
			fields = append(fields, spelled+name, claimField(name))
		}
		got, err := l.rdb.HMGet(ctx, keyClaims(customer), fields...).Result()
		if err != nil {
			return nil, fmt.Errorf("looking up names of customer %s: %w", customer, err)
		}
		for j := range part {
			text, _ := got[2*j].(string)
			if text == "" {
				text, _ = got[2*j+1].(string)
			}
			if text == "" {
				continue
			}
			if claims[i+j], err = parseClaim(text); err != nil {
				claims[i+j] = Claim{Batch: text}
			}
		}
	}
	return claims, nil
}
