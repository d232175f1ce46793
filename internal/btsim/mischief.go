// Faults on purpose, as one asks for them: the kinds, how often each strikes, how
// both are written, and the dice that decide, for breaks too. What a call or an order
// that was struck looks like is written in strike.go; the kinds of breaks are in
// break.go; fault.go holds the API's own errors.

package btsim

import (
	"cmp"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
)

// Kind is a way to misbehave on purpose. Each says below when it could strike:
// that is an opportunity. A call that one kind struck is no opportunity for the
// kinds that come later on its way.
type Kind string

const (
	// Throttle begins a storm that lasts Options.Storm by the clock. Could strike:
	// every API call outside a storm.
	Throttle Kind = "throttle"
	// ErrorBefore answers 500, 502, 503 or 504 and does nothing. Could strike:
	// every API call and every token.
	ErrorBefore Kind = "error-before"
	// HTML answers 502 or 503 with a proxy's page and does nothing. Could strike:
	// every API call and every token.
	HTML Kind = "html"
	// Token lets the access token of the call expire. Could strike: every API call
	// with a token that works.
	Token Kind = "token"
	// TimeoutAfter carries the call out and never answers: the connection is closed
	// when the client hangs up, or after Options.Hang. Could strike: every order
	// and every address that was taken.
	TimeoutAfter Kind = "timeout-after"
	// ErrorAfter answers like ErrorBefore when the call is carried out. Could
	// strike: every order and every address that was taken.
	ErrorAfter Kind = "error-after"
	// Reset breaks the connection within the answer. Could strike: every API call
	// that was carried out.
	Reset Kind = "reset"
	// Truncated cuts the JSON of the answer; its Content-Length is that of what is
	// left. Could strike: every API call that was carried out.
	Truncated Kind = "truncated"
	// Shift answers a page of a list that moved by one item meanwhile, while
	// X-Total-Count stays true. Could strike: every page of the orders or
	// voicesites that holds some of them, but not all.
	Shift Kind = "shift"
	// Slow makes an order take Options.Slow. Could strike: every order made.
	Slow Kind = "slow"
	// Invisible keeps an order and its voicesite out of all lists and their
	// X-Total-Count for Options.Invisible. Could strike: every order made.
	Invisible Kind = "invisible"
	// Rejected rejects an order when it is due. Could strike: every order made that
	// would be delivered.
	Rejected Kind = "rejected"
)

// Kinds lists every fault, in the order in which people read them. BreakKinds are not
// among them: a client that asks for all faults gets an API in trouble, not a dishonest
// one.
var Kinds = []Kind{
	ErrorBefore, HTML, Throttle, Token,
	ErrorAfter, TimeoutAfter, Reset, Truncated,
	Shift, Slow, Rejected, Invisible,
}

var meanings = map[Kind]string{
	ErrorBefore:  "a server error with the API's body; nothing was done",
	HTML:         "a server error with a proxy's page; nothing was done",
	Throttle:     "begins a storm: all calls are told of too many requests",
	Token:        "the access token in use expires at once",
	ErrorAfter:   "the order or address is taken, and a server error told",
	TimeoutAfter: "the order or address is taken, and never answered",
	Reset:        "the call is carried out, the connection reset halfway",
	Truncated:    "the call is carried out, the JSON of its answer cut",
	Shift:        "a page of orders or voicesites misses and repeats items",
	Slow:         "the order stays in progress for long",
	Rejected:     "the order is taken, and rejected when it is due",
	Invisible:    "the order and its voicesite are in no list for a while",
}

// Meaning says in a few words what the kind does.
func (k Kind) Meaning() string { return cmp.Or(meanings[k], breakMeanings[k]) }

// Chance is how often a fault strikes when it could: with a probability, or on each
// Every-th opportunity. The zero value never strikes.
type Chance struct {
	Probability float64 // 0 to 1
	Every       int     // 1: always, 3: the third, sixth, … opportunity
}

// Faults says how often each kind strikes. Kinds that it does not hold never do.
type Faults map[Kind]Chance

// allKinds stands for every kind where faults are written.
const allKinds = "all"

