// This file tests runs that are stopped, runs whose output is not read, and rows with a
// wrong country.

package e2e_test

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"btrollout/internal/btsim"
	"btrollout/internal/ledger"
	"btrollout/internal/proctest"
	"btrollout/internal/redistest"
	"btrollout/internal/rollout"
)

// onlyReport is the workbook in the report folder.
func onlyReport(t *testing.T, env proctest.Settings) string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(env["REPORT_DIR"], "*.xlsx"))
	if err != nil || len(found) != 1 {
		t.Fatalf("reports %v, %v; want one", found, err)
	}
	return found[0]
}

// stoppedWhen stops an embedded run of the sample as soon as wanted accepts the books.
func stoppedWhen(t *testing.T, env proctest.Settings, wanted func(btsim.Stats) bool) (stdout, stderr string) {
	t.Helper()
	var out, trouble bytes.Buffer
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	cmd := command(ctx, env, "enqueue", "--embedded", "--partial", "--json", samples+"rollout.csv")
	cmd.Stdout, cmd.Stderr = &out, &trouble
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	for !wanted(proctest.Books(t, env)) && ctx.Err() == nil {
		time.Sleep(20 * time.Millisecond)
	}
	_ = cmd.Process.Signal(syscall.SIGTERM)
	if _ = cmd.Wait(); cmd.ProcessState.ExitCode() != 1 {
		t.Fatalf("exit %d\n%s", cmd.ProcessState.ExitCode(), trouble.String())
	}
	return out.String(), trouble.String()
}

// wantToldOf checks that the only report names every order in the books, and that no site
// was ordered twice.
func wantToldOf(t *testing.T, env proctest.Settings) {
	t.Helper()
	told := map[string]bool{}
	for _, r := range readFailures(t, onlyReport(t, env)) {
		if r["bt_order_id"] != "" && strings.Contains(r["bt_problem"], r["bt_order_id"]) {
			told[r["bt_order_id"]] = true
		}
	}
	for _, orders := range proctest.Books(t, env).Orders {
		if o := orders[0]; len(orders) > 1 || !told[o.OrderID] {
			t.Errorf("%s was ordered %d times, first as %s; the report names that order: %v",
				o.TechnicalSiteName, len(orders), o.OrderID, told[o.OrderID])
		}
	}
}

func TestStoppedEmbeddedRunLeavesAReportOfWhatWasOrdered(t *testing.T) {
	t.Parallel()
	env := simulator(t, fresh(t), "--delivery", "10m")
	stdout, stderr := stoppedWhen(t, env, func(s btsim.Stats) bool { return len(s.Orders) >= 20 })
	path := onlyReport(t, env)
	var trouble struct{ Error, Batch string }
	if err := json.Unmarshal([]byte(stdout), &trouble); err != nil || !strings.Contains(trouble.Error, path) || trouble.Batch == "" {
		t.Errorf("stdout does not name the batch and its report %s: %s", path, stdout)
	}
	if !strings.Contains(stderr, "Warning") {
		t.Errorf("no warning of real orders on a Redis in memory: %s", stderr)
	}
	stopping := strings.Index(stderr, "Stopping: the present steps are finished within 2s, and then the report is written; a second Ctrl-C")
	if ended := strings.Index(stderr, "\nenqueue: stopped"); stopping < 0 || ended < stopping {
		t.Errorf("it is not said at once what happens now: %s", stderr)
	}
	wantToldOf(t, env)
}

func TestTheFileOfAStoppedEmbeddedRunIsUploadedAgain(t *testing.T) {
	t.Parallel()
	env := simulator(t, fresh(t), "--delivery", "10m")
	stoppedWhen(t, env, func(s btsim.Stats) bool { return len(s.Orders) >= 20 })
	const orders = "GET /customers/{customerCode}/orders"
	before, sites := proctest.Books(t, env), sampleProvisioned
	again := env.With("REPORT_DIR", t.TempDir())
	stoppedWhen(t, again, func(s btsim.Stats) bool { // after its survey, it polled three times
		return len(s.Orders) >= sites && s.Calls[orders] >= before.Calls[orders]+4
	})
	wantToldOf(t, again)
}

func TestNobodyReadingTheOutputStopsNothing(t *testing.T) {
	t.Parallel()
	env := simulator(t, fresh(t))
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer write.Close()
	cmd := command(t.Context(), env, "enqueue", "--embedded", "--partial", samples+"rollout.csv")
	cmd.Stdout, cmd.Stderr = write, write
	read.Close()
	if _ = cmd.Run(); cmd.ProcessState.ExitCode() != 3 {
		t.Errorf("ended with %s", cmd.ProcessState)
	}
	for _, r := range readFailures(t, onlyReport(t, env)) {
		if state := r["bt_state"]; state != "rejected" && state != "failed" {
			t.Errorf("row %s is %s", r["bt_row"], state)
		}
	}
}

// TestClosedPipe starts commands whose standard output is closed, as by "| head".
func TestClosedPipe(t *testing.T) {
	t.Parallel()
	env := fresh(t).With("REDIS_URL", redistest.InMemory(t))
	l := ledger.New(redistest.Connect(t, env["REDIS_URL"]))
	if err := l.Create(t.Context(), rollout.Batch{ID: "b1", File: "f.csv", Customer: "9999", Created: time.Now()}); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{
		{"batch", "list"}, {"batch", "list", "--json"}, {"batch", "status", "b1"}, {"batch", "status", "b1", "--json"},
		{"batch", "rate"}, {"batch", "rate", "--json"},
		{"enqueue", "countries", "--embedded", "--simulate"}, {"enqueue", "countries", "--embedded", "--simulate", "--json"},
	} {
		t.Run(strings.Join(args, " "), func(t *testing.T) {
			t.Parallel()
			read, write, err := os.Pipe()
			if err != nil {
				t.Fatal(err)
			}
			defer write.Close()
			read.Close()
			var stderr bytes.Buffer
			cmd := command(t.Context(), env, args[0], args[1:]...)
			cmd.Stdout, cmd.Stderr = write, &stderr
			if _ = cmd.Run(); cmd.ProcessState.ExitCode() != 0 || strings.Contains(stderr.String(), args[0]+": ") {
				t.Errorf("ended with %s\n%s", cmd.ProcessState, stderr.String())
			}
		})
	}
}

func TestOneWrongCountryIsOneWrongRow(t *testing.T) {
	t.Parallel()
	env := simulator(t, fresh(t))
	file := filepath.Join(t.TempDir(), "a.csv")
	rows := header + "A,B,France,1\nC,D,ZZ,1\nE,F,,1\nG,H,FR,\n"
	if err := os.WriteFile(file, []byte(rows), 0o600); err != nil {
		t.Fatal(err)
	}
	r := want(t, 3, env, "enqueue", "--check", file)
	var got []string
	for _, line := range strings.Split(r.Stdout, "\n") {
		if strings.HasPrefix(line, "  C") || strings.HasPrefix(line, "  D") {
			got = append(got, line)
		}
	}
	codes := []string{"row.country-invalid", "site.country-not-covered", "row.country-missing", "row.vpn-missing"}
	if len(got) != len(codes) {
		t.Fatalf("want one problem in each of these cells:\n%s", r.Stdout)
	}
	for i, code := range codes {
		if !strings.HasSuffix(got[i], "["+code+"]") {
			t.Errorf("want %s: %s", code, got[i])
		}
	}
}
