// This file finds what is written in a list of possible texts. What a person may
// have meant by a text that is none of them is in near.go.

package addrcheck

import (
	"slices"
	"strings"
	"sync"

	"btrollout/internal/spelling"
)

// list is a list of entries, prepared once for many lookups. An entry may have
// several spellings, one in each column: the first is what the API takes, the last
// what people read.
type list struct {
	columns [][]string
	byFold  map[string][]int // the entries that a folded text may stand for
	loose   func() [][]loosened
}

func newList(columns ...[]string) *list {
	l := &list{columns: columns, byFold: make(map[string][]int, len(columns[0]))}
	for i := range columns[0] {
		for _, column := range columns {
			if key := spelling.Fold(column[i]); !slices.Contains(l.byFold[key], i) {
				l.byFold[key] = append(l.byFold[key], i)
			}
		}
	}
	l.loose = sync.OnceValue(func() [][]loosened { return loosen(columns) })
	return l
}

// match finds the entries that a person means by what is written: exactly as
// listed, else but for case, else but for everything that spelling.Fold ignores. More than
// one index means that the text cannot tell them apart; entries alike in the first
// column count once.
func (l *list) match(written string) []int {
	folded := spelling.Fold(written)
	alike := l.byFold[folded]
	for _, same := range []func(string) bool{
		func(entry string) bool { return entry == written },
		func(entry string) bool { return strings.EqualFold(entry, written) },
		func(entry string) bool { return folded != "" && spelling.Fold(entry) == folded },
	} {
		if found := l.matching(alike, same); found != nil {
			return found
		}
	}
	return nil
}

func (l *list) matching(alike []int, same func(string) bool) []int {
	var found []int
	taken := map[string]bool{}
	for _, i := range alike {
		entry := l.columns[0][i]
		if taken[entry] || !slices.ContainsFunc(l.columns, func(column []string) bool { return column[i] != "" && same(column[i]) }) {
			continue
		}
		taken[entry] = true
		found = append(found, i)
	}
	return found
}

// shown gives entries as people read them.
func (l *list) shown() []string { return l.columns[len(l.columns)-1] }

// branches keeps the lists of places by their upper places, each as long as the API
// gives the same places: preparing thousands of them again for each row is dear. It
// changes nothing but the time that Check takes.
type branches struct {
	mu    sync.Mutex
	lists map[string]*list
}

func (b *branches) list(path, places []string) *list {
	key := strings.Join(path, "\x00")
	b.mu.Lock()
	defer b.mu.Unlock()
	if known := b.lists[key]; known != nil && slices.Equal(known.columns[0], places) {
		return known
	}
	if b.lists == nil {
		b.lists = map[string]*list{}
	}
	l := newList(slices.Clone(places))
	b.lists[key] = l
	return l
}

func pick(texts []string, indexes []int) []string {
	picked := make([]string, len(indexes))
	for i, index := range indexes {
		picked[i] = texts[index]
	}
	return picked
}
