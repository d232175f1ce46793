// This file lists the rules, each with what a reader and a test need to know
// about it. What a rule does is in judge.go.

package addrcheck

import (
	"slices"

	"btrollout/internal/rollout"
)

// Rule is one thing that can be wrong with an address.
type Rule struct {
	Code   string // permanent, and the code of its problems
	Doc    string // what an address must obey
	Source string // where the API's documentation says so
	Sample Sample

	presence bool // judges empty elements too
	// apply gives the value to go on with, or a fault.
	apply func(j *judgement, e *element, value string) (string, *fault)
}

// Sample shows a rule at work: two addresses under one rulebook.
type Sample struct {
	Rulebook Rulebook
	Areas    Areas
	Pass     rollout.Address
	Fail     rollout.Address // breaks this rule and no other
}

// Rules lists every rule, in the order in which they are applied to an element.
func Rules() []Rule { return slices.Clone(rules) }

// The guide's sections that the rules come from.
const (
	guide        = "Business Talk getting started guide, section "
	schema       = guide + "Address schema validation"
	freeText     = guide + "Free string or numerical element"
	simpleList   = guide + "Simple list of possible values; section List of possible values with custom display"
	geographical = guide + "Address fields validation based on emergency services"
	dialZones    = guide + "Dialzone verification"
)

var rules = []Rule{{
	Code:   "address.not-used",
	Doc:    "An element that the country's schema does not use, or does not list, must be empty.",
	Source: schema + " (that an unlisted element is not accepted is assumed)",
	Sample: sample("a5", Constraint{Usage: usageNone, Label: "Block"}, "", "B12"),
	apply:  notUsed,
}, {
	Code:   "address.dialzone-missing",
	Doc:    "Where the dial zone is selected manually, the row must give it.",
	Source: dialZones,
	Sample: Sample{
		Rulebook: Rulebook{Country: "New Zealand", DialZoneManual: true,
			Constraints: map[string]Constraint{"a3": {Usage: usageOptional, Label: "City", ValueType: typeString}}},
		Pass: rollout.Address{rollout.DialZone: "04"},
		Fail: rollout.Address{},
	},
	presence: true,
	apply:    dialZoneMissing,
}, {
	Code:     "address.missing",
	Doc:      "A mandatory element must be filled, and so must the upper areas of a place that is given.",
	Source:   schema,
	Sample:   sample("pc", Constraint{Usage: usageMandatory, Label: "Postal code", ValueType: typeString}, "1000", " "),
	presence: true,
	apply:    missing,
}, {
	Code:   "address.characters",
	Doc:    "A value must be readable shortText, without control characters.",
	Source: freeText + " (all UTF-8 characters are accepted; that control characters are unwanted is assumed)",
	Sample: sample("a6", shortText, "Rue de la Forêt", "Rue de la For\ufffdt"),
	apply:  unreadable,
}, {
	Code:   "address.not-listed",
	Doc:    "An element with possible values takes one of them, or the text displayed for one of them, in any case and with or without accents.",
	Source: simpleList,
	Sample: sample("sts", Constraint{Usage: usageOptional, Label: "Street type", ValueType: typeAssociative,
		Values: []Value{{"AVE", "Avenue"}, {"RD", "Road"}}}, "avenue", "Lane"),
	apply: notListed,
}, {
	Code:   "address.area",
	Doc:    "An element that a geographical area constrains takes one of the places listed within the upper areas, in any case and with or without accents.",
	Source: geographical,
	Sample: Sample{
		Rulebook: Rulebook{Country: "Switzerland", AreaElements: []string{"a1"},
			Constraints: map[string]Constraint{"a1": {Usage: usageMandatory, Label: "Region", ValueType: typeString}}},
		Areas: func(...string) ([]string, error) { return []string{"Genève", "Vaud"}, nil },
		Pass:  rollout.Address{"a1": "geneve"},
		Fail:  rollout.Address{"a1": "Bavaria"},
	},
	apply: outsideArea,
}, {
	Code:   "address.not-digits",
	Doc:    "A numerical element takes the digits 0 to 9 only.",
	Source: freeText,
	Sample: sample("hno", Constraint{Usage: usageOptional, Label: "Number", ValueType: typeDigits}, "12", "12a"),
	apply:  notDigits,
}, {
	Code:   "address.too-short",
	Doc:    "A free text that is not empty has at least minLength characters.",
	Source: freeText,
	Sample: sample("pc", shortText, "7500", "750"),
	apply:  tooShort,
}, {
	Code:   "address.too-long",
	Doc:    "A free text has at most maxLength characters, when that is not 0.",
	Source: freeText,
	Sample: sample("a6", shortText, "Long Street", "A Street With A Very Long Name"),
	apply:  tooLong,
}, {
	Code:   "address.pattern",
	Doc:    "A value matches the element's regular expression, somewhere in it unless the expression is anchored.",
	Source: freeText + " (that a match anywhere is enough is assumed)",
	Sample: sample("pc", Constraint{Usage: usageMandatory, Label: "Postal code", ValueType: typeString, Regexp: "^[a-z0-9]{5}$"}, "ab123", "ab-12"),
	apply:  offPattern,
}}

// shortText is a bounded free text for the samples.
var shortText = Constraint{Usage: usageOptional, ValueType: typeString, MinLength: 4, MaxLength: 20}

// sample is a Sample about one element.
func sample(code string, con Constraint, pass, fail string) Sample {
	return Sample{
		Rulebook: Rulebook{Country: "Belgium", Constraints: map[string]Constraint{code: con}},
		Pass:     rollout.Address{code: pass},
		Fail:     rollout.Address{code: fail},
	}
}
