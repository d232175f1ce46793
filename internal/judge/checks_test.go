// This file tests the checks with invented evidence: of each violation, and of what is
// allowed.

package judge_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"btrollout/internal/btsim"
	"btrollout/internal/judge"
)

// cells pairs headers and values.
func cells(pairs ...string) map[string]string {
	m := map[string]string{}
	for i := 0; i < len(pairs); i += 2 {
		m[pairs[i]] = pairs[i+1]
	}
	return m
}

// firstRow and laterRow are rows of one site; the later one has another address and spelling.
func firstRow() judge.Row {
	return judge.Row{
		File: judge.FirstFile, Number: 2, Expected: judge.Bought,
		Cells:   cells("technicalSiteName", "Büro 1"),
		Address: cells("a6", "Rue de Lille", "hno", "1"),
	}
}

func laterRow() judge.Row {
	return judge.Row{
		File: judge.NightFile(0), Number: 2, Expected: judge.Bought,
		Cells:   cells("technicalSiteName", "BU\u0308RO\u00a01"),
		Address: cells("a6", "Rue de Lille", "hno", "2"),
	}
}

// afterRow is the first row in the file that is uploaded after a loss of Redis.
func afterRow() judge.Row {
	row := firstRow()
	row.File = judge.AfterFile
	return row
}

// wrongRow is another row of the site, wrong in the file.
func wrongRow() judge.Row {
	row := firstRow()
	row.Number, row.Expected = 3, judge.Wrong
	return row
}

// site is a case of the tests: what became of one site. moved returns one without violations.
type site struct {
	states     []string // of firstRow, laterRow and wrongRow, or only of afterRow; each with a code after a space
	orders     []btsim.Order
	voicesites []btsim.Voicesite
	note       string // a cell of the report
	atOnce     bool   // laterRow was checked before firstRow was entered
}

func moved() site {
	return site{
		states: []string{"provisioned", "provisioned", "rejected name.duplicate"},
		orders: []btsim.Order{{OrderID: "o1", Status: "delivered", TechnicalSiteName: "Büro 1"}},
		voicesites: []btsim.Voicesite{{
			VoiceSiteID: "vs1", OrderID: "o1", TechnicalSiteName: "BÜRO 1", Address: laterRow().Address, AddressPushes: 2,
		}},
	}
}

// evidence is that of the site; the reference of each order is its ID.
func (s site) evidence() *judge.Evidence {
	e := &judge.Evidence{
		Rows:  []judge.Row{firstRow(), wrongRow(), laterRow(), afterRow()},
		Books: btsim.Stats{Orders: map[string][]btsim.Order{}},
	}
	for _, o := range s.orders {
		o.FoldedName = btsim.FoldName(o.TechnicalSiteName)
		e.Books.Orders[o.OrderID] = append(e.Books.Orders[o.OrderID], o)
	}
	for _, v := range s.voicesites {
		v.FoldedName = btsim.FoldName(v.TechnicalSiteName)
		e.Books.Voicesites = append(e.Books.Voicesites, v)
	}
	rows := []judge.Row{firstRow(), laterRow(), wrongRow()}
	if len(s.states) == 1 {
		rows = []judge.Row{afterRow()}
	}
	for i, written := range s.states {
		upload := judge.Entry{Batch: "b", Row: rows[i], Began: time.Unix(100, 0), Entered: time.Unix(200, 0)}
		if i == 1 {
			upload.Batch, upload.Began, upload.Entered = "b2", time.Unix(300, 0), time.Unix(400, 0)
			if s.atOnce {
				upload.Began = time.Unix(150, 0)
			}
		}
		state, code, _ := strings.Cut(written, " ")
		id := "vs1"
		if state == "left" { // to another batch
			state, id = "skipped", ""
		}
		upload.Cells = cells("bt_state", state, "bt_code", code, "bt_problem", code, "bt_note", s.note, "bt_voicesite_id", id)
		e.Entries = append(e.Entries, upload)
	}
	return e
}

func texts(violations []judge.Violation) (all []string) {
	for _, v := range violations {
		all = append(all, v.String())
	}
	return all
}

