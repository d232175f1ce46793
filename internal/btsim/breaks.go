// The kinds of breaks, and how they are written on the command line. dishonest.go applies them.

package btsim

import "strings"

// The breaks. A client can notice a fault; a break is an answer that is well formed and not
// true, not complete, or far too long. The books stay true. A broken answer then passes the
// layers of the faults, so a client does not see all broken answers.
const (
	// Respell gives a technicalSiteName in capitals, composed (NFC), with single spaces
	// and without spaces around it, in all answers from then on. Could strike: the first
	// order of each name.
	Respell Kind = "respell"
	// ForeignAnswer carries the call out and answers with another order or voicesite of
	// the customer, or with the right one under another id and reference or name. Could strike: every answer about one order or one voicesite.
	ForeignAnswer Kind = "foreign-answer"
	// EmptyAnswer carries the call out and answers with 204 and no body, or with {},
	// null or []; X-Total-Count is missing, 0 or true. Could strike: every answer about
	// one order or one voicesite, and every page of orders or voicesites that holds some.
	EmptyAnswer Kind = "empty-answer"
	// LosingList gives a page as if an item of an earlier page had left the list: all
	// later items move by one, and X-Total-Count is one less. The item is back in the
	// next page, or when offset 0 is requested. Could strike: every page of the
	// orders or voicesites with an offset above 0 that holds some.
	LosingList Kind = "losing-list"
	// NoVoicesiteID leaves the voiceSiteId out of a delivered order; the list of
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

// BreakKinds lists every break, in the order of the help.
var BreakKinds = []Kind{
	Respell, ForeignAnswer, EmptyAnswer, NoReference,
	LosingList, NoVoicesiteID, RejectAfterLost, LongWords,
}

var breakMeanings = map[Kind]string{
	Respell:         "a site's name comes in capitals, with single spaces",
	ForeignAnswer:   "the answer is about another order or voicesite",
	EmptyAnswer:     "204, {}, null or [] instead of the content",
	NoReference:     "an answer about an order lacks reference and name",
	LosingList:      "an item of an earlier page has left the list",
	NoVoicesiteID:   "a delivered order never has its voiceSiteId",
	RejectAfterLost: "the answer to an order is lost, and the order rejected",
	LongWords:       "texts are huge, with control characters",
}

// Breaks says how often each break strikes. A kind that it does not have never strikes.
type Breaks map[Kind]Chance

// UnmarshalText adds the breaks of a text KIND or KIND=CHANCE: KIND is one of BreakKinds, or
// all; CHANCE is written as for Faults, and without it the kind always strikes. A later text
// replaces the chances of an earlier one.
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
