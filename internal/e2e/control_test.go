// This file tests what people decide about batches while workers run: pause, cancellation, urgency, paused
// queues and windows.

package e2e_test

import (
	"cmp"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"btrollout/internal/btsim"
	"btrollout/internal/proctest"
	"btrollout/internal/redistest"
	"btrollout/internal/schedule"
)

// The calls that a pause ends, as the books of the simulator name them, and the one that it does not.
const (
	callOrder    = "POST /customers/{customerCode}/orders/voicesite"
	callAddress  = "PUT /customers/{customerCode}/voicesites/{voiceSiteId}/voiceaddress"
	callValidate = "GET /countries/{iso2}/addresses"
	callPoll     = "GET /customers/{customerCode}/orders"
)

// controlled returns the environment of a new Redis, whose ledger is an hour old, and a new simulator.
func controlled(t *testing.T, rate string, args ...string) (proctest.Settings, *redis.Client) {
	t.Helper()
	url := redistest.Server(t)
	rdb := redistest.Connect(t, url)
	ageLedger(t, rdb)
	return simulator(t, fresh(t), args...).With("REDIS_URL", url, "BT_RATE", rate), rdb
}

// upload enqueues a file of so many right rows, and returns the id of its batch.
func upload(t *testing.T, env proctest.Settings, name string, rows int, args ...string) string {
	t.Helper()
	args = append([]string{"--json", sitesFile(t, name, rows)}, args...)
	return parseSummary(t, want(t, 0, env, "enqueue", args...).Stdout).Batch
}

// statusOf is what batch status --json prints.
func statusOf(t *testing.T, env proctest.Settings, batch string) summary {
	t.Helper()
	return parseSummary(t, want(t, 0, env, "batch", "status", "--json", batch).Stdout)
}

// wantOneOrderEach requires one order for each of so many sites.
func wantOneOrderEach(t *testing.T, books btsim.Stats, sites int) {
	t.Helper()
	if len(books.Orders) != sites {
		t.Errorf("%d sites were ordered, want %d", len(books.Orders), sites)
	}
	for reference, orders := range books.Orders {
		if len(orders) != 1 {
			t.Errorf("%d orders were made under %s", len(orders), reference)
		}
	}
}

// changesOf are the calls in the books that a pause ends.
func changesOf(books btsim.Stats) string {
	return fmt.Sprintf("%d orders, %d addresses, %d validations",
		books.Calls[callOrder], books.Calls[callAddress], books.Calls[callValidate])
}

func wantSaid(t *testing.T, said string, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if !strings.Contains(strings.Join(strings.Fields(said), " "), part) {
			t.Errorf("not said: %q, but\n%s", part, said)
		}
	}
}

func TestPause_UnderLoad(t *testing.T) {
	t.Parallel()
	const rows = 60
	env, _ := controlled(t, "8/s", "--delivery", "1s..4s", "--latency", "150ms")
	startWorker(t, env)
	startWorker(t, env)
	batch := upload(t, env, "P", rows)
	var running btsim.Stats
	eventually(t, "sites are live", func() bool {
		running = proctest.Books(t, env)
		return running.Calls[callAddress] > 2
	})

	wantSaid(t, want(t, 0, env, "batch", "pause", batch, "--wait").Stdout, "is paused", "No order and no address is under way.")
	decided := time.Now()
	returned := proctest.Books(t, env)
	time.Sleep(time.Until(decided.Add(2 * time.Second)))
	paused := proctest.Books(t, env)
	if paused.Calls[callOrder] != returned.Calls[callOrder] || paused.Calls[callAddress] != returned.Calls[callAddress] {
		t.Errorf("after batch pause --wait had returned, %s became %s", changesOf(returned), changesOf(paused))
	}
	eventually(t, "what was ordered is delivered", func() bool { return statusOf(t, env, batch).Counts["ordered"] == 0 })
	time.Sleep(time.Second)
	later := proctest.Books(t, env)
	if changesOf(later) != changesOf(paused) || later.Calls[callPoll] == running.Calls[callPoll] {
		t.Errorf("in the pause, %s became %s; since the batch ran, %d polls became %d", changesOf(paused), changesOf(later),
			running.Calls[callPoll], later.Calls[callPoll])
	}
	if s := statusOf(t, env, batch); s.State != "paused" || s.Counts["imported"] == 0 || s.Counts["delivered"] == 0 {
		t.Errorf("in the pause, the batch is %s with %v", s.State, s.Counts)
	}
	wantSaid(t, want(t, 0, env, "batch", "status", batch).Stdout, "is paused after", "The batch is paused (since ", ", by ")

	want(t, 0, env, "batch", "rate", "100/s")
	wantSaid(t, want(t, 0, env, "batch", "resume", batch).Stdout, "goes on")
	want(t, 0, env, "batch", "watch", batch)
	wantOneOrderEach(t, proctest.Books(t, env), rows)
	if s := statusOf(t, env, batch); s.Counts["provisioned"] != rows {
		t.Errorf("after the pause, the sites ended as %v", s.Counts)
	}
}

