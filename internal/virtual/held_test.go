// This file checks that nothing is ordered, validated or pushed of a batch that people have paused or
// cancelled, and nothing is ordered outside its windows, except for calls that were begun before.

package virtual_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/redis/go-redis/v9"

	"btrollout/internal/btapi"
	"btrollout/internal/btsim"
	"btrollout/internal/jobs"
	"btrollout/internal/judge"
	"btrollout/internal/rollout"
	"btrollout/internal/schedule"
	"btrollout/internal/simtest"
)

const (
	// validatedWithin is how long after a pause a validation call may begin.
	validatedWithin = 2 * time.Second
	// windowSlack is how far from the edges of a window a batch is certainly outside it, by the clocks of
	// all machines.
	windowSlack = jobs.MaxSkew/2 + time.Second
	// travelsWithin is how long an order may travel that was sent in time: its sender gives up after
	// callTimeout, and the proxy may hold it up for as long after that.
	travelsWithin = 2*callTimeout + time.Second
)

// held is what is known of the batches that are held up. It is safe for concurrent use.
type held struct {
	mu        sync.Mutex
	ending    int                  // decisions that end a hold and are being made
	edition   int                  // number of times that what is known was forgotten
	orders    map[string]time.Time // since when nothing may be ordered or validated of a batch
	addresses map[string]time.Time // since when no address of it may be sent
	closed    map[string]time.Time // since when it is outside its windows
	plans     map[string]planned   // as last read
	intents   map[string]announced // of orders, by the folded name of the site
	pushes    map[string]announced // of addresses, by voicesite
	admitted  []string             // sites that were admitted although their batch was held up, each with what is wrong
}

// sitesAdmitted begins what writing says of the script that admits sites: its keys.
const sitesAdmitted = "script {btr}:batch:{btr}:batch::open"

// planned is the plan of a batch, and since when it is known.
type planned struct {
	plan  rollout.Plan
	since time.Time
}

// announced is an order or an address that was announced in Redis.
type announced struct {
	batch string
	began time.Time
	wrong string // why it must not have been; "": it may
}

func newHeld() *held {
	h := &held{intents: map[string]announced{}, pushes: map[string]announced{}, plans: map[string]planned{}}
	h.forget()
	return h
}

// forget forgets which batches are held up: decisions were lost, or come back.
func (h *held) forget() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.edition++
	h.orders, h.addresses, h.closed = map[string]time.Time{}, map[string]time.Time{}, map[string]time.Time{}
}

// end makes a decision that ends a hold.
func (h *held) end(decide func()) {
	add := func(n int) {
		h.mu.Lock()
		h.ending += n
		h.mu.Unlock()
		h.forget()
	}
	add(1)
	decide()
	add(-1)
}

// current returns the edition of what is known.
func (h *held) current() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.edition
}

// note notes which batches are held up, as read since an edition. Only watch calls it.
func (h *held) note(edition int, batches []rollout.Batch) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if edition != h.edition || h.ending > 0 {
		return
	}
	now := time.Now()
	for _, b := range batches {
		if !cmp.Equal(h.plans[b.ID].plan, b.Plan) {
			h.plans[b.ID] = planned{b.Plan, now}
		}
		for known, is := range map[*map[string]time.Time]bool{
			&h.orders:    b.IsPaused() || b.Cancelled != rollout.NotCancelled,
			&h.addresses: b.IsPaused() || b.Cancelled == rollout.LeaveOrdered,
			&h.closed:    isOutside(b.Plan, now),
		} {
			if _, since := (*known)[b.ID]; !is {
				delete(*known, b.ID)
			} else if !since {
				(*known)[b.ID] = now
			}
		}
	}
}

// isOutside reports whether a plan has windows and none is open at t or so.
func isOutside(p rollout.Plan, t time.Time) bool {
	s, err := schedule.Read(p.Windows, p.Start)
	return err == nil && len(p.Windows) > 0 && !s.IsOpen(t.Add(-windowSlack)) && !s.IsOpen(t) && !s.IsOpen(t.Add(windowSlack))
}

// noteAnnounced notes that Redis took the announcement of an order or an address, which began then.
func (h *held) noteAnnounced(began time.Time, cmd redis.Cmder) {
	args := cmd.Args()
	if name := strings.ToLower(cmd.Name()); name != "evalsha" && name != "eval" {
		return
	}
	described := writing(cmd)
	if strings.HasPrefix(described, sitesAdmitted) {
		h.noteAdmitted(began, cmd)
		return
	}
	order, address := strings.HasPrefix(described, "advance ") && strings.Contains(described, intentWritten),
		strings.HasPrefix(described, addressAnnounced)
	if !order && !address {
		return
	}
	var n int
	fmt.Sscan(fmt.Sprint(args[2]), &n)
	answer, _ := cmd.(*redis.Cmd).Val().([]any)
	text := func(i int) string { return fmt.Sprint(args[3+n+i]) }
	h.mu.Lock()
	defer h.mu.Unlock()
	switch {
	case len(answer) == 0:
	case order && text(8) != "" && fmt.Sprint(answer[0]) == "1": // not the intent of a look-up
		h.intents[btsim.FoldName(text(6))] = announcedIn(text(5), h.orders, began)
	case address && fmt.Sprint(answer[0]) == "announced":
		h.pushes[text(5)] = announcedIn(text(2), h.addresses, began)
	}
}

