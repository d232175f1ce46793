// Filters of rows by their problems and countries.

package overview

import (
	"cmp"
	"context"
	"maps"
	"slices"

	"btrollout/internal/ledger"
	"btrollout/internal/rollout"
)

// Filter selects rows by their problems and countries: it must have one of each list's values. An
// empty list selects all.
type Filter struct {
	Codes     []string        // of a problem
	Stages    []rollout.Stage // at which the problem was found
	Countries []string        // ISO2
}

// IsEmpty reports whether the filter selects all rows.
func (f Filter) IsEmpty() bool { return len(f.Codes)+len(f.Stages)+len(f.Countries) == 0 }

// Selects reports whether a row has the country and a problem that the filter asks for.
func (f Filter) Selects(s rollout.Site) bool {
	return f.selectsCountry(s) && (len(f.Codes)+len(f.Stages) == 0 || slices.ContainsFunc(s.Problems, f.selectsProblem))
}

func (f Filter) selectsCountry(s rollout.Site) bool {
	return len(f.Countries) == 0 || slices.Contains(f.Countries, s.Country)
}

func (f Filter) selectsProblem(p rollout.Problem) bool {
	return (len(f.Codes) == 0 || slices.Contains(f.Codes, p.Code)) && (len(f.Stages) == 0 || slices.Contains(f.Stages, p.Stage))
}

// Choices is a Filter with all values that rows of a batch have which need someone or were cancelled,
// sorted. A row that was cancelled has no problem.
func Choices(ctx context.Context, l *ledger.Ledger, batch string) (Filter, error) {
	codes, stages, countries := map[string]bool{}, map[rollout.Stage]bool{}, map[string]bool{}
	for s, err := range l.Sites(ctx, batch) {
		if err != nil {
			return Filter{}, err
		}
		if !s.State.NeedsSomeone() && s.State != rollout.Cancelled {
			continue
		}
		if iso2 := countryOf(s); iso2 != NoCountry {
			countries[iso2] = true
		}
		for _, p := range s.Problems {
			codes[p.Code] = true
			if p.Stage != "" {
				stages[p.Stage] = true
			}
		}
	}
	return Filter{sorted(codes), sorted(stages), sorted(countries)}, nil
}

// sorted returns the keys of a map, sorted; never nil.
func sorted[K cmp.Ordered](of map[K]bool) []K {
	keys := slices.AppendSeq(make([]K, 0, len(of)), maps.Keys(of))
	slices.Sort(keys)
	return keys
}
