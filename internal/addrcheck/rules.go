// This file lists the rules, each with what a reader and a test need to know of it. Their functions
// are in judge.go and areas.go.

package addrcheck

import (
	"slices"

	"btrollout/internal/rollout"
)

// Rule is one thing that can be wrong with an address.
type Rule struct {
	rollout.Kind           // of the rule's problems
	Mechanism    Mechanism // the guide's mechanism to which the rule belongs
	Source       string    // section of the API's documentation
	Sample       Sample

	presence bool // the rule is applied to empty elements too
	// apply returns the value for the next rule, or a violation.
	apply func(j *judgement, e *element, value string) (string, *violation)
}

// Mechanism is one of the ways in which the API checks addresses, by the guide's name.
// Source: Business Talk getting started guide, section Address management.
type Mechanism string

// The mechanisms of this package. The guide's fourth one, full address validation, needs the
// address API and is in package precheck.
const (
	SchemaValidation Mechanism = "Address schema validation"
	AreaValidation   Mechanism = "Address fields validation based on emergency services"
	DialZoneCheck    Mechanism = "Dialzone verification"
)

// Sample has two addresses that show a rule.
type Sample struct {
	Rulebook Rulebook        // of both
	Areas    Areas           // of both; nil: the rulebook has no area elements
	Pass     rollout.Address // breaks no rule
	Fail     rollout.Address // breaks this rule and no other
}

// Rules returns every rule, in the order in which they are applied to an element.
func Rules() []Rule { return slices.Clone(rules) }

// The sections of the guide that the rules come from.
const (
	guide        = "Business Talk getting started guide, section "
	schema       = guide + string(SchemaValidation)
	freeText     = guide + "Free string or numerical element"
	simpleList   = guide + "Simple list of possible values; section List of possible values with custom display"
	geographical = guide + string(AreaValidation)
	dialZones    = guide + string(DialZoneCheck)
)

