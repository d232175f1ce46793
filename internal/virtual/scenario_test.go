// This file draws a scenario from a seed: what a run is, and which disturbances strike it, when.

package virtual_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"btrollout/internal/btsim"
	"btrollout/internal/jobs"
	"btrollout/internal/throttle"
)

// scenario is all that a seed decides about a run, but its rows.
type scenario struct {
	seed          int64
	sites, nights int
	rate          throttle.Rate
	quotas        []throttle.Rate
	delivery      [2]time.Duration // of orders, the shortest and the longest
	deadline      time.Duration    // BT_ORDER_DEADLINE
	window        time.Duration    // jobs.Config.Window
	twice         bool             // the first file, and those of nights, are uploaded twice at the same time
	early         time.Duration    // when the file of the first night is uploaded; 0: when the files before are done
	again         time.Duration    // when the first file is uploaded again, while its sites are at work; 0: never
	consent       time.Duration    // the longest time between the check of a file and its upload: a person must say yes
	faults        btsim.Faults
	breaks        btsim.Breaks
	paces         []pace          // of the workers' networks
	skews         []time.Duration // of their clocks
	acts          []act
}

// pace is how long a part of a request or an answer is under way: at least from, at most to.
type pace struct{ from, to time.Duration }

// paces are those of the networks; the first is that of all others.
var paces = []pace{
	{time.Millisecond, 2 * time.Millisecond},
	{10 * time.Millisecond, 40 * time.Millisecond},
	{time.Millisecond, 300 * time.Millisecond},
}

// act is one disturbance.
type act struct {
	at     time.Duration // since the run began
	lasts  time.Duration
	kind   kind
	worker int  // that it strikes
	after  int  // writes before it strikes, for those that wait for a write
	behind bool // it strikes right behind that write
}

func (a act) String() string {
	return fmt.Sprintf("%s at %s for %s, worker %d, %d writes, behind %v", a.kind, a.at, a.lasts, a.worker, a.after, a.behind)
}

// kind is what an act does.
type kind string

// The kinds of acts.
const (
	killWorker    kind = "kill"   // a process, at a write; lasts: until another one starts
	freezeWorker  kind = "freeze" // a process, at a write; lasts: until it thaws
	freezeOrder   kind = "freeze before an order"
	freezeAddress kind = "freeze before an address" // and meanwhile newer addresses are uploaded
	holdCalls     kind = "calls held up"            // they arrive after their sender gave up
	cutThere      kind = "silence there"            // nothing gets from a machine to Redis and API
	cutBack       kind = "silence back"             // nothing comes back
	cutAPI        kind = "silence of API"           // both ways
	cutRedis      kind = "silence of Redis"
	resetNetwork  kind = "reset"           // all connections of a machine are reset, and refused
	restartWorker kind = "restart"         // as an update does
	redisAway     kind = "Redis away"      // it restarts
	redisFull     kind = "Redis full"      // it answers OOM
	redisReplica  kind = "Redis a replica" // it answers READONLY
	apiAway       kind = "API away"        // it answers nobody
	apiBlocked    kind = "API blocked"     // it answers that the account does not work
	apiStricter   kind = "API stricter"    // a country changes its rules, for good
	redisRestored kind = "Redis restored"  // at its end, the copy of its begin is put back
	redisEmptied  kind = "Redis emptied"   // while all are at work
	// A copy of Redis is put back while a worker is frozen that is about to record an intent, after
	// another worker made the order: the intent is that of a site of which the copy knows no order.
	restoredUnder kind = "Redis restored under a frozen worker"

	pauseBatch  kind = "pause"     // and resumed
	pauseAll    kind = "pause all" // and resumed
	cancelBatch kind = "cancel"    // behind: ordered sites are left
	retryBatch  kind = "retry"     // behind: rows in review are given up first, and tried again, too; lasts: until there are rows
	replanBatch kind = "replan"    // urgent, and another order of countries
	windowBatch kind = "window"    // that opens, and closes; lasts: from then on
	purgeBatch  kind = "purge"     // lasts: until a batch is done
	// A worker is frozen that is about to record an intent, and continues soon enough to send the order:
	// meanwhile everything is paused or, behind, a batch is cancelled.
	holdUnder kind = "hold under a frozen worker"
)

// byPeople are the acts of people.
var byPeople = []kind{pauseBatch, pauseBatch, pauseAll, cancelBatch, cancelBatch, holdUnder, holdUnder, retryBatch, retryBatch,
	replanBatch, windowBatch, purgeBatch}

// always are the acts of which each scenario draws some.
var always = []kind{
	killWorker, killWorker, freezeWorker, freezeOrder, freezeOrder, freezeAddress, freezeAddress, holdCalls, holdCalls,
	cutThere, cutBack, cutAPI, cutRedis, resetNetwork, restartWorker,
	redisAway, redisFull, redisReplica, apiAway, apiBlocked,
}

