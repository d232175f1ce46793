// This file holds every sentence of the command.

package main

import (
	"fmt"
	"time"

	"btrollout/internal/app"
)

var errConcurrency = &app.UsageError{Text: "--concurrency must be 1 or more"}

const warnAPI = "the API does not answer as expected; the worker starts anyway"

// tellStopping is given how long steps may still run.
func tellStopping(within time.Duration) string {
	return fmt.Sprintf("worker: stopping: the present steps are finished within %s, or their tasks return to the queues; "+
		"a second Ctrl-C ends the process at once, nothing is lost, and the sites of these steps wait for up to 30s", within)
}
