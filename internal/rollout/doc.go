// Package rollout holds what all packages must agree on: Site, Batch, State, Address and
// Problem, which state may follow which, what fields and columns are called, how a row is
// identified, and how a sentence stands in two languages. It depends on the standard library
// only, and knows neither spreadsheets, Redis nor the API.
//
// Everything with a JSON tag is stored in Redis or printed by a command, and read by other
// versions of the program: the names of states, stages, fields, columns and codes are
// permanent.
package rollout