// everyKind lists all kinds, some of them more than once.
var everyKind = slices.Concat(always, []kind{redisRestored, restoredUnder, redisEmptied, apiStricter}, byPeople)

// longest is how long the acts of a kind last at most.
func (k kind) longest() time.Duration {
	switch k {
	case freezeWorker, freezeOrder, apiAway, apiBlocked:
		return 2 * time.Minute
	case retryBatch, purgeBatch:
		return 5 * time.Minute
	case freezeAddress, restoredUnder, holdCalls, cutThere, cutBack, cutAPI, cutRedis:
		return 40 * time.Second
	case redisRestored, pauseBatch, pauseAll, replanBatch:
		return time.Minute
	}
	return 20 * time.Second
}

// longWindow is long enough for others to send an address while its first sender is frozen, and
// may still send it.
const longWindow = 40 * time.Second

// faults and breaks are those from which a scenario draws.
const (
	allFaults = "error-before=2% html=1% throttle=every:150 token=every:120 error-after=3% timeout-after=every:35" +
		" reset=2% truncated=2% shift=every:4 slow=every:40 rejected=every:40 invisible=every:15"
	allBreaks = "respell=30% foreign-answer=every:30 empty-answer=every:35 no-reference=every:30" +
		" no-voicesite-id=every:40 reject-after-lost=every:30 losing-list=every:12 long-words=10%"
)

// newScenario draws the scenario of a seed.
func newScenario(seed int64, sites, workers int) scenario {
	rng := rand.New(rand.NewPCG(uint64(seed), 16))
	s := scenario{
		seed: seed, sites: sites, nights: rng.IntN(3), deadline: 2 * time.Hour,
		rate: throttle.Rate{Calls: []int{5, 10, 20, 40}[rng.IntN(4)], Per: time.Second},
		delivery: [][2]time.Duration{
			{500 * time.Millisecond, 3 * time.Second}, {5 * time.Second, time.Minute}, {time.Minute, 20 * time.Minute},
		}[rng.IntN(3)],
	}
	s.window = []time.Duration{10 * time.Second, longWindow}[rng.IntN(2)]
	s.twice = rng.IntN(3) == 0
	if rng.IntN(4) == 0 {
		s.quotas = []throttle.Rate{{Calls: 100, Per: time.Minute}}
	}
	for _, written := range drawn(rng, allFaults) {
		must(s.faults.UnmarshalText([]byte(written)))
	}
	for _, written := range drawn(rng, allBreaks) {
		must(s.breaks.UnmarshalText([]byte(written)))
	}
	for range workers {
		s.paces = append(s.paces, paces[rng.IntN(len(paces))])
		const most = jobs.MaxSkew / 2
		between := time.Duration(rng.Int64N(int64(2*most))) - most
		s.skews = append(s.skews, []time.Duration{-most, between, most}[rng.IntN(3)])
	}
	s.drawActs(rng, workers)
	s.drawDecisions(rand.New(rand.NewPCG(uint64(seed), 17)), workers)
	if s.nights > 0 && rng.IntN(2) == 0 { // sites are at work
		s.early = s.firstOrder() + time.Duration(rng.Int64N(int64(s.ordering())))
	}
	s.consent = []time.Duration{0, time.Second, 5 * time.Second}[rng.IntN(3)]
	restores := slices.ContainsFunc(s.acts, func(a act) bool { return a.kind == redisRestored || a.kind == restoredUnder })
	if s.early == 0 && !restores && rng.IntN(2) == 0 {
		s.again = s.firstOrder() + time.Duration(rng.Int64N(int64(s.ordering()+min(s.delivery[1], time.Minute))))
	}
	return s
}

// drawActs draws the acts: first their kinds, on which the window depends, and then when they
// come, which depends on the window.
func (s *scenario) drawActs(rng *rand.Rand, workers int) {
	var kinds []kind
	for range 3 + rng.IntN(10) {
		kinds = append(kinds, always[rng.IntN(len(always))])
	}
	switch rng.IntN(4) {
	case 0:
		s.nights = 0 // no upload may come between the copy and its return
		kinds = append(kinds, []kind{redisRestored, restoredUnder}[rng.IntN(2)])
	case 1:
		kinds = append(kinds, redisEmptied)
	}
	if rng.IntN(4) == 0 {
		kinds = append(kinds, apiStricter)
	}
	if slices.Contains(kinds, freezeAddress) || slices.Contains(kinds, restoredUnder) {
		s.window = longWindow
	}
	for _, k := range kinds {
		s.acts = append(s.acts, s.drawAct(rng, k, workers))
	}
	slices.SortFunc(s.acts, func(a, b act) int { return int(a.at - b.at) })
}

