// The command batch forecast: how long a batch would take that is not enqueued yet.

package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"btrollout/internal/app"
	"btrollout/internal/config"
	"btrollout/internal/console"
	"btrollout/internal/importer"
	"btrollout/internal/jsonout"
	"btrollout/internal/progress"
	"btrollout/internal/rollout"
	"btrollout/internal/spreadsheet"
	"btrollout/internal/throttle"
)

type forecastFlags struct {
	File      string   `arg:"" optional:"" help:"Rollout file, .xlsx or .csv; its rows are counted, and not checked."`
	Sites     int      `placeholder:"N" help:"Number of sites, instead of a file."`
	Country   []string `placeholder:"FR,BE" help:"Countries of the sites; of a file, they are read."`
	Registers []string `placeholder:"FR" help:"${help_registers}"`
	Customer  string   `placeholder:"CODE" env:"BT_CUSTOMER_CODE" help:"${help_forecast_customer}"`

	Window []string `sep:"none" placeholder:"WINDOW" help:"Order only at these times, such as \"22:00-06:00 Europe/Paris\". Repeatable."`
	app.WindowFlags
	Urgent bool `help:"Order before all batches that are not urgent."`

	Rate         string `placeholder:"20/s" help:"Use this rate of all processes; default: the one in force, or BT_RATE."`
	DefaultRate  string `hidden:"" env:"BT_RATE" default:"20/s"`
	DefaultQuota string `hidden:"" env:"BT_QUOTA"`
	JSON         bool   `name:"json" help:"Print one JSON object."`
}

// Help is the text of --help.
func (*forecastFlags) Help() string {
	return `Says how long a batch would take if it were enqueued now, and calls no API. It takes into account the rate and the quotas, what ` +
		`is used of them, the open batches, the windows, two calls a site (order and address; one more with --registers), and how ` +
		`long deliveries took in earlier batches. A range is told only if it is at most 25 % above and below its middle; ` +
		`otherwise it is said why none is. Rows that an earlier batch has done are counted, too.

  batch forecast rollout.xlsx
  batch forecast rollout.xlsx --window "22:00-06:00 Europe/Paris" --days mon-fri
  batch forecast --sites 2400 --country FR,BE --registers FR --rate 10/s
  batch forecast --sites 300 --country FR --urgent --at "22:00 Europe/Paris" --json`
}

// plannedRows are the rows of a batch that is not enqueued.
type plannedRows struct {
	orders, addresses, rejected int
	byCountry                   map[string]int // of orders, by ISO2
}

func (f *forecastFlags) run(ctx context.Context, s *session) (int, error) {
	planned, err := f.planned()
	if err != nil {
		return 0, err
	}
	rows, err := f.rows()
	if err != nil {
		return 0, err
	}
	planned.Orders, planned.Addresses, planned.Countries = rows.orders, rows.addresses, len(rows.byCountry)
	for country, n := range rows.byCountry {
		if slices.Contains(f.Registers, country) {
			planned.Lookups += n
		}
	}
	if f.File == "" && len(f.Registers) > 0 { // how many sites each country has is not known
		planned.Lookups = rows.orders * len(f.Registers) / len(f.Country)
	}
	told, err := progress.Plan(ctx, s.ledger, s.rdb, planned)
	if err != nil {
		return 0, err
	}
	if f.JSON {
		return config.ExitDone, jsonout.Print(s.stdout, f.object(rows, told))
	}
	for _, line := range sayForecast(rows, told) {
		console.Paragraph(s.stdout, 0, line, s.columns)
	}
	return config.ExitDone, nil
}

