// Tests of the purge of a batch: what is left, and what happens beside it.

package ledger_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/redis/go-redis/v9"

	"btrollout/internal/ledger"
	"btrollout/internal/redistest"
	"btrollout/internal/rollout"
)

// purgeable is a site of a batch that can be purged.
func purgeable(row int, state rollout.State) ledger.Entry {
	e := entry(row)
	e.Site.State = state
	e.Site.Cells = []string{"Rue de Bourg"}
	e.Site.Address = rollout.Address{"a6": "Rue de Bourg", "hno": fmt.Sprint(row)}
	e.Site.Problems = []rollout.Problem{{Code: "address.pattern", Value: "Rue de Bourg"}}
	return e
}

// doneBatch makes a batch b1 that is done, with these sites.
func doneBatch(t *testing.T, l *ledger.Ledger, entries ...ledger.Entry) {
	t.Helper()
	ctx := t.Context()
	b := rollout.Batch{ID: "b1", Customer: "9999", File: "f.csv", Remarks: []rollout.Text{{EN: "Rue de Bourg"}}}
	b.Sheets = []rollout.Sheet{{Name: "FR", Columns: []string{"Rue de Bourg"}}, {Name: "BE"}}
	b.Countries = []rollout.Country{{ISO2: "CH", Comment: "Rue de Bourg"}}
	err := l.Create(ctx, b)
	for _, step := range []func() error{
		func() error { _, err := l.Add(ctx, b, entries); return err },
		func() error { return l.Start(ctx, "b1") },
		func() error { _, err := l.Finish(ctx, "b1", 0, "r.xlsx"); return err },
	} {
		if err == nil {
			err = step()
		}
	}
	if err != nil {
		t.Fatal(err)
	}
}

// streets counts the records of batch b1 that have its street.
func streets(t *testing.T, rdb *redis.Client) int {
	t.Helper()
	n := 0
	for _, key := range []string{"{btr}:batch:b1", "{btr}:batch:b1:rows", "{btr}:batch:b1:sites"} {
		for _, value := range rdb.HGetAll(t.Context(), key).Val() {
			if strings.Contains(value, "Bourg") {
				n++
			}
		}
	}
	if strings.Contains(rdb.Get(t.Context(), "{btr}:batch:b1:countries").Val(), "Bourg") {
		n++
	}
	return n
}

// purgeAll runs all steps of a purge.
func purgeAll(ctx context.Context, l *ledger.Ledger) error {
	if err := l.CanPurge(ctx, "b1"); err != nil {
		return err
	}
	if err := l.BeginPurge(ctx, "b1"); err != nil {
		return err
	}
	if err := l.PurgeSites(ctx, "b1"); err != nil {
		return err
	}
	return l.EndPurge(ctx, "b1", true)
}

func TestPurge_LeavesCountsAndSites(t *testing.T) {
	t.Parallel()
	for name, start := range redistest.Kinds {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rdb := redistest.Connect(t, start(t))
			l, ctx := ledger.New(rdb), t.Context()
			doneBatch(t, l, purgeable(2, rollout.Provisioned), purgeable(3, rollout.Rejected), purgeable(1_000_004, rollout.Failed))
			before, err := l.Batch(ctx, "b1")
			if err != nil || before.DoneAt.IsZero() {
				t.Fatal(before, err)
			}
			for range 2 { // the second time nothing is left to do
				if err := purgeAll(ctx, l); err != nil {
					t.Fatal(err)
				}
			}
			if n := streets(t, rdb); n != 0 {
				t.Errorf("%d records have the street", n)
			}
			b, err := l.Batch(ctx, "b1")
			if err != nil || b.Purged.IsZero() || b.Purging || b.Unsound || b.Report != "" || b.State != rollout.Done {
				t.Errorf("it is %+v (%v)", b, err)
			}
			if diff := cmp.Diff(before.Counts, b.Counts); diff != "" {
				t.Errorf("counts (-before +after):\n%s", diff)
			}
			if b.File != "f.csv" || !b.Finished.Equal(before.Finished) || b.RowName(1_000_004) != "BE:4" {
				t.Errorf("it is called %s, ended at %s, and has a row %s", b.File, b.Finished, b.RowName(1_000_004))
			}
			var names, hashes []string
			for s, err := range l.Sites(ctx, "b1") {
				if err != nil || len(s.Problems) > 0 || s.Country != "FR" && s.Country != "CH" {
					t.Errorf("row %d is %+v (%v)", s.Row, s, err)
				}
				names, hashes = append(names, s.Name), append(hashes, s.AddressHash)
			}
			if diff := cmp.Diff([]string{entry(2).Site.Name, "", entry(1_000_004).Site.Name}, names); diff != "" {
				t.Errorf("names (-want +got):\n%s", diff)
			}
			if hashes[0] == "" || hashes[1] != "" || hashes[0] == hashes[2] {
				t.Errorf("hashes %q", hashes)
			}
		})
	}
}

