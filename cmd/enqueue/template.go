package main

// This file writes an empty rollout workbook for people to fill in: it gathers what the
// account and its countries offer, and puts the file in its place. What the workbook
// looks like is the room template's.

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"btrollout/internal/addrcheck"
	"btrollout/internal/app"
	"btrollout/internal/btapi"
	"btrollout/internal/console"
	"btrollout/internal/precheck"
	"btrollout/internal/rollout"
	"btrollout/internal/template"
)

type templateFlags struct {
	Countries []string `required:"" placeholder:"FR,BE" help:"ISO 3166 codes of the countries, a sheet each, in this order."`
	Output    string   `short:"o" required:"" placeholder:"FILE" type:"path" help:"The .xlsx to write."`
	Force     bool     `help:"Replace the file if it is there."`
	Customer  string   `placeholder:"CODE" env:"BT_CUSTOMER_CODE" help:"Customer code, whose VPNs are offered; looked up when the account has exactly one customer." group:"Business Talk API"`
}

// Help is the command's own.
func (*templateFlags) Help() string {
	return `Writes an empty rollout workbook, from what the API says now: a sheet for each country with the columns that it asks for, drop-downs of what may be chosen, notes on the headers, an example row and a page of instructions. Filled in, it is read by enqueue as it is.

  enqueue template --countries FR,BE,CH -o rollout.xlsx
  enqueue template --countries FR -o rollout.xlsx --lang fr
  enqueue template --countries FR -o try.xlsx --embedded --simulate

A file that is there is left alone, because somebody may have filled it in; --force replaces it. If a Redis answers, the calls are counted there, and what was asked within the last hour is not asked again.`
}

// How many places a drop-down may depend on, and offer in all.
const (
	mostUpperPlaces = 60
	mostPlaces      = 5000
)

// Run is the command.
func (f *templateFlags) Run(s *session) error {
	codes, err := countryCodes(f.Countries)
	if err == nil {
		err = f.checkOutput(s)
	}
	if err != nil {
		return err
	}
	book, err := f.gather(s, codes)
	if s.ctx.Err() != nil {
		return errors.New(s.say("stopped; no file was written", "arrêté ; aucun fichier n'a été écrit"))
	}
	if err != nil {
		return err
	}
	sheets, err := f.write(s, book)
	if err != nil {
		return err
	}
	if s.JSON {
		return app.JSON(s.stdout, struct {
			File   string           `json:"file"`
			Lang   rollout.Lang     `json:"lang"`
			Sheets []template.Sheet `json:"sheets"`
			VPNs   int              `json:"vpns"`
		}{f.Output, s.Lang, sheets, len(book.VPNs)})
	}
	f.print(s, book, sheets)
	return nil
}

// checkOutput refuses, before the API is asked, a file that could not be written.
func (f *templateFlags) checkOutput(s *session) error {
	if !strings.EqualFold(filepath.Ext(f.Output), ".xlsx") {
		return &app.UsageError{Text: s.say(
			"a template is an Excel workbook: give -o a name that ends in .xlsx, not %q",
			"un modèle est un classeur Excel : donnez à -o un nom qui finit par .xlsx, et non %q", filepath.Base(f.Output))}
	}
	if _, err := os.Lstat(f.Output); err == nil && !f.Force {
		return f.taken(s)
	}
	if folder, err := os.Stat(filepath.Dir(f.Output)); err != nil || !folder.IsDir() {
		return &app.UsageError{Text: s.say("there is no folder %s: make it, or give -o another name", "le dossier %s n'existe pas : créez-le, ou donnez à -o un autre nom", filepath.Dir(f.Output))}
	}
	return nil
}

// taken is the error of a file that is there already.
func (f *templateFlags) taken(s *session) error {
	return &app.UsageError{Text: s.say(
		"%s is there already, and somebody may have filled it in: give -o another name, or replace it with --force",
		"%s existe déjà, et quelqu'un l'a peut-être rempli : donnez à -o un autre nom, ou remplacez-le avec --force", f.Output)}
}

// gather asks the API for everything that the workbook offers.
func (f *templateFlags) gather(s *session, codes []string) (template.Workbook, error) {
	book := template.Workbook{Lang: s.Lang, File: filepath.Base(f.Output)}
	if err := s.connect(s.ctx, false); err != nil {
		return book, err
	}
	if s.sim != nil {
		f.Customer = s.sim.Credentials().CustomerCode
	}
	customer, err := app.Customer(s.ctx, s.api.Checker, f.Customer)
	if err != nil {
		return book, err
	}
	descriptions, err := s.describe(s.ctx, codes, nil)
	if err == nil {
		err = s.allOrderable(descriptions)
	}
	if err != nil {
		return book, err
	}
	if book.VPNs, err = s.api.Checker.VPNs(s.ctx, customer); err != nil {
		return book, err
	}
	book.Countries, err = s.sheetsOf(s.ctx, descriptions)
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
	var why []string
	for _, fault := range []struct {
		countries []string
		en, fr    string
	}{
		{unknown, "Business Talk does not cover %s", "Business Talk ne couvre pas %s"},
		{closed, "nothing can be ordered online in %s", "rien ne peut être commandé en ligne pour %s"},
		{refused, "the API does not say what applies in %s", "l'API ne dit pas ce qui s'applique pour %s"},
	} {
		if fault.countries != nil {
			why = append(why, s.say(fault.en, fault.fr, strings.Join(fault.countries, ", ")))
		}
	}
	if why == nil {
		return nil
	}
	return &app.UsageError{Text: s.say("%s: take these out of --countries; no file was written", "%s : retirez-les de --countries ; aucun fichier n'a été écrit", strings.Join(why, "; "))}
}

