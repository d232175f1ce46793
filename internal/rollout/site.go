// This file holds a site: what its row asks for, and what became of it.

package rollout

import "time"

// Site is one row of a rollout file on its way to a voicesite.
type Site struct {
	Batch string `json:"-"`
	Row   RowRef `json:"-"`
	// LedgerSince is Batch.LedgerSince as it was when the site was read; zero: not read.
	LedgerSince time.Time `json:"-"`
	Cells       []string  `json:"cells,omitempty"` // as written, one for each of its sheet's Columns
	// AddressHash stands for the Address of a site whose batch was purged (ledger.AddressKey); else "".
	AddressHash string `json:"addressHash,omitempty"`
	Request            // what the row asks for; fixed once the batch is created

	Progress `json:"-"` // what became of it; stored apart, because it changes
}

// Request is what a row asks for, in the API's terms.
type Request struct {
	Name      string `json:"name"`                // technicalSiteName, the site's identity within its customer
	Label     string `json:"label,omitempty"`     // customerSiteLabel
	Country   string `json:"country"`             // ISO 3166-1 alpha-2, upper case
	VPN       string `json:"vpn,omitempty"`       // as written: id, name or code
	VPNID     string `json:"vpnId,omitempty"`     // the API's id, once looked up
	Reference string `json:"reference,omitempty"` // the row's own customerOrderReference, if any
	// VoiceSiteID is the voiceSiteId that the row gives, if any: no order is made, and once the id
	// is verified, the address is sent. An id known from an earlier batch is in Progress.
	VoiceSiteID string  `json:"voiceSite,omitempty"`
	Address     Address `json:"address"` // as the row gives it, the dial zone included
}

// Progress is what became of a site. A writer who saw an older Version than the
// ledger's is refused.
type Progress struct {
	State    State `json:"-"`
	Recorded State `json:"-"`             // the state that the ledger holds
	Passed   State `json:"-"`             // a state passed through since, if any, that needs no record of its own
	Version  int   `json:"-"`             // how often the ledger's record was changed
	Run      int   `json:"run,omitempty"` // number of decisions of people about this site

	// Pushed is the push by which the voicesite got the address, if the next record is to
	// say that it is over; else nil.
	Pushed *Pushed `json:"-"`

	// Undelivered is when the order was last seen to be in progress; zero: that is not known.
	Undelivered time.Time `json:"-"`

	Push        Address    `json:"push,omitempty"`      // the address exactly as it is pushed, once validated
	OrderID     string     `json:"order,omitempty"`     // the API's orderId
	VoiceSiteID string     `json:"voiceSite,omitempty"` // the API's voiceSiteId
	Problems    []Problem  `json:"problems,omitempty"`  // what a person should read
	Notes       []Text     `json:"notes,omitempty"`     // what is pushed otherwise than the row says, one sentence each
	LeftAsIs    []Problem  `json:"leftAsIs,omitempty"`  // what the row asks that is not done, and is no failure
	KeptLabel   *string    `json:"keptLabel,omitempty"` // the voicesite's label, if it is not the row's
	Rules       string     `json:"rules,omitempty"`     // the edition of the country's rules by which the address was validated
	RequestID   string     `json:"request,omitempty"`   // X-OAPI-Request-Id of the last call that failed
	Tries       int        `json:"tries,omitempty"`     // transient failures of the present stage
	LastError   string     `json:"error,omitempty"`     // the last of them, in words
	Intent      *Intent    `json:"intent,omitempty"`    // the order attempt under way or last made
	OrderedAt   *time.Time `json:"ordered,omitempty"`   // when the order was made or adopted
	Decision    *Decision  `json:"decision,omitempty"`  // what a person decided about a site in Review
	Dismissed   []string   `json:"dismissed,omitempty"` // orderIds and voiceSiteIds that are not its own: a person said so, or it was deleted

	// Elsewhere is the row of another batch that is working on the site: a row in Following waits
	// for it, and one that was Skipped leaves the site to it.
	Elsewhere *Place `json:"elsewhere,omitempty"`
	// SurveyFrom is when the row stopped following another one, or a person last had it tried again,
	// by the ledger's clock: what the account held before that says nothing of the site.
	SurveyFrom *time.Time `json:"followed,omitempty"`
	// InDoubt: an earlier row of the site may have made an order. The site can end in
	// Review only, until a person or the account settles it.
	InDoubt bool `json:"inDoubt,omitempty"`
	// Unconfirmed: the order's answer did not say for which site it was made, so its
	// voicesite is looked at before an address is sent to it.
	Unconfirmed bool `json:"unconfirmed,omitempty"`
	// NoSiteSince is when the API first said that the order is delivered without naming
	// the voicesite.
	NoSiteSince *time.Time `json:"noSiteSince,omitempty"`
	// NoSiteLook is when the last survey without it was read.
	NoSiteLook *time.Time `json:"noSiteLook,omitempty"`

	Changed time.Time `json:"changed"` // when the state was entered
}

// Place is where a row of any batch is.
type Place struct {
	Batch string `json:"batch"`
	Row   RowRef `json:"row"`
	Name  string `json:"name"` // of the row, as Batch.RowName returns it
}

// IsPastOrder reports whether a site that is Imported or Validated needs no order, as far as its record says:
// an order was made, or may have been made and is looked up before another one is, or a person had the site
// tried again and its voicesite is known, or a person decided which one it is.
func (p *Progress) IsPastOrder() bool {
	if p.State != Imported && p.State != Validated {
		return false
	}
	known := p.OrderID != "" || p.Run > 0 && p.VoiceSiteID != ""
	return known && !p.InDoubt || p.Intent != nil && p.Intent.LookUp || p.Decision != nil && p.Decision.VoiceSiteID != ""
}

// Pushed is an attempt to push an address that was answered: the voicesite has the
// address.
type Pushed struct {
	Customer string
	Attempt  string    // as the ledger numbers it
	At       time.Time // when it was answered
}

// Intent is an order attempt, recorded before the first byte of its POST.
type Intent struct {
	Attempt    int        `json:"attempt"`            // 1, 2, …
	Folded     bool       `json:"folded,omitempty"`   // made under identity.Reference; earlier versions took the name as it is spelled
	SendBefore time.Time  `json:"sendBefore"`         // never sent at or after this moment
	LookFrom   time.Time  `json:"lookFrom"`           // by then, whatever was sent has arrived: an unknown attempt may be looked up
	Conflict   bool       `json:"conflict,omitempty"` // the API answered that the voicesite exists already
	Lost       int        `json:"lost,omitempty"`     // attempts so far, this one included, whose answer was none or told nothing
	Missed     int        `json:"missed,omitempty"`   // looks that found nothing
	MissedAt   *time.Time `json:"missedAt,omitempty"` // when the last of them was over
	Rejected   []string   `json:"rejected,omitempty"` // orderIds of the site's rejected orders that were there before the run's first attempt
	Run        int        `json:"run,omitempty"`      // Progress.Run when the attempt was recorded
	// LookUp: the site ended before it was known whether the attempt made an order, and a person
	// has it tried again. The attempt is looked up before the next one.
	LookUp bool `json:"lookUp,omitempty"`
}

// Decision is what a person decided about a site in Review. One of the two is set.
type Decision struct {
	VoiceSiteID string `json:"voiceSite,omitempty"`  // the site's voicesite, found in the portal
	OrderAgain  bool   `json:"orderAgain,omitempty"` // whatever the account holds of it is not this site
}
