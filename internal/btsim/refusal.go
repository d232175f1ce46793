// Refusals: the API's error answers, their codes and their forms.

package btsim

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"strings"
)

// The error codes of the simulator.
// Source: docs/api.md, "Errors" [G for 20–28 as a range, S for each meaning].
const (
	codeInternal        = 1
	codeUnavailable     = 5
	codeOverCapacity    = 6
	codeURLParameter    = 20
	codeMissingBody     = 21
	codeInvalidBody     = 22
	codeMissingField    = 23
	codeInvalidField    = 24
	codeMissingQuery    = 27
	codeInvalidQuery    = 28
	codeNoCredentials   = 40
	codeBadCredentials  = 41
	codeTokenExpired    = 42
	codeBadAPIKey       = 51
	codeForbiddenUser   = 52
	codeTooManyRequests = 53
	codeNotFound        = 60
	codeMethod          = 61
	codeNotAcceptable   = 62
	codeTooLarge        = 66
	codeMediaType       = 68
	codeConflict        = 69
)

var messages = map[int]string{
	codeInternal:        "Internal error",
	codeUnavailable:     "The service is temporarily unavailable",
	codeOverCapacity:    "Over capacity",
	codeURLParameter:    "Invalid URL parameter value",
	codeMissingBody:     "Missing body",
	codeInvalidBody:     "Invalid body",
	codeMissingField:    "Missing body field",
	codeInvalidField:    "Invalid body field",
	codeMissingQuery:    "Missing query-string parameter",
	codeInvalidQuery:    "Invalid query-string parameter value",
	codeNoCredentials:   "Missing credentials",
	codeBadCredentials:  "Invalid credentials",
	codeTokenExpired:    "Expired credentials",
	codeBadAPIKey:       "Forbidden requester",
	codeForbiddenUser:   "Forbidden user",
	codeTooManyRequests: "Too many requests",
	codeNotFound:        "Resource not found",
	codeMethod:          "Method not allowed",
	codeNotAcceptable:   "Not acceptable",
	codeTooLarge:        "Request entity too large",
	codeMediaType:       "Unsupported media type",
	codeConflict:        "Conflict",
}

// detail is one error in the form of the API.
type detail struct {
	Code        int    `json:"code"`
	Message     string `json:"message"`
	Description string `json:"description"`
	InfoURL     string `json:"infoURL,omitempty"`
}

// refusal is the error answer of a call that is not carried out.
type refusal struct {
	status int
	code   int         // code of the first error; 0 in the OAuth form and in a page
	header http.Header // added to the answer; a nil value removes a header
	body   any         // a page, or a value for JSON
}

// page is an answer in HTML.
type page string

func (f *refusal) write(w http.ResponseWriter) {
	maps.Copy(w.Header(), f.header)
	html, isPage := f.body.(page)
	if !isPage {
		writeJSON(w, f.status, f.body)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(f.status)
	_, _ = w.Write([]byte(html)) // as in writeJSON
}

// refuse is an error of Business Talk: an array of one detail.
func refuse(status, code int, description string, args ...any) *refusal {
	return refuseAll(status, []detail{newDetail(code, description, args...)})
}

// refuseAll is an error of Business Talk with several details.
func refuseAll(status int, details []detail) *refusal {
	return &refusal{status: status, code: details[0].Code, body: details}
}

// refuseAtGateway is an error of the platform's gateway: one object.
func refuseAtGateway(status, code int, description string, args ...any) *refusal {
	d := newDetail(code, description, args...)
	d.InfoURL = "https://developer.orange.com/errors"
	return &refusal{status: status, code: code, body: d}
}

// refuseToken is an error of the token endpoint, in the form of RFC 6749, section 5.2.
func refuseToken(status int, reason, description string) *refusal {
	f := &refusal{status: status, header: http.Header{}, body: map[string]string{"error": reason, "error_description": description}}
	if status == http.StatusUnauthorized {
		f.header.Set("WWW-Authenticate", "Basic")
	}
	return f
}

func notAllowed(methods []string) *refusal {
	f := refuseAtGateway(http.StatusMethodNotAllowed, codeMethod, "This resource takes %s.", strings.Join(methods, ", "))
	f.header = http.Header{"Allow": {strings.Join(methods, ", ")}}
	return f
}

func notFound(description string, args ...any) *refusal {
	return refuse(http.StatusNotFound, codeNotFound, description, args...)
}

func newDetail(code int, description string, args ...any) detail {
	return detail{Code: code, Message: messages[code], Description: fmt.Sprintf(description, args...)}
}

func writeJSON(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	// This fails only if the client closed the connection.
	_ = json.NewEncoder(w).Encode(body)
}
