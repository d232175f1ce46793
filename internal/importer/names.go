// This file recognises headers: by what people map, by the fields' own names, by the labels of
// countries, and by everyday names.

package importer

import (
	"cmp"
	"maps"
	"regexp"
	"slices"
	"strings"

	"btrollout/internal/rollout"
	"btrollout/internal/spelling"
	"btrollout/internal/spreadsheet"
)

// requiredFields have a column in every file.
var requiredFields = []string{rollout.FieldName, rollout.FieldLabel, rollout.FieldCountry, rollout.FieldVPN}

// How says how a column was recognised.
type How string

// The ways to recognise a column.
const (
	Unrecognised How = ""      // it is kept, and feeds no field
	ByMap        How = "map"   // somebody said so with --map
	ByCode       How = "code"  // its header is the field's own name, or ends with it in parentheses
	ByLabel      How = "label" // it is what the rows' countries call an element
	ByName       How = "name"  // it is an everyday name
)

// longestName bounds a column's name, in bytes: the search for the meaning of longer ones takes
// time.
const longestName = 1000

// headerNames recognises headers.
type headerNames struct {
	mapped map[string]*columnMapping // by the key of a header
}

// columnMapping is the field to which a person mapped a column.
type columnMapping struct {
	header string // as the person wrote it
	field  string // "": the column is not used
	met    bool   // a sheet has that column
}

// newHeaderNames takes Options.Map.
func newHeaderNames(mappings map[string]string) (*headerNames, error) {
	n := &headerNames{mapped: map[string]*columnMapping{}}
	for _, header := range slices.Sorted(maps.Keys(mappings)) {
		field, ok := fieldByOwnName(mappings[header])
		if !ok {
			return nil, errMapNoField(header, mappings[header])
		}
		if spelling.Key(header) == "" {
			return nil, errMapNoName(header)
		}
		if other := n.mapped[spelling.Key(header)]; other != nil && other.field != field {
			return nil, errMapTwice(header, field, other.field)
		}
		n.mapped[spelling.Key(header)] = &columnMapping{header: header, field: field}
	}
	return n, nil
}

