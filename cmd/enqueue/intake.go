package main

// This file opens a rollout file as its user wants it read, and prints what was
// recognised in it. What is wrong with its rows is found in file.go.

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"

	"btrollout/internal/app"
	"btrollout/internal/console"
	"btrollout/internal/importer"
	"btrollout/internal/rollout"
)

// intakeFlags say how a file is read.
type intakeFlags struct {
	Sheet   []string `sep:"none" placeholder:"NAME" help:"Sheet to read, hidden or not; repeated for several. Default: every visible sheet with the header of a rollout, all as one batch."`
	Map     []string `sep:"none" placeholder:"HEADER=FIELD" help:"Say what a column is, as in --map 'Ort=a3'; - for a column that is not used. Repeated for several."`
	MapFile string   `placeholder:"FILE" type:"path" help:"File with one HEADER=FIELD on each line; lines that begin with # are remarks."`

	limitFlags `embed:"" group:"Limits of a rollout file"`
}

// limitFlags are importer.Limits, in people's units.
type limitFlags struct {
	MaxFileMB     int64 `name:"max-file" default:"200" placeholder:"MB" help:"Largest file (default: ${default})."`
	MaxUnzippedMB int64 `name:"max-unzipped" default:"1024" placeholder:"MB" help:"Largest workbook once unzipped (default: ${default})."`
	MaxRows       int   `default:"200000" placeholder:"N" help:"Most sites (default: ${default})."`
	MaxColumns    int   `default:"200" placeholder:"N" help:"Most columns of a sheet (default: ${default})."`
	MaxCell       int   `default:"32767" placeholder:"N" help:"Most characters of a cell (default: ${default}, as many as Excel holds)."`
}

func (f *limitFlags) limits() (importer.Limits, error) {
	if min(f.MaxFileMB, f.MaxUnzippedMB, int64(f.MaxRows), int64(f.MaxColumns), int64(f.MaxCell)) < 1 {
		return importer.Limits{}, &app.UsageError{Text: "the limits of a rollout file are whole numbers from 1 on"}
	}
	return importer.Limits{FileSize: f.MaxFileMB << 20, Unzipped: f.MaxUnzippedMB << 20, Rows: f.MaxRows, Columns: f.MaxColumns, Cell: f.MaxCell}, nil
}

// mapping joins the file of mappings and those of the command line, which win.
func (f *intakeFlags) mapping() (map[string]string, error) {
	fields := map[string]string{}
	add := func(line string) error {
		i := strings.LastIndexByte(line, '=')
		if i <= 0 || strings.TrimSpace(line[:i]) == "" || strings.TrimSpace(line[i+1:]) == "" {
			return &app.UsageError{Text: fmt.Sprintf("a column is mapped as HEADER=FIELD, such as 'Ort=a3', and %q is not", line)}
		}
		fields[strings.TrimSpace(line[:i])] = strings.TrimSpace(line[i+1:])
		return nil
	}
	if f.MapFile != "" {
		said, err := os.ReadFile(f.MapFile)
		if err == nil && !utf8.Valid(said) { // as programs in Western Europe write text
			said, err = charmap.Windows1252.NewDecoder().Bytes(said)
		}
		if err != nil {
			return nil, &app.UsageError{Text: fmt.Sprintf("the file of --map-file cannot be read (%v)", err)}
		}
		n := 0
		for line := range strings.Lines(strings.TrimPrefix(string(said), "\ufeff")) {
			n++
			if line = strings.TrimSpace(line); line == "" || line[0] == '#' {
				continue
			}
			if err := add(line); err != nil {
				return nil, &app.UsageError{Text: fmt.Sprintf("%s, line %d: %v", f.MapFile, n, err)}
			}
		}
	}
	for _, line := range f.Map {
		if err := add(line); err != nil {
			return nil, err
		}
	}
	return fields, nil
}

// quick is how long nobody wonders what a command is doing.
const quick = time.Second

