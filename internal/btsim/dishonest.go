// Applies the breaks: the changes of orders, of answers about one order or voicesite, and of
// lists.

package btsim

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/text/unicode/norm"
)

const (
	// maxWords bounds Options.Words, in bytes.
	maxWords = 8 << 20
	// maxLongReasons bounds how many orders of a customer have a long reason, because a
	// page of the orders list has all of them.
	maxLongReasons = 4
	// rejectAfterLost is the time from an order to its rejection by RejectAfterLost.
	rejectAfterLost = time.Second
)

// strikeOrder is strike for a break that concerns one order, and records it in the order. The
// caller holds s.mu.
func (s *Sim) strikeOrder(o *order, kind Kind) (variant int, struck bool) {
	variant, struck = s.strike(kind)
	if struck && !slices.Contains(o.struck, kind) {
		o.struck = append(o.struck, kind)
	}
	return variant, struck
}

// decideBreaks applies Respell, NoVoicesiteID, RejectAfterLost and LongWords to a new order.
// If lost, its answer must not arrive. The caller holds s.mu.
func (s *Sim) decideBreaks(c *customer, o *order) (lost bool, variant int) {
	o.spelled = s.respell(c, o)
	if o.rejection == "" {
		_, o.withoutID = s.strikeOrder(o, NoVoicesiteID)
		if variant, lost = s.strikeOrder(o, RejectAfterLost); lost {
			o.rejection, o.due = "The order was taken, and rejected after its answer was lost, on purpose.", o.created.Add(rejectAfterLost)
			o.cancelled = variant%2 == 1
		}
	}
	if o.rejection != "" && c.longReasons < maxLongReasons {
		if _, struck := s.strikeOrder(o, LongWords); struck {
			c.longReasons++
			o.rejection = s.longWords(o.rejection)
		}
	}
	return lost, variant / 2
}

// respell returns how all answers spell the name of an order. The caller holds s.mu.
func (s *Sim) respell(c *customer, o *order) string {
	name := o.parameters.TechnicalSiteName
	spelled, known := c.spelled[name]
	if !known {
		spelled = name
		if _, struck := s.strike(Respell); struck {
			spelled = strings.Join(strings.Fields(norm.NFC.String(strings.ToUpper(name))), " ")
		}
		c.spelled[name] = spelled
	}
	if spelled != name {
		o.struck = append(o.struck, Respell)
	}
	return spelled
}

// loseAnswer ends a call whose answer must not arrive.
func (s *Sim) loseAnswer(r *http.Request, variant int) *refusal {
	switch variant % 3 {
	case 0:
		s.hang(r)
	case 1:
		return serverError(variant / 3)
	}
	panic(http.ErrAbortHandler) // closes the connection without an answer
}

// longWords appends Options.Words bytes to a text.
func (s *Sim) longWords(text string) string {
	const unit = " on\x00 purpose\x1b[31m\r\n\t\u0085\u2028\u202e\u200b é"
	long := strings.Repeat(unit, s.options.Words/len(unit)+1)
	return text + strings.ToValidUTF8(long[:s.options.Words], "")
}

// lengthenRefusal applies LongWords to the description of a refusal.
func (s *Sim) lengthenRefusal(next handler) handler {
	return func(w http.ResponseWriter, r *http.Request) *refusal {
		f := next(w, r)
		if f == nil {
			return nil
		}
		if kind, _ := s.strikeFirst(LongWords); kind == "" {
			return f
		}
		switch body := f.body.(type) {
		case []detail:
			body[0].Description = s.longWords(body[0].Description)
		case detail:
			body.Description = s.longWords(body.Description)
			f.body = body
		}
		return f
	}
}

// answer is a document, or an empty answer of EmptyAnswer.
type answer struct {
	document any
	empty    bool
	variant  int // of the empty answer
}

// orderAnswer returns the answer about one order, with its breaks. The caller holds s.mu.
func (s *Sim) orderAnswer(c *customer, o *order, now time.Time) answer {
	if variant, struck := s.strikeOrder(o, EmptyAnswer); struck {
		return answer{empty: true, variant: variant}
	}
	d := o.document(now)
	if variant, struck := s.strikeOrder(o, ForeignAnswer); struck {
		if other := orderOfAnotherName(c.orders, o, variant/2); other != nil && variant%2 == 0 {
			d = other.document(now)
		} else {
			d.OrderID, d.Reference = "ord99"+d.OrderID[3:], "another-"+strconv.Itoa(variant)
		}
	}
	if variant, struck := s.strikeOrder(o, NoReference); struck {
		d.Reference, d.Parameters.TechnicalSiteName = "", ""
		if variant%2 == 1 {
			d.Parameters = orderParameters{}
		}
	}
	if _, struck := s.strikeOrder(o, LongWords); struck && d.Parameters.CustomerSiteLabel != "" {
		d.Parameters.CustomerSiteLabel = s.longWords(d.Parameters.CustomerSiteLabel)
	}
	return answer{document: d}
}

