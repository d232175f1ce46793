// Claims on names: to which row a site of a customer belongs. Names that are alike share
// one claim. A claim outlives its batch, so that a site is recognised when its row is
// uploaded again.

package ledger

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strconv"
	"strings"

	"github.com/redis/go-redis/v9"

	"btrollout/internal/identity"
	"btrollout/internal/rollout"
)

// fieldSpelled begins a field of keyClaims for one exact spelling. identity.Alike gives no
// capital letters, so no other field begins like it.
const fieldSpelled = "SPELLED:"

// fieldNamesComplete is set in keyClaims when the hash has every claim that the ledger knows. If it
// is missing, the claims were deleted, or an earlier version wrote them: scripts refuse to
// decide by them until restoreNameClaims has made them again.
const fieldNamesComplete = "WHOLE"

// ErrUnclaimed says that claims of the customer are missing: RestoreClaims must make them
// again before anything is decided by them.
var ErrUnclaimed = errors.New("the claims on sites and voicesites of this customer are being made again")

// heldLua begins every script that decides by a claim.
//
//	held(claims, field, name): the claim on a site and the field that holds it; false
//	and the field if no row claims the site
//	follow(followers, row, mine): records that mine follows a row
//	changed(sites, claim, version): whether the record of a row is gone or no longer has a
//	version ("" any); sites is keySites of a batch without a name
const heldLua = baseLua + `
local function follow(followers, row, mine)
  fit(followers, 'hash')
  redis.call('HSET', followers, row, mine)
end
local function changed(sites, claim, version)
  if version == '' then return false end
  local batch, row = claim:match('^(.*)/(%d+)$')
  local record = redis.call('HGET', key(sites, batch), row)
  return not record or record:match('^%d+') ~= version
end
local function held(claims, field, name)
  local own = redis.call('HGET', claims, '` + fieldSpelled + `' .. name)
  if own then return own, '` + fieldSpelled + `' .. name end
  return redis.call('HGET', claims, field), field
end
`

// claimField returns the field of a name in keyClaims.
func claimField(name string) string { return identity.Alike(name) }

// moveClaimsScript moves claims of an earlier version to keyClaims. Of two names that are
// alike, the second keeps a claim of its own.
//
//	KEYS  1 claims, 2 names
//	ARGV  pairs of a name and its field in claims
//	answer: number of claims that were moved
var moveClaimsScript = redis.NewScript(`
local moved = 0
for i = 1, #ARGV, 2 do
  local name, field = ARGV[i], ARGV[i+1]
  local claim = redis.call('HGET', KEYS[2], name)
  if claim then
    if redis.call('HSETNX', KEYS[1], field, claim) == 0 and redis.call('HGET', KEYS[1], field) ~= claim then
      redis.call('HSET', KEYS[1], '` + fieldSpelled + `' .. name, claim)
    end
    redis.call('HDEL', KEYS[2], name)
    moved = moved + 1
  end
end
return moved`)

// moveClaims moves a customer's claims of an earlier version. If there are none, it costs
// one command.
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
		err := moveClaimsScript.Run(ctx, l.rdb, []string{keyClaims(customer), keyNames(customer)}, args...).Err()
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

// restoreNameClaims makes the missing claims of a customer: it moves those of an earlier version, and
// derives the others from the batches, the newest first. If none is missing, it costs one
// command. It may be interrupted, repeated, and run by two processes at once.
func (l *Ledger) restoreNameClaims(ctx context.Context, by Term, customer string) error {
	whole, err := l.rdb.HExists(ctx, keyClaims(customer), fieldNamesComplete).Result()
	if wrongType(err) {
		whole, err = false, l.addClaims(ctx, by, keyClaims(customer)) // it deletes the key
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
		if err := l.claimBatch(ctx, by, b); err != nil {
			return err
		}
	}
	return l.addClaims(ctx, by, keyClaims(customer), fieldNamesComplete, "1")
}

