// Package app wires the packages together for the commands: it connects to Redis and to
// the API, builds the worker, and does what several commands have in common, such as
// showing progress, printing the state of a batch and ending with the right exit code.
// Only commands import it.
package app
