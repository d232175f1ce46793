// This file has the table of mutations.

package main

import "regexp"

// A mutation is a mistake in the program.
type mutation struct {
	name   string
	breaks string         // what is wrong with the program then
	causes *regexp.Regexp // matches the violations by which it is found
	edits  []edit
}

// The violations that mutations cause.
var (
	doubles    = regexp.MustCompile(`\d+ (live orders|voicesites|orders, and)`)
	manyCalls  = regexp.MustCompile(`\d+ (slots|calls) within`)
	oldAddress = regexp.MustCompile(`in the books, want`)
	heldTask   = regexp.MustCompile(`is not handed back`)
	idleSite   = regexp.MustCompile(`stands still`)
	givenUp    = regexp.MustCompile(`given up`)
	followsOn  = regexp.MustCompile(`still follows, `)
	leftToEnd  = regexp.MustCompile(`was left to .*, which had ended`)
	idleOrder  = regexp.MustCompile(`waits for its order, which was delivered`)
	heldOrder  = regexp.MustCompile(`an order of .* comes that was begun`)
	forgotten  = regexp.MustCompile(`is forgotten by its retry`)
	admitted   = regexp.MustCompile(`is admitted, begun`)
)

// An edit replaces a text that stands in a file exactly once.
type edit struct {
	file     string // from the root of the repository
	old, new string
}

const (
	order       = "internal/jobs/order.go"
	account     = "internal/jobs/account.go"
	sweep       = "internal/jobs/sweep.go"
	poll        = "internal/jobs/poll.go"
	server      = "internal/ledger/server.go"
	scripts     = "internal/ledger/scripts.go"
	pushscripts = "internal/ledger/pushscripts.go"
	exchange    = "internal/btapi/exchange.go"
	retry       = "internal/jobs/retry.go"
	admission   = "internal/jobs/admission.go"
	admitScript = "internal/ledger/admission.go"
	limiter     = "internal/throttle/throttle.go"
	budget      = "internal/throttle/budget.lua"
)

