// Package countries has the countries of the simulator: what the API says of each, and the
// register of its addresses. It judges addresses and searches for them, and does not know
// HTTP. The data is in the JSON files of this folder, which are read strictly and checked
// against themselves. It is written from docs/api.md and the Business Talk getting started
// guide, as package btsim is.
package countries

import (
	"bytes"
	"cmp"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/dlclark/regexp2"

	"btrollout/internal/btsim/strictjson"
)

//go:embed *.json
var embedded embed.FS

// Country is one data file.
type Country struct {
	Country      Document              `json:"country"`                 // answer of GET /countries/{iso2}
	Constraints  map[string]Constraint `json:"addressconstraints"`      // by address element
	Geographical Geographical          `json:"geographicalconstraints"` // answer of the call of this name
	Areas        Areas                 `json:"geoareas"`                // from area1 down
	AddressAPI   string                `json:"addressAPI"`              // what its address API can do: addressNone, …
	Streets      []street              `json:"streets"`                 // the address register
	Unpublished  []unpublishedRule     `json:"refusals"`

	registered []string // the elements that Streets have, sorted
}

// Document is what the API says of a country. Source: guide, section "Get country coverage
// information".
type Document struct {
	Name     string            `json:"name"`
	ISO2     string            `json:"iso2"`
	Code     string            `json:"countryCode"` // of the telephone network
	Coverage map[string]string `json:"coverage"`
}

// coverageKeys are those of the guide's example, its spelling kept.
var coverageKeys = []string{
	"businessTalkOnline", "comment", "domesticEmergency", "enquiryDB", "nonGeographicDest",
	"modemISDNCall", "faxISDNCall", "voiceISDNCall", "modemAnalogCall", "faxAnalogCall",
	"voiceAnalogCall", "onnet", "offnetIntenationalDest", "offnetDomesticDest", "didNumber",
	"didNumberZone",
}

// Constraint is the rule for one address element. Source: guide, section "Address schema
// validation".
type Constraint struct {
	Usage          string          `json:"usage"`
	Label          string          `json:"defaultLabel"`
	Description    string          `json:"defaultDescription"`
	ReferenceURL   string          `json:"referenceUrl"`
	ValueType      string          `json:"valueType"`
	MinLength      int             `json:"minLength"` // in characters; 0: no bound
	MaxLength      int             `json:"maxLength"`
	Pattern        string          `json:"valueRegexp"`
	PossibleValues json.RawMessage `json:"possibleValues,omitempty"`
	Position       int             `json:"position"`

	values  []string        // of an enumeration, as the API stores them
	pattern *regexp2.Regexp // nil without Pattern
}

// The usages and value types of a constraint [G, notUsed A].
const (
	usageMandatory = "mandatory"
	usageOptional  = "optional"
	usageNotUsed   = "notUsed"

	typeString      = "freestring"
	typeNumerical   = "freenumerical"
	typeEnumeration = "enumeration"
	typeAssociative = "enumerationAssociative"
)

// Geographical says which elements name a geographical area, and who chooses the dial zone.
// Source: guide, section "Geographical constraint".
type Geographical struct {
	Rules    map[string]string `json:"emergencyAreaRules,omitempty"` // areaN_pidflo → element or notUsed
	DialZone string            `json:"dialZoneSelection"`
}

// The two ways of dialZoneSelection [A].
const (
	dialZoneManual    = "manual"
	dialZoneAutomatic = "automatic"
)

// AreaLevels are the names of the levels of geographical areas, the uppermost first.
var AreaLevels = []string{"area1", "area2", "area3", "area4"}

// Areas are the geographical areas of one level by their names, each with the areas below it.
type Areas map[string]Areas

// What a country's address API can do.
const (
	addressNone       = "none"
	addressSearch     = "search"
	addressValidation = "validation"
)

// street is an entry of the address register: every house number of a range.
type street struct {
	Address map[string]string `json:"address"`
	From    int               `json:"from"`
	To      int               `json:"to"`
}

// unpublishedRule refuses values that pass every published rule, when an address is pushed.
type unpublishedRule struct {
	Element string `json:"element"`
	Pattern string `json:"pattern"`
	Reason  string `json:"reason"`

	pattern *regexp.Regexp
}

// Covered reports whether voicesites can be ordered in the country.
func (c *Country) Covered() bool { return c.Country.Coverage["businessTalkOnline"] == "Yes" }

// constrained are the elements that geographical areas constrain, from area1 down.
func (c *Country) constrained() []string {
	var elements []string
	for _, level := range AreaLevels {
		if element := c.Geographical.Rules[level+"_pidflo"]; element != "" && element != usageNotUsed {
			elements = append(elements, element)
		}
	}
	return elements
}

