// The books: every call, refusal, order and voicesite, as they are and not as answers tell.

package btsim

import (
	"cmp"
	"maps"
	"slices"
	"time"
)

// Stats is the content of the books. The name of a call is its method and path pattern, such as
// "POST /customers/{customerCode}/orders/voicesite".
type Stats struct {
	Calls         map[string]int     `json:"calls"`         // by call, refused ones included
	Refused       []Refused          `json:"refused"`       // sorted by call, status and code
	PerSecond     map[int64]int      `json:"perSecond"`     // API calls by the Unix second of their arrival, without token calls
	Peak100ms     int                `json:"peak100ms"`     // most API calls that arrived within one tenth of a second
	PeakSecond    int                `json:"peakSecond"`    // most API calls that arrived within any span of one second
	Faults        map[Kind]int       `json:"faults"`        // how often each fault or break struck, without those that never did
	Opportunities map[Kind]int       `json:"opportunities"` // how often each that is on could have struck
	Orders        map[string][]Order `json:"orders"`        // by customerOrderReference, oldest first
	Voicesites    []Voicesite        `json:"voicesites"`    // those delivered and not deleted, oldest order first
}

// Refused counts the calls with one error answer, faults among them.
type Refused struct {
	Call   string `json:"call"`
	Status int    `json:"status"`
	Code   int    `json:"code"` // 0: none, as in errors of the token endpoint and pages
	Count  int    `json:"count"`
}

// Order is an order in the books.
type Order struct {
	OrderID           string    `json:"orderId"`
	Status            string    `json:"status"`
	CustomerCode      string    `json:"customerCode"`
	TechnicalSiteName string    `json:"technicalSiteName"` // as it was sent
	FoldedName        string    `json:"foldedName"`        // FoldName of it
	Country           string    `json:"country"`
	VPNID             string    `json:"vpnId"`
	VoiceSiteID       string    `json:"voiceSiteId,omitempty"`
	CreationDate      time.Time `json:"creationDate"`
	Due               time.Time `json:"due"`              // when it is delivered, or rejected
	Struck            []Kind    `json:"struck,omitempty"` // the breaks that struck this order or an answer about it or its voicesite
}

// Voicesite is a voicesite in the books.
type Voicesite struct {
	VoiceSiteID       string            `json:"voiceSiteId"`
	OrderID           string            `json:"orderId"`           // of the order that made it
	TechnicalSiteName string            `json:"technicalSiteName"` // as it was sent
	FoldedName        string            `json:"foldedName"`        // FoldName of it
	CustomerSiteLabel string            `json:"customerSiteLabel"`
	Country           string            `json:"country"`
	VPNID             string            `json:"vpnId"`
	Address           map[string]string `json:"address,omitempty"`
	AddressPushes     int               `json:"addressPushes"`      // number of accepted pushes
	FirstPush         time.Time         `json:"firstPush,omitzero"` // time of the first of them
}

// Stats returns a copy of the books.
func (s *Sim) Stats() Stats {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.options.Now()
	stats := s.books.read()
	for kind, d := range s.dice {
		stats.Opportunities[kind] = d.rolls
	}
	for _, c := range s.customers {
		for _, o := range c.orders {
			stats.Orders[o.reference] = append(stats.Orders[o.reference], o.bookEntry(c, now))
			if o.exists(now) {
				stats.Voicesites = append(stats.Voicesites, o.voicesiteEntry())
			}
		}
	}
	return stats
}

type refusedCall struct {
	call         string
	status, code int
}

type books struct {
	calls      map[string]int
	refused    map[refusedCall]int
	perSecond  map[int64]int
	faults     map[Kind]int
	tenth      int64 // the tenth of a second of the last arrival, since 1970
	inTenth    int   // arrivals in that tenth
	peak100ms  int
	lately     []time.Time // arrivals of the second that ends with the last one
	peakSecond int
}

func newBooks() books {
	return books{calls: map[string]int{}, refused: map[refusedCall]int{}, perSecond: map[int64]int{}, faults: map[Kind]int{}}
}

// arrive records the arrival of an API call.
func (b *books) arrive(now time.Time) {
	b.perSecond[now.Unix()]++
	if tenth := now.UnixMilli() / 100; tenth != b.tenth {
		b.tenth, b.inTenth = tenth, 0
	}
	b.inTenth++
	b.peak100ms = max(b.peak100ms, b.inTenth)

	b.lately = append(b.lately, now)
	for now.Sub(b.lately[0]) >= time.Second {
		b.lately = b.lately[1:]
	}
	b.peakSecond = max(b.peakSecond, len(b.lately))
}

// read copies the counts of the books into Stats.
func (b *books) read() Stats {
	stats := Stats{
		Calls:         maps.Clone(b.calls),
		Refused:       []Refused{},
		PerSecond:     maps.Clone(b.perSecond),
		Peak100ms:     b.peak100ms,
		PeakSecond:    b.peakSecond,
		Faults:        maps.Clone(b.faults),
		Opportunities: map[Kind]int{},
		Orders:        map[string][]Order{},
		Voicesites:    []Voicesite{},
	}
	for r, n := range b.refused {
		stats.Refused = append(stats.Refused, Refused{r.call, r.status, r.code, n})
	}
	slices.SortFunc(stats.Refused, func(a, b Refused) int {
		return cmp.Or(cmp.Compare(a.Call, b.Call), cmp.Compare(a.Status, b.Status), cmp.Compare(a.Code, b.Code))
	})
	return stats
}