func TestPause_AllHoldsALaterBatch(t *testing.T) {
	t.Parallel()
	env, _ := controlled(t, "100/s")
	startWorker(t, env)
	wantSaid(t, want(t, 0, env, "batch", "pause", "--all").Stdout, "All batches are paused, also those that are enqueued later")
	wantSaid(t, want(t, 0, env, "enqueue", sitesFile(t, "L", 3)).Stdout, "All batches are paused (since ")
	before := changesOf(proctest.Books(t, env)) // enqueue may have asked whether the country has a register
	time.Sleep(2 * time.Second)
	if made := changesOf(proctest.Books(t, env)); made != before || !strings.HasPrefix(made, "0 orders, 0 addresses") {
		t.Errorf("in the pause of all batches, %s became %s", before, made)
	}
	list := want(t, 0, env, "batch", "list").Stdout
	wantSaid(t, list, " paused ")
	batch := strings.Fields(strings.Split(list, "\n")[1])[0]
	want(t, 0, env, "batch", "resume", "--all")
	want(t, 0, env, "batch", "watch", batch)
	wantOneOrderEach(t, proctest.Books(t, env), 3)
}

// TestCancel cancels a batch whose sites are in every state. Uploaded again, the file makes the orders that
// are missing, and no other.
func TestCancel(t *testing.T) {
	for _, leave := range []bool{false, true} {
		t.Run(fmt.Sprintf("leave=%t", leave), func(t *testing.T) {
			t.Parallel()
			testCancel(t, leave)
		})
	}
}

func testCancel(t *testing.T, leave bool) {
	const rows = 40
	env, _ := controlled(t, "8/s", "--delivery", "1s..8s", "--latency", "100ms", "--fault", "timeout-after=every:7")
	startWorker(t, env)
	file := sitesFile(t, "C", rows)
	batch := parseSummary(t, want(t, 0, env, "enqueue", "--json", file).Stdout).Batch
	eventually(t, "sites are in every state, and the batch is paused", func() bool {
		if c := statusOf(t, env, batch).Counts; c["ordering"] == 0 || c["ordered"] == 0 || c["provisioned"] == 0 {
			return false
		}
		want(t, 0, env, "batch", "pause", batch)
		for range 10 {
			c := statusOf(t, env, batch).Counts
			if c["imported"] > 0 && c["validated"] > 0 && c["ordering"] > 0 && c["ordered"] > 0 && c["delivered"] > 0 {
				return true
			}
			if c["validated"] == 0 || c["ordering"] == 0 || c["ordered"] == 0 {
				break
			}
			time.Sleep(200 * time.Millisecond)
		}
		want(t, 0, env, "batch", "resume", batch)
		return false
	})
	args := []string{"cancel", batch}
	if leave {
		args = append(args, "--leave-ordered")
	}
	said := want(t, 0, env, "batch", args...).Stdout
	wantSaid(t, said, "is cancelled.", "not ordered yet, and will not be", "may have been ordered")
	if !leave {
		wantSaid(t, said, "batch resume "+batch)
	}
	wantSaid(t, want(t, 0, env, "batch", "status", batch).Stdout, "is cancelling and paused after", "The batch was cancelled")
	want(t, 0, env, "batch", "resume", batch)
	want(t, 0, env, "batch", "rate", "100/s")
	exit := 0
	if leave {
		exit = 3 // the sites that were left need someone
	}
	want(t, exit, env, "batch", "watch", batch)

	s := parseSummary(t, want(t, exit, env, "batch", "status", "--json", batch).Stdout)
	books := proctest.Books(t, env)
	wantOneOrderEach(t, books, len(books.Orders))
	if s.Counts["provisioned"]+s.Counts["cancelled"]+s.Counts["failed"] != rows || len(books.Orders) == rows {
		t.Errorf("after %d orders, the sites ended as %v", len(books.Orders), s.Counts)
	}
	left := len(books.Orders) - s.Counts["provisioned"]
	if leave == (left == 0) {
		t.Errorf("%d orders were left: %v", left, s.Counts)
	}
	table := filepath.Join(t.TempDir(), "report.csv")
	want(t, 0, env, "batch", "report", batch, "-o", table)
	noted := 0
	for _, r := range readCSV(t, table) {
		if r["bt_state"] == "failed" && strings.Contains(r["bt_problem"], "The batch was cancelled ") {
			noted++
		}
	}
	if noted != left {
		t.Errorf("the report says of %d rows what is left, want %d", noted, left)
	}

	again := parseSummary(t, want(t, 0, env, "enqueue", "--json", "--wait", file).Stdout)
	if again.Counts["provisioned"]+again.Counts["skipped"] != rows {
		t.Errorf("uploaded again, the sites ended as %v", again.Counts)
	}
	wantOneOrderEach(t, proctest.Books(t, env), rows)
}

