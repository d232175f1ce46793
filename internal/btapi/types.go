// The wire types. A field without a source tag has that of its type. Fields that the program
// does not use are left out, and unknown ones are ignored, because the API may add some.

package btapi

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// Profile is what the API key may do. [G]
type Profile struct {
	RightsProfile string `json:"rightsProfile"`
}

// ReadOnly reports whether the key cannot order. [G]; other values are unknown.
func (p Profile) ReadOnly() bool { return strings.EqualFold(p.RightsProfile, "readonly") }

// Customer is an account that the API key may manage. [G]
type Customer struct {
	Name                  string `json:"name"`
	CustomerCode          string `json:"customerCode"` // digits
	ContractNumber        string `json:"contractNumber"`
	APIContractID         string `json:"apiContractId"`
	PricingApprovalNumber string `json:"pricingApprovalNumber"`
	Type                  string `json:"type"`
}

// VPN is a voice VPN of a customer. [G]
type VPN struct {
	VPNID   string `json:"vpnId"`
	Name    string `json:"name"`
	VPNCode string `json:"vpnCode"`
}

// Country is a country and its coverage. [G]
type Country struct {
	Name        string   `json:"name"`
	ISO2        string   `json:"iso2"`
	CountryCode string   `json:"countryCode"` // telephone code
	Coverage    Coverage `json:"coverage"`
}

// Coverage is what the API offers in a country: "Yes" or "No" unless a field says otherwise.
// [G]
type Coverage struct {
	BusinessTalkOnline string `json:"businessTalkOnline"`
	Comment            string `json:"comment"` // free text
	DomesticEmergency  string `json:"domesticEmergency"`
	DIDNumber          string `json:"didNumber"`
	DIDNumberZone      string `json:"didNumberZone"` // name of a zone
}

// Orderable reports whether a voicesite can be ordered in the country. Source:
// guide, "Get country coverage information".
func (c Country) Orderable() bool { return strings.EqualFold(c.Coverage.BusinessTalkOnline, "Yes") }

// Constraint is what a country asks of one address element. Source: guide,
// "Address schema validation". [G]
type Constraint struct {
	Usage              string          `json:"usage"` // "mandatory", "optional" [G]; "notUsed" [A]
	DefaultLabel       string          `json:"defaultLabel"`
	DefaultDescription string          `json:"defaultDescription"`
	ReferenceURL       string          `json:"referenceUrl"`
	ValueType          string          `json:"valueType"` // "freestring", "freenumerical", "enumeration", "enumerationAssociative"
	MinLength          int             `json:"minLength"` // characters; 0 = no bound
	MaxLength          int             `json:"maxLength"` // characters; 0 = no bound
	ValueRegexp        string          `json:"valueRegexp"`
	PossibleValues     []PossibleValue `json:"possibleValues"`
	Position           int             `json:"position"` // of the field in a form
}

// PossibleValue is one value of an enumeration. [G]
type PossibleValue struct {
	Value   string `json:"value"`   // what the API accepts
	Display string `json:"display"` // what people write; the value if the API gives plain values
}

// GeographicalConstraints says which address elements must name a geographical area, and
// whether the API derives the dial zone. Source: guide, "Geographical constraint".
type GeographicalConstraints struct {
	EmergencyAreaRules map[string]string `json:"emergencyAreaRules"` // "area1_pidflo" → address element [G]; absent: no constraint
	DialZoneSelection  string            `json:"dialZoneSelection"`  // name [G], values [A]
}

// The values of dialZoneSelection. [A]
const (
	DialZoneManual    = "manual"    // the customer gives the dial zone, and the API does not verify it
	DialZoneAutomatic = "automatic" // the API derives the dial zone, and it must not be sent
)

// areaNotUsed means that no address element is bound to an area. [G]
const areaNotUsed = "notUsed"

// Areas lists the address elements that are bound to area1, area2 and so on, in this order,
// up to the first area that is not used.
func (g GeographicalConstraints) Areas() []string {
	var elements []string
	for level := range len(routesGeoAreas) {
		element := g.EmergencyAreaRules[fmt.Sprintf("area%d_pidflo", level+1)]
		if element == "" || strings.EqualFold(element, areaNotUsed) {
			break
		}
		elements = append(elements, element)
	}
	return elements
}

// DialZoneAutomatic reports whether the API derives the dial zone itself.
func (g GeographicalConstraints) DialZoneAutomatic() bool {
	return strings.EqualFold(g.DialZoneSelection, DialZoneAutomatic)
}

// OrderRequest asks for a voicesite. Source: guide, "Create your voicesite
// order". [G]
type OrderRequest struct {
	CustomerOrderReference string          `json:"customerOrderReference"`
	Parameters             OrderParameters `json:"parameters"`
}

