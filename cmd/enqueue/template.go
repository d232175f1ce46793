// This file writes an empty rollout workbook for people to fill in: it gathers what the
// account and its countries offer, and puts the file in its place. The look of the
// workbook is in internal/template.

package main

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"btrollout/internal/app"
	"btrollout/internal/btapi"
	"btrollout/internal/console"
	"btrollout/internal/jsonout"
	"btrollout/internal/precheck"
	"btrollout/internal/rollout"
	"btrollout/internal/scratch"
	"btrollout/internal/template"
)

type templateFlags struct {
	ISO2      []string `arg:"" optional:"" name:"iso2" help:"ISO 3166 codes of the countries, a sheet each, in this order."`
	Countries []string `placeholder:"FR,BE" help:"The same as a list; these come first."`
	Output    string   `short:"o" required:"" placeholder:"FILE" type:"path" help:"The .xlsx to write."`
	Force     bool     `help:"Replace the file if it is there."`
	Customer  string   `placeholder:"CODE" env:"BT_CUSTOMER_CODE" help:"${help_template_customer}" group:"Business Talk API"`
}

// Help is what --help says of the command.
func (*templateFlags) Help() string {
	return `Writes an empty rollout workbook, from what the API says now: a sheet for each country with the
columns that it asks for, drop-downs of what may be chosen, notes on the headers, an example row and
a page of instructions. Filled in, it is read by enqueue as it is.

  enqueue template FR BE CH -o rollout.xlsx
  enqueue template --countries FR,BE,CH -o rollout.xlsx     the same
  enqueue template FR -o rollout.xlsx --lang fr
  enqueue template FR -o try.xlsx --embedded --simulate

A file that is there is left alone, because somebody may have filled it in; --force replaces it. If
a Redis answers, the calls are counted there, and what was asked within the last hour is not asked
again.`
}

// How many places a drop-down may depend on, and offer in all.
const (
	mostUpperPlaces = 60
	mostPlaces      = 5000
)

// run writes the workbook.
func (f *templateFlags) run(ctx context.Context, s *session) (outcome, error) {
	given := slices.Concat(f.Countries, f.ISO2)
	if len(given) == 0 {
		return outcome{}, s.usage(sayNoCountries())
	}
	codes, err := countryCodes(given)
	if err == nil {
		err = f.checkOutput(s)
	}
	if err != nil {
		return outcome{}, err
	}
	book, err := f.gather(ctx, s, codes)
	if ctx.Err() != nil {
		return outcome{}, errors.New(sayTemplateStopped().In(s.flags.Lang))
	}
	if err != nil {
		return outcome{}, err
	}
	sheets, err := f.write(s, book)
	if err != nil {
		return outcome{}, err
	}
	if s.flags.JSON {
		return outcome{}, jsonout.Print(s.screen.out, jsonout.Template{
			File: f.Output, Lang: s.flags.Lang, Sheets: sheets, VPNs: len(book.VPNs),
		})
	}
	s.screen.printTemplate(f.Output, book, sheets)
	return outcome{}, nil
}

// checkOutput refuses, before the API is asked, a file that could not be written.
func (f *templateFlags) checkOutput(s *session) error {
	if !strings.EqualFold(filepath.Ext(f.Output), ".xlsx") {
		return s.usage(sayNoExcel(filepath.Base(f.Output)))
	}
	if _, err := os.Lstat(f.Output); err == nil && !f.Force {
		return s.usage(sayTaken(f.Output))
	}
	if folder, err := os.Stat(filepath.Dir(f.Output)); err != nil || !folder.IsDir() {
		return s.usage(sayNoFolder(filepath.Dir(f.Output)))
	}
	return nil
}

// gather asks the API for everything that the workbook offers.
func (f *templateFlags) gather(ctx context.Context, s *session, codes []string) (template.Workbook, error) {
	book := template.Workbook{Lang: s.flags.Lang, File: filepath.Base(f.Output)}
	c, err := s.connect(ctx, false)
	if err != nil {
		return book, err
	}
	defer c.close()
	customer, err := c.customer(ctx, f.Customer)
	if err != nil {
		return book, err
	}
	descriptions, err := s.describe(ctx, c.api, codes, nil)
	if err == nil {
		err = s.allOrderable(descriptions)
	}
	if err != nil {
		return book, err
	}
	if book.VPNs, err = c.api.Checker.VPNs(ctx, customer); err != nil {
		return book, err
	}
	book.Countries, err = s.sheetsOf(ctx, c.api, descriptions)
	return book, err
}

