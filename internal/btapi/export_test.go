// What only tests may do: read a list without calls.

package btapi

// Step returns the reading after one page of a list, as ReadOrders does.
func (r Reading) Step(page func(offset int) (keys []string, total int)) (Reading, error) {
	next, offset := r.next()
	keys, total := page(offset)
	if err := next.take(offset, keys, total); err != nil {
		return r, err
	}
	return next, nil
}
