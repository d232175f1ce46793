// This file tests the command from outside: started, read, called, stopped.

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/signal"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"

	"btrollout/internal/btsim"
	"btrollout/internal/config"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// start runs the simulator on a free port and gives what it printed, up to its
// last line, and the exit code once it ends.
func start(ctx context.Context, t *testing.T, args ...string) (printed string, ended <-chan int) {
	t.Helper()
	out, in := io.Pipe()
	code := make(chan int, 1)
	go func() {
		code <- run(ctx, append([]string{"--addr", "127.0.0.1:0"}, args...), in, in)
		in.Close()
	}()
	var text strings.Builder
	buffer := make([]byte, 4096)
	for !strings.Contains(text.String(), "Ctrl-C.\n") {
		n, err := out.Read(buffer)
		text.Write(buffer[:n])
		if err != nil {
			t.Fatalf("ended early: %s", text.String())
		}
	}
	return text.String(), code
}

func environment(printed string) map[string]string {
	env := map[string]string{}
	for _, match := range regexp.MustCompile(`(?m)^export (\w+)=(\S+)$`).FindAllStringSubmatch(printed, -1) {
		env[match[1]] = match[2]
	}
	return env
}

func TestPrintedEnvironmentOpensTheDoor(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	printed, ended := start(ctx, t)
	env := environment(printed)
	for _, name := range []string{"BT_API_URL", "BT_TOKEN_URL", "BT_CLIENT_ID", "BT_CLIENT_SECRET", "BT_API_KEY", "BT_CUSTOMER_CODE"} {
		if env[name] == "" {
			t.Errorf("%s is not printed in:\n%s", name, printed)
		}
	}

	tokenOf(t, env)
	books := regexp.MustCompile(`curl (\S+)`).FindStringSubmatch(printed)
	if books == nil {
		t.Fatalf("how to read the books is not printed in:\n%s", printed)
	}
	r, err := http.NewRequest(http.MethodGet, books[1], nil)
	if err != nil {
		t.Fatal(err)
	}
	askedFor(t, r, new(any))

	cancel()
	if code := <-ended; code != exitDone {
		t.Errorf("exit code %d", code)
	}
}

var client = &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}

// askedFor sends a request and wants a 200 whose JSON it decodes.
func askedFor(t *testing.T, r *http.Request, v any) {
	t.Helper()
	response, err := client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if err := json.NewDecoder(response.Body).Decode(v); err != nil || response.StatusCode != http.StatusOK {
		t.Fatalf("%s: %s, %v", r.URL, response.Status, err)
	}
}

func tokenOf(t *testing.T, env map[string]string) string {
	t.Helper()
	r, err := http.NewRequest(http.MethodPost, env["BT_TOKEN_URL"], strings.NewReader("grant_type=client_credentials"))
	if err != nil {
		t.Fatal(err)
	}
	r.SetBasicAuth(env["BT_CLIENT_ID"], env["BT_CLIENT_SECRET"])
	r.Header.Set("Accept", "application/json")
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	var token struct {
		AccessToken string `json:"access_token"`
	}
	askedFor(t, r, &token)
	return token.AccessToken
}

// TestHangingCallsEndWithIt also shows that the flags of faults arrive. If the hanging call
// did not end by itself, the simulator would wait for it for an hour.
func TestHangingCallsEndWithIt(t *testing.T) {
	usual := grace
	grace = time.Hour
	t.Cleanup(func() { grace = usual })
	ctx, cancel := context.WithCancel(t.Context())
	printed, ended := start(ctx, t, "--fault", "all=0", "--fault", "timeout-after=every:1", "--hang", "1h", "--unique-names")
	env := environment(printed)
	const order = `{"customerOrderReference":"r","parameters":` +
		`{"technicalSiteName":"N","customerSiteLabel":"L","country":"FR","vpnId":"aa76e66dfc63"}}`
	orders := env["BT_API_URL"] + "/customers/" + env["BT_CUSTOMER_CODE"] + "/orders/voicesite"
	r, err := http.NewRequest(http.MethodPost, orders, strings.NewReader(order))
	if err != nil {
		t.Fatal(err)
	}
	for name, value := range map[string]string{
		"Authorization": "Bearer " + tokenOf(t, env), "X-BT-API-KEY": env["BT_API_KEY"],
		"Accept": "application/json", "Content-Type": "application/json",
	} {
		r.Header.Set(name, value)
	}
	broken := make(chan error, 1)
	go func() {
		response, err := client.Do(r)
		if err == nil {
			response.Body.Close()
		}
		broken <- err
	}()
	stats, err := http.NewRequest(http.MethodGet, strings.TrimSuffix(env["BT_API_URL"], btsim.BasePath)+btsim.StatsPath, nil)
	if err != nil {
		t.Fatal(err)
	}
	for books := (btsim.Stats{}); books.Faults[btsim.TimeoutAfter] == 0; {
		askedFor(t, stats, &books)
	}

	cancel()
	select {
	case code := <-ended:
		if code != exitDone {
			t.Errorf("exit code %d", code)
		}
	case <-time.After(time.Minute):
		t.Fatal("the simulator waits for a hanging call")
	}
	if err := <-broken; err == nil {
		t.Error("the call was answered")
	}
}

