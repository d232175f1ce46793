// This file holds the address of a site, and its elements.

package rollout

import (
	"cmp"
	"maps"
	"slices"
	"strings"
)

// Address is a site's location: PIDF-LO-like elements by their code, and the
// dial zone. Elements that are empty are absent.
// Source: Business Talk getting started, "Address management".
type Address map[string]string

// DialZone is the address field that carries the dial zone. The guide says that
// the dial zone is part of the address; the field's name is assumed.
const DialZone = "dialzone"

// Elements lists the address elements of the API in the guide's order; a3 is
// used by the guide's own rules and missing from its table.
var Elements = []string{
	"a1", "a2", "a3", "a4", "a5", "a6", "hno", "hns", "sts", "flr", "room",
	"pc", "pcn", "pobox", "prd", "pod", "unit",
	"addrExtInfo1", "addrExtInfo2", "addrExtInfo3", "addrExtInfo4", "addrExtInfo5",
	"addrExtInfo6", "addrExtInfo7", "addrExtInfo8", "addrExtInfo9", "addrExtInfo10",
}

// IsElement reports whether code is one of Elements, spelled exactly.
func IsElement(code string) bool { return slices.Contains(Elements, code) }

// CompareElements orders codes as Elements does, unknown ones last.
func CompareElements(a, b string) int {
	place := func(code string) uint { return uint(slices.Index(Elements, code)) } // -1 is behind them all
	return cmp.Or(cmp.Compare(place(a), place(b)), cmp.Compare(a, b))
}

// Filled lists the elements that are not empty, in the order of CompareElements.
func (a Address) Filled() []string {
	codes := slices.SortedFunc(maps.Keys(a), CompareElements)
	return slices.DeleteFunc(codes, func(code string) bool { return a[code] == "" })
}

// List writes the filled elements as "a3=Paris; pc=75001" with a separator such as "; ".
func (a Address) List(separator string) string {
	parts := a.Filled()
	for i, element := range parts {
		parts[i] = element + "=" + a[element]
	}
	return strings.Join(parts, separator)
}
