// The calls about voicesites and their addresses. Package countries judges addresses.

package btsim

import (
	"maps"
	"net/http"
	"time"

	"btrollout/internal/btsim/countries"
)

// voicesiteDocument is a voicesite as the API tells it.
type voicesiteDocument struct {
	VoiceSiteID string `json:"voiceSiteId"`
	orderParameters
}

func (o *order) voicesite() voicesiteDocument {
	return voicesiteDocument{o.voiceSiteID, o.told()}
}

// voicesiteEntry is a voicesite as the books tell it.
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

// listVoicesites lists those delivered, by age of their order: a voicesite that
// is delivered while somebody pages through the list may shift the pages, which
// the API never promised not to do.
func (s *Sim) listVoicesites(w http.ResponseWriter, r *http.Request) *fault {
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

func (s *Sim) getVoicesite(w http.ResponseWriter, r *http.Request) *fault {
	o, f := s.deliveredSite(r)
	if f != nil {
		return f
	}
	if _, f := query(r); f != nil {
		return f
	}
	c, _ := s.customer(r) // found by deliveredSite
	var told answer
	s.locked(func(now time.Time) { told = s.tellVoicesite(c, o, now) })
	told.write(w, http.StatusOK)
	return nil
}

func (s *Sim) putVoiceAddress(w http.ResponseWriter, r *http.Request) *fault {
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
			details = append(details, explain(codeInvalidField, "%s: must be a string.", element))
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
		details = append(details, explain(code, "%s", r.Text))
	}
	return details
}

// getVoiceAddress answers the address as stored; 404 while there is none [A].
func (s *Sim) getVoiceAddress(w http.ResponseWriter, r *http.Request) *fault {
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

// deliveredSite finds the voicesite that the path names. What it says of the
// order besides address and pushes never changes.
func (s *Sim) deliveredSite(r *http.Request) (*order, *fault) {
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

// exists reports whether the order's voicesite is there: delivered, and not deleted.
func (o *order) exists(now time.Time) bool { return o.delivered(now) && !o.deleted }

// DeleteVoicesite removes a voicesite, as somebody may do in the portal: no call knows
// it any more, and its order still tells that it was delivered. It reports whether
// there was such a voicesite.
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