// OrderParameters describes the voicesite that is ordered. [G]
type OrderParameters struct {
	TechnicalSiteName string `json:"technicalSiteName"`
	CustomerSiteLabel string `json:"customerSiteLabel"`
	Country           string `json:"country"` // ISO 3166-1 alpha-2
	VPNID             string `json:"vpnId"`
}

// Order is an order of the API. [A]
type Order struct {
	OrderID                string          `json:"orderId"`
	CustomerOrderReference string          `json:"customerOrderReference"` // [G]
	Status                 string          `json:"status"`                 // see Delivered and Failed
	VoiceSiteID            string          `json:"voiceSiteId"`            // [G]; may be empty until the order is delivered
	CreationDate           string          `json:"creationDate"`           // RFC 3339
	RejectionReason        string          `json:"rejectionReason"`
	Parameters             OrderParameters `json:"parameters"`
}

// The statuses of orders that have ended, in lower case. Every other status means that the
// order is in progress. [A]
var (
	statusesDelivered = []string{"delivered", "completed", "done"}
	statusesFailed    = []string{"rejected", "refused", "failed", "cancelled", "error"}
)

// Delivered reports whether the voicesite exists. An order without a status is delivered if it
// names its voicesite, as the guide describes the answer.
func (o Order) Delivered() bool {
	if o.Status == "" {
		return o.VoiceSiteID != ""
	}
	return slices.Contains(statusesDelivered, strings.ToLower(o.Status))
}

// Failed reports whether the order ended without a voicesite.
func (o Order) Failed() bool {
	return slices.Contains(statusesFailed, strings.ToLower(o.Status))
}

// VoiceSite is a voicesite of the API. [G]
type VoiceSite struct {
	VoiceSiteID       string `json:"voiceSiteId"`
	TechnicalSiteName string `json:"technicalSiteName"`
	CustomerSiteLabel string `json:"customerSiteLabel"`
	Country           string `json:"country"`
	VPNID             string `json:"vpnId"`
}

// Identifiers are strings where they are documented; a number is accepted too. words.go bounds
// and cleans all texts.

// UnmarshalJSON cleans the texts.
func (p *Profile) UnmarshalJSON(b []byte) error {
	type plain Profile
	err := json.Unmarshal(b, (*plain)(p))
	clean(asWords, &p.RightsProfile)
	return err
}

// UnmarshalJSON accepts a number as customerCode, and cleans the texts.
func (c *Customer) UnmarshalJSON(b []byte) error {
	type plain Customer
	err := json.Unmarshal(b, &struct {
		*plain
		Code *text `json:"customerCode"`
	}{(*plain)(c), (*text)(&c.CustomerCode)})
	clean(asName, &c.Name)
	clean(asWords, &c.ContractNumber, &c.APIContractID, &c.PricingApprovalNumber, &c.Type)
	return cmp.Or(err, checkIDs(c.CustomerCode))
}

// UnmarshalJSON accepts numbers as identifiers, and cleans the texts.
func (v *VPN) UnmarshalJSON(b []byte) error {
	type plain VPN
	err := json.Unmarshal(b, &struct {
		*plain
		ID   *text `json:"vpnId"`
		Code *text `json:"vpnCode"`
	}{(*plain)(v), (*text)(&v.VPNID), (*text)(&v.VPNCode)})
	clean(asName, &v.Name)
	return cmp.Or(err, checkIDs(v.VPNID, v.VPNCode))
}

// UnmarshalJSON cleans the texts.
func (c *Country) UnmarshalJSON(b []byte) error {
	type plain Country
	err := json.Unmarshal(b, (*plain)(c))
	clean(asWords, &c.Name, &c.ISO2, &c.CountryCode, &c.Coverage.BusinessTalkOnline, &c.Coverage.Comment,
		&c.Coverage.DomesticEmergency, &c.Coverage.DIDNumber, &c.Coverage.DIDNumberZone)
	return err
}

// UnmarshalJSON accepts numbers as identifiers, and cleans the texts.
func (o *Order) UnmarshalJSON(b []byte) error {
	type plain Order
	err := json.Unmarshal(b, &struct {
		*plain
		ID   *text `json:"orderId"`
		Site *text `json:"voiceSiteId"`
	}{(*plain)(o), (*text)(&o.OrderID), (*text)(&o.VoiceSiteID)})
	clean(asWords, &o.Status, &o.CreationDate, &o.RejectionReason)
	clean(asName, &o.CustomerOrderReference, &o.Parameters.TechnicalSiteName, &o.Parameters.CustomerSiteLabel,
		&o.Parameters.Country, &o.Parameters.VPNID)
	return cmp.Or(err, checkIDs(o.OrderID, o.VoiceSiteID))
}

