// What tests may do that users may not: bring their own country data.

package btsim

var NewFrom = newSim
