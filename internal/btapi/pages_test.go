// Tests of reading lists from servers that keep to their word, and from others.

package btapi_test

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"

	"btrollout/internal/btapi"
)

// orders is a list of orders as JSON, numbered from first on.
func orders(first, count int) string {
	var items []string
	for i := range count {
		items = append(items, fmt.Sprintf(`{"orderId":"%d"}`, first+i))
	}
	return "[" + strings.Join(items, ",") + "]"
}

var listTests = map[string]struct {
	// serve answers the calls, numbered from 0.
	serve func(w http.ResponseWriter, call, offset, limit int)
	want  int // orders 0 … want-1
	calls int
	fails bool
}{
	"clamped": {func(w http.ResponseWriter, _, offset, limit int) {
		w.Header().Set("X-Total-Count", "95")
		fmt.Fprint(w, orders(offset, min(limit, 40, 95-offset)))
	}, 95, 3, false},
	"asked for thousands": {func(w http.ResponseWriter, _, offset, limit int) {
		w.Header().Set("X-Total-Count", "2500")
		fmt.Fprint(w, orders(offset, min(limit, 2500-offset)))
	}, 2500, 3, false},
	"empty": {func(w http.ResponseWriter, _, _, _ int) {
		w.Header().Set("X-Total-Count", "0")
		fmt.Fprint(w, "[]")
	}, 0, 2, false},
	"empty when first asked for": {func(w http.ResponseWriter, call, _, _ int) {
		if call == 0 {
			w.Header().Set("X-Total-Count", "0")
			fmt.Fprint(w, "[]")
			return
		}
		w.Header().Set("X-Total-Count", "2")
		fmt.Fprint(w, `[{"orderId":"0"},{"orderId":"1"}]`)
	}, 2, 2, false},
	"no content": {func(w http.ResponseWriter, _, _, _ int) { w.WriteHeader(http.StatusNoContent) }, 0, 1, true},
	"no total": {func(w http.ResponseWriter, _, offset, limit int) {
		fmt.Fprint(w, orders(offset, max(0, min(limit, 40, 95-offset))))
	}, 95, 4, false},
	"no total, no pages": {func(w http.ResponseWriter, _, _, _ int) { fmt.Fprint(w, orders(0, 30)) }, 30, 3, false},
	"total, no pages": {func(w http.ResponseWriter, _, _, _ int) {
		w.Header().Set("X-Total-Count", "30")
		fmt.Fprint(w, orders(0, 30))
	}, 30, 1, false},
	"never advances": {func(w http.ResponseWriter, _, _, _ int) {
		w.Header().Set("X-Total-Count", "200")
		fmt.Fprint(w, orders(0, 40))
	}, 40, 3, true},
	"shrinks": {func(w http.ResponseWriter, call, offset, _ int) { // and is read again, for the total was of items never seen
		w.Header().Set("X-Total-Count", "95")
		if call > 0 {
			w.Header().Set("X-Total-Count", "60")
		}
		fmt.Fprint(w, orders(offset, min(40, 60-offset)))
	}, 60, 4, false},
	"headers the wrong way round": {func(w http.ResponseWriter, _, offset, limit int) {
		w.Header().Set("X-Total-Count", "40")
		w.Header().Set("X-Result-Count", "95")
		fmt.Fprint(w, orders(offset, min(limit, 40, 95-offset)))
	}, 95, 3, false},
	"grows at its head, and is read again": {func(w http.ResponseWriter, call, offset, _ int) {
		grown := min(call, 1) // by order 60
		w.Header().Set("X-Total-Count", strconv.Itoa(60+grown))
		if offset == 0 && grown > 0 {
			fmt.Fprint(w, strings.Replace(orders(0, 39), "[", `[{"orderId":"60"},`, 1))
			return
		}
		fmt.Fprint(w, orders(offset-grown, min(40, 60+grown-offset)))
	}, 61, 3, false},
	"never shows the whole": {func(w http.ResponseWriter, _, offset, _ int) {
		w.Header().Set("X-Total-Count", "95")
		fmt.Fprint(w, orders(offset, min(40, 60-offset)))
	}, 60, 15, true},
	"bad total": {func(w http.ResponseWriter, _, offset, _ int) {
		w.Header().Set("X-Total-Count", "many")
		fmt.Fprint(w, orders(offset, max(0, min(40, 60-offset))))
	}, 60, 3, false},
	"a total of pages": {func(w http.ResponseWriter, _, offset, limit int) {
		w.Header().Set("X-Total-Count", "3")
		fmt.Fprint(w, orders(offset, min(limit, 40, 95-offset)))
	}, 95, 4, false},
	"breaks": {func(w http.ResponseWriter, call, _, _ int) {
		w.Header().Set("X-Total-Count", "95")
		fmt.Fprint(w, []string{orders(0, 40), "[{"}[call])
	}, 40, 2, true},
	"not a list": {func(w http.ResponseWriter, _, _, _ int) { fmt.Fprint(w, `{"items":[]}`) }, 0, 1, true},
}

