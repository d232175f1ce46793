// Package e2e holds no code of the program: its tests run the real commands as
// processes, and judge them by what they print, what they write and what the
// simulator's books say.
package e2e
