// This file has the disturbances of the API: it is away, the account is blocked, or it changes its rules.

package virtual_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"btrollout/internal/btsim"
	"btrollout/internal/judge"
	"btrollout/internal/rollout"
	"btrollout/internal/simtest"
)

// api is how the API is disturbed now.
type api struct {
	mu      sync.Mutex
	away    int       // acts because of which it answers nobody
	blocked int       // acts because of which it says that the account does not work
	strict  bool      // its rules have changed
	forbids bool      // somebody has met the changed rules
	idle    time.Time // since when all open batches are blocked; zero: not all are

	refused atomic.Int64 // calls that came while it was away or blocked
}

// The API's codes for a subscription that does not work, and for a body that it refuses.
const (
	codeBlocked = 51
	codeInvalid = 24
)

// rule answers calls in the simulator's stead.
func (w *world) rule(call string, answer http.ResponseWriter, q *http.Request, carry func() *httptest.ResponseRecorder) bool {
	w.checkHeld(call, q)
	w.api.mu.Lock()
	away, blocked, strict, idle := w.api.away > 0, w.api.blocked > 0, w.api.strict, w.api.idle
	w.api.mu.Unlock()
	if away || blocked {
		w.api.refused.Add(1)
	}
	switch {
	case away:
		panic(http.ErrAbortHandler) // closes the connection without an answer
	case blocked:
		if (call == simtest.CallOrder || call == simtest.CallAddress) && !idle.IsZero() && time.Since(idle) > w.plan.window+arrivesWithin {
			w.addViolation("%s, although all batches have been blocked for %s", call, time.Since(idle))
		}
		return simtest.Refuse(answer, http.StatusForbidden, codeBlocked)
	case strict && call == simtest.CallAddress:
		return w.refuseFloor(answer, q)
	case strict && strings.HasSuffix(q.URL.Path, "/countries/FR/addressconstraints"):
		w.noteForbidden()
		return forbidFloor(answer, carry())
	}
	return false
}

// arrivesWithin is how long an order or an address may take to the API. One whose intent was
// recorded before its batch was blocked may be sent within the scenario's window after it.
const arrivesWithin = 10 * time.Second

// during sets something about the API for a while.
func (w *world) during(lasts time.Duration, n *int) {
	add := func(d int) {
		w.api.mu.Lock()
		defer w.api.mu.Unlock()
		*n += d
	}
	add(1)
	time.Sleep(lasts)
	add(-1)
}

// changeRules has France refuse floors from now on, by its rules and when an address is pushed.
func (w *world) changeRules() {
	w.api.mu.Lock()
	defer w.api.mu.Unlock()
	w.api.strict = true
}

// noteForbidden notes that the act that changed the rules strikes, which ended long ago.
func (w *world) noteForbidden() {
	w.api.mu.Lock()
	first := !w.api.forbids
	w.api.forbids = true
	w.api.mu.Unlock()
	if first {
		w.noteStruck(apiStricter)
	}
}

// refusable reports whether the changed rules forbid the address of a row.
func refusable(row judge.Row) bool { return row.Cells["country"] == "FR" && row.Cells["flr"] != "" }

// refuseFloor refuses a French address with a floor.
func (w *world) refuseFloor(answer http.ResponseWriter, q *http.Request) bool {
	body, err := io.ReadAll(q.Body)
	q.Body = io.NopCloser(bytes.NewReader(body))
	var address map[string]any
	if err != nil || json.Unmarshal(body, &address) != nil {
		return false
	}
	if inner, ok := address["address"].(map[string]any); ok {
		address = inner
	}
	if address["flr"] == nil || !w.isFrench(strings.Split(q.URL.Path, "/")) {
		return false
	}
	w.noteForbidden()
	return simtest.Refuse(answer, http.StatusBadRequest, codeInvalid)
}

// isFrench reports whether the voicesite that a path names is in France, by the simulator's books.
func (w *world) isFrench(path []string) bool {
	return slices.ContainsFunc(w.sim.Sim.Stats().Voicesites, func(v btsim.Voicesite) bool {
		return v.Country == "FR" && slices.Contains(path, v.VoiceSiteID)
	})
}

// forbidFloor makes the floor an element that is not used.
func forbidFloor(answer http.ResponseWriter, carried *httptest.ResponseRecorder) bool {
	content := carried.Body.Bytes()
	var constraints map[string]map[string]any
	if carried.Code == http.StatusOK && json.Unmarshal(content, &constraints) == nil && constraints["flr"] != nil {
		constraints["flr"]["usage"] = "notUsed"
		content, _ = json.Marshal(constraints) // it was JSON
	}
	for name, values := range carried.Header() {
		if name != "Content-Length" {
			answer.Header()[name] = values
		}
	}
	answer.WriteHeader(carried.Code)
	_, _ = answer.Write(content)
	return true
}

// noteRefusing notes that the account stops working: a probe that found it working just before may
// still send, although all batches have been blocked for long.
func (w *world) noteRefusing() {
	w.api.mu.Lock()
	defer w.api.mu.Unlock()
	w.api.idle = time.Time{}
}

// noteBlocked notes since when all open batches are blocked.
func (w *world) noteBlocked(batches []rollout.Batch) {
	all, some := true, false
	for _, b := range batches {
		if b.State != rollout.Done && b.State != rollout.Withdrawn {
			some = true
			all = all && b.State == rollout.Blocked
		}
	}
	w.api.mu.Lock()
	defer w.api.mu.Unlock()
	if !all || !some {
		w.api.idle = time.Time{}
	} else if w.api.idle.IsZero() {
		w.api.idle = time.Now()
	}
}
