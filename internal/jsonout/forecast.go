// This file holds what is printed of the time that a planned batch takes.

package jsonout

import "btrollout/internal/progress"

// Forecast is what batch forecast prints.
type Forecast struct {
	Schema      Schema         `json:"schema"`
	File        string         `json:"file,omitempty"` // name of the rollout file, without its folder; left out with `--sites`
	Rows        int            `json:"rows"`           // number of rows that the forecast counts: those that can be ordered or get an address
	Rejected    int            `json:"rejected"`       // number of rows that were left out, because they cannot be read
	Orders      int            `json:"orders"`         // number of sites to order
	AddressOnly int            `json:"addressOnly"`    // number of sites that only need their address
	Calls       int            `json:"calls"`          // number of API calls that are expected
	Rate        string         `json:"rate"`           // the rate of calls that the forecast uses; "": none is known
	Quotas      []Quota        `json:"quotas"`         // quotas of the API contract and their use
	OpenBatches int            `json:"openBatches"`    // number of open batches, which share the budget
	Worker      bool           `json:"worker"`         // whether a worker is running; without one, times count from when one is
	Left        *progress.Left `json:"left,omitempty"` // time until the batch is done, if it is enqueued now; left out if that is not known
	// Time until its last order is sent; left out if that is not known. If `unknown` is `deliveries`, it is the
	// time without the addresses that are sent before.
	LastOrder *progress.Left   `json:"lastOrder,omitempty"`
	Unknown   progress.Unknown `json:"unknown,omitempty"` // why `left` is left out: `deliveries`, `paused`, `range`, `never` or `budget`
}
