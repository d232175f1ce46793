// Tests of surveys: several workers continue one survey, none of them spoils it, and
// readers see a published survey as a whole.

package ledger_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"btrollout/internal/ledger"
)

func TestAddSurveyPage_GoesOnWhereTheSurveyWas(t *testing.T) {
	t.Parallel()
	onBoth(t, 0, func(t *testing.T, l bundle) {
		ctx := t.Context()
		keep := func(was, cursor, kind string, items map[string]string) (int, error) {
			return l.AddSurveyPage(ctx, "9999", was, cursor, ledger.SurveyPage{Kind: kind, Items: items, Began: noon, Total: 30})
		}
		must := func(want int, was, cursor, kind string, items map[string]string) {
			t.Helper()
			if got, err := keep(was, cursor, kind, items); err != nil || got != want {
				t.Errorf("%s → %s: %d different items, want %d (%v)", was, cursor, got, want, err)
			}
		}
		if s, err := l.SurveyProgress(ctx, "9999", "orders"); err != nil || s.Cursor != "" || s.Read() != 0 || !s.Began.IsZero() {
			t.Errorf("before any survey: %+v (%v)", s, err)
		}
		must(2, "", "c1", "orders", map[string]string{"1": "a", "2": "b"})
		must(3, "c1", "c2", "orders", map[string]string{"2": "B", "3": "c"})
		must(1, "c2", "c3", "voicesites", map[string]string{"1": "v:1"})
		must(1, "c3", "c4", "voicesites", nil)
		// A worker that was taken for dead thaws, with the page that another one read again.
		for _, was := range []string{"", "c1", "c3"} {
			_, err := keep(was, "late", "orders", map[string]string{"9": "late"})
			if !errors.Is(err, ledger.ErrStale) || strings.Contains(err.Error(), "site") {
				t.Errorf("a page after cursor %q was kept (%v)", was, err)
			}
			if err := l.DropSurveyProgress(ctx, "9999", was); err != nil {
				t.Error(err)
			}
		}
		want := ledger.SurveyProgress{Cursor: "c4", Began: noon, Counts: map[string]int{"orders": 3, "voicesites": 1}, Total: 30}
		s, err := l.SurveyProgress(ctx, "9999", "orders", "voicesites")
		if diff := cmp.Diff(want, s); err != nil || diff != "" || s.Read() != 4 {
			t.Errorf("%d items were read (%v), survey (-want +got):\n%s", s.Read(), err, diff)
		}
		items, err := l.SurveyItems(ctx, "9999")
		all := map[string]map[string]string{"orders": {"1": "a", "2": "B", "3": "c"}, "voicesites": {"1": "v:1"}}
		if diff := cmp.Diff(all, items); err != nil || diff != "" {
			t.Errorf("items (%v) (-want +got):\n%s", err, diff)
		}
		keys, err := l.rdb.Keys(ctx, "*survey*").Result()
		if err != nil || len(keys) != 1 {
			t.Fatalf("keys %q (%v)", keys, err)
		}
		if left, err := l.rdb.TTL(ctx, keys[0]).Result(); err != nil || left <= 0 || left > time.Hour {
			t.Errorf("it is kept for %v (%v)", left, err)
		}
		if err := l.DropSurveyProgress(ctx, "9999", "c4"); err != nil {
			t.Fatal(err)
		}
		must(1, "", "d1", "orders", map[string]string{"7": "x"}) // of another survey
	})
}

func TestSurveyItemsGivesAllOfManyItems(t *testing.T) {
	t.Parallel()
	onBoth(t, 0, func(t *testing.T, l bundle) {
		want := map[string]string{}
		for i := range 3000 {
			want[fmt.Sprint(i)] = fmt.Sprint("text ", i)
		}
		if _, err := l.AddSurveyPage(t.Context(), "9999", "", "c", ledger.SurveyPage{Kind: "orders", Items: want, Began: noon}); err != nil {
			t.Fatal(err)
		}
		if got, err := l.SurveyItems(t.Context(), "9999"); err != nil || !maps.Equal(got["orders"], want) {
			t.Errorf("got %d items (%v)", len(got["orders"]), err)
		}
	})
}