// All returns the countries by their ISO 3166-1 alpha-2 codes. They are loaded once, and the
// caller must not change them. An error means that the data of this package is wrong, and names
// the file and the key.
func All() (map[string]*Country, error) { return loadOnce() }

var loadOnce = sync.OnceValues(func() (map[string]*Country, error) { return Load(embedded) })

// Load loads countries from the files *.json of data, each named by its country's code in lower case.
func Load(data fs.FS) (map[string]*Country, error) {
	files, err := fs.Glob(data, "*.json")
	if err != nil || len(files) == 0 {
		return nil, errors.New("the simulator has no country data")
	}
	countries := map[string]*Country{}
	for _, file := range files {
		content, err := fs.ReadFile(data, file)
		if err != nil {
			return nil, err
		}
		c, err := loadCountry(content)
		if err == nil && file != strings.ToLower(c.Country.ISO2)+".json" {
			err = fmt.Errorf("country.iso2 is %q", c.Country.ISO2)
		}
		if err != nil {
			return nil, fmt.Errorf("country data %s: %w", file, err)
		}
		countries[c.Country.ISO2] = c
	}
	return countries, nil
}

// loadCountry reads one file.
func loadCountry(content []byte) (*Country, error) {
	if _, err := strictjson.Parse(content); err != nil {
		return nil, err
	}
	c := &Country{}
	d := json.NewDecoder(bytes.NewReader(content))
	d.DisallowUnknownFields()
	if err := d.Decode(c); err != nil {
		return nil, err
	}
	for _, check := range []func() error{c.checkCountry, c.prepareConstraints, c.checkAreas, c.prepareRefusals, c.prepareStreets} {
		if err := check(); err != nil {
			return nil, err
		}
	}
	return c, nil
}

func (c *Country) checkCountry() error {
	for _, key := range coverageKeys {
		if _, found := c.Country.Coverage[key]; !found {
			return fmt.Errorf("country.coverage.%s is missing", key)
		}
	}
	online := c.Country.Coverage["businessTalkOnline"]
	switch {
	case c.Country.Name == "":
		return errors.New("country.name is missing")
	case !IsISO2(c.Country.ISO2):
		return fmt.Errorf("country.iso2 is %q, not two capital letters", c.Country.ISO2)
	case !isDigits(c.Country.Code):
		return fmt.Errorf("country.countryCode is %q, not digits", c.Country.Code)
	case len(c.Country.Coverage) != len(coverageKeys):
		return errors.New("country.coverage has keys that the guide does not know")
	case online != "Yes" && online != "No":
		return fmt.Errorf("country.coverage.businessTalkOnline is %q, not Yes or No", online)
	case c.Covered() && len(c.Constraints) == 0:
		return errors.New("addressconstraints is empty")
	}
	return nil
}

func (c *Country) prepareConstraints() error {
	for _, element := range sorted(c.Constraints) {
		rule := c.Constraints[element]
		if err := rule.prepare(); err != nil {
			return fmt.Errorf("addressconstraints.%s.%w", element, err)
		}
		if !slices.Contains(Elements, element) {
			return fmt.Errorf("addressconstraints.%s is no address element", element)
		}
		c.Constraints[element] = rule
	}
	return nil
}

func (rule *Constraint) prepare() (err error) {
	switch {
	case !slices.Contains([]string{usageMandatory, usageOptional, usageNotUsed}, rule.Usage):
		return fmt.Errorf("usage is %q", rule.Usage)
	case rule.Label == "":
		return errors.New("defaultLabel is missing")
	case rule.MinLength < 0 || rule.MaxLength < 0 || rule.MaxLength > 0 && rule.MaxLength < rule.MinLength:
		return fmt.Errorf("minLength is %d and maxLength %d", rule.MinLength, rule.MaxLength)
	case rule.Position <= 0:
		return fmt.Errorf("position is %d", rule.Position)
	}
	if rule.Pattern != "" {
		// The dialect has look-around; \d and $ mean ASCII digits and the very end, as in
		// Java and ECMAScript.
		if rule.pattern, err = regexp2.Compile(rule.Pattern, regexp2.RE2); err != nil {
			return fmt.Errorf("valueRegexp: %w", err)
		}
	}
	if rule.values, err = rule.possible(); err != nil {
		return fmt.Errorf("possibleValues: %w", err)
	}
	return nil
}

