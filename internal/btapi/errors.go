// The type of all errors, and classify, which decides what an answer means. Source:
// docs/api.md, "Errors".

package btapi

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// Class says what a failure is about. What follows from each class is decided by the caller.
type Class string

const (
	// Site means that the data of this call is wrong. The same call would fail again.
	Site Class = "site"
	// Account means that the credentials, rights, addresses or subscription are wrong. No site
	// is wrong, and every call fails until a person acts.
	Account Class = "account"
	// Throttle means that there were too many calls. The API did not carry this one out.
	Throttle Class = "throttle"
	// Transient means that the network or the server failed. The same call may succeed later;
	// Unknown says whether the API may have carried it out already.
	Transient Class = "transient"

	// expired: the token has expired. The client renews it, and returns no error of
	// this class.
	expired Class = "expired"
)

// Error is what every call returns when it fails.
type Error struct {
	Class       Class
	Op          string        // method and path pattern; the token call is "POST token"
	HTTPStatus  int           // 0: no answer
	Code        int           // error code of the API; 0: none
	Message     string        // what the API says of the code
	Description string        // what the API says of this failure
	RequestID   string        // X-OAPI-Request-Id [S], by which Orange's support finds the call
	RetryAfter  time.Duration // the pause that the API asked for; 0: none

	// Unknown: the API may have carried the call out although it failed. False if the
	// answer proves that it did not.
	Unknown bool

	cause  error
	detail string // text of the cause, without secrets
}

// Error is one sentence for logs and operators: what happened and what to do. It contains no
// secret.
func (e *Error) Error() string {
	var details []string
	if e.HTTPStatus != 0 {
		details = append(details, fmt.Sprintf("HTTP %d", e.HTTPStatus))
	}
	if e.Code != 0 {
		details = append(details, fmt.Sprintf("code %d", e.Code))
	}
	if e.RequestID != "" {
		details = append(details, "request "+e.RequestID)
	}
	said := e.Words()
	if len(details) > 0 {
		said += " (" + strings.Join(details, ", ") + ")"
	}
	if advice := e.advice(); advice != "" {
		said += "; " + advice
	}
	return e.Op + ": " + said
}

// Words is what the API said, or what happened to the call if it said nothing, for the person
// who owns the site.
func (e *Error) Words() string {
	switch {
	case e.Message != "" && e.Description != "" && e.Message != e.Description:
		return e.Message + ": " + e.Description
	case e.Message != "" || e.Description != "":
		return cmp.Or(e.Message, e.Description)
	case e.detail != "" && e.HTTPStatus != 0:
		return "the answer cannot be used: " + e.detail
	case e.detail != "":
		return e.detail
	}
	return strings.TrimSpace("the API answered " + strconv.Itoa(e.HTTPStatus) + " " + http.StatusText(e.HTTPStatus) + " without a reason")
}

// Unwrap returns the cause: the error of the caller's context, ErrTooLate, or a network error.
func (e *Error) Unwrap() error { return e.cause }

// IsNotFound reports whether the API says that the requested item does not exist. A path that
// the API does not know is an Account error instead.
func IsNotFound(err error) bool { return has(err, http.StatusNotFound) }

// IsConflict reports whether the API says that the item exists already (409). After an order,
// an earlier attempt may have made it, so it must be looked up.
func IsConflict(err error) bool { return has(err, http.StatusConflict) }

// RefusalIn returns the *Error of class Site that err wraps; nil: err wraps none.
func RefusalIn(err error) *Error {
	var e *Error
	if !errors.As(err, &e) || e.Class != Site {
		return nil
	}
	return e
}

// has reports whether err wraps an error of class Site with an HTTP status.
func has(err error, status int) bool {
	var e *Error
	return errors.As(err, &e) && e.Class == Site && e.HTTPStatus == status
}

// advice is what to do about the error; "": its cause says it.
func (e *Error) advice() string {
	switch {
	case errors.Is(e.cause, ErrTooLate), e.Class == Site && e.HTTPStatus == 0:
		return ""
	case e.Unknown:
		return "it may have been done all the same, so look before trying again"
	case e.Class == Throttle:
		return "make fewer calls for a while"
	case e.Class == Transient:
		return "try again later"
	case e.Class == Site:
		return "correct the data before trying again"
	case e.Op == tokenOp:
		return "check BT_CLIENT_ID and BT_CLIENT_SECRET, and that BT_TOKEN_URL is right"
	case e.HTTPStatus == http.StatusForbidden:
		return "check that the application is subscribed to the API and that the profile of BT_API_KEY allows this"
	case e.HTTPStatus == http.StatusUnauthorized:
		return "check BT_CLIENT_ID, BT_CLIENT_SECRET and BT_API_KEY"
	case e.HTTPStatus == http.StatusProxyAuthRequired:
		return "check the proxy that HTTPS_PROXY names"
	}
	return "check BT_API_URL"
}

// The API's codes that decide on their own. [G]
const (
	codeExpired = 42
	codeTooMany = 53
)

