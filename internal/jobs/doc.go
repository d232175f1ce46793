// Package jobs takes sites from an uploaded row to a provisioned voicesite. It holds the
// asynq tasks and their queues, the steps of a site, the policy for errors, the poller of
// orders, the survey of an account and the sweep for lost tasks. Only it and the
// baseline of the benchmarks (internal/bench/plain) import asynq.
//
// [Recognise] compares the rows of an upload with earlier uploads; [Submit] writes them to
// the ledger and enqueues them through a [Queue]. A [Worker], made of a [Config], carries
// out the tasks. [Resolve] carries out a person's decision about a site in review; [PlanRetry] and
// [RetryRows] have failed and cancelled sites tried again.
//
// # Tasks and queues
//
// A task carries batch, row and run of a site, and nothing else; the ledger has the state.
// The run counts people's decisions, retries among them. There is a task kind and a queue for each stage:
// validate, order and address, and one more that closes batches (queue.go). Each queue has
// an asynq server of its own, so that no stage waits for another. A TaskID is made of kind,
// batch, row and run, so making a task again changes nothing.
//
// # Admission
//
// A site of a new batch is parked: it has no task. Workers admit parked sites (admission.go), as
// many as keep the budget busy for some seconds; batches take turns, and the plan of a batch says in which
// order its own come. In a break, such as a pause of the API, a quota that is used up, the wait of
// a new ledger or a survey, every site whose next step is due before its end counts as due, so that
// no more sites are admitted than usual. The wait of one site for a reason of its own begins no
// break. A worker learns of a break when a step fails because of it, so each worker that starts in one
// may admit as many sites again.
// A batch that people hold up (hold.go) admits none. Sites that were admitted before
// are parked again by their task deliveries; steps that wait for a slot of the budget lose their
// permit within a second; and the scripts that record an intent or announce a push refuse both, so that
// a process that was frozen cannot begin one. Look-ups of orders that may have been made, and polls, go on.
//
// # The delivery of a task
//
// asynq delivers a task to Worker.handleSite (worker.go) once or more often. handleSite
//
//   - loads the site, and ends the delivery if the site is not in the task's stage any more;
//   - calls the step of the stage (the table is in steps.go), which returns the site as it
//     should stand, or an error;
//   - asks Retry.reactionTo (policy.go) what follows from an error;
//   - writes the site with ledger.Advance, a compare-and-set: of two task deliveries one wins;
//   - goes on with the next step, or makes the task for it if that has to wait.
//
// The ledger is written before the next task is made, so a crash between them loses a task
// and never a fact. The sweep makes lost tasks again.
//
// # The order
//
// The order costs money and is in order.go: an intent is recorded before the POST, and an
// attempt whose outcome is unknown is looked up twice and never sent again blindly.
// Worker.adopt (adopt.go) decides whether an order in the account is the site's. The waits,
// by the fields of [Config]:
//
//	first look-up, the sender lives     Timeout and Skew after its call ended (Worker.send)
//	first look-up, the sender died      Window, Timeout and Skew after the intent (Worker.send)
//	second look-up                      Settle after the first (Worker.reconcile)
//	next attempt                        Retry.First after the second, doubled for each lost
//	                                    answer (Worker.reconcile, Retry.pause)
//
// Each look-up waits for a survey that began then or later. The defaults are in config.go of
// internal/config (Timeout, Settle), config.go (defaultWindow, MaxSkew) and policy.go
// ([DefaultRetry]).
//
// # Errors
//
// What the error of a step leads to, by its class in package btapi:
//
//	Throttle   the step is tried again after the API's pause; it costs no try
//	Account    the batch is blocked (blocked.go), until a probe gets through
//	Site       the site fails with a problem (problems.go), except after an order that was
//	           answered with HTTP 409: its outcome is unknown, and the site goes to review
//	           (conflictWithoutOrder) if both look-ups find no order
//	Transient  the step is tried again, Retry.Tries times; then the site is given up
//	other      trouble of Redis or a worker that stops: tried again; it costs no try
//
// After a refusal, drift.go has the country's rules read again, and adds to the problem of
// a refused address whether they changed.
//
// # Polls and surveys
//
// Sites in the states ordered and following have no tasks, the latter after their first check. A row in
// following is made due by the ledger (follow.go). For all sites that are ordered, one worker at a time polls, by the
// account's list of orders, or one by one where that takes fewer calls (poll.go,
// pollorders.go). A survey reads all orders and voicesites of the account, once for all
// sites that need it, in slices that any worker can continue (survey.go); account.go says
// which survey is recent enough.
//
// # The sweep
//
// Every few seconds one worker makes the tasks of overdue sites, hands back tasks of dead
// workers, withdraws dead uploads, closes batches and mends damaged records (sweep.go).
//
// # Lulls
//
// Orders take days. The longer nothing changes in the open batches, the less often a worker
// reads their counts (lull.go), at least every 5 s, and checks all their records, at least every
// 5 min. TestWorker_WhileAllSitesWait counts the commands; a new loop must keep to the limit.
//
// # Traps of asynq
//
//   - It gives a dead worker's task back after up to two minutes, and never if the lease is
//     gone. The sweep does so sooner. asynq has no call for that, so orphans.go works on
//     asynq's keys; no other file knows them. Read it again when asynq is updated.
//   - Archived and completed tasks keep their TaskID, and the archive is trimmed: a task
//     that is never delivered is replaced, and failures stand in the ledger only.
//   - When a worker stops, a task is requeued before its context ends: two deliveries of a
//     site may overlap.
//   - It retries at once when Redis answers with an error: see [DelayRedisErrors].
//   - A retry counts against MaxRetry. The ledger counts tries instead, so that crashes and
//     pauses cost none.
package jobs