// A survey that was begun earlier does not replace a later one.
func TestSurveyDoesNotReplaceALaterOne(t *testing.T) {
	t.Parallel()
	onBoth(t, 0, func(t *testing.T, l bundle) {
		ctx := t.Context()
		for _, text := range []string{"late", "early"} {
			began := map[string]time.Time{"early": noon, "late": noon.Add(time.Minute)}[text]
			if err := l.PublishSurvey(ctx, ledger.Term{}, "9999", began, maps.All(map[string]string{"o:A": text})); err != nil {
				t.Fatal(err)
			}
		}
		if _, values, err := l.LastSurvey(ctx, "9999", "o:A"); err != nil || values[0] != "late" {
			t.Errorf("got %v (%v)", values, err)
		}
	})
}

func TestASurveyReplacesTheOneBefore(t *testing.T) {
	t.Parallel()
	onBoth(t, 0, func(t *testing.T, l bundle) {
		ctx := t.Context()
		if began, values, err := l.LastSurvey(ctx, "9999", "o:A"); err != nil || !began.IsZero() || len(values) != 0 {
			t.Errorf("before any survey: %v %q (%v)", began, values, err)
		}
		many := map[string]string{"o:A": "1", "v:B": "2"}
		for i := range 2500 { // several round trips
			many[fmt.Sprint("o:", i)] = strconv.Itoa(i)
		}
		for _, s := range []struct {
			began  time.Time
			fields map[string]string
			want   []string
		}{
			{noon, many, []string{"1", "2", "2499", ""}},
			{noon.Add(time.Minute), map[string]string{"o:A": "3"}, []string{"3", "", "", ""}},
			{noon.Add(time.Hour), nil, []string{"", "", "", ""}},
		} {
			if err := l.PublishSurvey(ctx, ledger.Term{}, "9999", s.began, maps.All(s.fields)); err != nil {
				t.Fatal(err)
			}
			began, values, err := l.LastSurvey(ctx, "9999", "o:A", "v:B", "o:2499", "never")
			if diff := cmp.Diff(s.want, values); err != nil || !began.Equal(s.began) || diff != "" {
				t.Errorf("survey of %v: %v (%v), values (-want +got):\n%s", s.began, began, err, diff)
			}
		}
		if began, _, err := l.LastSurvey(ctx, "8888", "o:A"); err != nil || !began.IsZero() {
			t.Errorf("another customer's account was surveyed at %v (%v)", began, err)
		}
		keys, err := l.rdb.Keys(ctx, "*survey*").Result()
		if err != nil || len(keys) != 1 {
			t.Fatalf("keys %q (%v)", keys, err)
		}
		if left, err := l.rdb.TTL(ctx, keys[0]).Result(); err != nil || left <= 0 || left > time.Hour {
			t.Errorf("a survey is kept for %v (%v)", left, err)
		}
		if err := l.DropSurvey(ctx, "9999"); err != nil {
			t.Fatal(err)
		}
		if began, _, err := l.LastSurvey(ctx, "9999", "o:A"); err != nil || !began.IsZero() {
			t.Errorf("the survey of %v was to be forgotten (%v)", began, err)
		}
	})
}

// Whoever reads during a survey sees the one before or the new one, never a mixture.
func TestASurveyIsSeenAsAWhole(t *testing.T) {
	t.Parallel()
	names := make([]string, 600)
	for i := range names {
		names[i] = fmt.Sprint("o:", i)
	}
	survey := func(number int) iter.Seq2[string, string] {
		return func(yield func(string, string) bool) {
			for _, name := range names {
				if !yield(name, strconv.Itoa(number)) {
					return
				}
			}
		}
	}
	onBoth(t, 0, func(t *testing.T, l bundle) {
		at := func(number int) time.Time { return noon.Add(time.Duration(number) * time.Second) }
		if err := l.PublishSurvey(t.Context(), ledger.Term{}, "9999", at(0), survey(0)); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		var reading sync.WaitGroup
		for range 2 {
			reading.Go(func() {
				for ctx.Err() == nil {
					began, values, err := l.LastSurvey(t.Context(), "9999", names...)
					want := strconv.Itoa(int(began.Sub(noon) / time.Second))
					if err != nil || slices.ContainsFunc(values, func(v string) bool { return v != want }) {
						t.Errorf("the survey of %v is mixed with another (%v)", began, err)
						return
					}
				}
			})
		}
		for number := range 10 {
			if err := l.PublishSurvey(t.Context(), ledger.Term{}, "9999", at(number), survey(number)); err != nil {
				t.Error(err)
			}
		}
		cancel()
		reading.Wait()
	})
}
