// This file holds the version of the objects, the list of all outputs, and how an object is printed.

package jsonout

import (
	"encoding/json"
	"fmt"
	"io"
	"strconv"
)

// SchemaVersion is the version of all objects. It grows by one when a field is renamed or removed, or
// gets another type or meaning; a new field does not change it.
const SchemaVersion = 1

// Schema is the first field of each object that a command prints. Each value of it prints
// SchemaVersion, so no object can lack it.
type Schema struct{}

// MarshalJSON returns SchemaVersion.
func (Schema) MarshalJSON() ([]byte, error) { return []byte(strconv.Itoa(SchemaVersion)), nil }

// UnmarshalJSON refuses any other version.
func (*Schema) UnmarshalJSON(raw []byte) error {
	if string(raw) != strconv.Itoa(SchemaVersion) {
		return fmt.Errorf("the schema is %s, not %d", raw, SchemaVersion)
	}
	return nil
}

// Output is what a command prints with --json.
type Output struct {
	Command string // as it is typed, without flags; "": any command
	List    bool   // it is a list of objects
	Object  any    // zero value of the object's type
	About   string // what the object is, one sentence
}

// Outputs lists what each command prints, in the order of docs/json.md.
var Outputs = []Output{
	{"enqueue FILE", false, File{}, "The file and its batch. With `--check`, and for a file that is refused, no batch is made."},
	{"enqueue countries", true, Country{}, "What each country asks of an address."},
	{"enqueue template", false, Template{}, "The workbook that was written."},
	{"batch list", true, Status{}, "All batches, the newest first, each as `batch status` prints it."},
	{"batch status", false, Status{}, "A batch, and how many of its rows are in which state."},
	{"batch log", false, Log{}, "Who did what to a batch, and when; without a batch, the changes that concern none."},
	{"batch failures", false, Failures{}, "The rows of a batch that need someone, with their problems."},
	{"batch retry", false, Retry{}, "How many rows are tried again, and which are not. If no row matches, what there is to choose."},
	{"batch summary", false, Summary{}, "The sites of all batches, counted by country."},
	{"batch find", false, Found{}, "The rows of all batches that have a site of this name."},
	{"batch forecast", false, Forecast{}, "How long a batch would take that is not enqueued yet."},
	{"batch rate", false, Rate{}, "The budget of API calls that all processes share."},
	{"", false, Error{}, "Why a command could not do its work (exit codes 1 and 2)."},
}

// Print prints an object, or a list of objects, on one line.
func Print(w io.Writer, v any) error { return json.NewEncoder(w).Encode(v) }
