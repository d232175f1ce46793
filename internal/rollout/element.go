// This file holds what a country asks of the elements of an address.

package rollout

// Element is an address element as a country describes it. The names of its JSON are
// permanent.
type Element struct {
	Code string `json:"code"`
	Constraint
}

// Constraint is what a country asks of one address element.
// Source: Business Talk getting started guide, section Address schema validation.
type Constraint struct {
	Label       string          `json:"label"`       // defaultLabel, such as "Postal code"; "": none
	Description string          `json:"description"` // defaultDescription, such as "Enter the postal code …"
	Usage       string          `json:"usage"`       // one of Usage…, or a word of the API that is none of them
	ValueType   string          `json:"valueType"`   // one of Type…, or a word of the API that is none of them
	MinLength   int             `json:"minLength"`   // characters; 0: no bound
	MaxLength   int             `json:"maxLength"`   // characters; 0: no bound
	Regexp      string          `json:"valueRegexp,omitempty"`
	Values      []PossibleValue `json:"possibleValues,omitempty"` // of the two enumerations
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