func TestEvidence_CheckLetsPass(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*site){
		"moved":                               func(*site) {},
		"the first row left to the later one": func(s *site) { s.states[0] = "left" },
		"the later row taken at the same moment": func(s *site) {
			s.states[1], s.voicesites[0].Address, s.atOnce = "rejected site.taken", firstRow().Address, true
		},
		"the first row taken by the later one": func(s *site) { s.states[0] = "rejected site.taken" },
		"the later row while a person must decide": func(s *site) {
			s.states[1], s.voicesites[0].Address = "rejected site.in-review", firstRow().Address
			s.orders[0].Struck = []btsim.Kind{btsim.NoVoicesiteID}
		},
		"back to the first address": func(s *site) { s.states[0] = "failed order.rejected" },
		"rejected, then ordered anew": func(s *site) {
			s.states[0] = "failed order.rejected"
			s.orders = append(s.orders, btsim.Order{OrderID: "o0", Status: "cancelled", TechnicalSiteName: "BÜRO 1"})
		},
		"rejected twice": func(s *site) {
			s.states, s.voicesites = []string{"failed order.rejected", "failed order.rejected"}, nil
			s.orders[0].Status = "rejected"
		},
		"left to a person because of a break": func(s *site) {
			s.states, s.voicesites[0].Address, s.voicesites[0].AddressPushes = []string{"review order.unknown"}, nil, 0
			s.orders[0].Struck = []btsim.Kind{btsim.NoVoicesiteID}
		},
	} {
		s := moved()
		change(&s)
		outcome, violations := s.evidence().Check()
		if len(violations) > 0 || outcome.Doubles+outcome.Lost+outcome.GivenUp > 0 {
			t.Errorf("%s: %+v, %q", name, outcome, texts(violations))
		}
	}
}

func TestEvidence_CheckFinds(t *testing.T) {
	t.Parallel()
	for want, change := range map[string]func(*site){
		"2 live orders": func(s *site) {
			s.orders = append(s.orders, btsim.Order{OrderID: "o2", Status: "inProgress", TechnicalSiteName: "büro  1"})
		},
		"2 voicesites": func(s *site) { s.voicesites = append(s.voicesites, s.voicesites[0]) },
		"3 orders, and 2 rows": func(s *site) {
			for _, id := range []string{"o2", "o3"} {
				s.orders = append(s.orders, btsim.Order{OrderID: id, Status: "rejected", TechnicalSiteName: "Büro 1"})
			}
		},
		`its hno is "1" in the books, want "2"`: func(s *site) { s.voicesites[0].Address = firstRow().Address },
		`: provisioned in batch b, and its hno is "1" in`: func(s *site) {
			s.states[1], s.voicesites[0].Address = "left", firstRow().Address // which asks for something else
		},
		"lost: no row of it":              func(s *site) { s.states[0], s.states[1] = "left", "left" },
		"has the address of another site": func(s *site) { s.voicesites[0].Address = cells("a6", "Rue de Lille", "hno", "3") },
		`its hno is "" in the books`:      func(s *site) { s.voicesites[0].Address, s.voicesites[0].AddressPushes = nil, 0 },
		"no voicesite":                    func(s *site) { s.voicesites = nil },
		"and vs2 in the books":            func(s *site) { s.voicesites[0].VoiceSiteID = "vs2" },
		"left to a person, and no break":  func(s *site) { s.states[1] = "review order.unknown" },
		"given up":                        func(s *site) { s.states[1] = "failed api.unavailable" },
		"lost: no row":                    func(s *site) { s.states = []string{"rejected x", "rejected x"} },
		"lost: rejected in batch b2 (site.taken)": func(s *site) { // by the first row, which was entered long before
			s.states[1], s.voicesites[0].Address = "rejected site.taken", firstRow().Address
		},
		"lost: rejected in batch b2 (site.in-review)": func(s *site) { // without a break
			s.states[1], s.voicesites[0].Address = "rejected site.in-review", firstRow().Address
		},
		"lost: rejected in batch b2 (site.in-flight)": func(s *site) { // which is a note
			s.states[1], s.voicesites[0].Address, s.atOnce = "rejected site.in-flight", firstRow().Address, true
		},
		"lost: rejected in batch b (address.pattern)": func(s *site) { s.states[0] = "rejected address.pattern" },
		"lost: validated": func(s *site) { s.states[1] = "validated" },
		"no report says so": func(s *site) {
			s.orders[0].Status, s.voicesites, s.states = "rejected", nil, []string{"failed other"}
		},
		"a voicesite, though its orders":         func(s *site) { s.orders[0].Status = "rejected" },
		"bt_note in batch b has 40000 bytes":     func(s *site) { s.note = strings.Repeat("x", 40000) },
		"bt_note in batch b has 5 bytes or cont": func(s *site) { s.note = "a\x1b[3m" },
		"wrong in the file, and skipped in batc": func(s *site) { s.states[2] = "skipped" },
		"wrong in the file, and rejected in bat": func(s *site) { s.states[2] = "rejected" }, // without a problem
		`1 orders for "buro 9", which no right`: func(s *site) {
			s.orders = append(s.orders, btsim.Order{OrderID: "o9", TechnicalSiteName: "Büro 9"})
		},
		`reference o1 is used for "Büro 1" and "Büro 9"`: func(s *site) {
			s.orders = append(s.orders, btsim.Order{OrderID: "o1", TechnicalSiteName: "Büro 9"})
		},
	} {
		s := moved()
		change(&s)
		_, violations := s.evidence().Check()
		if found := strings.Join(texts(violations), "; "); !strings.Contains(found, want) {
			t.Errorf("found %q, want %q", found, want)
		}
	}
}

