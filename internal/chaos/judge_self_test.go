// This file tests the judge with invented evidence: of each violation, and of what is
// allowed.

package chaos_test

import (
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"btrollout/internal/btsim"
)

// firstRow and laterRow are rows of one site; the later one has another address and spelling.
func firstRow() site {
	return site{
		file: firstFile, row: 2, expected: bought,
		cells:   cells("technicalSiteName", "Büro 1"),
		address: cells("a6", "Rue de Lille", "hno", "1"),
	}
}

func laterRow() site {
	return site{
		file: nightFile(0), row: 2, expected: bought,
		cells:   cells("technicalSiteName", "BU\u0308RO\u00a01"),
		address: cells("a6", "Rue de Lille", "hno", "2"),
	}
}

// evidence is a case of the tests; moved returns one without violations.
type evidence struct {
	states     []string // of the first row and the later one, and a code after a space
	orders     []btsim.Order
	voicesites []btsim.Voicesite
	note       string // a cell of the report
}

func moved() evidence {
	return evidence{
		states: []string{"provisioned", "provisioned"},
		orders: []btsim.Order{{OrderID: "o1", Status: "delivered", TechnicalSiteName: "Büro 1"}},
		voicesites: []btsim.Voicesite{{
			VoiceSiteID: "vs1", OrderID: "o1", TechnicalSiteName: "BÜRO 1", Address: laterRow().address, AddressPushes: 2,
		}},
	}
}

// afterRow is the first row in the file that is uploaded after a loss of Redis.
func afterRow() site {
	s := firstRow()
	s.file = afterFile
	return s
}

// judged gives the evidence to the judge, and returns the violations that it finds.
func (c evidence) judged(t *testing.T, how func(*judge)) (*judge, string) {
	t.Helper()
	rows := []site{firstRow(), laterRow(), afterRow()}
	j := &judge{run: &run{sites: rows}, t: t, entries: map[string][]entry{}}
	books := btsim.Stats{Orders: map[string][]btsim.Order{}}
	for _, o := range c.orders {
		o.FoldedName, o.CreationDate = btsim.FoldName(o.TechnicalSiteName), time.Now()
		books.Orders[o.OrderID] = append(books.Orders[o.OrderID], o)
	}
	for _, v := range c.voicesites {
		v.FoldedName = btsim.FoldName(v.TechnicalSiteName)
		books.Voicesites = append(books.Voicesites, v)
	}
	j.open(books)
	for i, written := range c.states {
		state, code, _ := strings.Cut(written, " ")
		row := rows[i]
		if len(c.states) == 1 {
			row = afterRow()
		}
		e := entry{batch: "b", row: row, cells: cells(
			"bt_state", state, "bt_code", code, "bt_problem", code, "bt_note", c.note, "bt_voicesite_id", "vs1")}
		j.entries[e.row.key()] = append(j.entries[e.row.key()], e)
	}
	how(j)
	return j, strings.Join(j.violations, "; ")
}

func TestJudgeLetsPass(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*evidence){
		"moved": func(*evidence) {},
		"the later row refused": func(c *evidence) {
			c.states[1], c.voicesites[0].Address = "rejected site.in-flight", firstRow().address
		},
		"back to the first address": func(c *evidence) { c.states[0] = "failed order.rejected" },
		"rejected, then ordered anew": func(c *evidence) {
			c.states[0] = "failed order.rejected"
			c.orders = append(c.orders, btsim.Order{OrderID: "o0", Status: "cancelled", TechnicalSiteName: "BÜRO 1"})
		},
		"rejected twice": func(c *evidence) {
			c.states, c.voicesites = []string{"failed order.rejected", "failed order.rejected"}, nil
			c.orders[0].Status = "rejected"
		},
		"left to a person because of a break": func(c *evidence) {
			c.states, c.voicesites[0].Address, c.voicesites[0].AddressPushes = []string{"review order.unknown"}, nil, 0
			c.orders[0].Struck = []btsim.Kind{btsim.NoVoicesiteID}
		},
	} {
		c := moved()
		change(&c)
		if j, suspicion := c.judged(t, (*judge).checkAll); suspicion != "" || j.v.doubles+j.v.lost+j.v.failed > 0 {
			t.Errorf("%s: suspected: %s", name, suspicion)
		}
	}
}

