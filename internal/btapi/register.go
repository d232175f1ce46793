// What the address registers behind GET /countries/{iso2}/addresses know. [A]

package btapi

import "slices"

// unregistered are the elements that no register knows: where inside a building a
// site is, where its post lies, and its dial zone. [A]
var unregistered = []string{
	"flr", "room", "unit", "pobox", "dialzone",
	"addrExtInfo1", "addrExtInfo2", "addrExtInfo3", "addrExtInfo4", "addrExtInfo5",
	"addrExtInfo6", "addrExtInfo7", "addrExtInfo8", "addrExtInfo9", "addrExtInfo10",
}

// partial are the countries whose register knows some elements only: in Portugal
// postal codes and parishes [G]; which elements these are, and that they are asked
// for by the same call as whole addresses, is assumed [A].
var partial = map[string][]string{"PT": {"a1", "a2", "a3", "a4", "a5", "pc", "pcn"}}

// Registered reports whether a country's address register, if it has one, knows an
// address element. The others need not be asked for, and are not in its candidates.
func Registered(iso2, element string) bool {
	known, some := partial[iso2]
	return !slices.Contains(unregistered, element) && (!some || slices.Contains(known, element))
}
