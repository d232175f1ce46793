package importer

// This file turns a header row into fields. What headers are called is in names.go,
// values are checked in row.go.

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"btrollout/internal/rollout"
	"btrollout/internal/spelling"
	"btrollout/internal/spreadsheet"
)

// fileError takes its formats and arguments as rollout.Say does.
func fileError(code, en, fr string, args ...any) *spreadsheet.FileError {
	return &spreadsheet.FileError{Code: code, Message: rollout.Say(en, fr, args...)}
}

// layout is the header of a sheet, and where in a row its columns stand.
type layout struct {
	Sheet
	places  []int               // index into a record's cells, for each of Columns
	headers map[string]int      // the place of a column, by the key of its header
	uses    []use               // what becomes of the cells at each place of the header row
	texts   map[string]cellText // of cells of rows that were read lately
	limits  Limits
}

// use says what becomes of a column's cells.
type use byte

const (
	unnamed  use = iota // there should be none
	kept                // they are kept, whether or not they feed a field
	reserved            // nothing: the column is called bt_…
)

// use is what becomes of the cells at a place, be it beyond the header's end.
func (l *layout) use(place int) use {
	if place < len(l.uses) {
		return l.uses[place]
	}
	return unnamed
}

// newLayout understands a header row. All faults of one kind are told at once.
func newLayout(rec spreadsheet.Row, names *names, of labels, limits Limits) (*layout, error) {
	l := &layout{
		Sheet: Sheet{Row: rec.Number}, limits: limits,
		headers: map[string]int{}, texts: map[string]cellText{}, uses: make([]use, len(rec.Cells)),
	}
	if rec.Unreadable != nil {
		return l, fileError(spreadsheet.CodeNotCSV,
			"The header in row %d cannot be read, because a quotation mark stands where none may: remove it, or save the file again as CSV UTF-8.",
			"L'en-tête à la ligne %d ne peut être lu, car un guillemet s'y trouve mal placé : supprimez-le, ou enregistrez de nouveau le fichier au format CSV UTF-8.", rec.Number)
	}
	for _, f := range rec.CellFaults {
		if f.Code != spreadsheet.CodeDate { // a date may well be a column's name
			return l, fileError("file.header-cell",
				"The header in row %d cannot be read: %s",
				"L'en-tête à la ligne %d ne peut être lu : %s", rec.Number, f.Message)
		}
	}
	for place, cell := range rec.Cells {
		name := rollout.Restore(cell)
		switch {
		case clean(name) == "": // it has no name
		case rollout.Reserved(clean(name)):
			l.Ignored = append(l.Ignored, name)
			l.uses[place] = reserved
		case place >= limits.Columns:
			return l, fileError("file.too-many-columns",
				"The file has more than %d columns: delete those that are not for btrollout.",
				"Le fichier a plus de %d colonnes : supprimez celles qui ne sont pas destinées à btrollout.", limits.Columns)
		case len(clean(name)) > longestName:
			return l, fileError("file.header-cell",
				"The header in row %d cannot be read: the name in column %s has more than %d characters, so shorten it.",
				"L'en-tête à la ligne %d ne peut être lu : le nom de la colonne %s a plus de %d caractères, raccourcissez-le.", rec.Number, spreadsheet.ColumnLetters(place), longestName)
		default:
			field, how, err := names.field(name, of)
			if (how == ByName || how == ByLabel) && names.isCounter(rec.Cells, place) {
				field, how = "", Unrecognised
			}
			if err == nil {
				err = l.add(column{name, field, how}, place, names)
			}
			if err != nil {
				return l, err
			}
		}
	}
	return l, l.fault(of)
}

// column is what a header means.
type column struct {
	name, field string
	how         How
}

