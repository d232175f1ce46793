// Package btsim simulates the Business Talk API, for practice and tests. It is written from the
// contract (docs/api.md) and the Business Talk getting started guide, never from package btapi,
// which it tests: it decodes strictly, refuses what the API would refuse, and records every call
// and order in its books ([Stats]).
//
// [New] makes a simulated account, and [Sim.Handler] serves it. All it does follows from its
// [Options] and the calls that it gets. It has no goroutine of its own: the state of an order is
// a function of the clock.
//
// A call passes layers, from the outside in: books, faults, rate, token, headers, API key; then
// its own handler. A handler returns nil or a refusal, and serve writes the refusal. All state
// is guarded by one lock.
//
// On purpose, it can fail ([Faults]) and give false answers ([Breaks]). Each [Kind] has dice of
// its own, which the seed decides. They stay in this package because they change orders, lists,
// tokens and answers under the lock. Package countries has the data of the countries and judges
// addresses.
package btsim