// failing makes the scripts after the first ones fail, before or after the first of them was carried out.
type failing struct {
	left    int // number of scripts that succeed
	carried bool
}

var errKilled = errors.New("killed")

func (*failing) DialHook(next redis.DialHook) redis.DialHook { return next }

func (f *failing) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, cmd redis.Cmder) error {
		if !strings.HasPrefix(cmd.Name(), "eval") {
			return next(ctx, cmd)
		}
		if f.left > 0 || f.carried && f.left == 0 {
			err := next(ctx, cmd)
			if err != nil { // the script was not known, and is sent again
				return err
			}
			if f.left--; f.left >= 0 {
				return nil
			}
		}
		cmd.SetErr(errKilled)
		return errKilled
	}
}

func (*failing) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return next
}

// TestPurge_Interrupted: wherever a purge is killed, the batch looks purged once that has begun, each site
// can be read with its old version, and the next purge comes to its end.
func TestPurge_Interrupted(t *testing.T) {
	t.Parallel()
	const rows = 1100 // three slices
	var entries []ledger.Entry
	for row := range rows {
		entries = append(entries, purgeable(row+2, rollout.Provisioned))
	}
	const scripts = 6 // the beginning, the key, the slices, the end
	for after := range scripts {
		for _, carried := range []bool{false, true} {
			t.Run(fmt.Sprint(after, carried), func(t *testing.T) {
				t.Parallel()
				url := redistest.InMemory(t)
				rdb, dying := redistest.Connect(t, url), redistest.Connect(t, url)
				l, ctx := ledger.New(rdb), t.Context()
				doneBatch(t, l, entries...)
				dying.AddHook(&failing{after, carried})
				if err := purgeAll(ctx, ledger.New(dying)); !errors.Is(err, errKilled) {
					t.Fatalf("it was not interrupted: %v", err)
				}
				b, err := l.Batch(ctx, "b1")
				began, ended := after > 0 || carried, after == scripts-1 && carried
				if err != nil || b.Purged.IsZero() == began || b.Purging != (began && !ended) || b.Unsound {
					t.Errorf("it is %+v (%v)", b, err)
				}
				key, err := l.AddressKey(ctx)
				if err != nil {
					t.Fatal(err)
				}
				n := 0
				for s, err := range l.Sites(ctx, "b1") {
					if err != nil {
						t.Fatal(err)
					}
					want := entries[n].Site
					key.Recall(&s, want.Address)
					if s.Row != want.Row || s.Name != want.Name || s.Version != 1 || s.State != rollout.Provisioned || s.AddressHash != "" ||
						!cmp.Equal(s.Address, want.Address) {
						t.Fatalf("row %d is %+v", want.Row, s)
					}
					n++
				}
				if n != rows {
					t.Fatalf("%d sites are left of %d", n, rows)
				}
				if err := purgeAll(ctx, l); err != nil {
					t.Fatal(err)
				}
				after, err := l.Batch(ctx, "b1")
				if err != nil || after.Purging || began && !after.Purged.Equal(b.Purged) || streets(t, rdb) > 0 {
					t.Errorf("at the end it is %+v (%v), with %d streets", after, err, streets(t, rdb))
				}
			})
		}
	}
}

