package ledger

// This file holds claims: which row a site of a customer belongs to. Names that are
// alike share one claim. A claim outlives its batch: by it a site is known again when
// its row is uploaded once more.

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/redis/go-redis/v9"

	"btrollout/internal/identity"
)

// keyClaims is a hash for each customer: identity.Alike of a technicalSiteName →
// "<batch>/<row>", the last row that claimed the site. An earlier version of this program
// took sites for two although their names are alike: of those, the second keeps a claim of
// its own, in the field spelled followed by its exact name.
func keyClaims(customer string) string { return "{btr}:claims:" + customer }

// keyNames is the hash that keyClaims replaces: exact technicalSiteName → claim, as
// earlier versions wrote it. Claims moves its entries; scripts look into it until then.
func keyNames(customer string) string { return "{btr}:names:" + customer }

// spelled begins a field of keyClaims for one exact spelling. identity.Alike gives no
// capital letters, so no other field begins like it.
const spelled = "SPELLED:"

// heldLua begins every script that judges a claim.
//
//	held(claims, names, field, name): the claim on a site and the field that holds it;
//	false and the field if nobody claims it
const heldLua = `
local function held(claims, names, field, name)
  local own = redis.call('HGET', claims, '` + spelled + `' .. name)
  if own then return own, '` + spelled + `' .. name end
  return redis.call('HGET', claims, field) or redis.call('HGET', names, name), field
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

// Claim names the row that last claimed a site, and how its record stood.
type Claim struct {
	Batch string
	Row   int
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
	return c.Batch + "/" + strconv.Itoa(c.Row)
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
	return Claim{Batch: batch, Row: n}, err
}

// Claims gives the claims on names of a customer: one for each name, without a Version;
// the zero Claim where no row claimed the name. One that cannot be read IsDamaged.
func (l *Ledger) Claims(ctx context.Context, customer string, names []string) ([]Claim, error) {
	if err := l.moveClaims(ctx, customer); err != nil {
		return nil, fmt.Errorf("reading the names of customer %s as an earlier version wrote them: %w", customer, err)
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
