// This file tests how an account is surveyed that is large, or whose lists change meanwhile:
// in slices, by several workers, and without ordering what the survey lost sight of.

package jobs_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strconv"
	"sync"
	"testing"
	"time"

	"btrollout/internal/btsim"
	"btrollout/internal/jobs"
	"btrollout/internal/ledger"
	"btrollout/internal/rollout"
	"btrollout/internal/simtest"
)

// pagesAsked records which pages of the account's lists were asked for before the first
// order was sent.
type pagesAsked struct {
	mu      sync.Mutex
	pages   map[string]int // "<call> from <offset>"
	ordered bool
}

func (p *pagesAsked) rule(call string, _ http.ResponseWriter, q *http.Request, _ func() *httptest.ResponseRecorder) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.pages == nil {
		p.pages = map[string]int{}
	}
	p.ordered = p.ordered || call == simtest.CallOrder
	if !p.ordered && (call == simtest.CallOrders || call == simtest.CallVoicesites) {
		p.pages[call+" from "+q.FormValue("offset")]++
	}
	return false
}

// count is how many pages were asked for.
func (p *pagesAsked) count() (n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, calls := range p.pages {
		n += calls
	}
	return n
}

// once checks that each page of two lists of n items was asked for once.
func (p *pagesAsked) once(t *testing.T, n, page int) {
	t.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
	want := map[string]int{}
	for offset := 0; offset == 0 || offset+1 < n; offset += page - 1 {
		want[simtest.CallOrders+" from "+strconv.Itoa(offset)], want[simtest.CallVoicesites+" from "+strconv.Itoa(offset)] = 1, 1
	}
	if !maps.Equal(p.pages, want) {
		t.Errorf("asked for %v, want %v", p.pages, want)
	}
}

const (
	othersSites = 32 // that the account holds already
	surveyPage  = 9  // items of a page in these tests
)

// newLargeAccount is a rig whose account holds some sites already, in several pages. One
// task reads one page.
func newLargeAccount(t *testing.T) (*rig, *pagesAsked) {
	t.Helper()
	asked := &pagesAsked{}
	g := &simtest.Gate{}
	r := newVirtualRig(t, btsim.Options{DeliveryMin: 1, DeliveryMax: 1, MaxPage: surveyPage}, g.Between)
	for i := range othersSites {
		s := site(i + 2)
		s.Name = fmt.Sprint("OTHER-", i)
		r.place(fmt.Sprint("other-", i), s)
	}
	r.config.SurveySlice = time.Nanosecond
	g.Set(asked.rule)
	return r, asked
}

func TestSurveyGoesOnBySlicesInSeveralWorkers(t *testing.T) {
	virtually(t, func(t *testing.T) {
		r, asked := newLargeAccount(t)
		r.submit("b", sitesFrom(10)...)
		for range 3 {
			defer r.startWorker()()
		}
		b := r.wait("b", isDone)
		asked.once(t, othersSites, surveyPage)
		if b.Counts[rollout.Provisioned] != 10 || r.orders() != othersSites+10 {
			t.Errorf("ended as %v with %d orders", b.Counts, r.orders())
		}
	})
}

// A worker that dies over a survey leaves it to the others, who go on where it was.
func TestSurveyGoesOnAfterItsWorkerDied(t *testing.T) {
	virtually(t, func(t *testing.T) {
		r, asked := newLargeAccount(t)
		r.submit("b", sitesFrom(3)...)
		stop := r.startWorker()
		r.wait("b", func(rollout.Batch) bool { return asked.count() >= 3 })
		stop()
		customer := r.sim.Credentials().CustomerCode
		s, err := r.ledger.SurveyProgress(t.Context(), customer, "orders", "voicesites")
		if err != nil || s.Read() == 0 || s.Read() >= 2*othersSites || s.Total < othersSites {
			t.Fatalf("the survey stands at %+v (%v)", s, err)
		}
		var dead ledger.Term // of the dead worker
		for acquired := false; !acquired; time.Sleep(time.Second) {
			if dead, acquired, err = r.ledger.Duty("survey:"+customer, "dead").Acquire(t.Context(), time.Hour); err != nil {
				t.Fatal(err)
			}
		}
		told := make(chan struct{})
		progress := regexp.MustCompile(`surveyed: \d+ of \d+ read`)
		r.config.Log = slog.New(slog.NewTextHandler(matching(sync.OnceFunc(func() { close(told) }), progress), debugLevel))
		defer r.startWorker()()
		select {
		case <-told: // those who wait say how far it is
		case <-time.After(patience):
			t.Fatal("no site says how far the survey is")
		}
		if err := dead.Release(t.Context()); err != nil {
			t.Fatal(err)
		}
		b := r.wait("b", isDone)
		asked.once(t, othersSites, surveyPage)
		if b.Counts[rollout.Provisioned] != 3 || r.orders() != othersSites+3 {
			t.Errorf("ended as %v with %d orders", b.Counts, r.orders())
		}
	})
}

