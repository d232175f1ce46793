// What the account may look up before it orders: its profile, customers, VPNs,
// and the countries with their rules.

package btsim

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"

	"btrollout/internal/btsim/countries"
)

// vpn is one of the customer's voice VPNs.
// Source: Business Talk getting started guide, section "Get your VPNs".
type vpn struct {
	ID   string `json:"vpnId"`
	Name string `json:"name"`
	Code string `json:"vpnCode"`
}

// frozenVPN takes no new sites: orders on it are accepted and later rejected.
const frozenVPN = "5c90d1b7e2a4"

var vpns = []vpn{
	{ID: "aa76e66dfc63", Name: "VPN Europe", Code: "1"},
	{ID: "3a45b33edf30", Name: "VPN Americas", Code: "2"},
	{ID: frozenVPN, Name: "VPN Legacy", Code: "3"},
}

// customer is one customer of the account and all that it bought.
// Source: Business Talk getting started guide, section "Get your customer code".
type customer struct {
	Name                  string `json:"name"`
	Code                  string `json:"customerCode"`
	ContractNumber        string `json:"contractNumber"`
	APIContractID         string `json:"apiContractId"`
	PricingApprovalNumber string `json:"pricingApprovalNumber"`
	Type                  string `json:"type"`

	orders      []*order // oldest first
	byReference map[string][]*order
	byID        map[string]*order
	bySite      map[string]*order // by voiceSiteId, undelivered ones included

	spelled                  map[string]string // how answers spell a name, by the name as it was sent
	longReasons              int               // orders that LongWords gave a long reason
	lostOrder, lostVoicesite losing            // what LosingList took from the two lists
}

func newCustomer(i int, seed int64) *customer {
	base, _ := strconv.ParseUint(derive(seed, "customer")[:8], 16, 64) // hexadecimal by construction
	code := strconv.FormatUint(900_000+(base+uint64(i))%100_000, 10)
	return &customer{
		Name:                  fmt.Sprintf("Simulated Customer %d", i+1),
		Code:                  code,
		ContractNumber:        "1" + code,
		APIContractID:         "sim" + code,
		PricingApprovalNumber: "A" + code,
		Type:                  "direct",
		byReference:           map[string][]*order{},
		byID:                  map[string]*order{},
		bySite:                map[string]*order{},
		spelled:               map[string]string{},
	}
}

// customer finds the customer that the path names.
func (s *Sim) customer(r *http.Request) (*customer, *fault) {
	code := r.PathValue("customerCode")
	for _, c := range s.customers {
		if c.Code == code {
			return c, nil
		}
	}
	return nil, notFound("There is no customer %q.", code)
}

func (s *Sim) getMe(w http.ResponseWriter, r *http.Request) *fault {
	return writeDocument(w, r, map[string]string{"rightsProfile": s.options.Profile})
}

func (s *Sim) listCustomers(w http.ResponseWriter, r *http.Request) *fault {
	q, f := query(r, paging...)
	if f != nil {
		return f
	}
	return writePage(s, w, q, s.customers, asIs)
}

func (s *Sim) listVPNs(w http.ResponseWriter, r *http.Request) *fault {
	if _, f := s.customer(r); f != nil {
		return f
	}
	q, f := query(r, paging...)
	if f != nil {
		return f
	}
	return writePage(s, w, q, vpns, asIs)
}

// country finds the country that the path names.
func (s *Sim) country(r *http.Request) (*countries.Country, *fault) {
	code := r.PathValue("iso2")
	if !countries.IsISO2(code) {
		return nil, refuse(http.StatusBadRequest, codeURLParameter, "iso2: must be two capital letters.")
	}
	c, found := s.countries[code]
	if !found {
		return nil, notFound("Country %s is not covered.", code)
	}
	return c, nil
}

// coveredCountry is for what only a country that can be ordered has.
func (s *Sim) coveredCountry(r *http.Request) (*countries.Country, *fault) {
	c, f := s.country(r)
	if f == nil && !c.Covered() {
		return nil, notFound("Country %s is not covered.", c.Country.ISO2)
	}
	return c, f
}

func (s *Sim) getCountry(w http.ResponseWriter, r *http.Request) *fault {
	c, f := s.country(r)
	if f != nil {
		return f
	}
	return writeDocument(w, r, c.Country)
}

func (s *Sim) getAddressConstraints(w http.ResponseWriter, r *http.Request) *fault {
	c, f := s.coveredCountry(r)
	if f != nil {
		return f
	}
	return writeDocument(w, r, c.Constraints)
}

func (s *Sim) getGeographicalConstraints(w http.ResponseWriter, r *http.Request) *fault {
	c, f := s.coveredCountry(r)
	if f != nil {
		return f
	}
	return writeDocument(w, r, c.Geographical)
}

// listAreas lists the areas below those that the path names: area1 at least,
// area4 at most. Below the last level that a country uses there are none.
func (s *Sim) listAreas(w http.ResponseWriter, r *http.Request) *fault {
	c, f := s.coveredCountry(r)
	if f != nil {
		return f
	}
	areas := c.Areas
	for _, level := range countries.AreaLevels {
		name := r.PathValue(level)
		if name == "" {
			break
		}
		below, found := areas[name]
		if !found {
			return notFound("Country %s has no %s %q here.", c.Country.ISO2, level, name)
		}
		areas = below
	}
	q, f := query(r, paging...)
	if f != nil {
		return f
	}
	return writePage(s, w, q, sortedKeys(areas), asIs)
}

func (s *Sim) listAddresses(w http.ResponseWriter, r *http.Request) *fault {
	c, f := s.coveredCountry(r)
	if f != nil {
		return f
	}
	if !c.HasAddressAPI() {
		return notFound("Country %s has no address API.", c.Country.ISO2)
	}
	q, f := query(r, slices.Concat(paging, countries.Elements)...)
	if f != nil {
		return f
	}
	asked := map[string]string{}
	for _, element := range sortedKeys(q) {
		if slices.Contains(paging, element) {
			continue
		}
		if !c.Declares(element) {
			return refuse(http.StatusBadRequest, codeInvalidQuery, "%s: is not used in country %s.", element, c.Country.ISO2)
		}
		asked[element] = q.Get(element)
	}
	if len(asked) == 0 {
		return refuse(http.StatusBadRequest, codeMissingQuery, "Give at least one address element.")
	}
	return writePage(s, w, q, c.Candidates(asked), asIs)
}

// writeDocument answers a call that takes no query parameter.
func writeDocument(w http.ResponseWriter, r *http.Request, document any) *fault {
	if _, f := query(r); f != nil {
		return f
	}
	writeJSON(w, http.StatusOK, document)
	return nil
}
