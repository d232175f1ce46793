// Orders: their state, which follows from the clock, and the calls about them.

package btsim

import (
	"fmt"
	"math"
	"net/http"
	"slices"
	"time"
)

// maxText bounds a reference, name or label, in characters [A].
const maxText = 100

// The order statuses that the simulator uses [A].
const (
	statusInProgress = "inProgress"
	statusDelivered  = "delivered"
	statusRejected   = "rejected"
	statusCancelled  = "cancelled"
)

// order is an order and the voicesite that it delivers. Its status is a function of the clock.
type order struct {
	id          string
	reference   string
	parameters  orderParameters
	voiceSiteID string // not in answers before it is delivered
	created     time.Time
	due         time.Time // when it is delivered, or rejected
	rejection   string    // why it is rejected when it is due; "": it is delivered
	cancelled   bool      // it is cancelled, not rejected
	listed      time.Time // when it and its voicesite appear in the lists

	folded    string // FoldName of its name
	spelled   string // its name in answers
	withoutID bool   // NoVoicesiteID struck it
	struck    []Kind // the breaks that struck it

	address map[string]string // nil until one is pushed
	pushes  int
	pushed  time.Time // time of the first push
	deleted bool      // its voicesite is deleted; see DeleteVoicesite
}

// orderParameters are the parameters of an order. Source: guide, section "Create your voicesite
// order" [G].
type orderParameters struct {
	TechnicalSiteName string `json:"technicalSiteName,omitempty"`
	CustomerSiteLabel string `json:"customerSiteLabel"`
	Country           string `json:"country"`
	VPNID             string `json:"vpnId"`
}

func (o *order) status(now time.Time) string {
	switch {
	case now.Before(o.due):
		return statusInProgress
	case o.rejection != "" && o.cancelled:
		return statusCancelled
	case o.rejection != "":
		return statusRejected
	}
	return statusDelivered
}

// refused reports whether the order ended without a voicesite.
func (o *order) refused(now time.Time) bool { return o.rejection != "" && !now.Before(o.due) }

func (o *order) delivered(now time.Time) bool { return o.status(now) == statusDelivered }

// postOrder makes an order for every correct body, because the API has no idempotency key and
// promises no check of names (see Options.UniqueNames). The books show what was ordered twice.
func (s *Sim) postOrder(w http.ResponseWriter, r *http.Request) *refusal {
	if f := s.requireWrite(); f != nil {
		return f
	}
	c, f := s.customer(r)
	if f != nil {
		return f
	}
	if _, f := query(r); f != nil {
		return f
	}
	reference, parameters, f := s.readOrder(w, r)
	if f != nil {
		return f
	}

	var (
		reply   answer
		lost    bool
		variant int
	)
	s.locked(func(now time.Time) {
		if s.options.UniqueNames && c.hasSite(parameters.TechnicalSiteName, now) {
			f = refuse(http.StatusConflict, codeConflict, "parameters.technicalSiteName: %q is taken.", parameters.TechnicalSiteName)
			return
		}
		o := s.addOrder(c, reference, parameters, now)
		if lost, variant = s.decideBreaks(c, o); !lost {
			reply = s.orderAnswer(c, o, now)
		}
	})
	switch {
	case f != nil:
		return f
	case lost:
		return s.loseAnswer(r, variant)
	}
	reply.write(w, http.StatusCreated)
	return nil
}

func (s *Sim) readOrder(w http.ResponseWriter, r *http.Request) (reference string, p orderParameters, f *refusal) {
	body, f := readObject(w, r)
	if f != nil {
		return "", p, f
	}
	if f := onlyFields(body, "", "customerOrderReference", "parameters"); f != nil {
		return "", p, f
	}
	if reference, f = textField(body, "", "customerOrderReference", maxText); f != nil {
		return "", p, f
	}
	value, present := body["parameters"]
	if !present {
		return "", p, refuse(http.StatusBadRequest, codeMissingField, "parameters: the field is missing.")
	}
	parameters, ok := value.(map[string]any)
	if !ok {
		return "", p, refuse(http.StatusBadRequest, codeInvalidField, "parameters: must be an object.")
	}
	p, f = s.readParameters(parameters)
	return reference, p, f
}

func (s *Sim) readParameters(parameters map[string]any) (p orderParameters, f *refusal) {
	const prefix = "parameters."
	fields := []struct {
		name string
		into *string
	}{
		{"technicalSiteName", &p.TechnicalSiteName},
		{"customerSiteLabel", &p.CustomerSiteLabel},
		{"country", &p.Country},
		{"vpnId", &p.VPNID},
	}
	var names []string
	for _, field := range fields {
		names = append(names, field.name)
	}
	if f := onlyFields(parameters, prefix, names...); f != nil {
		return p, f
	}
	for _, field := range fields {
		if *field.into, f = textField(parameters, prefix, field.name, maxText); f != nil {
			return p, f
		}
	}
	if c, found := s.countries[p.Country]; !found || !c.Covered() {
		return p, refuse(http.StatusBadRequest, codeInvalidField, "%scountry: %q is not covered.", prefix, p.Country)
	}
	if !slices.ContainsFunc(vpns, func(v vpn) bool { return v.ID == p.VPNID }) {
		return p, refuse(http.StatusBadRequest, codeInvalidField, "%svpnId: %q is not one of the customer's VPNs.", prefix, p.VPNID)
	}
	return p, nil
}