var rules = []Rule{{
	Kind: kind("address.not-used",
		"The country does not use this element, or its schema does not list it.",
		"Le pays n'utilise pas cet élément, ou son schéma ne le mentionne pas.",
		"Empty the cell.", "Videz la cellule."),
	Mechanism: SchemaValidation,
	Source:    schema + " (that an unlisted element is not accepted is assumed)",
	Sample:    sample("a5", rollout.Constraint{Usage: rollout.UsageNone, Label: "Block"}, "", "B12"),
	apply:     notUsed,
}, {
	Kind: kind("address.dialzone-missing",
		"The country does not derive the dial zone from the address, and the row gives none.",
		"Le pays ne déduit pas la zone de numérotation de l'adresse, et la ligne n'en donne aucune.",
		"Write the dial zone local to the site, such as 021.", "Écrivez la zone de numérotation locale du site, par exemple 021."),
	Mechanism: DialZoneCheck,
	Source:    dialZones,
	Sample: Sample{
		Rulebook: Rulebook{Country: "New Zealand", DialZoneManual: true,
			Constraints: map[string]rollout.Constraint{"a3": {Usage: rollout.UsageOptional, Label: "City", ValueType: rollout.TypeString}}},
		Pass: rollout.Address{rollout.DialZone: "04"},
		Fail: rollout.Address{},
	},
	presence: true,
	apply:    dialZoneMissing,
}, {
	Kind: kind("address.missing",
		"A mandatory element is empty, or the upper area of a place that is given.",
		"Un élément obligatoire est vide, ou bien la zone supérieure d'un lieu indiqué.",
		"Fill the cell as the message says.", "Renseignez la cellule comme l'indique le message."),
	Mechanism: SchemaValidation,
	Source:    schema,
	Sample:    sample("pc", neededText, "1000", " "),
	presence:  true,
	apply:     missing,
}, {
	Kind: kind("address.characters",
		"A value has control characters, or bytes that are no UTF-8 text.",
		"Une valeur contient des caractères de contrôle, ou des octets qui ne sont pas du texte UTF-8.",
		"Write the value again by hand, and save a CSV file as UTF-8.",
		"Ressaisissez la valeur à la main, et enregistrez un fichier CSV en UTF-8."),
	Mechanism: SchemaValidation,
	Source:    freeText + " (all UTF-8 characters are accepted; that control characters are unwanted is assumed)",
	Sample:    sample("a6", shortText, "Rue de la Forêt", "Rue de la For\ufffdt"),
	apply:     unreadable,
}, {
	Kind: kind("address.not-listed",
		"The element takes one of its possible values, in any case and with or without accents, and this is none of them.",
		"L'élément n'accepte que ses valeurs possibles, avec ou sans majuscules et accents, et celle-ci n'en fait pas partie.",
		"Write the suggested value, or another of the list.", "Écrivez la valeur suggérée, ou une autre de la liste."),
	Mechanism: SchemaValidation,
	Source:    simpleList,
	Sample: sample("sts", rollout.Constraint{Usage: rollout.UsageOptional, Label: "Street type", ValueType: rollout.TypeAssociative,
		Values: []rollout.PossibleValue{{Value: "AVE", Display: "Avenue"}, {Value: "RD", Display: "Road"}}}, "avenue", "Lane"),
	apply: notListed,
}, {
	Kind: kind(rollout.CodeAddressArea,
		"The API does not list the place, or not within the area above it, so that the emergency centre cannot be told.",
		"L'API ne recense pas ce lieu, ou pas dans la zone supérieure, si bien que le centre d'urgence ne peut pas être déterminé.",
		"Write the suggested place, or correct the area above it.", "Écrivez le lieu suggéré, ou corrigez la zone supérieure."),
	Mechanism: AreaValidation,
	Source:    geographical,
	Sample: Sample{
		Rulebook: Rulebook{Country: "Switzerland", AreaElements: []string{"a1"},
			Constraints: map[string]rollout.Constraint{"a1": {Usage: rollout.UsageMandatory, Label: "Region", ValueType: rollout.TypeString}}},
		Areas: func(...string) ([]string, error) { return []string{"Genève", "Vaud"}, nil },
		Pass:  rollout.Address{"a1": "geneve"},
		Fail:  rollout.Address{"a1": "Bavaria"},
	},
	apply: outsideArea,
}, {
	Kind: kind("address.dialzone-characters",
		"The dial zone has no digit, so that it cannot be an area code.",
		"La zone de numérotation ne contient aucun chiffre et ne peut donc pas être un indicatif.",
		"Write the local area code, such as 021.", "Écrivez l'indicatif local, par exemple 021."),
	Mechanism: DialZoneCheck,
	Source:    dialZones + " (that a dial zone has a digit is assumed)",
	Sample: Sample{
		Rulebook: Rulebook{Country: "Switzerland", DialZoneManual: true,
			Constraints: map[string]rollout.Constraint{"a3": {Usage: rollout.UsageOptional, Label: "City", ValueType: rollout.TypeString}}},
		Pass: rollout.Address{rollout.DialZone: "021"},
		Fail: rollout.Address{rollout.DialZone: "Lausanne"},
	},
	apply: dialZoneWords,
}, {
	Kind: kind("address.not-digits",
		"The element takes the digits 0 to 9 only, and the value has other characters.",
		"L'élément n'accepte que les chiffres 0 à 9, et la valeur contient d'autres caractères.",
		"Write digits only.", "Écrivez seulement des chiffres."),
	Mechanism: SchemaValidation,
	Source:    freeText,
	Sample:    sample("hno", rollout.Constraint{Usage: rollout.UsageOptional, Label: "Number", ValueType: rollout.TypeDigits}, "12", "12a"),
	apply:     notDigits,
}, {
	Kind: kind("address.too-short",
		"The value has fewer characters than the element needs, often because a spreadsheet took its leading zeros away.",
		"La valeur compte moins de caractères que l'élément n'en exige, souvent parce qu'un tableur a supprimé les zéros de tête.",
		"Write the whole value, and format the cell as text.", "Écrivez la valeur entière, et mettez la cellule au format texte."),
	Mechanism: SchemaValidation,
	Source:    freeText,
	Sample:    sample("pc", shortText, "7500", "750"),
	apply:     tooShort,
}, {
	Kind: kind("address.too-long",
		"The value has more characters than the element takes.",
		"La valeur compte plus de caractères que l'élément n'en accepte.",
		"Shorten the value.", "Abrégez la valeur."),
	Mechanism: SchemaValidation,
	Source:    freeText,
	Sample:    sample("a6", shortText, "Long Street", "A Street With A Very Long Name"),
	apply:     tooLong,
}, {
	Kind: kind("address.pattern",
		"The value does not have the form that the country asks for.",
		"La valeur n'a pas la forme que le pays demande.",
		"Write the value as the message describes it.", "Écrivez la valeur comme le décrit le message."),
	Mechanism: SchemaValidation,
	Source:    freeText + " (that a match anywhere is enough is assumed)",
	Sample:    sample("pc", formedText, "ab123", "ab-12"),
	apply:     offPattern,
}}

// shortText is a bounded free text for the samples.
var shortText = rollout.Constraint{Usage: rollout.UsageOptional, ValueType: rollout.TypeString, MinLength: 4, MaxLength: 20}

// formedText is a text with a pattern for the samples.
var formedText = rollout.Constraint{
	Usage: rollout.UsageMandatory, Label: "Postal code", ValueType: rollout.TypeString, Regexp: "^[a-z0-9]{5}$",
}

// neededText is a mandatory text for the samples.
var neededText = rollout.Constraint{Usage: rollout.UsageMandatory, Label: "Postal code", ValueType: rollout.TypeString}

// kind is a Kind by its code, its cause and its cure, both in English and French.
func kind(code, cause, causeFR, cure, cureFR string) rollout.Kind {
	return rollout.Kind{Code: code, Cause: rollout.Say(cause, causeFR), Cure: rollout.Say(cure, cureFR)}
}

// sample is a Sample about one element.
func sample(code string, con rollout.Constraint, pass, fail string) Sample {
	return Sample{
		Rulebook: Rulebook{Country: "Belgium", Constraints: map[string]rollout.Constraint{code: con}},
		Pass:     rollout.Address{code: pass},
		Fail:     rollout.Address{code: fail},
	}
}