var mutations = []mutation{
	{
		"resend", "an order whose answer was lost is sent again without a look-up", doubles,
		[]edit{{
			order,
			`
	case s.State == rollout.Ordering:
		return w.reconcile(ctx, b, s)
`, `
	case s.State == rollout.Ordering:
		if early := s.Intent.LookFrom.Sub(w.Now()); early > 0 {
			return s, &waitError{delay: early, reason: "an order may still be under way"}
		}
		return w.send(ctx, b, s, holding{})
`,
		}},
	},
	{
		"one-look", "the first look-up that finds no order is believed", doubles,
		[]edit{{order, "case intent.Missed == 0:", "case false:"}},
	},
	{
		"no-version", "a site is written although it has changed since it was read", doubles,
		[]edit{{scripts, "if version ~= ARGV[2] or ARGV[14]", "if ARGV[14]"}},
	},
	{
		"no-claim", "two uploads at the same time both get a site, and both order it", doubles,
		[]edit{
			{scripts, "elseif name ~= '' and ((holder or '') ~= seen or changed(KEYS[7], seen, version)) or follower", "elseif follower"},
			{scripts, "elseif ARGV[7] ~= '' and holder ~= mine then", "elseif false then"},
		},
	},
	{
		"no-send-before", "an order or an address is sent however late", doubles,
		[]edit{{exchange, "if !k.sendBefore.IsZero() && !now.Before(k.sendBefore) {", "if false {"}},
	},
	{
		"no-limiter", "every call is made at once", manyCalls,
		[]edit{{
			limiter, `
	if err := ctx.Err(); err != nil {
		return err
	}
	w := &waiter{`, `
	if err := ctx.Err(); true {
		return err
	}
	w := &waiter{`,
		}},
	},
	{
		"own-budget", "each process has the whole budget", manyCalls,
		[]edit{{budget, "write('last', first + (granted - 1) * apart)", ""}},
	},
	{
		"no-survey", "an empty Redis counts as an empty account: the first orders come before a survey", doubles,
		[]edit{{
			account, "\tif !began.IsZero() && !began.Before(since) {\n", `
	if began.IsZero() && s.State != rollout.Ordering {
		return holding{}, nil
	}
	if !began.IsZero() && !began.Before(since) {
`,
		}},
	},
	{
		"older-address", "an address is sent while that of an older row may still arrive", oldAddress,
		[]edit{{
			pushscripts, `
    if owner ~= own then
      if tonumber(before) > tonumber(ARGV[7]) then return {'pending', before} end
      crossed = '1'
    end
`, "\n",
		}},
	},
	{
		"no-hand-back", "the tasks of a dead worker are left to asynq", heldTask,
		[]edit{{
			sweep, "if now.Sub(redisWellSince) <= w.Sweep.Silent || now.Sub(w.noActive) < w.Sweep.Silent {", "if !now.Before(redisWellSince) {",
		}},
	},
	{
		"no-revive", "a site whose task was lost gets no other", idleSite,
		[]edit{{sweep, "return w.revive(ctx, b.ID, now.Add(-w.Sweep.Overdue), sweepLimit)\n}", "return nil\n}"}},
	},
	{
		"no-restart", "the start of a Redis that lost its last writes is not noticed", doubles,
		[]edit{{server, `if err != nil || id == "" {`, `if err != nil || id != "" {`}},
	},
	{
		"stale-intent", "an intent is recorded although Redis was restarted since the site was read", doubles,
		[]edit{{scripts, " or ARGV[14] ~= '' and (redis.call('GET', KEYS[9]) or '0') ~= ARGV[14] then", " then"}},
	},
	{
		"late-poll", "orders are polled up to half an hour late", idleOrder,
		[]edit{
			{poll, "rest := max(w.spacing(ctx, p), p.lullGap(w.Now()))", "rest := max(w.spacing(ctx, p), p.lullGap(w.Now()), 30*time.Minute)"},
			{poll, "longestGap = time.Minute", "longestGap = time.Hour"},
		},
	},
	{
		"no-wake-up", "the end of a row does not make due the row that follows it", followsOn,
		[]edit{{scripts, "wake(KEYS[12], KEYS[13], follower, now)", ""}},
	},
	{
		"no-turn", "a row that followed another one goes on without the claim", givenUp,
		[]edit{{scripts, "if ARGV[15] == '1' then redis.call('HSET', KEYS[4], place, mine) end", ""}},
	},
	{
		"left-to-end", "a row is left to another one that has ended", leftToEnd,
		[]edit{{scripts, "\n      or left and not isOpen(KEYS[9], ARGV[i+10]) then", " then"}},
	},
	{
		"two-followers", "two rows follow the same one, and the first of them is forgotten", followsOn,
		[]edit{{scripts, " or follower ~= ARGV[i+11]\n", "\n"}},
	},
	{
		"no-hold", "an intent is recorded although the batch was paused or cancelled since the site was read", heldOrder,
		[]edit{{
			scripts, `~= ARGV[9] or isPaused(KEYS[5], KEYS[15])
    or redis.call('HEXISTS', KEYS[5], '` + "` + fieldCancelled + `" + `') == 1) then`, "~= ARGV[9]) then",
		}},
	},
	{
		"retry-forgets", "a retry forgets the attempts to order a site", forgotten,
		[]edit{{retry, "\tif s.Intent != nil {\n\t\tintent := *s.Intent", "\tif s.Intent = nil; s.Intent != nil {\n\t\tintent := *s.Intent"}},
	},
	{
		"admit-paused", "sites of a paused batch are admitted", admitted,
		[]edit{
			{admission, "w.hold(b, orders) == nil, w.hold(b, addresses) == nil;", "true, true;"},
			{admitScript, "state == ARGV[i+1] and not paused and", "state == ARGV[i+1] and"},
			{admitScript, "if isA(KEYS[3], 'hash') and redis.call('HEXISTS', KEYS[3], '` + fieldPaused + `') == 1 then return {} end", ""},
		},
	},
}
