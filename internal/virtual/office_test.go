// This file has the people: they upload files, again if that fails, and decide about sites in
// review.

package virtual_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"btrollout/internal/btsim"
	"btrollout/internal/importer"
	"btrollout/internal/jobs"
	"btrollout/internal/ledger"
	"btrollout/internal/rollout"
)

// office is where people upload files: a machine without a worker.
type office struct {
	*machine
	with tools

	drawing sync.Mutex // guards rng
	rng     *rand.Rand
}

func (w *world) newOffice() *office {
	m := w.newMachine("office", paces[0], 0)
	p, with := m.newProcess()
	m.process = p
	return &office{machine: m, with: with, rng: rand.New(rand.NewPCG(uint64(w.plan.seed), 3))}
}

// consent waits until the person who uploads a file has read what was found, and says yes.
func (o *office) consent() {
	if o.plan.consent == 0 {
		return
	}
	o.drawing.Lock()
	takes := time.Duration(o.rng.Int64N(int64(o.plan.consent)))
	o.drawing.Unlock()
	time.Sleep(takes)
}

// uploadTries is how often an upload that fails is tried again.
const uploadTries = 100

// upload uploads a file, again until it is in. It returns how many rows were rejected.
func (o *office) upload(ctx context.Context, file string) (rejected int, err error) {
	for try := range uploadTries {
		id := o.nextBatch(file)
		rejected, err = o.submit(ctx, id, file)
		if err == nil || errors.Is(err, jobs.ErrStarted) || o.entered(ctx, id) {
			o.events.add(o.name, "has uploaded %s as %s: %d rows rejected, %v", file, id, rejected, err)
			return rejected, nil
		}
		if ctx.Err() != nil {
			return 0, ctx.Err()
		}
		o.events.add(o.name, "fails to upload %s in try %d: %v", file, try+1, err)
		time.Sleep(10 * time.Second)
	}
	return 0, fmt.Errorf("uploading %s: %w", file, err)
}

// entered reports whether a batch runs although its upload ended in an error.
func (o *office) entered(ctx context.Context, id string) bool {
	b, err := o.with.ledger.Batch(ctx, id)
	return err == nil && b.State != rollout.Withdrawn && b.State != rollout.Importing && b.WithdrawnAt.IsZero()
}

// submit checks the rows of a file and submits them, as enqueue --partial does.
func (o *office) submit(ctx context.Context, id, file string) (rejected int, err error) {
	opened, err := importer.Open(filepath.Join(o.dir, file), importer.Options{})
	if err != nil {
		return 0, err
	}
	defer opened.Close()
	began := time.Now().UTC()
	customer := o.sim.Sim.Credentials().CustomerCode
	var sites []rollout.Site
	for s, err := range opened.Rows() {
		if err != nil {
			return 0, err
		}
		found, err := o.with.checker.Check(ctx, customer, &s.Request)
		if err != nil {
			return 0, err
		}
		s.Notes = found.Notes
		for _, p := range found.Problems {
			p.Stage = rollout.StageImport
			s.Problems = append(s.Problems, p)
			s.State = rollout.Rejected
		}
		sites = append(sites, s)
	}
	entries, err := jobs.Recognise(ctx, o.with.ledger, customer, sites)
	if err != nil {
		return 0, err
	}
	o.consent()
	b := rollout.Batch{
		ID: id, File: file, Customer: customer, Created: began, Sheets: opened.Columns(), Uploaded: len(sites),
	}
	err = jobs.Submit(ctx, o.with.ledger, o.with.queue, b, func(yield func(ledger.Entry, error) bool) {
		for _, e := range entries {
			if !yield(e, nil) {
				return
			}
		}
	}, nil)
	if now, failed := o.with.ledger.Batch(ctx, id); failed == nil {
		rejected = now.Counts[rollout.Rejected]
	}
	return rejected, err
}

// settled reports whether all batches are done.
func (o *office) settled(ctx context.Context) bool {
	open, err := o.direct.OpenBatches(ctx)
	return err == nil && len(open) == 0
}

// decide decides about the sites in review as a person does who sees the account's truth.
// It reports whether there was anything to decide.
func (o *office) decide(ctx context.Context) (bool, error) {
	batches, err := o.direct.Batches(ctx)
	if err != nil {
		return false, err
	}
	decided := false
	for _, b := range batches {
		for s, err := range o.direct.Sites(ctx, b.ID) {
			if err != nil {
				return decided, err
			}
			if s.State != rollout.Review {
				continue
			}
			d, certain := decision(o.sim.Sim.Stats(), s)
			if !certain || o.decided[fmt.Sprint(s.Batch, " ", s.Row)] {
				continue
			}
			o.decided[fmt.Sprint(s.Batch, " ", s.Row)] = true
			_, err := jobs.Resolve(ctx, o.with.ledger, o.with.queue, b.ID, s.Row, d)
			o.events.add(o.name, "decides about %s row=%d: %+v: %v", b.ID, s.Row, d, err)
			decided = decided || err == nil
		}
	}
	return decided, nil
}

// decision is what is right by the books; false: a person cannot know.
func decision(books btsim.Stats, s rollout.Site) (jobs.Resolution, bool) {
	key := btsim.FoldName(s.Name)
	voicesites := slices.DeleteFunc(books.Voicesites, func(v btsim.Voicesite) bool { return v.FoldedName != key })
	if len(voicesites) == 1 {
		return jobs.Resolution{VoiceSiteID: voicesites[0].VoiceSiteID}, true
	}
	for _, orders := range books.Orders {
		for _, o := range orders {
			if o.FoldedName == key {
				return jobs.Resolution{}, false
			}
		}
	}
	return jobs.Resolution{OrderAgain: true}, true
}
