package main

// This file tells what countries ask of an address: which they are,
// and how they are asked about. What is printed of each is in country.go.

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"

	"golang.org/x/sync/errgroup"

	"btrollout/internal/app"
	"btrollout/internal/config"
	"btrollout/internal/precheck"
)

type countriesFlags struct {
	ISO2 []string `arg:"" optional:"" name:"iso2" help:"ISO 3166 codes of two letters, such as FR."`
	Area []string `sep:"none" placeholder:"PLACE" help:"With one country: list the places within this geographical area; repeated, one level further down."`
}

// Help is the command's own.
func (*countriesFlags) Help() string {
	return `For each country: whether voicesites can be ordered there, emergency calls, who gives the dial zone, geographical areas, whether addresses are looked up before the order, and every address element with its rules.

  enqueue countries FR ch                       these two
  enqueue countries                             a line each for the guide's
  enqueue countries CH --area VD                with the places within VD
  enqueue countries FR --embedded --simulate    as the simulated API has it
  enqueue countries --json                      everything, always as a list

Orange's guide has a table of fifteen countries. The API has no call that lists them: it may cover others, and is asked about any code. If a Redis answers, the calls are counted there, and what was asked within the last hour is not asked again.

Exit code 0: the API knows one of the countries at least, even if nothing can be ordered there; 1: it knows none, or cannot be asked.`
}

// guideCountries are those of the guide's table. There is no call that lists countries.
// Source: Business Talk getting started guide, section Country configuration status.
var guideCountries = []string{"BE", "CH", "CZ", "DE", "ES", "FI", "FR", "GB", "GF", "NL", "NZ", "PT", "SE", "SJ", "US"}

// askedAtOnce is how many countries are asked about at the same time.
const askedAtOnce = 4

// Run is the command.
func (f *countriesFlags) Run(s *session) error {
	codes, err := countryCodes(f.ISO2)
	if err != nil {
		return err
	}
	if len(f.Area) > 0 && len(codes) != 1 {
		return &app.UsageError{Text: "--area goes with one country"}
	}
	if err := s.connect(s.ctx, false); err != nil {
		return err
	}
	descriptions, err := s.describe(s.ctx, codes, f.Area)
	if s.ctx.Err() != nil {
		return errors.New("stopped")
	}
	if unlisted := (*precheck.NoPlace)(nil); errors.As(err, &unlisted) {
		return &app.UsageError{Text: unlisted.Error() + ": write it as enqueue countries shows it"}
	}
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(descriptions, func(d precheck.Description) bool { return d.Known }) {
		s.exit = config.ExitFailed
	}
	switch {
	case s.JSON:
		return app.JSON(s.stdout, descriptions)
	case len(f.ISO2) == 0:
		s.printOverview(descriptions)
	default:
		for i, d := range descriptions {
			if i > 0 {
				fmt.Fprintln(s.stdout)
			}
			s.printCountry(d)
		}
	}
	return nil
}

var iso2 = regexp.MustCompile(`^[A-Z]{2}$`)

// countryCodes reads the codes that the user gave, each once; without any, they are the
// guide's.
func countryCodes(given []string) ([]string, error) {
	var codes, wrong []string
	for _, code := range given {
		code = strings.ToUpper(strings.TrimSpace(code))
		switch {
		case !iso2.MatchString(code):
			wrong = append(wrong, strconv.Quote(code))
		case !slices.Contains(codes, code):
			codes = append(codes, code)
		}
	}
	if wrong != nil {
		return nil, &app.UsageError{Text: fmt.Sprintf("no country has the code %s: write ISO 3166 codes of two letters, such as FR; a file that is named countries is reached as ./countries", strings.Join(wrong, ", "))}
	}
	if len(given) == 0 {
		return guideCountries, nil
	}
	return codes, nil
}

// describe asks about countries.
func (s *session) describe(ctx context.Context, codes, within []string) ([]precheck.Description, error) {
	all := make([]precheck.Description, len(codes))
	return all, s.askAbout(ctx, "Asking the API", len(codes), func(ctx context.Context, i int) (err error) {
		all[i], err = s.api.Checker.Describe(ctx, codes[i], within...)
		return err
	})
}

// askAbout asks about some countries, several at once, and shows how many are done.
func (s *session) askAbout(ctx context.Context, title string, countries int, ask func(ctx context.Context, i int) error) error {
	progress := app.NewProgress(s.stderr, title, countries)
	progress.Of = "countries"
	defer progress.Done()
	var mu sync.Mutex
	done := 0
	asking, ctx := errgroup.WithContext(ctx)
	asking.SetLimit(askedAtOnce)
	for i := range countries {
		asking.Go(func() error {
			err := ask(ctx, i)
			mu.Lock()
			defer mu.Unlock()
			if done++; err == nil && countries > 1 {
				progress.Set(done, "")
			}
			return err
		})
	}
	return asking.Wait()
}