// voicesiteAnswer returns the answer about one voicesite, with its breaks. The caller holds
// s.mu.
func (s *Sim) voicesiteAnswer(c *customer, o *order, now time.Time) answer {
	if variant, struck := s.strikeOrder(o, EmptyAnswer); struck {
		return answer{empty: true, variant: variant}
	}
	d := o.voicesite()
	if variant, struck := s.strikeOrder(o, ForeignAnswer); struck {
		delivered := slices.DeleteFunc(slices.Clone(c.orders), func(o *order) bool { return !o.delivered(now) })
		if other := orderOfAnotherName(delivered, o, variant/2); other != nil && variant%2 == 0 {
			d = other.voicesite()
		} else {
			d.VoiceSiteID, d.TechnicalSiteName = "vs99"+d.VoiceSiteID[2:], "Another "+strconv.Itoa(variant)
		}
	}
	if _, struck := s.strikeOrder(o, LongWords); struck {
		d.CustomerSiteLabel = s.longWords(d.CustomerSiteLabel)
	}
	return answer{document: d}
}

// orderOfAnotherName returns an order with another name than not, from pick on; nil: there is
// none among the next 100.
func orderOfAnotherName(orders []*order, not *order, pick int) *order {
	for i := range min(len(orders), 100) {
		other := orders[(pick+i)%len(orders)]
		if FoldName(other.parameters.TechnicalSiteName) != FoldName(not.parameters.TechnicalSiteName) {
			return other
		}
	}
	return nil
}

// write writes the document with a status, or the empty answer.
func (a answer) write(w http.ResponseWriter, status int) {
	if !a.empty {
		writeJSON(w, status, a.document)
		return
	}
	forms := []string{"", "{}", "null", "[]"}
	form := forms[a.variant%len(forms)]
	if form == "" {
		w.WriteHeader(http.StatusNoContent)
		return
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write([]byte(form)) // as in writeJSON
}

// emptyPage writes an empty answer instead of a page with some of the orders, if EmptyAnswer
// strikes, and reports whether it did. A page by reference is an answer about its orders.
func (s *Sim) emptyPage(w http.ResponseWriter, q url.Values, orders []*order) bool {
	from, to, f := s.bounds(q, len(orders))
	if f != nil || from == to {
		return false
	}
	kind, variant := s.strikeFirst(EmptyAnswer)
	if kind == "" {
		return false
	}
	if q.Has("customerOrderReference") {
		s.locked(func(time.Time) {
			for _, o := range orders {
				if !slices.Contains(o.struck, EmptyAnswer) {
					o.struck = append(o.struck, EmptyAnswer)
				}
			}
		})
	}
	const forms = 4
	switch variant / forms % 3 {
	case 0:
		w.Header().Set("X-Total-Count", strconv.Itoa(len(orders)))
	case 1:
		w.Header().Set("X-Total-Count", "0")
		w.Header().Set("X-Result-Count", "0")
	}
	answer{empty: true, variant: variant}.write(w, http.StatusOK)
	return true
}

// losing is an item that LosingList took out of a list.
type losing struct {
	item    *order
	reading bool // until offset 0 is requested; false: for one page
}

// withoutLost takes an item of an earlier page out of a list if LosingList strikes, and keeps it
// out as gone says. The caller holds s.mu.
func (s *Sim) withoutLost(orders []*order, gone *losing, q url.Values) []*order {
	from, to, f := s.bounds(q, len(orders))
	if f != nil || from == 0 {
		*gone = losing{}
		return orders
	}
	if from < to && gone.item == nil {
		if variant, struck := s.strike(LosingList); struck {
			*gone = losing{item: orders[variant/2%from], reading: variant%2 == 1}
		}
	}
	lost := gone.item
	if !gone.reading {
		*gone = losing{}
	}
	return slices.DeleteFunc(slices.Clone(orders), func(o *order) bool { return o == lost })
}
