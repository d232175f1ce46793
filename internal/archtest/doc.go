// Package archtest holds no code of the program: its tests are the house rules. They check
// which package may import which, that docs/architecture.md says the same, which packages
// import asynq and read the environment, that every sentence for people is in both languages,
// and that the lists of the Makefile agree with the code. They do not check the imports of test files.
package archtest
