// This file knows what columns are called: by their fields' own names, by what people
// map, by the labels of countries, and by everyday names.

package importer

import (
	"cmp"
	"maps"
	"regexp"
	"slices"
	"strings"

	"btrollout/internal/rollout"
	"btrollout/internal/spelling"
)

// required are the columns that every file has; optional ones may be absent.
var (
	required = []string{rollout.FieldName, rollout.FieldLabel, rollout.FieldCountry, rollout.FieldVPN}
	optional = append([]string{rollout.FieldReference, rollout.FieldVoiceSiteID, rollout.DialZone}, rollout.Elements...)
	known    = slices.Concat(required, optional)
)

// How says how a column was recognised.
type How string

const (
	Unrecognised How = ""      // it is kept, and feeds no field
	ByMap        How = "map"   // somebody said so with --map
	ByCode       How = "code"  // its header is the field's own name, or ends with it in parentheses
	ByLabel      How = "label" // it is what the rows' countries call an element
	ByName       How = "name"  // it is an everyday name
)

// longestName is how many bytes a column's name may have: nobody calls one by more, and
// looking for its meaning takes time.
const longestName = 1000

// names recognises headers.
type names struct {
	mapped map[string]*mapping // by the key of a header
}

// mapping is what somebody said of a column.
type mapping struct {
	header string // as said
	field  string // "": it is not used
	met    bool   // a sheet has that column
}

// newNames takes what people said of columns.
func newNames(said map[string]string) (*names, error) {
	n := &names{mapped: map[string]*mapping{}}
	for _, header := range slices.Sorted(maps.Keys(said)) {
		field, ok := fieldOf(said[header])
		if !ok {
			return nil, errMapNoField(header, said[header])
		}
		if spelling.Key(header) == "" {
			return nil, errMapNoName(header)
		}
		if other := n.mapped[spelling.Key(header)]; other != nil && other.field != field {
			return nil, errMapTwice(header, field, other.field)
		}
		n.mapped[spelling.Key(header)] = &mapping{header: header, field: field}
	}
	return n, nil
}

// unmet refuses what was said of columns that no sheet has: a misspelling would leave
// the column that was meant out of the orders.
func (n *names) unmet(layouts []*layout) error {
	for _, k := range slices.Sorted(maps.Keys(n.mapped)) {
		m := n.mapped[k]
		if m.met {
			continue
		}
		near, least := rollout.Text{}, len([]rune(k))/2+1
		for _, l := range layouts {
			for i, column := range l.Columns {
				if d := spelling.Distance([]rune(spelling.Key(column)), []rune(k), least-1); l.How[i] != ByMap && d < least {
					near, least = theNearestIs(l.describe(i)), d
				}
			}
		}
		return errMapUnmet(m.header, m.field, near)
	}
	return nil
}

// ownNames are the fields by the keys of their own names.
var ownNames = func() map[string]string {
	fields := map[string]string{}
	for _, field := range known {
		fields[spelling.Key(field)] = field
	}
	return fields
}()

// fieldOf finds a field by its own name, in any case; NotUsed is "".
func fieldOf(text string) (field string, ok bool) {
	if clean(text) == NotUsed {
		return "", true
	}
	field, ok = ownNames[spelling.Key(text)]
	return field, ok
}

// remarked is a header that ends with a remark, be it marked as mandatory.
var remarked = regexp.MustCompile(`(?is)^(.*\S)(?:\s*[(\[]([^()\[\]]+)[)\]]|[\s–-]+(?:mandatory|required|optional|obligatoire|facultatif|optionnel))[\s*:–-]*$`)

// readings are a header, and what is left of it as the remarks at its end are taken
// off one by one: "City (a3) (mandatory)", "City (a3)", "City". A text that is longer
// than any header has none.
func readings(header string) (names, remarks []string) {
	const most = 4 // remarks
	names = []string{header}
	for len(remarks) < most {
		m := remarked.FindStringSubmatch(header)
		if m == nil {
			break
		}
		header = m[1]
		names, remarks = append(names, header), append(remarks, m[2])
	}
	return names, remarks
}

// withCode makes a header such that it is recognised by itself.
func withCode(header, field string) string {
	if own, how := byCode(header); how == ByCode && own == field {
		return header
	}
	if field == "" {
		field = NotUsed
	}
	return strings.TrimRight(header, " ") + " (" + field + ")"
}

// mapping is what somebody said of a header, whatever remarks it ends with, or nil.
func (n *names) mapping(header string) *mapping {
	if len(n.mapped) == 0 {
		return nil
	}
	all, _ := readings(header)
	for _, name := range all {
		if m := n.mapped[spelling.Key(name)]; m != nil {
			return m
		}
	}
	return nil
}

// byCode tells the field of a header that names it by its own name.
func byCode(header string) (field string, how How) {
	all, remarks := readings(header)
	for _, name := range slices.Concat(remarks, all) {
		if field, ok := fieldOf(name); ok {
			return field, ByCode
		}
	}
	return "", Unrecognised
}