// allOrderable refuses countries for which there is nothing to fill in, all at once.
func (s *session) allOrderable(descriptions []precheck.Description) error {
	var unknown, closed, refused []string
	for _, d := range descriptions {
		switch {
		case d.Refused != "":
			refused = append(refused, d.ISO2)
		case !d.Known:
			unknown = append(unknown, d.ISO2)
		case !d.Orderable:
			closed = append(closed, d.ISO2)
		}
	}
	if unknown == nil && closed == nil && refused == nil {
		return nil
	}
	return s.usage(sayNothingToFillIn(unknown, closed, refused))
}

// sheetsOf adds what a row may choose from to what countries ask for.
func (s *session) sheetsOf(ctx context.Context, api *app.Access, descriptions []precheck.Description) ([]template.Country, error) {
	all := make([]template.Country, len(descriptions))
	return all, s.askAbout(ctx, titlePlaces, len(descriptions), func(ctx context.Context, i int) error {
		d := descriptions[i]
		levels, err := api.Checker.Places(ctx, d.ISO2, mostUpperPlaces, mostPlaces)
		if err != nil {
			return err
		}
		example, err := api.Checker.Example(ctx, d.ISO2)
		all[i] = sheetOf(d, levels, example)
		return err
	})
}

// sheetOf describes the sheet of a country.
func sheetOf(d precheck.Description, levels [][]precheck.Branch, example rollout.Address) template.Country {
	c := template.Country{Country: d.Country, Example: example}
	if d.DialZone == btapi.DialZoneManual {
		c.DialZone = &template.Element{}
	}
	for _, e := range d.Elements {
		element := template.Element{Element: e, Choices: precheck.Choices(e.Constraint)}
		switch {
		case e.Code != rollout.DialZone:
			c.Elements = append(c.Elements, element)
		case c.DialZone != nil:
			c.DialZone = &element
		}
	}
	var upper []string
	for level, area := range d.Areas {
		if slices.Contains(d.NotUsed, area.Element) || slices.Contains(upper, area.Element) {
			break // the levels below depend on it
		}
		place := slices.IndexFunc(c.Elements, func(e template.Element) bool { return e.Code == area.Element })
		if place < 0 { // only the rules of areas name it
			place = len(c.Elements)
			c.Elements = append(c.Elements, template.Element{Element: rollout.Element{Code: area.Element}})
		}
		e := &c.Elements[place]
		e.Area, e.Within = true, slices.Clone(upper)
		switch {
		case level == 0 && len(levels) > 0:
			e.Choices = levels[0][0].Values
		case level > 0 && level < len(levels):
			for _, b := range levels[level] {
				e.Branches = append(e.Branches, template.Branch(b))
			}
		}
		upper = append(upper, area.Element)
	}
	return c
}

// write puts the workbook in its place, whole or not at all.
func (f *templateFlags) write(s *session, book template.Workbook) ([]template.Sheet, error) {
	failed := func(err error) error {
		return errors.New(sayTemplateFailed(f.Output, app.WithoutPath(err)).In(s.flags.Lang))
	}
	draft, err := scratch.NewDraft(f.Output, 0o666)
	if err != nil {
		return nil, failed(err)
	}
	defer draft.Discard()
	sheets, err := book.Write(draft)
	if err != nil {
		return nil, failed(err)
	}
	keep := draft.KeepNew
	if f.Force {
		keep = draft.Keep
	}
	err = keep()
	switch {
	case errors.Is(err, fs.ErrExist) && !f.Force:
		return nil, s.usage(sayTaken(f.Output))
	case err != nil:
		return nil, failed(err)
	}
	return sheets, nil
}

// printTemplate says what was written, and what comes next.
func (s screen) printTemplate(file string, book template.Workbook, sheets []template.Sheet) {
	s.println(sayWritten(file))
	t := console.Table{Indent: 2}
	for i, sheet := range sheets {
		text := saySheet(book.Countries[i].Name, sheet.Columns, sheet.Mandatory, sheet.Lists)
		t.Add(console.Row{Cells: []string{sheet.Name}, Text: s.words(text)})
	}
	s.table(t)
	if len(book.VPNs) == 0 {
		s.println(sayNoVPN())
	}
	s.println(sayNext(book.File))
}
