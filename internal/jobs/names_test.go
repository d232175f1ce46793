// This file tests names that people read alike: between uploads, in the account, and where the
// API spells them its own way, they are one site, or a person decides.

package jobs_test

import (
	"bytes"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"btrollout/internal/btsim"
	"btrollout/internal/identity"
	"btrollout/internal/jobs"
	"btrollout/internal/rollout"
	"btrollout/internal/simtest"
)

// named is a right row under a name.
func named(row int, name string) rollout.Site {
	s := site(row)
	s.Name = name
	return s
}

// spellings of one name; the last is only like the others.
var spellings = []string{"Café-01 Nord", "CAFÉ-01 NORD", "Café–01\u00a0 Nord", "Cafe\u0301-01 Nord", "Ｃａｆé-01 Nord"}

const onlyAlike = "Cafe-01 Nord"

// rewriting is a rule that has every object in the answers to some calls changed.
func rewriting(change func(call string, object map[string]any), calls ...string) simtest.Rule {
	return func(call string, w http.ResponseWriter, _ *http.Request, carry func() *httptest.ResponseRecorder) bool {
		if !slices.Contains(calls, call) {
			return false
		}
		answer := carry()
		var body any
		if answer.Code >= 300 || json.Unmarshal(answer.Body.Bytes(), &body) != nil {
			maps.Copy(w.Header(), answer.Header())
			w.WriteHeader(answer.Code)
			_, _ = w.Write(answer.Body.Bytes())
			return true
		}
		list, many := body.([]any)
		if !many {
			list = []any{body}
		}
		for _, item := range list {
			change(call, item.(map[string]any))
		}
		maps.Copy(w.Header(), answer.Header())
		w.Header().Del("Content-Length")
		w.WriteHeader(answer.Code)
		if err := json.NewEncoder(w).Encode(body); err != nil {
			panic(err)
		}
		return true
	}
}

// bodyOf reads the body of a request and leaves it to be read again.
func bodyOf(q *http.Request) string {
	body, err := io.ReadAll(q.Body)
	if err != nil {
		panic(err)
	}
	q.Body = io.NopCloser(bytes.NewReader(body))
	return string(body)
}

// respell spells the name of an order or a voicesite as some APIs would.
func respell(_ string, object map[string]any) {
	if parameters, ok := object["parameters"].(map[string]any); ok {
		object = parameters
	}
	if name, ok := object["technicalSiteName"].(string); ok {
		object["technicalSiteName"] = strings.ToUpper(strings.Join(strings.Fields(name), " "))
	}
}

func TestRecognise_NamesThatPeopleReadAlike(t *testing.T) {
	virtually(t, func(t *testing.T) {
		g := &simtest.Gate{}
		r := newVirtualRig(t, instantly, g.Between)
		stop := r.startWorker()
		for i, name := range spellings {
			batch := "b" + string(rune('1'+i))
			s := named(2, name)
			if i == 1 {
				s.Address["hno"] = "7"
			}
			r.submit(batch, s)
			r.wait(batch, isDone)
			want := rollout.Provisioned
			if i > 2 { // nothing changed any more
				want = rollout.Skipped
			}
			r.ended(batch, "2", want, "")
		}
		r.submit("alike", named(2, onlyAlike))
		r.wait("alike", isDone)
		stop()
		r.ended("alike", "2", rollout.Rejected, jobs.CodeNameAlike, "Row 2 of batch b5")
		if n := r.orders(); n != 1 || g.Count(simtest.CallOrder) != 1 {
			t.Errorf("%d orders, %d sent", n, g.Count(simtest.CallOrder))
		}
	})
}

// TestRecognise_NothingWasMade: a name that failed keeps nobody from one like it.
func TestRecognise_NothingWasMade(t *testing.T) {
	virtually(t, func(t *testing.T) {
		r := newVirtualRig(t, instantly, nil)
		stop := r.startWorker()
		frozen := named(2, spellings[0])
		frozen.VPN = "VPN Legacy"
		r.submit("b1", frozen)
		r.wait("b1", isDone)
		r.ended("b1", "2", rollout.Failed, jobs.CodeOrderRejected)
		r.submit("b2", named(2, onlyAlike))
		r.wait("b2", isDone)
		stop()
		r.ended("b2", "2", rollout.Provisioned, "")
	})
}

