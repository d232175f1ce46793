// This file tests what the command prints about countries. That this agrees with the API
// is tested in internal/precheck.

package main

import (
	"bytes"
	"encoding/json"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/jedib0t/go-pretty/v6/text"

	"btrollout/internal/app"
	"btrollout/internal/precheck"
	"btrollout/internal/rollout"
)

func TestWhatIsPrintedOfCountries(t *testing.T) {
	t.Parallel()
	for name, args := range map[string][]string{
		"be-fr.en.txt":    {"countries", "be", "FR", "--lang", "en"},
		"nl-sj.fr.txt":    {"countries", "NL", "SJ", "nl", "--lang", "fr"},
		"ch-vd.en.txt":    {"countries", "CH", "--area", "vaud", "--lang", "en"},
		"without.en.txt":  {"countries", "GL", "ZZ", "--lang", "en"},
		"without.fr.txt":  {"countries", "GL", "ZZ", "--lang", "fr"},
		"overview.en.txt": {"countries", "--lang", "en"},
		"overview.fr.txt": {"--lang", "fr", "countries"},
		"ch.json":         {"countries", "CH", "--json"},
		"all.json":        {"countries", "--json"},
		"without.json":    {"countries", "GL", "ZZ", "FR", "--json"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, _ := inquire(t, 0, args...)
			golden(t, name, got)
		})
	}
}

func TestCountriesThatTheAPIDoesNotKnow(t *testing.T) {
	t.Parallel()
	if got, _ := inquire(t, 1, "countries", "ZZ", "--lang", "en"); !strings.Contains(got, "does not cover") {
		t.Errorf("printed %s", got)
	}
	var list []precheck.Description
	got, _ := inquire(t, 1, "countries", "ZZ", "--json")
	if err := json.Unmarshal([]byte(got), &list); err != nil || len(list) != 1 || list[0].Known {
		t.Errorf("printed %s (%v)", got, err)
	}
}

func TestArgumentsThatAreWrong(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		args []string
		says string
	}{
		"three letters":             {[]string{"countries", "FR", "FRA", "1"}, `"FRA", "1"`},
		"a file":                    {[]string{"countries", "rollout.xlsx"}, "./countries"},
		"simulate, not embedded":    {[]string{"countries", "FR", "--simulate"}, "--embedded"},
		"a flag of the other":       {[]string{"countries", "FR", "--check"}, "--check"},
		"a flag of the other first": {[]string{"--check", "countries", "FR"}, "--check"},
		"no file":                   {[]string{"--embedded", "--simulate"}, "<file>"},
		"a place in two countries":  {[]string{"countries", "SE", "CH", "--area", "VD"}, "one country"},
		"a place that is not there": {
			[]string{"countries", "SE", "--area", "Malmo", "--area", "Kista", "--embedded", "--simulate"},
			`no "Kista" for a4 within Malmö`,
		},
		"an unknown language": {[]string{"countries", "--lang", "de"}, "--lang"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if _, said := command(t, 2, c.args...); !strings.Contains(said, c.says) || strings.Count(said, "\n") != 1 {
				t.Errorf("said %q, want one line with %q", said, c.says)
			}
		})
	}
}

func TestHelpShowsTheFlagsOfTheCommandThatNeedsNoName(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		args    []string
		has     []string
		without string
	}{
		{[]string{"--help"}, []string{"--check", "--sheet", "--lang", "BT_API_KEY", "countries  "}, "telephone"},
		{[]string{"file", "--help"}, []string{"--check", "--sheet", "--lang"}, "<iso2>"},
		{[]string{"countries", "--help"}, []string{"--lang", "<iso2>", "no call"}, "--check"},
	} {
		got, _ := command(t, 0, c.args...)
		for _, words := range c.has {
			if !strings.Contains(got, words) {
				t.Errorf("%q does not mention %s:\n%s", c.args, words, got)
			}
		}
		if strings.Contains(got, c.without) {
			t.Errorf("%q mentions %s:\n%s", c.args, c.without, got)
		}
	}
}

