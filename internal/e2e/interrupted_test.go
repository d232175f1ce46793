package e2e_test

// This file holds runs that somebody or something breaks into.

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"btrollout/internal/redistest"
)

// onlyReport is the workbook in the report folder.
func onlyReport(t *testing.T, env settings) string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(env["REPORT_DIR"], "*.xlsx"))
	if err != nil || len(found) != 1 {
		t.Fatalf("reports %v, %v; want one", found, err)
	}
	return found[0]
}

func TestStoppedEmbeddedRunLeavesAReportOfWhatWasOrdered(t *testing.T) {
	t.Parallel()
	env := simulator(t, fresh(t), "--delivery", "10m")
	var stdout, stderr bytes.Buffer
	cmd := command(t.Context(), env, "enqueue", "--embedded", "--partial", "--json", samples+"rollout.csv")
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	for len(books(t, env).Orders) < 20 {
		time.Sleep(20 * time.Millisecond)
	}
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if _ = cmd.Wait(); cmd.ProcessState.ExitCode() != 1 {
		t.Errorf("exit %d\n%s", cmd.ProcessState.ExitCode(), stderr.String())
	}
	path := onlyReport(t, env)
	var trouble struct{ Error, Batch string }
	if err := json.Unmarshal(stdout.Bytes(), &trouble); err != nil || !strings.Contains(trouble.Error, path) || trouble.Batch == "" {
		t.Errorf("stdout does not name the batch and its report %s: %s", path, stdout.String())
	}
	if !strings.Contains(stderr.String(), "Warning") {
		t.Errorf("no warning of real orders on a Redis in memory: %s", stderr.String())
	}
	told := map[string]bool{}
	for _, r := range readFailures(t, path) {
		if r["bt_order_id"] != "" && strings.Contains(r["bt_problem"], r["bt_order_id"]) {
			told[r["technicalSiteName"]] = true
		}
	}
	for _, orders := range books(t, env).Orders {
		if name := orders[0].TechnicalSiteName; !told[name] {
			t.Errorf("%s was ordered as %s, and the report does not say so", name, orders[0].OrderID)
		}
	}
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
	for _, line := range strings.Split(r.stdout, "\n") {
		if strings.HasPrefix(line, "  C") || strings.HasPrefix(line, "  D") {
			got = append(got, line)
		}
	}
	codes := []string{"row.country-invalid", "site.country-not-covered", "row.country-missing", "row.vpn-missing"}
	if len(got) != len(codes) {
		t.Fatalf("want one problem in each of these cells:\n%s", r.stdout)
	}
	for i, code := range codes {
		if !strings.HasSuffix(got[i], "["+code+"]") {
			t.Errorf("want %s: %s", code, got[i])
		}
	}
}

func TestDashboardTakesNoOrdersFromOtherPages(t *testing.T) {
	t.Parallel()
	env := fresh(t).with("REDIS_URL", redistest.InMemory(t))
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	lines, read := serve(t, command(ctx, env, "dashboard", "--write", "--addr", "127.0.0.1:0"))
	if !lines.Scan() {
		t.Fatal("the dashboard ended before it said where it is")
	}
	read()
	url := strings.TrimSuffix(strings.TrimPrefix(lines.Text(), "Dashboard: "), "/")
	for origin, want := range map[string]int{"http://elsewhere.example": http.StatusForbidden, url: http.StatusNoContent} {
		r, err := http.NewRequestWithContext(ctx, http.MethodPost, url+"/monitor/api/queues/order:pause", nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Origin", origin)
		resp, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode != want {
			t.Errorf("a page of %s gets %d, want %d", origin, resp.StatusCode, want)
		}
	}
}
