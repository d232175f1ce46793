// This file tests damaged records: they stop no other batch, and what is damaged is shown.

package jobs_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/redis/go-redis/v9"

	"btrollout/internal/btsim"
	"btrollout/internal/jobs"
	"btrollout/internal/ledger"
	"btrollout/internal/rollout"
	"btrollout/internal/simtest"
)

// damage is something that happens to a record of a batch with the rows row and row+1.
type damage func(ctx context.Context, rdb *redis.Client, batch string, row rollout.RowRef) error

// damages are those of each key of a batch: deleted, of another type, and each field
// cut, empty and deleted.
func damages() map[string]damage {
	all := map[string]damage{}
	for _, key := range []string{"", ":rows", ":sites", ":counts", ":countries", ":open", ":followers"} {
		all["deleted"+key] = func(ctx context.Context, rdb *redis.Client, batch string, _ rollout.RowRef) error {
			return rdb.Del(ctx, "{btr}:batch:"+batch+key).Err()
		}
		all["another type"+key] = func(ctx context.Context, rdb *redis.Client, batch string, _ rollout.RowRef) error {
			return errors.Join(rdb.Del(ctx, "{btr}:batch:"+batch+key).Err(), rdb.LPush(ctx, "{btr}:batch:"+batch+key, "x").Err())
		}
	}
	for key, fields := range map[string][]string{
		"": {"meta", "state", "entered", "touched"}, ":rows": {"ROW"}, ":sites": {"ROW"}, ":counts": {"imported"},
	} {
		for _, field := range fields {
			change := func(how func(was string) string) damage {
				return func(ctx context.Context, rdb *redis.Client, batch string, row rollout.RowRef) error {
					field := strings.ReplaceAll(field, "ROW", fmt.Sprint(row))
					was, err := rdb.HGet(ctx, "{btr}:batch:"+batch+key, field).Result()
					return errors.Join(err, rdb.HSet(ctx, "{btr}:batch:"+batch+key, field, how(was)).Err())
				}
			}
			all["cut"+key+" "+field] = change(func(was string) string { return was[:len(was)*2/3] })
			all["empty"+key+" "+field] = change(func(string) string { return "" })
			all["garbage"+key+" "+field] = change(func(string) string { return "\x00x" })
			all["missing"+key+" "+field] = func(ctx context.Context, rdb *redis.Client, batch string, row rollout.RowRef) error {
				return rdb.HDel(ctx, "{btr}:batch:"+batch+key, strings.ReplaceAll(field, "ROW", fmt.Sprint(row))).Err()
			}
		}
	}
	all["cut:countries"] = func(ctx context.Context, rdb *redis.Client, batch string, _ rollout.RowRef) error {
		return rdb.Set(ctx, "{btr}:batch:"+batch+":countries", "[{", 0).Err()
	}
	all["garbage:open"] = func(ctx context.Context, rdb *redis.Client, batch string, _ rollout.RowRef) error {
		return rdb.ZAdd(ctx, "{btr}:batch:"+batch+":open", redis.Z{Score: 1, Member: "x"}).Err()
	}
	return all
}

