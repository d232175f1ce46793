// Bounds and cleans the texts of the API's answers, which go into Redis, logs and reports:
// an API may send texts of any length, with control characters.

package btapi

import (
	"fmt"
	"strings"
	"unicode"
)

const (
	// maxWords is how many bytes are kept of words for people, about a paragraph.
	maxWords = 600
	// maxName is how many bytes are kept of a name, a label or a value. The program's own
	// are shorter, so that none is equal to one that was cut.
	maxName = 600
	// maxID is how many bytes an id may have. An id is used in calls, so none is cut.
	maxID = 200
	// maxText is how many bytes a text may have that is used as it is, such as a pattern
	// or an element of an address.
	maxText = 10_000
	// maxMembers is how many members an object may have whose names are not known
	// before, such as an address.
	maxMembers = 200
	// maxAddress is how many bytes an address may have, with the names of its elements.
	maxAddress = 16 << 10
	// maxValues is how many values an enumeration may have.
	maxValues = 50_000
)

// oneLine makes words fit for a log and a report: one line, printable, at most so many
// bytes.
func oneLine(words string, most int) string {
	// Words beyond twice the bound are cut unread: they may be megabytes.
	cut := len(words) > 2*most
	if cut {
		words = words[:2*most]
	}
	blank := func(r rune) bool { return unicode.IsSpace(r) || !unicode.IsPrint(r) }
	words = strings.Join(strings.FieldsFunc(words, blank), " ")
	if cut || len(words) > most {
		return strings.ToValidUTF8(words[:min(len(words), most)], "") + "…"
	}
	return words
}

// asName bounds a name, and makes spaces of its control characters and line breaks. All
// else stays as it is, because names are compared and sent.
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

// clean replaces each text by what with makes of it.
func clean(with func(string) string, texts ...*string) {
	for _, t := range texts {
		*t = with(*t)
	}
}

// asWords is oneLine for words of the usual length.
func asWords(words string) string { return oneLine(words, maxWords) }

// checkIDs refuses ids that cannot be used as they are.
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

// checkTexts refuses texts that are too long to be used.
func checkTexts(texts ...string) error {
	for _, t := range texts {
		if len(t) > maxText {
			return fmt.Errorf("a text has %d bytes, more than %d", len(t), maxText)
		}
	}
	return nil
}

// checkMembers refuses an object of too many members.
func checkMembers(n int) error {
	if n > maxMembers {
		return fmt.Errorf("an object has %d members, more than %d", n, maxMembers)
	}
	return nil
}

// isBlank reports whether an answer says nothing that was asked for.
func isBlank(v any) bool {
	b, ok := v.(interface{ blank() bool })
	return ok && b.blank()
}

// isAnonymous reports whether an item of a list has nothing to be known by.
func isAnonymous(v any) bool {
	if a, ok := v.(interface{ anonymous() bool }); ok {
		return a.anonymous()
	}
	return isBlank(v)
}

func (c Customer) blank() bool { return c.CustomerCode == "" && c.Name == "" }
func (v VPN) blank() bool      { return v.VPNID == "" && v.Name == "" && v.VPNCode == "" }

// An answer without businessTalkOnline does not tell whether sites can be ordered.
func (c Country) blank() bool { return c.Coverage.BusinessTalkOnline == "" }

func (g GeographicalConstraints) blank() bool {
	return g.DialZoneSelection == "" && len(g.EmergencyAreaRules) == 0
}

func (o Order) blank() bool {
	return o.OrderID == "" && o.VoiceSiteID == "" && o.CustomerOrderReference == "" && o.Parameters.TechnicalSiteName == "" && o.Status == ""
}

// anonymous reports whether an item of a list cannot be told from any other.
func (o Order) anonymous() bool { o.Status = ""; return o.blank() }

func (v VoiceSite) blank() bool { return v.VoiceSiteID == "" && v.TechnicalSiteName == "" }

func (a area) blank() bool    { return a == "" }
func (a address) blank() bool { return len(a) == 0 }
