// This file tests the command batch forecast.

package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"btrollout/internal/jsonout"
	"btrollout/internal/ledger"
	"btrollout/internal/progress"
	"btrollout/internal/redistest"
	"btrollout/internal/rollout"
)

// forecasting runs batch forecast, and returns what it prints.
func forecasting(t *testing.T, url string, exit int, args ...string) string {
	t.Helper()
	var stdout, stderr strings.Builder
	if got := run(append([]string{"forecast", "--redis-url", url}, args...), &stdout, &stderr); got != exit {
		t.Fatalf("%q: exit code %d, want %d: %s", args, got, exit, stderr.String())
	}
	return stdout.String() + stderr.String()
}

// aWave makes a batch that is done, whose deliveries took about a minute.
func aWave(t *testing.T, rdb *redis.Client) {
	t.Helper()
	l := ledger.New(rdb)
	err := l.Create(t.Context(), rollout.Batch{ID: "wave", File: "f.csv", Customer: "9999", Created: time.Now()})
	if err == nil {
		err = l.Start(t.Context(), "wave")
	}
	if err == nil {
		_, err = l.Finish(t.Context(), "wave", 0, "report.xlsx")
	}
	for class := range 4 {
		if err == nil {
			err = rdb.HSet(t.Context(), "{btr}:batch:wave:pace", fmt.Sprint("d", 508+class), 100).Err()
		}
	}
	if err != nil {
		t.Fatal(err)
	}
}

func TestForecast_Sentences(t *testing.T) {
	t.Parallel()
	url := redistest.InMemory(t)
	const unseen = `2400 sites to order: about 5088 API calls.
Rate: 10/s.
No worker is running: times count from when one is.
How long deliveries take is not known, because too few were seen in this Redis. The last order would
be sent in 3.5–5 min, if no address is sent before; deliveries and addresses come on top.
`
	args := []string{"--sites", "2400", "--country", "FR,be", "--rate", "10/s"}
	if got := forecasting(t, url, 0, args...); got != unseen {
		t.Errorf("without deliveries: %s\nwant %s", got, unseen)
	}
	rdb := redistest.Connect(t, url)
	aWave(t, rdb)
	if err := ledger.New(rdb).Sign(t.Context(), ledger.RunningWorker{ID: "w"}); err != nil {
		t.Fatal(err)
	}
	const seen = `2400 sites to order: about 6288 API calls.
Rate: 10/s.
The last order is sent in 9–12 min.
Probably done in 10–13 min.
`
	if got := forecasting(t, url, 0, append(args, "--registers", "fr", "--customer", "9999")...); got != seen {
		t.Errorf("with deliveries: %s\nwant %s", got, seen)
	}
	got := forecasting(t, url, 0, append(args, "--window", "00:00-24:00 Europe/Paris")...)
	if !strings.Contains(got, "Probably done ") || !strings.Contains(got, " Europe/Paris.") {
		t.Errorf("with a window: %s", got)
	}
	if got := forecasting(t, url, 1, "none.csv"); !strings.Contains(got, "none.csv") {
		t.Errorf("a file that is not there: %s", got)
	}
	for name, c := range map[string]struct {
		args []string
		want string
	}{
		"nothing":          {nil, "give a rollout file, or the number of sites"},
		"both":             {[]string{"f.csv", "--sites", "2"}, "give a rollout file, or the number of sites"},
		"no country":       {[]string{"--sites", "2"}, "give the countries"},
		"no code":          {[]string{"--sites", "2", "--country", "France"}, `"France" is no country code`},
		"another register": {[]string{"--sites", "2", "--country", "FR", "--registers", "BE"}, "--registers BE"},
		"no rate":          {[]string{"--sites", "2", "--country", "FR", "--rate", "fast"}, "is not a rate"},
		"no window":        {[]string{"--sites", "2", "--country", "FR", "--window", "night"}, "is not a window"},
	} {
		if got := forecasting(t, url, 2, c.args...); !strings.Contains(got, c.want) {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}

// The rows of a file are counted, and not checked.
func TestForecast_File(t *testing.T) {
	t.Parallel()
	url := redistest.InMemory(t)
	aWave(t, redistest.Connect(t, url))
	file := filepath.Join(t.TempDir(), "rollout.csv")
	rows := "technicalSiteName,label,country,vpn,voiceSiteId\n"
	for i := range 500 {
		rows += fmt.Sprintf("S%d,A site,FR,1,\n", i)
	}
	rows += "V1,A site,FR,1,vs1\nS0,The same name,FR,1,\n"
	if err := os.WriteFile(file, []byte(rows), 0o600); err != nil {
		t.Fatal(err)
	}
	var got jsonout.Forecast
	if err := json.Unmarshal([]byte(forecasting(t, url, 0, file, "--json", "--rate", "60/m")), &got); err != nil {
		t.Fatal(err)
	}
	left := got.Left
	if got.File != "rollout.csv" || got.AddressOnly != 1 || got.Orders+got.Rejected != 501 || got.Rows != got.Orders+1 ||
		got.Rate != "60/m" || got.Unknown != "" || got.Worker {
		t.Errorf("printed is %+v", got)
	}
	if left == nil || left.LeastSeconds > 1100 || left.MostSeconds < 1100 || left.Ranges != nil {
		t.Errorf("the time left is %+v, want about 1,100 s", left)
	}
	if err := ledger.New(redistest.Connect(t, url)).PauseAll(t.Context()); err != nil {
		t.Fatal(err)
	}
	got = jsonout.Forecast{}
	if err := json.Unmarshal([]byte(forecasting(t, url, 0, file, "--json")), &got); err != nil || got.Unknown != progress.UnknownPause {
		t.Errorf("while all batches are paused: %+v (%v)", got, err)
	}
}
