// Whether a row that is tried again costs a new order, as far as its own record says.

package jobs

import (
	"time"

	"btrollout/internal/rollout"
)

// OrderNeed says whether a row that is tried again is ordered. What the account shows then decides in the end.
type OrderNeed int

// The needs.
const (
	NeedsOrder   OrderNeed = iota // it has no order, or a rejected or refused one: a new order is made
	MayHaveOrder                  // the outcome of its last attempt is unknown: its order is looked up first
	HasOrder                      // it has an order or a voicesite: no order is made
)

// orderNeedOf returns what a row needs that has failed or was cancelled, and is tried again.
func orderNeedOf(s rollout.Site) OrderNeed {
	s = again(s, time.Time{})
	switch {
	case givenVoiceSiteID(s) != "" || s.Progress.VoiceSiteID != "" || s.OrderID != "":
		return HasOrder
	case s.Intent != nil && s.Intent.LookUp:
		return MayHaveOrder
	}
	return NeedsOrder
}
