// This file tests uploads that are refused as a whole: wrong files, wrong settings, and
// files with wrong rows without --partial.

package e2e_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"btrollout/internal/proctest"
	"btrollout/internal/redistest"
)

const (
	nowhere  = "127.0.0.1:1" // where nothing listens
	header   = "technicalSiteName,customerSiteLabel,country,vpn\n"
	wrongKey = "0123456789012345678901234567890123456789"
)

func TestWhatCannotRunSaysSoInOneLine(t *testing.T) {
	t.Parallel()
	base := fresh(t)
	working := simulator(t, base).With("REDIS_URL", redistest.InMemory(t))
	readonly := simulator(t, base, "--profile", "readonly").With("REDIS_URL", working["REDIS_URL"])
	file := func(name, content string) string {
		path := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	sample := samples + "rollout.csv"
	unreachable := working.With("BT_API_URL", "http://"+nowhere+"/btalk/v1", "BT_TOKEN_URL", "http://"+nowhere+"/oauth/v3/token")
	for name, c := range map[string]struct {
		env  proctest.Settings
		args []string
		code int
		says string // a word of the sentence
	}{
		"empty CSV":              {working, []string{file("a.csv", "")}, 1, "empty"},
		"empty workbook":         {working, []string{file("a.xlsx", "")}, 1, "empty"},
		"text named .xlsx":       {working, []string{file("a.xlsx", header)}, 1, "text file"},
		"column missing":         {working, []string{file("a.csv", "technicalSiteName,customerSiteLabel,country\nA,B,FR\n")}, 1, "vpn"},
		"column unknown":         {working, []string{file("a.csv", "Postcod,"+header+"red,A,B,FR,1\n")}, 1, "Postcod"},
		"no data rows":           {working, []string{file("a.csv", header)}, 1, "row"},
		"no such sheet":          {working, []string{"--sheet", "Nowhere", samples + "rollout.xlsx"}, 1, "Nowhere"},
		"no such file":           {working, []string{filepath.Join(t.TempDir(), "absent.csv")}, 1, "absent.csv"},
		"Redis unreachable":      {working.With("REDIS_URL", "redis://"+nowhere+"/0"), []string{sample}, 1, "Redis"},
		"API unreachable":        {unreachable, []string{sample}, 1, "BT_API_URL"},
		"wrong secret":           {working.With("BT_CLIENT_SECRET", "not-the-secret"), []string{sample}, 1, "BT_CLIENT_SECRET"},
		"wrong key":              {working.With("BT_API_KEY", wrongKey), []string{sample}, 1, "BT_API_KEY"},
		"readonly":               {readonly, []string{sample}, 1, "readonly"},
		"no credentials":         {base.With("REDIS_URL", working["REDIS_URL"]), []string{sample}, 2, "BT_CLIENT_SECRET"},
		"unknown flag":           {working, []string{"--nonsense", sample}, 2, "--nonsense"},
		"report folder":          {working.With("REPORT_DIR", file("a.txt", "")+"/reports"), []string{sample}, 2, "REPORT_DIR"},
		"report file":            {working, []string{"--report", filepath.Join(t.TempDir(), "absent", "r.xlsx"), sample}, 2, "folder"},
		"report's name":          {working, []string{"--report", "r.pdf", sample}, 2, ".xlsx"},
		"simulate, not embedded": {working, []string{"--simulate", sample}, 2, "--embedded"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			env := c.env
			if env["REPORT_DIR"] == base["REPORT_DIR"] {
				env = env.With("REPORT_DIR", filepath.Join(t.TempDir(), "reports"))
			}
			r := want(t, c.code, env, "enqueue", append([]string{"--partial", "--wait", "--json"}, c.args...)...)
			trouble := struct{ Error, Code string }{}
			err := json.Unmarshal([]byte(r.Stdout), &trouble)
			if trouble.Code != "" {
				trouble.Error += " [" + trouble.Code + "]"
			}
			if name != "unknown flag" && (err != nil || r.Stderr != "enqueue: "+trouble.Error+"\n") {
				t.Errorf("stdout is not an object that says the same as stderr: %s", r.Stdout)
			}
			if strings.Count(r.Stderr, "\n") != 1 || !strings.HasSuffix(r.Stderr, "\n") || !strings.Contains(r.Stderr, c.says) {
				t.Errorf("stderr is not one line that says %q: %s", c.says, r.Stderr)
			}
			if _, err := os.Stat(env["REPORT_DIR"]); err == nil {
				t.Error("a report folder is left")
			}
			for _, secret := range []string{"BT_CLIENT_SECRET", "BT_API_KEY"} {
				if value := env[secret]; value != "" && strings.Contains(r.Stderr, value) {
					t.Errorf("the output holds the value of %s", secret)
				}
			}
		})
	}
}

func TestWrongRowsEnqueueNothingByDefault(t *testing.T) {
	t.Parallel()
	env := simulator(t, fresh(t)).With("REDIS_URL", redistest.InMemory(t))
	wantTurnedDown(t, want(t, 3, env, "enqueue", samples+"rollout.csv"))
	if r := want(t, 0, env, "batch", "list", "--json"); strings.TrimSpace(r.Stdout) != "[]" {
		t.Errorf("something was enqueued: %s", r.Stdout)
	}
	if stats := proctest.Books(t, env); len(stats.Orders) > 0 {
		t.Errorf("something was ordered: %+v", stats.Orders)
	}
}

func TestCheckNeedsNoRedis(t *testing.T) {
	t.Parallel()
	env := simulator(t, fresh(t)).With("REDIS_URL", "redis://"+nowhere+"/0")
	report := filepath.Join(t.TempDir(), "report.xlsx")
	wantTurnedDown(t, want(t, 3, env, "enqueue", "--check", "--report", report, samples+"rollout.xlsx"))
}

// wantTurnedDown checks that the report that stdout names holds the rows that the import
// rejects.
func wantTurnedDown(t *testing.T, r proctest.Result) {
	t.Helper()
	_, after, _ := strings.Cut(r.Stdout, "Report: ")
	path := strings.TrimSpace(after)
	if _, err := os.Stat(path); err != nil {
		t.Fatalf("the report named on stdout is not there (%v): %s", err, r.Stdout)
	}
	found := map[string]bool{}
	for _, r := range readFailures(t, path) {
		if r["bt_state"] == "rejected" {
			found[r["bt_row"]] = true
		}
	}
	for _, w := range wrongRows(t) {
		if found[w.row] != (w.stage == "import") {
			t.Errorf("row %s, wrong at %s: rejected is %v", w.row, w.stage, found[w.row])
		}
	}
}
