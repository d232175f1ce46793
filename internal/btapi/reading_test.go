// Tests of lists that change while they are read: that a reading sees all that was
// there the whole time, or says that it did not, and what that costs.

package btapi_test

import (
	"encoding/json"
	"errors"
	"io"
	"math/rand/v2"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"

	"btrollout/internal/btapi"
)

// movingList is a list of orders in memory, with a server's answers. Before each
// request but the first, change may change it.
type movingList struct {
	ids    []int
	next   int // the id of the next order made
	page   int // the longest page
	total  bool
	change func(l *movingList, call int)
	lie    func(ids []int, offset int) (told []int, total int) // what one answer shows instead; total -1: none
	calls  int
	asked  []int // offsets
}

func newMovingList(n, page int) *movingList {
	l := &movingList{page: page, total: true}
	for range n {
		l.insert(len(l.ids))
	}
	return l
}

func (l *movingList) insert(at int) {
	l.ids = slices.Insert(l.ids, at, l.next)
	l.next++
}

func (l *movingList) delete(at int) { l.ids = slices.Delete(l.ids, at, at+1) }

// RoundTrip answers without a network.
func (l *movingList) RoundTrip(q *http.Request) (*http.Response, error) {
	header := http.Header{"Content-Type": {"application/json"}}
	var body string
	if q.Method == http.MethodPost {
		body = `{"token_type":"Bearer","access_token":"t","expires_in":3600}`
	} else {
		offset, _ := strconv.Atoi(q.URL.Query().Get("offset"))
		keys, total := l.answer(offset)
		for i, key := range keys {
			keys[i] = `{"orderId":` + key + `}`
		}
		body = "[" + strings.Join(keys, ",") + "]"
		if total >= 0 {
			header.Set("X-Total-Count", strconv.Itoa(total))
		}
	}
	return &http.Response{StatusCode: http.StatusOK, Header: header, Body: io.NopCloser(strings.NewReader(body)), Request: q}, nil
}

// answer is a page of the list, and its total; -1: none.
func (l *movingList) answer(offset int) (keys []string, total int) {
	if l.calls > 0 && l.change != nil {
		l.change(l, l.calls)
	}
	l.calls++
	l.asked = append(l.asked, offset)
	ids, total := l.ids, len(l.ids)
	if l.lie != nil {
		ids, total = l.lie(ids, offset)
	}
	if !l.total {
		total = -1
	}
	from := min(offset, len(ids))
	for _, id := range ids[from:min(from+l.page, len(ids))] {
		keys = append(keys, strconv.Itoa(id))
	}
	return keys, total
}

// readDirectly is read without a client: the random tests spend their time in Reading.
func (l *movingList) readDirectly() (seen map[string]bool, r btapi.Reading, err error) {
	for seen = map[string]bool{}; !r.Over(); r.Distinct = len(seen) {
		if r, err = r.Step(func(offset int) ([]string, int) {
			keys, total := l.answer(offset)
			for _, key := range keys {
				seen[key] = true
			}
			return keys, total
		}); err != nil {
			return seen, r, err
		}
	}
	return seen, r, nil
}

// readRandom reads the list of a random test: with a client in each tenth run.
func (l *movingList) readRandom(t *testing.T, seed uint64) (seen map[string]bool, r btapi.Reading, err error) {
	t.Helper()
	if seed%10 == 0 {
		return l.read(t)
	}
	return l.readDirectly()
}