// TestTurns: batches take turns site by site, and an urgent one has seven turns of eight. What counts are
// the orders in the books that were made while all batches had some to make.
func TestTurns(t *testing.T) {
	for name, c := range map[string]struct {
		urgent bool
		share  []float64 // of the batches A, B and C
	}{
		"equal":  {false, []float64{1. / 3, 1. / 3, 1. / 3}},
		"urgent": {true, []float64{1. / 16, 1. / 16, 7. / 8}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			const rows = 24
			env, _ := controlled(t, "15/s", "--delivery", "20s..30s")
			want(t, 0, env, "batch", "pause", "--all")
			last := ""
			for _, batch := range []string{"A", "B", "C"} {
				last = upload(t, env, batch, rows)
			}
			if c.urgent {
				wantSaid(t, want(t, 0, env, "batch", "urgent", last).Stdout, "is urgent")
			}
			startWorker(t, env, "--concurrency", "2") // few sites are admitted ahead of their calls
			want(t, 0, env, "batch", "resume", "--all")
			eventually(t, "all sites are ordered", func() bool { return len(proctest.Books(t, env).Orders) == 3*rows })
			shares := sharesOf(proctest.Books(t, env), rows)
			for i, batch := range []string{"A", "B", "C"} {
				if got := shares[batch]; got < c.share[i]-0.1 || got > c.share[i]+0.1 {
					t.Errorf("batch %s has %.0f %% of the orders, want %.0f %%", batch, 100*got, 100*c.share[i])
				}
			}
		})
	}
}

// sharesOf is which part of the orders each batch has, by the letter with which the names of its sites
// begin, up to the last order of the batch that has made all of its rows first.
func sharesOf(books btsim.Stats, rows int) map[string]float64 {
	var orders []btsim.Order
	for _, ofSite := range books.Orders {
		orders = append(orders, ofSite...)
	}
	slices.SortFunc(orders, func(a, b btsim.Order) int {
		return cmp.Or(a.CreationDate.Compare(b.CreationDate), cmp.Compare(a.OrderID, b.OrderID))
	})
	made := map[string]float64{}
	for i, o := range orders {
		batch := o.TechnicalSiteName[:1]
		if made[batch]++; int(made[batch]) == rows {
			for batch := range made {
				made[batch] /= float64(i + 1)
			}
			return made
		}
	}
	return nil
}

