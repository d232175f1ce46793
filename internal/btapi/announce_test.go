// Tests that an address, like an order, is announced right before it is sent, and is
// not sent too late.

package btapi_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"btrollout/internal/btapi"
)

func TestPutAddress_AnnouncedBeforeEachSending(t *testing.T) {
	t.Parallel()
	b := newBundle(t)
	var events []string
	b.pace.onWait = func(context.Context) error {
		events = append(events, "slot")
		b.clock.advance(time.Hour) // the wait for the slot does not count against send-before
		return nil
	}
	b.mux.HandleFunc(addressPath, func(w http.ResponseWriter, _ *http.Request) {
		events = append(events, "sent")
		if strings.Count(strings.Join(events, " "), "sent") == 1 {
			w.WriteHeader(http.StatusUnauthorized)
			io.WriteString(w, array(42))
		}
	})
	err := b.PutAddress(t.Context(), "9999", "vs1", map[string]string{"a3": "Lyon"}, func(ctx context.Context) (time.Time, error) {
		events = append(events, "announced")
		return b.aMinute(ctx)
	})
	if got := strings.Join(events, "|"); err != nil || got != "slot|slot|announced|sent|slot|slot|announced|sent" {
		t.Errorf("%s, %v", got, err)
	}
}

func TestPutAddress_NotSentWithoutAnnouncementOrTooLate(t *testing.T) {
	t.Parallel()
	b := newBundle(t)
	b.mux.HandleFunc("/", func(http.ResponseWriter, *http.Request) { t.Error("the address was sent") })
	put := func(announce btapi.Announcement) error {
		return b.PutAddress(t.Context(), "9999", "vs1", map[string]string{"a3": "Lyon"}, announce)
	}
	lost := errors.New("another row has the voicesite")
	if err := put(func(context.Context) (time.Time, error) { return time.Time{}, lost }); !errors.Is(err, lost) {
		t.Errorf("got %v, want the error of the announcement", err)
	}
	err := put(func(context.Context) (time.Time, error) { return b.clock.Now(), nil })
	if e := failure(t, err); !errors.Is(err, btapi.ErrTooLate) || e.Unknown {
		t.Errorf("unknown %v, %v; want ErrTooLate", e.Unknown, err)
	}
}

// The body is asked for when the time to send is over.
func TestPutAddress_TooLateAtTheFirstByte(t *testing.T) {
	t.Parallel()
	var b *bundle
	b = onStage(t, func(r *http.Request) (*http.Response, error) {
		b.clock.advance(time.Minute)
		if n, err := r.Body.Read(make([]byte, 100)); n != 0 || !errors.Is(err, btapi.ErrTooLate) {
			t.Errorf("the body gave %d bytes, %v", n, err)
		}
		return nil, errors.New("no body")
	})
	err := b.PutAddress(t.Context(), "9999", "vs1", map[string]string{"a3": "Lyon"}, b.aMinute)
	if e := failure(t, err); !errors.Is(err, btapi.ErrTooLate) || e.Unknown {
		t.Errorf("unknown %v, %v; want ErrTooLate", e.Unknown, err)
	}
}