func TestEvidence_CheckAfterLoss(t *testing.T) {
	t.Parallel()
	before := btsim.Stats{Orders: map[string][]btsim.Order{"r": {{Status: "delivered", FoldedName: firstRow().Key()}}}}
	for want, change := range map[string]func(*site){
		"": func(*site) {},
		"ordered 1 times more": func(s *site) {
			s.orders = append(s.orders, btsim.Order{OrderID: "o2", Status: "delivered", TechnicalSiteName: "BÜRO 1"})
		},
		"not worked on":            func(s *site) { s.states = []string{"rejected site.taken"} },
		"review after":             func(s *site) { s.states = []string{"review site.name-taken"} },
		"has the address of anoth": func(s *site) { s.voicesites[0].Address = cells("hno", "3") },
		"want \"1\"":               func(s *site) { s.voicesites[0].Address = laterRow().Address },
	} {
		s := moved()
		s.states, s.voicesites[0].Address = []string{"provisioned"}, firstRow().Address
		change(&s)
		found := strings.Join(texts(s.evidence().CheckAfterLoss(before)), "; ")
		if !strings.Contains(found, want) || (want == "") != (found == "") {
			t.Errorf("found %q, want %q", found, want)
		}
	}
}

// TestEvidence_CheckStricter holds that a row may fail for its address, or be rejected, where
// changed rules forbid it, and nowhere else.
func TestEvidence_CheckStricter(t *testing.T) {
	t.Parallel()
	laterOnly := func(r judge.Row) bool { return r.File == laterRow().File }
	all := func(judge.Row) bool { return true }
	for _, c := range []struct {
		name      string
		refusable func(judge.Row) bool
		states    []string
		refused   int
		want      string
	}{
		{"failed where it is forbidden", laterOnly, []string{"provisioned", "failed address.refused"}, 1, ""},
		{"failed for another reason", laterOnly, []string{"provisioned", "failed order.rejected"}, 0, "given up"},
		{"failed where it is allowed", nil, []string{"provisioned", "failed address.refused"}, 0, "given up"},
		{"rejected where all are forbidden", all, []string{"rejected address.not-used", "rejected address.not-used"}, 1, ""},
		{"rejected after its order was", all, []string{"rejected address.not-used", "rejected address.not-used", "order"}, 1, ""},
		{"rejected where one is allowed", laterOnly, []string{"rejected address.not-used", "rejected address.not-used"}, 0, "lost: no row"},
		{"rejected for another reason", all, []string{"rejected address.not-used", "rejected site.taken"}, 0, "lost: no row"},
		{"in no report", all, nil, 0, "lost: no row"},
	} {
		s := moved()
		if s.states = nil; c.states != nil {
			s.states = append(c.states[:2:2], moved().states[2])
		}
		s.voicesites[0].Address = firstRow().Address
		var losses []judge.Loss
		if c.states == nil || c.states[0] != "provisioned" { // no row was worked on
			s.orders, s.voicesites = nil, nil
			if len(c.states) > 2 { // since Redis lost its data
				s.orders, losses = []btsim.Order{{OrderID: "o0", Status: "rejected", TechnicalSiteName: "Büro 1"}}, []judge.Loss{{
					At: time.Now(), Uploads: map[string]int{judge.FirstFile: 1},
				}}
			}
		}
		e := s.evidence()
		e.Refusable, e.Losses = c.refusable, losses
		outcome, violations := e.Check()
		found := strings.Join(texts(violations), "; ")
		if !strings.Contains(found, c.want) || (c.want == "") != (found == "") || outcome.Refused != c.refused {
			t.Errorf("%s: found %q and %d refused, want %q and %d", c.name, found, outcome.Refused, c.want, c.refused)
		}
	}
}

