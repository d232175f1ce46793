// Package identity says when two technicalSiteNames are one site, and under which
// customerOrderReference a site is ordered. Every comparison of names, in the ledger
// and in the account, is made by these functions. It knows neither Redis nor the API.
package identity

import (
	"crypto/sha256"
	"encoding/base32"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"

	"btrollout/internal/rollout"
	"btrollout/internal/spelling"
)

// Name is the form that two names share when they are spelled the same: case, the
// kind and amount of white space, the kind of hyphen, invisible characters and
// Unicode's composed and compatibility forms do not count. Accents and letters do.
// Two rows whose names have the same Name are the same site.
func Name(name string) string {
	folded := norm.NFKC.String(strings.ToLower(cases.Fold().String(norm.NFKC.String(name))))
	var b strings.Builder
	gap := false
	for _, r := range folded {
		switch {
		case unicode.Is(unicode.Cf, r) || unicode.IsControl(r) && !unicode.IsSpace(r):
			continue
		case unicode.IsSpace(r):
			gap = true
			continue
		case unicode.Is(unicode.Pd, r) || r == '−':
			r = '-'
		}
		if gap && b.Len() > 0 {
			b.WriteByte(' ')
		}
		gap = false
		b.WriteRune(r)
	}
	return b.String()
}

// Same reports whether two names are the same site's.
func Same(a, b string) bool { return a == b || Name(a) == Name(b) }

// Alike is the form that two names share when people can take one for the other:
// what Name does not count, and accents and spaces. Names that are alike and not
// the same may be one site or two: a person has to say which.
func Alike(name string) string { return spelling.Fold(Name(name)) }

// prefix begins every reference that this program makes, and none that a customer
// would choose.
const prefix = "btr-"

// Reference is the customerOrderReference of a site: the row's own, or a pure
// function of customer and Name, so that every attempt, on any host, after any loss
// of data, however the name is spelled, orders under the same reference.
func Reference(customerCode string, r rollout.Request) string {
	if r.Reference != "" {
		return r.Reference
	}
	return hash(customerCode, Name(r.Name))
}

// MostReferences is how many References a site has at most.
const MostReferences = 3

// References are all under which orders of a site may exist: first Reference, then those
// that this program makes of the name where the row has none of its own, in this version
// and, of the name exactly as it is spelled, in earlier ones.
func References(customerCode string, r rollout.Request) []string {
	return slices.Compact([]string{Reference(customerCode, r), hash(customerCode, Name(r.Name)), hash(customerCode, r.Name)})
}

// IsOwn reports whether this program made the reference.
func IsOwn(reference string) bool { return strings.HasPrefix(reference, prefix) }

// IsOwnOf reports whether this program made the reference for a site of that name.
func IsOwnOf(reference, customerCode, name string) bool {
	return IsOwn(reference) && slices.Contains(References(customerCode, rollout.Request{Name: name}), reference)
}

// hash is 20 characters, or 100 bits, of customer and name.
func hash(customerCode, name string) string {
	sum := sha256.Sum256([]byte(customerCode + "\x00" + name))
	return prefix + strings.ToLower(base32.StdEncoding.EncodeToString(sum[:])[:20])
}
