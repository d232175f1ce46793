// This file prints the problems of wrong rows: each sentence once, with the cells or rows that it is
// about.

package main

import (
	"context"

	"btrollout/internal/rollout"
)

// How much is printed of the problems; the report has them all.
const (
	problemsListed = 20 // sentences
	placesListed   = 8  // cells or rows of each
)

// problemKey tells problems apart that are said in different sentences.
type problemKey struct {
	message rollout.Text
	code    string
	header  string // of the column; "": the sentence is about the whole row
}

// places are the cells or rows of one sentence.
type places struct {
	names []string // the first placesListed
	count int
}

// listProblems prints the problems of the wrong rows, in the order of the rows.
func (s screen) listProblems(ctx context.Context, c *checkedFile) {
	var order []problemKey
	found := map[problemKey]*places{}
	more := 0 // rows with a problem that is not printed
	for site, err := range c.spool.sites(ctx) {
		if err != nil || site.State != rollout.Rejected {
			continue
		}
		whole := true
		for _, p := range site.Problems {
			header, name := placeOf(c.batch, site.Row, p.Field)
			key := problemKey{p.Message, p.Code, header}
			if found[key] == nil {
				if len(order) == problemsListed {
					whole = false
					continue
				}
				order, found[key] = append(order, key), &places{}
			}
			found[key].add(name)
		}
		if !whole {
			more++
		}
	}
	for _, key := range order {
		at := found[key]
		where := wordRows(at.names, at.count)
		if key.header != "" {
			where = wordCells(at.names, at.count, key.header)
		}
		s.println(sayProblem(where, key.message, key.code))
	}
	if more > 0 {
		s.println(sayMoreRows(more, c.unreported))
	}
}

func (p *places) add(name string) {
	if p.count++; p.count <= placesListed {
		p.names = append(p.names, name)
	}
}

// placeOf names the cell of a field in a row, and returns the header of its column; without such a
// column, it names the row, and the header is "".
func placeOf(b rollout.Batch, row rollout.RowRef, field string) (header, name string) {
	cell, header := b.Cell(row, field)
	if cell == "" {
		return "", b.RowName(row)
	}
	return header, sheetPrefix(b, row) + cell
}

// sheetPrefix stands before the cells of a row's sheet in a batch of several.
func sheetPrefix(b rollout.Batch, row rollout.RowRef) string {
	if len(b.Sheets) < 2 {
		return ""
	}
	sheet, _ := b.Locate(row)
	return sheet.Name + "!"
}
