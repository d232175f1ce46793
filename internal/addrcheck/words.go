// This file holds the parts that sentences share, in both languages: the name of an element, what
// it accepts, which entries to write, and how values are quoted.

package addrcheck

import (
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"btrollout/internal/rollout"
)

// name is the element's name for people, such as "Postal code (pc)".
func (e *element) name() rollout.Text {
	switch label := oneLine(e.Label); {
	case label != "":
		return same(label + " (" + oneLine(e.code) + ")")
	case e.code == rollout.DialZone:
		return rollout.Say("Dial zone (dialzone)", "Zone de numérotation (dialzone)")
	}
	return same(oneLine(e.code))
}

// request asks for a missing value, in the country's own words if it has some: "enter the postal
// code where your site is located (exactly 5 digits)". They are English; in French they follow
// as a quotation.
func (e *element) request() rollout.Text {
	words := e.description()
	if words == "" {
		return rollout.Say("write %s", "écrivez %s", e.expected())
	}
	return rollout.Say("%[2]s (%[1]s)", "écrivez %s (%[3]s)", e.expected(), lowerFirst(words), quoteWords(words))
}

// patternAdvice says how a value must look, in the country's own words if it has some, and shows
// the pattern itself last, for those who can read it.
func (e *element) patternAdvice() rollout.Text {
	words, pattern := e.description(), rollout.Say("pattern %s", "motif %s", e.regexp())
	switch {
	case words == "":
		return rollout.Say("write %s (%s)", "écrivez %s (%s)", e.sized(), pattern)
	case e.example == "" || strings.Contains(words, e.example):
		return rollout.Say("%[1]s (%[4]s)", "écrivez %[3]s (%[2]s ; %[4]s)", lowerFirst(words), quoteWords(words), e.sized(), pattern)
	}
	return rollout.Say("%[1]s (such as %[5]s; %[4]s)", "écrivez %[3]s (%[2]s ; %[4]s)",
		lowerFirst(words), quoteWords(words), e.sized(), pattern, quote(e.example))
}

// respelling advises to write a value in another way. If that way only adds leading zeros, it is
// a guess, and says so.
func (e *element) respelling(value, other string) rollout.Text {
	if slices.Contains(withZeros(unaccented(value)), other) {
		return rollout.Say("write %s if leading zeros were lost", "écrivez %s si des zéros de tête ont été perdus", quote(other))
	}
	return rollout.Say("write %s", "écrivez %s", quote(other))
}

// expected describes the values that the element accepts.
func (e *element) expected() rollout.Text {
	switch {
	case e.isList() && len(e.values.shown()) <= maxOffers:
		return anyOf(e.values.shown())
	case e.isList():
		return rollout.Say("one of its %d possible values", "l'une de ses %d valeurs possibles", len(e.values.shown()))
	case e.level > 0:
		return rollout.Say("one of the places that the command enqueue countries shows",
			"l'un des lieux que montre la commande enqueue countries")
	case e.pattern != nil && e.example == "":
		return rollout.Say("%s, pattern %s", "%s, motif %s", e.sized(), quoteWords(e.regexp()))
	}
	return e.sized()
}

// sized says how long a free text must be, and gives an example if there is one.
func (e *element) sized() rollout.Text {
	unit := characters
	if e.ValueType == rollout.TypeDigits {
		unit = digits
	}
	text := unit.bounds(e.MinLength, e.MaxLength)
	if e.example != "" {
		text = rollout.Say("%s, such as %s", "%s, par exemple %s", text, quote(e.example))
	}
	return text
}

// maxDescribed bounds the API's descriptions and patterns in a sentence, in characters.
const maxDescribed = 150

// description is the country's description of the element, without a full stop.
func (e *element) description() string {
	return strings.TrimRight(printable(e.Description, maxDescribed), ". ")
}

// quoteWords quotes words of the API that are printable already.
func quoteWords(words string) string { return `"` + strings.ReplaceAll(words, `"`, "'") + `"` }

func (e *element) regexp() string { return printable(e.Regexp, maxDescribed) }

