// This file tests when batches are purged, in virtual time.

package retention_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/redis/go-redis/v9"

	"btrollout/internal/ledger"
	"btrollout/internal/redistest"
	"btrollout/internal/retention"
	"btrollout/internal/rollout"
	"btrollout/internal/simtest"
)

func TestMain(m *testing.M) { simtest.RunTests(m) }

const ninetyDays = 90 * 24 * time.Hour

// office is a Redis with batches, and a Keeper.
type office struct {
	t       *testing.T
	ledger  *ledger.Ledger
	rdb     *redis.Client
	log     bytes.Buffer
	removed []string // ids of the batches whose reports were to be removed
	keeper  *retention.Keeper
}

// inOffice runs a test in virtual time.
func inOffice(t *testing.T, test func(o *office)) {
	t.Helper()
	t.Parallel()
	simtest.InBubble(t, time.Minute, func(t *testing.T) {
		server := redistest.StartVirtual(t, redistest.VirtualOptions{Expiry: redistest.Exact})
		o := &office{t: t, rdb: server.Connect(t, nil)}
		o.ledger = ledger.New(o.rdb)
		o.keeper = o.newKeeper(o.rdb)
		test(o)
	})
}

// newKeeper is the Keeper of a worker.
func (o *office) newKeeper(rdb *redis.Client) *retention.Keeper {
	return &retention.Keeper{
		Ledger: ledger.New(rdb), Retention: ninetyDays, Log: slog.New(slog.NewTextHandler(&o.log, nil)),
		RemoveReport: func(b rollout.Batch) (bool, error) {
			o.removed = append(o.removed, b.ID)
			if b.ID == "bad" {
				return false, errors.New("the folder is read-only")
			}
			return b.ID != "elsewhere", nil
		},
	}
}

// done makes a batch of one site in this state that is done now.
func (o *office) done(id string, state rollout.State) {
	o.t.Helper()
	ctx := o.t.Context()
	b := rollout.Batch{ID: id, File: "f.csv", Customer: "C", Created: time.Now()}
	s := rollout.Site{Row: 2, Request: rollout.Request{Name: "S " + id, Country: "FR", Address: rollout.Address{"a6": "Rue de Bourg"}}}
	s.State = state
	err := o.ledger.Create(ctx, b)
	for _, step := range []func() error{
		func() error { _, err := o.ledger.Add(ctx, b, []ledger.Entry{{Site: s, Claim: true}}); return err },
		func() error { return o.ledger.Start(ctx, id) },
		func() error { _, err := o.ledger.Finish(ctx, id, 0, "/reports/"+id+".xlsx"); return err },
	} {
		if err == nil {
			err = step()
		}
	}
	if err != nil {
		o.t.Fatal(err)
	}
}

// purged lists the batches that are purged, in the order of their ids.
func (o *office) purged() []string {
	o.t.Helper()
	batches, err := o.ledger.Batches(o.t.Context())
	if err != nil {
		o.t.Fatal(err)
	}
	ids := []string{}
	for _, b := range batches {
		if b.Purging {
			o.t.Errorf("the purge of %s has not come to its end", b.ID)
		}
		if !b.Purged.IsZero() {
			ids = append(ids, b.ID)
		}
	}
	slices.Sort(ids)
	return ids
}

func (o *office) want(ids ...string) {
	o.t.Helper()
	if diff := cmp.Diff(append([]string{}, ids...), o.purged()); diff != "" {
		o.t.Errorf("purged batches (-want +got):\n%s", diff)
	}
}

func (o *office) purgeExpired() {
	o.t.Helper()
	if err := o.keeper.PurgeExpired(o.t.Context()); err != nil {
		o.t.Error(err)
	}
}

func TestKeeper_ExactlyAfterTheTime(t *testing.T) {
	inOffice(t, func(o *office) {
		o.done("first", rollout.Provisioned)
		time.Sleep(24 * time.Hour)
		o.done("second", rollout.Provisioned)
		o.done("third", rollout.Failed)
		time.Sleep(ninetyDays - 24*time.Hour - time.Millisecond)
		o.purgeExpired()
		o.want()
		time.Sleep(time.Millisecond)
		o.purgeExpired()
		o.want("first")
		time.Sleep(24*time.Hour - time.Millisecond)
		o.purgeExpired()
		o.want("first")
		time.Sleep(time.Millisecond)
		o.purgeExpired()
		o.want("first", "second", "third")
		o.purgeExpired()
		if n := strings.Count(o.log.String(), "the batch was purged"); n != 3 {
			t.Errorf("logged %d times:\n%s", n, o.log.String())
		}
	})
}

