// This file tests what depends on the state of the batch: which sites stand among the
// failures, what is said about open sites, how the file is to be used.

package report_test

import (
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"btrollout/internal/identity"
	"btrollout/internal/rollout"
)

var (
	needSomeone = []string{"rejected", "failed", "review"}
	openStates  = []string{"imported", "validated", "ordering", "ordered", "delivered"}
)

// in is the batch in another state.
func in(state rollout.BatchState) rollout.Batch {
	b := batch()
	b.State = state
	return b
}

func TestWhoStandsAmongTheFailures(t *testing.T) {
	t.Parallel()
	checked := []rollout.Site{site(2, rollout.Imported), site(3, rollout.Rejected), site(4, rollout.Skipped)}
	for state, c := range map[rollout.BatchState]struct {
		sites []rollout.Site
		want  []string
	}{
		rollout.Checked:   {checked, []string{"rejected"}},
		rollout.Refused:   {checked, []string{"rejected"}},
		rollout.Importing: {mixed(), needSomeone},
		rollout.Withdrawn: {checked, []string{"rejected"}},
		rollout.Running:   {mixed(), needSomeone},
		rollout.Blocked:   {mixed(), needSomeone},
		rollout.Done:      {mixed(), needSomeone},
		rollout.Stopped:   {mixed(), slices.Concat(openStates, needSomeone, []string{"following"})},
	} {
		files := write(t, in(state), c.sites...)
		if got := column(t, rows(t, files.XLSX, "Failures"), "bt_state"); !slices.Equal(got, c.want) {
			t.Errorf("%s: Failures has %v, want %v", state, got, c.want)
		}
		counted := 0
		for _, row := range rows(t, files.XLSX, "Summary") {
			if len(row) == 4 && len(row[0]) == 2 { // a country's
				n, err := strconv.Atoi(row[3])
				if err != nil {
					t.Fatal(err)
				}
				counted += n
			}
		}
		if counted != len(c.want) {
			t.Errorf("%s: the summary counts %d that need someone, want %d", state, counted, len(c.want))
		}
		all := rows(t, files.XLSX, "All sites")
		if got := column(t, all, "bt_state"); len(got) != len(c.sites) {
			t.Errorf("%s: All sites has %v", state, got)
		}
		for i, was := range column(t, all, "bt_state") {
			said := column(t, all, "bt_problem")[i]
			if quiet := !slices.Contains(c.want, was); quiet != (said == "") {
				t.Errorf("%s: bt_problem of a site that is %s: %q", state, was, said)
			}
		}
	}
}

// TestNothingWaitsInAFileThatIsNotEnqueued: bt_stage tells what a site waits for.
func TestNothingWaitsInAFileThatIsNotEnqueued(t *testing.T) {
	t.Parallel()
	for state, want := range map[rollout.BatchState]string{rollout.Checked: "", rollout.Refused: "", rollout.Withdrawn: "",
		rollout.Running: "validate", rollout.Stopped: "validate"} {
		if got := column(t, readCSV(t, write(t, in(state), site(2, rollout.Imported)).CSV), "bt_stage"); got[0] != want {
			t.Errorf("%s: bt_stage of a right row is %q, want %q", state, got[0], want)
		}
	}
}

// left is a site that a stopped run left in that state, as far as it came.
func left(state rollout.State) rollout.Site {
	s := site(2, state)
	s.LastError = "PUT /customers/{customerCode}: dial tcp 127.0.0.1:1: connection refused"
	switch state {
	case rollout.Ordered:
		s.OrderID = "ord-1"
	case rollout.Delivered:
		s.OrderID, s.Progress.VoiceSiteID = "ord-1", "vs-1"
	}
	return s
}

func TestOpenSitesOfAStoppedRun(t *testing.T) {
	t.Parallel()
	own := left(rollout.Delivered)
	own.Request.VoiceSiteID, own.Cells = "vs-1", append(own.Cells, "vs-1")
	named := left(rollout.Ordering)
	named.Reference = "PO-7"
	const untouched = "The run was stopped before anything was ordered for this site: upload this row again."
	for _, c := range []struct {
		name string
		site rollout.Site
		want string
	}{
		{"imported", left(rollout.Imported), untouched},
		{"validated", left(rollout.Validated), untouched},
		{"ordering", left(rollout.Ordering), "The run was stopped while the order was being made, and nobody knows whether it arrived: " +
			"upload this row again; the account is searched for customerOrderReference btr-5y7z57xnbncg5at6biuq first, and the order is made " +
			"only if it is not there."},
		{"ordering, own reference", named, "The run was stopped while the order was being made, and nobody knows whether it arrived: upload " +
			"this row again; the account is searched for customerOrderReference PO-7 first, and the order is made only if it is not there."},
		{"ordered", left(rollout.Ordered), "Order ord-1 was made, and the run was stopped before it was delivered: upload this row again; " +
			"the order is found in the account by its customerOrderReference btr-5y7z57xnbncg5at6biuq, and not made a second time."},
		{"delivered", left(rollout.Delivered), "Voicesite vs-1 exists, and the run was stopped before its address was in place: upload this " +
			"row again; the voicesite is found in the account, and only the address is sent."},
		{"delivered, own id", own, "The run was stopped before the address of voicesite vs-1 was in place: upload this row again; only the " +
			"address is sent."},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			b := in(rollout.Stopped)
			b.Sheets[0].Columns, b.Sheets[0].Fields = append((&b.Sheets[0]).Columns, "voiceSiteId"), append((&b.Sheets[0]).Fields, "voiceSiteId")
			files := write(t, b, c.site)
			for where, table := range map[string][][]string{"Failures": rows(t, files.XLSX, "Failures"), "CSV": readCSV(t, files.CSV)} {
				if got := column(t, table, "bt_problem")[0]; got != c.want {
					t.Errorf("%s says %q, want %q", where, got, c.want)
				}
			}
		})
	}
}