// lowerFirst writes the first letter of a sentence small, so that it can stand within another;
// "NPA …" stays as it is.
func lowerFirst(text string) string {
	first, size := utf8.DecodeRuneInString(text)
	if next, _ := utf8.DecodeRuneInString(text[size:]); unicode.IsUpper(next) || unicode.IsDigit(next) {
		return text
	}
	return string(unicode.ToLower(first)) + text[size:]
}

// countryName is the country's name in a sentence.
func countryName(country string) rollout.Text {
	if country = oneLine(country); country == "" {
		return rollout.Say("the country", "le pays")
	}
	return rollout.Say("%s", "le pays %s", country)
}

// unit is the unit of the length of a text: its singular, its plural, and what to say of a text
// of any length.
type unit struct{ one, many, any rollout.Text }

var (
	characters = unit{rollout.Say("character", "caractère"), rollout.Say("characters", "caractères"), rollout.Say("a text", "un texte")}
	digits     = unit{rollout.Say("digit", "chiffre"), rollout.Say("digits", "chiffres"),
		rollout.Say("digits only", "uniquement des chiffres")}
)

// count says "1 digit" or "5 digits".
func (u unit) count(n int) rollout.Text { return rollout.Count(n, u.one, u.many) }

// bounds says how long a text may be; 0 means no bound.
func (u unit) bounds(least, most int) rollout.Text {
	switch {
	case least > 0 && least == most:
		return rollout.Say("exactly %s", "exactement %s", u.count(most))
	case least > 0 && most > 0:
		return rollout.Say("%d to %s", "de %d à %s", least, u.count(most))
	case most > 0:
		return rollout.Say("at most %s", "au plus %s", u.count(most))
	case least > 1:
		return rollout.Say("at least %s", "au moins %s", u.count(least))
	}
	return u.any
}

func oneOfValues(total int) rollout.Text {
	return rollout.Say("one of its %d values", "l'une de ses %d valeurs", total)
}

func oneOfPlaces(total int) rollout.Text {
	return rollout.Say("one of its %d places", "l'un de ses %d lieux", total)
}

// choice says which of the possible texts to write: the suggestion, one of the offers or, if
// there are more, one of the total.
func choice(offers []string, suggestion string, total int, oneOf func(total int) rollout.Text) rollout.Text {
	one := oneOf(total)
	switch {
	case suggestion != "":
		return rollout.Say("write %s", "écrivez %s", quote(suggestion))
	case len(offers) == 0:
		return rollout.Say("write %s, which the command enqueue countries shows", "écrivez %s, que montre la commande enqueue countries", one)
	case len(offers) < total:
		return rollout.Say("write %s, such as %s", "écrivez %s, par exemple %s", one, anyOf(offers))
	}
	return rollout.Say("write %s", "écrivez %s", anyOf(offers))
}

// anyOf joins texts to `"A", "B" or "C"`.
func anyOf(texts []string) rollout.Text {
	quoted := make([]string, len(texts))
	for i, text := range texts {
		quoted[i] = quote(text)
	}
	last := len(quoted) - 1
	if last < 1 {
		return same(strings.Join(quoted, ""))
	}
	return rollout.Say("%s or %s", "%s ou %s", strings.Join(quoted[:last], ", "), quoted[last])
}

// same is a text that is the same in every language.
func same(text string) rollout.Text { return rollout.Text{EN: text, FR: text} }

// maxQuoted bounds a value inside a sentence, in characters.
const maxQuoted = 60

// quote quotes a value, and makes visible what cannot be seen in it.
func quote(s string) string {
	s = rollout.Clip(s, maxQuoted)
	if strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsGraphic(r) || r == utf8.RuneError }) {
		return strconv.Quote(s)
	}
	return `"` + s + `"`
}

// oneLine makes words of the API fit for a sentence.
func oneLine(s string) string { return printable(s, maxQuoted) }

// printable replaces control characters by spaces, and cuts a text to that many characters.
func printable(s string, most int) string {
	return rollout.Clip(clean(strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, s)), most)
}