// open opens the rollout file. It connects to the API only if a column can be
// recognised by nothing else than what its country calls it.
func (e *enqueue) open(ctx context.Context) (*importer.File, error) {
	limits, err := e.limits()
	if err != nil {
		return nil, err
	}
	mapping, err := e.mapping()
	if err != nil {
		return nil, err
	}
	var progress *app.Progress // only of what takes time
	defer func() {
		if progress != nil {
			progress.Done()
		}
	}()
	began := time.Now()
	return importer.Open(e.File, importer.Options{
		Sheets: e.Sheet, Map: mapping, Limits: limits,
		Labels: func(countries []string) (map[string]map[string]string, error) {
			if err := e.reach(ctx); err != nil {
				return nil, err
			}
			labels := map[string]map[string]string{}
			for _, iso2 := range countries {
				if labels[iso2], err = e.api.Checker.Labels(ctx, iso2); err != nil {
					return nil, err
				}
			}
			return labels, nil
		},
		Progress: func(done, total int64) {
			if progress == nil && time.Since(began) > quick {
				progress = app.NewProgress(e.stderr, "Opening "+baseName(e.File), 100)
				progress.Of = "percent"
			}
			if progress != nil {
				progress.Set(int(100*done/max(total, 1)), "")
			}
		},
	})
}

// howRecognised names the ways in which a column can be recognised.
func (e *enqueue) howRecognised(how importer.How) string {
	switch how {
	case importer.ByMap:
		return "--map"
	case importer.ByCode:
		return e.say("its code", "son code")
	case importer.ByLabel:
		return e.say("the country's label", "libellé du pays")
	case importer.ByName:
		return e.say("its everyday name", "nom courant")
	}
	return ""
}

// printColumns prints what was recognised as what: the columns that are not simply
// called by their fields' own names.
func (e *enqueue) printColumns(file *importer.File) {
	for _, s := range file.Sheets() {
		byCode, t := 0, console.Table{Indent: 4, Heads: []string{"", e.say("column", "colonne"), e.say("read as", "lue comme"), e.say("by", "d'après")}}
		for i, column := range s.Columns {
			switch {
			case s.How[i] == importer.ByCode && s.Fields[i] != "":
				byCode++
			case s.Fields[i] == "":
				t.Add(console.Row{Cells: []string{s.Letters[i], column, e.say("not used", "non utilisée"), e.howRecognised(s.How[i])}})
			default:
				t.Add(console.Row{Cells: []string{s.Letters[i], column, s.Fields[i], e.howRecognised(s.How[i])}})
			}
		}
		if t.Len() == 0 && s.Row == 1 && len(file.Sheets()) == 1 {
			continue // nothing that could surprise
		}
		what := e.say("Header in row %d", "En-tête à la ligne %d", s.Row)
		if s.Name != "" {
			what = e.say("Sheet %q, header in row %d", "Feuille %q, en-tête à la ligne %d", s.Name, s.Row)
		}
		fmt.Fprintln(e.stdout, e.say("%s: %d columns, %d of them called by their codes.", "%s : %d colonnes, dont %d désignées par leur code.", what, len(s.Columns), byCode))
		if t.Len() > 0 {
			t.Print(e.stdout, e.columns)
		}
	}
}

// remarksKept is how many remarks of one kind a batch keeps.
const remarksKept = 10

// remarksOn says what people should know of how the file was read.
func (e *enqueue) remarksOn(file *importer.File) []rollout.Text {
	remarks := slices.Clone(file.Remarks())
	for i, u := range file.Unread() {
		if i == remarksKept {
			remarks = append(remarks, rollout.Say("%d more sheets were not read.", "%d autres feuilles n'ont pas été lues.", len(file.Unread())-i))
			break
		}
		remarks = append(remarks, rollout.Say("The sheet %q was not read: %s.", "La feuille %q n'a pas été lue : %s.", u.Name, u.Why))
	}
	for i, l := range file.LeftOut() {
		if i == remarksKept {
			remarks = append(remarks, rollout.Say("%d more rows were left out.", "%d autres lignes ont été laissées de côté.", len(file.LeftOut())-i))
			break
		}
		remarks = append(remarks, rollout.Say("Row %s was left out: %s.", "La ligne %s a été laissée de côté : %s.", e.batch.RowName(l.Row), l.Why))
	}
	switch n := file.Hidden(); n {
	case 0:
	case 1:
		remarks = append(remarks, rollout.Say("One row is hidden in the file, by hand or by a filter, and is imported like the others.", "Une ligne est masquée dans le fichier, à la main ou par un filtre, et elle est importée comme les autres."))
	default:
		remarks = append(remarks, rollout.Say("%d rows are hidden in the file, by hand or by a filter, and are imported like the others.", "%d lignes sont masquées dans le fichier, à la main ou par un filtre, et elles sont importées comme les autres.", n))
	}
	return remarks
}

// printRemarks prints them.
func (e *enqueue) printRemarks() {
	for _, remark := range e.batch.Remarks {
		console.Paragraph(e.stdout, 0, remark.In(e.Lang), e.columns)
	}
}
