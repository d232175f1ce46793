// This file makes examples: of an address and, for people who do not read regular expressions,
// of what a pattern allows.

package addrcheck

import (
	"cmp"
	"regexp"
	"regexp/syntax"
	"slices"
	"strings"
	"unicode"

	"btrollout/internal/rollout"
)

const (
	maxExample = 30 // characters; a longer example explains nothing
	maxExtra   = 8  // how often a repetition is lengthened to reach minLength
)

// Example returns an address that has something plausible for each mandatory element: a
// possible value, a text that its pattern allows, or else its own label, which may break a
// rule. Geographical areas are not looked up.
func (c *Checker) Example() rollout.Address {
	a := rollout.Address{}
	for _, e := range c.elements {
		if e.Usage == rollout.UsageMandatory {
			a[e.code] = e.plausible()
		}
	}
	return a
}

// plausible is a value for an example.
func (e *element) plausible() string {
	const digits, dialZone = "1234567890", "021"
	switch {
	case e.isList():
		return e.values.shown()[0]
	case e.example != "":
		return e.example
	case e.code == rollout.DialZone && e.ValueType == rollout.TypeString:
		return dialZone
	case e.ValueType == rollout.TypeDigits:
		return strings.Repeat(digits, 1+e.MinLength/len(digits))[:max(e.MinLength, 1)]
	}
	label := []rune(cmp.Or(clean(e.Label), e.code))
	for len(label) < min(e.MinLength, maxExample) {
		label = append(label, '-')
	}
	if e.MaxLength > 0 && len(label) > e.MaxLength {
		label = label[:e.MaxLength]
	}
	return strings.TrimSpace(string(label))
}

// findExample returns a value that the element accepts, or "". An area or a list needs none,
// because it has its own entries to offer. The example is the country's own, from its
// description, or else made from the parsed pattern. The pattern that is applied must match it.
func (e *element) findExample() string {
	if e.Usage == rollout.UsageNone || e.pattern == nil || e.level > 0 || e.isList() {
		return ""
	}
	if text := e.describedExample(); text != "" {
		return text
	}
	tree, err := syntax.Parse(lookAround.ReplaceAllString(e.Regexp, ""), syntax.Perl)
	if err != nil {
		return ""
	}
	for extra := range maxExtra {
		w := exampleWriter{extra: extra}
		if !w.write(tree) || clean(w.text.String()) != w.text.String() {
			continue
		}
		accepted, err := e.accepts(w.text.String())
		if err != nil {
			return ""
		}
		if accepted {
			return w.text.String()
		}
	}
	return ""
}

// describedExample finds an example in the country's description: one of its words, or two in a
// row, with a digit in it.
func (e *element) describedExample() string {
	words := strings.Fields(e.description())
	for i := range words {
		for n := min(2, len(words)-i); n > 0; n-- {
			text := strings.Trim(strings.Join(words[i:i+n], " "), `,;:.!?()"`)
			if !strings.ContainsAny(text, arabicDigits) {
				continue
			}
			switch accepted, err := e.accepts(text); {
			case err != nil: // the pattern took too long, and would again
				return ""
			case accepted:
				return text
			}
		}
	}
	return ""
}

// lookAround is a condition that Go's syntax lacks. An example is written without it, and then
// compared with the whole pattern.
var lookAround = regexp.MustCompile(`\(\?<?[=!](?:[^()\\]|\\.)*\)`)

// exampleWriter writes the plainest text that a parsed pattern allows.
type exampleWriter struct {
	text   strings.Builder
	extra  int // number of repetitions beyond the least
	digits int // number of digits tried, so that they count up
	caps   int // number of letters tried, so that they follow the alphabet
}

// write writes a text for a part of a pattern, and reports whether it found one.
func (w *exampleWriter) write(re *syntax.Regexp) bool {
	if w.text.Len() > 4*maxExample {
		return false
	}
	switch re.Op {
	case syntax.OpLiteral:
		w.text.WriteString(string(re.Rune))
	case syntax.OpCharClass:
		return w.choose(re.Rune)
	case syntax.OpAnyChar, syntax.OpAnyCharNotNL:
		return w.choose([]rune{'a', 'z'})
	case syntax.OpCapture, syntax.OpConcat:
		for _, sub := range re.Sub {
			if !w.write(sub) {
				return false
			}
		}
	case syntax.OpAlternate:
		return w.write(re.Sub[0])
	case syntax.OpStar:
		return w.repeat(re.Sub[0], 2, -1)
	case syntax.OpPlus:
		return w.repeat(re.Sub[0], 3, -1)
	case syntax.OpQuest:
		return w.repeat(re.Sub[0], 0, 1)
	case syntax.OpRepeat:
		return w.repeat(re.Sub[0], re.Min, re.Max)
	case syntax.OpNoMatch:
		return false
	}
	return true // anchors and empty matches write nothing
}

// repeat writes a part at least that often; most is -1 if there is no bound.
func (w *exampleWriter) repeat(re *syntax.Regexp, least, most int) bool {
	times := least + w.extra
	if most >= 0 {
		times = min(times, most)
	}
	for range times {
		if !w.write(re) {
			return false
		}
	}
	return w.text.Len() <= 4*maxExample
}

// choose writes one character of a class, which is pairs of bounds: a digit if the class has
// one, else a letter, else any visible character.
func (w *exampleWriter) choose(class []rune) bool {
	for _, preferred := range []struct {
		letters string
		next    *int
	}{{"1234567890", &w.digits}, {"ABCDEFGHIJKLMNOPQRSTUVWXYZ", &w.caps}, {"abcdefghijklmnopqrstuvwxyz", &w.caps}} {
		for range preferred.letters {
			r := rune(preferred.letters[*preferred.next%len(preferred.letters)])
			*preferred.next++
			if within(class, r) {
				w.text.WriteRune(r)
				return true
			}
		}
	}
	for i := 0; i+1 < len(class); i += 2 {
		if unicode.IsGraphic(class[i]) {
			w.text.WriteRune(class[i])
			return true
		}
	}
	return false
}

func within(class []rune, r rune) bool {
	for bounds := range slices.Chunk(class, 2) {
		if len(bounds) == 2 && bounds[0] <= r && r <= bounds[1] {
			return true
		}
	}
	return false
}
