// This file applies valueRegexp. The API writes it in the dialect of Java, and it is not trusted:
// whatever it is, it is compiled and matched in bounded time.

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
	// matchTimeout bounds one match by the backtracking engine.
	matchTimeout = 200 * time.Millisecond
	// matchTries is how often a match is tried: the engine measures time, not work, so that on
	// a busy machine an innocent match may be out of time once.
	matchTries = 2
	// maxPattern bounds a pattern, in bytes; no field needs a longer one.
	maxPattern = 10_000
	// maxMatched bounds the values that are compared with a pattern, in characters.
	maxMatched = 1_000
)

// pattern is a compiled valueRegexp, for one of two engines.
type pattern struct {
	linear       *regexp.Regexp  // nil: backtracking is used
	backtracking *regexp2.Regexp // nil: linear is used
}

// compilePattern prefers Go's engine, whose time is linear, and uses ECMAScript's syntax for
// look-around and back-references. A pattern with a construct that one of them would silently
// read otherwise than Java is not applied: then the pattern is nil, and the text says why.
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

// errEngine replaces a panic of the backtracking engine.
var errEngine = errors.New("the pattern cannot be used")

// compileBacktracking compiles a pattern in ECMAScript's syntax. A panic is an error.
func compileBacktracking(expr string) (re *regexp2.Regexp, err error) {
	defer func() {
		if recover() != nil {
			re, err = nil, errEngine
		}
	}()
	return regexp2.Compile(expr, regexp2.ECMAScript)
}

// match reports whether a pattern matches a value, anywhere if it has no anchors. That this is
// enough is assumed: the guide anchors its example, which would be needless if the whole value
// always had to match. [A] An error says that the engine found no answer in time.
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