var debugLevel = &slog.HandlerOptions{Level: slog.LevelDebug}

// matching makes a log that calls found when a line matches.
func matching(found func(), want *regexp.Regexp) io.Writer {
	return writerFunc(func(line []byte) (int, error) {
		if want.Match(line) {
			found()
		}
		return len(line), nil
	})
}

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(line []byte) (int, error) { return f(line) }

// What is kept of a survey and cannot be read keeps nobody from surveying.
func TestSurveyBeginsAgainWhenWhatIsKeptIsDamaged(t *testing.T) {
	t.Parallel()
	for name, fields := range map[string][]any{
		"cursor":   {"@cursor", `{"began":`},
		"numbers":  {"@cursor", `{"began":"2026-03-01T12:00:00Z","orders":{"reading":{"pass":1,"at":-7}}}`},
		"no began": {"@cursor", `{}`, "@total", "many", "#orders", "x"},
		"an item": {"@cursor", `{"began":"2026-03-01T12:00:00Z","orders":{"refused":{"words":"x"}},"sites":{"refused":{"words":"x"}}}`,
			"orders:1", "{"},
	} {
		runVirtually(t, name, func(t *testing.T) {
			r := newVirtualRig(t, btsim.Options{DeliveryMin: 1, DeliveryMax: 1}, nil)
			r.place(r.reference(site(2)), site(2))
			if err := r.rdb.HSet(t.Context(), "{btr}:survey:"+r.sim.Credentials().CustomerCode+":reading", fields...).Err(); err != nil {
				t.Fatal(err)
			}
			b := r.finish("b", site(2), site(3))
			if b.Counts[rollout.Provisioned] != 2 || r.orders() != 2 {
				t.Errorf("ended as %v with %d orders", b.Counts, r.orders())
			}
		})
	}
}

// An order that leaves the list while it is read hides no other one.
func TestNothingIsOrderedTwiceWhenAListLosesAnItem(t *testing.T) {
	virtually(t, func(t *testing.T) {
		const sites = 12
		g := &simtest.Gate{}
		r := newVirtualRig(t, btsim.Options{DeliveryMin: 1, DeliveryMax: 1, MaxPage: 5}, g.Between)
		for _, s := range sitesFrom(sites) {
			r.place(r.reference(s), s)
		}
		leaving := site(99)
		r.place("leaving", leaving)
		// The list shows the order that leaves at its head, and from the second page on no more.
		g.Set(func(call string, w http.ResponseWriter, q *http.Request, carry func() *httptest.ResponseRecorder) bool {
			if call != simtest.CallOrders {
				return false
			}
			query := q.URL.Query()
			offset, _ := strconv.Atoi(query.Get("offset"))
			query.Set("offset", "0")
			query.Set("limit", "1000")
			q.URL.RawQuery = query.Encode()
			var orders, shown []json.RawMessage
			for from := 0; ; from += 5 {
				query.Set("offset", strconv.Itoa(from))
				q.URL.RawQuery = query.Encode()
				var page []json.RawMessage
				if err := json.Unmarshal(carry().Body.Bytes(), &page); err != nil {
					panic(err)
				}
				if orders = append(orders, page...); len(page) < 5 {
					break
				}
			}
			last := len(orders) - 1 // the one that leaves is the newest
			if orders = append([]json.RawMessage{orders[last]}, orders[:last]...); g.Count(simtest.CallOrders) > 1 {
				orders = orders[1:]
			}
			if offset < len(orders) {
				shown = orders[offset:min(offset+5, len(orders))]
			}
			w.Header().Set("Content-Type", "application/json")
			w.Header().Set("X-Total-Count", strconv.Itoa(len(orders)))
			if err := json.NewEncoder(w).Encode(append([]json.RawMessage{}, shown...)); err != nil {
				t.Error(err)
			}
			return true
		})
		b := r.finish("b", sitesFrom(sites)...)
		if b.Counts[rollout.Provisioned] != sites || g.Count(simtest.CallOrder) != 0 {
			t.Errorf("ended as %v, and %d orders were sent", b.Counts, g.Count(simtest.CallOrder))
		}
	})
}

