// Tests of patterns that nobody should write: whatever the API sends, a rulebook is
// compiled and a value is judged in little time and memory, and nothing panics.

package addrcheck_test

import (
	"runtime"
	"strings"
	"testing"
	"time"

	"btrollout/internal/rollout"
)

// hostile are patterns that are wrong, huge, endless or of another dialect.
var hostile = map[string]string{
	"nested counts":              `((((a{1,99}){1,99}){1,99}){1,99})(?!b)`,
	"nested counts, exact":       `((((a{99}){99}){99}){99})(?!b)`,
	"nested counts of nothing":   `((((a?){999999}){999999}){999999})(?!b)`,
	"empty loops":                `(?!b)(((((a*)*)*)*)*)*$`,
	"a huge count":               `^(?!b)a{2000000000}$`,
	"a count that overflows":     `^(?!b)a{99999999999999999999}$`,
	"counted classes":            `^(?!b)([\p{L}\p{N}]{1000}){1000}$`,
	"deep groups":                strings.Repeat("(", 4_990) + "a" + strings.Repeat(")", 4_990),
	"deep groups with look":      `(?!b)` + strings.Repeat("(?:", 2_400) + "a" + strings.Repeat(")", 2_400),
	"deep repeated groups":       `(?!b)` + strings.Repeat("(", 2_400) + "a" + strings.Repeat(")*", 2_400),
	"unclosed groups":            strings.Repeat("(", 9_000),
	"unclosed looks":             strings.Repeat("(?=", 3_000),
	"many alternatives":          `(?!b)` + strings.Repeat("a|", 4_900) + "a",
	"many look-aheads":           strings.Repeat("(?=a)", 1_900),
	"catastrophic":               `^(?=a)(a+)+$`,
	"catastrophic alternatives":  `^(?=a)(a|a|aa)+$`,
	"catastrophic references":    `^(a*)(a*)(a*)(a*)(a*)\1\2\3\4\5b$`,
	"possessive":                 `^a++b?$`,
	"atomic":                     `^(?>a+)b$`,
	"Java's named groups":        `^(?<first>a)\k<first>$`,
	"Python's named groups":      `^(?P<first>a)(?P=first)$`,
	"ignored case":               `(?i)^(?!b)A+$`,
	"Unicode classes":            `^(?!x)[\p{L}\p{Lu}\p{IsLatin}]+$`,
	"unknown Unicode classes":    `^\p{Klingon}+$`,
	"Java's POSIX classes":       `^\p{Alpha}+$`,
	"bad escapes":                `(?!b)\c\u12\x1\8`,
	"not UTF-8":                  "^\xff[\xfe-\xfd]+(?!b)$",
	"a NUL":                      "^\x00(?!b)+$",
	"an unclosed class":          `^[a-z`,
	"a class the wrong way":      `(?!b)[z-a]`,
	"conditions":                 `^(a)?(?(1)b|c)$`,
	"balancing groups":           `(?!b)(?<x-y>a)(?<y-x>b)`,
	"recursion":                  `^(a(?1)?b)$`,
	"comments and free spacing":  `(?x) a # comment`,
	"nothing but a look":         `(?!)`,
	"an endless empty reference": `(?!b)(\1*)*`,
}

// TestHostilePatternsEnd runs alone, because it measures what it allocates.
func TestHostilePatternsEnd(t *testing.T) {
	values := map[string]string{
		"many": strings.Repeat("a", 999) + "!", "too many": strings.Repeat("a", 10_000), "not UTF-8": "a\xff",
	}
	for name, expr := range hostile {
		t.Run(name, func(t *testing.T) {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			began := time.Now()
			c := compile(t, one("a3", rollout.Constraint{Usage: "optional", Label: "City", ValueType: "freestring", Regexp: expr}))
			compiled := time.Since(began)
			for _, value := range values {
				wellSaidAll(t, check(t, c, rollout.Address{"a3": value}, nil))
			}
			for _, w := range c.Warnings() {
				wellSaid(t, w)
			}
			runtime.ReadMemStats(&after)
			took, used := time.Since(began), (after.TotalAlloc-before.TotalAlloc)>>20
			if took > 30*time.Second || used > 2_000 { // a tenth of it is usual on a slow machine
				t.Errorf("compiled in %v, all in %v with %d MB", compiled, took, used)
			}
		})
	}
}
