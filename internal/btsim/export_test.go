// What only tests may do: bring their own country data.

package btsim

import (
	"io/fs"

	"btrollout/internal/btsim/countries"
)

// NewFrom is New with the country data of the files in data.
func NewFrom(options Options, data fs.FS) (*Sim, error) {
	all, err := countries.Load(data)
	if err != nil {
		return nil, err
	}
	return newSim(options, all)
}