// UnmarshalText adds what text asks for, written KIND=CHANCE: KIND is one of Kinds,
// or all, and CHANCE is a probability such as 0.02, a percentage such as 2%, or
// every:50. What is added later replaces what was there.
func (f *Faults) UnmarshalText(text []byte) error {
	name, written, found := strings.Cut(string(text), "=")
	if !found {
		return fmt.Errorf("%q is not written KIND=CHANCE, such as html=2%%", text)
	}
	chances, err := chancesOf("fault", name, written, Kinds)
	if err != nil {
		return err
	}
	addTo((*map[Kind]Chance)(f), chances)
	return nil
}

// chancesOf reads the name of one of the known kinds, or all, and a chance; what says in
// errors what the kinds are.
func chancesOf(what, name, written string, known []Kind) (map[Kind]Chance, error) {
	kinds := []Kind{Kind(name)}
	if name == allKinds {
		kinds = known
	} else if err := kinds[0].check(what, known); err != nil {
		return nil, err
	}
	chance, err := parseChance(written)
	if err != nil {
		return nil, err
	}
	chances := map[Kind]Chance{}
	for _, kind := range kinds {
		chances[kind] = chance
	}
	return chances, nil
}

// addTo adds chances to a map that may be nil.
func addTo(all *map[Kind]Chance, chances map[Kind]Chance) {
	if *all == nil {
		*all = map[Kind]Chance{}
	}
	maps.Copy(*all, chances)
}

func parseChance(text string) (c Chance, err error) {
	if every, found := strings.CutPrefix(text, "every:"); found {
		c.Every, err = strconv.Atoi(every)
		if err == nil && c.Every > 0 {
			return c, nil
		}
	} else {
		number, isPercent := strings.CutSuffix(text, "%")
		c.Probability, err = strconv.ParseFloat(number, 64)
		if isPercent {
			c.Probability /= 100
		}
		if err == nil && c.check() == nil {
			return c, nil
		}
	}
	return c, fmt.Errorf("the chance %q is not a probability from 0 to 1 such as 0.02, a percentage such as 2%%, or every:50", text)
}

func (f Faults) check() error { return checkChances("fault", f, Kinds) }

func checkChances(what string, chances map[Kind]Chance, known []Kind) error {
	for _, kind := range slices.Sorted(maps.Keys(chances)) {
		if err := kind.check(what, known); err != nil {
			return err
		}
		if err := chances[kind].check(); err != nil {
			return fmt.Errorf("%s %s: %w", what, kind, err)
		}
	}
	return nil
}

// check wants one of the known kinds.
func (k Kind) check(what string, known []Kind) error {
	if slices.Contains(known, k) {
		return nil
	}
	var names strings.Builder
	for _, name := range known {
		names.WriteString(", " + string(name))
	}
	return fmt.Errorf("there is no %s %q: give %s%s", what, k, allKinds, names.String())
}

func (c Chance) check() error {
	switch {
	case !(c.Probability >= 0 && c.Probability <= 1): // NaN is neither
		return fmt.Errorf("its probability is %v: give 0 to 1", c.Probability)
	case c.Every < 0 || c.Every > 0 && c.Probability > 0:
		return fmt.Errorf("it strikes every %d. time and with probability %v: give one of them", c.Every, c.Probability)
	}
	return nil
}

// dice decide about the opportunities of one kind. They have a random source of
// their own, so that what they say of the n-th opportunity follows from seed, kind
// and chance alone, and switching one kind on changes nothing else.
type dice struct {
	chance Chance
	random *rand.Rand
	rolls  int
}

func newDice(seed int64, faults Faults, breaks Breaks) map[Kind]*dice {
	asked := map[Kind]Chance{}
	maps.Copy(asked, faults)
	maps.Copy(asked, breaks)
	all := map[Kind]*dice{}
	for i, kind := range slices.Concat(Kinds, BreakKinds) {
		if chance, found := asked[kind]; found {
			source := rand.NewPCG(uint64(seed), uint64(i)+1) // 0 draws delivery times
			all[kind] = &dice{chance: chance, random: rand.New(source)}
		}
	}
	return all
}

// roll says whether this opportunity is taken, and draws which variant of the
// fault it is then. It takes as much from the random source either way.
func (d *dice) roll() (variant int, strikes bool) {
	d.rolls++
	drawn, variant := d.random.Float64(), d.random.IntN(1<<30)
	if d.chance.Every > 0 {
		return variant, d.rolls%d.chance.Every == 0
	}
	return variant, drawn < d.chance.Probability
}
