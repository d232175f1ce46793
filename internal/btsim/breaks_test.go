// Breaks on purpose: how they are written, what a client is told, and that the books
// stay true.

package btsim_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode"

	"btrollout/internal/btsim"
)

// broken is a bench whose simulator has one break that strikes every n-th time, and
// delivers orders at once.
func broken(t *testing.T, kind btsim.Kind, n int) *bench {
	t.Helper()
	return newBench(t, btsim.Options{
		DeliveryMin: 1, DeliveryMax: 1, Words: 1000, Hang: time.Millisecond, Breaks: btsim.Breaks{kind: {Every: n}},
	})
}

func TestBreaksAsWritten(t *testing.T) {
	t.Parallel()
	var b btsim.Breaks
	for _, text := range []string{"all=2%", "respell", "long-words=every:3", "no-reference=0"} {
		if err := b.UnmarshalText([]byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	if len(b) != len(btsim.BreakKinds) || b[btsim.Respell].Probability != 1 || b[btsim.LongWords].Every != 3 ||
		b[btsim.NoReference] != (btsim.Chance{}) || b[btsim.LosingList].Probability != 0.02 {
		t.Errorf("breaks %+v", b)
	}
	for text, mention := range map[string]string{"html=1": `no break "html": give all, respell`, "": "long-words",
		"respell=": "every:50", "respell=2": "every:50"} {
		if err := b.UnmarshalText([]byte(text)); err == nil || !strings.Contains(err.Error(), mention) {
			t.Errorf("%q: error %v, want one about %s", text, err, mention)
		}
	}
	var f btsim.Faults
	if err := f.UnmarshalText([]byte("all=1")); err != nil || len(f) != len(btsim.Kinds) || slices.Contains(btsim.Kinds, btsim.Respell) {
		t.Errorf("all faults are %v, error %v", f, err)
	}
	if err := f.UnmarshalText([]byte("respell=1")); err == nil {
		t.Error("a break is taken for a fault")
	}
	for _, options := range []btsim.Options{
		{Breaks: btsim.Breaks{btsim.HTML: {Every: 1}}}, {Breaks: btsim.Breaks{btsim.Respell: {Every: -1}}}, {Words: -1}, {Words: 8<<20 + 1},
	} {
		if _, err := btsim.New(options); err == nil {
			t.Errorf("%+v: no error", options)
		}
	}
}

func TestFoldNameIsHowPeopleRead(t *testing.T) {
	t.Parallel()
	for _, alike := range []string{
		"CAFÉ-01 A", "cafe\u0301-01 a", "Cafe-01  A", "Café\u201301\u00a0A", " Café‐01 A ", "Café\u221201\u2003A", "Ｃafé-０１ A",
		"Ca\u200bfé\u201001 A",
	} {
		if got := btsim.FoldName(alike); got != "cafe-01 a" {
			t.Errorf("%q is read as %q", alike, got)
		}
	}
	for _, other := range []string{"Café-02 A", "Café 01 A", "Café-01A", "Café-01 B"} {
		if btsim.FoldName(other) == "cafe-01 a" {
			t.Errorf("%q is read as Café-01 A", other)
		}
	}
}

// told reads the name of a site in all answers about it.
func (b *bench) told(o order) (names []string) {
	b.t.Helper()
	var orders []order
	var one order
	var sites []map[string]string
	var site map[string]string
	b.get(b.mine+"/orders").into(http.StatusOK, &orders)
	b.get(b.mine+"/orders/"+o.OrderID).into(http.StatusOK, &one)
	b.get(b.mine+"/voicesites").into(http.StatusOK, &sites)
	b.get(b.mine+"/voicesites/"+one.VoiceSiteID).into(http.StatusOK, &site)
	for i := range orders {
		if orders[i].OrderID == o.OrderID {
			names = append(names, orders[i].Parameters["technicalSiteName"], sites[i]["technicalSiteName"])
		}
	}
	return append(names, o.Parameters["technicalSiteName"], one.Parameters["technicalSiteName"], site["technicalSiteName"])
}

func TestRespell(t *testing.T) {
	t.Parallel()
	b := broken(t, btsim.Respell, 2)
	const name, spelled = " cafe\u0301\u00a001  a", "CAFÉ 01 A"
	plain, first, again := b.order("1", "site", "FR", europe), b.order("2", name, "FR", europe), b.order("3", name, "FR", europe)
	b.clock.pass(time.Second)
	for o, want := range map[*order]string{&plain: "site", &first: spelled, &again: spelled} {
		if names := b.told(*o); len(names) != 5 || slices.ContainsFunc(names, func(n string) bool { return n != want }) {
			t.Errorf("told %q, want %q", names, want)
		}
	}
	books := b.sim.Stats()
	o, v := books.Orders["2"][0], books.Voicesites[1]
	if o.TechnicalSiteName != name || v.TechnicalSiteName != name || o.FoldedName != "cafe 01 a" || v.FoldedName != o.FoldedName {
		t.Errorf("the books hold %+v and %+v", o, v)
	}
	b.struck(btsim.Respell, 1)
	if books.Opportunities[btsim.Respell] != 2 || !slices.Equal(books.Orders["3"][0].Struck, []btsim.Kind{btsim.Respell}) ||
		books.Orders["1"][0].Struck != nil {
		t.Errorf("the books hold %v, %+v", books.Opportunities, books.Orders)
	}
}

func TestForeignAnswers(t *testing.T) {
	t.Parallel()
	b := broken(t, btsim.ForeignAnswer, 1)
	b.post("first") // about itself with another id, for want of others
	forms := map[bool]int{}
	for i := range 20 {
		reference := fmt.Sprint("ref", i)
		o := b.order(reference, fmt.Sprint("SITE ", i), "FR", europe)
		b.clock.pass(1)
		mine := b.sim.Stats().Orders[reference][0]
		if o.OrderID == mine.OrderID || o.Reference == reference {
			t.Errorf("the answer is the order's own: %+v", o)
		}
		forms[strings.HasPrefix(o.OrderID, "ord99")]++
		b.get(b.mine+"/orders/"+mine.OrderID).into(http.StatusOK, &o)
		var v map[string]string
		b.get(b.mine+"/voicesites/"+mine.VoiceSiteID).into(http.StatusOK, &v)
		if o.OrderID == mine.OrderID || v["voiceSiteId"] == mine.VoiceSiteID || v["technicalSiteName"] == mine.TechnicalSiteName {
			t.Errorf("asked for %+v, told %+v and %v", mine, o, v)
		}
	}
	if forms[true] == 0 || forms[false] == 0 {
		t.Errorf("always the same form: %v", forms)
	}
	b.struck(btsim.ForeignAnswer, 61)
	b.bought("ref7", 1)
	var list []order
	b.get(b.mine+"/orders").into(http.StatusOK, &list) // lists are true
	if len(list) != 21 || list[3].Reference != "ref2" {
		t.Errorf("the list has %+v", list)
	}
}

func TestEmptyAnswers(t *testing.T) {
	t.Parallel()
	b := broken(t, btsim.EmptyAnswer, 1)
	b.get(b.mine+"/orders").into(http.StatusOK, new([]any)) // truly empty, so no opportunity
	seen := map[string]bool{}
	for i := range 40 {
		reference := fmt.Sprint("ref", i)
		answers := []answer{b.post(reference)}
		b.clock.pass(1)
		mine := b.sim.Stats().Orders[reference]
		if len(mine) != 1 || !slices.Equal(mine[0].Struck, []btsim.Kind{btsim.EmptyAnswer}) {
			t.Fatalf("the books hold %+v", mine)
		}
		for _, path := range []string{
			"/orders/" + mine[0].OrderID, "/voicesites/" + mine[0].VoiceSiteID, "/orders", "/voicesites",
			"/orders?customerOrderReference=" + reference,
		} {
			answers = append(answers, b.get(b.mine+path))
		}
		for _, a := range answers {
			if text := string(a.body); a.status > 204 || (a.status == 204) != (text == "") ||
				!slices.Contains([]string{"", "{}", "null", "[]"}, text) {
				t.Errorf("%s: %d %q", a.call, a.status, text)
			}
			seen[fmt.Sprint(a.status == 204, string(a.body))] = true
			seen["total "+strconv.FormatBool(a.header.Get("X-Total-Count") != "")+strconv.FormatBool(a.header.Get("X-Total-Count") == "0")] = true
		}
	}
	for _, want := range []string{"true", "false{}", "falsenull", "false[]", "total truefalse", "total truetrue", "total falsefalse"} {
		if !seen[want] {
			t.Errorf("%q never came: %v", want, seen)
		}
	}
	b.struck(btsim.EmptyAnswer, 240)
}

func TestEmptyAnswersAreNotCut(t *testing.T) {
	t.Parallel()
	b := newBench(t, btsim.Options{Breaks: btsim.Breaks{btsim.EmptyAnswer: {Every: 1}}, Faults: each(btsim.Truncated, 1)})
	for range 20 {
		if a := b.post("ref"); a.status != http.StatusNoContent && (a.status != http.StatusCreated || json.Valid(a.body)) {
			t.Errorf("%d %q", a.status, a.body)
		}
	}
	b.bought("ref", 20)
}

func TestNoReference(t *testing.T) {
	t.Parallel()
	b := broken(t, btsim.NoReference, 1)
	forms := map[bool]bool{}
	for range 20 {
		var posted, read order
		b.post("ref").into(http.StatusCreated, &posted)
		b.get(b.mine+"/orders/"+posted.OrderID).into(http.StatusOK, &read)
		for _, o := range []order{posted, read} {
			if o.OrderID == "" || o.Reference != "" || o.Parameters["technicalSiteName"] != "" {
				t.Errorf("told %+v", o)
			}
			forms[o.Parameters == nil] = true
		}
	}
	if len(forms) != 2 {
		t.Errorf("always the same form: %v", forms)
	}
	var list []order
	b.get(b.mine+"/orders?customerOrderReference=ref").into(http.StatusOK, &list)
	if len(list) != 20 || list[0].Reference != "ref" || list[0].Parameters["technicalSiteName"] != "SITE" {
		t.Errorf("the list has %+v", list)
	}
	b.struck(btsim.NoReference, 40)
}

func TestLosingList(t *testing.T) {
	t.Parallel()
	for list, seeds := range map[string]int64{"/orders?": 3, "/voicesites?": 3, "/orders?customerOrderReference=ref&": 1} {
		seen := map[string]bool{}
		for seed := range seeds {
			b := newBench(t, btsim.Options{DeliveryMin: 1, DeliveryMax: 1, Seed: seed, Breaks: btsim.Breaks{btsim.LosingList: {Every: 5}}})
			for range 7 {
				b.order("ref", "SITE", "FR", europe)
			}
			b.clock.pass(1)
			first, second, third := b.read(list), b.read(list), b.read(list)
			if first != "7 items, totals 7 7 7 7" || third != first {
				t.Errorf("%s: at first %s, at last %s", list, first, third)
			}
			seen[second] = true
			b.struck(btsim.LosingList, 1)
			b.bought("ref", 7)
		}
		want := map[string]bool{"6 items, totals 7 7 6 7": true, "6 items, totals 7 7 6 6": !strings.Contains(list, "Reference")}
		for reading := range seen {
			if !want[reading] {
				t.Errorf("%s: %s", list, reading)
			}
			delete(want, reading)
		}
		for reading, must := range want {
			if must {
				t.Errorf("%s: never %s", list, reading)
			}
		}
	}
}

// read reads a list in pages of two and tells how many items it found, and each total.
func (b *bench) read(list string) string {
	b.t.Helper()
	distinct, totals := map[string]bool{}, []string{}
	for offset := 0; offset < 7; offset += 2 {
		a := b.get(fmt.Sprintf("%s%slimit=2&offset=%d", b.mine, list, offset))
		var items []json.RawMessage
		a.into(http.StatusOK, &items)
		for _, item := range items {
			distinct[string(item)] = true
		}
		totals = append(totals, a.header.Get("X-Total-Count"))
	}
	return fmt.Sprintf("%d items, totals %s", len(distinct), strings.Join(totals, " "))
}

func TestNoVoicesiteID(t *testing.T) {
	t.Parallel()
	b := broken(t, btsim.NoVoicesiteID, 2)
	b.order("usual", "SITE 1", "FR", europe)
	b.order("rejected", "SITE 2", "FR", legacy) // no opportunity
	o := b.order("struck", "SITE 3", "FR", europe)
	b.clock.pass(50 * time.Minute)
	var orders []order
	b.get(b.mine+"/orders").into(http.StatusOK, &orders)
	b.get(b.mine+"/orders/"+o.OrderID).into(http.StatusOK, &o)
	var sites []map[string]string
	b.get(b.mine+"/voicesites").into(http.StatusOK, &sites)
	if o.Status != "delivered" || o.VoiceSiteID != "" || orders[2].VoiceSiteID != "" || orders[0].VoiceSiteID == "" {
		t.Errorf("told %+v, listed %+v", o, orders)
	}
	books := b.sim.Stats().Orders["struck"][0]
	if len(sites) != 2 || sites[1]["voiceSiteId"] != books.VoiceSiteID || !slices.Equal(books.Struck, []btsim.Kind{btsim.NoVoicesiteID}) {
		t.Errorf("voicesites %v, books %+v", sites, books)
	}
	b.struck(btsim.NoVoicesiteID, 1)
}

func TestRejectAfterLost(t *testing.T) {
	t.Parallel()
	b := newBench(t, btsim.Options{Hang: time.Millisecond, Breaks: btsim.Breaks{btsim.RejectAfterLost: {Every: 1}}})
	forms := map[string]int{}
	const orders = 60
	for range orders {
		a, err := b.exchange(single, b.apiRequest(http.MethodPost, b.mine+"/orders/voicesite", orderBody("ref", "SITE", "FR", europe)))
		forms[fmt.Sprint(a.status)]++
		if err == nil {
			a.serverError()
		}
	}
	b.bought("ref", orders)
	for _, o := range b.sim.Stats().Orders["ref"] {
		if o.Status != "inProgress" {
			t.Errorf("at first %+v", o)
		}
	}
	b.clock.pass(time.Second)
	for _, o := range b.sim.Stats().Orders["ref"] {
		var told order
		b.get(b.mine+"/orders/"+o.OrderID).into(http.StatusOK, &told)
		if told.Status != o.Status || told.RejectionReason == "" || told.VoiceSiteID != "" || o.VoiceSiteID != "" {
			t.Errorf("told %+v, the books hold %+v", told, o)
		}
		forms[o.Status]++
	}
	if forms["0"] == 0 || forms["500"] == 0 || forms["503"] == 0 || forms["rejected"] == 0 || forms["cancelled"] == 0 ||
		forms["rejected"]+forms["cancelled"] != orders {
		t.Errorf("answers and ends were %v", forms)
	}
	if sites := b.sim.Stats().Voicesites; len(sites) != 0 {
		t.Errorf("voicesites %+v", sites)
	}
	b.struck(btsim.RejectAfterLost, orders)
}

func TestLostAnswerTimesOutOrCloses(t *testing.T) {
	t.Parallel()
	b := newBench(t, btsim.Options{Hang: time.Hour, Breaks: btsim.Breaks{btsim.RejectAfterLost: {Every: 1}}})
	patient := &http.Client{Transport: single.Transport, Timeout: time.Second} // closed at once, also on a busy machine
	lost := make(chan error)
	for range 12 {
		r := b.apiRequest(http.MethodPost, b.mine+"/orders/voicesite", orderBody("ref", "SITE", "FR", europe))
		go func() {
			_, err := b.exchange(patient, r)
			lost <- err
		}()
	}
	forms := map[bool]int{}
	for range 12 {
		var late interface{ Timeout() bool }
		if err := <-lost; err != nil {
			forms[errors.As(err, &late) && late.Timeout()]++
		}
	}
	if forms[true] == 0 || forms[false] == 0 {
		t.Errorf("lost by time-out: %v", forms)
	}
}

func TestLongWords(t *testing.T) {
	t.Parallel()
	b := broken(t, btsim.LongWords, 1)
	long := func(text, begins string) bool {
		return strings.HasPrefix(text, begins) && len(text) > 900 && len(text) < 1100 && strings.ContainsFunc(text, unicode.IsControl)
	}
	for range 6 {
		var o order
		b.call(http.MethodPost, b.mine+"/orders/voicesite", orderBody("ref", "SITE", "FR", legacy)).into(http.StatusCreated, &o)
		if !long(o.Parameters["customerSiteLabel"], "Label of SITE") || o.Reference != "ref" {
			t.Errorf("told %+v", o)
		}
	}
	b.clock.pass(time.Second)
	var orders []order
	b.get(b.mine+"/orders").into(http.StatusOK, &orders)
	for i, o := range orders {
		if long(o.RejectionReason, "This VPN") != (i < 4) || o.Status != "rejected" {
			t.Errorf("order %d: %+v", i, o)
		}
	}
	var faults []fault
	b.get(b.mine+"/orders/none").into(http.StatusNotFound, &faults)
	var f fault
	b.get(b.api+"/nothing").into(http.StatusNotFound, &f)
	if !long(faults[0].Description, "There is no order") || faults[0].Code != 60 || !long(f.Description, "There is no resource") {
		t.Errorf("refused %q, %q", faults[0].Description, f.Description)
	}
	b.struck(btsim.LongWords, 6+4+2)
}
