// The embedded servers answer, stop when told, and leave nothing running.
package embedded_test

import (
	"context"
	"io"
	"net/http"
	"testing"

	"github.com/redis/go-redis/v9"
	"go.uber.org/goleak"

	"btrollout/internal/embedded"
)

func TestRedis(t *testing.T) {
	defer goleak.VerifyNone(t)
	url, stop, err := embedded.Redis()
	if err != nil {
		t.Fatal(err)
	}
	opts, err := redis.ParseURL(url)
	if err != nil {
		t.Fatal(err)
	}
	opts.MaxRetries = -1
	rdb := redis.NewClient(opts)
	defer rdb.Close()
	ctx := context.Background()
	if err := rdb.Set(ctx, "k", "v", 0).Err(); err != nil {
		t.Fatal(err)
	}
	if got := rdb.Get(ctx, "k").Val(); got != "v" {
		t.Errorf("got %q", got)
	}
	stop()
	if err := rdb.Ping(ctx).Err(); err == nil {
		t.Error("it answers after it was stopped")
	}
}

func TestServe(t *testing.T) {
	defer goleak.VerifyNone(t)
	url, stop, err := embedded.Serve(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.WriteString(w, r.URL.Path)
	}))
	if err != nil {
		t.Fatal(err)
	}
	transport := &http.Transport{}
	defer transport.CloseIdleConnections()
	client := &http.Client{Transport: transport}
	res, err := client.Get(url + "/hello")
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(res.Body)
	res.Body.Close()
	if err != nil || string(body) != "/hello" {
		t.Errorf("body %q, %v", body, err)
	}
	stop()
	if res, err := client.Get(url); err == nil {
		res.Body.Close()
		t.Error("it answers after it was stopped")
	}
}
