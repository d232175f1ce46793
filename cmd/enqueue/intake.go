// This file opens a rollout file with the settings that the user gave, and prints what
// was recognised in it. file.go checks its rows.

package main

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/alecthomas/kong"
	"golang.org/x/text/encoding/charmap"

	"btrollout/internal/app"
	"btrollout/internal/console"
	"btrollout/internal/importer"
	"btrollout/internal/rollout"
	"btrollout/internal/spreadsheet"
	"btrollout/internal/template"
)

// intakeFlags say how a file is read.
type intakeFlags struct {
	Sheet   []string `sep:"none" placeholder:"NAME" help:"${help_sheet}"`
	Map     []string `sep:"none" placeholder:"HEADER=FIELD" help:"${help_map}"`
	MapFile string   `placeholder:"FILE" type:"path" help:"File with one HEADER=FIELD on each line; lines that begin with # are remarks."`

	Limits limitFlags `embed:"" group:"Limits of a rollout file"`
}

// limitFlags are importer.Limits; sizes are in MB. The defaults are limitVars.
type limitFlags struct {
	MaxFileMB     int64 `name:"max-file" default:"${max_file}" placeholder:"MB" help:"Largest file (default: ${default})."`
	MaxUnzippedMB int64 `name:"max-unzipped" default:"${max_unzipped}" placeholder:"MB" help:"${help_max_unzipped} (default: ${default})."`
	MaxRows       int   `default:"${max_rows}" placeholder:"N" help:"Most sites (default: ${default})."`
	MaxColumns    int   `default:"${max_columns}" placeholder:"N" help:"Most columns of a sheet (default: ${default})."`
	MaxCell       int   `default:"${max_cell}" placeholder:"N" help:"Most characters of a cell (default: ${default}, as many as Excel holds)."`
}

// limitVars are the defaults of limitFlags.
var limitVars = kong.Vars{
	"max_file":     strconv.FormatInt(importer.DefaultLimits.FileSize>>20, 10),
	"max_unzipped": strconv.FormatInt(importer.DefaultLimits.Unzipped>>20, 10),
	"max_rows":     strconv.Itoa(importer.DefaultLimits.Rows),
	"max_columns":  strconv.Itoa(importer.DefaultLimits.Columns),
	"max_cell":     strconv.Itoa(importer.DefaultLimits.Cell),
}

func (f *limitFlags) limits() (importer.Limits, error) {
	if min(f.MaxFileMB, f.MaxUnzippedMB, int64(f.MaxRows), int64(f.MaxColumns), int64(f.MaxCell)) < 1 {
		return importer.Limits{}, errLimits
	}
	return importer.Limits{
		Limits: spreadsheet.Limits{FileSize: f.MaxFileMB << 20, Unzipped: f.MaxUnzippedMB << 20},
		Rows:   f.MaxRows, Columns: f.MaxColumns, Cell: f.MaxCell,
	}, nil
}

