package main

// This file prints what countries ask of an address. All of it is the API's; nothing
// about a country is known here.

import (
	"fmt"
	"strconv"
	"strings"

	"btrollout/internal/addrcheck"
	"btrollout/internal/btapi"
	"btrollout/internal/console"
	"btrollout/internal/precheck"
)

// printOverview prints a line for each country.
func (s *session) printOverview(countries []precheck.Description) {
	t := console.Table{Heads: []string{
		s.say("code", "code"), s.say("country", "pays"), s.say("orderable", "commande"), s.say("emergency", "urgences"),
		s.say("dial zone", "zone num."), s.say("areas", "zones"), s.say("address API", "API adr."),
	}}
	for _, d := range countries {
		cells := []string{d.ISO2, orDash(d.Name), s.say("not known", "inconnu"), "–", "–", "–", "–"}
		switch {
		case d.Orderable && d.Refused == "":
			cells = []string{d.ISO2, d.Name, s.yesNo("yes"), s.yesNo(d.Emergency), s.dialZone(d), orDash(strings.Join(areaElements(d), ", ")), s.yesNo(yes(d.Register))}
		case d.Refused != "":
			cells[2] = s.say("refused", "refusé")
		case d.Known:
			cells[2], cells[3] = s.yesNo("no"), s.yesNo(d.Emergency)
		}
		t.Add(console.Row{Cells: cells})
	}
	t.Print(s.stdout, s.columns)
	fmt.Fprintln(s.stdout)
	console.Paragraph(s.stdout, 0, s.say(
		"These are the countries of Orange's guide; the API has no call that lists countries, and more may be covered: enqueue countries XX tells of any.",
		"Ce sont les pays du guide d'Orange ; l'API n'a pas d'appel qui liste les pays, et d'autres peuvent être couverts : enqueue countries XX renseigne sur chacun."), s.columns)
}

// printCountry prints everything about one country; long lists end with how many values
// there are.
func (s *session) printCountry(d precheck.Description) {
	fmt.Fprintln(s.stdout, strings.TrimSpace(d.ISO2+"  "+console.Printable(d.Name)))
	if s.notOrderable(d) {
		return
	}
	areas := []string{s.areas(d)}
	for level, a := range d.Areas {
		var said string
		switch {
		case level == 0:
			said = s.say("%s, %d values: %s", "%s, %d valeurs : %s", a.Element, len(a.Values), s.some(a.Values))
		case a.Values == nil:
			said = s.say("%s: asked for within the %s of the row; --area lists them", "%s : demandé pour la valeur de %s de la ligne ; --area les liste", a.Element, strings.Join(areaElements(d)[:level], ", "))
		default: // asked for by name
			said = s.say("%s within %s, %d values: %s", "%s dans %s, %d valeurs : %s", a.Element, strings.Join(a.Within, ", "), len(a.Values), strings.Join(a.Values, ", "))
		}
		areas = append(areas, said)
	}
	facts := console.Table{Indent: 2}
	add := func(name string, said ...string) { facts.Add(console.Row{Cells: []string{name}, Text: said}) }
	add(s.say("Telephone code", "Indicatif"), orDash(d.Telephone))
	add(s.say("Voicesites", "Voicesites"), s.say("can be ordered", "peuvent être commandés"))
	add(s.say("Emergency calls", "Appels d'urgence"), s.yesNo(d.Emergency))
	add(s.say("Comment of Orange", "Remarque d'Orange"), orDash(d.Comment))
	add(s.say("Dial zone", "Zone de numérotation"), s.dialZoneAdvice(d))
	add(s.say("Geographical areas", "Zones géographiques"), areas...)
	add(s.say("Address API", "API d'adresses"), s.register(d))
	for _, rule := range d.Unapplied {
		add(s.say("Not applied", "Non appliqué"), rule.In(s.Lang))
	}
	facts.Print(s.stdout, s.columns)
	fmt.Fprintln(s.stdout)
	s.printElements(d)
}

// notOrderable prints why there are no rules, if there are none.
func (s *session) notOrderable(d precheck.Description) bool {
	var why string
	switch {
	case d.Refused != "":
		why = s.say("The API refuses to say what applies there: %s.", "L'API refuse de dire ce qui s'y applique : %s.", d.Refused)
	case !d.Known:
		why = s.say("Business Talk does not cover a country of this code.", "Business Talk ne couvre pas de pays de ce code.")
	case !d.Orderable:
		why = s.say("Voicesites cannot be ordered online there: ask Orange.", "Aucun voicesite ne peut y être commandé en ligne : adressez-vous à Orange.")
	default:
		return false
	}
	console.Paragraph(s.stdout, 2, why, s.columns)
	if d.Comment != "" {
		s.printFact(s.say("Comment of Orange", "Remarque d'Orange"), d.Comment)
	}
	return true
}

// printFact prints the name of a fact, and the fact beside it.
func (s *session) printFact(name, said string) {
	t := console.Table{Indent: 2}
	t.Add(console.Row{Cells: []string{name}, Text: []string{said}})
	t.Print(s.stdout, s.columns)
}

