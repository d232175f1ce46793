// This file finds a text in a list of entries. What a person may have meant by a text that is none
// of them is in near.go.

package addrcheck

import (
	"slices"
	"strings"
	"sync"

	"btrollout/internal/spelling"
)

// list is a list of entries, prepared once for many lookups. An entry may have several texts,
// one in each column: the first is what the API takes, the last what people read.
type list struct {
	columns [][]string
	byFold  map[string][]int    // the entries with a text that folds to this key (spelling.Fold)
	loose   func() [][]loosened // the columns in their loose form; made when first needed
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

// match finds the entries that a person means by what is written: those that are exactly so,
// or else those that differ in case only, or else those that differ only in what spelling.Fold
// ignores. More than one index means that the text is ambiguous; entries with the same first
// column count once.
func (l *list) match(written string) []int {
	folded := spelling.Fold(written)
	indexes := l.byFold[folded]
	for _, same := range []func(string) bool{
		func(entry string) bool { return entry == written },
		func(entry string) bool { return strings.EqualFold(entry, written) },
		func(entry string) bool { return folded != "" && spelling.Fold(entry) == folded },
	} {
		if found := l.matching(indexes, same); found != nil {
			return found
		}
	}
	return nil
}

// matching finds the entries among indexes of which a text is the same.
func (l *list) matching(indexes []int, same func(string) bool) []int {
	var found []int
	seen := map[string]bool{}
	for _, i := range indexes {
		entry := l.columns[0][i]
		if seen[entry] || !slices.ContainsFunc(l.columns, func(column []string) bool { return column[i] != "" && same(column[i]) }) {
			continue
		}
		seen[entry] = true
		found = append(found, i)
	}
	return found
}

// shown returns the entries as people read them.
func (l *list) shown() []string { return l.columns[len(l.columns)-1] }

// branches caches the lists of places by their upper places, each as long as the API gives the
// same places, because to prepare a list of thousands for each row takes long.
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

// pick returns the texts at these indexes.
func pick(texts []string, indexes []int) []string {
	picked := make([]string, len(indexes))
	for i, index := range indexes {
		picked[i] = texts[index]
	}
	return picked
}