// mapping joins the mappings of the file and of the command line; the latter win.
func (f *intakeFlags) mapping() (map[string]string, error) {
	fields := map[string]string{}
	add := func(line string) error {
		i := strings.LastIndexByte(line, '=')
		if i <= 0 || strings.TrimSpace(line[:i]) == "" || strings.TrimSpace(line[i+1:]) == "" {
			return errMapping(line)
		}
		fields[strings.TrimSpace(line[:i])] = strings.TrimSpace(line[i+1:])
		return nil
	}
	if f.MapFile != "" {
		said, err := os.ReadFile(f.MapFile)
		if err == nil && !utf8.Valid(said) { // older programs in Western Europe write Windows-1252
			said, err = charmap.Windows1252.NewDecoder().Bytes(said)
		}
		if err != nil {
			return nil, errMapFile(err)
		}
		n := 0
		for line := range strings.Lines(strings.TrimPrefix(string(said), "\ufeff")) {
			n++
			if line = strings.TrimSpace(line); line == "" || line[0] == '#' {
				continue
			}
			if err := add(line); err != nil {
				return nil, errMapFileLine(f.MapFile, n, err)
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

// progressAfter is how long a file is opened before progress is shown.
const progressAfter = time.Second

// open opens the rollout file. The account is opened only if a column can be recognised
// by nothing else than its label in the country.
func (f *fileFlags) open(ctx context.Context, s *session, opener *accountOpener) (*importer.File, error) {
	limits, err := f.Intake.Limits.limits()
	if err != nil {
		return nil, err
	}
	mapping, err := f.Intake.mapping()
	if err != nil {
		return nil, err
	}
	labels := func(countries []string) (map[string]map[string]string, error) {
		a, err := opener.open(ctx)
		if err != nil {
			return nil, err
		}
		labels := map[string]map[string]string{}
		for _, iso2 := range countries {
			if labels[iso2], err = a.connection.api.Checker.Labels(ctx, iso2); err != nil {
				return nil, err
			}
		}
		return labels, nil
	}
	var progress *app.Progress // nil until the file takes more than a moment
	defer func() {
		if progress != nil {
			progress.Done()
		}
	}()
	began := time.Now()
	return importer.Open(f.File, importer.Options{
		Sheets: f.Intake.Sheet, Map: mapping, Limits: limits, Labels: labels,
		Progress: func(done, total int64) {
			if progress == nil && time.Since(began) > progressAfter {
				progress = app.NewProgress(s.stderr, titleOpening+filepath.Base(f.File), 100)
				progress.Of = "percent"
			}
			if progress != nil {
				progress.Set(int(100*done/max(total, 1)), "")
			}
		},
	})
}

// printColumns prints which columns were read by their names, on one line, and lists the others with
// what they were read as.
func (s screen) printColumns(sheets []importer.Sheet) {
	for _, sheet := range sheets {
		var byName []string
		t := console.Table{Indent: 4, Heads: s.words(rollout.Text{}, headColumn, headReadAs, headBy)}
		for i, column := range sheet.Columns {
			field, how := sheet.Fields[i], sheet.How[i]
			if isOwnName(column, field, how) {
				byName = append(byName, strings.TrimRight(column, " *"))
				continue
			}
			readAs := asSaid(field)
			if field == "" {
				readAs = wordNotUsed
			}
			t.Add(console.Row{Cells: s.words(asSaid(sheet.Letters[i]), asSaid(column), readAs, wordHow(how))})
		}
		s.paragraph(0, sayHeader(sheet.Name, sheet.Row, len(sheet.Columns), byName))
		s.table(t)
	}
}

// isOwnName reports whether a header is the name of the field that it was read as: the field's own,
// the label by which the rows' countries call it, or the one that it has in a template.
func isOwnName(header, field string, how importer.How) bool {
	switch how {
	case importer.ByCode, importer.ByLabel:
		return field != ""
	case importer.ByName:
		return template.IsLabel(field, header)
	}
	return false
}

// remarksKept is how many remarks of one kind a batch keeps.
const remarksKept = 10

// remarksOn tells people how the file of a batch was read: what was left out or hidden, and which countries of
// the plan no row has.
func remarksOn(file *importer.File, b rollout.Batch) []rollout.Text {
	remarks := slices.Clone(file.Remarks())
	for i, u := range file.Unread() {
		if i == remarksKept {
			remarks = append(remarks, saySheetsUnread(len(file.Unread())-i))
			break
		}
		remarks = append(remarks, saySheetUnread(u.Name, u.Why))
	}
	for i, l := range file.LeftOut() {
		if i == remarksKept {
			remarks = append(remarks, sayRowsLeftOut(len(file.LeftOut())-i))
			break
		}
		remarks = append(remarks, sayRowLeftOut(b.RowName(l.Row), l.Why))
	}
	if n := file.Hidden(); n > 0 {
		remarks = append(remarks, sayHidden(n))
	}
	if said := app.SayFirstWithoutRows(b.Plan, b.Countries); said != (rollout.Text{}) {
		remarks = append(remarks, said)
	}
	return remarks
}

// groupedRemarks are the remarks on a file, each sentence once, with the rows or sheets that it is
// about.
func groupedRemarks(file *importer.File, b rollout.Batch) []rollout.Text {
	var remarks []rollout.Text
	for _, remark := range file.Remarks() {
		if !slices.Contains(remarks, remark) {
			remarks = append(remarks, remark)
		}
	}
	var sheets, rows reasons
	for _, u := range file.Unread() {
		sheets.add(u.Why, strconv.Quote(u.Name))
	}
	for _, l := range file.LeftOut() {
		rows.add(l.Why, b.RowName(l.Row))
	}
	remarks = append(remarks, sheets.say(saySheetsUnreadFor)...)
	remarks = append(remarks, rows.say(sayRowsLeftOutFor)...)
	if n := file.Hidden(); n > 0 {
		remarks = append(remarks, sayHidden(n))
	}
	if said := app.SayFirstWithoutRows(b.Plan, b.Countries); said != (rollout.Text{}) {
		remarks = append(remarks, said)
	}
	return remarks
}

// reasons are sheets or rows by the reason why they were not read.
type reasons struct {
	order []rollout.Text
	found map[rollout.Text]*places
}

func (r *reasons) add(why rollout.Text, name string) {
	if r.found == nil {
		r.found = map[rollout.Text]*places{}
	}
	if r.found[why] == nil {
		r.order, r.found[why] = append(r.order, why), &places{}
	}
	r.found[why].add(name)
}

// say returns a sentence for each reason.
func (r *reasons) say(sentence func(names []string, count int, why rollout.Text) rollout.Text) []rollout.Text {
	var said []rollout.Text
	for _, why := range r.order {
		said = append(said, sentence(r.found[why].names, r.found[why].count, why))
	}
	return said
}