func (s *session) dialZone(d precheck.Description) string {
	if d.DialZone == btapi.DialZoneAutomatic {
		return s.say("automatic", "automatique")
	}
	return s.say("manual", "manuelle")
}

func (s *session) dialZoneAdvice(d precheck.Description) string {
	if d.DialZone == btapi.DialZoneAutomatic {
		return s.say(
			"automatic: the API derives it from the address; leave the column dialzone empty",
			"automatique : l'API la déduit de l'adresse ; laissez la colonne dialzone vide")
	}
	return s.say(
		"manual: every row must give it in the column dialzone, and nobody verifies it",
		"manuelle : chaque ligne doit la donner dans la colonne dialzone, et personne ne la vérifie")
}

// areas says which elements must name a geographical area.
func (s *session) areas(d precheck.Description) string {
	if len(d.Areas) == 0 {
		return s.say("none", "aucune")
	}
	return s.say(
		"%s: written as the API lists it, because it determines the area for emergency services",
		"%s : à écrire comme dans la liste de l'API, car la zone des services d'urgence en dépend",
		strings.Join(areaElements(d), s.say(", and within it ", ", puis, à l'intérieur, ")))
}

func areaElements(d precheck.Description) []string {
	elements := make([]string, len(d.Areas))
	for i, a := range d.Areas {
		elements[i] = a.Element
	}
	return elements
}

func (s *session) register(d precheck.Description) string {
	if d.Register {
		return s.say(
			"yes: every address is looked up before it is ordered (the API does not tell whether it searches, or only validates)",
			"oui : chaque adresse y est vérifiée avant la commande (l'API ne dit pas si elle cherche ou ne fait que valider)")
	}
	return s.say("none", "aucune")
}

// printElements prints the elements in the order in which the country shows them.
func (s *session) printElements(d precheck.Description) {
	t := console.Table{Indent: 2, Heads: []string{
		s.say("element", "élément"), s.say("label", "libellé"), s.say("usage", "usage"), s.say("type", "type"),
		s.say("length", "longueur"), s.say("what to write", "à écrire"),
	}}
	for _, e := range d.Elements {
		row := console.Row{Cells: []string{e.Code, e.Label, s.usage(e.Usage), s.valueType(e.Type), length(e)}}
		if e.Description != "" {
			row.Text = append(row.Text, e.Description)
		}
		if e.Pattern != "" {
			row.Text = append(row.Text, s.say("pattern %s", "motif %s", e.Pattern))
		}
		if len(e.Values) > 0 {
			row.Below = s.some(valuesOf(e))
		}
		t.Add(row)
	}
	t.Print(s.stdout, s.columns)
	if len(d.NotUsed) > 0 {
		fmt.Fprintln(s.stdout)
		s.printFact(s.say("To be left empty:", "À laisser vides :"),
			s.say("%s, and whatever is not listed here", "%s, et tout élément absent de cette liste", strings.Join(d.NotUsed, ", ")))
	}
}

// valuesOf lists an element's values as display=value.
func valuesOf(e precheck.Element) []string {
	values := make([]string, len(e.Values))
	for i, v := range e.Values {
		if values[i] = v.Value; v.Display != "" {
			values[i] = v.Display + "=" + v.Value
		}
	}
	return values
}

func (s *session) usage(said string) string {
	switch said {
	case addrcheck.UsageMandatory:
		return s.say("mandatory", "obligatoire")
	case addrcheck.UsageOptional:
		return s.say("optional", "facultatif")
	}
	return said
}

func (s *session) valueType(said string) string {
	switch said {
	case addrcheck.TypeString:
		return s.say("text", "texte")
	case addrcheck.TypeDigits:
		return s.say("digits", "chiffres")
	case addrcheck.TypeList, addrcheck.TypeAssociative:
		return s.say("list", "liste")
	}
	return said
}

// length is how many characters a free value has.
func length(e precheck.Element) string {
	least, most := strconv.Itoa(e.MinLength), strconv.Itoa(e.MaxLength)
	switch {
	case len(e.Values) > 0, e.MinLength <= 0 && e.MaxLength <= 0:
		return ""
	case e.MaxLength <= 0:
		return "≥ " + least
	case e.MinLength <= 0:
		return "≤ " + most
	case e.MinLength == e.MaxLength:
		return most
	}
	return least + "–" + most
}

// valuesShown is how many values of a list are printed.
const valuesShown = 60

// some lists values, and says how many there are when they are too many to print.
func (s *session) some(values []string) string {
	if len(values) <= valuesShown {
		return strings.Join(values, ", ")
	}
	return s.say("%s, … %d in all; --json has them all", "%s, … %d en tout ; --json les donne toutes",
		strings.Join(values[:valuesShown], ", "), len(values))
}

func orDash(text string) string {
	if text == "" {
		return "–"
	}
	return text
}

func yes(is bool) string {
	if is {
		return "yes"
	}
	return "no"
}
