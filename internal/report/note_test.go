// This file tests what bt_note says of rows whose sites other rows have.

package report_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"btrollout/internal/rollout"
)

func TestNote_OtherRowsOfTheSite(t *testing.T) {
	t.Parallel()
	at := &rollout.Place{Batch: "b1", Row: 2, Name: "Paris:2"}
	following, left, cancelled := site(2, rollout.Following), site(3, rollout.Skipped), site(4, rollout.Cancelled)
	following.Elsewhere, left.Elsewhere, cancelled.Elsewhere = at, at, at
	left.LeftAsIs = []rollout.Problem{
		{Code: "site.under-way", Message: rollout.Text{EN: "Do nothing.", FR: "Ne faites rien."}},
		{Code: "site.label-differs", Message: rollout.Text{EN: "It keeps its label.", FR: "Il garde son libellé."}},
	}
	for lang, want := range map[rollout.Lang][]string{
		rollout.English: {
			"Waits until row Paris:2 of batch b1, and all earlier rows of this site, have ended.",
			"site.under-way: Do nothing.\nsite.label-differs: It keeps its label.", "",
		},
		rollout.French: {
			"Attend que soient terminées la ligne Paris:2 du lot b1 et toutes les lignes antérieures de ce site.",
			"site.under-way: Ne faites rien.\nsite.label-differs: Il garde son libellé.", "",
		},
	} {
		b := batch()
		b.Lang, b.State = lang, rollout.Running
		files := write(t, b, following, left, cancelled)
		for where, table := range map[string][][]string{
			"sheet": rows(t, files.XLSX, map[rollout.Lang]string{rollout.English: "All sites", rollout.French: "Tous les sites"}[lang]),
			"CSV":   readCSV(t, files.CSV),
		} {
			if diff := cmp.Diff(want, column(t, table, "bt_note")); diff != "" {
				t.Errorf("%s, %s (-want +got):\n%s", where, lang, diff)
			}
		}
	}
}
