// Package schedule says when a batch may order.
//
// A [Schedule] is open while one of its windows is open, from its start time on. A [Window], such as
// "mon-fri 22:00-06:00 Europe/Paris", opens and closes on the wall clock of its time zone. For every date
// on which it opens, it is the interval from the moment of its opening edge to the moment of its closing edge.
//
// The moment of a wall time is the first one at which the clock shows it, or, where clocks are put forward
// over it, the moment of that change. So a window does not open a second time in an hour that is repeated,
// and a window within an hour that is skipped does not open on that date.
//
// All functions depend on their arguments only. Zones are read when a text is parsed: from the machine's zone
// database, or, if it has none, from the one that is built into the program.
package schedule
