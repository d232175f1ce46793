// What users rely on: help that names every variable, exit codes, all faults at
// once, and credentials that are printed nowhere.
package config_test

import (
	"bytes"
	"fmt"
	"io"
	"log/slog"
	"reflect"
	"strings"
	"testing"

	"btrollout/internal/config"
)

type cli struct {
	config.API     `embed:""`
	config.Redis   `embed:""`
	config.Reports `embed:""`
	config.Batches `embed:""`
}

var credentials = []string{"BT_CLIENT_ID", "BT_CLIENT_SECRET", "BT_API_KEY"}

// variables are the names in the env tags of the program's settings.
func variables(t *testing.T) []string {
	t.Helper()
	var names []string
	for _, settings := range []any{config.API{}, config.Redis{}, config.Reports{}, config.Batches{}} {
		for _, f := range reflect.VisibleFields(reflect.TypeOf(settings)) {
			if name := f.Tag.Get("env"); name != "" {
				names = append(names, name)
			}
		}
	}
	if len(names) < 8 {
		t.Fatalf("only %d settings have a variable: %v", len(names), names)
	}
	return names
}

func parse(args ...string) (c cli, exit int, ended bool, stdout, stderr string) {
	var out, errs bytes.Buffer
	_, exit, ended = config.Parse(config.Command{Name: "try", Description: "Tries.", UsesAPI: true}, &c, args, &out, &errs)
	return c, exit, ended, out.String(), errs.String()
}

func TestHelpNamesEveryVariable(t *testing.T) {
	t.Parallel()
	_, exit, ended, stdout, stderr := parse("--help")
	if exit != config.ExitDone || !ended || stderr != "" {
		t.Errorf("--help: exit %d, ended %v, stderr %q", exit, ended, stderr)
	}
	for _, name := range append(variables(t), credentials...) {
		if !strings.Contains(stdout, name) {
			t.Errorf("--help does not name %s", name)
		}
	}
}

func TestWrongUsage(t *testing.T) {
	t.Parallel()
	_, exit, ended, stdout, stderr := parse("--no-such-flag")
	if exit != config.ExitUsage || !ended || stdout != "" || !strings.Contains(stderr, "--no-such-flag") ||
		!strings.Contains(stderr, "try --help") {
		t.Errorf("exit %d, ended %v, stdout %q, stderr %q", exit, ended, stdout, stderr)
	}
}

// TestParse_RefersToTheHelpOfTheCommand gives a program with commands wrong flags and arguments.
func TestParse_RefersToTheHelpOfTheCommand(t *testing.T) {
	t.Parallel()
	type named struct {
		Name string `arg:""`
		Size int
	}
	for line, help := range map[string]string{
		"": "try --help", "--no": "try --help", "a b": "try --help", "a --no": "try --help", "--size x a": "try --help",
		"other": "try other --help", "other --no": "try other --help", "other a b": "try other --help",
		"other --size x a": "try other --help",
	} {
		var commands struct {
			First named `cmd:"" default:"withargs"`
			Other named `cmd:""`
		}
		var errs bytes.Buffer
		_, exit, ended := config.Parse(config.Command{Name: "try"}, &commands, strings.Fields(line), io.Discard, &errs)
		if said := errs.String(); exit != config.ExitUsage || !ended || !strings.HasSuffix(said, "; see "+help+"\n") ||
			strings.Count(said, "\n") != 1 {
			t.Errorf("%q: exit %d, want a line that refers to %s: %s", line, exit, help, said)
		}
	}
}

// TestParse_SuggestsCommands gives wrong names of commands, and flags of other commands: to a program
// that needs a command, and to one whose first command may be left out.
func TestParse_SuggestsCommands(t *testing.T) {
	t.Parallel()
	type flags struct {
		Name string `arg:""`
		Size int
	}
	type sized struct {
		Name  string `arg:"" optional:""`
		Speed int
	}
	for line, want := range map[string]string{
		"statsu x":       "try: unknown command statsu: did you mean try status? See try --help\n",
		"st x":           "try: unknown command st: did you mean try status or try start? See try --help\n",
		"other":          "try: unknown command other: the commands are list, status, start; see try --help\n",
		"list a --speed": "try: unknown flag --speed: it is a flag of try start; see try list --help\n",
		"list a --sise":  "try: unknown flag --sise, did you mean \"--size\"? See try list --help\n",
	} {
		var cli struct {
			List   flags `cmd:""`
			Status flags `cmd:""`
			Start  sized `cmd:""`
		}
		wantUsage(t, &cli, line, want)
	}
	for line, want := range map[string]string{
		"statsu x":         "try: unknown command statsu: did you mean try status? See try --help\n",
		"statsu --speed 1": "try: unknown command statsu: did you mean try status? See try --help\n",
		"file statsu x":    "try: unexpected argument x; see try --help\n",
		"a.csv x":          "try: unexpected argument x; see try --help\n",
		"--speed 1 a.csv":  "try: unknown flag --speed: it is a flag of try status; see try --help\n",
		"status --size 1":  "try: unknown flag --size: it is a flag of try; see try status --help\n",
	} {
		var cli struct {
			File   flags `cmd:"" default:"withargs"`
			Status sized `cmd:""`
		}
		wantUsage(t, &cli, line, want)
	}
}

