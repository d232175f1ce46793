// This file tests voicesites that are deleted.

package btsim_test

import (
	"net/http"
	"strings"
	"testing"

	"btrollout/internal/btsim"
)

// A voicesite that was deleted is known to no call; its order still tells that it was
// delivered, and its name is free.
func TestSim_DeleteVoicesite(t *testing.T) {
	t.Parallel()
	b := newBench(t, btsim.Options{UniqueNames: true})
	path := b.site("FR")
	before := b.sim.Stats().Voicesites[0]
	if !b.sim.DeleteVoicesite(before.VoiceSiteID) || b.sim.DeleteVoicesite(before.VoiceSiteID) || b.sim.DeleteVoicesite("none") {
		t.Error("a voicesite can be deleted once, and one that does not exist cannot")
	}
	b.get(path).refused(http.StatusNotFound, 60, "voicesite")
	b.get(strings.TrimSuffix(path, "/voiceaddress")).refused(http.StatusNotFound, 60, "voicesite")
	b.call(http.MethodPut, path, text(good["FR"])).refused(http.StatusNotFound, 60, "voicesite")
	var list []any
	b.get(b.mine+"/voicesites").into(http.StatusOK, &list)
	var order struct{ VoiceSiteID, Status string }
	b.get(b.mine+"/orders/"+before.OrderID).into(http.StatusOK, &order)
	if len(list)+len(b.sim.Stats().Voicesites) > 0 || order.VoiceSiteID != before.VoiceSiteID || order.Status != "delivered" {
		t.Errorf("the list has %v, the order is %+v", list, order)
	}
	b.order("again", before.TechnicalSiteName, "FR", europe)
}
