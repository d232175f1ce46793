// This file names who makes a change, for the audit log.

package app

import (
	"os"
	"os/user"
	"strconv"
	"strings"
)

// Person names the person at this terminal for the audit log: user and machine, such as
// `anna@host`. Domains are left out, so that it is no e-mail address. A user without a name is its
// number, and a machine without one is `unknown`.
func Person() string {
	login := strconv.Itoa(os.Getuid())
	if u, err := user.Current(); err == nil {
		login = u.Username
	}
	return withoutDomain(login) + "@" + machine()
}

// WorkerActor names a worker of this machine for the audit log, such as `worker host`.
func WorkerActor() string { return "worker " + machine() }

// withoutDomain is the name of a user without its domain: `DOMAIN\anna` and `anna@example.com` are
// anna.
func withoutDomain(login string) string {
	login = login[strings.LastIndexByte(login, '\\')+1:]
	if name, _, found := strings.Cut(login, "@"); found && name != "" {
		return name
	}
	return login
}

// machine is the name of this machine without its domain.
func machine() string {
	host, err := os.Hostname()
	if name, _, _ := strings.Cut(host, "."); err == nil && name != "" {
		return name
	}
	return "unknown"
}