// classify decides what an exchange means, and whether its outcome is unknown; nil: it
// succeeded.
func (c *Client) classify(x exchange) *Error {
	e := &Error{
		Op:         x.op,
		HTTPStatus: x.status,
		RequestID:  c.clean(x.header.Get("X-OAPI-Request-Id"), x.token),
		RetryAfter: retryAfter(x.header, c.now()),
	}
	success := x.status >= 200 && x.status < 300
	if success || x.status == 0 {
		e.cause = x.err
		if x.err != nil {
			e.detail = c.clean(x.err.Error(), x.token)
		}
	} else { // the status decides, even if the body cannot be read
		for i, f := range bodyErrors(x.body) {
			c.add(e, i, f, x.token)
		}
	}
	switch {
	case success && x.err == nil:
		return nil
	case x.status == 0, success:
		e.Class, e.Unknown = Transient, x.changes
	case x.status == http.StatusTooManyRequests, x.status == http.StatusForbidden && e.Code == codeTooMany:
		e.Class = Throttle
	case x.status == http.StatusUnauthorized && e.Code == codeExpired:
		e.Class = expired
	case e.Code == 0 && isCut(x.body) && (x.status == http.StatusForbidden || x.status == http.StatusNotFound && !x.single):
		// The API's own answer, but its code, which would decide, is cut off.
		e.Class, e.Unknown = Transient, x.changes
	case x.status == http.StatusUnauthorized, x.status == http.StatusForbidden, x.status == http.StatusProxyAuthRequired:
		e.Class = Account
	case x.status == http.StatusNotFound && e.Code == 0 && !x.single:
		// Not the API's own answer: the configured address is wrong.
		e.Class = Account
	case x.status < 400:
		// No redirect is followed, because an order must not go to an address that is
		// not configured. The server may have carried the call out before it redirected.
		e.Class, e.Unknown = Account, x.changes
	case x.status == http.StatusRequestTimeout, x.status >= 500:
		e.Class, e.Unknown = Transient, x.changes
	default:
		e.Class = Site
	}
	return e
}

// unsent is the error of a call of which nothing was sent.
func (c *Client) unsent(op string, cause error) *Error {
	return &Error{Class: Transient, Op: op, cause: cause, detail: c.clean(cause.Error(), "")}
}

// unsendable is the error of a call whose values cannot be sent.
func unsendable(r route, cause error) *Error {
	return &Error{Class: Site, Op: r.String(), cause: cause, detail: cause.Error()}
}

// A bodyError is one error of an error body. [G]
type bodyError struct {
	Code        text `json:"code"`
	Message     text `json:"message"`
	Description text `json:"description"`
}

// bodyErrors reads an error body: an array of errors [G] or a single one [S]. Any other body,
// such as a proxy's page, has none. Of a body that was cut, or is longer than maxErrorBody, it
// returns the first code, which decides.
func bodyErrors(body []byte) []bodyError {
	var many []bodyError
	one := make([]bodyError, 1)
	switch {
	case isObject(body) && json.Unmarshal(body, &one[0]) == nil:
		return one
	case !isObject(body) && json.Unmarshal(bytes.TrimSpace(body), &many) == nil:
		return many
	case isCut(body):
		if code := firstCode.FindSubmatch(body); code != nil {
			return []bodyError{{Code: text(code[1])}}
		}
	}
	return nil
}

// firstCode finds the code of the first error in a body that was cut. The code is its first
// member [G].
var firstCode = regexp.MustCompile(`^\s*\[?\s*\{\s*"code"\s*:\s*"?(\d+)"?\s*[,}]`)

// isCut reports whether a body begins like JSON and is not valid JSON.
func isCut(body []byte) bool {
	body = bytes.TrimSpace(body)
	return len(body) > 0 && (body[0] == '{' || body[0] == '[') && !json.Valid(body)
}

// add adds error i of a body to e. The first gives the code; the descriptions of the others
// are appended, because each may name another element.
func (c *Client) add(e *Error, i int, f bodyError, token string) {
	message, description := c.clean(string(f.Message), token), c.clean(string(f.Description), token)
	if i == 0 {
		e.Code, _ = strconv.Atoi(string(f.Code))
		e.Message, e.Description = message, description
		return
	}
	if more := cmp.Or(description, message); more != "" && len(e.Description) < maxWords {
		e.Description = strings.TrimPrefix(e.Description+"; "+more, "; ")
	}
}

// clean makes a text of the API fit for logs and reports: one line, maxWords bytes at most,
// without secrets that it may quote.
func (c *Client) clean(words, token string) string {
	if token != "" {
		words = strings.ReplaceAll(words, token, "[secret]")
	}
	words = c.redact.Replace(words)
	return oneLine(words, maxWords)
}

// maxRetryAfter bounds the pause that an answer can ask for.
const maxRetryAfter = 24 * time.Hour

// retryAfter reads the header Retry-After, in seconds or as a date; 0: there is none.
func retryAfter(h http.Header, now time.Time) time.Duration {
	value := h.Get("Retry-After")
	pause := time.Duration(0)
	if seconds, err := strconv.ParseUint(value, 10, 63); err == nil {
		pause = time.Duration(min(seconds, uint64(maxRetryAfter/time.Second))) * time.Second
	} else if at, err := http.ParseTime(value); err == nil {
		pause = at.Sub(now)
	}
	return min(max(pause, 0), maxRetryAfter)
}
