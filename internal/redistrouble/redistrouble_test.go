package redistrouble_test

import (
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"syscall"
	"testing"

	"github.com/redis/go-redis/v9"

	"btrollout/internal/redistrouble"
)

// refusal is an error reply of Redis.
type refusal string

func (r refusal) Error() string { return string(r) }
func (r refusal) RedisError()   {}

var _ redis.Error = refusal("")

const hash = "61c7b7f0a6a2f1f4a3a0b1c2d3e4f5061728394a"

func TestInReply(t *testing.T) {
	t.Parallel()
	for words, says := range map[string]string{
		"OOM command not allowed when used memory > 'maxmemory'. script: " + hash + ", on @user_script:3.": "is full (OOM): give it more memory",
		"ERR user_script:3: OOM command not allowed when used memory > 'maxmemory'. script: " + hash:       "is full (OOM): give it more memory",
		"READONLY You can't write against a read only replica.":                                            "set REDIS_URL to the primary",
		"MOVED 3999 127.0.0.1:6381":                                                                        "to a single primary",
		"ERR SELECT is not allowed in cluster mode":                                                        "to a single primary",
		"LOADING Redis is loading the dataset in memory":                                                   "try again when",
		"NOAUTH Authentication required.":                                                                  "wants a password",
		"NOAUTH HELLO must be called with the client already authenticated":                                "wants a password",
		"WRONGPASS invalid username-password pair or user is disabled.":                                    "correct them",
		"ERR AUTH <password> called without any password configured for the default user.":                 "correct them",
		"NOPERM this user has no permissions to run the 'evalsha' command":                                 "allow it all commands",
		"ERR DB index is out of range":                                                                     "write /0",
		"MISCONF Redis is configured to save RDB snapshots, but it's currently unable to persist to disk.": "free some space",
		"NOREPLICAS Not enough good replicas to write.":                                                    "check its replication",
		"BUSY Redis is busy running a script. You can only call SCRIPT KILL or SHUTDOWN NOSAVE.":           "SCRIPT KILL",
		"ERR max number of clients reached":                                                                "raise maxclients",
		"WRONGTYPE Operation against a key holding the wrong kind of value":                                "",
		"ERR value is not an integer or out of range script: " + hash + ", on @user_script:3.":             "",
	} {
		for form, err := range map[string]error{
			"wrapped": fmt.Errorf("writing batch b1: %w", refusal(words)),
			"joined":  errors.Join(fmt.Errorf("writing batch b1: %w", refusal(words)), errors.New("other")),
			"asynq":   fmt.Errorf("UNKNOWN: redis eval error: %s", words),
		} {
			for _, in := range []func(error) (redistrouble.Trouble, bool){redistrouble.InReply, redistrouble.In} {
				got, found := in(err)
				if found != (says != "") || !strings.Contains(got.String(), says) {
					t.Errorf("%s %q: %v, %s; want %q", form, words, found, got, says)
				}
			}
		}
		if got, found := redistrouble.InText("x: " + words); found != (says != "") || !strings.Contains(got.String(), says) {
			t.Errorf("text %q: %v, %s; want %q", words, found, got, says)
		}
	}
}

func TestIn_OtherErrors(t *testing.T) {
	t.Parallel()
	dial := &net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED}
	for says, err := range map[string]error{
		"cannot be reached: start it": fmt.Errorf("reading batches: %w", dial),
		"is no Redis: set":            errors.New(`redis: invalid reply: "<!DOCTYPE HTML>\n"`),
	} {
		if got, found := redistrouble.In(err); !found || !strings.Contains(got.String(), says) {
			t.Errorf("%v: %v, %s", err, found, got)
		}
		if got, found := redistrouble.InReply(err); found {
			t.Errorf("%v is taken for a reply: %s", err, got)
		}
	}
	for _, err := range []error{
		nil, fmt.Errorf("the workbook ends too early: %w", io.ErrUnexpectedEOF), errors.New("row 3: OOM command not allowed, ASK BUSY "),
		&net.OpError{Op: "listen", Net: "tcp", Err: syscall.EADDRINUSE},
	} {
		if got, found := redistrouble.In(err); found {
			t.Errorf("%v is taken for %s", err, got)
		}
	}
}

func TestWithoutScript(t *testing.T) {
	t.Parallel()
	const want = "ERR value is not an integer or out of range"
	for _, text := range []string{
		want, want + " script: " + hash + ", on @user_script:3.",
		"ERR user_script:3: value is not an integer or out of range script: " + hash + ", on @user_script:3.",
		"ERR Error running script (call to f_" + hash + "): @user_script:3: value is not an integer or out of range",
	} {
		if got := redistrouble.WithoutScript(text); got != want {
			t.Errorf("%q became %q", text, got)
		}
	}
}
