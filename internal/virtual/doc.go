// Package virtual tests whole rollouts in virtual time: uploads, workers, decisions of a person,
// the simulator of the API and a Redis run in one bubble of testing/synctest, in one process and
// in memory. Time stands still while anything works, and jumps as soon as all wait, so that weeks
// take minutes, and a busy machine changes nothing.
//
// A seed decides what a run is (scenario): the rows, the faults and breaks of the API, the speed
// of the networks, the clocks of the machines, and which disturbances (acts) strike them, when. The
// seed does not decide in which order goroutines run, so a run with the same seed may take another
// course. Each run therefore records the writes of all machines (events), by which a run that
// fails can be followed.
//
// TestWeeks is a rollout of weeks instead, and TestMasterFile has a file that is uploaded every night:
// they have few disturbances or none, and most of the time all sites wait. Their cost is that of the
// commands that come all the time: their settings make them few.
//
// Acts of people (people_test.go) come beside the disturbances: pauses, cancellations, retries, plans and
// purges. A copy of Redis that is put back may lose such a decision, or bring one back: what is known of the
// holds is forgotten then (held_test.go), and before the last uploads everything is resumed (endHolds).
//
// After each run, package judge compares the reports with the simulator's books; further checks
// are in watch_test.go. Command mutants, in a folder of its own, shows that known mistakes are found.
package virtual