// drawDelivery draws how long an order takes. The caller holds s.mu.
func (s *Sim) drawDelivery() time.Duration {
	least, spread := s.options.DeliveryMin, s.options.DeliveryMax-s.options.DeliveryMin
	switch {
	case spread <= 0:
		return least
	case s.options.DeliverySkewed:
		least = max(least, 1)
		return time.Duration(float64(least) * math.Pow(float64(s.options.DeliveryMax)/float64(least), s.random.Float64()))
	}
	return least + time.Duration(s.random.Int64N(int64(spread)+1))
}

// addOrder makes an order. The caller holds s.mu.
func (s *Sim) addOrder(c *customer, reference string, p orderParameters, now time.Time) *order {
	s.serial++
	wait := s.drawDelivery()
	o := &order{
		id:          fmt.Sprintf("ord%08d", s.serial),
		reference:   reference,
		parameters:  p,
		voiceSiteID: fmt.Sprintf("vs%08d", s.serial),
		created:     now,
		due:         now.Add(wait),
		listed:      now,
		folded:      FoldName(p.TechnicalSiteName),
		spelled:     p.TechnicalSiteName,
	}
	if p.VPNID == frozenVPN {
		o.rejection = "This VPN takes no new sites: order on another VPN."
	}
	s.decideFaults(o)
	c.orders = append(c.orders, o)
	c.byReference[reference] = append(c.byReference[reference], o)
	c.byID[o.id] = o
	c.bySite[o.voiceSiteID] = o
	return o
}

// hasSite reports whether an order that was not rejected, or its voicesite, has the name.
func (c *customer) hasSite(name string, now time.Time) bool {
	return slices.ContainsFunc(c.orders, func(o *order) bool {
		return o.parameters.TechnicalSiteName == name && !o.refused(now) && !o.deleted
	})
}

func (s *Sim) listOrders(w http.ResponseWriter, r *http.Request) *refusal {
	c, f := s.customer(r)
	if f != nil {
		return f
	}
	q, f := query(r, append([]string{"customerOrderReference"}, paging...)...)
	if f != nil {
		return f
	}
	var (
		orders []*order
		asked  time.Time
	)
	s.locked(func(now time.Time) {
		orders, asked = c.orders, now
		if q.Has("customerOrderReference") {
			orders = c.byReference[q.Get("customerOrderReference")]
		}
		gone := &c.lostOrder
		if q.Has("customerOrderReference") {
			gone = &losing{} // a list of its own, which loses an item for one page only
		}
		orders = s.asListed(orders, gone, q, now)
	})
	if s.emptyPage(w, q, orders) {
		return nil
	}
	return writePage(s, w, q, orders, func(o *order) orderDocument { return o.document(asked) })
}

func (s *Sim) getOrder(w http.ResponseWriter, r *http.Request) *refusal {
	c, f := s.customer(r)
	if f != nil {
		return f
	}
	if _, f := query(r); f != nil {
		return f
	}
	var (
		o     *order
		reply answer
	)
	s.locked(func(now time.Time) {
		if o = c.byID[r.PathValue("orderId")]; o != nil {
			reply = s.orderAnswer(c, o, now)
		}
	})
	if o == nil {
		return notFound("There is no order %q.", r.PathValue("orderId"))
	}
	reply.write(w, http.StatusOK)
	return nil
}

// orderDocument is an order in answers.
type orderDocument struct {
	OrderID         string          `json:"orderId"`
	Reference       string          `json:"customerOrderReference,omitempty"`
	Status          string          `json:"status"`
	VoiceSiteID     string          `json:"voiceSiteId,omitempty"`
	CreationDate    string          `json:"creationDate"` // RFC 3339
	RejectionReason string          `json:"rejectionReason,omitempty"`
	Parameters      orderParameters `json:"parameters,omitzero"`
}

// document returns the order as answers have it.
func (o *order) document(now time.Time) orderDocument {
	d := orderDocument{
		OrderID:      o.id,
		Reference:    o.reference,
		Status:       o.status(now),
		CreationDate: o.created.UTC().Format(time.RFC3339),
		Parameters:   o.toldParameters(),
	}
	switch {
	case o.delivered(now) && !o.withoutID:
		d.VoiceSiteID = o.voiceSiteID
	case o.refused(now):
		d.RejectionReason = o.rejection
	}
	return d
}

// toldParameters returns the parameters as answers have them.
func (o *order) toldParameters() orderParameters {
	p := o.parameters
	p.TechnicalSiteName = o.spelled
	return p
}

// bookEntry returns the order as the books have it.
func (o *order) bookEntry(c *customer, now time.Time) Order {
	e := Order{
		OrderID:           o.id,
		Status:            o.status(now),
		CustomerCode:      c.Code,
		TechnicalSiteName: o.parameters.TechnicalSiteName,
		FoldedName:        o.folded,
		Country:           o.parameters.Country,
		VPNID:             o.parameters.VPNID,
		CreationDate:      o.created.UTC(),
		Due:               o.due.UTC(),
		Struck:            slices.Clone(o.struck),
	}
	if o.delivered(now) {
		e.VoiceSiteID = o.voiceSiteID
	}
	return e
}
