// This file uploads files as a person does, and reads the states of the batches.

package chaos_test

import (
	"context"
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"btrollout/internal/judge"
)

// status is what the commands print about a batch.
type status struct {
	Batch   string         `json:"batch"`
	File    string         `json:"file"`
	Created time.Time      `json:"created"`
	Rows    int            `json:"rows"`
	State   string         `json:"state"`
	Counts  map[string]int `json:"counts"`
	Report  string         `json:"report"`
}

const withdrawn = "withdrawn" // the state of a batch whose upload was not finished

const uploadTries = 30

// upload uploads a file as a person does: if the command fails, it is run again.
func (r *run) upload(ctx context.Context, t *testing.T, file string) error {
	_, err := r.uploaded(ctx, t, file)
	return err
}

func (r *run) uploaded(ctx context.Context, t *testing.T, file string) (s status, err error) {
	r.redis.needed.RLock()
	defer r.redis.needed.RUnlock()
	for try := 1; ; try++ {
		got, err := r.run(ctx, "enqueue", "--partial", "--json", filepath.Join(r.dir, file))
		if err != nil {
			return s, err
		}
		s = status{}
		if err := json.Unmarshal([]byte(got.Stdout), &s); err != nil {
			return s, fmt.Errorf("enqueue %s printed no JSON: %w\n%s%s", file, err, got.Stdout, got.Stderr)
		}
		switch {
		case got.Code == 0 || got.Code == 3 || got.Code == 1 && r.entered(ctx, s.Batch):
			t.Logf("uploaded %s: batch %q is %s, exit %d, %v", file, s.Batch, s.State, got.Code, s.Counts)
			return s, nil
		case got.Code != 1 || try == uploadTries:
			return s, fmt.Errorf("enqueue %s: exit %d in try %d: %s", file, got.Code, try, got.Stderr)
		}
		t.Logf("enqueue %s is tried again: %s", file, strings.TrimSpace(got.Stderr))
		time.Sleep(time.Second)
	}
}

// entered reports whether a batch is worked on although its upload reported an error.
func (r *run) entered(ctx context.Context, batch string) bool {
	for _, s := range r.list(ctx) {
		if s.Batch == batch {
			return s.State != withdrawn
		}
	}
	return false
}

// list is what the command batch prints about all batches; nil while it fails.
func (r *run) list(ctx context.Context) []status {
	got, err := r.run(ctx, "batch", "list", "--json")
	var all []status
	if err != nil || got.Code != 0 || json.Unmarshal([]byte(got.Stdout), &all) != nil {
		return nil
	}
	return all
}

// wait returns when calmed is closed and all batches are done.
func (r *run) wait(ctx context.Context, t *testing.T, calmed <-chan struct{}, within time.Duration) {
	t.Helper()
	began, logged := time.Now(), time.Now()
	for {
		before := isClosed(calmed)
		counts, done := r.progress(ctx)
		if before && done {
			return
		}
		if time.Since(logged) > 5*time.Second {
			t.Logf("%6.1f s  %s", time.Since(r.begun).Seconds(), judge.InWords(counts))
			logged = time.Now()
		}
		if ctx.Err() != nil || time.Since(began) > within {
			t.Errorf("the batches are not done after %s: %s", time.Since(began).Round(time.Second), judge.InWords(counts))
			return
		}
		time.Sleep(time.Second)
	}
}

func isClosed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}

// final are the states in which a site has ended.
var final = map[string]bool{"provisioned": true, "skipped": true, "rejected": true, "failed": true, "review": true, "cancelled": true}

// progress adds up the states of all batches, and reports whether all are done.
func (r *run) progress(ctx context.Context) (counts map[string]int, done bool) {
	counts, done = map[string]int{}, true
	all := r.list(ctx)
	if all == nil {
		return counts, false
	}
	open := 0
	for _, s := range all {
		if s.State == withdrawn {
			continue
		}
		for state, n := range s.Counts {
			counts[state] += n
			if !final[state] {
				open += n
			}
		}
		done = done && s.State == "done"
	}
	r.open.Store(int64(open))
	return counts, done
}