func TestPausedQueues(t *testing.T) {
	t.Parallel()
	const queue = "btrollout:validate"
	env, rdb := controlled(t, "100/s")
	if err := rdb.Set(t.Context(), "asynq:{"+queue+"}:paused", time.Now().Unix(), 0).Err(); err != nil {
		t.Fatal(err)
	}
	workers := map[string]*process{}
	startFreezable(t, env, rdb, workers)
	batch := upload(t, env, "Q", 3)
	wantSaid(t, want(t, 0, env, "batch", "status", batch).Stdout,
		"Queues of asynq are paused ("+queue+"): batch resume --queues lets them go on.")
	if made := changesOf(proctest.Books(t, env)); made != "0 orders, 0 addresses, 0 validations" {
		t.Errorf("while the queue is paused: %s", made)
	}
	wantSaid(t, want(t, 0, env, "batch", "resume", "--queues").Stdout, "These queues go on: "+queue+".")
	want(t, 0, env, "batch", "watch", batch)
	wantSaid(t, want(t, 0, env, "batch", "resume", "--queues").Stdout, "No queue was paused.")
	wantOneOrderEach(t, proctest.Books(t, env), 3)
	for _, w := range workers {
		_ = w.cmd.Process.Signal(syscall.SIGTERM)
		_ = w.cmd.Wait()
		wantSaid(t, w.log.String(), "level=WARN msg=\"queues of asynq are paused; batch resume --queues lets them go on\"", queue)
	}
}

func TestWindows(t *testing.T) {
	t.Parallel()
	env, _ := controlled(t, "100/s")
	startWorker(t, env)
	now := time.Now().UTC()
	w, err := schedule.ParseWindow(now.Add(2*time.Hour).Format("15:00-") + now.Add(3*time.Hour).Format("15:00 UTC"))
	if err != nil {
		t.Fatal(err)
	}
	window := w.String()
	start := now.Add(4 * time.Hour).Format(time.RFC3339)
	held := []string{
		upload(t, env, "W", 2, "--window", window), upload(t, env, "X", 2, "--at", start),
		upload(t, env, "Y", 2, "--window", window, "--at", start),
	}
	said := want(t, 0, env, "enqueue", "--lang", "fr", "--window", window, "--urgent", sitesFile(t, "Z", 2)).Stdout
	wantSaid(t, said, "Le lot ne commande que dans ces plages : "+window+".", "Il est urgent", "le lot ne commande rien avant ")
	before := changesOf(proctest.Books(t, env))
	time.Sleep(2 * time.Second)
	if made := changesOf(proctest.Books(t, env)); made != before || !strings.HasPrefix(made, "0 orders, 0 addresses") {
		t.Errorf("outside the windows, %s became %s", before, made)
	}
	wantSaid(t, want(t, 0, env, "batch", "status", held[0]).Stdout, "By its plan, the batch orders nothing before ")
	for _, batch := range held {
		said := want(t, 0, env, "batch", "window", batch, "--none").Stdout
		if said != "The batch may order at any time.\n" {
			t.Errorf("batch window --none says %s", said)
		}
		want(t, 0, env, "batch", "watch", batch)
	}
	wantOneOrderEach(t, proctest.Books(t, env), 2*len(held))
}

// TestWindows_Refused: what is wrong with a plan is said before the file or an API is looked for.
func TestWindows_Refused(t *testing.T) {
	t.Parallel()
	const example = "write one such as 22:00-06:00 Europe/Paris"
	for _, c := range []struct {
		args []string
		said string
	}{
		{[]string{"--window", "22-6"}, example},
		{[]string{"--window", "22:00 Europe/Paris"}, example},
		{[]string{"--window", "22:00-06:00"}, "add one of the IANA time zones, such as Europe/Paris"},
		{[]string{"--window", "22:00-06:00 Paris"}, "did you mean Europe/Paris?"},
		{[]string{"--window", "22:00-06:00 Europe/Paris", "--days", "lun-ven"}, "write one such as mon-fri or sat,sun"},
		{[]string{"--at", "tonight"}, "write one such as 2026-12-01 22:00 Europe/Paris"},
		{[]string{"--at", "2026-01-01 22:00 Europe/Paris"}, "is in the past: it is now "},
		{[]string{"--countries", "France"}, "write two letters, such as FR"},
		{[]string{"--order", "size"}, `must be one of "file","country"`},
	} {
		r := want(t, 2, fresh(t), "enqueue", append(c.args, "no-such-file.csv")...)
		if r.Stdout != "" || strings.Count(r.Stderr, "\n") != 1 || !strings.Contains(r.Stderr, c.said) {
			t.Errorf("enqueue %q says %s%s, want %q", c.args, r.Stdout, r.Stderr, c.said)
		}
	}
}