// sheetsOf adds what a row may choose from to what countries ask for.
func (s *session) sheetsOf(ctx context.Context, descriptions []precheck.Description) ([]template.Country, error) {
	all := make([]template.Country, len(descriptions))
	return all, s.askAbout(ctx, "Asking for places", len(descriptions), func(ctx context.Context, i int) error {
		d := descriptions[i]
		levels, err := s.api.Checker.Places(ctx, d.ISO2, mostUpperPlaces, mostPlaces)
		if err != nil {
			return err
		}
		example, err := s.api.Checker.Example(ctx, d.ISO2)
		all[i] = sheetOf(d, levels, example)
		return err
	})
}

// sheetOf puts together what a country's sheet is made of.
func sheetOf(d precheck.Description, levels [][]precheck.Branch, example rollout.Address) template.Country {
	c := template.Country{Country: d.Country, Example: example}
	if d.DialZone == btapi.DialZoneManual {
		c.DialZone = &template.Element{}
	}
	for _, e := range d.Elements {
		element := template.Element{
			Code: e.Code, Label: e.Label, Description: e.Description, Mandatory: e.Usage == addrcheck.UsageMandatory,
			Digits: e.Type == addrcheck.TypeDigits, MinLength: e.MinLength, MaxLength: e.MaxLength, Pattern: e.Pattern, Values: e.Written(),
		}
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
			break // nor can what lies below be told
		}
		place := slices.IndexFunc(c.Elements, func(e template.Element) bool { return e.Code == area.Element })
		if place < 0 { // only the rules of areas name it
			place = len(c.Elements)
			c.Elements = append(c.Elements, template.Element{Code: area.Element})
		}
		e := &c.Elements[place]
		e.Area, e.Within = true, slices.Clone(upper)
		switch {
		case level == 0 && len(levels) > 0:
			e.Values = levels[0][0].Values
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
		if wrapped := (*fs.PathError)(nil); errors.As(err, &wrapped) {
			err = wrapped.Err // without the name of a file that nobody asked for
		}
		return errors.New(s.say("the template cannot be written to %s (%v): choose another folder", "le modèle ne peut pas être écrit dans %s (%v) : choisissez un autre dossier", f.Output, err))
	}
	dir, err := os.MkdirTemp(filepath.Dir(f.Output), ".template-*")
	if err != nil {
		return nil, failed(err)
	}
	defer os.RemoveAll(dir)
	draft, err := os.Create(filepath.Join(dir, "template.xlsx"))
	if err != nil {
		return nil, failed(err)
	}
	sheets, err := book.Write(draft)
	if err = errors.Join(err, draft.Close()); err != nil {
		return nil, failed(err)
	}
	if !f.Force { // it takes the name first, so that nobody's file is replaced
		claimed, err := os.OpenFile(f.Output, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o666)
		if errors.Is(err, fs.ErrExist) {
			return nil, f.taken(s)
		}
		if err != nil {
			return nil, failed(err)
		}
		claimed.Close()
	}
	if err := os.Rename(draft.Name(), f.Output); err != nil {
		return nil, failed(err)
	}
	return sheets, nil
}

// print says what was written, and what comes next.
func (f *templateFlags) print(s *session, book template.Workbook, sheets []template.Sheet) {
	fmt.Fprintln(s.stdout, s.say("%s is written.", "%s est écrit.", f.Output))
	t := console.Table{Indent: 2}
	for i, sheet := range sheets {
		t.Add(console.Row{Cells: []string{sheet.Name}, Text: []string{s.say(
			"%s: %d columns, %d of them mandatory, %d with a drop-down",
			"%s : %d colonnes, dont %d obligatoires, %d avec une liste déroulante",
			book.Countries[i].Name, sheet.Columns, sheet.Mandatory, sheet.Lists)}})
	}
	t.Print(s.stdout, s.columns)
	if len(book.VPNs) == 0 {
		fmt.Fprintln(s.stdout, s.say("The account has no VPN, so none is offered.", "Le compte n'a pas de VPN : aucun n'est proposé."))
	}
	fmt.Fprintln(s.stdout, s.say(
		"Next: have it filled in, from row 3 of each sheet on, and check it with enqueue --check %s",
		"Ensuite : faites-le remplir, à partir de la ligne 3 de chaque feuille, et contrôlez-le avec enqueue --check %s", book.File))
}
