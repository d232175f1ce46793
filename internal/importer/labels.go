// This file holds what the countries of the rows call their address elements.

package importer

import (
	"errors"
	"io"
	"maps"
	"slices"

	"btrollout/internal/rollout"
)

// loadLabels asks for the labels of the rows' countries, if any header may mean something else in
// another country.
func (f *File) loadLabels(heads []sheetHead) error {
	if !slices.ContainsFunc(heads, func(h sheetHead) bool { return f.names.hasUnsettled(h.header.Cells) }) {
		return nil
	}
	columns := make([]countryColumn, len(heads))
	for i, h := range heads {
		columns[i] = countryColumn{h.name, h.header.Number, f.names.placeOf(h.header.Cells, rollout.FieldCountry)}
	}
	return f.askLabels(columns)
}

// moreLabels asks for the labels of the rows' countries, unless that was done, because a row below
// a header may be a header.
func (f *File) moreLabels() error {
	columns := make([]countryColumn, len(f.layouts))
	for i, l := range f.layouts {
		columns[i] = countryColumn{l.Name, l.Row, l.placeOf(rollout.FieldCountry)}
	}
	return f.askLabels(columns)
}

// countryColumn says where the countries of a sheet's rows stand.
type countryColumn struct {
	sheet  string
	header int // number of the header's row
	place  int // of the column, or -1
}

// askLabels asks for the labels of the rows' countries, unless that was done.
func (f *File) askLabels(columns []countryColumn) error {
	ask := f.ask
	if f.ask = nil; ask == nil {
		return nil
	}
	bySheet := map[string][]string{}
	var all []string
	for _, c := range columns {
		countries, err := f.countries(c)
		if err != nil {
			return err
		}
		bySheet[c.sheet] = countries
		all = append(all, countries...)
	}
	slices.Sort(all)
	if all = slices.Compact(all); len(all) == 0 {
		return nil
	}
	known, err := ask(all)
	if err != nil {
		return err
	}
	f.labels = map[string]elementLabels{}
	for sheet, countries := range bySheet {
		f.labels[sheet] = newElementLabels(known, countries)
	}
	for _, l := range f.layouts { // a text that was read may be a name now
		clear(l.texts)
	}
	return nil
}

// countries lists the countries of a sheet's rows, each once, in order.
func (f *File) countries(c countryColumn) ([]string, error) {
	if c.place < 0 {
		return nil, nil
	}
	in, err := f.openSheet(c.sheet)
	if err != nil {
		return nil, err
	}
	defer in.Close()
	found := map[string]bool{}
	for {
		row, err := in.next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
		if row.Number <= c.header || row.Unreadable != nil || c.place >= len(row.Cells) {
			continue
		}
		if code := possibleCountry(clean(row.Cells[c.place])); code != "" {
			found[code] = true
		}
	}
	return slices.Sorted(maps.Keys(found)), nil
}

// elementLabels are the labels by which some countries call their address elements: by the key of
// a label and the element, the countries that mean it so.
type elementLabels map[string]map[string][]string

// newElementLabels picks those of some countries from all, which are by country and label.
func newElementLabels(known map[string]map[string]string, countries []string) elementLabels {
	labels := elementLabels{}
	for _, country := range countries {
		for label, element := range known[country] {
			for _, k := range keys(append(nameSeparator.Split(label, -1), label)...) { // "Rue / Straat" is either
				if k == "" {
					continue
				}
				if labels[k] == nil {
					labels[k] = map[string][]string{}
				}
				if !slices.Contains(labels[k][element], country) {
					labels[k][element] = append(labels[k][element], country)
				}
			}
		}
	}
	return labels
}

// only is the element that all the countries mean by a label, or "".
func (l elementLabels) only(key string) string {
	if len(l[key]) != 1 {
		return ""
	}
	return slices.Collect(maps.Keys(l[key]))[0]
}

// differences says "a3 in FR and a2 in BE".
func (l elementLabels) differences(key string) rollout.Text {
	var parts []rollout.Text
	for _, element := range slices.Sorted(maps.Keys(l[key])) {
		parts = append(parts, elementIn(element, l[key][element]))
	}
	return list(parts)
}
