// Admission: which sites may begin next. A site that is parked has no task, and waits for its turn in
// the order of work of its batch. Batches take turns, site by site.

package ledger

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"

	"btrollout/internal/rollout"
)

// parkedFrom is the lowest number in keyOpen of a parked site: later than any time at which a step
// is due, and, with the place of the site, exact as a double.
const parkedFrom int64 = 4e15

// ParkedDue is when the next step of a parked site of batch b is due, as Advance and Postpone take
// it: when the site is admitted.
func ParkedDue(b rollout.Batch, s rollout.Site) time.Time {
	return time.UnixMilli(parkedFrom + b.Plan.Place(s))
}

// Admissible is a batch of which sites may be admitted.
type Admissible struct {
	Batch rollout.Batch // as it was read
	// OnlyAddresses: only sites that need no order any more, those at places below rollout.AddressPlaces.
	OnlyAddresses bool
}

// Admit admits parked sites, as many as there is room for: it makes their next step due, and the
// caller must make their tasks. room is how many sites of all these batches may have a step that is
// due, or is due within soon. Urgent batches come first, except for one turn of eight; the others
// take turns. Nothing of a batch is admitted that is no longer in the state in which it was read, or
// was paused since; of one that was cancelled, only sites that need no order any more, unless ordered
// sites are left.
func (l *Ledger) Admit(ctx context.Context, room int, soon time.Duration, batches []Admissible) ([]rollout.Site, error) {
	if len(batches) == 0 || room <= 0 {
		return nil, nil
	}
	args := []any{room, soon.Milliseconds()}
	for _, a := range batches {
		most := int64(rollout.MostPlace)
		if a.OnlyAddresses {
			most = rollout.AddressPlaces
		}
		urgent := ""
		if a.Batch.Plan.Urgent {
			urgent = "1"
		}
		args = append(args, a.Batch.ID, string(a.Batch.State), parkedFrom+most, urgent)
	}
	answer, err := admitScript.Run(ctx, l.rdb, []string{keyBatch(""), keyOpen(""), keyAccount()}, args...).StringSlice()
	if err != nil {
		return nil, fmt.Errorf("admitting sites: %w", err)
	}
	rows := map[string][]rollout.RowRef{}
	for i := 0; i+1 < len(answer); i += 2 {
		if row, err := strconv.Atoi(answer[i+1]); err == nil { // Mend removes anything else
			rows[answer[i]] = append(rows[answer[i]], rollout.RowRef(row))
		}
	}
	var admitted []rollout.Site
	for _, a := range batches {
		for s, err := range l.sites(ctx, a.Batch.ID, rows[a.Batch.ID]) {
			if err != nil {
				return admitted, err
			}
			if !s.State.Final() { // a site that was just mended has ended
				admitted = append(admitted, s)
			}
		}
	}
	return admitted, nil
}

// Replan changes the plan of a batch that has not ended, as it was read, and puts its parked sites into
// the new order, also if the plan stays as it is: an earlier change may not have come to its end. It reports
// whether the batch was there and had not ended; the error is ErrStale if its plan has changed since.
func (l *Ledger) Replan(ctx context.Context, was rollout.Batch, p rollout.Plan) (bool, error) {
	id, from := was.ID, planJSON(was.Plan)
	done, err := l.decide(ctx, id, decision{
		field: fieldPlan, value: planJSON(p), from: &from, what: rollout.AuditPlanned, detail: rollout.AuditDetail{Plan: &p},
	})
	if err != nil || !done {
		return done, err
	}
	if was.Plan.Urgent != p.Urgent { // the turns that it had are those of another class
		if err := l.rdb.HDel(ctx, keyBatch(id), fieldTurn).Err(); err != nil {
			return true, fmt.Errorf("changing batch %s: %w", id, err)
		}
	}
	changed := from != planJSON(p)
	if was.Plan.Urgent = p.Urgent; changed && was.Plan.OrdersAs(p) {
		return true, nil
	}
	was.Plan = p
	return true, l.PutInOrder(ctx, was)
}

