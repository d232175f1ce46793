// This file applies valueRegexp, which is written in somebody else's dialect.

package addrcheck

import (
	"errors"
	"regexp"
	"strings"
	"time"

	"github.com/dlclark/regexp2"
)

const (
	// matchTimeout bounds one match by the backtracking engine.
	matchTimeout = 100 * time.Millisecond
	// maxPattern bounds a pattern, in bytes; a longer one is no field's pattern.
	maxPattern = 10_000
)

// pattern is a compiled valueRegexp: one of the two engines.
type pattern struct {
	linear       *regexp.Regexp
	backtracking *regexp2.Regexp
}

// compilePattern prefers Go's engine, whose time is linear, and falls back to
// ECMAScript's syntax for look-around and back-references. A construct that one
// of them would silently read as something else than Java does is an error.
func compilePattern(expr string) (*pattern, error) {
	bare := strings.ReplaceAll(expr, `\\`, "") // without escaped backslashes
	if len(expr) > maxPattern {
		return nil, errors.New("it is too long")
	}
	if strings.Contains(bare, "&&[") {
		return nil, errors.New("it uses the intersection of character classes")
	}
	if linear, err := regexp.Compile(expr); err == nil {
		return &pattern{linear: linear}, nil
	}
	if javaEscapes.MatchString(bare) {
		return nil, errors.New("it uses an escape that only Java knows")
	}
	backtracking, err := regexp2.Compile(expr, regexp2.ECMAScript)
	if err != nil {
		return nil, errors.New("neither Go nor ECMAScript can read it")
	}
	backtracking.MatchTimeout = matchTimeout
	return &pattern{backtracking: backtracking}, nil
}

// javaEscapes are the escapes that ECMAScript would read as plain letters.
var javaEscapes = regexp.MustCompile(`\\[AGHQRXZhz]`)

// match reports whether the value contains a match. That a pattern without
// anchors may match anywhere is assumed: the guide anchors its example, which
// would be needless if the whole value always had to match. [A]
// The error says that no answer was found in time.
func (p *pattern) match(value string) (bool, error) {
	if p.linear != nil {
		return p.linear.MatchString(value), nil
	}
	return p.backtracking.MatchString(value)
}
