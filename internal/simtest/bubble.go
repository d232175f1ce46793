// Tests in virtual time: each runs in a bubble of testing/synctest.

package simtest

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/dlclark/regexp2"
	"go.uber.org/goleak"
)

// RunTests runs the tests of a package that has tests in virtual time, and fails if a goroutine
// outlives them. All tests share the clock of regexp2's time limits, a goroutine. RunTests starts
// it outside the bubbles, so that it goes on when one of them ends. It ends by itself later.
func RunTests(m *testing.M) {
	long := regexp2.MustCompile("x", regexp2.None)
	long.MatchTimeout = time.Hour
	if _, err := long.MatchString("x"); err != nil {
		panic(err)
	}
	goleak.VerifyTestMain(m, goleak.IgnoreAnyFunction("github.com/dlclark/regexp2.runClock"))
}

// InBubble runs test in a bubble of its own. A goroutine that has not ended endsWithin after the
// test, in virtual time, fails it.
func InBubble(t *testing.T, endsWithin time.Duration, test func(t *testing.T)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		t.Cleanup(func() { time.Sleep(endsWithin) }) // comes last
		test(t)
	})
}
