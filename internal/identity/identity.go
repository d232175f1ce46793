// Package identity compares technicalSiteNames, and makes the customerOrderReference of a
// site. Two names are the same (Same) if they name one site: they differ at most in case, kind
// of space or hyphen, invisible characters and Unicode form. They are alike (equal results of
// Alike) if people can take one for the other, because only accents and spaces differ besides;
// then a person decides. Every comparison of names, in the ledger and in the account, is made
// by this package. It knows neither Redis nor the API.
//
// All functions are pure, and their results are permanent: the ledger stores them, and orders
// in the account have the references. A change of them would order sites a second time.
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

// Name returns the form that two names of one site share. Case, the kind and amount of white
// space, the kind of hyphen, invisible characters and Unicode's composed and compatibility
// forms do not count; letters and accents do.
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

// Same reports whether two names name one site, that is, have the same Name.
func Same(a, b string) bool { return a == b || Name(a) == Name(b) }

// Alike returns the form that two names share if people can take one for the other: in addition
// to Name, accents and spaces do not count. Names that are alike and not the same may be one
// site or two, which only a person can decide.
func Alike(name string) string { return spelling.Fold(Name(name)) }

// prefix is that of every reference that this program makes. No customer would choose it.
const prefix = "btr-"

// Reference returns the customerOrderReference of a site: the row's own, or a function of
// customer code and Name, so that every attempt orders under the same reference, on any host,
// after any loss of data, and in any spelling of the name.
func Reference(customerCode string, r rollout.Request) string {
	if r.Reference != "" {
		return r.Reference
	}
	return hash(customerCode, Name(r.Name))
}

// MostReferences is the largest number of References of a site.
const MostReferences = 3

// References returns all references under which orders of a site may exist: first Reference, then
// the one that this program makes if the row has none of its own, then the one that earlier
// versions made of the name exactly as it is spelled.
func References(customerCode string, r rollout.Request) []string {
	return slices.Compact([]string{Reference(customerCode, r), hash(customerCode, Name(r.Name)), hash(customerCode, r.Name)})
}

// IsOwn reports whether this program made a reference.
func IsOwn(reference string) bool { return strings.HasPrefix(reference, prefix) }

// IsOwnOf reports whether this program made a reference for a site of that name.
func IsOwnOf(reference, customerCode, name string) bool {
	return IsOwn(reference) && slices.Contains(References(customerCode, rollout.Request{Name: name}), reference)
}

// hash is a reference: prefix, and 20 characters, that is 100 bits, of a hash of customer code
// and name.
func hash(customerCode, name string) string {
	sum := sha256.Sum256([]byte(customerCode + "\x00" + name))
	return prefix + strings.ToLower(base32.StdEncoding.EncodeToString(sum[:])[:20])
}
