// The kinds of faults, how they are written on the command line, and the dice that decide when
// a fault or a break strikes. strike.go applies the faults.

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

// Kind is a kind of fault or break. The comment of each says when it could strike: this is an
// opportunity. A call that one kind struck is no opportunity for the kinds of later layers.
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
	// TimeoutAfter carries the call out and does not answer: the connection is closed
	// when the client closes it, or after Options.Hang. Could strike: every order and
	// every address that was accepted.
	TimeoutAfter Kind = "timeout-after"
	// ErrorAfter carries the call out and answers like ErrorBefore. Could strike: every
	// order and every address that was accepted.
	ErrorAfter Kind = "error-after"
	// Reset breaks the connection within the answer. Could strike: every API call
	// that was carried out.
	Reset Kind = "reset"
	// Truncated cuts the JSON of the answer; Content-Length is that of the rest. Could strike: every API call that was carried out.
	Truncated Kind = "truncated"
	// Shift gives a page as if the list had moved by one item meanwhile; X-Total-Count
	// stays true. Could strike: every page of the orders or
	// voicesites that holds some of them, but not all.
	Shift Kind = "shift"
	// Slow makes an order take Options.Slow. Could strike: every order made.
	Slow Kind = "slow"
	// Invisible hides an order and its voicesite from all lists and their X-Total-Count
	// for Options.Invisible. Could strike: every order made.
	Invisible Kind = "invisible"
	// Rejected rejects an order when it is due. Could strike: every order made that
	// would be delivered.
	Rejected Kind = "rejected"
)

// Kinds lists every fault, in the order of the help. It does not have BreakKinds: "all" faults
// are those of an API in trouble, which gives no false answers.
var Kinds = []Kind{
	ErrorBefore, HTML, Throttle, Token,
	ErrorAfter, TimeoutAfter, Reset, Truncated,
	Shift, Slow, Rejected, Invisible,
}

var meanings = map[Kind]string{
	ErrorBefore:  "a server error with the API's body; nothing was done",
	HTML:         "a server error with a proxy's page; nothing was done",
	Throttle:     "begins a storm: all calls get \"too many requests\"",
	Token:        "the access token in use expires at once",
	ErrorAfter:   "the order or address is accepted, answer a server error",
	TimeoutAfter: "the order or address is accepted, without an answer",
	Reset:        "the call is carried out, the connection reset halfway",
	Truncated:    "the call is carried out, the JSON of its answer cut",
	Shift:        "a page of orders or voicesites misses and repeats items",
	Slow:         "the order stays in progress for a long time",
	Rejected:     "the order is accepted, and rejected when it is due",
	Invisible:    "the order and its voicesite are in no list for a while",
}

// Meaning is what the kind does, in a few words.
func (k Kind) Meaning() string { return cmp.Or(meanings[k], breakMeanings[k]) }

// Chance is how often a kind strikes when it could: with a probability, or at each Every-th
// opportunity. The zero value never strikes.
type Chance struct {
	Probability float64 // 0 to 1
	Every       int     // 1: always, 3: the third, sixth, … opportunity
}

// Faults says how often each fault strikes. A kind that it does not have never strikes.
type Faults map[Kind]Chance

// allKinds is the name of all kinds on the command line.
const allKinds = "all"

// UnmarshalText adds the faults of a text KIND=CHANCE: KIND is one of Kinds, or all; CHANCE is a
// probability such as 0.02, a percentage such as 2%, or every:50. A later text replaces the
// chances of an earlier one.
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

// chancesOf reads a name, one of the known kinds or all, and a chance. what names the kinds in
// errors: "fault" or "break".
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

// check returns an error unless k is one of the known kinds.
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

// dice decide about the opportunities of one kind. They have a random source of their own, so
// that only seed, kind and chance decide about the n-th opportunity, and one kind does not
// change the others.
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

// roll decides whether the kind strikes, and which variant of it. It takes as many random
// numbers in either case.
func (d *dice) roll() (variant int, strikes bool) {
	d.rolls++
	drawn, variant := d.random.Float64(), d.random.IntN(1<<30)
	if d.chance.Every > 0 {
		return variant, d.rolls%d.chance.Every == 0
	}
	return variant, drawn < d.chance.Probability
}