func TestDamage_OneDamagedRecordStopsNobodyElse(t *testing.T) {
	t.Parallel()
	onEachRedis(t, func(t *testing.T, on servers) {
		ctx := t.Context()
		r := on.newRig(t, btsim.Options{}, nil)
		r.config.Log = slog.New(slog.NewTextHandler(io.Discard, nil))
		names := map[string]string{} // of damages, by batch
		row := 2
		two := func() []rollout.Site {
			row += 2
			return []rollout.Site{site(row - 2), site(row - 1)}
		}
		for _, name := range slices.Sorted(maps.Keys(damages())) {
			batch := fmt.Sprint("d", len(names))
			names[batch] = name
			first := row
			r.submit(batch, two()...)
			if err := damages()[name](ctx, r.rdb, batch, rollout.RowRef(first)); err != nil {
				t.Fatal(name, err)
			}
		}
		r.submit("good", two()...)
		// What all batches share.
		err := errors.Join(
			r.rdb.SAdd(ctx, "{btr}:batches:open", "vanished").Err(),
			r.rdb.Set(ctx, "{btr}:since", "x", 0).Err(),
			r.rdb.LPush(ctx, "{btr}:duty:sweep", "x").Err(),
			r.rdb.Set(ctx, "{btr}:survey:"+r.sim.Credentials().CustomerCode, "x", 0).Err(),
		)
		if err != nil {
			t.Fatal(err)
		}
		stop := r.startWorker()
		b := r.wait("good", isDone)
		if b.Counts[rollout.Provisioned] != 2 || b.Report == "" {
			t.Errorf("the good batch ended as %v", b.Counts)
		}
		for batch, name := range names {
			var b rollout.Batch
			r.wait("good", func(rollout.Batch) bool {
				b, err = r.ledger.Batch(ctx, batch)
				return b.State == rollout.Done && err == nil || b.State == rollout.Damaged && errors.Is(err, ledger.ErrDamaged)
			})
			if b.State == rollout.Damaged {
				mends := slices.ContainsFunc([]string{"cut:sites", "cut:rows", ":counts", ":open"},
					func(part string) bool { return strings.Contains(name, part) })
				if b.Reason == "" || mends {
					t.Errorf("%s: damaged for %q", name, b.Reason)
				}
				continue
			}
			// Each row stands in the report once, as counted; the damaged one with what to do.
			counts := map[rollout.State]int{}
			for row, s := range r.sites(batch) {
				counts[s.State]++
				if s.State == rollout.Review && (len(s.Problems) != 1 || s.Problems[0].Code != ledger.CodeDamaged) {
					t.Errorf("%s: row %s has %+v", name, row, s.Problems)
				}
			}
			if !maps.Equal(counts, b.Counts) || b.Rows() != 2 || b.Counts[rollout.Provisioned]+b.Counts[rollout.Review] != 2 || b.Report == "" {
				t.Errorf("%s: ended as %v, with sites %v", name, b.Counts, counts)
			}
			if strings.Contains(name, ":sites ROW") && b.Counts[rollout.Review] != 1 {
				t.Errorf("%s: ended as %v", name, b.Counts)
			}
		}
		stop()
		list, err := r.ledger.Batches(ctx)
		if err != nil || len(list) != len(names)+1 {
			t.Errorf("%d batches are listed, want %d (%v)", len(list), len(names)+1, err)
		}
		r.judge("good")
	})
}

// When the record of who follows whom is damaged, rows that wait still come to their turn, the newest
// row comes last, and a row that comes to its turn after that one changes nothing.
func TestDamage_Followers(t *testing.T) {
	follower := func(text string) damage {
		return func(ctx context.Context, rdb *redis.Client, batch string, row rollout.RowRef) error {
			return rdb.HSet(ctx, "{btr}:batch:"+batch+":followers", int(row), strings.ReplaceAll(text, "SELF", fmt.Sprint(batch, "/", row))).Err()
		}
	}
	all := []damage{
		damages()["deleted:followers"], damages()["another type:followers"], follower(""), follower("x"), follower("x/y"),
		follower("gone/-2"), follower("gone/2"), follower("SELF"),
	}
	virtually(t, func(t *testing.T) {
		r := newSlowRig(t, &simtest.Gate{})
		r.lookSeldom(30 * time.Second)
		stop := r.startWorker()
		id := func(damage, rows, upload int) string { return fmt.Sprintf("d%d-%d-%d", damage, rows, upload) }
		row := func(damage, rows int) int { return 10*(damage+1) + rows }
		each := func(do func(damage, rows int)) {
			for damage := range all {
				do(damage, 2)
				do(damage, 3)
			}
		}
		each(func(d, rows int) { r.submit(id(d, rows, 1), site(row(d, rows))) })
		each(func(d, rows int) { r.ordered(id(d, rows, 1)) })
		want, numbers := map[string]string{}, map[string]string{}
		each(func(d, rows int) {
			r.submit(id(d, rows, 2), atNumber(row(d, rows), "7"))
			if err := all[d](t.Context(), r.rdb, id(d, rows, 1), rollout.RowRef(row(d, rows))); err != nil {
				t.Fatal(err)
			}
			want[id(d, rows, 1)], want[id(d, rows, 2)], numbers[site(row(d, rows)).Name] = "provisioned", "provisioned", "7"
			if rows == 3 {
				r.submit(id(d, rows, 3), atNumber(row(d, rows), "9"))
				want[id(d, rows, 2)], want[id(d, rows, 3)], numbers[site(row(d, rows)).Name] = "rejected site.taken", "provisioned", "9"
			}
		})
		time.Sleep(65 * time.Minute) // the delivery, and until the rows look by themselves
		got := map[string]string{}
		for batch := range want {
			r.wait(batch, isDone)
			for _, s := range r.sites(batch) {
				got[batch] = strings.Join(append([]string{string(s.State)}, rollout.Codes(s.Problems)...), " ")
			}
		}
		stop()
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("-want +got:\n%s", diff)
		}
		books := map[string]string{}
		for _, v := range r.sim.Stats().Voicesites {
			books[v.TechnicalSiteName] = v.Address["hno"]
		}
		if diff := cmp.Diff(numbers, books); diff != "" || r.orders() != len(numbers) {
			t.Errorf("%d orders for %d sites; house numbers -want +got:\n%s", r.orders(), len(numbers), diff)
		}
	})
}