// checkMappings refuses a mapping of a column that no sheet has: a misspelling would leave the
// column that was meant out of the orders. It returns nil if there is none.
func (n *headerNames) checkMappings(layouts []*layout) *spreadsheet.FileError {
	for _, k := range slices.Sorted(maps.Keys(n.mapped)) {
		m := n.mapped[k]
		if m.met {
			continue
		}
		near, least := rollout.Text{}, len([]rune(k))/2+1
		for _, l := range layouts {
			for i, column := range l.Columns {
				distance := spelling.Distance([]rune(spelling.Key(column)), []rune(k), least-1)
				if l.How[i] != ByMap && distance < least {
					near, least = theNearestIs(l.describe(i)), distance
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
	for _, field := range rollout.Fields {
		fields[spelling.Key(field)] = field
	}
	return fields
}()

// fieldByOwnName finds a field by its own name, in any case; NotUsed is "".
func fieldByOwnName(text string) (field string, ok bool) {
	if clean(text) == NotUsed {
		return "", true
	}
	field, ok = ownNames[spelling.Key(text)]
	return field, ok
}

// remarkAtEnd is a header that ends with a remark, in parentheses or that the column is mandatory.
var remarkAtEnd = regexp.MustCompile(`(?is)^(.*\S)(?:\s*[(\[]([^()\[\]]+)[)\]]|` +
	`[\s–-]+(?:mandatory|required|optional|obligatoire|facultatif|optionnel))[\s*:–-]*$`)

// variants are a header, and the header without one remark at its end after the other: "City (a3)
// (mandatory)", "City (a3)", "City"; and these remarks.
func variants(header string) (names, remarks []string) {
	const most = 4 // remarks
	names = []string{header}
	for len(remarks) < most {
		m := remarkAtEnd.FindStringSubmatch(header)
		if m == nil {
			break
		}
		header = m[1]
		names, remarks = append(names, header), append(remarks, m[2])
	}
	return names, remarks
}

// withCode makes a header into one that is recognised without a mapping.
func withCode(header, field string) string {
	if own, how := byCode(header); how == ByCode && own == field {
		return header
	}
	if field == "" {
		field = NotUsed
	}
	return strings.TrimRight(header, " ") + " (" + field + ")"
}

// mappingOf is the mapping of a header, whatever remarks it ends with, or nil.
func (n *headerNames) mappingOf(header string) *columnMapping {
	if len(n.mapped) == 0 {
		return nil
	}
	all, _ := variants(header)
	for _, name := range all {
		if m := n.mapped[spelling.Key(name)]; m != nil {
			return m
		}
	}
	return nil
}

// byCode is the field of a header that holds the field's own name.
func byCode(header string) (field string, how How) {
	all, remarks := variants(header)
	for _, name := range slices.Concat(remarks, all) {
		if field, ok := fieldByOwnName(name); ok {
			return field, ByCode
		}
	}
	return "", Unrecognised
}

// nameSeparator stands between two names of one field, as in "Rue / Street", or of two, as in
// "CP et ville".
var nameSeparator = regexp.MustCompile(`(?i)\s*[/|+&,;\n]\s*|\s+(?:-|–|and|or|et|ou)\s+`)

// meanings are the fields that the parts of a header name, each once; none unless all
// of at least two parts name one.
func meanings(header string, labels elementLabels) (fields []string) {
	all, _ := variants(header)
	parts := nameSeparator.Split(strings.TrimSpace(all[len(all)-1]), -1)
	if len(parts) < 2 {
		return nil
	}
	for _, part := range parts {
		key := spelling.Key(part)
		field := cmp.Or(ownNames[key], labels.only(key), fieldByEverydayName(key))
		if field == "" {
			return nil
		}
		if !slices.Contains(fields, field) {
			fields = append(fields, field)
		}
	}
	return fields
}

// settledField is the field of a header that means the same in every country.
func (n *headerNames) settledField(header string) (field string, how How) {
	if len(header) > longestName {
		return "", Unrecognised
	}
	if m := n.mappingOf(header); m != nil {
		return m.field, ByMap
	}
	if field, how := byCode(header); how != Unrecognised {
		return field, how
	}
	all, _ := variants(header)
	for _, name := range all {
		if field := fieldByEverydayName(spelling.Key(name)); field != "" && !rollout.IsElement(field) {
			return field, ByName
		}
	}
	if meant := meanings(header, nil); len(meant) == 1 && !rollout.IsElement(meant[0]) {
		return meant[0], ByName
	}
	return "", Unrecognised
}

// fieldOfHeader is the field of a header, given the labels of the rows' countries.
func (n *headerNames) fieldOfHeader(header string, labels elementLabels) (string, How, error) {
	if field, how := n.settledField(header); how != Unrecognised || len(header) > longestName {
		return field, how, nil
	}
	all, _ := variants(header)
	meant := meanings(header, labels)
	for _, name := range all {
		if only := labels.only(spelling.Key(name)); only != "" {
			return only, ByLabel, nil
		}
		if len(labels[spelling.Key(name)]) > 1 {
			return "", Unrecognised, errColumnAmbiguous(header, labels.differences(spelling.Key(name)))
		}
		// "Street & number" is not the number in the street.
		if field := fieldByEverydayName(spelling.Key(name)); field != "" && len(meant) < 2 {
			return field, ByName, nil
		}
	}
	if len(meant) == 1 {
		return meant[0], ByName, nil
	}
	return "", Unrecognised, nil
}

// score says how much a row looks like a header, without labels: it counts the fields that the row
// names, where one of requiredFields counts for more than all others. Values may happen to be names
// of other fields, but not of these.
func (n *headerNames) score(cells []string) int {
	fields := map[string]bool{}
	score := 0
	for _, cell := range cells {
		value := rollout.Restore(cell)
		if !n.mayName(value, spelling.Key(value), nil) {
			continue
		}
		field, _, _ := n.fieldOfHeader(value, nil)
		switch {
		case field == "" || fields[field]:
		case slices.Contains(requiredFields, field):
			score += len(rollout.Fields)
		default:
			score++
		}
		fields[field] = true
	}
	return score
}

// isRollout reports whether a header is that of a rollout, perhaps with errors: it names three
// columns that every file has, or two of them and either the site or enough of its address, so that
// a list of VPNs by country is none. rollout.ReadOnly says which sheets of a report are none.
func (n *headerNames) isRollout(cells []string) bool {
	const enough = 3 // fields that are not required
	score := n.score(cells)
	isSite := func(cell string) bool {
		if len(cell) > longestName {
			return false
		}
		near, _ := nearestName(rollout.Restore(cell), nil)
		return near == rollout.FieldName
	}
	found := score / len(rollout.Fields)
	return !rollout.ReadOnly(clean(firstText(cells))) && (found > 2 ||
		found == 2 && (score%len(rollout.Fields) >= enough || slices.ContainsFunc(cells, isSite)))
}

// isCounter reports whether a column numbers the rows of the table: its name is only "N°", it stands
// left of the site's name, and no street is beside it.
func (n *headerNames) isCounter(cells []string, place int) bool {
	all, _ := variants(cells[place])
	if !slices.Contains(bareNumbers, spelling.Key(all[len(all)-1])) || place > n.placeOf(cells, rollout.FieldName) {
		return false
	}
	for _, beside := range []int{place - 1, place + 1} {
		if beside < 0 || beside >= len(cells) {
			continue
		}
		field, _, _ := n.fieldOfHeader(rollout.Restore(cells[beside]), nil)
		if field == street || field == "sts" || field == "hns" {
			return false
		}
	}
	return true
}

// hasUnsettled reports whether any header may mean something else in another country.
func (n *headerNames) hasUnsettled(cells []string) bool {
	return slices.ContainsFunc(cells, func(cell string) bool {
		name := clean(rollout.Restore(cell))
		_, how := n.settledField(name)
		return name != "" && !rollout.Reserved(name) && how == Unrecognised
	})
}

// placeOf is the place of the first header that means a field in every country, or -1.
func (n *headerNames) placeOf(cells []string, field string) int {
	return slices.IndexFunc(cells, func(cell string) bool {
		f, _ := n.settledField(rollout.Restore(cell))
		return f == field
	})
}

// nearestName finds the name that takes the fewest edits to reach from a header, and its field. Both
// are "" if it takes too many, or if the header is an ordinary word. The first letter is taken for
// right.
func nearestName(header string, labels elementLabels) (field, name string) {
	const short, most = 4, 3 // letters, because a shorter name is near to any; edits
	all, _ := variants(header)
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
		if d := editDistance(written, letters, most); d <= most {
			field, name, least = f, shown, d
		}
	}
	for _, f := range rollout.Fields {
		if len(f) > short { // shorter ones, such as a3, pod and unit, may not be meant
			try(spelling.Key(f), f, f, len(f)/3)
		}
	}
	few := func(name string) int {
		if name+"s" == string(written) {
			return 1
		}
		return min(len([]rune(name))/4, 2)
	}
	for _, candidate := range slices.Sorted(maps.Keys(everydayNames)) {
		try(candidate, everydayNames[candidate], everydayNames[candidate], few(candidate))
	}
	for _, candidate := range slices.Sorted(maps.Keys(labels)) {
		for _, f := range slices.Sorted(maps.Keys(labels[candidate])) {
			try(candidate, f, f, few(candidate))
		}
	}
	return field, name
}

// editDistance is the distance between two texts, where two letters in each other's place count once.
func editDistance(a, b []rune, most int) int {
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

// isWholeAddress reports whether a header is of whole addresses, or of their lines: a street with its
// number.
func isWholeAddress(header string) bool {
	all, _ := variants(header)
	return slices.Contains(wholeAddresses, spelling.Key(all[len(all)-1]))
}
