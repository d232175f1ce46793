// Package bench holds no code of the program: its benchmarks run the commands as
// processes, or the engine in this one, and hold what they measure against a
// baseline of the same minute. scripts/bench runs them, the folder render makes
// tables of what they print, and docs/performance.md says what each means. The
// baseline that is a program of its own is in the folder plain.
package bench