// TestEveryCountryFitsAnyTerminal prints all countries on lines of several lengths.
func TestEveryCountryFitsAnyTerminal(t *testing.T) {
	t.Parallel()
	list, _ := inquire(t, 0, "countries", "--json")
	var all []precheck.Description
	if err := json.Unmarshal([]byte(list), &all); err != nil || len(all) != len(guideCountries) {
		t.Fatalf("%d countries (%v)", len(all), err)
	}
	for _, lang := range []rollout.Lang{rollout.English, rollout.French} {
		for _, columns := range []int{80, 100, 160, 300} {
			var out bytes.Buffer
			s := screen{out: app.NewOutput(&out), columns: columns, lang: lang}
			s.printOverview(all)
			for _, d := range all {
				s.printCountry(d)
			}
			for _, line := range strings.Split(out.String(), "\n") {
				if n := text.StringWidthWithoutEscSequences(line); n > columns || strings.TrimRight(line, " ") != line {
					t.Errorf("%s, %d columns: a line of %d: %q", lang, columns, n, line)
				}
			}
			words := strings.Join(strings.Fields(out.String()), " ")
			for _, d := range all {
				for _, e := range d.Elements {
					values := valuesOf(e)
					if !strings.Contains(words, strings.Join(values[:min(len(values), valuesShown)], ", ")) || !strings.Contains(words, e.Label) {
						t.Errorf("%s, %d columns: %s %s is not whole", lang, columns, d.ISO2, e.Code)
					}
				}
			}
		}
	}
}

func TestLongListsSayHowManyThereAre(t *testing.T) {
	t.Parallel()
	values := make([]string, valuesShown+1)
	for i := range values {
		values[i] = strings.Repeat("x", 3)
	}
	if got := someOf(values[1:]).EN; strings.Contains(got, "…") || strings.Count(got, "xxx") != valuesShown {
		t.Errorf("%d values are %s", valuesShown, got)
	}
	got := someOf(values).EN
	if !strings.Contains(got, "… 61 in all") || !strings.Contains(got, "--json") || strings.Count(got, "xxx") != valuesShown {
		t.Errorf("%d values are %s", len(values), got)
	}
}

func TestRulesThatAreNotAppliedAndWordsThatAreNotKnown(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	s := screen{out: app.NewOutput(&out), columns: 80, lang: rollout.French}
	s.printCountry(precheck.Description{
		Country: rollout.Country{
			ISO2: "AA", Name: "Somewhere", Emergency: "Partial",
			Unapplied: []rollout.Text{rollout.Say("One.", "Un."), rollout.Say("Two.", "Deux.")},
		},
		Known: true, Orderable: true,
		Elements: []rollout.Element{{Code: "pc", Constraint: rollout.Constraint{
			Label: "Code", Usage: "wanted", ValueType: "freedate", MinLength: 3, Regexp: "^[A-Z]$",
		}}},
	})
	for _, words := range []string{
		"  Appels d'urgence      Partial\n", "  Non appliqué          Un.\n  Non appliqué          Deux.\n",
		"  pc       Code     wanted  freedate  ≥ 3       motif ^[A-Z]$\n",
	} {
		if !strings.Contains(out.String(), words) {
			t.Errorf("%q is not in %s", words, out.String())
		}
	}
}

// orderingNothing are the commands that order nothing, and so need no Redis.
func orderingNothing(t *testing.T) map[string][]string {
	return map[string][]string{
		"file":      {"--check", "--report-dir", t.TempDir(), written(t, "rows.csv", rows)},
		"countries": {"countries", "FR"},
		"template":  {"template", "--countries", "FR", "-o", filepath.Join(t.TempDir(), "t.xlsx")},
	}
}

