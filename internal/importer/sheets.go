package importer

// This file chooses the sheets to read and the row of each that is its header. What a
// header means is found out in header.go.

import (
	"io"
	"slices"
	"strings"

	"btrollout/internal/rollout"
)

// headRows is how far down a sheet its header is looked for: notes may stand above it.
const headRows = 20

// start chooses the sheets and understands their headers.
func (f *File) start(o Options, names *names) error {
	heads, err := f.heads(o, names)
	if err != nil {
		return err
	}
	labels, err := f.labels(o, names, heads)
	if err != nil {
		return err
	}
	for _, h := range heads {
		l, err := newLayout(h.header, names, labels[h.name], f.limits)
		if err != nil {
			return h.named(err, len(heads) > 1 || len(f.unread) > 0)
		}
		l.Name = h.name
		f.layouts = append(f.layouts, l)
	}
	if err := names.unmet(f.layouts); err != nil {
		return err
	}
	f.check = newChecker(f.Columns())
	return nil
}

// head is the beginning of a sheet.
type head struct {
	name   string
	header record // cells of its own
	score  int    // how many fields the header names
}

// named says in an error which sheet it is about, if there are others.
func (h *head) named(err error, others bool) error {
	if fault, ok := err.(*FileError); ok && others && h.name != "" {
		fault.Message = rollout.Say(
			"On the sheet %q: %s If the sheet is not for btrollout, name the others with --sheet.",
			"Sur la feuille %q : %s Si cette feuille n'est pas destinée à btrollout, nommez les autres avec --sheet.", h.name, fault.Message)
	}
	return err
}

// heads finds the sheets that are to be read.
func (f *File) heads(o Options, names *names) ([]head, error) {
	asked, err := f.asked(o.Sheets)
	if err != nil {
		return nil, err
	}
	var heads, others []head
	for _, sheet := range asked {
		h, err := f.head(sheet.name, names)
		switch {
		case err != nil:
			return nil, err
		case h.header.row == 0 && len(o.Sheets) > 0:
			return nil, fileError("file.empty",
				"The sheet %q has no content: put the column names into its first row and one site into each row below.",
				"La feuille %q n'a pas de contenu : mettez les noms de colonnes sur sa première ligne et un site sur chaque ligne suivante.", sheet.name)
		case h.header.row == 0:
			f.unread = append(f.unread, Unread{sheet.name, rollout.Say("it is empty", "elle est vide")})
		case len(o.Sheets) > 0 || names.isRollout(h.header.cells):
			heads = append(heads, h)
		case rollout.Reserved(clean(firstText(h.header.cells))):
			f.unread = append(f.unread, Unread{sheet.name, rollout.Say("its first column belongs to a report", "sa première colonne est celle d'un rapport")})
		default:
			others = append(others, h)
		}
	}
	if len(heads) == 0 && len(others) > 0 { // its faults are what people are to be told
		heads, others = others[:1], others[1:]
	}
	for _, h := range others {
		f.unread = append(f.unread, Unread{h.name, rollout.Say("it has no header of a rollout", "elle n'a pas d'en-tête de déploiement")})
	}
	if len(heads) == 0 {
		return nil, fileError("file.empty",
			"The file has no content: put the column names into its first row and one site into each row below.",
			"Le fichier n'a pas de contenu : mettez les noms de colonnes sur sa première ligne et un site sur chaque ligne suivante.")
	}
	return heads, nil
}

