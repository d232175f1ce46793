// Bounds and cleans the texts of answers, which go into Redis, logs and reports: an API may
// send texts of any length, with control characters.

package btapi

import (
	"fmt"
	"strings"
	"unicode"
)

const (
	// maxWords is how many bytes of a text for people are kept: about a paragraph.
	maxWords = 600
	// maxName is how many bytes of a name, a label or a value are kept. The program's own
	// are shorter, so that none is equal to one that was cut.
	maxName = 600
	// maxID bounds an id, in bytes. Ids are used in calls, so none is cut.
	maxID = 200
	// maxText bounds a text that is used as it is, such as a pattern or an element of an
	// address, in bytes.
	maxText = 10_000
	// maxMembers bounds the members of an object with names that are not known before,
	// such as an address.
	maxMembers = 200
	// maxAddress bounds an address with the names of its elements, in bytes.
	maxAddress = 16 << 10
	// maxValues bounds the values of an enumeration.
	maxValues = 50_000
)

// oneLine makes a text fit for logs and reports: one line, printable, maxBytes at most, and "…"
// if it was cut.
func oneLine(words string, maxBytes int) string {
	// What is beyond twice the bound is cut first: it may be megabytes.
	cut := len(words) > 2*maxBytes
	if cut {
		words = words[:2*maxBytes]
	}
	blank := func(r rune) bool { return unicode.IsSpace(r) || !unicode.IsPrint(r) }
	words = strings.Join(strings.FieldsFunc(words, blank), " ")
	if cut || len(words) > maxBytes {
		return strings.ToValidUTF8(words[:min(len(words), maxBytes)], "") + "…"
	}
	return words
}

// asName bounds a name and replaces its control characters and line breaks by spaces. All else
// stays as it is, because names are compared and sent.
func asName(name string) string {
	if len(name) > maxName {
		name = strings.ToValidUTF8(name[:maxName], "") + "…"
	}
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.In(r, unicode.Zl, unicode.Zp) {
			return ' '
		}
		return r
	}, name)
}

// clean replaces each text t by with(t).
func clean(with func(string) string, texts ...*string) {
	for _, t := range texts {
		*t = with(*t)
	}
}

// asWords is oneLine with maxWords.
func asWords(words string) string { return oneLine(words, maxWords) }

// checkIDs returns an error for an id that cannot be used in calls.
func checkIDs(ids ...string) error {
	for _, id := range ids {
		if len(id) > maxID {
			return fmt.Errorf("an id has %d bytes, more than %d", len(id), maxID)
		}
		if strings.ContainsFunc(id, unicode.IsControl) {
			return fmt.Errorf("the id %q holds a control character", id)
		}
	}
	return nil
}

// checkTexts returns an error for a text that is too long.
func checkTexts(texts ...string) error {
	for _, t := range texts {
		if len(t) > maxText {
			return fmt.Errorf("a text has %d bytes, more than %d", len(t), maxText)
		}
	}
	return nil
}

// checkMembers returns an error for an object with too many members.
func checkMembers(n int) error {
	if n > maxMembers {
		return fmt.Errorf("an object has %d members, more than %d", n, maxMembers)
	}
	return nil
}

// isBlank reports whether an answer has none of the fields that were asked for.
func isBlank(v any) bool {
	b, ok := v.(interface{ blank() bool })
	return ok && b.blank()
}

// isAnonymous reports whether an item of a list has no field that identifies it.
func isAnonymous(v any) bool {
	if a, ok := v.(interface{ anonymous() bool }); ok {
		return a.anonymous()
	}
	return isBlank(v)
}

func (c Customer) blank() bool { return c.CustomerCode == "" && c.Name == "" }
func (v VPN) blank() bool      { return v.VPNID == "" && v.Name == "" && v.VPNCode == "" }

// blank reports an answer without businessTalkOnline: it does not say whether sites can be
// ordered.
func (c Country) blank() bool { return c.Coverage.BusinessTalkOnline == "" }

func (g GeographicalConstraints) blank() bool {
	return g.DialZoneSelection == "" && len(g.EmergencyAreaRules) == 0
}

func (o Order) blank() bool {
	return o.OrderID == "" && o.VoiceSiteID == "" && o.CustomerOrderReference == "" && o.Parameters.TechnicalSiteName == "" && o.Status == ""
}

// anonymous reports whether an item of a list has no field that identifies it.
func (o Order) anonymous() bool {
	without := o
	without.Status = ""
	return without.blank()
}

func (v VoiceSite) blank() bool { return v.VoiceSiteID == "" && v.TechnicalSiteName == "" }

func (a area) blank() bool    { return a == "" }
func (a address) blank() bool { return len(a) == 0 }
