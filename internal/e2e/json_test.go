// This file compares what the commands print with --json with the documented objects.

package e2e_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"btrollout/internal/jsonout"
	"btrollout/internal/redistest"
	"btrollout/internal/rollout"
)

// hostile is a file with quotes, control characters, HTML, a separator of lines that JavaScript knows, and a
// long value. All rows but the last are
// wrong, and only the register can find that the last is wrong, too.
var hostile = `technicalSiteName,customerSiteLabel,country,vpn,hno,sts,a6,pc,a3,"Code ""x"" <&>` + "\x01\"\n" +
	"PAR-2,Quote,FR,1,62,RUE,de Lille,\"75\"\"007\x1b[2J\",Paris,\n" +
	"PAR-4,Long,FR,\"" + strings.Repeat("\\\"\"", 15000) + "\",62,RUE,de Lille,75007,Paris,\n" +
	"PAR-5,Nowhere,ZZ,1,62,,de Lille,75007,Paris,\n" +
	",No name,FR,1,62,RUE,de Lille,7500,Paris,\n" +
	"PAR-7,Nul\x00\u2028x,F\aR,1,62,RUE,de Lille,75007,Paris,\n" +
	"PAR-8,\"Ors\"\"ay </script>\",FR,1,9999,RUE,de Lille,75007,Paris,\n"

// printedObjects holds outputs of commands to their types, and remembers which commands were run.
type printedObjects map[string]bool

// read decodes an output of a command, as jsonout.Outputs knows it, into v. It must be one value on one line
// with the documented fields and no others, without null, as the type of the document prints it.
func (p printedObjects) read(t *testing.T, command, stdout string, v any) {
	t.Helper()
	p[command] = true
	i := slices.IndexFunc(jsonout.Outputs, func(o jsonout.Output) bool { return o.Command == command })
	documented := reflect.TypeOf(jsonout.Outputs[i].Object)
	if jsonout.Outputs[i].List {
		documented = reflect.SliceOf(documented)
	}
	value := reflect.New(documented)
	d := json.NewDecoder(strings.NewReader(stdout))
	d.DisallowUnknownFields()
	if err := d.Decode(value.Interface()); err != nil || d.More() || strings.Count(stdout, "\n") != 1 {
		t.Fatalf("%s: not one value as documented (%v): %.2000s", command, err, stdout)
	}
	var again bytes.Buffer
	if err := jsonout.Print(&again, value.Interface()); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(again.String(), stdout); diff != "" {
		t.Errorf("%s (-documented +printed):\n%s", command, diff)
	}
	var plain any
	if err := json.Unmarshal([]byte(stdout), &plain); err != nil || holdsNull(plain) {
		t.Errorf("%s prints null (%v): %.2000s", command, err, stdout)
	}
	if err := json.Unmarshal([]byte(stdout), v); err != nil {
		t.Errorf("%s: %v", command, err)
	}
}

// holdsNull reports whether a decoded value has a null in it.
func holdsNull(v any) bool {
	switch v := v.(type) {
	case nil:
		return true
	case []any:
		return slices.ContainsFunc(v, holdsNull)
	case map[string]any:
		for _, field := range v {
			if holdsNull(field) {
				return true
			}
		}
	}
	return false
}