// TestAdopt_NamesThatPeopleReadAlike: what stands in the account under another spelling
// is the site's own if this program's reference says so; otherwise a person decides.
func TestAdopt_NamesThatPeopleReadAlike(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		there     string // the name in the account
		reference func(customer string) string
		state     rollout.State
		code      string
	}{
		"another spelling, its reference": {
			spellings[1], func(c string) string { return identity.Reference(c, rollout.Request{Name: spellings[0]}) }, rollout.Provisioned, "",
		},
		"another spelling, an earlier version's": {
			spellings[1], func(c string) string { return identity.References(c, rollout.Request{Name: spellings[1]})[1] }, rollout.Provisioned, "",
		},
		"this spelling, an earlier version's": {
			spellings[0], func(c string) string { return identity.References(c, rollout.Request{Name: spellings[0]})[1] }, rollout.Provisioned, "",
		},
		"another spelling, somebody else's reference": {
			spellings[1], func(string) string { return "PORTAL-1" }, rollout.Review, jobs.CodeNameTaken,
		},
		"only alike, its reference": {
			onlyAlike, func(c string) string { return identity.Reference(c, rollout.Request{Name: spellings[0]}) }, rollout.Provisioned, "",
		},
		"only alike, its own name's reference": {
			onlyAlike, func(c string) string { return identity.Reference(c, rollout.Request{Name: onlyAlike}) }, rollout.Review, jobs.CodeNameTaken,
		},
		"another name, its reference": {
			"ELSEWHERE", func(c string) string { return identity.Reference(c, rollout.Request{Name: spellings[0]}) },
			rollout.Review, jobs.CodeOrderUnknown,
		},
	} {
		runVirtually(t, name, func(t *testing.T) {
			g := &simtest.Gate{}
			r := newVirtualRig(t, instantly, g.Between)
			r.place(c.reference(r.sim.Credentials().CustomerCode), named(2, c.there))
			r.submit("b", named(2, spellings[0]))
			stop := r.startWorker()
			r.wait("b", isDone)
			stop()
			says := []string{}
			if c.code != "" {
				says = append(says, c.there, "batch resolve b 2")
			}
			r.ended("b", "2", c.state, c.code, says...)
			if n := g.Count(simtest.CallOrder); n != 0 {
				t.Errorf("%d orders were sent", n)
			}
		})
	}
}

// TestOrder_TheAPISpellsNamesItsOwnWay: answers are lost, then Redis is; the names come
// back in capitals, with single spaces.
func TestOrder_TheAPISpellsNamesItsOwnWay(t *testing.T) {
	virtually(t, func(t *testing.T) {
		rows := func() []rollout.Site {
			own := named(4, "Büro  (CH) №4")
			own.Reference = "PO-4"
			return []rollout.Site{named(2, spellings[0]), named(3, "Straße  3"), own}
		}
		spelled := rewriting(respell, simtest.CallOrder, simtest.CallOrders, simtest.CallOrdersOf, simtest.CallPoll, simtest.CallVoicesites)
		first := firstOf()
		g := &simtest.Gate{Rule: func(call string, w http.ResponseWriter, q *http.Request, carry func() *httptest.ResponseRecorder) bool {
			if call == simtest.CallOrder && first(bodyOf(q)) {
				carry()
				return simtest.Refuse(w, http.StatusServiceUnavailable, 5)
			}
			return spelled(call, w, q, carry)
		}}
		r := newVirtualRig(t, btsim.Options{}, g.Between)
		stop := r.startWorker()
		r.submit("b1", rows()...)
		b1 := r.wait("b1", isDone)
		if err := r.rdb.FlushAll(t.Context()).Err(); err != nil {
			t.Fatal(err)
		}
		r.submit("b2", rows()...)
		b2 := r.wait("b2", isDone)
		stop()
		if b1.Counts[rollout.Provisioned] != 3 || b2.Counts[rollout.Provisioned] != 3 || r.orders() != 3 {
			t.Errorf("%d orders for 3 sites, which ended as %v and %v", r.orders(), b1.Counts, b2.Counts)
		}
	})
}
