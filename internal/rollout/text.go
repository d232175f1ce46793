// This file holds sentences in the languages that the program speaks to people.

package rollout

import (
	"encoding/json"
	"fmt"
	"strings"
	"unicode/utf8"
)

// Lang is a language that reports and problems are written in.
type Lang string

// The languages.
const (
	English Lang = "en" // also the zero value's
	French  Lang = "fr"
)

// Text is what a person reads, in every language. What was not written by this
// program, such as the API's own words, is the same in all of them.
type Text struct {
	EN string `json:"en"`           // in English
	FR string `json:"fr,omitempty"` // in French; "": as in English
}

// Say makes a sentence from its formats, as fmt.Sprintf does; a Text among the
// arguments stands in each language as itself. Both formats take the same arguments,
// and may number them to take them in another order.
func Say(en, fr string, args ...any) Text {
	return Text{EN: English.say(en, args), FR: French.say(fr, args)}
}

// Sentences joins two texts, each of which is one sentence or several.
func Sentences(first, second Text) Text { return Say("%s %s", "%s %s", first, second) }

// Count says how many there are of something: one is said of a single one, with its verb if it has
// one, many of more. In French, none is a single one.
func Count(n int, one, many Text) Text {
	noun := many
	if n == 1 {
		noun = one
	} else if n == 0 {
		noun = Text{EN: many.EN, FR: one.FR}
	}
	return Say("%d %s", "%d %s", n, noun)
}

// Rows counts rows of a file.
func Rows(n int) Text { return Count(n, Say("row", "ligne"), Say("rows", "lignes")) }

func (l Lang) say(format string, args []any) string {
	if len(args) == 0 || format == "" {
		return format
	}
	spoken := make([]any, len(args))
	for i, arg := range args {
		if text, ok := arg.(Text); ok {
			arg = text.In(l)
		}
		spoken[i] = arg
	}
	return fmt.Sprintf(format, spoken...)
}

// In gives the text in a language.
func (t Text) In(l Lang) string {
	if l == French && t.FR != "" {
		return t.FR
	}
	return t.EN
}

// String is the text in English, for logs.
func (t Text) String() string { return t.EN }

// Clause gives somebody else's words without the marks that end a sentence, so that they
// can stand within one.
func Clause(words string) string { return strings.TrimRight(strings.TrimSpace(words), ".;:") }

// Clip cuts a text behind its first most characters, and marks the cut with "…".
func Clip(text string, most int) string {
	if utf8.RuneCountInString(text) <= most {
		return text
	}
	return string([]rune(text)[:most]) + "…"
}

// spelledOut is how many items ListOf describes.
const spelledOut = 5

// ListOf describes the first five of items, and says how many more there are. There must
// be one item at least.
func ListOf[T any](items []T, describe func(T) Text) Text {
	all := describe(items[0])
	for _, item := range items[1:min(len(items), spelledOut)] {
		all = Say("%s; %s", "%s ; %s", all, describe(item))
	}
	if more := len(items) - spelledOut; more > 0 {
		all = Say("%s; %d more", "%s ; %d de plus", all, more)
	}
	return all
}

// UnmarshalJSON also takes a plain string, as batches of version 1 hold them.
func (t *Text) UnmarshalJSON(raw []byte) error {
	if len(raw) > 0 && raw[0] == '"' {
		*t = Text{}
		return json.Unmarshal(raw, &t.EN)
	}
	type plain Text
	return json.Unmarshal(raw, (*plain)(t))
}