func TestFaultFlags(t *testing.T) {
	args := []string{"--fault", "all=2%", "--fault", "html=every:50", "--fault=slow=0", "--storm", "0s", "--slow", "1h"}
	f, _, err := parse(args, io.Discard, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	got := f.options()
	if len(got.Faults) != len(btsim.Kinds) || got.Faults[btsim.Reset].Probability != 0.02 ||
		got.Faults[btsim.HTML].Every != 50 || got.Faults[btsim.Slow] != (btsim.Chance{}) {
		t.Errorf("faults %+v", got.Faults)
	}
	if got.Storm != time.Nanosecond || got.Slow != time.Hour || got.Hang != time.Minute || got.Invisible != 5*time.Second || got.UniqueNames {
		t.Errorf("options %+v", got)
	}
	if f, _, err = parse(nil, io.Discard, io.Discard); err != nil || len(f.options().Faults) != 0 || len(f.options().Breaks) != 0 {
		t.Errorf("without flags: options %+v, error %v", f.options(), err)
	}
}

func TestBreakFlags(t *testing.T) {
	args := []string{"--break", "all=2%", "--break", "respell", "--break=losing-list=every:5", "--long-words", "2000000"}
	f, _, err := parse(args, io.Discard, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	got := f.options()
	if len(got.Breaks) != len(btsim.BreakKinds) || got.Breaks[btsim.Respell].Probability != 1 || got.Breaks[btsim.LosingList].Every != 5 ||
		got.Breaks[btsim.LongWords].Probability != 0.02 || got.Words != 2000000 || len(got.Faults) != 0 {
		t.Errorf("options %+v", got)
	}
}

func TestSignalStopsIt(t *testing.T) {
	ctx, stop := signal.NotifyContext(t.Context(), syscall.SIGTERM)
	defer stop()
	_, ended := start(ctx, t)
	if err := syscall.Kill(os.Getpid(), syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if code := <-ended; code != exitDone {
		t.Errorf("exit code %d", code)
	}
}

func TestSeedDecidesCredentials(t *testing.T) {
	keyOf := func(seed string) string {
		ctx, cancel := context.WithCancel(t.Context())
		printed, ended := start(ctx, t, "--seed", seed, "--delivery", "0s")
		cancel()
		<-ended
		return environment(printed)["BT_API_KEY"]
	}
	if one := keyOf("1"); one != keyOf("1") || one == keyOf("2") {
		t.Error("credentials do not follow --seed")
	}
}

func TestMisuseExitsTwo(t *testing.T) {
	for _, args := range [][]string{
		{"--nonsense"}, {"file.xlsx"}, {"--rate", "fast"}, {"--rate", "-1"}, {"--profile", "admin"},
		{"--delivery", "5"}, {"--delivery", "1s..x"}, {"--delivery", "9s..2s"}, {"--latency", "-1s"},
		{"--fault", "html"}, {"--fault", "typo=1"}, {"--fault", "html=2"}, {"--fault", "html=every:0"}, {"--hang=-1s"},
		{"--break", "typo"}, {"--break", "html=1"}, {"--break", "respell=2"}, {"--break"},
		{"--long-words", "9000000"}, {"--fault", "respell=1"}, {"--unique-names=x"},
	} {
		var stdout, stderr bytes.Buffer
		if code := run(t.Context(), args, &stdout, &stderr); code != exitMisused {
			t.Errorf("%q: exit code %d", args, code)
		}
		if message := stderr.String(); strings.Count(message, "\n") != 1 || !strings.Contains(message, "--help") || stdout.Len() > 0 {
			t.Errorf("%q: says %q on stderr and %q on stdout", args, message, stdout.String())
		}
	}
}

func TestTakenAddressExitsOne(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	var stdout, stderr bytes.Buffer
	code := run(t.Context(), []string{"--addr", taken.Addr().String()}, &stdout, &stderr)
	said := stderr.String()
	if code != exitFailed || !strings.Contains(said, taken.Addr().String()) || !strings.Contains(said, "--addr") || stdout.Len() > 0 {
		t.Errorf("exit code %d, stderr %q, stdout %q", code, said, stdout.String())
	}
}

func TestRun_Version(t *testing.T) {
	t.Parallel()
	var stdout, stderr bytes.Buffer
	code := run(t.Context(), []string{"--version"}, &stdout, &stderr)
	if want := "simulator " + config.Version() + "\n"; code != exitDone || stderr.Len() > 0 || stdout.String() != want {
		t.Errorf("exit %d, printed %q and %q, want %q", code, stdout.String(), stderr.String(), want)
	}
}

func TestHelpTeaches(t *testing.T) {
	var stdout, stderr bytes.Buffer
	if code := run(t.Context(), []string{"--help"}, &stdout, &stderr); code != exitDone || stderr.Len() > 0 {
		t.Errorf("exit code %d, stderr %q", code, stderr.String())
	}
	for _, word := range []string{
		"--addr", "--delivery", "--latency", "--rate", "--seed", "--profile", "5s..60s", "VPN Legacy", "books",
		"--unique-names", "--fault=KIND=CHANCE", "--hang", "--storm", "--slow", "--invisible", "2%, or every:50",
		"--break=KIND[=CHANCE]", "--long-words",
	} {
		if !strings.Contains(stdout.String(), word) {
			t.Errorf("the help does not speak of %s", word)
		}
	}
	for _, kind := range slices.Concat(btsim.Kinds, btsim.BreakKinds) {
		width := 13
		if slices.Contains(btsim.BreakKinds, kind) {
			width = 17
		}
		if line := fmt.Sprintf("\n    %-*s  %s\n", width, kind, kind.Meaning()); !strings.Contains(stdout.String(), line) {
			t.Errorf("the help has no line %q", line)
		}
	}
}

func TestSpanReadsOneDurationAsBoth(t *testing.T) {
	for text, want := range map[string]span{"2s": {2 * time.Second, 2 * time.Second}, "0s..1m": {0, time.Minute}} {
		var got span
		if err := got.UnmarshalText([]byte(text)); err != nil || got != want {
			t.Errorf("%s: %v, error %v", text, got, err)
		}
	}
}
