// This file keeps checked rows on disk until they are enqueued or refused.

package main

import (
	"bufio"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"io"
	"iter"

	"btrollout/internal/ledger"
	"btrollout/internal/rollout"
	"btrollout/internal/scratch"
)

// spool keeps checked rows in a temporary file, so that memory does not grow with their
// number.
type spool struct {
	file   *scratch.File
	out    *bufio.Writer
	encode *json.Encoder
	counts map[rollout.State]int
}

// spooled is a ledger.Entry with everything that its JSON form leaves out.
type spooled struct {
	ledger.Entry
	Row      rollout.RowRef
	State    rollout.State
	Progress rollout.Progress
}

func newSpool() (*spool, error) {
	f, err := scratch.New("")
	if err != nil {
		return nil, err
	}
	s := &spool{file: f, out: bufio.NewWriterSize(f, 1<<16), counts: map[rollout.State]int{}}
	s.encode = json.NewEncoder(s.out)
	return s, nil
}

func (s *spool) add(e ledger.Entry) error {
	s.counts[e.Site.State]++
	return s.encode.Encode(spooled{e, e.Site.Row, e.Site.State, e.Site.Progress})
}

// rows is how many rows were added.
func (s *spool) rows() int {
	n := 0
	for _, c := range s.counts {
		n += c
	}
	return n
}

// entries yields the rows from the first.
func (s *spool) entries() iter.Seq2[ledger.Entry, error] {
	return func(yield func(ledger.Entry, error) bool) {
		if err := s.out.Flush(); err != nil {
			yield(ledger.Entry{}, err)
			return
		}
		if _, err := s.file.Seek(0, io.SeekStart); err != nil {
			yield(ledger.Entry{}, err)
			return
		}
		in := json.NewDecoder(bufio.NewReaderSize(s.file, 1<<16))
		for {
			var r spooled
			err := in.Decode(&r)
			if errors.Is(err, io.EOF) {
				return
			}
			r.Site.Row, r.Site.Progress = r.Row, r.Progress
			r.Site.State = r.State
			if !yield(r.Entry, err) || err != nil {
				return
			}
		}
	}
}

// sites yields the rows as a report takes them, until ctx ends.
func (s *spool) sites(ctx context.Context) iter.Seq2[rollout.Site, error] {
	return func(yield func(rollout.Site, error) bool) {
		for e, err := range s.entries() {
			if !yield(e.Site, cmp.Or(err, ctx.Err())) {
				return
			}
		}
	}
}

func (s *spool) close() { s.file.Close() }
