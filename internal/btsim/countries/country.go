// The countries' data: its shape and how it is loaded. Every file is read
// strictly and checked against itself, so that a wrong one is found at start.
// What the data says about an address is applied in address.go.

package btsim

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/dlclark/regexp2"
)

// country is one data file: what the API tells of a country, and what it knows
// behind that.
type country struct {
	Country      countryDocument       `json:"country"`
	Constraints  map[string]constraint `json:"addressconstraints"`
	Geographical geographical          `json:"geographicalconstraints"`
	Areas        areas                 `json:"geoareas"`
	AddressAPI   string                `json:"addressAPI"`
	Streets      []street              `json:"streets"`
	Refusals     []quirk               `json:"refusals"`

	registered []string // the elements that Streets know, sorted
}

// countryDocument is the guide's, section "Get country coverage information".
type countryDocument struct {
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

// constraint is the rule for one address element.
// Source: Business Talk getting started guide, section "Address schema validation".
type constraint struct {
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

// geographical is the guide's, section "Geographical constraint".
type geographical struct {
	Rules    map[string]string `json:"emergencyAreaRules,omitempty"` // areaN_pidflo → element or notUsed
	DialZone string            `json:"dialZoneSelection"`
}

// The two ways of dialZoneSelection [A].
const (
	dialZoneManual    = "manual"
	dialZoneAutomatic = "automatic"
)

var areaLevels = []string{"area1", "area2", "area3", "area4"}

// areas are the geographical areas of one level, each with those below it.
type areas map[string]areas

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

// quirk is something that passes every published rule and is refused all the
// same when the address is pushed.
type quirk struct {
	Element string `json:"element"`
	Pattern string `json:"pattern"`
	Reason  string `json:"reason"`

	pattern *regexp.Regexp
}

func (c *country) covered() bool { return c.Country.Coverage["businessTalkOnline"] == "Yes" }

// constrained are the elements that geographical areas constrain, from area1 down.
func (c *country) constrained() []string {
	var elements []string
	for _, level := range areaLevels {
		if element := c.Geographical.Rules[level+"_pidflo"]; element != "" && element != usageNotUsed {
			elements = append(elements, element)
		}
	}
	return elements
}

func loadCountries(data fs.FS) (map[string]*country, error) {
	files, err := fs.Glob(data, "*.json")
	if err != nil || len(files) == 0 {
		return nil, errors.New("the simulator has no country data")
	}
	countries := map[string]*country{}
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

func loadCountry(content []byte) (*country, error) {
	if _, err := parseJSON(content); err != nil {
		return nil, err
	}
	c := &country{}
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

func (c *country) checkCountry() error {
	for _, key := range coverageKeys {
		if _, found := c.Country.Coverage[key]; !found {
			return fmt.Errorf("country.coverage.%s is missing", key)
		}
	}
	online := c.Country.Coverage["businessTalkOnline"]
	switch {
	case c.Country.Name == "":
		return errors.New("country.name is missing")
	case !iso2.MatchString(c.Country.ISO2):
		return fmt.Errorf("country.iso2 is %q, not two capital letters", c.Country.ISO2)
	case !isDigits(c.Country.Code):
		return fmt.Errorf("country.countryCode is %q, not digits", c.Country.Code)
	case len(c.Country.Coverage) != len(coverageKeys):
		return errors.New("country.coverage has keys that the guide does not know")
	case online != "Yes" && online != "No":
		return fmt.Errorf("country.coverage.businessTalkOnline is %q, not Yes or No", online)
	case c.covered() && len(c.Constraints) == 0:
		return errors.New("addressconstraints is empty")
	}
	return nil
}

func (c *country) prepareConstraints() error {
	for _, element := range sortedKeys(c.Constraints) {
		rule := c.Constraints[element]
		if err := rule.prepare(); err != nil {
			return fmt.Errorf("addressconstraints.%s.%w", element, err)
		}
		if !slices.Contains(elements, element) {
			return fmt.Errorf("addressconstraints.%s is no address element", element)
		}
		c.Constraints[element] = rule
	}
	return nil
}

func (rule *constraint) prepare() (err error) {
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
		// A dialect with look-around, whose \d and $ mean what they mean in Java
		// and ECMAScript: ASCII digits, the very end.
		if rule.pattern, err = regexp2.Compile(rule.Pattern, regexp2.RE2); err != nil {
			return fmt.Errorf("valueRegexp: %w", err)
		}
	}
	if rule.values, err = rule.possible(); err != nil {
		return fmt.Errorf("possibleValues: %w", err)
	}
	return nil
}

// possible reads the values that the API stores, whichever form they come in.
func (rule *constraint) possible() ([]string, error) {
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

func (c *country) checkAreas() error {
	if c.Geographical.DialZone != dialZoneManual && c.Geographical.DialZone != dialZoneAutomatic {
		return fmt.Errorf("geographicalconstraints.dialZoneSelection is %q", c.Geographical.DialZone)
	}
	if c.Geographical.Rules != nil && len(c.Geographical.Rules) != len(areaLevels) {
		return errors.New("geographicalconstraints.emergencyAreaRules must have exactly area1_pidflo to area4_pidflo")
	}
	constrained := c.constrained()
	for i, element := range constrained {
		key := "geographicalconstraints.emergencyAreaRules." + areaLevels[i] + "_pidflo"
		if c.Geographical.Rules[areaLevels[i]+"_pidflo"] != element {
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

// check wants every branch of the tree to go exactly depth levels down.
func (a areas) check(key string, depth int) error {
	if (depth == 0) != (len(a) == 0) {
		return fmt.Errorf("%s is not as deep as emergencyAreaRules says", key)
	}
	for _, name := range sortedKeys(a) {
		if name == "" {
			return fmt.Errorf("%s holds an empty name", key)
		}
		if err := a[name].check(key+"."+name, depth-1); err != nil {
			return err
		}
	}
	return nil
}

func (c *country) prepareRefusals() (err error) {
	for i := range c.Refusals {
		q := &c.Refusals[i]
		if q.pattern, err = regexp.Compile(q.Pattern); err != nil || q.Pattern == "" || q.Reason == "" {
			return cmp.Or(err, fmt.Errorf("refusals[%d] must have a pattern and a reason", i))
		}
		if !c.declares(q.Element) {
			return fmt.Errorf("refusals[%d].element is %q, which the country does not use", i, q.Element)
		}
	}
	return nil
}

// prepareStreets wants every address of the register to pass the published rules.
func (c *country) prepareStreets() error {
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
			if details := c.applyRules(st.at(number)); details != nil {
				return fmt.Errorf("streets[%d].address breaks the country's own rules: %s", i, details[0].Description)
			}
		}
		for element := range st.Address {
			known[element] = true
		}
	}
	c.registered = sortedKeys(known)
	return nil
}

// at is the address of one house of the street.
func (st street) at(number int) map[string]string {
	address := maps.Clone(st.Address)
	address[houseNumber] = strconv.Itoa(number)
	return address
}

func isDigits(s string) bool {
	return s != "" && strings.Trim(s, "0123456789") == ""
}

func sortedKeys[V any](m map[string]V) []string {
	keys := []string{}
	for key := range m {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}