// TestEvidence_CheckRejection holds that the newest row that was worked on must say that the
// site's orders were rejected.
func TestEvidence_CheckRejection(t *testing.T) {
	t.Parallel()
	const want = "its orders were rejected, and no report says so"
	for _, c := range []struct {
		states []string
		atOnce bool
		want   string
	}{
		{[]string{"failed order.rejected", "failed order.rejected"}, false, ""},
		{[]string{"failed other", "failed order.rejected"}, false, ""},
		{[]string{"failed order.rejected", "rejected site.taken"}, true, ""},
		{[]string{"failed order.rejected", "rejected site.taken"}, false, "lost: rejected"},
		{[]string{"failed order.rejected", "failed other"}, false, want},
		{[]string{"failed order.rejected", "review order.unknown"}, false, want},
		{[]string{"failed order.rejected", "validated"}, false, want},
	} {
		s := moved()
		s.states, s.voicesites, s.orders[0].Status, s.atOnce = c.states, nil, "rejected", c.atOnce
		_, violations := s.evidence().Check()
		if found := strings.Join(texts(violations), "; "); !strings.Contains(found, c.want) || (c.want == "") != (found == "") {
			t.Errorf("%v: found %q, want %q", c.states, found, c.want)
		}
	}
}

// TestEvidence_CheckLosses holds that a site may be ordered once more for each upload that a loss of
// Redis forgot if an order of it was rejected that was made before.
func TestEvidence_CheckLosses(t *testing.T) {
	t.Parallel()
	ordered := time.Now()
	before := judge.Loss{At: ordered.Add(-time.Minute), Uploads: map[string]int{judge.FirstFile: 1}}
	after := judge.Loss{At: ordered.Add(time.Minute), Uploads: before.Uploads}
	twice := judge.Loss{At: after.At, Uploads: map[string]int{judge.FirstFile: 1, judge.NightFile(0): 1}}
	none := judge.Loss{At: after.At, Uploads: map[string]int{judge.SecondFile: 1}}
	const tooMany, unexplained = "orders, and 1 rows", "1 orders, and 0 rows"
	for _, c := range []struct {
		losses   []judge.Loss
		statuses []string // of the orders; if it is one, all rows were rejected
		want     string
	}{
		{[]judge.Loss{before}, []string{"delivered"}, unexplained},
		{[]judge.Loss{after}, []string{"delivered"}, ""},
		{nil, []string{"rejected", "delivered"}, tooMany},
		{[]judge.Loss{after}, []string{"rejected", "delivered"}, ""},
		{[]judge.Loss{before}, []string{"rejected", "delivered"}, tooMany},
		{[]judge.Loss{after}, []string{"rejected", "rejected", "delivered"}, tooMany},
		{[]judge.Loss{before, after}, []string{"rejected", "rejected", "delivered"}, tooMany},
		{[]judge.Loss{twice}, []string{"rejected", "rejected", "delivered"}, ""},
		{[]judge.Loss{twice}, []string{"rejected", "rejected", "rejected", "delivered"}, tooMany},
		{[]judge.Loss{none}, []string{"rejected", "delivered"}, tooMany},
		{[]judge.Loss{after, after}, []string{"rejected", "rejected", "delivered"}, ""},
		{[]judge.Loss{after}, []string{"delivered", "delivered"}, tooMany},
	} {
		s := moved()
		s.states[0], s.orders = "skipped", nil
		if len(c.statuses) == 1 {
			s.states[0], s.states[1] = "rejected address.not-used", "rejected address.not-used"
		}
		for i, status := range c.statuses {
			s.orders = append(s.orders, btsim.Order{
				OrderID: fmt.Sprint("o", i), Status: status, TechnicalSiteName: "Büro 1", CreationDate: ordered,
			})
		}
		e := s.evidence()
		e.Losses, e.Refusable = c.losses, func(judge.Row) bool { return len(c.statuses) == 1 }
		_, violations := e.Check()
		if found := strings.Join(texts(violations), "; "); !strings.Contains(found, c.want) || (c.want == "") != (found == "") {
			t.Errorf("%v after losses at %v: found %q, want %q", c.statuses, c.losses, found, c.want)
		}
	}
}
