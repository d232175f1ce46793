// Package chaos holds no code of the program: its test runs the real commands as
// processes, with a simulator and a redis-server of their own, kills and cuts off
// what it can while they work, and judges the outcome by the simulator's books.
package chaos
