// Breaks on purpose: the kinds of dishonest answers, and how they are written on the
// command line. What a broken answer looks like is in dishonest.go; chances and dice
// are those of the faults, in mischief.go.

package btsim

import "strings"

// The breaks. A fault is trouble that a client can notice; a break is an answer that
// is well formed and not true, not complete, or not of a sane size. The books hold the
// truth. A broken answer is an opportunity for the faults that come later on its way,
// so that a client does not see all broken answers.
const (
	// Respell answers a technicalSiteName in capitals, composed (NFC), with single
	// spaces and without spaces around it. A name that is struck is spelled so in all
	// answers from then on. Could strike: the first order of each name.
	Respell Kind = "respell"
	// ForeignAnswer carries the call out and answers about something else: another
	// order or voicesite of the customer, or the right one with another id and
	// reference or name. Could strike: every answer about one order or one voicesite.
	ForeignAnswer Kind = "foreign-answer"
	// EmptyAnswer carries the call out and answers with 204 and no body, or with {},
	// null or []; X-Total-Count is missing, 0 or true. Could strike: every answer about
	// one order or one voicesite, and every page of orders or voicesites that holds some.
	EmptyAnswer Kind = "empty-answer"
	// LosingList answers a page after an item of an earlier page has left the list: all
	// later items move by one, and X-Total-Count is one less. The item is back in the
	// next page, or not before offset 0 is asked for. Could strike: every page of the
	// orders or voicesites with an offset above 0 that holds some.
	LosingList Kind = "losing-list"
	// NoVoicesiteID never tells the voiceSiteId of a delivered order; the list of the
	// voicesites shows it. Could strike: every order made that would be delivered.
	NoVoicesiteID Kind = "no-voicesite-id"
	// RejectAfterLost takes an order, loses the answer (a server error, a time-out of
	// Options.Hang, a closed connection) and rejects or cancels the order after a second.
	// Could strike: every order made that would be delivered.
	RejectAfterLost Kind = "reject-after-lost"
	// LongWords makes a text Options.Words bytes long, control characters among them: the
	// description of an error, the label in an answer about one order or voicesite, or
	// the reason of a rejection, which at most maxLongReasons orders have. Could strike:
	// every refusal, every such answer, and every order made that will be rejected.
	LongWords Kind = "long-words"
	// NoReference leaves the reference and the name out of the answer, or the
	// reference and all parameters. Could strike: every answer about one order.
	NoReference Kind = "no-reference"
)

// BreakKinds lists every break, in the order in which people read them.
var BreakKinds = []Kind{
	Respell, ForeignAnswer, EmptyAnswer, NoReference,
	LosingList, NoVoicesiteID, RejectAfterLost, LongWords,
}

var breakMeanings = map[Kind]string{
	Respell:         "a site's name comes in capitals, with single spaces",
	ForeignAnswer:   "the answer is about another order or voicesite",
	EmptyAnswer:     "204, {}, null or [] where there is something",
	NoReference:     "an answer about an order lacks reference and name",
	LosingList:      "an item of an earlier page has left the list",
	NoVoicesiteID:   "a delivered order never tells its voiceSiteId",
	RejectAfterLost: "the answer to an order is lost, and the order rejected",
	LongWords:       "texts are huge, with control characters",
}

// Breaks says how often each break strikes. Kinds that it does not hold never do.
type Breaks map[Kind]Chance

// UnmarshalText adds what text asks for, written KIND or KIND=CHANCE: KIND is one of
// BreakKinds, or all. CHANCE is written as for Faults; without it the kind always
// strikes. What is added later replaces what was there.
func (b *Breaks) UnmarshalText(text []byte) error {
	name, written, given := strings.Cut(string(text), "=")
	if !given {
		written = "100%"
	}
	chances, err := chancesOf("break", name, written, BreakKinds)
	if err != nil {
		return err
	}
	addTo((*map[Kind]Chance)(b), chances)
	return nil
}

func (b Breaks) check() error { return checkChances("break", b, BreakKinds) }
