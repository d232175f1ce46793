// This file gives the commands addresses with a password in the wrong place, and searches
// their output for it.

package e2e_test

import (
	"fmt"
	"strings"
	"testing"

	"btrollout/internal/proctest"
)

// leaked returns a part of secret, of four characters or more, that text contains in upper
// or lower case; "" if there is none.
func leaked(text, secret string) string {
	const least = 4
	text, secret = strings.ToLower(text), strings.ToLower(secret)
	for i := 0; i+least <= len(secret); i++ {
		if part := secret[i : i+least]; strings.Contains(text, part) {
			return part
		}
	}
	return ""
}

func TestNoPasswordOfAnAddressIsPrinted(t *testing.T) {
	t.Parallel()
	env := fresh(t).With("BT_CLIENT_ID", "the-client", "BT_CLIENT_SECRET", "the-secret", "BT_API_KEY", wrongKey,
		"REDIS_URL", "redis://"+nowhere+"/0?max_retries=-1")
	passwords := []string{"Zq7xWv9k", "Zq7x#Wv9k", "Zq7x%Wv9k", "4815#1623", "4815/1623"} // more in FuzzAddressErrors of app
	type attempt struct {
		settings proctest.Settings
		command  []string
	}
	check := []string{"enqueue", "--check", samples + "rollout.csv"}
	attempts := map[string]attempt{
		"a Redis without a host": {env.With("REDIS_URL", "redis://Zq7xWv9k?max_retries=-1"), []string{"batch", "list"}},
		"an API without a host":  {env.With("BT_API_URL", "https://Zq7xWv9k", "BT_TOKEN_URL", "https://Zq7xWv9k"), check},
		"a proxy": {env.With("BT_API_URL", "https://api.example", "BT_TOKEN_URL", "https://api.example",
			"HTTPS_PROXY", "http://user:48151#Zq7xWv9k@"+nowhere), check},
	}
	for i, p := range passwords {
		for j, address := range []string{
			"user:" + p + "@host.example", "https://user:" + p + "@host.example/v1", "https://user:" + p, "https:user:" + p + "@host.example",
		} {
			name := []string{"BT_API_URL", "BT_TOKEN_URL"}[(i+j)%2]
			command := [][]string{check, {"worker"}}[i%2]
			attempts[name+"="+address] = attempt{env.With(name, address), command}
		}
		for j, address := range []string{
			"user:" + p + "@" + nowhere, "redis://user:" + p + "@" + nowhere + "/0?max_retries=-1", "redis://:" + p,
		} {
			command := [][]string{{"batch", "list"}, {"dashboard"}, {"worker"}}[(i+j)%3]
			attempts["REDIS_URL="+address] = attempt{env.With("REDIS_URL", address), command}
		}
	}
	for name, a := range attempts {
		t.Run(fmt.Sprintf("%s %s", a.command[0], name), func(t *testing.T) {
			t.Parallel()
			r := run(t, a.settings, a.command[0], a.command[1:]...)
			if r.Code == 0 || strings.Count(r.Stderr, "\n") == 0 {
				t.Errorf("exit %d: %s", r.Code, r.Stderr)
			}
			for _, p := range passwords {
				if part := leaked(r.Stdout+r.Stderr, p); part != "" {
					t.Errorf("the output holds %q: %s%s", part, r.Stdout, r.Stderr)
				}
			}
		})
	}
}

// TestClearTextIsRefused: a command that uses the API sends no key to another machine in
// clear text, unless it is told to.
func TestClearTextIsRefused(t *testing.T) {
	t.Parallel()
	env := fresh(t).With("BT_CLIENT_ID", "the-client", "BT_CLIENT_SECRET", "the-secret", "BT_API_KEY", wrongKey,
		"REDIS_URL", "redis://"+nowhere+"/0?max_retries=-1", "BT_API_URL", "http://api.invalid/v1", "BT_TOKEN_URL", "http://api.invalid/token")
	commands := map[string][]string{
		"file": {"enqueue", "--check", samples + "rollout.csv"}, "countries": {"enqueue", "countries", "FR"},
		"template": {"enqueue", "template", "--countries", "FR", "-o", t.TempDir() + "/t.xlsx"}, "worker": {"worker"},
	}
	for name, command := range commands {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := want(t, 2, env, command[0], command[1:]...)
			for _, word := range []string{"BT_API_URL", "BT_TOKEN_URL", "--insecure-http"} {
				if !strings.Contains(r.Stderr, word) {
					t.Errorf("%q does not name %s", r.Stderr, word)
				}
			}
		})
	}
	for name, allow := range map[string][]string{"flag": {"--insecure-http"}, "variable": nil} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			settings := env
			if allow == nil {
				settings = env.With("BT_INSECURE_HTTP", "true")
			}
			if r := want(t, 1, settings, "worker", allow...); !strings.Contains(r.Stderr, "REDIS_URL") {
				t.Errorf("allowed, so that only Redis is missing, and %q", r.Stderr)
			}
		})
	}
}