// both divides a header that names a column twice, as in "Rue / Street", or two things
// in one cell, as in "CP et ville".
var both = regexp.MustCompile(`(?i)\s*[/|+&,;\n]\s*|\s+(?:-|–|and|or|et|ou)\s+`)

// meanings are the fields that the parts of a header name, each once; none unless all
// of at least two parts name one.
func meanings(header string, of labels) (fields []string) {
	all, _ := readings(header)
	parts := both.Split(strings.TrimSpace(all[len(all)-1]), -1)
	if len(parts) < 2 {
		return nil
	}
	for _, part := range parts {
		key := spelling.Key(part)
		field := cmp.Or(ownNames[key], of.only(key), commonName(key))
		if field == "" {
			return nil
		}
		if !slices.Contains(fields, field) {
			fields = append(fields, field)
		}
	}
	return fields
}

// settled tells the field of a header that means the same in every country.
func (n *names) settled(header string) (field string, how How) {
	if len(header) > longestName {
		return "", Unrecognised
	}
	if m := n.mapping(header); m != nil {
		return m.field, ByMap
	}
	if field, how := byCode(header); how != Unrecognised {
		return field, how
	}
	all, _ := readings(header)
	for _, name := range all {
		if field := commonName(spelling.Key(name)); field != "" && !rollout.IsElement(field) {
			return field, ByName
		}
	}
	if meant := meanings(header, nil); len(meant) == 1 && !rollout.IsElement(meant[0]) {
		return meant[0], ByName
	}
	return "", Unrecognised
}

// field tells the field of a header, given what the rows' countries call their elements.
func (n *names) field(header string, of labels) (string, How, error) {
	if field, how := n.settled(header); how != Unrecognised || len(header) > longestName {
		return field, how, nil
	}
	all, _ := readings(header)
	meant := meanings(header, of)
	for _, name := range all {
		if only := of.only(spelling.Key(name)); only != "" {
			return only, ByLabel, nil
		}
		if len(of[spelling.Key(name)]) > 1 {
			return "", Unrecognised, errColumnAmbiguous(header, of.differ(spelling.Key(name)))
		}
		if field := commonName(spelling.Key(name)); field != "" && len(meant) < 2 { // "Street & number" is not the number in the street
			return field, ByName, nil
		}
	}
	if len(meant) == 1 {
		return meant[0], ByName, nil
	}
	return "", Unrecognised, nil
}

// score is how much a row looks like a header, without asking anybody: by how many
// fields it names, of which one that every file has outdoes all the others. Cells of
// data may happen to be called like fields, but not like those.
func (n *names) score(cells []string) int {
	fields := map[string]bool{}
	score := 0
	for _, cell := range cells {
		value := rollout.Restore(cell)
		if !n.mayName(value, spelling.Key(value), nil) {
			continue
		}
		field, _, _ := n.field(value, nil)
		switch {
		case field == "" || fields[field]:
		case slices.Contains(required, field):
			score += len(known)
		default:
			score++
		}
		fields[field] = true
	}
	return score
}

// isRollout reports whether a header is that of a rollout, be it with faults: it names
// three columns that every file has, or two and either the site or enough of its
// address, so that a list of VPNs by country is none. A sheet that begins with a bt_…
// column is a report's.
func (n *names) isRollout(cells []string) bool {
	const enough = 3 // fields that are not required
	score := n.score(cells)
	isSite := func(cell string) bool {
		if len(cell) > longestName {
			return false
		}
		near, _ := nearest(rollout.Restore(cell), nil)
		return near == rollout.FieldName
	}
	found := score / len(known)
	return !rollout.Reserved(clean(firstText(cells))) && (found > 2 ||
		found == 2 && (score%len(known) >= enough || slices.ContainsFunc(cells, isSite)))
}

// isCounter reports whether a column numbers the rows of the table: it is called no more
// than "N°", stands left of the site's name, and no street is beside it.
func (n *names) isCounter(cells []string, place int) bool {
	all, _ := readings(cells[place])
	if !slices.Contains(bareNumbers, spelling.Key(all[len(all)-1])) || place > n.placeOf(cells, rollout.FieldName) {
		return false
	}
	for _, beside := range []int{place - 1, place + 1} {
		if beside < 0 || beside >= len(cells) {
			continue
		}
		if field, _, _ := n.field(rollout.Restore(cells[beside]), nil); field == street || field == "sts" || field == "hns" {
			return false
		}
	}
	return true
}

// bareNumbers are the keys of headers that number houses as well as rows.
var bareNumbers = keys("N°", "No", "Nr", "Num", "Number", "Numéro", "Nummer")

// unsettled reports whether any header may mean something else in another country.
func (n *names) unsettled(cells []string) bool {
	return slices.ContainsFunc(cells, func(cell string) bool {
		name := clean(rollout.Restore(cell))
		_, how := n.settled(name)
		return name != "" && !rollout.Reserved(name) && how == Unrecognised
	})
}