func TestLists(t *testing.T) {
	t.Parallel()
	for name, test := range listTests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBundle(t)
			calls := 0
			b.mux.HandleFunc("GET /customers/9999/orders", func(w http.ResponseWriter, r *http.Request) {
				offset, _ := strconv.Atoi(r.FormValue("offset"))
				limit, _ := strconv.Atoi(r.FormValue("limit"))
				calls++
				test.serve(w, calls-1, offset, limit)
			})
			var got []string
			var failed error
			for o, err := range b.Orders(t.Context(), "9999", "") {
				if failed = err; err != nil {
					break
				}
				got = append(got, o.OrderID)
			}
			var want []string
			for i := range test.want {
				want = append(want, strconv.Itoa(i))
			}
			if !slices.Equal(got, want) || calls != test.calls {
				t.Errorf("got %d orders in %d calls, want %d in %d", len(got), calls, test.want, test.calls)
			}
			if (failed != nil) != test.fails {
				t.Errorf("failed with %v", failed)
			}
			if test.fails {
				if e := failure(t, failed); e.Class != btapi.Transient || e.Unknown {
					t.Errorf("got %v, want a transient error", e)
				}
			}
		})
	}
}

// Who goes on after an error has the page asked for again, and misses nothing.
func TestAListGoesOnAfterAPageThatFailed(t *testing.T) {
	t.Parallel()
	b := newBundle(t)
	var offsets []string
	b.mux.HandleFunc("GET /customers/9999/orders", func(w http.ResponseWriter, r *http.Request) {
		offsets = append(offsets, r.FormValue("offset"))
		if len(offsets)%2 == 0 {
			w.WriteHeader(http.StatusBadGateway)
			return
		}
		offset, _ := strconv.Atoi(r.FormValue("offset"))
		w.Header().Set("X-Total-Count", "95")
		fmt.Fprint(w, orders(offset, min(40, 95-offset)))
	})
	failed, came := 0, 0
	for o, err := range b.Orders(t.Context(), "9999", "") {
		if err != nil {
			failed++
			continue
		}
		if o.OrderID != strconv.Itoa(came) {
			t.Fatalf("order %s came where %d should", o.OrderID, came)
		}
		came++
	}
	if got := strings.Join(offsets, " "); failed != 2 || came != 95 || got != "0 39 39 78 78" {
		t.Errorf("%d orders and %d errors by the offsets %s", came, failed, got)
	}
}

func TestListOfPlainValues(t *testing.T) {
	t.Parallel()
	b := newBundle(t)
	b.answer("GET /countries/FI/geoareas/area1", http.StatusOK, `["Espoo","Helsinki"]`)
	got, err := b.GeoAreas(t.Context(), "FI")
	if want := []string{"Espoo", "Helsinki"}; err != nil || !slices.Equal(got, want) {
		t.Errorf("got %v, %v, want %v", got, err, want)
	}
}
