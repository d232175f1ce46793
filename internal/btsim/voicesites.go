// The calls about voicesites and their addresses. Package countries judges addresses.

package btsim

import (
	"maps"
	"net/http"
	"time"

	"btrollout/internal/btsim/countries"
)

// voicesiteDocument is a voicesite in answers.
type voicesiteDocument struct {
	VoiceSiteID string `json:"voiceSiteId"`
	orderParameters
}

func (o *order) voicesite() voicesiteDocument {
	return voicesiteDocument{o.voiceSiteID, o.toldParameters()}
}

// voicesiteEntry returns the voicesite as the books have it.
func (o *order) voicesiteEntry() Voicesite {
	return Voicesite{
		VoiceSiteID:       o.voiceSiteID,
		OrderID:           o.id,
		TechnicalSiteName: o.parameters.TechnicalSiteName,
		FoldedName:        o.folded,
		CustomerSiteLabel: o.parameters.CustomerSiteLabel,
		Country:           o.parameters.Country,
		VPNID:             o.parameters.VPNID,
		Address:           maps.Clone(o.address),
		AddressPushes:     o.pushes,
		FirstPush:         o.pushed,
	}
}

// listVoicesites lists the delivered voicesites, oldest order first. A voicesite that is
// delivered while a client reads the list may move the items of later pages; the API does not
// promise otherwise.
func (s *Sim) listVoicesites(w http.ResponseWriter, r *http.Request) *refusal {
	c, f := s.customer(r)
	if f != nil {
		return f
	}
	q, f := query(r, paging...)
	if f != nil {
		return f
	}
	var sites []*order
	s.locked(func(now time.Time) {
		for _, o := range c.orders {
			if o.exists(now) {
				sites = append(sites, o)
			}
		}
		sites = s.asListed(sites, &c.lostVoicesite, q, now)
	})
	if s.emptyPage(w, q, sites) {
		return nil
	}
	return writePage(s, w, q, sites, (*order).voicesite)
}

func (s *Sim) getVoicesite(w http.ResponseWriter, r *http.Request) *refusal {
	o, f := s.deliveredSite(r)
	if f != nil {
		return f
	}
	if _, f := query(r); f != nil {
		return f
	}
	c, _ := s.customer(r) // found by deliveredSite
	var reply answer
	s.locked(func(now time.Time) { reply = s.voicesiteAnswer(c, o, now) })
	reply.write(w, http.StatusOK)
	return nil
}

func (s *Sim) putVoiceAddress(w http.ResponseWriter, r *http.Request) *refusal {
	if f := s.requireWrite(); f != nil {
		return f
	}
	o, f := s.deliveredSite(r)
	if f != nil {
		return f
	}
	if _, f := query(r); f != nil {
		return f
	}
	body, f := readObject(w, r)
	if f != nil {
		return f
	}
	address, details := addressOf(body)
	if details == nil {
		details = detailsOf(s.countries[o.parameters.Country].Judge(address))
	}
	if details != nil {
		return refuseAll(http.StatusBadRequest, details)
	}
	maps.DeleteFunc(address, func(_, value string) bool { return value == "" })
	s.locked(func(now time.Time) {
		if o.pushes++; o.pushes == 1 {
			o.pushed = now.UTC()
		}
		o.address = address
	})
	writeJSON(w, http.StatusOK, address)
	return nil
}

// addressOf reads a body as an address. It keeps empty elements: a country may refuse them
// too.
func addressOf(body map[string]any) (map[string]string, []detail) {
	address := map[string]string{}
	var details []detail
	for _, element := range sortedKeys(body) {
		value, ok := body[element].(string)
		if !ok {
			details = append(details, newDetail(codeInvalidField, "%s: must be a string.", element))
		}
		address[element] = value
	}
	return address, details
}

// detailsOf are refusals as the API words them.
func detailsOf(refusals []countries.Refusal) []detail {
	var details []detail
	for _, r := range refusals {
		code := codeInvalidField
		if r.Missing {
			code = codeMissingField
		}
		details = append(details, newDetail(code, "%s", r.Text))
	}
	return details
}

// getVoiceAddress answers with the stored address; 404 while there is none [A].
func (s *Sim) getVoiceAddress(w http.ResponseWriter, r *http.Request) *refusal {
	o, f := s.deliveredSite(r)
	if f != nil {
		return f
	}
	var address map[string]string // replaced as a whole, never changed
	s.locked(func(time.Time) { address = o.address })
	if address == nil {
		return notFound("Voicesite %s has no address yet.", o.voiceSiteID)
	}
	return writeDocument(w, r, address)
}

// deliveredSite returns the order of the voicesite of the path. Its fields except address and
// pushes never change.
func (s *Sim) deliveredSite(r *http.Request) (*order, *refusal) {
	c, f := s.customer(r)
	if f != nil {
		return nil, f
	}
	var o *order
	id := r.PathValue("voiceSiteId")
	s.locked(func(now time.Time) {
		if found := c.bySite[id]; found != nil && found.exists(now) {
			o = found
		}
	})
	if o == nil {
		return nil, notFound("There is no voicesite %q.", id)
	}
	return o, nil
}

// exists reports whether the order's voicesite is delivered and not deleted.
func (o *order) exists(now time.Time) bool { return o.delivered(now) && !o.deleted }

// DeleteVoicesite removes a voicesite, as a person may do in the portal: no call finds it any
// more, and its order stays delivered. It reports whether there was such a voicesite.
func (s *Sim) DeleteVoicesite(voiceSiteID string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.options.Now()
	for _, c := range s.customers {
		if o := c.bySite[voiceSiteID]; o != nil && o.exists(now) {
			o.deleted = true
			return true
		}
	}
	return false
}