// PutInOrder puts the parked sites of a batch, as it was read, into the order of its plan. It reads all
// sites once.
func (l *Ledger) PutInOrder(ctx context.Context, b rollout.Batch) error {
	var places []any // row, version as read, and number in keyOpen of sites
	flush := func() error {
		if len(places) == 0 {
			return nil
		}
		err := putInOrderScript.Run(ctx, l.rdb, []string{keySites(b.ID), keyOpen(b.ID)}, places...).Err()
		places = places[:0]
		return err
	}
	for s, err := range l.Sites(ctx, b.ID) {
		if err == nil && !s.State.Final() {
			places = append(places, int(s.Row), s.Version, ParkedDue(b, s).UnixMilli())
		}
		if err == nil && len(places) >= 3*chunk {
			err = flush()
		}
		if err != nil {
			return fmt.Errorf("putting batch %s in order: %w", b.ID, err)
		}
	}
	if err := flush(); err != nil {
		return fmt.Errorf("putting batch %s in order: %w", b.ID, err)
	}
	return nil
}

// Park parks a site of batch b that is held up, unless it has changed since it was read.
func (l *Ledger) Park(ctx context.Context, b rollout.Batch, s rollout.Site) error {
	err := parkScript.Run(ctx, l.rdb, []string{keySites(b.ID), keyOpen(b.ID)}, int(s.Row), s.Version, ParkedDue(b, s).UnixMilli()).Err()
	if err != nil {
		return fmt.Errorf("parking row %d of batch %s: %w", s.Row, b.ID, err)
	}
	return nil
}

// parkedInLua is parkedFrom.
const parkedInLua = "4000000000000000"

// addressesBelowInLua is above the numbers in keyOpen of parked sites that need no order any more.
var addressesBelowInLua = strconv.FormatInt(parkedFrom+rollout.AddressPlaces, 10)

