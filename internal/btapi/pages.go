// How a list is read, page by page. Source: docs/api.md, "Lists".

package btapi

import (
	"context"
	"encoding/json"
	"errors"
	"iter"
	"maps"
	"net/url"
	"strconv"
)

const (
	// pageSize is how many items are asked for at once. [S]; the API's own
	// default is 40, and it may give fewer than are asked for. [G]
	pageSize = 1000
	// headerTotal carries the size of the whole collection, in items. [G]
	headerTotal = "X-Total-Count"
)

// passes is how often a list is read from its beginning, at most, because it moved
// while it was read.
const passes = 5

// list reads a collection to its end. The identity of an item is id(item), or
// its very text: an item that comes again, because the list moved while it was
// read, is left out.
//
// The end is where the total says, or an empty page, which a list that shrank
// shows earlier. Without a total it is also a page that brings nothing new: the
// server knows no pages and gives the whole list again.
//
// An error is not the end of a list: who goes on reading has the page asked for
// again that failed.
//
// When fewer items came than the total says, the list moved, and some were at no
// place that was read: it is read again, until all have come. That can only be
// told of items with an id.
func list[T any](ctx context.Context, c *Client, k call, id func(T) string) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var zero T
		var moved exchange
		seen := map[string]bool{}
		for range passes {
			last, err := pass(ctx, c, k, id, seen, yield)
			if err != nil {
				yield(zero, err)
				return
			}
			if last == nil || id == nil || len(seen) >= last.total {
				return
			}
			moved = last.x
		}
		moved.err = errors.New("the list moves faster than it can be read")
		yield(zero, c.classify(moved))
	}
}

// pass reads a collection once, and yields what is not seen yet. It returns the
// last page, or nil when nobody wants more.
func pass[T any](ctx context.Context, c *Client, k call, id func(T) string, seen map[string]bool, yield func(T, error) bool) (*pageOf[T], error) {
	came := map[string]bool{}
	for offset := 0; ; {
		p, err := page[T](ctx, c, k, offset)
		if err != nil {
			var none T
			if !yield(none, err) {
				return nil, nil
			}
			continue
		}
		before := len(came)
		for _, item := range p.items {
			key := item.key(id)
			came[key] = true
			if seen[key] {
				continue
			}
			seen[key] = true
			if !yield(item.value, nil) {
				return nil, nil
			}
		}
		offset += len(p.items)
		if len(p.items) == 0 || p.total >= 0 && offset >= p.total {
			return &p, nil
		}
		if len(came) > before {
			continue
		}
		if p.total >= 0 { // to end here would pass off a part as the whole
			p.x.err = errors.New("the list does not advance")
			return nil, c.classify(p.x)
		}
		return &p, nil
	}
}

type item[T any] struct {
	value T
	raw   json.RawMessage
}

func (i item[T]) key(id func(T) string) string {
	if id != nil {
		if key := id(i.value); key != "" {
			return key
		}
	}
	return string(i.raw)
}

func (i *item[T]) UnmarshalJSON(b []byte) error {
	i.raw = append(i.raw[:0], b...)
	return json.Unmarshal(b, &i.value)
}

type pageOf[T any] struct {
	items []item[T]
	total int // -1: not told
	x     exchange
}

// page reads the items from offset on.
func page[T any](ctx context.Context, c *Client, k call, offset int) (pageOf[T], error) {
	query := url.Values{}
	maps.Copy(query, k.query)
	query.Set(queryOffset, strconv.Itoa(offset))
	query.Set(queryLimit, strconv.Itoa(pageSize))
	k.query = query

	x, err := c.do(ctx, k)
	if err != nil {
		return pageOf[T]{}, err
	}
	items, err := decode[[]item[T]](c, x)
	total, bad := strconv.Atoi(x.header.Get(headerTotal))
	if bad != nil || total < 0 {
		total = -1
	}
	return pageOf[T]{items, total, x}, err
}