// The lists of batches are made again from the batches.
func TestDamage_ListsOfBatchesAreMadeAnew(t *testing.T) {
	t.Parallel()
	onEachRedis(t, func(t *testing.T, on servers) {
		r := on.newRig(t, btsim.Options{}, nil)
		r.submit("b", site(2))
		r.submit("b2", site(3))
		err := errors.Join(
			r.rdb.Del(t.Context(), "{btr}:batches", "{btr}:batches:open").Err(),
			r.rdb.Set(t.Context(), "{btr}:batches", "x", 0).Err(),
		)
		if err != nil {
			t.Fatal(err)
		}
		stop := r.startWorker()
		r.wait("b", isDone)
		r.wait("b2", isDone)
		stop()
		if list, err := r.ledger.Batches(t.Context()); err != nil || len(list) != 2 {
			t.Errorf("listed: %v (%v)", list, err)
		}
	})
}

// A site of which an earlier batch knows more than can be read is not ordered.
func TestRecognise_ASiteOfADamagedBatchIsRejected(t *testing.T) {
	t.Parallel()
	for name, field := range map[string]string{"cut": "meta", "missing": "", "its claim": "claim"} {
		runVirtually(t, name, func(t *testing.T) {
			rdb := newMemoryRedis(t).Connect(t, nil)
			u := upload{ledger.New(rdb), jobs.NewQueue(rdb), rollout.Batch{ID: "b1", Customer: "9999"}}
			if err := u.submit(t.Context(), rows(1, func(int) error { return nil }), nil); err != nil {
				t.Fatal(err)
			}
			var err error
			switch field {
			case "claim":
				err = rdb.HSet(t.Context(), "{btr}:claims:9999", "site-002", "b1").Err()
			case "":
				err = rdb.Del(t.Context(), "{btr}:batch:b1").Err()
			default:
				err = errors.Join(rdb.Del(t.Context(), "{btr}:batch:b1").Err(), rdb.HSet(t.Context(), "{btr}:batch:b1", field, "{").Err())
			}
			if err != nil {
				t.Fatal(err)
			}
			entries, err := jobs.Recognise(t.Context(), u.Ledger, "9999", []rollout.Site{site(2), site(3)})
			if err != nil || entries[1].Site.State != rollout.Imported ||
				entries[0].Site.State != rollout.Rejected || entries[0].Site.Problems[0].Code != ledger.CodeDamaged {
				t.Errorf("recognised %+v, %v", entries, err)
			}
		})
	}
}

