// Package e2e holds no code of the program: its tests run the real commands as
// processes, and check what they print, the files that they write, and the simulator's
// books.
package e2e