// possible returns the values of an enumeration as the API stores them.
func (rule *Constraint) possible() ([]string, error) {
	var values []string
	switch rule.ValueType {
	case typeString, typeNumerical:
		if rule.PossibleValues != nil {
			return nil, errors.New("belong to an enumeration only")
		}
		return nil, nil
	case typeEnumeration:
		if err := json.Unmarshal(rule.PossibleValues, &values); err != nil {
			return nil, err
		}
	case typeAssociative:
		var pairs []map[string]string
		if err := json.Unmarshal(rule.PossibleValues, &pairs); err != nil {
			return nil, err
		}
		for _, pair := range pairs {
			if len(pair) != 2 || pair["display"] == "" {
				return nil, fmt.Errorf("%v is not one value and one display", pair)
			}
			values = append(values, pair["value"])
		}
	default:
		return nil, fmt.Errorf("valueType is %q", rule.ValueType)
	}
	if sorted := slices.Sorted(slices.Values(values)); len(sorted) == 0 || sorted[0] == "" || len(slices.Compact(sorted)) != len(values) {
		return nil, errors.New("must be several, different and not empty")
	}
	return values, nil
}

func (c *Country) checkAreas() error {
	if c.Geographical.DialZone != dialZoneManual && c.Geographical.DialZone != dialZoneAutomatic {
		return fmt.Errorf("geographicalconstraints.dialZoneSelection is %q", c.Geographical.DialZone)
	}
	if c.Geographical.Rules != nil && len(c.Geographical.Rules) != len(AreaLevels) {
		return errors.New("geographicalconstraints.emergencyAreaRules must have exactly area1_pidflo to area4_pidflo")
	}
	constrained := c.constrained()
	for i, element := range constrained {
		key := "geographicalconstraints.emergencyAreaRules." + AreaLevels[i] + "_pidflo"
		if c.Geographical.Rules[AreaLevels[i]+"_pidflo"] != element {
			return fmt.Errorf("%s is %s while a lower area is used", key, usageNotUsed)
		}
		if c.Constraints[element].Usage != usageMandatory {
			return fmt.Errorf("%s is %q, which addressconstraints does not make mandatory", key, element)
		}
	}
	if c.Geographical.Rules != nil && len(constrained) == 0 {
		return errors.New("geographicalconstraints.emergencyAreaRules uses no area")
	}
	if c.Areas == nil {
		return errors.New("geoareas is missing")
	}
	return c.Areas.check("geoareas", len(constrained))
}

// check returns an error unless every branch of the tree is exactly depth levels deep. key is
// the name of the branch in errors.
func (a Areas) check(key string, depth int) error {
	if (depth == 0) != (len(a) == 0) {
		return fmt.Errorf("%s is not as deep as emergencyAreaRules says", key)
	}
	for _, name := range sorted(a) {
		if name == "" {
			return fmt.Errorf("%s holds an empty name", key)
		}
		if err := a[name].check(key+"."+name, depth-1); err != nil {
			return err
		}
	}
	return nil
}

func (c *Country) prepareRefusals() (err error) {
	for i := range c.Unpublished {
		q := &c.Unpublished[i]
		if q.pattern, err = regexp.Compile(q.Pattern); err != nil || q.Pattern == "" || q.Reason == "" {
			return cmp.Or(err, fmt.Errorf("refusals[%d] must have a pattern and a reason", i))
		}
		if !c.Declares(q.Element) {
			return fmt.Errorf("refusals[%d].element is %q, which the country does not use", i, q.Element)
		}
	}
	return nil
}

// prepareStreets returns an error unless every address of the register passes the published
// rules.
func (c *Country) prepareStreets() error {
	if !slices.Contains([]string{addressNone, addressSearch, addressValidation}, c.AddressAPI) {
		return fmt.Errorf("addressAPI is %q", c.AddressAPI)
	}
	if (c.AddressAPI == addressNone) != (len(c.Streets) == 0) {
		return fmt.Errorf("streets are %d while addressAPI is %q", len(c.Streets), c.AddressAPI)
	}
	known := map[string]bool{houseNumber: true}
	for i, st := range c.Streets {
		if _, holds := st.Address[houseNumber]; holds || st.From < 1 || st.To < st.From {
			return fmt.Errorf("streets[%d] must have its numbers in from and to only, from 1 up", i)
		}
		for _, number := range []int{st.From, st.To} {
			if refusals := c.applyRules(st.at(number)); refusals != nil {
				return fmt.Errorf("streets[%d].address breaks the country's own rules: %s", i, refusals[0].Text)
			}
		}
		for element := range st.Address {
			known[element] = true
		}
	}
	c.registered = sorted(known)
	return nil
}

// at is the address of one house of the street.
func (st street) at(number int) map[string]string {
	address := maps.Clone(st.Address)
	address[houseNumber] = strconv.Itoa(number)
	return address
}

var iso2 = regexp.MustCompile(`^[A-Z]{2}$`)

// IsISO2 reports whether code has the form of a country code: two capital letters.
func IsISO2(code string) bool { return iso2.MatchString(code) }

func isDigits(s string) bool {
	return s != "" && strings.Trim(s, "0123456789") == ""
}

func sorted[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