// TestDamage_DeletedClaims: a site whose claim somebody deletes is not ordered again under
// another spelling, and goes on.
func TestDamage_DeletedClaims(t *testing.T) {
	virtually(t, func(t *testing.T) {
		r := newVirtualRig(t, btsim.Options{DeliveryMin: time.Hour, DeliveryMax: time.Hour}, nil)
		forget := func() {
			if err := r.rdb.Del(t.Context(), "{btr}:claims:"+r.sim.Credentials().CustomerCode).Err(); err != nil {
				t.Fatal(err)
			}
		}
		r.submit("b1", named(2, spellings[0]))
		forget()
		stop := r.startWorker()
		r.wait("b1", func(b rollout.Batch) bool { return b.Counts[rollout.Ordered] == 1 })
		forget()
		r.submit("b2", named(2, spellings[1]))
		r.wait("b2", isDone)
		stop()
		r.ended("b2", "2", rollout.Skipped, "")
		if n := r.orders(); n != 1 {
			t.Errorf("%d orders", n)
		}
	})
}

// A site of which it is lost what its row asked can be given up and uploaded again; its
// voicesite is found in the account.
func TestDamage_ARowThatIsLostCanBeUploadedAgain(t *testing.T) {
	t.Parallel()
	for name, ended := range map[string]bool{"it was provisioned": true, "it was under way": false} {
		runVirtually(t, name, func(t *testing.T) {
			r := newVirtualRig(t, instantly, nil)
			lose := func() {
				if err := r.rdb.HDel(t.Context(), "{btr}:batch:b1:rows", "2").Err(); err != nil {
					t.Fatal(err)
				}
			}
			r.submit("b1", site(2))
			if !ended {
				lose()
			}
			stop := r.startWorker()
			r.wait("b1", isDone)
			if ended {
				lose()
			} else {
				r.ended("b1", "2", rollout.Review, ledger.CodeDamaged)
				_, err := jobs.Resolve(t.Context(), r.ledger, r.queue, "b1", 2, jobs.Resolution{OrderAgain: true})
				if !errors.Is(err, jobs.ErrRowLost) {
					t.Errorf("ordering nobody knows what: %v", err)
				}
				r.submit("b2", site(2))
				r.wait("b2", isDone)
				r.ended("b2", "2", rollout.Rejected, jobs.CodeInReview, "batch resolve b1 2")
				if _, err := jobs.Resolve(t.Context(), r.ledger, r.queue, "b1", 2, jobs.Resolution{Fail: true}); err != nil {
					t.Fatal(err)
				}
			}
			r.submit("b3", movedSite(2))
			r.wait("b3", isDone)
			stop()
			r.ended("b3", "2", rollout.Provisioned, "")
			r.judge("b3")
		})
	}
}

// A batch whose counts were deleted looks as if all its sites had ended. The sweep that
// mends it does nothing else for it.
func TestDamage_DeletedCountsCloseNoBatch(t *testing.T) {
	virtually(t, func(t *testing.T) {
		r := newVirtualRig(t, btsim.Options{DeliveryMin: time.Hour, DeliveryMax: time.Hour}, nil)
		closes := &commandsWith{text: "batch:close:b"}
		r.config.Redis = r.connect(t)
		r.config.Redis.AddHook(closes)
		r.submit("b", sitesFrom(3)...)
		stop := r.startWorker()
		r.wait("b", func(b rollout.Batch) bool { return b.Counts[rollout.Ordered] == 3 })
		if err := r.rdb.Del(t.Context(), "{btr}:batch:b:counts").Err(); err != nil {
			t.Fatal(err)
		}
		r.wait("b", func(b rollout.Batch) bool { return b.Counts[rollout.Ordered] == 3 })
		stop()
		if n := closes.n.Load(); n > 0 {
			t.Errorf("%d commands concern the end of a batch whose sites have not ended", n)
		}
	})
}

// commandsWith counts the commands of a client that contain a text.
type commandsWith struct {
	text string
	n    atomic.Int32
}

func (c *commandsWith) DialHook(next redis.DialHook) redis.DialHook { return next }

func (c *commandsWith) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, cmd redis.Cmder) error {
		if strings.Contains(fmt.Sprint(cmd.Args()...), c.text) {
			c.n.Add(1)
		}
		return next(ctx, cmd)
	}
}

func (c *commandsWith) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return next
}
