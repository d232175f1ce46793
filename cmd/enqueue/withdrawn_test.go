// This file tests what the command says when its upload was withdrawn meanwhile.

package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/redis/go-redis/v9"

	"btrollout/internal/app"
	"btrollout/internal/config"
	"btrollout/internal/jsonout"
	"btrollout/internal/ledger"
	"btrollout/internal/redistest"
	"btrollout/internal/rollout"
)

// before does something, once, before the first command that names a key.
type before struct {
	key string
	do  func()
}

func (b *before) DialHook(next redis.DialHook) redis.DialHook { return next }

func (b *before) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, cmd redis.Cmder) error {
		for _, arg := range cmd.Args() {
			if do := b.do; do != nil && fmt.Sprint(arg) == b.key {
				b.do = nil
				do()
			}
		}
		return next(ctx, cmd)
	}
}

func (b *before) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return next
}

func TestEnqueue_AWithdrawnUploadIsAnError(t *testing.T) {
	t.Parallel()
	for _, asJSON := range []bool{false, true} {
		url := redistest.InMemory(t)
		worker := ledger.New(redistest.Connect(t, url))
		spool, err := newSpool()
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(spool.close)
		for row := range 3 {
			s := rollout.Site{Row: rollout.RowRef(row + 2)}
			s.Name, s.State = fmt.Sprint("S", row), rollout.Imported
			if err := spool.add(ledger.Entry{Site: s, Claim: true}); err != nil {
				t.Fatal(err)
			}
		}
		var out, errs strings.Builder
		rdb := redistest.Connect(t, url)
		u := &upload{
			flags:   &fileFlags{Wait: true},
			session: &session{flags: sharedFlags{JSON: asJSON, Lang: rollout.English}, screen: screen{out: &out}, stderr: io.Discard},
			account: &account{connection: &connection{rdb: rdb}},
			checked: &checkedFile{preview: newPreview(), spool: spool, batch: rollout.Batch{ID: "b1", Customer: "9999"}},
		}
		rdb.AddHook(&before{key: "{btr}:batch:b1:rows", do: func() {
			if _, err := worker.Withdraw(t.Context(), "b1"); err != nil {
				t.Error(err)
			}
			if done, err := worker.Finish(t.Context(), "b1", 0, "r.xlsx"); err != nil || !done {
				t.Error("Finish:", done, err)
			}
		}})
		done, err := u.enqueue(t.Context())
		exit := app.NewOutput(&out).End("enqueue", &errs, asJSON, done.batch, done.exit, err)
		for _, words := range []string{"b1 was withdrawn", "0 of 3 rows", "enqueue the same file again"} {
			if exit != config.ExitFailed || !strings.Contains(errs.String(), words) {
				t.Errorf("exit %d, without %q:\n%s", exit, words, errs.String())
			}
		}
		if !asJSON {
			continue
		}
		var said jsonout.Error
		if err := json.Unmarshal([]byte(out.String()), &said); err != nil || said.Batch != "b1" || said.Error == "" {
			t.Errorf("as JSON: %s (%v)", out.String(), err)
		}
	}
}