// placeOf is the place of the first header that means a field in every country, or -1.
func (n *names) placeOf(cells []string, field string) int {
	return slices.IndexFunc(cells, func(cell string) bool {
		f, _ := n.settled(rollout.Restore(cell))
		return f == field
	})
}

// nearest finds the name that takes the fewest edits to reach from a header, and its
// field; "" and "" when too much of it would have to change, or when the header is an
// ordinary word. Nobody mistypes the first letter.
func nearest(header string, of labels) (field, name string) {
	const short, most = 4, 3 // letters: what is shorter is near to anything; edits
	all, _ := readings(header)
	written := []rune(spelling.Key(all[len(all)-1]))
	if len(written) < short || slices.Contains(ordinary, string(written)) {
		return "", ""
	}
	least := most + 1
	try := func(candidate, f, shown string, most int) {
		letters := []rune(candidate)
		if most = min(most, least-1); most < 1 || letters[0] != written[0] {
			return
		}
		if d := edits(written, letters, most); d <= most {
			field, name, least = f, shown, d
		}
	}
	for _, f := range known {
		if len(f) > short { // a3, pod, unit: nothing tells that one was meant
			try(spelling.Key(f), f, f, len(f)/3)
		}
	}
	few := func(name string) int {
		if name+"s" == string(written) {
			return 1
		}
		return min(len([]rune(name))/4, 2)
	}
	for _, candidate := range slices.Sorted(maps.Keys(everyday)) {
		try(candidate, everyday[candidate], everyday[candidate], few(candidate))
	}
	for _, candidate := range slices.Sorted(maps.Keys(of)) {
		for _, f := range slices.Sorted(maps.Keys(of[candidate])) {
			try(candidate, f, f, few(candidate))
		}
	}
	return field, name
}

// edits is the distance between two texts, in which two neighbours that have changed
// places count once.
func edits(a, b []rune, most int) int {
	if len(a) == len(b) {
		for i := range len(a) - 1 {
			if a[i] != b[i] {
				if a[i] == b[i+1] && a[i+1] == b[i] && slices.Equal(a[i+2:], b[i+2:]) {
					return 1
				}
				break
			}
		}
	}
	return spelling.Distance(a, b, most)
}

// labels are what the countries of some rows call their elements: by the key of a
// label and the element, the countries that mean it so.
type labels map[string]map[string][]string

// newLabels picks those of some countries from what is known by country and label.
func newLabels(known map[string]map[string]string, countries []string) labels {
	of := labels{}
	for _, country := range countries {
		for label, element := range known[country] {
			for _, k := range keys(append(both.Split(label, -1), label)...) { // "Rue / Straat" is either
				if k == "" {
					continue
				}
				if of[k] == nil {
					of[k] = map[string][]string{}
				}
				if !slices.Contains(of[k][element], country) {
					of[k][element] = append(of[k][element], country)
				}
			}
		}
	}
	return of
}

// only is the element that all the countries mean by a label, or "".
func (of labels) only(key string) string {
	if len(of[key]) != 1 {
		return ""
	}
	return slices.Collect(maps.Keys(of[key]))[0]
}

// differ says "a3 in FR and a2 in BE".
func (of labels) differ(key string) rollout.Text {
	var parts []rollout.Text
	for _, element := range slices.Sorted(maps.Keys(of[key])) {
		parts = append(parts, elementIn(element, of[key][element]))
	}
	return list(parts)
}

// isWholeAddress reports whether a header promises an address in one cell, or a line of
// one: a street with its number.
func isWholeAddress(header string) bool {
	all, _ := readings(header)
	return slices.Contains(wholeAddresses, spelling.Key(all[len(all)-1]))
}

// wholeAddresses are the keys of such headers.
var wholeAddresses = keys(
	"Address", "Full address", "Complete address", "Postal address", "Mailing address", "Site address", "Address of the site", "Installation address", "Street address",
	"Address 1", "Address line", "Address line 1", "Address 1st line",
	"Adresse", "Adresse complète", "Adresse entière", "Adresse postale", "Adresse du site", "Adresse site", "Adresse d'installation",
	"Adresse 1", "Ligne d'adresse", "Ligne d'adresse 1", "Adresse ligne 1", "Adresse (ligne 1)",
)

// ordinary are the keys of headers that are nearly a field's name, and mean something
// else: how many units there are, which quarter of the year it is.
var ordinary = keys(
	"Site", "Stage", "Étape", "Stade", "Flag", "Voice", "Voix", "Voicesites", "Count", "Counter", "Quarter", "Department",
	"Unité", "Units", "Rooms", "Floors", "Numbers", "Numéros", "Bureaux", "Salles", "Suites",
	"VoIP", "Void", "Villa", "Cité", "Plant", "Site number", "Fax number", "Code poste",
)