func TestJudgeSees(t *testing.T) {
	t.Parallel()
	for want, change := range map[string]func(*evidence){
		"2 live orders": func(c *evidence) {
			c.orders = append(c.orders, btsim.Order{OrderID: "o2", Status: "inProgress", TechnicalSiteName: "büro  1"})
		},
		"2 voicesites": func(c *evidence) { c.voicesites = append(c.voicesites, c.voicesites[0]) },
		"3 orders, and 2 rows": func(c *evidence) {
			for _, id := range []string{"o2", "o3"} {
				c.orders = append(c.orders, btsim.Order{OrderID: id, Status: "rejected", TechnicalSiteName: "Büro 1"})
			}
		},
		`its hno is "1" in the books, want "2"`: func(c *evidence) { c.voicesites[0].Address = firstRow().address },
		"has the address of another site":       func(c *evidence) { c.voicesites[0].Address = cells("a6", "Rue de Lille", "hno", "3") },
		`its hno is "" in the books`:            func(c *evidence) { c.voicesites[0].Address, c.voicesites[0].AddressPushes = nil, 0 },
		"no voicesite":                          func(c *evidence) { c.voicesites = nil },
		"and vs2 in the books":                  func(c *evidence) { c.voicesites[0].VoiceSiteID = "vs2" },
		"left to a person, and no break":        func(c *evidence) { c.states[1] = "review order.unknown" },
		"given up":                              func(c *evidence) { c.states[1] = "failed api.unavailable" },
		"lost: no row":                          func(c *evidence) { c.states = []string{"rejected x", "rejected x"} },
		"lost: validated":                       func(c *evidence) { c.states[1] = "validated" },
		"no report says so": func(c *evidence) {
			c.orders[0].Status, c.voicesites, c.states = "rejected", nil, []string{"failed other"}
		},
		"a voicesite, though its orders":         func(c *evidence) { c.orders[0].Status = "rejected" },
		"bt_note in batch b has 40000 bytes":     func(c *evidence) { c.note = strings.Repeat("x", 40000) },
		"bt_note in batch b has 5 bytes or cont": func(c *evidence) { c.note = "a\x1b[3m" },
	} {
		c := moved()
		change(&c)
		if _, suspicion := c.judged(t, (*judge).checkAll); !strings.Contains(suspicion, want) {
			t.Errorf("suspected %q, want %q", suspicion, want)
		}
	}
}

func TestJudgeSeesWhatALossOfRedisCosts(t *testing.T) {
	t.Parallel()
	before := btsim.Stats{Orders: map[string][]btsim.Order{"r": {{Status: "delivered", FoldedName: firstRow().key()}}}}
	for want, change := range map[string]func(*evidence){
		"": func(*evidence) {},
		"ordered 1 times more": func(c *evidence) {
			c.orders = append(c.orders, btsim.Order{OrderID: "o2", Status: "delivered", TechnicalSiteName: "BÜRO 1"})
		},
		"not worked on":            func(c *evidence) { c.states = []string{"rejected site.taken"} },
		"review after":             func(c *evidence) { c.states = []string{"review site.name-taken"} },
		"has the address of anoth": func(c *evidence) { c.voicesites[0].Address = cells("hno", "3") },
		"want \"1\"":               func(c *evidence) { c.voicesites[0].Address = laterRow().address },
	} {
		c := moved()
		c.states, c.voicesites[0].Address = []string{"provisioned"}, firstRow().address
		change(&c)
		_, suspicion := c.judged(t, func(j *judge) { j.checkAfterLoss(before) })
		if !strings.Contains(suspicion, want) || (want == "") != (suspicion == "") {
			t.Errorf("suspected %q, want %q", suspicion, want)
		}
	}
}

func TestRowsTellSitesApart(t *testing.T) {
	t.Parallel()
	all := makeSites(rand.New(rand.NewPCG(1, 1)), 200, 3, true)
	addresses, fresh, respelled := map[string]site{}, 0, 0
	first := map[string]site{}
	for _, s := range all {
		if s.expected == wrong {
			continue
		}
		if before, known := first[s.key()]; known {
			if differs(s.address, before.address) != "" {
				fresh++
			}
			if s.name() != before.name() {
				respelled++
			}
		} else {
			first[s.key()] = s
		}
		if other, taken := addresses[s.at()+s.cells["a3"]]; taken && other.key() != s.key() {
			t.Errorf("%s and %s have one address", s, other)
		}
		addresses[s.at()+s.cells["a3"]] = s
	}
	if len(first) != 200 || fresh < 50 || respelled < 20 {
		t.Errorf("%d sites, %d rows with another address, %d with another spelling", len(first), fresh, respelled)
	}
}
