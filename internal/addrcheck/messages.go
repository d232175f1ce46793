// This file holds every sentence of this package, in both languages, so that they can be read in
// one place. A sentence about a problem says what is wrong, then what to write. The parts that
// sentences share are in words.go; causes and cures of the codes are in rules.go.

package addrcheck

import "btrollout/internal/rollout"

func sayNotUsed(country rollout.Text, e *element) rollout.Text {
	return rollout.Say("%s does not use %s: empty the cell.", "%[2]s ne s'utilise pas dans %[1]s : videz la cellule.", country, e.name())
}

func sayDialZoneMissing(country rollout.Text, e *element) rollout.Text {
	return rollout.Say("%s is missing, and %s does not derive it from the address: write the dial zone local to the site, such as \"021\".",
		"%s manque, et %s ne la déduit pas de l'adresse : écrivez la zone de numérotation locale du site, par exemple \"021\".",
		e.name(), country)
}

func sayDialZoneWords(e *element, value, suggestion string) rollout.Text {
	if suggestion != "" {
		return rollout.Say("%s %s has none of the digits 0 to 9: write %s.",
			"%s %s ne contient aucun des chiffres 0 à 9 : écrivez %s.", e.name(), quote(value), quote(suggestion))
	}
	return rollout.Say("%s %s has no digit: write the local area code, such as \"021\".",
		"%s %s ne contient aucun chiffre : écrivez l'indicatif local, par exemple \"021\".", e.name(), quote(value))
}

func sayMissing(country rollout.Text, e *element) rollout.Text {
	return rollout.Say("%s is missing, and %s requires it: %s.", "%s manque, et %s l'exige : %s.", e.name(), country, e.request())
}

func sayAreaMissing(e, below *element) rollout.Text {
	return rollout.Say("%s is missing, and %s can only be checked within it: %s.",
		"%s manque, et %s ne peut pas être vérifié sans : %s.", e.name(), below.name(), e.request())
}

func sayUnreadable(e *element, value string) rollout.Text {
	return rollout.Say("%s %s has characters that cannot be read or printed: write it again by hand.",
		"%s %s contient des caractères illisibles ou non imprimables : ressaisissez la valeur à la main.", e.name(), quote(value))
}

func sayNotListed(e *element, value string, offers []string, suggestion string) rollout.Text {
	return rollout.Say("%s %s is not one of its possible values: %s.", "%s %s ne figure pas parmi les valeurs possibles : %s.",
		e.name(), quote(value), choice(offers, suggestion, len(e.values.shown()), oneOfValues))
}

func sayAmbiguous(e *element, value string, offers []string) rollout.Text {
	return rollout.Say("%s %s can mean more than one of its possible values: %s.", "%s %s peut désigner plusieurs valeurs possibles : %s.",
		e.name(), quote(value), choice(offers[:min(len(offers), maxOffers)], "", len(offers), oneOfValues))
}

// sayOutsideArea also names the upper place, which may be the wrong one if nothing below it was
// surely meant; near: some of the listed places are near to the value.
func sayOutsideArea(j *judgement, e *element, value string, listed, offers []string, suggestion string, near bool) rollout.Text {
	remedy := choice(offers, suggestion, len(listed), oneOfPlaces)
	if e.level == 1 {
		return rollout.Say("%s %s is not one of the places that the API lists for %s: %s.",
			"%s %s ne figure pas parmi les lieux que l'API recense pour %s : %s.", e.name(), quote(value), j.country, remedy)
	}
	upper := j.levels[e.level-2]
	switch {
	case suggestion != "":
	case near:
		remedy = rollout.Say("%s, or correct %s", "%s, ou corrigez %s", remedy, upper.name())
	default:
		remedy = rollout.Say("correct %[2]s, or %[1]s", "corrigez %[2]s, ou %[1]s", remedy, upper.name())
	}
	return rollout.Say("%s %s is not in %s %s: %s.", "%s %s n'existe pas dans %s %s : %s.",
		e.name(), quote(value), upper.name(), quote(j.path[e.level-2]), remedy)
}

func sayNotDigits(e *element, value string, remedy rollout.Text) rollout.Text {
	return rollout.Say("%s %s has other characters than the digits 0 to 9: %s.",
		"%s %s contient d'autres caractères que les chiffres 0 à 9 : %s.", e.name(), quote(value), remedy)
}

func sayLength(e *element, value string, remedy rollout.Text) rollout.Text {
	return rollout.Say("%s %s has %s: %s.", "%s %s compte %s : %s.", e.name(), quote(value), characters.count(length(value)), remedy)
}

