// The API's error answers: which codes there are and the shapes that they come in.
// When each is given is up to the handlers; faults on purpose are in mischief.go.

package btsim

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"strings"
)

// The error codes that the simulator gives.
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

// detail is one error as the API words it.
type detail struct {
	Code        int    `json:"code"`
	Message     string `json:"message"`
	Description string `json:"description"`
	InfoURL     string `json:"infoURL,omitempty"`
}

// fault is a refusal: what a handler answers instead of doing its work.
type fault struct {
	status int
	code   int         // of the first error; 0 in the OAuth shape and on a page
	header http.Header // added to the answer's; nil takes one away
	body   any         // a page, or what becomes JSON
}

// page is an answer in HTML.
type page string

func (f *fault) write(w http.ResponseWriter) {
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

// refuse is a Business Talk error: an array of one.
func refuse(status, code int, description string, args ...any) *fault {
	return refuseAll(status, []detail{explain(code, description, args...)})
}

// refuseAll is a Business Talk error with several things to say.
func refuseAll(status int, details []detail) *fault {
	return &fault{status: status, code: details[0].Code, body: details}
}

// block is an error of the platform's gateway: a single object.
func block(status, code int, description string, args ...any) *fault {
	d := explain(code, description, args...)
	d.InfoURL = "https://developer.orange.com/errors"
	return &fault{status: status, code: code, body: d}
}

// deny is an error of the token endpoint, in the shape of RFC 6749, section 5.2.
func deny(status int, reason, description string) *fault {
	f := &fault{status: status, header: http.Header{}, body: map[string]string{"error": reason, "error_description": description}}
	if status == http.StatusUnauthorized {
		f.header.Set("WWW-Authenticate", "Basic")
	}
	return f
}

func notAllowed(methods []string) *fault {
	f := block(http.StatusMethodNotAllowed, codeMethod, "This resource takes %s.", strings.Join(methods, ", "))
	f.header = http.Header{"Allow": {strings.Join(methods, ", ")}}
	return f
}

func notFound(description string, args ...any) *fault {
	return refuse(http.StatusNotFound, codeNotFound, description, args...)
}

func explain(code int, description string, args ...any) detail {
	return detail{Code: code, Message: messages[code], Description: fmt.Sprintf(description, args...)}
}

func writeJSON(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	// A client that hung up is the only way to fail, and nobody is left to tell.
	_ = json.NewEncoder(w).Encode(body)
}