// asked lists the sheets that were named or, when none was, the visible ones.
func (f *File) asked(wanted []string) ([]sheetName, error) {
	all := f.book.sheets()
	if len(all) == 1 && all[0].name == "" && len(wanted) > 0 {
		return nil, fileError("file.no-sheet",
			"A CSV file has no sheets: leave the sheet %q out.",
			"Un fichier CSV n'a pas de feuilles : n'indiquez pas la feuille %q.", wanted[0])
	}
	for _, name := range wanted {
		if !slices.ContainsFunc(all, func(s sheetName) bool { return s.is(name) }) {
			existing := make([]string, len(all))
			for i, s := range all {
				existing[i] = s.name
			}
			return nil, fileError("file.no-sheet",
				"The workbook has no sheet %q: name one of %s.",
				"Le classeur n'a pas de feuille %q : indiquez-en une parmi %s.", strings.TrimSpace(name), list(existing))
		}
	}
	var asked []sheetName
	for _, s := range all {
		switch {
		case len(wanted) == 0 && !s.hidden, slices.ContainsFunc(wanted, s.is):
			asked = append(asked, s)
		case s.hidden:
			f.unread = append(f.unread, Unread{s.name, rollout.Say("it is hidden; name it with --sheet to have it read", "elle est masquée ; nommez-la avec --sheet pour qu'elle soit lue")})
		default:
			f.unread = append(f.unread, Unread{s.name, rollout.Say("others were named", "d'autres ont été nommées")})
		}
	}
	return asked, nil
}

func (s sheetName) is(name string) bool { return strings.EqualFold(s.name, strings.TrimSpace(name)) }

// head reads a sheet's first rows, and takes for its header the one that names the
// most fields, or else the first that is not blank.
func (f *File) head(sheet string, names *names) (h head, err error) {
	in, err := f.openSheet(sheet)
	if err != nil {
		return head{}, err
	}
	defer in.Close()
	h.name = sheet
	for {
		rec, err := next(in)
		if err == io.EOF {
			return h, nil
		}
		if err != nil {
			return head{}, err
		}
		if rec.problem == nil && !hasText(rec.cells) && (h.header.row == 0 || len(rec.faults) == 0) {
			continue
		}
		if rec.row > headRows && h.header.row > 0 {
			return h, nil
		}
		if score := names.score(rec.cells); h.header.row == 0 || score > h.score {
			rec.cells = slices.Clone(rec.cells)
			h.header, h.score = rec, score
		}
	}
}

// labels asks what the countries of the rows call their elements, if a header is
// anything but a field's own name: by sheet, country and label.
func (f *File) labels(o Options, names *names, heads []head) (map[string]labels, error) {
	if o.Labels == nil || !slices.ContainsFunc(heads, func(h head) bool { return names.unsettled(h.header.cells) }) {
		return nil, nil
	}
	bySheet := map[string][]string{}
	var all []string
	for _, h := range heads {
		countries, err := f.countries(h, names)
		if err != nil {
			return nil, err
		}
		bySheet[h.name] = countries
		all = append(all, countries...)
	}
	slices.Sort(all)
	if all = slices.Compact(all); len(all) == 0 {
		return nil, nil
	}
	known, err := o.Labels(all)
	if err != nil {
		return nil, err
	}
	of := map[string]labels{}
	for sheet, countries := range bySheet {
		of[sheet] = newLabels(known, countries)
	}
	return of, nil
}

// countries lists the countries of a sheet's rows, each once, in order.
func (f *File) countries(h head, names *names) ([]string, error) {
	place := names.placeOf(h.header.cells, rollout.FieldCountry)
	if place < 0 {
		return nil, nil
	}
	in, err := f.openSheet(h.name)
	if err != nil {
		return nil, err
	}
	defer in.Close()
	found := map[string]bool{}
	for {
		rec, err := next(in)
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, err
		}
		if rec.row <= h.header.row || rec.problem != nil || place >= len(rec.cells) {
			continue
		}
		if code := countryOf(clean(rec.cells[place])); code != "" {
			found[code] = true
		}
	}
	codes := make([]string, 0, len(found))
	for code := range found {
		codes = append(codes, code)
	}
	slices.Sort(codes)
	return codes, nil
}

// firstText is the first cell that is not blank, or "".
func firstText(cells []string) string {
	for _, cell := range cells {
		if !isEmpty(cell) {
			return cell
		}
	}
	return ""
}
