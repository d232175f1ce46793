// This file tests that what the command says of a single one is in the singular.

package main

import (
	"regexp"
	"testing"

	"btrollout/internal/app"
	"btrollout/internal/rollout"
)

// oneOfMany is a 1 before a plural, in either language.
var oneOfMany = regexp.MustCompile(`\b1 (more |autres? )?\p{L}*s\b`)

func TestMessages_OfOne(t *testing.T) {
	t.Parallel()
	b := rollout.Batch{ID: "b", Counts: map[rollout.State]int{rollout.Imported: 1}}
	values := []string{"Vaud"}
	for name, text := range map[string]rollout.Text{
		"sayHeader": sayHeader("FR", 1, 5, values), "saySheetsUnread": saySheetsUnread(1), "sayRowsLeftOut": sayRowsLeftOut(1),
		"sayHidden": sayHidden(1), "sayMoreRows": sayMoreRows(1, true), "sayNoted": sayNoted(1),
		"sayHeader without names": sayHeader("", 2, 1, nil), "sayChecked": sayChecked(2, 2, 0, unverifiedRows{1, values}),
		"wordRows": wordRows(values, 1), "saySheetsUnreadFor": saySheetsUnreadFor(values, 1, asSaid("x")),
		"sayRowsLeftOutFor": sayRowsLeftOutFor(values, 1, asSaid("x")),
		"sayEnqueued":       sayEnqueued(b), "sayBooks": sayBooks(1, 1, 1, 1),
		"sayPlaces": sayPlaces("a1", 1, asSaid("Vaud")), "sayPlacesWithin": sayPlacesWithin("a3", values, values),
		"writtenRows": asSaid(writtenRows(b, 1, true)), "tellEnqueued": asSaid(tellEnqueued(b)),
		"errStoppedHere": asSaid(errStoppedHere(1, "r.xlsx").Error()),
		"app.Withdrawn":  app.Withdrawn(rollout.Batch{Uploaded: 2, Counts: b.Counts}),
	} {
		for _, lang := range []rollout.Lang{rollout.English, rollout.French} {
			if said := text.In(lang); oneOfMany.MatchString(said) {
				t.Errorf("%s: %s", name, said)
			}
		}
	}
}