func sayPattern(e *element, value string, remedy rollout.Text) rollout.Text {
	return rollout.Say("%s %s does not fit: %s.", "%s %s ne convient pas : %s.", e.name(), quote(value), remedy)
}

func sayHouseSuffix(suffixes *element, number, suffix string) rollout.Text {
	return rollout.Say("write %s here, and %s into %s", "écrivez ici %s, et %s dans %s", quote(number), quote(suffix), suffixes.name())
}

func sayPatternTimeout(e *element, value string) rollout.Text {
	return rollout.Say("%s %s could not be compared in time with the country's pattern %s: write a simpler value.",
		"%s %s n'a pas pu être comparé à temps au motif %s du pays : écrivez une valeur plus simple.", e.name(), quote(value), e.regexp())
}

func sayPatternLength(e *element, value string, n int) rollout.Text {
	return rollout.Say("%s %s has %s, which is too long to be compared with the country's pattern %s: write at most %s.",
		"%s %s compte %s, ce qui est trop long pour être comparé au motif %s du pays : écrivez au plus %s.",
		e.name(), quote(value), characters.count(n), e.regexp(), characters.count(maxMatched))
}

func noteDialZone(country rollout.Text, written string) rollout.Text {
	return rollout.Say("The dial zone %s is ignored: %s derives it from the address.",
		"La zone de numérotation %s est ignorée : %s la déduit de l'adresse.", quote(written), country)
}

func noteRespelled(e *element, written, sent string) rollout.Text {
	if quote(written) == quote(sent) { // they differ behind what is quoted
		return rollout.Say("%s %s is sent with other spaces or letters towards its end.",
			"%s %s est transmis avec d'autres espaces ou lettres vers la fin.", e.name(), quote(written))
	}
	return rollout.Say("%s %s is sent as %s.", "%s %s est transmis sous la forme %s.", e.name(), quote(written), quote(sent))
}

func noteNoPlaces(j *judgement, e *element) rollout.Text {
	if e.level == 1 {
		return rollout.Say("%s is not checked: the API lists no places for %s.",
			"%s n'est pas vérifié : l'API ne recense aucun lieu pour %s.", e.name(), j.country)
	}
	upper := e.level - 2
	return rollout.Say("%s is not checked: the API lists no places in %s %s.",
		"%s n'est pas vérifié : l'API ne recense aucun lieu dans %s %s.",
		e.name(), j.levels[upper].name(), quote(j.path[upper]))
}

func warnUsage(e *element) rollout.Text {
	return rollout.Say("%s has the unknown usage %s and is taken as optional.", "%s a l'usage inconnu %s et est considéré comme facultatif.",
		e.name(), quote(e.Usage))
}

func warnValueType(e *element) rollout.Text {
	return rollout.Say("%s has the unknown value type %s and is taken as free text.",
		"%s a le type de valeur inconnu %s et est considéré comme du texte libre.", e.name(), quote(e.ValueType))
}

func warnNoValues(e *element) rollout.Text {
	return rollout.Say("%s is a list without possible values and is taken as free text.",
		"%s est une liste sans valeurs possibles et est considéré comme du texte libre.", e.name())
}

func warnPattern(e *element, why rollout.Text) rollout.Text {
	return rollout.Say("The pattern %s of %s is not applied: %s.", "Le motif %s de %s n'est pas appliqué : %s.", e.regexp(), e.name(), why)
}

// Why a pattern is not applied.
var (
	whyTooLong      = rollout.Say("it is too long", "il est trop long")
	whyIntersection = rollout.Say("it uses the intersection of character classes", "il utilise l'intersection de classes de caractères")
	whyJavaEscape   = rollout.Say("it uses an escape that only Java knows", "il utilise une séquence d'échappement propre à Java")
	whyUnreadable   = rollout.Say("neither Go nor ECMAScript can read it", "ni Go ni ECMAScript ne savent le lire")
)

func warnAreaUndeclared(e *element) rollout.Text {
	return rollout.Say("%s is constrained by geographical areas but missing from the address schema, and is taken as optional.",
		"%s dépend des zones géographiques mais manque dans le schéma d'adresse, et est considéré comme facultatif.", e.name())
}

func warnAreaUnusable(e *element) rollout.Text {
	return rollout.Say("Geographical areas are not applied from %s downwards: the country does not use it, or names it twice.",
		"Les zones géographiques ne sont pas appliquées à partir de %s : le pays n'utilise pas cet élément, ou le cite deux fois.", e.name())
}
