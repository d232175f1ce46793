// This file tests who is named in the audit log.

package app

import (
	"regexp"
	"testing"
)

func TestPerson(t *testing.T) {
	t.Parallel()
	if who := Person(); !regexp.MustCompile(`^[^@\\]+@[^@.]+$`).MatchString(who) {
		t.Errorf("the person is %q", who)
	}
	if who := WorkerActor(); !regexp.MustCompile(`^worker [^@.]+$`).MatchString(who) {
		t.Errorf("the worker is %q", who)
	}
}

func TestWithoutDomain(t *testing.T) {
	t.Parallel()
	for login, want := range map[string]string{
		"anna": "anna", `CORP\anna`: "anna", "anna@corp.example.com": "anna", "anna.b": "anna.b", "@odd": "@odd",
	} {
		if got := withoutDomain(login); got != want {
			t.Errorf("%q is %q, want %q", login, got, want)
		}
	}
}
