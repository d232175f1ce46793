// Package overview says what stands where: the sites of a batch by country and state, its most
// frequent problems and its failures, a site in all batches, and how many sites are live. It only
// reads the ledger. Commands and pages show what it returns.
package overview

import (
	"cmp"
	"context"
	"errors"
	"iter"
	"maps"
	"slices"
	"time"

	"btrollout/internal/identity"
	"btrollout/internal/ledger"
	"btrollout/internal/rollout"
)

// NoCountry stands for the country of rows whose country is no ISO 3166-1 alpha-2 code.
const NoCountry = ""

// Batch is what stands where in one batch.
type Batch struct {
	Countries []Country // in the order of their codes
	Problems  []Problem // the most frequent first
	Left      []Left    // in the order of their ids
	Notes     []Note    // in the order of their codes
}

// Left counts the rows whose sites are left to another batch, which works, or worked, on them.
type Left struct {
	Rows int
	// Batch is the other batch. If it cannot be read, it has only its ID.
	Batch rollout.Batch
}

// Note is a code of what rows ask that is not done, and is no failure; those of Left are left out.
type Note struct {
	Code string
	Rows int
}

// Country counts the rows of a country by their states.
type Country struct {
	ISO2   string // NoCountry: rows of no country
	Counts map[rollout.State]int
}

// Problem is a code that rows of a batch have which need someone.
type Problem struct {
	Code    string
	Rows    int          // number of rows with it
	Row     string       // the first of them, as people call it
	Name    string       // of the site in that row
	Message rollout.Text // what that row's problem says
}

// OfBatch returns what stands where in a batch.
func OfBatch(ctx context.Context, l *ledger.Ledger, b rollout.Batch) (Batch, error) {
	countries, problems := map[string]Country{}, map[string]*Problem{}
	left, notes := map[string]int{}, map[string]int{}
	for s, err := range l.Sites(ctx, b.ID) {
		if err != nil {
			return Batch{}, err
		}
		iso2 := countryOf(s)
		if countries[iso2].Counts == nil {
			countries[iso2] = Country{ISO2: iso2, Counts: map[rollout.State]int{}}
		}
		countries[iso2].Counts[s.State]++
		count(problems, b, s)
		if s.State == rollout.Skipped && s.Elsewhere != nil {
			left[s.Elsewhere.Batch]++
			continue
		}
		for _, code := range rollout.Codes(s.LeftAsIs) {
			notes[code]++
		}
	}
	o := Batch{Countries: []Country{}, Problems: []Problem{}}
	for _, iso2 := range slices.Sorted(maps.Keys(countries)) {
		o.Countries = append(o.Countries, countries[iso2])
	}
	for _, id := range slices.Sorted(maps.Keys(left)) {
		other, err := l.Batch(ctx, id)
		if err != nil && !errors.Is(err, ledger.ErrNotFound) && !errors.Is(err, ledger.ErrDamaged) {
			return Batch{}, err
		}
		other.ID = id
		o.Left = append(o.Left, Left{left[id], other})
	}
	for _, code := range slices.Sorted(maps.Keys(notes)) {
		o.Notes = append(o.Notes, Note{code, notes[code]})
	}
	for _, p := range problems {
		o.Problems = append(o.Problems, *p)
	}
	slices.SortFunc(o.Problems, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(b.Rows, a.Rows), cmp.Compare(a.Code, b.Code))
	})
	return o, nil
}

// count adds the codes of a site, each once.
func count(problems map[string]*Problem, b rollout.Batch, s rollout.Site) {
	if !s.State.NeedsSomeone() {
		return
	}
	seen := map[string]bool{}
	for _, p := range s.Problems {
		if seen[p.Code] {
			continue
		}
		seen[p.Code] = true
		if problems[p.Code] == nil {
			problems[p.Code] = &Problem{Code: p.Code, Row: b.RowName(s.Row), Name: s.Name, Message: p.Message}
		}
		problems[p.Code].Rows++
	}
}

// countryOf is a site's country, or NoCountry.
func countryOf(s rollout.Site) string {
	if rollout.IsISO2(s.Country) {
		return s.Country
	}
	return NoCountry
}

// Failure is a row that needs someone, with one of its problems.
type Failure struct {
	Site    rollout.Site
	Problem rollout.Problem
}

