// The simulator's own books: what was called, what was refused, and what was
// bought. They are kept apart from what the API would tell.

package btsim

import (
	"cmp"
	"maps"
	"slices"
	"time"
)

// Stats is what the books say. A call is named by its method and path pattern,
// such as "POST /customers/{customerCode}/orders/voicesite".
type Stats struct {
	Calls         map[string]int     `json:"calls"`         // by call, refused ones included
	Refused       []Refused          `json:"refused"`       // sorted by call, status and code
	PerSecond     map[int64]int      `json:"perSecond"`     // API calls by the Unix second of their arrival; tokens are not among them
	Peak100ms     int                `json:"peak100ms"`     // most API calls that arrived within one tenth of a second
	PeakSecond    int                `json:"peakSecond"`    // most API calls that arrived within any span of a second, wherever it begins
	Faults        map[Kind]int       `json:"faults"`        // how often each fault or break struck; one that never did is not there
	Opportunities map[Kind]int       `json:"opportunities"` // how often each that is switched on could have struck
	Orders        map[string][]Order `json:"orders"`        // by customerOrderReference, oldest first
	Voicesites    []Voicesite        `json:"voicesites"`    // those delivered and not deleted, by age of their order
}

// Refused counts the calls that were answered with one error, those on purpose
// among them.
type Refused struct {
	Call   string `json:"call"`
	Status int    `json:"status"`
	Code   int    `json:"code"` // 0: errors of the token endpoint and pages have none
	Count  int    `json:"count"`
}

// Order is one order as the books hold it.
type Order struct {
	OrderID           string    `json:"orderId"`
	Status            string    `json:"status"`
	CustomerCode      string    `json:"customerCode"`
	TechnicalSiteName string    `json:"technicalSiteName"` // as it was sent
	FoldedName        string    `json:"foldedName"`        // the same as people read it: FoldName
	Country           string    `json:"country"`
	VPNID             string    `json:"vpnId"`
	VoiceSiteID       string    `json:"voiceSiteId,omitempty"`
	CreationDate      time.Time `json:"creationDate"`
	Due               time.Time `json:"due"`              // when it is delivered, or rejected
	Struck            []Kind    `json:"struck,omitempty"` // the breaks that struck this order or an answer about it or its voicesite
}

// Voicesite is one voicesite as the books hold it.
type Voicesite struct {
	VoiceSiteID       string            `json:"voiceSiteId"`
	OrderID           string            `json:"orderId"`           // of the order that made it
	TechnicalSiteName string            `json:"technicalSiteName"` // as it was sent
	FoldedName        string            `json:"foldedName"`        // the same as people read it: FoldName
	CustomerSiteLabel string            `json:"customerSiteLabel"`
	Country           string            `json:"country"`
	VPNID             string            `json:"vpnId"`
	Address           map[string]string `json:"address,omitempty"`
	AddressPushes     int               `json:"addressPushes"`      // those accepted
	FirstPush         time.Time         `json:"firstPush,omitzero"` // when the first of them was
}

// Stats reads the books as they stand now.
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
			stats.Orders[o.reference] = append(stats.Orders[o.reference], o.entry(c, now))
			if o.exists(now) {
				stats.Voicesites = append(stats.Voicesites, o.voicesiteEntry())
			}
		}
	}
	return stats
}

type refusal struct {
	call         string
	status, code int
}

type books struct {
	calls      map[string]int
	refused    map[refusal]int
	perSecond  map[int64]int
	faults     map[Kind]int
	tenth      int64 // the tenth of a second of the last arrival, since 1970
	inTenth    int
	peak100ms  int
	lately     []time.Time // the arrivals of the second that ends with the last one
	peakSecond int
}

func newBooks() books {
	return books{calls: map[string]int{}, refused: map[refusal]int{}, perSecond: map[int64]int{}, faults: map[Kind]int{}}
}

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

// read copies the books into Stats that nobody else writes to.
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
