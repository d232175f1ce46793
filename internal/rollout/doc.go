// Package rollout defines the types and names that all other packages share: Site, Batch,
// Address and Problem; the states, and which may follow which; the fields and columns of
// files; how a row is identified; and Text, a sentence in two languages. It imports only the
// standard library, and knows neither spreadsheets, Redis nor the API.
//
// Everything with a JSON tag is stored in Redis or printed by a command, and read by other
// versions of the program: the names of states, stages, fields, columns and codes are
// permanent.
package rollout