// TestEndedSitesOfAStoppedRun: what their problems ask for needs somebody who
// remembers the run only where a person has to decide.
func TestEndedSitesOfAStoppedRun(t *testing.T) {
	t.Parallel()
	problem := rollout.Problem{Code: "address.refused", Field: "pc", Message: rollout.Text{EN: "The API refused pc: correct it and " +
		"upload this row again; only the address is sent."}}
	refused, review := site(2, rollout.Failed, problem), site(3, rollout.Review, problem)
	refused.Progress.VoiceSiteID = "vs-1"
	const settle = "\nNothing remembers this run, so batch resolve cannot be used: settle it in the Business Talk Online portal, and " +
		"leave this row out until then; should there be a voicesite, "
	for _, c := range []struct {
		state  rollout.BatchState
		column string // of the voiceSiteId, as the file writes it
		more   string // about the site in review
	}{
		{rollout.Done, "", ""},
		{rollout.Stopped, "", settle + "add a column voiceSiteId with its id in it."},
		{rollout.Stopped, " VOICESITEID ", settle + "write its id into the column VOICESITEID."},
	} {
		b := in(c.state)
		if c.column != "" {
			b.Sheets[0].Columns, b.Sheets[0].Fields = append((&b.Sheets[0]).Columns, c.column), append((&b.Sheets[0]).Fields, "voiceSiteId")
		}
		want := []string{problem.Message.EN, problem.Message.EN + c.more, problem.Message.EN}
		files := write(t, b, refused, review, site(4, rollout.Failed, problem))
		if got := column(t, rows(t, files.XLSX, "Failures"), "bt_problem"); !slices.Equal(got, want) {
			t.Errorf("%s: said %q, want %q", c.state, got, want)
		}
	}
}

// TestAStoppedRunGoesOn does what the report says: it uploads the workbook as it is,
// and its sites must come back under the references by which they are found.
func TestAStoppedRunGoesOn(t *testing.T) {
	t.Parallel()
	ordering, delivered := left(rollout.Ordering), left(rollout.Delivered)
	delivered.Row, delivered.Name, delivered.Cells = 3, "B", append([]string{"B"}, delivered.Cells[1:]...)
	b := in(rollout.Stopped)
	back := imported(t, write(t, b, ordering, delivered).XLSX)
	if len(back) != 2 {
		t.Fatalf("came back as %+v", back)
	}
	for i, was := range []rollout.Site{ordering, delivered} {
		if s := back[i]; s.State != rollout.Imported || identity.Reference(b.Customer, s.Request) != identity.Reference(b.Customer, was.Request) {
			t.Errorf("came back as %+v", s)
		}
	}
}

// TestADecisionAboutAStoppedRun does what the report says about a site in review
// in a file without a column for its voicesite.
func TestADecisionAboutAStoppedRun(t *testing.T) {
	t.Parallel()
	files := write(t, in(rollout.Stopped), site(2, rollout.Review))
	book := open(t, files.XLSX)
	free := len(rows(t, files.XLSX, "Failures")[0]) + 1
	for row, text := range []string{"voiceSiteId", "vs-1"} {
		cell, err := excelize.CoordinatesToCellName(free, row+1)
		if err != nil {
			t.Fatal(err)
		}
		if err := book.SetCellStr("Failures", cell, text); err != nil {
			t.Fatal(err)
		}
	}
	if err := book.Save(); err != nil {
		t.Fatal(err)
	}
	back := imported(t, files.XLSX)
	if len(back) != 1 || back[0].State != rollout.Imported || back[0].Request.VoiceSiteID != "vs-1" {
		t.Errorf("came back as %+v", back)
	}
}

const (
	promise     = "no site is ordered a second time"
	correct     = "Correct the coloured cells on the sheet “Failures”"
	asItIs      = "Save the workbook and upload it as it is"
	never       = "Nothing was enqueued and nothing was ordered."
	inOwnFile   = "in your own file rollout.xlsx"
	memoryless  = "nothing but this report remembers the batch"
	foundAgain  = "are found in the account by their customerOrderReference"
	unlessSeen  = "unless the run warned"
	goesOn      = "btrollout goes on with them"
	nothingToDo = "No row needs correcting"
	afterwards  = "After a run with --embedded"
)

