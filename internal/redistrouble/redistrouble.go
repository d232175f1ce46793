// Package redistrouble recognises, by the errors of a Redis, what is wrong with it as a whole, and
// says in one sentence what to do. Most error replies concern one command only, and are no
// trouble.
package redistrouble

import (
	"errors"
	"net"
	"regexp"
	"strings"

	"github.com/redis/go-redis/v9"
)

// Trouble is why a Redis does not carry commands out.
type Trouble struct {
	What string // what is wrong, as a sentence without its full stop
	Cure string // what to do about it
}

// String returns the whole sentence, without its full stop.
func (t Trouble) String() string { return t.What + ": " + t.Cure }

// source is where the words of a trouble come from.
type source int

const (
	reply    source = iota // an error reply of Redis
	network                // the connection
	protocol               // the client, which cannot read the answer
)

// troubles are the words in an error by which each trouble is recognised.
var troubles = []struct {
	trouble Trouble
	source  source
	words   []string
}{
	{full, reply, []string{"OOM command not allowed"}},
	{replica, reply, []string{"READONLY You can't write"}},
	{cluster, reply, []string{
		"MOVED ", "ASK ", "CLUSTERDOWN ", "CROSSSLOT ", "TRYAGAIN ", "cluster support disabled", "SELECT is not allowed in cluster mode",
	}},
	{loading, reply, []string{"LOADING "}},
	{noPassword, reply, []string{"NOAUTH "}},
	{wrongPassword, reply, []string{"WRONGPASS ", "invalid password", "without any password configured"}},
	{noRights, reply, []string{"NOPERM ", "has no permissions"}},
	{noDatabase, reply, []string{"DB index is out of range"}},
	{noDisk, reply, []string{"MISCONF "}},
	{noReplication, reply, []string{"NOREPLICAS ", "MASTERDOWN "}},
	{otherTime, reply, []string{"the clock of Redis differs"}},
	{busy, reply, []string{"BUSY "}},
	{tooManyClients, reply, []string{"max number of clients reached"}},
	{noRedis, protocol, []string{"redis: invalid reply", "redis: can't parse"}},
	{Unreachable, network, []string{
		"connection refused", "no such host", "i/o timeout", "network is unreachable", "no route to host", "connection reset",
		"broken pipe", "EOF", "failed to dial",
	}},
}

// find returns the first trouble from one of these sources that is in a text.
func find(text string, sources ...source) (Trouble, bool) {
	for _, t := range troubles {
		for _, s := range sources {
			for _, words := range t.words {
				if t.source == s && strings.Contains(text, words) {
					return t.trouble, true
				}
			}
		}
	}
	return Trouble{}, false
}

// InText returns the trouble in the text of an error that is known to be of a Redis.
func InText(text string) (Trouble, bool) { return find(text, reply, protocol, network) }

// asynqErrors begin Redis' words in errors of asynq, which do not wrap Redis' error.
var asynqErrors = []string{"redis eval error: ", "redis command error: "}

// InReply returns the trouble that Redis replied, if an error contains such a reply.
func InReply(err error) (Trouble, bool) {
	if refusal := redis.Error(nil); errors.As(err, &refusal) {
		return find(refusal.Error(), reply)
	}
	if err != nil {
		for _, begin := range asynqErrors {
			if _, words, found := strings.Cut(err.Error(), begin); found {
				return find(words, reply)
			}
		}
	}
	return Trouble{}, false
}

// In returns the trouble in an error that may be of a Redis or not. An error of a network counts
// as one of Redis: the caller has ruled out those of the API.
func In(err error) (Trouble, bool) {
	if t, found := InReply(err); found || err == nil {
		return t, found
	}
	if call := (*net.OpError)(nil); errors.As(err, &call) {
		return find(err.Error(), protocol, network)
	}
	return find(err.Error(), protocol)
}

// scriptWords are what Redis adds to an error in a script: its name before, and its hash after the
// error.
var scriptWords = regexp.MustCompile(`(?:@?user_script:\s?\d+: )|(?:,? script: [0-9a-f]{40}, on @user_script:\d+\.?)|` +
	`(?:Error running script \(call to f_[0-9a-f]{40}\): )`)

// WithoutScript removes the names and hashes of scripts from the text of an error.
func WithoutScript(text string) string { return scriptWords.ReplaceAllString(text, "") }
