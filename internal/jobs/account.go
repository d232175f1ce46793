// What a survey of the account says about one site, and which survey is recent enough for
// it. Before a first order, and when the answer to an order was lost, sites read a survey
// and do not ask the API. How a survey is made is in survey.go.

package jobs

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"btrollout/internal/btapi"
	"btrollout/internal/identity"
	"btrollout/internal/rollout"
)

// What a survey's fields are called in the ledger.
const (
	fieldNamed   = "n:"      // followed by identity.Alike of a technicalSiteName: JSON of the orders of names like it
	fieldUnder   = "o:"      // followed by a customerOrderReference: JSON of its orders that are not found by their name
	fieldSites   = "v:"      // followed by identity.Alike of a technicalSiteName: JSON of the voicesites, and who made them
	fieldRefused = "refused" // JSON of the refusal, if a list cannot be read
	fieldMoving  = "moving"  // "true" if a list moved faster than it could be read
)

// holding is what an account holds that may be one site's.
type holding struct {
	orders  []btapi.Order // of a name like its own, or under its reference
	sites   []madeSite    // of a name like its own
	refused *listRefusal  // nil: both lists were read to their end
	moving  bool          // a list moved faster than it could be read, so that the survey may lack some
}

// madeSite is a voicesite, and the order that made it, as far as the orders tell.
type madeSite struct {
	Site      btapi.VoiceSite `json:"site"`
	OrderID   string          `json:"order,omitempty"`
	Reference string          `json:"reference,omitempty"`
}

// listRefusal says that the API does not show a list.
type listRefusal struct {
	Words     string `json:"words"`
	RequestID string `json:"request,omitempty"`
}

// earliestSurvey is when a survey must have begun, at the earliest, for a site to be ordered by
// it: after the batch was created, after the row stopped following another one or a person had it
// tried again, and, in a ledger
// that is new or whose Redis was restarted, after Config.RecoveryDelay, when orders that were sent
// before are visible.
func (w *Worker) earliestSurvey(b rollout.Batch, s rollout.Site) time.Time {
	earliest := w.earliestSurveyOf(b)
	if s.SurveyFrom != nil {
		earliest = later(earliest, *s.SurveyFrom)
	}
	return earliest
}

// earliestSurveyOf is earliestSurvey for the sites of a batch that have no time of their own.
func (w *Worker) earliestSurveyOf(b rollout.Batch) time.Time {
	return later(b.Entered, b.LedgerSince.Add(w.RecoveryDelay))
}

// earliestAddress is when the addresses have arrived that were sent before the ledger began, or
// its Redis was restarted, and of which it may know nothing.
func (w *Worker) earliestAddress(b rollout.Batch) time.Time {
	return b.LedgerSince.Add(w.RecoveryDelay - w.Settle)
}

// holdingFor returns what the account holds that may be a site's, by a survey that began
// at since or later. If there is none, this worker or another one makes it.
func (w *Worker) holdingFor(ctx context.Context, b rollout.Batch, s rollout.Site, since time.Time) (holding, error) {
	alike := identity.Alike(s.Name)
	fields := []string{fieldNamed + alike, fieldSites + alike, fieldRefused, fieldMoving}
	for _, reference := range identity.References(b.Customer, s.Request) {
		fields = append(fields, fieldUnder+reference)
	}
	began, values, err := w.Ledger.LastSurvey(ctx, b.Customer, fields...)
	if err != nil {
		return holding{}, err
	}
	if !began.IsZero() && !began.Before(since) {
		h, err := readHolding(values)
		if err != nil { // it is made again
			err = errors.Join(err, w.Ledger.DropSurvey(ctx, b.Customer))
		}
		return h, err
	}
	isBreak := !since.After(w.earliestSurveyOf(b))
	if early := since.Sub(w.Now()); early > 0 {
		const reason = "Redis is new or was restarted; what was ordered before must become visible first"
		return holding{}, &waitError{delay: early, isBreak: isBreak, reason: reason}
	}
	if wait, err := w.furtherSurvey(ctx, b.Customer); wait != nil || err != nil {
		if wait != nil {
			wait.isBreak = isBreak
		}
		return holding{}, cmp.Or(err, error(wait))
	}
	return w.holdingFor(ctx, b, s, since)
}

// indexSurvey makes a survey's fields of all orders and voicesites of an account.
func indexSurvey(customer string, orders []btapi.Order, sites []btapi.VoiceSite) (map[string]string, error) {
	named, under := map[string][]btapi.Order{}, map[string][]btapi.Order{}
	makers := map[string]btapi.Order{} // by the voiceSiteId that they name
	for _, o := range orders {
		if o.VoiceSiteID != "" && !o.Failed() {
			makers[o.VoiceSiteID] = o
		}
		name := o.Parameters.TechnicalSiteName
		if name != "" {
			named[identity.Alike(name)] = append(named[identity.Alike(name)], o)
		}
		// An API may call a site otherwise than it was ordered: the reference says whose it is.
		if name == "" || identity.IsOwn(o.CustomerOrderReference) && !identity.IsOwnOf(o.CustomerOrderReference, customer, name) {
			under[o.CustomerOrderReference] = append(under[o.CustomerOrderReference], o)
		}
	}
	made := map[string][]madeSite{}
	for _, v := range sites {
		maker, alike := makers[v.VoiceSiteID], identity.Alike(v.TechnicalSiteName)
		made[alike] = append(made[alike], madeSite{v, maker.OrderID, maker.CustomerOrderReference})
	}
	fields := map[string]string{}
	err := errors.Join(
		encodeFields(fields, fieldNamed, named), encodeFields(fields, fieldUnder, under), encodeFields(fields, fieldSites, made))
	if err != nil {
		return nil, fmt.Errorf("indexing the survey of customer %s: %w", customer, err)
	}
	return fields, nil
}

// readHolding reads the fields of a survey that holdingFor asked for. An order may stand
// under several of them.
func readHolding(values []string) (holding, error) {
	var h holding
	into := []any{&h.orders, &h.sites, &h.refused, &h.moving}
	var under [identity.MostReferences][]btapi.Order
	for i := range under {
		into = append(into, &under[i])
	}
	for i, value := range values {
		if value == "" {
			continue
		}
		if err := json.Unmarshal([]byte(value), into[i]); err != nil {
			return holding{}, fmt.Errorf("the survey of the account cannot be read: %w", err)
		}
	}
	h.add(slices.Concat(under[:]...))
	return h, nil
}

// add adds orders; one that the holding has already is replaced.
func (h *holding) add(orders []btapi.Order) {
	for _, o := range orders {
		h.orders = slices.DeleteFunc(h.orders, func(k btapi.Order) bool {
			return k.OrderID == o.OrderID && (o.OrderID != "" || k.VoiceSiteID == o.VoiceSiteID)
		})
		h.orders = append(h.orders, o)
	}
}
