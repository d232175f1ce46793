// What users rely on: help that names every variable, exit codes, all faults at
// once, and credentials that are printed nowhere.
package config_test

import (
	"bytes"
	"fmt"
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
}

var credentials = []string{"BT_CLIENT_ID", "BT_CLIENT_SECRET", "BT_API_KEY"}

// variables are the names in the env tags of the program's settings.
func variables(t *testing.T) []string {
	t.Helper()
	var names []string
	for _, settings := range []any{config.API{}, config.Redis{}, config.Reports{}} {
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

func TestVariablesAndFlags(t *testing.T) {
	t.Setenv("BT_RATE", "600/m")
	t.Setenv("REDIS_URL", "redis://one:1/0")
	c, exit, ended, _, stderr := parse("--redis-url", "redis://two:2/0")
	if ended || exit != 0 {
		t.Fatalf("exit %d: %s", exit, stderr)
	}
	if c.Rate != "600/m" || c.Redis.URL != "redis://two:2/0" {
		t.Errorf("rate %q, Redis %q: the variable must fill, and the flag must win", c.Rate, c.Redis.URL)
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
