// This file applies valueRegexp, which is written in somebody else's dialect and
// is not trusted: whatever it is, it is compiled and matched in bounded time.

package addrcheck

import (
	"errors"
	"regexp"
	"strings"
	"time"

	"github.com/dlclark/regexp2"

	"btrollout/internal/rollout"
)

const (
	// matchTimeout bounds one match by the backtracking engine, and matchTries says
	// how often it is tried: the engine measures time, not work, so that on a busy
	// machine an innocent match may be out of time once.
	matchTimeout = 200 * time.Millisecond
	matchTries   = 2
	// maxPattern bounds a pattern, in bytes; a longer one is no field's pattern.
	maxPattern = 10_000
	// maxMatched bounds the values that are held against a pattern, in characters.
	maxMatched = 1_000
)

// pattern is a compiled valueRegexp: one of the two engines.
type pattern struct {
	linear       *regexp.Regexp
	backtracking *regexp2.Regexp
}

// compilePattern prefers Go's engine, whose time is linear, and falls back to
// ECMAScript's syntax for look-around and back-references. A construct that one
// of them would silently read as something else than Java does is not applied:
// then the pattern is nil, and the text says why.
func compilePattern(expr string) (*pattern, rollout.Text) {
	bare := strings.ReplaceAll(expr, `\\`, "") // without escaped backslashes
	switch {
	case len(expr) > maxPattern:
		return nil, whyTooLong
	case classIntersection.MatchString(bare):
		return nil, whyIntersection
	}
	if linear, err := regexp.Compile(expr); err == nil {
		return &pattern{linear: linear}, rollout.Text{}
	}
	if javaEscapes.MatchString(bare) {
		return nil, whyJavaEscape
	}
	backtracking, err := compileBacktracking(expr)
	if err != nil {
		return nil, whyUnreadable
	}
	backtracking.MatchTimeout = matchTimeout
	return &pattern{backtracking: backtracking}, rollout.Text{}
}

// javaEscapes are the escapes that ECMAScript would read as plain letters.
var javaEscapes = regexp.MustCompile(`\\[AGHQRXZhz]`)

// classIntersection is Java's && within a class, where others read two letters.
var classIntersection = regexp.MustCompile(`\[[^\]]*&&`)

// errEngine stands for a panic of the backtracking engine.
var errEngine = errors.New("the pattern cannot be used")

func compileBacktracking(expr string) (re *regexp2.Regexp, err error) {
	defer func() {
		if recover() != nil {
			re, err = nil, errEngine
		}
	}()
	return regexp2.Compile(expr, regexp2.ECMAScript)
}

// match reports whether the value contains a match. That a pattern without
// anchors may match anywhere is assumed: the guide anchors its example, which
// would be needless if the whole value always had to match. [A]
// The error says that no answer was found in time.
func (p *pattern) match(value string) (matched bool, err error) {
	if p.linear != nil {
		return p.linear.MatchString(value), nil
	}
	defer func() {
		if recover() != nil {
			matched, err = false, errEngine
		}
	}()
	for range matchTries {
		if matched, err = p.backtracking.MatchString(value); err == nil {
			break
		}
	}
	return matched, err
}
