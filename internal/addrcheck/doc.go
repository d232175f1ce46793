// Package addrcheck checks one address by its country's rulebook: it finds what is wrong, in
// sentences that a person can act on, and the address to push, in the API's own spelling. It
// is pure, except for a time limit on patterns (pattern.go): no clock, no network, and the
// same answer for the same input.
//
// Compile makes a Checker of a Rulebook. What it does not understand in the rulebook is not
// applied, and Warnings reports it. Checker.Check takes the elements of an address one by one, an
// upper area before the places below it, and applies the rules in the order of Rules until one
// is broken. A rule is a value in the list in rules.go, with what a reader and a test need to
// know of it; its function is in judge.go or, for geographical areas, areas.go.
//
// A value changes silently only in white space at its ends and in Unicode's composed form. In
// case, accents and other white space (see spelling.Fold), or from a displayed text to the
// API's value, it changes with a note. Anything else is a problem, with a suggestion if
// something was surely meant: near.go compares a text with the entries of a list, text.go
// writes a free text in other ways.
//
// Sentences are in messages.go, and the parts that they share in words.go.
//
// [G] marks what the Business Talk getting started guide says, [A] what is assumed.
package addrcheck
