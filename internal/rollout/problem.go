// This file holds what is told about a site: problems, and the codes that several packages
// name.

package rollout

import "slices"

// Problem says something about a site that a person has to read. It is not an
// error: errors say something about us, and are retried.
type Problem struct {
	Code       string    `json:"code"`  // permanent, such as "address.pattern"
	Stage      Stage     `json:"stage"` // where it was found
	Field      string    `json:"field,omitempty"`
	Value      string    `json:"value,omitempty"`      // as written
	Message    Text      `json:"message"`              // one sentence: what is wrong and what to do
	Suggestion string    `json:"suggestion,omitempty"` // a value that can be pasted into the cell
	Candidates []Address `json:"candidates,omitempty"` // addresses one of which the row may mean; elements that are absent are to be emptied
	RequestID  string    `json:"request,omitempty"`    // X-OAPI-Request-Id, for Orange's support
}

// Codes returns the codes of problems, in their order, each once.
func Codes(problems []Problem) []string {
	var codes []string
	for _, p := range problems {
		if !slices.Contains(codes, p.Code) {
			codes = append(codes, p.Code)
		}
	}
	return codes
}

// Kind is a kind of problem: what its code means, whichever row it is found in.
// Every package that finds problems lists its kinds.
type Kind struct {
	Code  string // permanent, such as "address.pattern"
	Cause Text   // what is wrong, one sentence
	Cure  Text   // what to do about it, one sentence
}

// Codes of problems that one package finds and another names. All other codes are
// constants of the package that finds the problem. They are permanent.
const (
	CodeFileEmpty  = "file.empty"   // the file, or a sheet, has no content
	CodeFileNotCSV = "file.not-csv" // the file is no CSV, or a row that all others depend on cannot be read

	CodeRowCellError    = "row.cell-error"    // the cell shows an error, such as #N/A
	CodeRowDate         = "row.date"          // the cell shows a date
	CodeRowFormulaEmpty = "row.formula-empty" // the value of a formula was not saved
	CodeRowMerged       = "row.merged"        // the cell is one of several that are merged

	CodeAddressArea    = "address.area"    // the API does not list the place, or not within the area above it
	CodeAddressUnknown = "address.unknown" // the address register knows no such address
	CodeAddressDiffers = "address.differs" // the register knows others like it
	CodeAddressSeveral = "address.several" // the register knows several that fit
)