// addClaims adds fields that are missing, given as pairs of a field and its value, to keyClaims or
// keyVoiceSites of a customer. A key of a wrong type is deleted first. The error is
// ErrNoLongerLeader if the term is over.
func (l *Ledger) addClaims(ctx context.Context, by Term, key string, pairs ...any) error {
	n, err := addClaimsScript.Run(ctx, l.rdb, []string{key, keyLease(by.name)}, append([]any{by.text}, pairs...)...).Int()
	if err == nil && n == refused {
		return ErrNoLongerLeader
	}
	return err
}

// addClaimsScript adds fields that are missing to the claims of a customer. After its term, a
// process must not write even what is missing: if the claims were deleted again since, it would mark
// as complete what it did not restore.
//
//	KEYS  1 claims, or voicesites, 2 lease of the duty to restore them
//	ARGV  1 term, then pairs of a field and its value
//	answer: 1 added, -9 the term is over
var addClaimsScript = redis.NewScript(baseLua + FenceLua + `
if not leads(KEYS[2], ARGV[1]) then return -9 end
fit(KEYS[1], 'hash')
for i = 2, #ARGV, 2 do redis.call('HSETNX', KEYS[1], ARGV[i], ARGV[i+1]) end
return 1`)

// claimBatch claims the sites of a batch that no row claims. Rejected rows claim nothing, nor do
// those that follow another row or leave their site to it.
func (l *Ledger) claimBatch(ctx context.Context, by Term, b rollout.Batch) error {
	var pairs []any
	flush := func() error {
		if len(pairs) == 0 {
			return nil
		}
		err := l.addClaims(ctx, by, keyClaims(b.Customer), pairs...)
		pairs = pairs[:0]
		return err
	}
	for s, err := range l.Sites(ctx, b.ID) {
		if err != nil {
			return err
		}
		if s.State == rollout.Rejected || s.Elsewhere != nil || s.Name == "" {
			continue
		}
		if pairs = append(pairs, claimField(s.Name), Claim{Batch: b.ID, Row: s.Row}.String()); len(pairs) >= 2*chunk {
			if err := flush(); err != nil {
				return err
			}
		}
	}
	return flush()
}

// Claim is a claim on a site: the row that last claimed it.
type Claim struct {
	Batch string
	Row   rollout.RowRef
	// Version is the version of the row's record when the caller read it. In Entry.Seen, it
	// has Add write the entry only if the record still has this version; 0: any version.
	Version int
}

// IsDamaged reports whether the claim cannot be read: it is not known which row has the site.
func (c Claim) IsDamaged() bool { return c.Batch != "" && c.Row == 0 }

// String returns the claim as the ledger stores it; "" for the zero Claim.
func (c Claim) String() string {
	if c.Batch == "" {
		return ""
	}
	return c.Batch + "/" + strconv.Itoa(int(c.Row))
}

// version returns Version as scripts take it; "" for 0.
func (c Claim) version() string {
	if c.Version == 0 {
		return ""
	}
	return strconv.Itoa(c.Version)
}

// Followers returns, for each of these rows, the row that follows it; the zero Claim if none
// does, or the record cannot be read.
func (l *Ledger) Followers(ctx context.Context, of ...Claim) ([]Claim, error) {
	followers := make([]Claim, len(of))
	read := make([]*redis.StringCmd, len(of))
	for i := 0; i < len(of); i += chunk {
		pipe := l.rdb.Pipeline()
		for j, c := range of[i:min(i+chunk, len(of))] {
			if c.Batch != "" {
				read[i+j] = pipe.HGet(ctx, keyFollowers(c.Batch), strconv.Itoa(int(c.Row)))
			}
		}
		if pipe.Len() == 0 {
			continue
		}
		if err := served(pipe.Exec(ctx)); err != nil {
			return nil, fmt.Errorf("reading which rows follow others: %w", err)
		}
	}
	for i, cmd := range read {
		if cmd == nil || cmd.Err() != nil {
			continue
		}
		if c, err := parseClaim(cmd.Val()); err == nil && c.Row > 0 && c.Row < mostRow && c.String() == cmd.Val() { // as followerOf
			followers[i] = c
		}
	}
	return followers, nil
}