// TestRedis_ThatIsNotThere: a person is told, if the address is one that was set.
func TestRedis_ThatIsNotThere(t *testing.T) {
	t.Parallel()
	flags := simulated[1:] // without --embedded
	for name, args := range orderingNothing(t) {
		exit := 0
		if name == "file" {
			exit = 3
		}
		_, said := command(t, exit, slices.Concat(args, flags, []string{"--redis-url", "redis://127.0.0.1:1/0?max_retries=-1"})...)
		for _, words := range []string{
			"Warning: the Redis of REDIS_URL cannot be used (", "connection refused",
			"): a Redis in this process is used, so the calls of other",
		} {
			if strings.Count(said, words) != 1 {
				t.Errorf("%s: %q is not said once: %s", name, words, said)
			}
		}
	}
	var silent bytes.Buffer
	c := &connection{}
	defer c.close()
	if err := c.openRedis(t.Context(), &session{stderr: &silent, log: slog.New(slog.DiscardHandler)}, false); err != nil || silent.Len() > 0 {
		t.Errorf("nobody set an address: %v, and %q is said", err, silent.String())
	}
}

// TestRun_Interrupted interrupts the commands that order nothing while they wait for a Redis that
// accepts a connection and does not answer. It sends signals to its own process, so it is not
// parallel.
func TestRun_Interrupted(t *testing.T) {
	self, err := os.FindProcess(os.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	for name, args := range orderingNothing(t) {
		silent, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		stderr := &firstWrite{happened: make(chan struct{})}
		go func() {
			connected, err := silent.Accept()
			if err != nil || self.Signal(os.Interrupt) != nil {
				t.Errorf("%s was not interrupted: %v", name, err)
			}
			<-stderr.happened // a read of Redis does not end with the command's context
			silent.Close()
			connected.Close()
		}()
		address := []string{"--redis-url", "redis://" + silent.Addr().String() + "/0"}
		exit := run(slices.Concat(args, simulated[1:], address), io.Discard, stderr)
		said := stderr.String()
		if exit != 1 || strings.Contains(said, "REDIS_URL") || !strings.Contains(said, "\nenqueue: stopped") ||
			!strings.HasPrefix(said, tellStopping+"\n") || strings.Count(said, "\n") != 2 {
			t.Errorf("%s: exit %d, and said %s", name, exit, said)
		}
	}
}

// firstWrite is a buffer that tells when it is first written to. Writes must not overlap.
type firstWrite struct {
	bytes.Buffer
	once     sync.Once
	happened chan struct{}
}

func (w *firstWrite) Write(text []byte) (int, error) {
	defer w.once.Do(func() { close(w.happened) })
	return w.Buffer.Write(text)
}

// TestSettings_ThatAreMalformed: they are wrong usage, also where a simulator or a Redis in
// the process replaces what they are for.
func TestSettings_ThatAreMalformed(t *testing.T) {
	t.Parallel()
	for name, args := range orderingNothing(t) {
		for _, c := range []struct {
			flags []string
			says  string
		}{
			{append([]string{"--redis-url", "redis:/nowhere"}, simulated[1:]...), "REDIS_URL must be"},
			{append([]string{"--redis-url", ""}, simulated...), "REDIS_URL must be"},
			{[]string{"--embedded", "--simulate", "--redis-url", "here"}, "REDIS_URL must be"},
			{[]string{"--embedded", "--simulate", "--rate", "fast"}, `BT_RATE: "fast" is not a rate`},
			{[]string{"--embedded", "--simulate", "--quota", "much"}, `BT_QUOTA: "much" is not a rate`},
			{[]string{"--embedded", "--simulate", "--timeout=-3s"}, "BT_TIMEOUT is -3s"},
			{[]string{"--embedded", "--simulate", "--settle", "0s"}, "BT_SETTLE is 0s"},
			{[]string{"--embedded", "--simulate", "--api-url", "nowhere"}, "BT_API_URL must be"},
		} {
			if _, said := command(t, 2, append(c.flags, args...)...); !strings.Contains(said, c.says) || strings.Count(said, "\n") != 1 {
				t.Errorf("%s %q: said %q, want %q", name, c.flags, said, c.says)
			}
		}
	}
}