// TestJSON_IsAsDocumented runs each command that has --json.
func TestJSON_IsAsDocumented(t *testing.T) {
	t.Parallel()
	env := simulator(t, fresh(t)).With("REDIS_URL", redistest.Server(t))
	stop := startWorker(t, env)
	defer stop()
	dir, printed := t.TempDir(), printedObjects{}
	file, mixed := filepath.Join(dir, "hostile \"x\".csv"), filepath.Join(dir, "mixed.csv")
	for path, content := range map[string]string{file: hostile, mixed: hostile + "PAR-9,\xff\x81,FR,1,64,RUE,de Lille,75007,Paris,\n"} {
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	output := func(exit int, v any, command string, args ...string) {
		t.Helper()
		words := strings.Fields(strings.TrimSuffix(command, " FILE"))
		printed.read(t, command, want(t, exit, env, words[0], slices.Concat(words[1:], []string{"--json"}, args)...).Stdout, v)
	}

	var checked, enqueued jsonout.File
	output(3, &checked, "enqueue FILE", "--check", file)
	output(3, &enqueued, "enqueue FILE", "--partial", "--wait", "--name", "W \"3\"", file)
	wantHostileProblems(t, checked.Problems)
	if diff := cmp.Diff(checked.Problems, enqueued.Problems); diff != "" {
		t.Errorf("problems of the file that was enqueued (-checked +enqueued):\n%s", diff)
	}
	output(3, &checked, "enqueue FILE", "--check", "--lang", "fr", samples+"rollout.xlsx")

	var statuses []jsonout.Status
	var status jsonout.Status
	output(0, &statuses, "batch list")
	output(3, &status, "batch status", enqueued.Batch)
	if status.Progress == nil || status.Progress.Rows != status.Rows {
		t.Errorf("batch status has the progress %+v", status.Progress)
	}
	status.Progress = nil // left out of lists
	if diff := cmp.Diff([]jsonout.Status{status}, statuses); diff != "" || status.BatchName != `W "3"` {
		t.Errorf("batch list differs from batch status:\n%s", diff)
	}
	var failures jsonout.Failures
	output(0, &failures, "batch failures", enqueued.Batch)
	last := len(failures.Problems) - 1 // it was found later
	if diff := cmp.Diff(enqueued.Problems, failures.Problems[:last]); diff != "" || failures.Batch != enqueued.Batch {
		t.Errorf("batch failures differs (-enqueued +failures):\n%s", diff)
	}
	if p := failures.Problems[last]; p.Row != "7" || p.State != rollout.Failed || p.Stage != rollout.StageValidate {
		t.Errorf("the last of the failures is %+v", p)
	}
	var summary jsonout.Summary
	output(0, &summary, "batch summary")
	if len(summary.Totals) != 1 || summary.Totals[0].ISO2 != "FR" || summary.Totals[0].NeedSomeone != 1 {
		t.Errorf("batch summary prints %+v", summary)
	}
	var found jsonout.Found
	output(0, &found, "batch find", "par-8")
	if len(found.Found) != 1 || found.Found[0].State != rollout.Failed || found.Found[0].Row != "7" {
		t.Errorf("batch find prints %+v", found)
	}
	output(0, &found, "batch find", "nowhere")
	var retry jsonout.Retry
	output(3, &retry, "batch retry", enqueued.Batch, "--dry-run")
	if retry.Retried != 1 || len(retry.NotRetried) != 5 || retry.NotRetried[0].Row != "2" || !retry.DryRun {
		t.Errorf("batch retry prints %+v", retry)
	}
	output(3, &retry, "batch retry", enqueued.Batch, "--dry-run", "--country", "DE")
	var log jsonout.Log
	output(0, &log, "batch log", enqueued.Batch)
	if log.Batch != enqueued.Batch || len(log.Entries) == 0 {
		t.Errorf("batch log prints %+v", log)
	}
	var rate jsonout.Rate
	output(0, &rate, "batch rate")
	var forecast jsonout.Forecast
	output(0, &forecast, "batch forecast", "--sites", "300", "--country", "FR")
	if forecast.Orders != 300 || forecast.Rate != rate.Rate || !forecast.Worker {
		t.Errorf("batch forecast prints %+v", forecast)
	}
	var countries []jsonout.Country
	output(0, &countries, "enqueue countries", "FR", "CH", "ZZ", "GL")
	var template jsonout.Template
	output(0, &template, "enqueue template", "FR", "-o", filepath.Join(dir, "t.xlsx"))

	var fault jsonout.Error
	printed.read(t, "", want(t, 1, env, "enqueue", "--check", "--json", mixed).Stdout, &fault)
	if fault.Code != "file.not-utf8" {
		t.Errorf("of a file that is no text is printed %+v", fault)
	}
	for _, command := range []string{"status", "failures", "retry"} {
		fault = jsonout.Error{}
		printed.read(t, "", want(t, 1, env, "batch", command, "b\"1", "--json").Stdout, &fault)
		if fault.Batch != `b"1` || fault.Error == "" {
			t.Errorf("batch %s of no batch prints %+v", command, fault)
		}
	}
	for _, o := range jsonout.Outputs {
		if !printed[o.Command] {
			t.Errorf("%s was not run", o.Command)
		}
	}
}

// wantHostileProblems compares the places, codes, values and suggestions of the problems of hostile.
func wantHostileProblems(t *testing.T, problems []jsonout.Problem) {
	t.Helper()
	long := strings.Repeat(`\"`, 15000)
	want := []jsonout.Problem{
		{Row: "2", Cell: "H2", Column: "pc", Name: "PAR-2", Code: "row.control-character", Value: "75\"007\x1b[2J", Suggestion: `75"007 [2J`},
		{Row: "3", Cell: "D3", Column: "vpn", Name: "PAR-4", Code: "site.vpn-unknown", Value: long},
		{Row: "4", Cell: "C4", Column: "country", Name: "PAR-5", Country: "ZZ", Code: "site.country-not-covered", Value: "ZZ"},
		{Row: "5", Cell: "A5", Column: "technicalSiteName", Code: "row.name-missing"},
		{Row: "5", Cell: "H5", Column: "pc", Code: "address.too-short", Value: "7500", Suggestion: "07500"},
		{
			Row: "6", Cell: "B6", Column: "customerSiteLabel", Name: "PAR-7", Country: "F\aR", Code: "row.control-character",
			Value: "Nul\x00\u2028x", Suggestion: "Nul x",
		},
		{
			Row: "6", Cell: "C6", Column: "country", Name: "PAR-7", Country: "F\aR", Code: "row.control-character",
			Value: "F\aR", Suggestion: "F R",
		},
	}
	for i := range want {
		want[i].State, want[i].Stage, want[i].Field = rollout.Rejected, rollout.StageImport, want[i].Column
		if want[i].Country == "" {
			want[i].Country = "FR"
		}
	}
	got := slices.Clone(problems)
	for i := range got {
		if got[i].Sentence == "" {
			t.Errorf("nothing is said of %+v", got[i])
		}
		got[i].Sentence = ""
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("problems (-want +got):\n%s", diff)
	}
}
