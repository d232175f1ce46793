// Package jsonout holds what the commands print with --json: a type for each object, and the functions
// that make and print them. Outputs lists the commands with their types. docs/json.md is generated from
// these types and from the comments of their fields ("make docs"), so a comment here is written for
// people who read that page. The fields of a printed object are permanent within a Schema.
package jsonout