// noteAdmitted notes the sites that Redis admitted, if their batch was held up.
func (h *held) noteAdmitted(began time.Time, cmd redis.Cmder) {
	answer, _ := cmd.(*redis.Cmd).Val().([]any)
	h.mu.Lock()
	defer h.mu.Unlock()
	for i := 0; i+1 < len(answer); i += 2 {
		batch := fmt.Sprint(answer[i])
		if a := announcedIn(batch, h.addresses, began); a.wrong != "" {
			h.admitted = append(h.admitted, fmt.Sprintf("%s row=%v is admitted, %s", batch, answer[i+1], a.wrong))
		}
	}
}

func announcedIn(batch string, known map[string]time.Time, began time.Time) announced {
	a := announced{batch: batch, began: began}
	if since, is := known[batch]; is && began.After(since) {
		a.wrong = fmt.Sprintf("begun %s after batch %s was paused or cancelled", began.Sub(since), batch)
	}
	return a
}

// checkHeld finds orders and addresses that come to the API although their batch is held up.
func (w *world) checkHeld(call string, q *http.Request) {
	var a announced
	switch call {
	case simtest.CallOrder:
		body, err := io.ReadAll(q.Body)
		q.Body = io.NopCloser(bytes.NewReader(body))
		var order btapi.OrderRequest
		if err != nil || json.Unmarshal(body, &order) != nil {
			return
		}
		key := btsim.FoldName(order.Parameters.TechnicalSiteName)
		w.held.mu.Lock()
		a = w.held.intents[key]
		since, outside := w.held.closed[a.batch]
		outside = outside && a.began.After(w.held.plans[a.batch].since) // otherwise it was announced under an earlier plan
		w.held.mu.Unlock()
		if outside && time.Since(since) > travelsWithin {
			w.addViolation("an order of %q comes, and batch %s has been outside its windows for %s", key, a.batch, time.Since(since))
		}
		if a.wrong != "" {
			w.addViolation("an order of %q comes that was %s", key, a.wrong)
		}
	case simtest.CallAddress:
		w.held.mu.Lock()
		for _, part := range strings.Split(q.URL.Path, "/") {
			if known, is := w.held.pushes[part]; is {
				a = known
			}
		}
		w.held.mu.Unlock()
		if a.wrong != "" {
			w.addViolation("an address comes that was %s: %s", a.wrong, q.URL.Path)
		}
	}
}

// checkValidation finds validation calls for rows of which all batches have been held up. slot is when the
// call began.
func (p *process) checkValidation(slot time.Time, q *http.Request) {
	w := p.world
	if q.Method != http.MethodGet || !strings.HasSuffix(q.URL.Path, "/addresses") || p.machine == w.office.machine {
		return
	}
	p.mu.Lock()
	frozen := time.Since(p.thawed) < validatedWithin+time.Second
	p.mu.Unlock()
	asked, since, all := w.rowsAsked(q), time.Time{}, true
	heldUp := func(batch string) bool {
		w.held.mu.Lock()
		defer w.held.mu.Unlock()
		at, is := w.held.orders[batch]
		if is && at.After(since) {
			since = at
		}
		return is && slot.Sub(at) > validatedWithin+8*p.longest
	}
	if frozen || len(asked) == 0 || !w.held.some() {
		return
	}
	edition := w.held.current()
	open, err := w.direct.OpenBatches(context.WithoutCancel(q.Context()))
	for _, b := range open {
		if b.State == rollout.Importing || !slices.ContainsFunc(asked, func(r judge.Row) bool { return r.File == b.File }) {
			continue
		}
		all = all && heldUp(b.ID)
	}
	if err == nil && all && !since.IsZero() && edition == w.held.current() {
		w.addViolation("%s validates %q, %s after all batches of it were paused or cancelled: %s",
			p.name, asked[0].Name(), slot.Sub(since), q.URL.RawQuery)
	}
}

// some reports whether a batch is held up.
func (h *held) some() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.orders) > 0
}

// rowsAsked are the right rows about whose addresses a call may ask.
func (w *world) rowsAsked(q *http.Request) (rows []judge.Row) {
	asked := q.URL.Query()
	for _, r := range w.rows {
		if r.Expected != judge.Wrong && strings.Contains(q.URL.Path, "/"+r.Cells["country"]+"/") &&
			asked.Get("hno") == r.Cells["hno"] && asked.Get("pc") == r.Cells["pc"] {
			rows = append(rows, r)
		}
	}
	return rows
}