// add takes a column in.
func (l *layout) add(c column, place int, names *names) error {
	if i := slices.Index(l.Fields, c.field); c.field != "" && i >= 0 {
		return fileError("file.column-twice",
			"The columns %s and %s both hold %s: keep one and delete the other, or leave one out with --map %q.",
			"Les colonnes %s et %s contiennent toutes deux %s : gardez l'une et supprimez l'autre, ou laissez-en une de côté avec --map %q.",
			l.describe(i), describe(c.name, place), c.field, oneLine(c.name)+"="+NotUsed)
	}
	l.headers[spelling.Key(c.name)] = place
	if c.how == ByMap {
		names.mapping(c.name).met = true
		c.name = withCode(c.name, c.field)
	}
	l.Columns = append(l.Columns, c.name)
	l.Fields = append(l.Fields, c.field)
	l.How = append(l.How, c.how)
	l.Letters = append(l.Letters, spreadsheet.ColumnLetters(place))
	l.places = append(l.places, place)
	l.uses[place] = kept
	return nil
}

// looksLikeCode is what people take for an element of the contract.
var looksLikeCode = regexp.MustCompile(`(?i)^(a|addrExtInfo)\d+$`)

// street is the element that no address is without: where a column feeds it, one of
// whole addresses only repeats what others say.
const street = "a6"

// fault words what is wrong with the columns, or returns nil. A column that nothing
// recognises is no fault, unless its name is nearly that of a field no other column
// feeds: what stands in it would be missing from the order.
func (l *layout) fault(of labels) error {
	var unknown []rollout.Text
	var missing, meant, strange []string
	for i, column := range l.Columns {
		if l.How[i] != Unrecognised {
			continue
		}
		name := clean(column)
		strange = append(strange, l.describe(i))
		if isWholeAddress(name) && !slices.Contains(l.Fields, street) {
			return fileError("file.address-in-one-cell",
				"The column %s holds whole addresses, and the API takes their elements one by one: split it into columns such as Street, Number, Postal code and City, or leave it out with --map %q.",
				"La colonne %s contient des adresses entières, alors que l'API veut leurs éléments un par un : répartissez-la en colonnes telles que Rue, Numéro, Code postal et Ville, ou laissez-la de côté avec --map %q.",
				l.describe(i), oneLine(name)+"="+NotUsed)
		}
		if several := meanings(name, of); len(several) > 1 && slices.ContainsFunc(several, l.unfed) {
			return fileError("file.address-in-one-cell",
				"The column %s holds %s in one cell, and the API takes them one by one: split it into columns of their own, or leave it out with --map %q.",
				"La colonne %s contient %s dans une même cellule, alors que l'API les veut un par un : répartissez-les dans des colonnes distinctes, ou laissez-la de côté avec --map %q.",
				l.describe(i), list(several), oneLine(name)+"="+NotUsed)
		}
		field, near := nearest(name, of)
		switch {
		case near != "" && !slices.Contains(l.Fields, field):
			unknown = append(unknown, rollout.Say("%s; did you mean %s?)", "%s ; voulez-vous dire %s ?)", strings.TrimSuffix(l.describe(i), ")"), near))
			meant = append(meant, field)
		case looksLikeCode.MatchString(name):
			unknown = append(unknown, rollout.Text{EN: l.describe(i)})
		}
	}
	for _, field := range required {
		if !slices.Contains(l.Fields, field) && !slices.Contains(meant, field) {
			missing = append(missing, field)
		}
	}
	return l.lacks(missing, unknown, strange)
}

// lacks words which fields no column feeds, and which columns nobody recognises.
func (l *layout) lacks(missing []string, unknown []rollout.Text, strange []string) error {
	mend := rollout.Say(
		"correct the header in row %d, or say what a column is with --map \"Header=field\" (\"Header=%s\": it is not used)",
		"corrigez l'en-tête à la ligne %d, ou indiquez ce qu'est une colonne avec --map \"En-tête=champ\" (\"En-tête=%s\" : elle n'est pas utilisée)", l.Row, NotUsed)
	switch {
	case len(missing) == len(required):
		return fileError("file.column-missing",
			"None of the first %d rows names the columns that every rollout file has, which are %s: put their names above the sites, or say what a column is with --map \"Header=field\".",
			"Aucune des %d premières lignes ne nomme les colonnes indispensables à tout fichier de déploiement, à savoir %s : mettez leurs noms au-dessus des sites, ou indiquez ce qu'est une colonne avec --map \"En-tête=champ\".", headRows, list(required))
	case len(unknown) > 0 && len(missing) > 0:
		return fileError("file.column-unknown",
			"btrollout does not know the %s, and misses the %s: %s.",
			"btrollout ne reconnaît pas %s, et il manque %s : %s.", columns(unknown), columns(missing), mend)
	case len(unknown) > 0:
		return fileError("file.column-unknown",
			"btrollout does not know the %s: %s.",
			"btrollout ne reconnaît pas %s : %s.", columns(unknown), mend)
	case len(missing) > 0:
		return fileError("file.column-missing",
			"The file lacks the %s%s: %s.",
			"Il manque au fichier %s%s : %s.", columns(missing), among(strange), mend)
	}
	return nil
}

