// This file tests connections in memory.

package redistest

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"testing"
	"testing/synctest"
	"time"
)

func TestPipe_WritersNeverWait(t *testing.T) {
	t.Parallel()
	near, far := newPipe()
	want := bytes.Repeat([]byte("0123456789"), 100_000)
	for part := range 10 {
		if n, err := near.Write(want[part*len(want)/10 : (part+1)*len(want)/10]); n != len(want)/10 || err != nil {
			t.Fatalf("wrote %d bytes: %v", n, err)
		}
	}
	near.Close()
	got, err := io.ReadAll(far)
	if err != nil || !bytes.Equal(got, want) {
		t.Errorf("%d bytes arrived, of %d: %v", len(got), len(want), err)
	}
	if _, err := far.Write(want); !errors.Is(err, io.ErrClosedPipe) {
		t.Errorf("writing to a closed pipe: %v", err)
	}
	if _, err := near.Read(got); !errors.Is(err, io.ErrClosedPipe) { // after io.EOF, go-redis would try again
		t.Errorf("reading from the end that was closed: %v", err)
	}
}

func TestPipe_Deadline(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		near, far := newPipe()
		began, buffer := time.Now(), make([]byte, 10)
		near.SetDeadline(began.Add(time.Hour))
		if _, err := near.Read(buffer); !errors.Is(err, os.ErrDeadlineExceeded) || time.Since(began) != time.Hour {
			t.Errorf("a read failed after %s: %v", time.Since(began), err)
		}
		near.SetReadDeadline(time.Time{})
		time.AfterFunc(time.Hour, func() { far.Write([]byte("late")) })
		if n, err := near.Read(buffer); string(buffer[:n]) != "late" || err != nil {
			t.Errorf("read %q: %v", buffer[:n], err)
		}
		time.AfterFunc(time.Hour, func() { near.SetReadDeadline(time.Now()) })
		if _, err := near.Read(buffer); !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("a read without a deadline that got one: %v", err)
		}
	})
}

func TestPipe_Abort(t *testing.T) {
	t.Parallel()
	near, far := newPipe()
	near.Write([]byte("lost"))
	near.abort()
	if got, err := io.ReadAll(far); len(got) > 0 || err != nil {
		t.Errorf("%q arrived after the pipe was cut: %v", got, err)
	}
}

// TestVirtual_PingsOfSubscriptions holds that subscriptions answer pings as the server does.
func TestVirtual_PingsOfSubscriptions(t *testing.T) {
	t.Parallel()
	var answers []string
	for _, all := range []bool{true, false} {
		r := StartVirtual(t, VirtualOptions{AllCommands: all})
		c, err := r.subscribe()
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		buffer := make([]byte, 1000)
		for _, command := range []string{"*2\r\n$9\r\nsubscribe\r\n$1\r\nc\r\n", ping} {
			before := r.Commands()
			if _, err := c.Write([]byte(command)); err != nil {
				t.Fatal(err)
			}
			n, err := c.Read(buffer)
			if err != nil {
				t.Fatal(err)
			}
			if command == ping {
				answers = append(answers, string(buffer[:n]))
				if carried := r.Commands() > before; carried != all {
					t.Errorf("with AllCommands %v, the server got the ping: %v", all, carried)
				}
			}
		}
		rdb := r.Connect(t, nil)
		sub := rdb.Subscribe(context.Background(), "c")
		if err := sub.Ping(context.Background()); err != nil {
			t.Error(err)
		}
		sub.Close()
	}
	if answers[0] != answers[1] {
		t.Errorf("the server answers %q, the client by itself %q", answers[0], answers[1])
	}
}
