// This file tests permits: until when calls may be begun.

package btapi_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"testing"

	"btrollout/internal/btapi"
)

// A call whose permit ends while it waits for its slot, or before that, is not made.
func TestWithPermit(t *testing.T) {
	t.Parallel()
	held := errors.New("held up")
	for name, waits := range map[string]bool{"before": false, "while it waits": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBundle(t)
			calls := 0
			b.mux.HandleFunc("/me", func(w http.ResponseWriter, _ *http.Request) {
				calls++
				io.WriteString(w, `{"profile":"x"}`)
			})
			permit := btapi.NewPermit()
			ctx := btapi.WithPermit(t.Context(), permit)
			if _, err := b.Me(ctx); err != nil {
				t.Fatal(err)
			}
			b.pace.onWait = func(ctx context.Context) error {
				permit.End(held)
				permit.End(errors.New("once only"))
				if waits {
					<-ctx.Done()
				}
				return ctx.Err()
			}
			before := calls
			_, err := b.Me(ctx)
			if !errors.Is(err, held) || errors.As(err, new(*btapi.Error)) {
				t.Errorf("the error is %v", err)
			}
			if calls != before {
				t.Errorf("%d calls were made", calls-before)
			}
		})
	}
}

// Urgent calls come before those that are not.
func TestWithUrgency(t *testing.T) {
	t.Parallel()
	b := newBundle(t)
	b.mux.HandleFunc("/me", func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, `{"profile":"x"}`) })
	for _, ctx := range []context.Context{t.Context(), btapi.WithUrgency(t.Context())} {
		if _, err := b.Me(ctx); err != nil {
			t.Fatal(err)
		}
	}
	if n := len(b.pace.ranks); b.pace.ranks[n-1] >= b.pace.ranks[n-2] {
		t.Errorf("the ranks are %v", b.pace.ranks)
	}
}