// unfed reports whether no column feeds an element.
func (l *layout) unfed(element string) bool {
	return rollout.IsElement(element) && !slices.Contains(l.Fields, element)
}

// among names the columns one of which may be what is missing.
func among(strange []string) rollout.Text {
	const most = 5
	switch n := len(strange); {
	case n == 0:
		return rollout.Text{}
	case n == 1:
		return rollout.Say(", unless it is %s", ", à moins que ce ne soit %s", strange[0])
	case n <= most:
		return rollout.Say(", unless it is one of %s", ", à moins que ce ne soit l'une des colonnes %s", list(strange))
	}
	return rollout.Say(
		", unless it is one of %s and %d more",
		", à moins que ce ne soit l'une des colonnes %s et %d de plus", strings.Join(strange[:most], ", "), len(strange)-most)
}

// cells picks a row's own cells, one for each of Columns.
func (l *layout) cells(rec spreadsheet.Row) []string {
	cells := make([]string, len(l.places))
	for i, place := range l.places {
		if place < len(rec.Cells) {
			cells[i] = cut(rollout.Restore(rec.Cells[place]), l.limits.Cell)
		}
	}
	return cells
}

// hasText reports whether a row holds anything, bt_… columns set aside.
func (l *layout) hasText(cells []string) bool {
	for place, cell := range cells {
		if l.use(place) != reserved && !isEmpty(cell) {
			return true
		}
	}
	return false
}

// lacksValue reports whether a row has a value in one of the columns that was not
// saved, so that the row only looks blank.
func (l *layout) lacksValue(rec spreadsheet.Row) bool {
	return slices.ContainsFunc(rec.CellFaults, func(f spreadsheet.CellFault) bool {
		return f.Code == spreadsheet.CodeNoValue && l.use(f.Column) == kept
	})
}

// unnamed finds a value in a column that has no name.
func (l *layout) unnamed(cells []string) (place int, found bool) {
	for place, cell := range cells {
		if l.use(place) == unnamed && !isEmpty(cell) {
			return place, true
		}
	}
	return 0, false
}

// placeOf is the place of the column that feeds a field, or -1.
func (l *layout) placeOf(field string) int {
	if i := slices.Index(l.Fields, field); i >= 0 {
		return l.places[i]
	}
	return -1
}

func (l *layout) describe(i int) string { return describe(l.Columns[i], l.places[i]) }

// describe says a column as people find it: "City" (D).
func describe(name string, place int) string {
	return fmt.Sprintf("%q (%s)", oneLine(name), spreadsheet.ColumnLetters(place))
}

// oneLine is a header as people say it, whatever line breaks it was written with.
func oneLine(name string) string { return strings.Join(strings.Fields(clean(name)), " ") }

// columns says "column a" or "columns a and b"; in French, with the article.
func columns[T string | rollout.Text](names []T) rollout.Text {
	if len(names) == 1 {
		return rollout.Say("column %s", "la colonne %s", names[0])
	}
	return rollout.Say("columns %s", "les colonnes %s", list(names))
}

// list says "a, b and c".
func list[T string | rollout.Text](names []T) rollout.Text {
	last := len(names) - 1
	if last == 0 {
		return rollout.Say("%s", "%s", names[0])
	}
	args := make([]any, len(names))
	for i, name := range names {
		args[i] = name
	}
	commas := strings.Repeat("%s, ", last-1) + "%s"
	return rollout.Say(commas+" and %s", commas+" et %s", args...)
}
