// Package jobs takes sites from an uploaded row to a provisioned voicesite. It holds the
// asynq tasks and their queues, the steps of a site, the policy for errors, the poller of
// orders and the sweep for lost tasks. It is the only package that imports asynq.
//
// [Recognise] compares the rows of an upload with earlier uploads; [Submit] writes them to
// the ledger and enqueues them through a [Queue]. A [Worker], made of a [Config], carries
// out the tasks. [Resolve] carries out a person's decision about a site in review.
//
// A task carries batch, row and run of a site, and nothing else. The ledger has the state,
// which is written before the next task is made.
//
// Start reading at Worker.site in worker.go, which handles one task, and at the table of
// steps in steps.go. The order, which costs money, is in order.go; what an error leads to
// is in policy.go. Sentences for people are in messages.go and in the files whose names
// end so. What the API says of accounts and countries is in package precheck.
package jobs