// Where the lists cannot be read as a whole, a site looks by its reference before its
// first order.
func TestASiteLooksByReferenceWhereListsMoveTooFast(t *testing.T) {
	virtually(t, func(t *testing.T) {
		g := &simtest.Gate{Rule: func(call string, w http.ResponseWriter, _ *http.Request, carry func() *httptest.ResponseRecorder) bool {
			if call != simtest.CallOrders {
				return false
			}
			total := carry().Header().Get("X-Total-Count")
			w.Header().Set("Content-Type", "application/json")
			w.Header().Set("X-Total-Count", total)
			fmt.Fprint(w, "[]")
			return true
		}}
		r := newVirtualRig(t, btsim.Options{DeliveryMin: time.Hour, DeliveryMax: time.Hour}, g.Between)
		r.place(r.reference(site(2)), site(2))
		r.submit("b", site(2), site(3))
		defer r.startWorker()()
		r.wait("b", func(b rollout.Batch) bool { return b.Counts[rollout.Ordered] == 2 })
		// Each site has two references, and an empty answer is asked for twice.
		if n := r.orders(); n != 2 || g.Count(simtest.CallOrder) != 1 || g.Count(simtest.CallOrdersOf) != 7 {
			t.Errorf("%d orders in the books, %d sent, %d looks by reference", n, g.Count(simtest.CallOrder), g.Count(simtest.CallOrdersOf))
		}
	})
}

// A survey leaves room in the budget while sites have other calls to make.
func TestSurveyLeavesAShareOfTheBudget(t *testing.T) {
	virtually(t, func(t *testing.T) {
		const page, rate = 4, 40
		g := &simtest.Gate{}
		r := newVirtualRig(t, btsim.Options{DeliveryMin: time.Hour, DeliveryMax: time.Hour, MaxPage: page}, g.Between)
		r.config.Sustained = func(context.Context) (float64, error) { return rate, nil }
		r.submit("a", site(2))
		stop := r.startWorker()
		r.wait("a", func(b rollout.Batch) bool { return b.Counts[rollout.Ordered] == 1 })
		stop() // it waits for its order, so that sites have other calls to make
		for i := range 36 {
			s := site(i + 10)
			s.Name = fmt.Sprint("OTHER-", i)
			r.place(fmt.Sprint("other-", i), s)
		}
		before := len(g.Times(simtest.CallOrders))
		r.submit("b", site(3))
		defer r.startWorker()()
		r.wait("b", func(b rollout.Batch) bool { return b.Counts[rollout.Ordered] == 1 })
		calls := g.Times(simtest.CallOrders)[before:]
		if took, least := calls[len(calls)-1].Sub(calls[0]), 5*time.Second*2/rate; len(calls) < 12 || took < least {
			t.Errorf("%d pages were read in %s, want %s at least", len(calls), took, least)
		}
	})
}

// A lost answer is no reason to order again where the list cannot be read as a whole and
// nobody can look by reference.
func TestALostAnswerWhereListsMoveAndReferencesAreRefused(t *testing.T) {
	virtually(t, func(t *testing.T) {
		g := &simtest.Gate{Rule: func(call string, w http.ResponseWriter, _ *http.Request, carry func() *httptest.ResponseRecorder) bool {
			switch call {
			case simtest.CallOrder:
				carry()
				return simtest.Refuse(w, http.StatusServiceUnavailable, 5)
			case simtest.CallOrdersOf:
				return simtest.Refuse(w, http.StatusBadRequest, 28)
			case simtest.CallOrders:
				w.Header().Set("Content-Type", "application/json")
				w.Header().Set("X-Total-Count", "7")
				fmt.Fprint(w, "[]")
				return true
			}
			return false
		}}
		r := newVirtualRig(t, btsim.Options{DeliveryMin: time.Hour, DeliveryMax: time.Hour}, g.Between)
		r.submit("b", site(2))
		stop := r.startWorker()
		r.wait("b", isDone)
		stop()
		r.ended("b", "2", rollout.Review, jobs.CodeOrderUnknown, "batch resolve b 2")
		if n := r.orders(); n != 1 {
			t.Errorf("%d orders", n)
		}
	})
}
