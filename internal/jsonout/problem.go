// This file holds the problems of rows, and how a long list of them is printed.

package jsonout

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"io"
	"iter"

	"btrollout/internal/rollout"
	"btrollout/internal/scratch"
)

// Problem is a problem of a row.
type Problem struct {
	Row        string        `json:"row"`        // the row as people call it: `17` or, in a file of several sheets, `BE:17`
	Sheet      string        `json:"sheet"`      // name of the row's sheet; "": a CSV file
	Cell       string        `json:"cell"`       // place of the cell in its sheet, such as `C17`; "": the problem is about no cell
	Column     string        `json:"column"`     // header of the cell's column, as in the file; "": the problem is about no cell
	Field      string        `json:"field"`      // field that is wrong, such as `vpn` or `pc`; "": none, or several
	Name       string        `json:"name"`       // technicalSiteName of the row
	Country    string        `json:"country"`    // country of the row, as in the file if it is no ISO 3166 code
	State      rollout.State `json:"state"`      // state of the row
	Stage      rollout.Stage `json:"stage"`      // stage at which the problem was found; "": none is known
	Code       string        `json:"code"`       // permanent code, explained in [problems](problems.md); "": none is known
	Value      string        `json:"value"`      // the value that is wrong, or those of several fields as in `a3=Paris, pc=75001`
	Sentence   string        `json:"sentence"`   // what is wrong and what to do, in the language of the batch
	Suggestion string        `json:"suggestion"` // value that can be written into the cell instead; "": none is known
	// Addresses of the register one of which the row may mean; elements that are absent are to be emptied.
	Candidates []rollout.Address `json:"candidates,omitempty"`
	// Codes of what the row asks that is not done, and is no failure, each once.
	NoteCodes []string `json:"noteCodes,omitempty"`
	RequestID string   `json:"requestId,omitempty"` // X-OAPI-Request-Id of the API's answer, for Orange's support
}

// ProblemOf describes a problem of a row of a batch.
func ProblemOf(b *rollout.Batch, s rollout.Site, p rollout.Problem) Problem {
	sheet, _ := b.Locate(s.Row)
	cell, header := b.Cell(s.Row, p.Field)
	return Problem{
		Row: b.RowName(s.Row), Sheet: sheet.Name, Cell: cell, Column: header, Field: p.Field,
		Name: s.Name, Country: s.Country, State: s.State, Stage: p.Stage, Code: p.Code, Value: p.Value,
		Sentence: p.Message.In(b.Lang), Suggestion: p.Suggestion, Candidates: p.Candidates, RequestID: p.RequestID,
		NoteCodes: rollout.Codes(s.LeftAsIs),
	}
}

// Failures is what batch failures prints.
type Failures struct {
	Schema   Schema    `json:"schema"`
	Batch    string    `json:"batch"`    // the batch's id
	Problems []Problem `json:"problems"` // in the order of the file
}

// emptyProblems ends the text of an object whose last field is an empty list of problems.
const emptyProblems = `"problems":[]}`

// errNoProblemsField is a mistake in a type of this package.
var errNoProblemsField = errors.New("the object does not end with an empty list of problems")

// PrintWithProblems prints an object whose last field, Problems, is empty, with a list of problems there.
// The list is kept in a temporary file, so memory does not grow with it, and nothing is printed if it
// cannot be read to its end. An error is that of the list, of the temporary file or of w.
func PrintWithProblems(w io.Writer, object any, problems iter.Seq2[Problem, error]) error {
	text, err := json.Marshal(object)
	if err == nil && !bytes.HasSuffix(text, []byte(emptyProblems)) {
		err = errNoProblemsField
	}
	if err != nil {
		return err
	}
	file, err := scratch.New("")
	if err != nil {
		return err
	}
	defer file.Close()
	if err := writeProblems(file, problems); err != nil {
		return err
	}
	const end = "]}"
	_, err = w.Write(text[:len(text)-len(end)])
	if err == nil {
		_, err = io.Copy(w, file)
	}
	if err == nil {
		_, err = io.WriteString(w, end+"\n")
	}
	return err
}

// writeProblems writes problems into an empty file, with commas between them, and goes back to its start.
func writeProblems(file io.WriteSeeker, problems iter.Seq2[Problem, error]) error {
	out, separator := bufio.NewWriter(file), ""
	for p, err := range problems {
		var text []byte
		if err == nil {
			text, err = json.Marshal(p)
		}
		if err != nil {
			return err
		}
		_, _ = out.WriteString(separator) // Flush returns the error
		_, _ = out.Write(text)
		separator = ","
	}
	err := out.Flush()
	_, seekErr := file.Seek(0, io.SeekStart)
	return cmp.Or(err, seekErr)
}