// UnmarshalJSON accepts a number as voiceSiteId, and cleans the texts.
func (v *VoiceSite) UnmarshalJSON(b []byte) error {
	type plain VoiceSite
	err := json.Unmarshal(b, &struct {
		*plain
		ID *text `json:"voiceSiteId"`
	}{(*plain)(v), (*text)(&v.VoiceSiteID)})
	clean(asName, &v.TechnicalSiteName, &v.CustomerSiteLabel, &v.Country, &v.VPNID)
	return cmp.Or(err, checkIDs(v.VoiceSiteID))
}

// UnmarshalJSON accepts an object, or a text or number that is value and display in one.
func (p *PossibleValue) UnmarshalJSON(b []byte) error {
	if !isObject(b) {
		err := json.Unmarshal(b, (*text)(&p.Value))
		p.Display = p.Value
		return cmp.Or(err, checkTexts(p.Value))
	}
	type plain PossibleValue
	err := json.Unmarshal(b, &struct {
		*plain
		Value   *text `json:"value"`
		Display *text `json:"display"`
	}{(*plain)(p), (*text)(&p.Value), (*text)(&p.Display)})
	return cmp.Or(err, checkTexts(p.Value, p.Display))
}

// UnmarshalJSON refuses endless enumerations, and cleans the texts.
func (c *Constraint) UnmarshalJSON(b []byte) error {
	type plain Constraint
	err := json.Unmarshal(b, (*plain)(c))
	if err == nil && len(c.PossibleValues) > maxValues {
		err = fmt.Errorf("an enumeration has %d values, more than %d", len(c.PossibleValues), maxValues)
	}
	clean(asWords, &c.Usage, &c.DefaultLabel, &c.DefaultDescription, &c.ReferenceURL, &c.ValueType)
	return cmp.Or(err, checkTexts(c.ValueRegexp))
}

// UnmarshalJSON refuses endless lists of areas, and cleans the texts.
func (g *GeographicalConstraints) UnmarshalJSON(b []byte) error {
	type plain GeographicalConstraints
	err := json.Unmarshal(b, (*plain)(g))
	clean(asWords, &g.DialZoneSelection)
	for _, element := range g.EmergencyAreaRules {
		err = cmp.Or(err, checkTexts(element))
	}
	return cmp.Or(err, checkMembers(len(g.EmergencyAreaRules)))
}

// constraints is the document of address constraints. A member that is not an object describes
// no element.
type constraints struct {
	elements map[string]Constraint
	iso2     string // its country; "": it does not say
}

func (c *constraints) UnmarshalJSON(b []byte) error {
	var members map[string]json.RawMessage
	if err := json.Unmarshal(b, &members); err != nil {
		return err
	}
	c.elements = map[string]Constraint{}
	for element, raw := range members {
		if !isObject(raw) {
			if element == "iso2" {
				_ = json.Unmarshal(raw, &c.iso2) // a member of another type is ignored
			}
			continue
		}
		var constraint Constraint
		if err := json.Unmarshal(raw, &constraint); err != nil {
			return err
		}
		c.elements[element] = constraint
	}
	return checkMembers(len(members))
}

// area is a geographical area: a plain string [A], or an object that names it.
type area string

func (a *area) UnmarshalJSON(b []byte) error {
	if !isObject(b) {
		return cmp.Or(json.Unmarshal(b, (*text)(a)), checkTexts(string(*a)))
	}
	var named struct{ Name, Value text }
	if err := json.Unmarshal(b, &named); err != nil {
		return err
	}
	if *a = area(named.Value); *a == "" {
		*a = area(named.Name)
	}
	if *a == "" {
		return fmt.Errorf("a geographical area has neither a name nor a value")
	}
	return checkTexts(string(*a))
}

// address is a flat object of address elements. An element that is null or empty is absent; a
// member that is neither text nor number is ignored.
type address map[string]string

func (a *address) UnmarshalJSON(b []byte) error {
	if len(b) > maxAddress {
		return fmt.Errorf("an address has %d bytes, more than %d", len(b), maxAddress)
	}
	var elements map[string]json.RawMessage
	if err := json.Unmarshal(b, &elements); err != nil {
		return err
	}
	*a = address{}
	for element, raw := range elements {
		var value text
		if err := json.Unmarshal(raw, &value); err == nil && value != "" {
			(*a)[element] = string(value)
		}
	}
	return checkMembers(len(elements))
}

// text is a JSON string, or a JSON number as it is written.
type text string

func (t *text) UnmarshalJSON(b []byte) error {
	b = bytes.TrimSpace(b)
	var number json.Number
	if len(b) > 0 && b[0] != '"' && json.Unmarshal(b, &number) == nil {
		*t = text(number)
		return nil
	}
	return json.Unmarshal(b, (*string)(t))
}

func isObject(b []byte) bool { return bytes.HasPrefix(bytes.TrimSpace(b), []byte("{")) }
