// Package chaos holds no code of the program: its test runs the real commands as
// processes, with a simulator and a redis-server of their own. While they work it kills
// them and cuts their connections. Package judge makes the files that it uploads, and
// compares the reports with the simulator's books in the end.
package chaos