// admitScript admits parked sites. A turn is the number of sites that were admitted of a batch so far; the
// batch with the lowest one is next. A batch that had nothing to admit for a time does not make up for
// that: its turn is at least that of the batch of its class (urgent, or not) which was served last. Sites
// that need no order any more come first, and count in no turn. Which of eight turns is that of batches
// which are not urgent is counted over all calls, because each may admit one site only.
//
// Each batch has a share of the room. If the due sites of all batches fill the room, nothing is admitted of a
// batch that has its share due. While such a batch is urgent, no other batch takes its
// turn, unless it has more sites due than there is room for.
//
//	KEYS  1 batch and 2 open of the batch without a name, 3 account
//	ARGV  1 how many sites may be due, 2 what is due so soon counts as due (ms), then for each batch:
//	      id, state in which it must be, number in open up to which its sites may be admitted,
//	      "1" if it is urgent
//	answer: batch and row of each site that was admitted
var admitScript = redis.NewScript(baseLua + nowInLua + `
local function least(number) return string.format('%.0f', number) end
if isA(KEYS[3], 'hash') and redis.call('HEXISTS', KEYS[3], '` + fieldPaused + `') == 1 then return {} end
fit(KEYS[3], 'hash')
local room, soon, waiting, due = tonumber(ARGV[1]), least(now + tonumber(ARGV[2])), {}, {}
for i = 3, #ARGV, 4 do
  local id, batch, open = ARGV[i], KEYS[1] .. ARGV[i], key(KEYS[2], ARGV[i])
  local state, paused, cancelled, turn = unpack(redis.call('HMGET', batch,
    'state', '` + fieldPaused + `', '` + fieldCancelled + `', '` + fieldTurn + `'))
  local most = ARGV[i+2]
  if cancelled == '` + string(rollout.FinishOrdered) + `' then most = '` + addressesBelowInLua + `' end
  if state == ARGV[i+1] and not paused and cancelled ~= '` + string(rollout.LeaveOrdered) + `' and isA(open, 'zset') then
    local busy = redis.call('ZCOUNT', open, '-inf', soon)
    local parked = redis.call('ZCOUNT', open, '` + parkedInLua + `', '(' .. most)
    if busy + parked > 0 then due[#due+1] = busy end
    if parked > 0 then
      waiting[#waiting+1] = {id = id, batch = batch, open = open, busy = busy, parked = parked, most = most, urgent = ARGV[i+3] == '1',
        turn = tonumber(turn) or 0}
    end
  end
end
local share = math.ceil(room / math.max(1, #due))
local free = room
for _, busy in ipairs(due) do room, free = room - math.min(busy, share), free - busy end
local account = redis.call('HMGET', KEYS[3], 'turn', 'urgent', 'turns')
local served = {[false] = tonumber(account[1] or '') or 0, [true] = tonumber(account[2] or '') or 0}
local turns, admitted = tonumber(account[3] or '') or 0, {}
while room > 0 do
  local urgents = turns < ` + strconv.Itoa(rollout.UrgentTurns) + `
  local best
  for i, w in ipairs(waiting) do
    w.turn = math.max(w.turn, served[w.urgent])
    local b = best and waiting[best]
    if not b or w.urgent ~= b.urgent and w.urgent == urgents or w.urgent == b.urgent and w.turn < b.turn then best = i end
  end
  if not best then break end
  local w = waiting[best]
  if free <= 0 and w.busy >= share then
    if w.urgent and w.busy <= tonumber(ARGV[1]) then break end -- its turn comes when one of its sites has moved on
    w.parked = 0
  else
    local first = redis.call('ZRANGEBYSCORE', w.open, '` + parkedInLua + `', '(' .. w.most, 'WITHSCORES', 'LIMIT', 0, 1)
    redis.call('ZADD', w.open, 'XX', least(now), first[1])
    admitted[#admitted+1], admitted[#admitted+2] = w.id, first[1]
    if tonumber(first[2]) >= ` + parkedInLua + ` + ` + strconv.Itoa(rollout.AddressPlaces) + ` then
      local turn = w.turn
      served[w.urgent], w.turn = turn, turn + 1
      redis.call('HSET', w.batch, '` + fieldTurn + `', least(turn + 1))
      turns = (turns + 1) % ` + strconv.Itoa(rollout.UrgentTurns+1) + `
    end
    room, free, w.busy, w.parked = room - 1, free - 1, w.busy + 1, w.parked - 1
  end
  if w.parked == 0 then table.remove(waiting, best) end
end
if #admitted > 0 then
  redis.call('HSET', KEYS[3], 'turn', least(served[false]), 'urgent', least(served[true]), 'turns', least(turns))
end
return admitted`)

// putInOrderScript changes the places of those of some sites that are parked, and have not changed since
// they were read: the place of a site depends on how it stands.
//
//	KEYS  1 sites, 2 open
//	ARGV  row, version as read, and new number of each site
//	answer: 1
var putInOrderScript = redis.NewScript(`
for i = 1, #ARGV, 3 do
  local is = tonumber(redis.call('ZSCORE', KEYS[2], ARGV[i]) or '')
  if is and is >= ` + parkedInLua + ` and (redis.call('HGET', KEYS[1], ARGV[i]) or ''):match('^%d+') == ARGV[i+1] then
    redis.call('ZADD', KEYS[2], 'XX', ARGV[i+2], ARGV[i])
  end
end
return 1`)

// parkScript parks an open site, if it has not changed since it was read: its place depends on its state.
//
//	KEYS  1 sites, 2 open
//	ARGV  1 row, 2 version as read, 3 its number in open
//	answer: 1 parked, 0 not
var parkScript = redis.NewScript(`
if (redis.call('HGET', KEYS[1], ARGV[1]) or ''):match('^%d+') ~= ARGV[2] then return 0 end
redis.call('ZADD', KEYS[2], 'XX', ARGV[3], ARGV[1])
return 1`)
