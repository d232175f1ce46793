// Package bench holds benchmarks, and no code of the program. They run the commands
// as processes, or the engine in this process, and compare them with a baseline
// that is measured in the same minute. scripts/bench runs them;
// internal/bench/render makes tables of what they print; docs/performance.md says
// what each means. internal/bench/plain is the baseline that is a program of its
// own.
package bench
