// Which address elements the registers behind GET /countries/{iso2}/addresses have. [A]

package btapi

import "slices"

// unregistered are the elements that no register has: the place inside a building, the post
// box, and the dial zone. [A]
var unregistered = []string{
	"flr", "room", "unit", "pobox", "dialzone",
	"addrExtInfo1", "addrExtInfo2", "addrExtInfo3", "addrExtInfo4", "addrExtInfo5",
	"addrExtInfo6", "addrExtInfo7", "addrExtInfo8", "addrExtInfo9", "addrExtInfo10",
}

// partial are the countries whose register has some elements only: in Portugal postal codes
// and parishes [G]. Which elements these are, and that the same call searches them, is
// assumed [A].
var partial = map[string][]string{"PT": {"a1", "a2", "a3", "a4", "a5", "pc", "pcn"}}

// Registered reports whether a country's address register, if there is one, has an address
// element. A request need not name the other elements, and candidates do not have them.
func Registered(iso2, element string) bool {
	known, some := partial[iso2]
	return !slices.Contains(unregistered, element) && (!some || slices.Contains(known, element))
}
