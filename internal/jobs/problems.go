// The codes of the problems that sites meet, and which problem a refusal of the API is.

package jobs

import (
	"slices"
	"strings"
	"unicode"

	"btrollout/internal/btapi"
	"btrollout/internal/rollout"
)

// Problem codes of the pipeline. They are permanent.
const (
	CodeUnavailable      = "api.unavailable"        // transient errors until the tries were spent
	CodeRefused          = "api.refused"            // the API refused the call and names no field
	CodeOrderRefused     = "order.refused"          // the order was refused
	CodeOrderRejected    = "order.rejected"         // the order was accepted, and rejected later
	CodeOrderLate        = "order.late"             // the order stays in progress
	CodeOrderUnknown     = "order.unknown"          // nobody can tell whether an order was made
	CodeOrderSeveral     = "order.several"          // the account holds several orders of the site
	CodeOrderDiffers     = "order.differs"          // the account holds an order of the site, and it is for something else
	CodeNameTaken        = "site.name-taken"        // the account holds a voicesite of this name that was not ordered for the row
	CodeNameAlike        = "site.name-alike"        // an earlier upload has a site whose name can be taken for this one
	CodeGivenUp          = "site.given-up"          // a person gave the site up
	CodeAddressRefused   = "address.refused"        // the address passed every check, and was refused when pushed
	CodeVoiceSiteUnknown = "site.voicesite-unknown" // the voiceSiteId does not exist
	CodeVoiceSiteOther   = "site.voicesite-other"   // the voiceSiteId is that of another site
	CodeVoiceSiteTaken   = "site.voicesite-taken"   // the voicesite belongs to another site
	CodeVoiceSiteGone    = "site.voicesite-gone"    // the site's voicesite takes no address any more, because it does not exist
	CodeAddressNotKept   = "address.not-kept"       // the API shows another address than the one sent
	CodeUnderWay         = "site.under-way"         // another batch is working on the site; no failure
	CodeLeft             = "site.left"
	CodeLabelDiffers     = "site.label-differs" // the voicesite has another label; no failure
	CodeInReview         = "site.in-review"     // the site waits for a decision in another batch
	CodeSiteChanged      = "site.changed"       // the site exists, in another country or on another VPN
	CodeTaken            = "site.taken"         // another upload took the site at the same moment
)

// problemOfRefusal is the problem of a call that the API refused for the site's own data.
func problemOfRefusal(s rollout.Site, refused *btapi.Error) rollout.Problem {
	switch s.State.Stage() {
	case rollout.StageOrder:
		return problemOrderRefused(s, refused)
	case rollout.StageAddress:
		return problemAddressRefused(s, refused)
	}
	return problemRowRefused(s, refused)
}

// englishWords are elements that may stand in any sentence: they are meant where a
// colon follows.
var englishWords = []string{"room", "unit"}

// fieldNamedIn finds the field that the API's words name: an address element, or a
// parameter of the order.
func fieldNamedIn(e *btapi.Error) string {
	words := strings.FieldsFunc(e.Words(), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	for _, w := range words {
		switch w {
		case rollout.FieldName, rollout.FieldLabel, rollout.FieldReference, rollout.DialZone:
			return w
		case "vpnId":
			return rollout.FieldVPN
		}
		if rollout.IsElement(w) && (!slices.Contains(englishWords, w) || strings.Contains(e.Words(), w+":")) {
			return w
		}
	}
	return ""
}
