// This file holds what a country asks of the elements of an address.

package rollout

// Element is an address element as a country describes it. The names of its JSON are
// permanent.
type Element struct {
	Code string `json:"code"` // the element, such as `pc`
	Constraint
}

// Constraint is what a country asks of one address element.
// Source: Business Talk getting started guide, section Address schema validation.
type Constraint struct {
	Label       string          `json:"label"`                    // defaultLabel, such as "Postal code"; "": none
	Description string          `json:"description"`              // defaultDescription, such as "Enter the postal code …"
	Usage       string          `json:"usage"`                    // `mandatory`, `optional`, `notUsed`, or another word of the API
	ValueType   string          `json:"valueType"`                // `freestring`, `freenumerical`, `enumeration`, `enumerationAssociative`, …
	MinLength   int             `json:"minLength"`                // least number of characters; 0: no bound
	MaxLength   int             `json:"maxLength"`                // greatest number of characters; 0: no bound
	Regexp      string          `json:"valueRegexp,omitempty"`    // pattern of the whole value
	Values      []PossibleValue `json:"possibleValues,omitempty"` // values of the two enumerations
	Position    int             `json:"position"`                 // where the element stands among the others
}

// PossibleValue is a value of an enumeration. [G]
type PossibleValue struct {
	Value   string `json:"value"`             // what the API takes
	Display string `json:"display,omitempty"` // what people may write instead; "": nothing else
}

// The literals of usage and valueType. [G]; that an absent element counts as
// notUsed is assumed. [A]
const (
	UsageMandatory = "mandatory"
	UsageOptional  = "optional"
	UsageNone      = "notUsed"

	TypeString      = "freestring"
	TypeDigits      = "freenumerical"
	TypeList        = "enumeration"
	TypeAssociative = "enumerationAssociative"
)