// Failures yields the rows of a batch that need someone, in the order of the file, one for each
// of their problems that the filter selects. A row without any has an empty Problem.
func Failures(ctx context.Context, l *ledger.Ledger, b rollout.Batch, f Filter) iter.Seq2[Failure, error] {
	return func(yield func(Failure, error) bool) {
		for s, err := range l.Sites(ctx, b.ID) {
			if err != nil {
				yield(Failure{}, err)
				return
			}
			if !s.State.NeedsSomeone() || !f.selectsCountry(s) {
				continue
			}
			problems := s.Problems
			if len(problems) == 0 {
				problems = []rollout.Problem{{}}
			}
			for _, p := range problems {
				if !f.selectsProblem(p) {
					continue
				}
				if !yield(Failure{s, p}, nil) {
					return
				}
			}
		}
	}
}

// Finding is what Find found.
type Finding struct {
	Rows    []Found
	Damaged []string // ids of the batches that were left out, because they cannot be read
}

// Found is a row of a site in a batch.
type Found struct {
	Batch rollout.Batch
	Site  rollout.Site
	Same  bool // the names are the same; false: people can take one for the other
}

// Find returns the rows of all batches whose names are the same as a name, or alike, the newest
// batch first. It calls progress, unless nil, with how many batches are done.
func Find(ctx context.Context, l *ledger.Ledger, name string, progress func(done, of int)) (Finding, error) {
	var found Finding
	batches, err := l.Batches(ctx)
	if err != nil {
		return found, err
	}
	alike := identity.Alike(name)
	for i, b := range batches {
		if progress != nil {
			progress(i, len(batches))
		}
		if b.State == rollout.Damaged {
			found.Damaged = append(found.Damaged, b.ID)
			continue
		}
		for s, err := range l.Sites(ctx, b.ID) {
			if err != nil {
				return found, err
			}
			if identity.Alike(s.Name) == alike {
				found.Rows = append(found.Rows, Found{b, s, identity.Same(s.Name, name)})
			}
		}
	}
	return found, nil
}

// Total counts the sites of a country over all batches, each once: by the row that has the claim
// on it.
type Total struct {
	ISO2        string `json:"country"`     // ISO 3166 code; "": sites of no country
	Sites       int    `json:"sites"`       // number of sites; the sum of the others
	Live        int    `json:"live"`        // sites whose voicesite and address are in place
	UnderWay    int    `json:"underWay"`    // sites that have not ended
	NeedSomeone int    `json:"needSomeone"` // sites that failed, or are in review
	Cancelled   int    `json:"cancelled"`   // sites that were stopped before they were ordered
}

// Totals counts the sites of customers over all batches that were created at since or later, by
// country, in the order of their codes. No customers: all.
func Totals(ctx context.Context, l *ledger.Ledger, customers []string, since time.Time) ([]Total, error) {
	batches, err := l.Batches(ctx)
	if err != nil {
		return nil, err
	}
	wanted, all := map[string]bool{}, map[string]bool{}
	for _, b := range batches {
		wanted[b.ID] = !b.Created.Before(since)
		if b.Customer != "" {
			all[b.Customer] = true
		}
	}
	if len(customers) == 0 {
		customers = slices.Sorted(maps.Keys(all))
	}
	totals := map[string]*Total{}
	for _, customer := range customers {
		for s, err := range l.ClaimedSites(ctx, customer) {
			if err != nil {
				return nil, err
			}
			if !wanted[s.Batch] {
				continue
			}
			iso2 := countryOf(s)
			if totals[iso2] == nil {
				totals[iso2] = &Total{ISO2: iso2}
			}
			totals[iso2].add(s)
		}
	}
	list := []Total{}
	for _, iso2 := range slices.Sorted(maps.Keys(totals)) {
		list = append(list, *totals[iso2])
	}
	return list, nil
}

func (t *Total) add(s rollout.Site) {
	t.Sites++
	switch {
	case s.State == rollout.Provisioned || s.State == rollout.Skipped || s.State == rollout.Cancelled && s.Progress.VoiceSiteID != "":
		t.Live++ // a row that was cancelled leaves the voicesite as it was
	case !s.State.Final():
		t.UnderWay++
	case s.State.NeedsSomeone():
		t.NeedSomeone++
	default:
		t.Cancelled++
	}
}