func TestHowToUseThisFile(t *testing.T) {
	t.Parallel()
	ended := []rollout.Site{site(2, rollout.Provisioned), site(3, rollout.Failed)}
	made := site(4, rollout.Failed)
	made.Progress.VoiceSiteID = "vs-1"
	checked := []rollout.Site{site(2, rollout.Imported), site(3, rollout.Rejected)}
	every := []string{promise, correct, asItIs, never, inOwnFile, memoryless, foundAgain, unlessSeen, goesOn, nothingToDo, afterwards}
	for name, c := range map[string]struct {
		state rollout.BatchState
		sites []rollout.Site
		want  []string
	}{
		"done":               {rollout.Done, ended, []string{correct, asItIs, promise}},
		"done, with orders":  {rollout.Done, []rollout.Site{made}, []string{correct, asItIs, promise, afterwards, unlessSeen}},
		"done, in review":    {rollout.Done, []rollout.Site{site(2, rollout.Review)}, []string{correct, asItIs, promise, afterwards, unlessSeen}},
		"done, all is well":  {rollout.Done, ended[:1], []string{nothingToDo}},
		"running":            {rollout.Running, mixed(), []string{goesOn, correct, asItIs, promise}},
		"running, all well":  {rollout.Running, []rollout.Site{site(2, rollout.Ordered)}, []string{goesOn, nothingToDo}},
		"running, all ended": {rollout.Running, ended, []string{correct, asItIs, promise}},
		"importing":          {rollout.Importing, checked, []string{goesOn, correct, asItIs, promise}},
		"blocked":            {rollout.Blocked, mixed(), []string{goesOn, correct, asItIs, promise}},
		"stopped":            {rollout.Stopped, mixed(), []string{memoryless, foundAgain, unlessSeen, correct, asItIs}},
		"checked":            {rollout.Checked, checked, []string{never, inOwnFile, correct, asItIs}},
		"checked, all wrong": {rollout.Checked, checked[1:], []string{never, correct, asItIs}},
		"checked, all well":  {rollout.Checked, checked[:1], []string{never, nothingToDo}},
		"refused":            {rollout.Refused, checked, []string{never, inOwnFile, correct, asItIs}},
		"withdrawn":          {rollout.Withdrawn, checked, []string{never, inOwnFile, correct, asItIs}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			text := summary(t, write(t, in(c.state), c.sites...))
			for _, words := range every {
				if want := slices.Contains(c.want, words); want != strings.Contains(text, words) {
					t.Errorf("says %q: %t, want %t", words, !want, want)
				}
			}
			if t.Failed() {
				t.Log(text)
			}
		})
	}
}

// TestEveryStateHasAMeaning tests that the summary's table says of each state
// that may stand in it what it means there.
func TestEveryStateHasAMeaning(t *testing.T) {
	t.Parallel()
	batches := []rollout.BatchState{rollout.Importing, rollout.Withdrawn, rollout.Running, rollout.Blocked, rollout.Done, rollout.Checked,
		rollout.Refused, rollout.Stopped}
	for _, state := range batches {
		table := rows(t, write(t, in(state), mixed()...).XLSX, "Summary")
		for _, s := range rollout.States {
			i := slices.IndexFunc(table, func(row []string) bool { return len(row) > 0 && row[0] == string(s) })
			if i < 0 || len(table[i]) != 3 || table[i][1] != "1" || !strings.Contains(table[i][2], " ") {
				t.Errorf("%s: nothing is said about %s", state, s)
				continue
			}
			if waits := strings.Contains(table[i][2], "waiting"); waits && (state == rollout.Checked || state == rollout.Stopped) &&
				s == rollout.Imported {
				t.Errorf("%s: a site that nobody works on is said to be %q", state, table[i][2])
			}
		}
	}
}

// TestTheStateOfTheBatchIsSaid holds the summary's line about it.
func TestTheStateOfTheBatchIsSaid(t *testing.T) {
	t.Parallel()
	blocked := in(rollout.Blocked)
	blocked.Reason = "the API key is unknown"
	for want, b := range map[string]rollout.Batch{
		"checked: nothing was enqueued":                                            in(rollout.Checked),
		"refused: rows are wrong, and nothing was enqueued":                        in(rollout.Refused),
		"withdrawn: the upload ended before it was whole, and nothing was ordered": in(rollout.Withdrawn),
		"stopped before every site had ended":                                      in(rollout.Stopped),
		"blocked: the API key is unknown":                                          blocked,
		"running":                                                                  in(rollout.Running),
	} {
		if text := summary(t, write(t, b, site(2, rollout.Imported))); !strings.Contains(text, "State|"+want+"\n") {
			t.Errorf("the summary does not say %q: %s", want, text)
		}
	}
	// The last report of a batch is written while its record still says running.
	if text := summary(t, write(t, in(rollout.Running), site(2, rollout.Provisioned))); !strings.Contains(text, "State|done\n") {
		t.Errorf("a batch whose sites have all ended is not said to be done: %s", text)
	}
}