// client makes a client whose API is the list.
func (l *movingList) client(t *testing.T) *btapi.Client {
	t.Helper()
	c, err := btapi.New(btapi.Config{
		BaseURL: "https://api.example/v1", TokenURL: "https://api.example/token", ClientID: "c", ClientSecret: "s", APIKey: "k", Transport: l,
	})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// read reads the list to its end, step by step, each step from the JSON of the one
// before, as another process does.
func (l *movingList) read(t *testing.T) (seen map[string]bool, r btapi.Reading, err error) {
	t.Helper()
	c := l.client(t)
	for seen = map[string]bool{}; !r.Over(); {
		items, next, err := c.ReadOrders(t.Context(), "9999", r)
		if err != nil {
			return seen, r, err
		}
		for _, item := range items {
			seen[item.Key] = true
		}
		next.Distinct = len(seen)
		text, err := json.Marshal(next)
		if err != nil {
			t.Fatal(err)
		}
		if r = (btapi.Reading{}); json.Unmarshal(text, &r) != nil {
			t.Fatalf("%s cannot be read again", text)
		}
	}
	return seen, r, nil
}

// In a list that keeps its order, a reading sees every item that was there the whole
// time, or it says that it is not complete.
func TestReadingSeesWhatWasThereTheWholeTime(t *testing.T) {
	t.Parallel()
	const runs = 1500
	complete := 0
	for seed := range uint64(runs) {
		random := rand.New(rand.NewPCG(seed, 7))
		l := newMovingList(random.IntN(80), 3+random.IntN(20))
		l.total = random.IntN(4) > 0
		wild, deletes, inserts, appends := 1+random.IntN(8), random.IntN(3), random.IntN(3), random.IntN(2)
		l.change = func(l *movingList, call int) {
			if random.IntN(3) == 0 || call > 12 { // one that grew by more than a page at each call would never end
				return
			}
			for range random.IntN(wild) {
				switch roll := random.IntN(1 + deletes + inserts + appends); {
				case roll < deletes && len(l.ids) > 0:
					l.delete(random.IntN(len(l.ids)))
				case roll < deletes+inserts:
					l.insert(random.IntN(min(len(l.ids), 1+random.IntN(40)) + 1))
				default:
					l.insert(len(l.ids))
				}
			}
		}
		before := slices.Clone(l.ids)
		seen, r, err := l.readRandom(t, seed)
		if err != nil || !r.Complete() {
			continue
		}
		complete++
		for _, id := range before {
			if slices.Contains(l.ids, id) && !seen[strconv.Itoa(id)] {
				t.Fatalf("seed %d: the reading is complete and has not seen %d (offsets %v)", seed, id, l.asked)
			}
		}
	}
	if complete < runs/2 {
		t.Errorf("%d of %d readings are complete", complete, runs)
	}
}

// Single answers of a list that stays as it is lie: they are empty, or they show it
// rotated by an item, or without an item that a page before has shown. A reading has seen
// all items, or it says that it is not complete.
func TestReadingBelievesNoSingleAnswer(t *testing.T) {
	t.Parallel()
	const runs = 500
	complete := 0
	for seed := range uint64(runs) {
		random := rand.New(rand.NewPCG(seed, 8))
		l := newMovingList(30+random.IntN(200), 10+random.IntN(30))
		missing, often, empty := -1, 2+random.IntN(8), false
		l.lie = func(ids []int, offset int) ([]int, int) {
			if offset == 0 {
				missing = -1
			}
			lie := random.IntN(3 * often)
			if empty = lie == 0 && !empty; empty { // two in a row are believed
				return nil, []int{-1, 0, len(ids)}[random.IntN(3)]
			}
			switch told := slices.Clone(ids); lie {
			case 1, 2:
				border := []int{1, len(ids) - 1}[random.IntN(2)]
				return slices.Concat(told[border:], told[:border]), len(ids)
			case 3:
				if offset > 0 {
					missing = told[random.IntN(min(offset, len(told)))]
				}
				fallthrough
			default:
				told = slices.DeleteFunc(told, func(id int) bool { return id == missing })
				return told, len(told)
			}
		}
		seen, r, err := l.readRandom(t, seed)
		if err != nil || !r.Complete() {
			continue
		}
		complete++
		if len(seen) != len(l.ids) {
			t.Fatalf("seed %d: the reading is complete and has seen %d of %d items (offsets %v)", seed, len(seen), len(l.ids), l.asked)
		}
	}
	if complete < runs/2 {
		t.Errorf("%d of %d readings are complete", complete, runs)
	}
}

var readingTests = map[string]struct {
	n, page  int
	total    bool
	change   func(l *movingList, call int)
	calls    int
	complete bool
}{
	"one page":                            {7, 40, true, nil, 1, true},
	"empty":                               {0, 40, true, nil, 2, true},
	"a page ends at the total":            {79, 40, true, nil, 2, true},
	"several pages":                       {95, 40, true, nil, 3, true},
	"no total":                            {95, 40, false, nil, 4, true},
	"no total and empty":                  {0, 40, false, nil, 2, true},
	"an item of the page before leaves":   {95, 40, true, onCall(1, func(l *movingList) { l.delete(3) }), 4, true},
	"the last item read leaves":           {95, 40, true, onCall(1, func(l *movingList) { l.delete(39) }), 4, true},
	"an item that was not read leaves":    {95, 40, true, onCall(1, func(l *movingList) { l.delete(60) }), 6, true},
	"half of what was read leaves":        {200, 40, true, onCall(3, func(l *movingList) { l.ids = l.ids[60:] }), 7, true},
	"all that was read leaves":            {200, 40, true, onCall(3, func(l *movingList) { l.ids = l.ids[118:] }), 10, true},
	"it grows at its end":                 {95, 40, true, func(l *movingList, _ int) { l.insert(len(l.ids)) }, 3, true},
	"it grows at its head":                {95, 40, true, func(l *movingList, _ int) { l.insert(0) }, 4, true},
	"it grows at its head by many":        {95, 40, true, onCall(2, func(l *movingList) { insertMany(l, 0, 60) }), 6, true},
	"an item comes at its head, one goes": {95, 40, true, onCall(1, func(l *movingList) { l.insert(0); l.delete(60) }), 4, true},
	"it is another list at every call": {95, 40, true, func(l *movingList, _ int) {
		l.ids = l.ids[:0]
		insertMany(l, 0, 95)
	}, 0, false},
	"it shrinks at every call": {400, 40, true, func(l *movingList, _ int) { l.delete(0) }, 0, true},
}

// onCall changes the list once, before the request of that number.
func onCall(call int, change func(*movingList)) func(*movingList, int) {
	return func(l *movingList, now int) {
		if now == call {
			change(l)
		}
	}
}

func insertMany(l *movingList, at, n int) {
	for range n {
		l.insert(at)
	}
}

func TestReadingOfAListThatMoves(t *testing.T) {
	t.Parallel()
	for name, test := range readingTests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l := newMovingList(test.n, test.page)
			l.total, l.change = test.total, test.change
			before := slices.Clone(l.ids)
			seen, r, err := l.read(t)
			if err != nil || r.Complete() != test.complete || test.calls > 0 && l.calls != test.calls {
				t.Errorf("complete %v after %d calls at %v (%v)", r.Complete(), l.calls, l.asked, err)
			}
			for _, id := range before {
				if test.complete && slices.Contains(l.ids, id) && !seen[strconv.Itoa(id)] {
					t.Errorf("item %d was never seen", id)
				}
			}
		})
	}
}