// TestKeeper_Run: it looks at once, and then every hour; of two workers, one does the work.
func TestKeeper_Run(t *testing.T) {
	inOffice(t, func(o *office) {
		o.done("b", rollout.Provisioned)
		time.Sleep(ninetyDays - 30*time.Minute)
		ctx, stop := context.WithCancel(o.t.Context())
		var running sync.WaitGroup
		running.Go(func() { o.keeper.Run(ctx) })
		running.Go(func() { o.newKeeper(o.rdb).Run(ctx) })
		time.Sleep(time.Hour - time.Second)
		o.want()
		time.Sleep(time.Minute)
		o.want("b")
		stop()
		running.Wait()
		if n := strings.Count(o.log.String(), "the batch was purged"); n != 1 {
			t.Errorf("logged %d times:\n%s", n, o.log.String())
		}

		forever := o.newKeeper(o.rdb)
		forever.Retention = 0
		o.done("kept", rollout.Provisioned)
		time.Sleep(100 * ninetyDays)
		forever.Run(o.t.Context()) // returns
		o.want("b")
	})
}

// TestKeeper_RestartedInTheMiddle: a purge that a worker began is brought to its end by the next one, which also
// removes the report; one that a person began leaves the report.
func TestKeeper_RestartedInTheMiddle(t *testing.T) {
	inOffice(t, func(o *office) {
		o.done("old", rollout.Provisioned)
		time.Sleep(ninetyDays)
		o.done("new", rollout.Provisioned)
		for _, id := range []string{"old", "new"} {
			if err := o.ledger.BeginPurge(o.t.Context(), id); err != nil {
				t.Fatal(err)
			}
		}
		o.purgeExpired()
		o.want("new", "old")
		if diff := cmp.Diff([]string{"old"}, o.removed); diff != "" {
			t.Errorf("reports that were removed (-want +got):\n%s", diff)
		}
		for id, want := range map[string]string{"old": "", "new": "/reports/new.xlsx"} {
			b, err := o.ledger.Batch(o.t.Context(), id)
			if err != nil || b.Report != want {
				t.Errorf("the report of %s is %q (%v)", id, b.Report, err)
			}
		}
	})
}

// TestKeeper_WhatStays: a batch with a row in review stays, which is logged once, and stops no other one;
// nor does a report that cannot be removed, a damaged batch, or a batch that is not done.
func TestKeeper_WhatStays(t *testing.T) {
	inOffice(t, func(o *office) {
		ctx := o.t.Context()
		for _, id := range []string{"bad", "elsewhere", "damaged"} {
			o.done(id, rollout.Provisioned)
		}
		o.done("review", rollout.Review)
		if err := o.ledger.Create(ctx, rollout.Batch{ID: "running", Customer: "C"}); err != nil {
			t.Fatal(err)
		}
		if err := o.rdb.HSet(ctx, "{btr}:batch:damaged", "meta", "{").Err(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(2 * ninetyDays)
		o.purgeExpired()
		o.purgeExpired()
		o.want("bad", "elsewhere")
		log := o.log.String()
		for _, words := range []string{"batch resolve", "the folder is read-only", "report_left=/reports/elsewhere.xlsx"} {
			if strings.Count(log, words) != 1 {
				t.Errorf("%q is not logged once:\n%s", words, log)
			}
		}
		_, s, err := o.ledger.Load(ctx, "review", 2)
		if err != nil || s.Address["a6"] == "" {
			t.Errorf("the row in review is %+v (%v)", s, err)
		}
	})
}

// TestKeeper_BatchesOfEarlierVersions: they have the time of the worker that ended them, whose clock may
// be wrong, and are never purged earlier than after their creation.
func TestKeeper_BatchesOfEarlierVersions(t *testing.T) {
	inOffice(t, func(o *office) {
		for _, id := range []string{"right", "wrong"} {
			o.done(id, rollout.Provisioned)
			if err := o.rdb.HDel(o.t.Context(), "{btr}:batch:"+id, "doneAt").Err(); err != nil {
				t.Fatal(err)
			}
		}
		if err := o.rdb.HSet(o.t.Context(), "{btr}:batch:wrong", "finished", "1970-01-01T00:00:00Z").Err(); err != nil {
			t.Fatal(err)
		}
		o.purgeExpired()
		o.want()
		time.Sleep(ninetyDays)
		o.purgeExpired()
		o.want("right", "wrong")
	})
}
