// Reads lists page by page. Source: docs/api.md, "Lists".

package btapi

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"maps"
	"math"
	"net/http"
	"net/url"
	"strconv"
)

const (
	// pageSize is how many items are asked for at once [S]. The API's default is 40,
	// and it may give fewer than are asked for [G].
	pageSize = 1000
	// maxPageItems bounds the items of one page. A server without paging gives the whole
	// list at once.
	maxPageItems = 50_000
	// maxPageBytes bounds a page: pageSize items of 16 kB.
	maxPageBytes = 16 << 20

	// headerTotal is the number of items of the list, headerResult that of the page [G].
	// A sibling API swaps them, so the larger one is taken as the total.
	headerTotal  = "X-Total-Count"
	headerResult = "X-Result-Count"
)

var (
	errNotList  = errors.New("the answer is not a list")
	errTooMany  = fmt.Errorf("the page holds more than %d items", maxPageItems)
	errNameless = errors.New("the list holds an item that does not say what it is")
	errMoving   = errors.New("the list moves faster than it can be read")
)

// An Item is one item of a list.
type Item[T any] struct {
	Key   string // its identity in the list: its id, or a hash of its text
	Value T
}

// list reads a list to its end. The identity of an item is id(item), or a hash of its text;
// an item that comes again is left out.
//
// After an error the caller may continue, unless nothing more can be read: the page that
// failed is then read again. A list that moves faster than it can be read ends with an error.
// In a list without ids, equal items may be different ones, so their number is not compared
// with the total.
func list[T any](ctx context.Context, c *Client, k call, id func(T) string) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var zero T
		seen := map[string]bool{}
		r := Reading{}
		for !r.Over() {
			items, next, err := read(ctx, c, k, id, r)
			if err != nil {
				if !yield(zero, err) || errors.Is(err, ErrEndless) || errors.Is(err, errStuck) {
					return
				}
				continue
			}
			r = next
			for _, item := range items {
				if seen[item.Key] {
					continue
				}
				seen[item.Key] = true
				if !yield(item.Value, nil) {
					return
				}
			}
			if r.Distinct = len(seen); id == nil {
				r.Distinct = math.MaxInt
			}
		}
		if !r.Complete() {
			yield(zero, c.unsent(k.route.String(), errMoving))
		}
	}
}

// read reads the next page of a list, and returns the reading after it; if it fails, the
// reading before.
func read[T any](ctx context.Context, c *Client, k call, id func(T) string, r Reading) ([]Item[T], Reading, error) {
	next, offset := r.next()
	p, err := page(ctx, c, k, id, offset)
	if err != nil {
		return nil, r, err
	}
	keys := make([]string, len(p.items))
	for i, item := range p.items {
		keys[i] = item.Key
	}
	if p.x.err = next.take(offset, keys, p.total); p.x.err != nil {
		return nil, r, c.classify(p.x)
	}
	return p.items, next, nil
}

// pageOf is a page of a list.
type pageOf[T any] struct {
	items []Item[T]
	total int // items of the list; -1: not told
	x     exchange
}

// page reads the items from offset on.
func page[T any](ctx context.Context, c *Client, k call, id func(T) string, offset int) (pageOf[T], error) {
	query := url.Values{}
	maps.Copy(query, k.query)
	query.Set(queryOffset, strconv.Itoa(offset))
	query.Set(queryLimit, strconv.Itoa(pageSize))
	k.query, k.maxBytes = query, maxPageBytes

	x, err := c.do(ctx, k)
	if err != nil {
		return pageOf[T]{}, err
	}
	items, err := decodeItems(x, id)
	x.body = nil
	if x.err = err; err != nil {
		return pageOf[T]{}, c.classify(x)
	}
	total := totalOf(x.header)
	if len(items) > 0 && total < offset+len(items) { // the server counts something else
		total = -1
	}
	return pageOf[T]{items, total, x}, nil
}

// totalOf is the number of items of the list; -1: not told.
func totalOf(h http.Header) int {
	total, err := strconv.Atoi(h.Get(headerTotal))
	if err != nil || total < 0 {
		return -1
	}
	if result, err := strconv.Atoi(h.Get(headerResult)); err == nil {
		return max(total, result)
	}
	return total
}

// decodeItems reads the items of a page one by one, so that it refuses a page with too many
// before all of them are in memory.
func decodeItems[T any](x exchange, id func(T) string) ([]Item[T], error) {
	if isEmpty(x) {
		return nil, errEmpty
	}
	dec := json.NewDecoder(bytes.NewReader(x.body))
	if start, err := dec.Token(); err != nil {
		return nil, err
	} else if start != json.Delim('[') {
		return nil, errNotList
	}
	var items []Item[T]
	for dec.More() {
		if len(items) == maxPageItems {
			return nil, errTooMany
		}
		from := dec.InputOffset()
		var v T
		if err := dec.Decode(&v); err != nil {
			return nil, err
		}
		if isAnonymous(v) {
			return nil, errNameless
		}
		items = append(items, Item[T]{keyOf(v, id, x.body[from:dec.InputOffset()]), v})
	}
	if _, err := dec.Token(); err != nil { // the closing bracket
		return nil, err
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("the list is followed by something else")
	}
	return items, nil
}

// keyOf is the identity of an item: its id, or a hash of its text.
func keyOf[T any](v T, id func(T) string, text []byte) string {
	if id != nil {
		if key := id(v); key != "" {
			return key
		}
	}
	sum := sha256.Sum256(bytes.Trim(text, ", \t\r\n"))
	return "#" + hex.EncodeToString(sum[:16])
}