// drawDecisions draws the acts of people.
func (s *scenario) drawDecisions(rng *rand.Rand, workers int) {
	for range rng.IntN(5) {
		s.acts = append(s.acts, s.drawAct(rng, byPeople[rng.IntN(len(byPeople))], workers))
	}
	slices.SortFunc(s.acts, func(a, b act) int { return int(a.at - b.at) })
}

// firstOrder is when workers send the first order at the earliest: they wait because Redis is
// empty (jobs.Config.RecoveryDelay).
func (s scenario) firstOrder() time.Duration { return s.window + callTimeout + jobs.MaxSkew + settle }

// ordering is about how long it takes to send all orders.
func (s scenario) ordering() time.Duration {
	return 5*time.Second + time.Duration(s.sites)*4*time.Second/time.Duration(s.rate.Calls)
}

// beforeFirst is how long before the first order acts begin: few things can go wrong earlier.
const beforeFirst = 6 * time.Second

// drawAct draws an act of a kind.
func (s scenario) drawAct(rng *rand.Rand, k kind, workers int) act {
	span := 2*time.Minute + s.ordering()
	if k == freezeOrder || k == holdCalls || k == restoredUnder || k == holdUnder {
		span = beforeFirst + s.ordering()
	}
	drawn := act{
		at:    s.firstOrder() - beforeFirst + time.Duration(rng.Int64N(int64(span))),
		lasts: time.Second + time.Duration(rng.Int64N(int64(k.longest()))),
		kind:  k, worker: rng.IntN(workers), after: rng.IntN(60), behind: rng.IntN(2) == 0,
	}
	if k == apiBlocked && drawn.behind { // it comes while orders are sent, and lasts until none may be
		drawn.at = s.firstOrder() + time.Duration(rng.Int64N(int64(s.ordering())))
		drawn.lasts = s.window + arrivesWithin + time.Duration(rng.Int64N(int64(time.Minute)))
	}
	return drawn
}

// drawn returns some of the words: each with a chance of two in three.
func drawn(rng *rand.Rand, words string) []string {
	return slices.DeleteFunc(strings.Fields(words), func(string) bool { return rng.IntN(3) == 0 })
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}

// smaller returns scenarios with less of what makes trouble, the smallest first.
func (s scenario) smaller() (all []scenario) {
	with := func(change func(*scenario)) {
		less := s
		less.acts, less.faults, less.breaks = slices.Clone(s.acts), maps.Clone(s.faults), maps.Clone(s.breaks)
		change(&less)
		all = append(all, less)
	}
	if n := len(s.acts); n > 1 {
		with(func(less *scenario) { less.acts = less.acts[:n/2] })
		with(func(less *scenario) { less.acts = less.acts[n/2:] })
	}
	if len(s.faults) > 0 {
		with(func(less *scenario) { less.faults = nil })
	}
	if len(s.breaks) > 0 {
		with(func(less *scenario) { less.breaks = nil })
	}
	if s.twice {
		with(func(less *scenario) { less.twice = false })
	}
	if s.nights > 0 {
		with(func(less *scenario) { less.nights, less.early = 0, 0 })
	}
	if s.again > 0 {
		with(func(less *scenario) { less.again = 0 })
	}
	if s.consent > 0 {
		with(func(less *scenario) { less.consent = 0 })
	}
	for i := range s.acts {
		with(func(less *scenario) { less.acts = slices.Delete(less.acts, i, i+1) })
	}
	for _, k := range slices.Sorted(maps.Keys(s.faults)) {
		with(func(less *scenario) { delete(less.faults, k) })
	}
	for _, k := range slices.Sorted(maps.Keys(s.breaks)) {
		with(func(less *scenario) { delete(less.breaks, k) })
	}
	if s.sites > fewestSites {
		with(func(less *scenario) { less.sites = max(fewestSites, s.sites/2) })
	}
	return all
}

// fewestSites is how small a run is made that fails.
const fewestSites = 4

func (s scenario) String() string {
	var text strings.Builder
	fmt.Fprintf(&text, "seed %d: %d sites, %d nights, %v, quotas %v, delivery %v, faults %v, breaks %v, paces %v, clocks %v",
		s.seed, s.sites, s.nights, s.rate, s.quotas, s.delivery, s.faults, s.breaks, s.paces, s.skews)
	fmt.Fprintf(&text, ", send-before %v, files twice %v, first night at %v, first file again at %v, consent within %v\n",
		s.window, s.twice, s.early, s.again, s.consent)
	for _, a := range s.acts {
		fmt.Fprintf(&text, "  %s\n", a)
	}
	return text.String()
}
