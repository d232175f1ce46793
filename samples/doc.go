// Package samples holds rollout files to try the program with, and no code. README.md says what
// each row shows; samples/generate makes the XLSX file from the CSV file.
package samples
