// The calls that only read: profile, customers, VPNs, countries and addresses.

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

// frozenVPN accepts no new sites: orders on it are accepted and later rejected.
const frozenVPN = "5c90d1b7e2a4"

var vpns = []vpn{
	{ID: "aa76e66dfc63", Name: "VPN Europe", Code: "1"},
	{ID: "3a45b33edf30", Name: "VPN Americas", Code: "2"},
	{ID: frozenVPN, Name: "VPN Legacy", Code: "3"},
}

// customer is a customer of the account, with all its orders.
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
	longReasons              int               // number of orders with a reason of LongWords
	lostOrder, lostVoicesite losing            // items that LosingList took out of the two lists
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

// customer returns the customer of the path.
func (s *Sim) customer(r *http.Request) (*customer, *refusal) {
	code := r.PathValue("customerCode")
	for _, c := range s.customers {
		if c.Code == code {
			return c, nil
		}
	}
	return nil, notFound("There is no customer %q.", code)
}

func (s *Sim) getMe(w http.ResponseWriter, r *http.Request) *refusal {
	return writeDocument(w, r, map[string]string{"rightsProfile": s.options.Profile})
}

func (s *Sim) listCustomers(w http.ResponseWriter, r *http.Request) *refusal {
	q, f := query(r, paging...)
	if f != nil {
		return f
	}
	return writePage(s, w, q, s.customers, asIs)
}

func (s *Sim) listVPNs(w http.ResponseWriter, r *http.Request) *refusal {
	if _, f := s.customer(r); f != nil {
		return f
	}
	q, f := query(r, paging...)
	if f != nil {
		return f
	}
	return writePage(s, w, q, vpns, asIs)
}

// country returns the country of the path.
func (s *Sim) country(r *http.Request) (*countries.Country, *refusal) {
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

// coveredCountry returns the country of the path if voicesites can be ordered there.
func (s *Sim) coveredCountry(r *http.Request) (*countries.Country, *refusal) {
	c, f := s.country(r)
	if f == nil && !c.Covered() {
		return nil, notFound("Country %s is not covered.", c.Country.ISO2)
	}
	return c, f
}

func (s *Sim) getCountry(w http.ResponseWriter, r *http.Request) *refusal {
	c, f := s.country(r)
	if f != nil {
		return f
	}
	return writeDocument(w, r, c.Country)
}

func (s *Sim) getAddressConstraints(w http.ResponseWriter, r *http.Request) *refusal {
	c, f := s.coveredCountry(r)
	if f != nil {
		return f
	}
	return writeDocument(w, r, c.Constraints)
}

func (s *Sim) getGeographicalConstraints(w http.ResponseWriter, r *http.Request) *refusal {
	c, f := s.coveredCountry(r)
	if f != nil {
		return f
	}
	return writeDocument(w, r, c.Geographical)
}

// listAreas lists the areas of area1, or those below the areas of the path. Below the last
// level that a country uses there are none.
func (s *Sim) listAreas(w http.ResponseWriter, r *http.Request) *refusal {
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

func (s *Sim) listAddresses(w http.ResponseWriter, r *http.Request) *refusal {
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

// writeDocument writes the document of a call without query parameters.
func writeDocument(w http.ResponseWriter, r *http.Request, document any) *refusal {
	if _, f := query(r); f != nil {
		return f
	}
	writeJSON(w, http.StatusOK, document)
	return nil
}
