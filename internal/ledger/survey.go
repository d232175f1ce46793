package ledger

// This file holds a survey that is being made: the items read so far, and how far the
// reading is. Any worker can go on with it. Package jobs knows what the items and the
// cursor mean. A survey that was published is in account.go.

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
)

// The fields of a survey that is being made, beside its items.
const (
	fieldCursor  = "@cursor" // where the reading is, as package jobs writes it
	fieldStarted = "@began"  // when it began, in Unix milliseconds
	fieldTotal   = "@total"  // how many items there are, as far as told
	fieldCount   = "#"       // followed by a kind: how many different items of it were read
)

// Surveying is how far a survey is that is being made.
type Surveying struct {
	Cursor string         // as KeepPage was given it last; "": none is being made
	Began  time.Time      // when its first page was asked for
	Counts map[string]int // how many different items were read, for each kind
	Total  int            // how many items there are, as far as told
}

// Read is how many items were read.
func (s Surveying) Read() int {
	n := 0
	for _, count := range s.Counts {
		n += count
	}
	return n
}

// SurveyPage is what one step of a survey adds.
type SurveyPage struct {
	Kind  string            // of the items; without a colon, "@" or "#"
	Items map[string]string // identity → text
	Began time.Time         // of the survey
	Total int               // how many items of all kinds there are, as far as told
}

// Surveying tells how far the survey of a customer's account is that is being made, with
// the counts of these kinds. What cannot be read of it is left at zero.
func (l *Ledger) Surveying(ctx context.Context, customer string, kinds ...string) (Surveying, error) {
	fields := []string{fieldCursor, fieldStarted, fieldTotal}
	for _, kind := range kinds {
		fields = append(fields, fieldCount+kind)
	}
	got, err := l.rdb.HMGet(ctx, keySurveyReading(customer), fields...).Result()
	if wrongType(err) { // nothing of it can be read: the survey begins again
		return Surveying{}, l.rdb.Del(ctx, keySurveyReading(customer)).Err()
	}
	if err != nil {
		return Surveying{}, fmt.Errorf("reading how far the survey of customer %s is: %w", customer, err)
	}
	number := func(i int) int {
		text, _ := got[i].(string)
		n, _ := strconv.Atoi(text)
		return max(n, 0)
	}
	s := Surveying{Counts: map[string]int{}, Total: number(2)}
	s.Cursor, _ = got[0].(string)
	if ms := number(1); ms > 0 {
		s.Began = time.UnixMilli(int64(ms)).UTC()
	}
	for i, kind := range kinds {
		s.Counts[kind] = number(3 + i)
	}
	return s, nil
}

// KeepPage adds a page to the survey that is being made, and replaces its cursor, which
// must be was; an empty was begins a survey. If another worker went on with the survey,
// so that the cursor is another one, nothing is kept and the error is ErrStale. It returns
// how many different items of the page's kind there are now. The survey is forgotten
// after an hour without another page.
func (l *Ledger) KeepPage(ctx context.Context, customer, was, cursor string, p SurveyPage) (distinct int, err error) {
	args := []any{was, cursor, surveyLifetime.Milliseconds(), p.Kind, p.Began.UnixMilli(), p.Total}
	for _, key := range slices.Sorted(maps.Keys(p.Items)) {
		args = append(args, key, p.Items[key])
	}
	distinct, err = keepPageScript.Run(ctx, l.rdb, []string{keySurveyReading(customer)}, args...).Int()
	if err != nil {
		return 0, fmt.Errorf("keeping a page of the survey of customer %s: %w", customer, err)
	}
	if distinct < 0 {
		return 0, fmt.Errorf("the survey of customer %s: %w", customer, ErrStale)
	}
	return distinct, nil
}

// SurveyItems gives the items of the survey that is being made: kind → identity → text.
func (l *Ledger) SurveyItems(ctx context.Context, customer string) (map[string]map[string]string, error) {
	items := map[string]map[string]string{}
	for cursor := uint64(0); ; {
		pairs, next, err := l.rdb.HScan(ctx, keySurveyReading(customer), cursor, "", chunk).Result()
		if err != nil {
			return nil, fmt.Errorf("reading the survey of customer %s: %w", customer, err)
		}
		for i := 0; i+1 < len(pairs); i += 2 {
			kind, key, item := strings.Cut(pairs[i], ":")
			if !item || strings.HasPrefix(kind, "@") || strings.HasPrefix(kind, fieldCount) {
				continue
			}
			if items[kind] == nil {
				items[kind] = map[string]string{}
			}
			items[kind][key] = pairs[i+1]
		}
		if cursor = next; cursor == 0 {
			return items, nil
		}
	}
}

// DropSurveying forgets the survey that is being made, if its cursor is still was.
func (l *Ledger) DropSurveying(ctx context.Context, customer, was string) error {
	if err := dropReadingScript.Run(ctx, l.rdb, []string{keySurveyReading(customer)}, was).Err(); err != nil {
		return fmt.Errorf("dropping the survey of customer %s: %w", customer, err)
	}
	return nil
}