// mostRow has one digit more than mostDigits.
const mostRow = 1e12

// ClaimedSites yields, for each site of a customer, the row that has the claim on it, in any
// order. A claim on a row that is gone, or that cannot be read, is left out.
func (l *Ledger) ClaimedSites(ctx context.Context, customer string) iter.Seq2[rollout.Site, error] {
	return func(yield func(rollout.Site, error) bool) {
		seen := map[string]bool{} // fields: a scan may give one twice
		for cursor := uint64(0); ; {
			pairs, next, err := l.rdb.HScan(ctx, keyClaims(customer), cursor, "", chunk).Result()
			if err != nil {
				yield(rollout.Site{}, fmt.Errorf("reading the claims of customer %s: %w", customer, err))
				return
			}
			rows := map[string][]rollout.RowRef{} // by batch
			for i := 0; i+1 < len(pairs); i += 2 {
				if c, err := parseClaim(pairs[i+1]); err == nil && pairs[i] != fieldNamesComplete && !seen[pairs[i]] {
					rows[c.Batch] = append(rows[c.Batch], c.Row)
				}
				seen[pairs[i]] = true
			}
			for batch, rows := range rows {
				sites, err := l.readable(ctx, batch, rows)
				if err != nil {
					yield(rollout.Site{}, err)
					return
				}
				for _, s := range sites {
					if !yield(s, nil) {
						return
					}
				}
			}
			if cursor = next; cursor == 0 {
				return
			}
		}
	}
}

// readable reads those of these sites of a batch whose records are there and can be read.
func (l *Ledger) readable(ctx context.Context, batch string, rows []rollout.RowRef) ([]rollout.Site, error) {
	fields := make([]string, len(rows))
	for i, row := range rows {
		fields[i] = strconv.Itoa(int(row))
	}
	pipe := l.rdb.Pipeline()
	inputs, progresses := pipe.HMGet(ctx, keyRows(batch), fields...), pipe.HMGet(ctx, keySites(batch), fields...)
	if err := served(pipe.Exec(ctx)); err != nil {
		return nil, fmt.Errorf("reading batch %s: %w", batch, err)
	}
	var sites []rollout.Site
	for i := range min(len(inputs.Val()), len(progresses.Val())) {
		input, _ := inputs.Val()[i].(string)
		progress, _ := progresses.Val()[i].(string)
		if p := readParts(batch, rows[i], input, progress); p.hasRequest && p.hasProgress {
			sites = append(sites, p.site)
		}
	}
	return sites, nil
}

// parseClaim parses the text that String returned.
func parseClaim(text string) (Claim, error) {
	batch, row, _ := strings.Cut(text, "/")
	n, err := strconv.Atoi(row)
	return Claim{Batch: batch, Row: rollout.RowRef(n)}, err
}

// Claims returns the claims on names of a customer: one for each name, without a Version;
// the zero Claim if no row claims the name. A claim that cannot be read IsDamaged.
func (l *Ledger) Claims(ctx context.Context, customer string, names []string) ([]Claim, error) {
	if err := l.restoreNameClaims(ctx, Term{}, customer); err != nil {
		return nil, fmt.Errorf("making the missing claims of customer %s: %w", customer, err)
	}
	claims := make([]Claim, len(names))
	for i := 0; i < len(names); i += chunk {
		part := names[i:min(i+chunk, len(names))]
		fields := make([]string, 0, 2*len(part))
		for _, name := range part {
			fields = append(fields, fieldSpelled+name, claimField(name))
		}
		got, err := l.rdb.HMGet(ctx, keyClaims(customer), fields...).Result()
		if err != nil {
			return nil, fmt.Errorf("reading the claims of customer %s: %w", customer, err)
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