// TestPurge_DamagedRecords: what cannot be read is deleted, too, unless a person must decide about it.
func TestPurge_DamagedRecords(t *testing.T) {
	t.Parallel()
	rdb := redistest.Connect(t, redistest.InMemory(t))
	l, ctx := ledger.New(rdb), t.Context()
	doneBatch(t, l, purgeable(2, rollout.Provisioned), purgeable(3, rollout.Provisioned), purgeable(4, rollout.Provisioned))
	damage := func(key, row, record string) {
		t.Helper()
		if err := rdb.HSet(ctx, "{btr}:batch:b1:"+key, row, record).Err(); err != nil {
			t.Fatal(err)
		}
	}
	damage("rows", "2", `{"address":{"a6":"Rue de Bourg"`)
	damage("sites", "3", `1 provisioned {"push":{"a6":"Rue de Bourg"`)
	if err := purgeAll(ctx, l); !errors.Is(err, ledger.ErrNeedsPerson) {
		t.Fatalf("a site whose progress cannot be read: %v", err)
	}
	_, s, err := l.Load(ctx, "b1", 3)
	if err != nil || s.State != rollout.Review {
		t.Fatal(s, err)
	}
	s.State = rollout.Failed
	if _, _, err := l.Advance(ctx, s, noon); err != nil {
		t.Fatal(err)
	}
	if done, err := l.Finish(ctx, "b1", 1, "r.xlsx"); err != nil || !done {
		t.Fatal(done, err)
	}
	if err := l.BeginPurge(ctx, "b1"); err != nil {
		t.Fatal(err)
	}
	damage("sites", "4", `1 provisioned {"push":{"a6":"Rue de Bourg"`) // at this moment
	if err := l.PurgeSites(ctx, "b1"); !errors.Is(err, ledger.ErrNeedsPerson) {
		t.Errorf("a record that is damaged meanwhile: %v", err)
	}
	b, err := l.Batch(ctx, "b1")
	if err != nil || b.Counts[rollout.Review] != 1 || !b.Purging {
		t.Errorf("it is %+v (%v)", b, err)
	}
	if _, s, err = l.Load(ctx, "b1", 4); err != nil {
		t.Fatal(err)
	}
	s.State = rollout.Failed
	if _, _, err := l.Advance(ctx, s, noon); err != nil {
		t.Fatal(err)
	}
	if done, err := l.Finish(ctx, "b1", 2, "r.xlsx"); err != nil || !done {
		t.Fatal(done, err)
	}
	if err := purgeAll(ctx, l); err != nil || streets(t, rdb) > 0 {
		t.Errorf("%v; %d records have the street", err, streets(t, rdb))
	}
}

// TestAddressKey_Lost: a site whose hash cannot be compared counts as one with another address.
func TestAddressKey_Lost(t *testing.T) {
	t.Parallel()
	rdb := redistest.Connect(t, redistest.InMemory(t))
	l, ctx := ledger.New(rdb), t.Context()
	doneBatch(t, l, purgeable(2, rollout.Provisioned))
	recalled := func() bool {
		t.Helper()
		key, err := l.AddressKey(ctx)
		if err != nil {
			t.Fatal(err)
		}
		_, s, err := l.Load(ctx, "b1", 2)
		if err != nil || s.AddressHash == "" {
			t.Fatal(s, err)
		}
		key.Recall(&s, purgeable(2, rollout.Provisioned).Site.Address)
		return s.AddressHash == ""
	}
	if err := purgeAll(ctx, l); err != nil {
		t.Fatal(err)
	}
	if !recalled() {
		t.Error("the address is not recalled")
	}
	for name, lose := range map[string]func() error{
		"deleted":      func() error { return rdb.Del(ctx, "{btr}:address-key").Err() },
		"of a list":    func() error { return rdb.LPush(ctx, "{btr}:address-key", "1").Err() },
		"of another":   func() error { return rdb.Set(ctx, "{btr}:address-key", "other", 0).Err() },
		"of no length": func() error { return rdb.Set(ctx, "{btr}:address-key", "", 0).Err() },
	} {
		if err := errors.Join(rdb.Del(ctx, "{btr}:address-key").Err(), lose()); err != nil {
			t.Fatal(err)
		}
		if recalled() {
			t.Errorf("the key is %s, and the address is recalled", name)
		}
		if err := purgeAll(ctx, l); err != nil {
			t.Errorf("the key is %s: %v", name, err)
		}
	}
}
