// This file tests that checked rows come back from disk as they were kept.

package main

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"btrollout/internal/ledger"
	"btrollout/internal/rollout"
)

func TestSpool_EntriesComeBackWhole(t *testing.T) {
	t.Parallel()
	s, err := newSpool()
	if err != nil {
		t.Fatal(err)
	}
	defer s.close()
	site := func(state rollout.State) rollout.Site {
		return rollout.Site{Row: 2, Cells: []string{"x"}, Request: rollout.Request{Name: "S2"}, Progress: rollout.Progress{
			State: state, VoiceSiteID: "vs1", Elsewhere: &rollout.Place{Batch: "b1", Row: 3, Name: "3"},
		}}
	}
	first := ledger.Claim{Batch: "b1", Row: 3}
	want := []ledger.Entry{
		{Site: site(rollout.Imported), Claim: true, Seen: ledger.Claim{Batch: "b1", Row: 3, Version: 4}, Behind: first},
		{Site: site(rollout.Following), Behind: first, Follower: ledger.Claim{Batch: "b2", Row: 5}},
		{Site: site(rollout.Rejected)},
	}
	for _, e := range want {
		if err := s.add(e); err != nil {
			t.Fatal(err)
		}
	}
	for range 2 { // they are read by the preview's report and by the upload
		var got []ledger.Entry
		for e, err := range s.entries() {
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, e)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("entries (-kept +read):\n%s", diff)
		}
	}
}
