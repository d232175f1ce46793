// Package chaos holds no code of the program: its test runs the real commands as
// processes, with a simulator and a redis-server of their own. While they work it kills
// them and cuts their connections, and in the end it compares the reports with the
// simulator's books.
package chaos