// planned is what the flags say of the batch, without its rows.
func (f *forecastFlags) planned() (p progress.Planned, err error) {
	if (f.File == "") == (f.Sites == 0) || f.Sites < 0 {
		return p, errFileOrSites
	}
	if f.File == "" && len(f.Country) == 0 {
		return p, errSitesOfWhere
	}
	for _, list := range [][]string{f.Country, f.Registers} {
		for i, code := range list {
			if list[i] = strings.ToUpper(strings.TrimSpace(code)); !rollout.IsISO2(list[i]) {
				return p, errNoCountry(code)
			}
		}
	}
	for _, country := range f.Registers {
		if f.File == "" && !slices.Contains(f.Country, country) {
			return p, errRegisterOfWhere(country)
		}
	}
	p.Customer, p.Plan.Urgent = f.Customer, f.Urgent
	if err := f.SetWindows(&p.Plan, f.Window, time.Now()); err != nil {
		return p, err
	}
	if f.Rate != "" {
		p.Rate, err = throttle.ParseRate(f.Rate)
	}
	if err == nil {
		p.Default, err = throttle.ParseRate(f.DefaultRate)
	}
	if err == nil {
		p.Quotas, err = throttle.ParseQuotas(f.DefaultQuota)
	}
	if err != nil {
		return p, &app.UsageError{Text: err.Error()}
	}
	return p, nil
}

// rows counts the rows of the file, or is what the flags say.
func (f *forecastFlags) rows() (plannedRows, error) {
	n := plannedRows{byCountry: map[string]int{}}
	if f.File == "" {
		n.orders = f.Sites
		for _, country := range f.Country {
			n.byCountry[country] = 0
		}
		return n, nil
	}
	file, err := importer.Open(f.File, importer.Options{})
	if err != nil {
		return n, asRefusal(err)
	}
	defer file.Close()
	for site, err := range file.Rows() {
		switch {
		case err != nil:
			return n, asRefusal(err)
		case site.State == rollout.Rejected:
			n.rejected++
		case site.Request.VoiceSiteID != "":
			n.addresses++
		default:
			n.orders++
			n.byCountry[site.Country]++
		}
	}
	if n.orders+n.addresses == 0 {
		return n, errNoSiteInFile(f.File)
	}
	return n, nil
}

// asRefusal says in English what makes a file unusable.
func asRefusal(err error) error {
	var fault *spreadsheet.FileError
	if errors.As(err, &fault) {
		return &app.Refusal{Code: fault.Code, Text: fault.Message.EN}
	}
	return err
}

// object is what is printed with --json.
func (f *forecastFlags) object(rows plannedRows, told progress.Forecast) jsonout.Forecast {
	o := jsonout.Forecast{
		Rows: rows.orders + rows.addresses, Rejected: rows.rejected, Orders: rows.orders, AddressOnly: rows.addresses,
		Calls: told.Calls, Quotas: []jsonout.Quota{}, OpenBatches: told.Others, Worker: told.Worker,
		Left: told.Left, LastOrder: told.Orders, Unknown: told.Why,
	}
	if f.File != "" {
		o.File = filepath.Base(f.File)
	}
	if told.Rate.Calls > 0 {
		o.Rate = told.Rate.String()
	}
	for _, q := range told.Quotas {
		o.Quotas = append(o.Quotas, jsonout.Quota{Quota: q.Quota.String(), Used: q.Used})
	}
	return o
}

// sayForecast says what a forecast tells, one paragraph each.
func sayForecast(rows plannedRows, told progress.Forecast) []string {
	lines := []string{sayPlannedRows(rows, told.Calls)}
	if told.Rate.Calls > 0 {
		lines = append(lines, sayForecastRate(told.Rate))
	}
	for _, q := range told.Quotas {
		lines = append(lines, sayQuota(jsonout.Quota{Quota: q.Quota.String(), Used: q.Used}))
	}
	if told.Others > 0 {
		lines = append(lines, sayShared(told.Others))
	}
	if !told.Worker {
		lines = append(lines, sayNoWorker)
	}
	switch {
	case told.Orders == nil:
	case told.Why == progress.UnknownDeliveries:
		return append(lines, fmt.Sprintf(sayOrdersOnly, told.Orders.Until().EN))
	default:
		lines = append(lines, fmt.Sprintf(sayLastOrder, told.Orders.Until().EN))
	}
	return append(lines, told.Sentence().EN)
}
