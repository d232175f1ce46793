// This file tests processes that keep to different limits.

package app_test

import (
	"strings"
	"testing"
	"time"

	"btrollout/internal/app"
	"btrollout/internal/config"
	"btrollout/internal/redistest"
	"btrollout/internal/throttle"
)

func TestDifferentLimitsAreTold(t *testing.T) {
	t.Parallel()
	rdb := redistest.Connect(t, redistest.InMemory(t))
	with := func(rate, quota string) *app.Access {
		t.Helper()
		a, err := app.NewAccess(config.API{
			URL: "http://localhost/v1", TokenURL: "http://localhost/token", Rate: rate, Quota: quota, Timeout: time.Second,
			Secrets: config.Secrets{ClientID: "a", ClientSecret: "b", APIKey: "c"},
		}, rdb)
		if err != nil {
			t.Fatal(err)
		}
		return a
	}
	if said := with("20/s", "60/h").Disagreement(t.Context()); said != "" {
		t.Errorf("nobody has called yet, and %q", said)
	}
	other := throttle.New(rdb, throttle.Rate{Calls: 20, Per: time.Second}, throttle.Rate{Calls: 60, Per: time.Hour})
	if err := other.Wait(t.Context(), 0); err != nil {
		t.Fatal(err)
	}
	if said := with("20/s", "60/h").Disagreement(t.Context()); said != "" {
		t.Errorf("the same limits: %q", said)
	}
	for _, c := range []struct{ rate, quota, says string }{
		{"20/s", "", "keeps to BT_RATE 20/s and no BT_QUOTA, and the one that called the API last kept to BT_RATE 20/s and BT_QUOTA 60/h:"},
		{"10/s", "60/h", "keeps to BT_RATE 10/s and BT_QUOTA 60/h,"},
		{"20/s", "60/h,900/d", "BT_QUOTA 60/h,900/d,"},
	} {
		if said := with(c.rate, c.quota).Disagreement(t.Context()); !strings.Contains(said, c.says) {
			t.Errorf("%s %s: %q does not say %q", c.rate, c.quota, said, c.says)
		}
	}
}
