package main

// This file puts into JSON what became of a file.

import (
	"btrollout/internal/app"
	"btrollout/internal/rollout"
)

// fileStatus is what --json prints of a file.
type fileStatus struct {
	app.Status
	Sheets  []sheetStatus   `json:"sheets"`          // those that were read
	Preview []countryStatus `json:"preview"`         // by country, before anything was ordered
	Notes   int             `json:"notes,omitempty"` // rows of which something is sent otherwise than written
}

type sheetStatus struct {
	Name    string         `json:"name,omitempty"`
	Header  int            `json:"header"` // row of the header
	Columns []columnStatus `json:"columns"`
}

type columnStatus struct {
	Letter string `json:"letter"`
	Header string `json:"header"`
	Field  string `json:"field,omitempty"` // "": it is not used
	By     string `json:"by,omitempty"`    // map, code, label or name
}

type countryStatus struct {
	Country   string `json:"country,omitempty"` // "": rows of no country
	Rows      int    `json:"rows"`
	Orders    int    `json:"orders"`
	Addresses int    `json:"addressOnly"`
	Skipped   int    `json:"skipped"`
	Rejected  int    `json:"rejected"`
}

func (e *enqueue) status(b rollout.Batch) fileStatus {
	s := fileStatus{Status: app.StatusOf(b), Notes: e.seen.noted, Sheets: []sheetStatus{}, Preview: []countryStatus{}}
	for _, sheet := range e.sheets {
		one := sheetStatus{Name: sheet.Name, Header: sheet.Row, Columns: []columnStatus{}}
		for i, header := range sheet.Columns {
			one.Columns = append(one.Columns, columnStatus{sheet.Letters[i], header, sheet.Fields[i], string(sheet.How[i])})
		}
		s.Sheets = append(s.Sheets, one)
	}
	add := func(country string, t tally) {
		s.Preview = append(s.Preview, countryStatus{country, t.rows, t.orders, t.addresses, t.skipped, t.wrong})
	}
	for _, c := range e.batch.Countries {
		add(c.ISO2, *e.seen.byCountry[c.ISO2])
	}
	if e.seen.others.rows > 0 {
		add("", e.seen.others)
	}
	return s
}