// An item that moves behind the reading, while another one leaves, is not lost.
func TestReadingOfAListThatDoesNotKeepItsOrder(t *testing.T) {
	t.Parallel()
	l := newMovingList(95, 40)
	l.change = onCall(1, func(l *movingList) {
		l.delete(70)
		l.ids = slices.Insert(l.ids, 0, 70)
		l.delete(20)
	})
	if seen, r, err := l.read(t); err != nil || !r.Complete() || !seen["70"] {
		t.Errorf("complete %v, seen %v after %d calls (%v)", r.Complete(), seen["70"], l.calls, err)
	}
}

// A list that goes on for ever is read no further than its bound.
func TestReadingOfAnEndlessList(t *testing.T) {
	t.Parallel()
	l := newMovingList(500_100, 40)
	l.total = false
	for name, r := range map[string]btapi.Reading{
		"pages": {Pass: 1, Pages: 100_000},
		"items": {Pass: 1, Pages: 20, At: 500_000, Trail: []string{"499999"}},
	} {
		_, next, err := l.client(t).ReadOrders(t.Context(), "9999", r)
		if e := failure(t, err); !errors.Is(err, btapi.ErrEndless) || e.Class != btapi.Transient || next.Pages != r.Pages {
			t.Errorf("%s: %v, and the reading is at page %d", name, err, next.Pages)
		}
	}
}