// wantUsage checks what is said of a wrong command line.
func wantUsage(t *testing.T, cli any, line, want string) {
	t.Helper()
	var errs bytes.Buffer
	_, exit, ended := config.Parse(config.Command{Name: "try"}, cli, strings.Fields(line), io.Discard, &errs)
	if exit != config.ExitUsage || !ended || errs.String() != want {
		t.Errorf("%q: exit %d, said %q, want %q", line, exit, errs.String(), want)
	}
}

// TestParse_MalformedValues gives every duration and number a value that is none: by its
// variable, and by its flag.
func TestParse_MalformedValues(t *testing.T) {
	const number, duration = "write a whole number", "write a duration such as 30s"
	for _, c := range []struct{ variable, flag, value, right string }{
		{"BT_TIMEOUT", "--timeout", "abc", duration},
		{"BT_TIMEOUT", "--timeout", "", duration},
		{"BT_TIMEOUT", "--timeout", "30", duration},
		{"BT_SETTLE", "--settle", "30 s", duration},
		{"BT_ORDER_DEADLINE", "--order-deadline", "3d", duration},
		{"", "--size", "many", number},
		{"", "--size", "1.5", number},
		{"", "--large", "99999999999999999999", number},
	} {
		of := func(args ...string) string {
			var c struct {
				cli
				Size  int
				Large int64
			}
			var errs bytes.Buffer
			if _, exit, ended := config.Parse(config.Command{Name: "try"}, &c, args, io.Discard, &errs); exit != config.ExitUsage || !ended {
				t.Errorf("%q: exit %d, ended %v", args, exit, ended)
			}
			return errs.String()
		}
		wants := func(setting string) string { return fmt.Sprintf("try: %s is %q: %s", setting, c.value, c.right) }
		if said := of(c.flag + "=" + c.value); !strings.HasPrefix(said, wants(c.flag)) || strings.Count(said, "\n") != 1 {
			t.Errorf("said %q, want %q", said, wants(c.flag))
		}
		if c.variable == "" {
			continue
		}
		t.Run(c.variable, func(t *testing.T) {
			t.Setenv(c.variable, c.value)
			if said := of(); !strings.HasPrefix(said, wants(c.variable)) || strings.Count(said, "\n") != 1 {
				t.Errorf("said %q, want %q", said, wants(c.variable))
			}
		})
	}
}

func TestCheck_DurationsThatAreNotPositive(t *testing.T) {
	t.Parallel()
	for flag, variable := range map[string]string{
		"--timeout": "BT_TIMEOUT", "--settle": "BT_SETTLE", "--order-deadline": "BT_ORDER_DEADLINE",
	} {
		for _, value := range []string{"0s", "-5s"} {
			c, _, ended, _, stderr := parse(flag + "=" + value)
			if ended {
				t.Fatal(stderr)
			}
			if err := c.Check(); err == nil || err.Error() != variable+" is "+value+": write more than 0, such as 30s" {
				t.Errorf("%s=%s: %v", flag, value, err)
			}
		}
	}
}

func TestVariablesAndFlags(t *testing.T) {
	t.Setenv("BT_RATE", "600/m")
	t.Setenv("REDIS_URL", "redis://one:1/0")
	c, exit, ended, _, stderr := parse("--redis-url", "redis://two:2/0")
	if ended || exit != 0 {
		t.Fatalf("exit %d: %s", exit, stderr)
	}
	if c.Rate != "600/m" || c.Redis.Address() != "redis://two:2/0" {
		t.Errorf("rate %q, Redis %q: the variable must fill, and the flag must win", c.Rate, c.Redis.Address())
	}
}

func TestAllFaultsAtOnce(t *testing.T) {
	for _, name := range credentials {
		t.Setenv(name, " ")
	}
	t.Setenv("BT_API_URL", "ftp://host")
	t.Setenv("BT_TIMEOUT", "0s")
	c, _, _, _, _ := parse()
	err := c.LoadSecrets()
	if err == nil {
		t.Fatal("nothing is set, and nothing is wrong")
	}
	for _, name := range append([]string{"BT_API_URL", "BT_TIMEOUT"}, credentials...) {
		if !strings.Contains(err.Error(), name) {
			t.Errorf("%v: does not name %s", err, name)
		}
	}
}

func TestSecretsArePrintedNowhere(t *testing.T) {
	for _, name := range credentials {
		t.Setenv(name, "hush-"+name)
	}
	c, _, _, _, _ := parse()
	if err := c.LoadSecrets(); err != nil {
		t.Fatal(err)
	}
	if c.Secrets.APIKey != "hush-BT_API_KEY" {
		t.Fatalf("the key was not read from its variable")
	}
	var text bytes.Buffer
	for _, v := range []any{c.Secrets, &c.Secrets, c.API, c} {
		fmt.Fprintf(&text, "%v %+v %#v %s\n", v, v, v, v)
	}
	slog.New(slog.NewJSONHandler(&text, nil)).Info("start", "secrets", c.Secrets)
	slog.New(slog.NewTextHandler(&text, nil)).Info("start", "secrets", c.Secrets)
	if !strings.Contains(text.String(), "…") || strings.Contains(text.String(), "hush") {
		t.Errorf("credentials are printed: %s", text.String())
	}
}
