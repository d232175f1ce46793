// This file asks the API what countries ask of an address. What is printed of each is
// in country.go.

package main

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"
	"sync"

	"golang.org/x/sync/errgroup"

	"btrollout/internal/app"
	"btrollout/internal/config"
	"btrollout/internal/jsonout"
	"btrollout/internal/precheck"
	"btrollout/internal/rollout"
)

type countriesFlags struct {
	ISO2 []string `arg:"" optional:"" name:"iso2" help:"ISO 3166 codes of two letters, such as FR."`
	Area []string `sep:"none" placeholder:"PLACE" help:"${help_area}"`
}

// Help is what --help says of the command.
func (*countriesFlags) Help() string {
	return `For each country: whether voicesites can be ordered there, emergency calls, who gives the dial zone,
geographical areas, whether addresses are looked up before the order, and every address element with
its rules.

  enqueue countries FR ch                       these two
  enqueue countries                             a line each for the guide's
  enqueue countries CH --area VD                with the places within VD
  enqueue countries FR --embedded --simulate    as the simulated API has it
  enqueue countries --json                      everything, always as a list

Orange's guide has a table of fifteen countries. The API has no call that lists them: it may cover
others, and is asked about any code. If a Redis answers, the calls are counted there, and what was
asked within the last hour is not asked again.

Exit code 0: the API knows one of the countries at least, even if nothing can be ordered there; 1: it knows none, or cannot be asked.`
}

// guideCountries are the ISO2 codes in the table of the guide; the API has no call that
// lists countries.
// Source: Business Talk getting started guide, section Country configuration status.
var guideCountries = []string{"BE", "CH", "CZ", "DE", "ES", "FI", "FR", "GB", "GF", "NL", "NZ", "PT", "SE", "SJ", "US"}

// askedAtOnce is how many countries are asked about at the same time.
const askedAtOnce = 4

// run shows the countries.
func (f *countriesFlags) run(ctx context.Context, s *session) (outcome, error) {
	codes, err := countryCodes(f.ISO2)
	if err != nil {
		return outcome{}, err
	}
	if len(f.Area) > 0 && len(codes) != 1 {
		return outcome{}, errAreaCountries
	}
	var descriptions []precheck.Description
	c, err := s.connect(ctx, false)
	if err == nil {
		defer c.close()
		descriptions, err = s.describe(ctx, c.api, codes, f.Area)
	}
	if ctx.Err() != nil {
		return outcome{}, errStoppedAsking
	}
	if unlisted := (*precheck.NoPlace)(nil); errors.As(err, &unlisted) {
		return outcome{}, errNoPlace(unlisted)
	}
	if err != nil {
		return outcome{}, err
	}
	done := outcome{exit: config.ExitDone}
	if !slices.ContainsFunc(descriptions, func(d precheck.Description) bool { return d.Known }) {
		done.exit = config.ExitFailed
	}
	switch {
	case s.flags.JSON:
		objects := make([]jsonout.Country, len(descriptions))
		for i, d := range descriptions {
			objects[i].Description = d
		}
		return done, jsonout.Print(s.screen.out, objects)
	case len(f.ISO2) == 0:
		s.screen.printOverview(descriptions)
	default:
		for i, d := range descriptions {
			if i > 0 {
				s.screen.blank()
			}
			s.screen.printCountry(d)
		}
	}
	return done, nil
}

// countryCodes returns the codes that the user gave, each once, also if commas stand between them;
// guideCountries if none is given.
func countryCodes(given []string) ([]string, error) {
	if len(given) == 0 {
		return guideCountries, nil
	}
	var codes, wrong []string
	for code := range strings.SplitSeq(strings.Join(given, ","), ",") {
		code = strings.ToUpper(strings.TrimSpace(code))
		switch {
		case !rollout.IsISO2(code):
			wrong = append(wrong, strconv.Quote(code))
		case !slices.Contains(codes, code):
			codes = append(codes, code)
		}
	}
	if wrong != nil {
		return nil, errCountryCodes(wrong)
	}
	return codes, nil
}

// describe asks what countries ask of an address; within lists the places of one of them.
func (s *session) describe(ctx context.Context, api *app.Access, codes, within []string) ([]precheck.Description, error) {
	all := make([]precheck.Description, len(codes))
	return all, s.askAbout(ctx, titleAsking, len(codes), func(ctx context.Context, i int) (err error) {
		all[i], err = api.Checker.Describe(ctx, codes[i], within...)
		return err
	})
}

// askAbout calls ask for each country, several at once, and shows how many are done.
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
