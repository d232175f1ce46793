// Reads request bodies and query strings strictly, and writes pages of lists.

package btsim

import (
	"bytes"
	"errors"
	"io"
	"maps"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"btrollout/internal/btsim/strictjson"
)

// maxBody bounds the body of a request, in bytes.
const maxBody = 64 << 10

// defaultPage is how many items a page has if the request has no limit [G].
const defaultPage = 40

// readObject reads a body that must be one JSON object.
func readObject(w http.ResponseWriter, r *http.Request) (map[string]any, *refusal) {
	media, params, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if charset := params["charset"]; err != nil || media != "application/json" || charset != "" && !strings.EqualFold(charset, "utf-8") {
		return nil, refuseAtGateway(http.StatusUnsupportedMediaType, codeMediaType, "The Content-Type header must say application/json.")
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if tooLarge := (*http.MaxBytesError)(nil); errors.As(err, &tooLarge) {
		return nil, refuseAtGateway(http.StatusRequestEntityTooLarge, codeTooLarge, "The body is larger than %d bytes.", maxBody)
	}
	switch {
	case err != nil:
		return nil, refuse(http.StatusBadRequest, codeInvalidBody, "The body ended early.")
	case len(bytes.TrimSpace(body)) == 0:
		return nil, refuse(http.StatusBadRequest, codeMissingBody, "The request carries no body.")
	}
	value, err := strictjson.Parse(body)
	if err != nil {
		return nil, refuse(http.StatusBadRequest, codeInvalidBody, "The body is not valid JSON: %v.", err)
	}
	object, ok := value.(map[string]any)
	if !ok {
		return nil, refuse(http.StatusBadRequest, codeInvalidBody, "The body must be a JSON object.")
	}
	return object, nil
}

// onlyFields refuses an object that has other fields than names.
func onlyFields(object map[string]any, prefix string, names ...string) *refusal {
	for _, key := range sortedKeys(object) {
		if !slices.Contains(names, key) {
			return refuse(http.StatusBadRequest, codeInvalidField, "%s%s: there is no such field.", prefix, key)
		}
	}
	return nil
}

// textField reads a field that must be a string of 1 to limit characters.
func textField(object map[string]any, prefix, name string, limit int) (string, *refusal) {
	value, present := object[name]
	if !present {
		return "", refuse(http.StatusBadRequest, codeMissingField, "%s%s: the field is missing.", prefix, name)
	}
	text, ok := value.(string)
	if n := utf8.RuneCountInString(text); !ok || n < 1 || n > limit {
		return "", refuse(http.StatusBadRequest, codeInvalidField, "%s%s: must be a string of 1 to %d characters.", prefix, name, limit)
	}
	return text, nil
}

// query reads the query string. Its parameters must be among names, once each.
func query(r *http.Request, names ...string) (url.Values, *refusal) {
	values, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return nil, refuse(http.StatusBadRequest, codeInvalidQuery, "The query string is not well formed.")
	}
	for _, name := range sortedKeys(values) {
		switch {
		case !slices.Contains(names, name):
			return nil, refuse(http.StatusBadRequest, codeInvalidQuery, "%s: there is no such parameter.", name)
		case len(values[name]) != 1 || values[name][0] == "":
			return nil, refuse(http.StatusBadRequest, codeInvalidQuery, "%s: must stand once and have a value.", name)
		}
	}
	return values, nil
}

// paging are the query parameters of every list.
var paging = []string{"offset", "limit"}

// writePage writes the items of a list that the query asks for, each as document(item).
// Source: docs/api.md, "Lists".
func writePage[T, D any](s *Sim, w http.ResponseWriter, q url.Values, items []T, document func(T) D) *refusal {
	from, to, f := s.bounds(q, len(items))
	if f != nil {
		return f
	}
	documents := []D{} // never null
	for _, item := range items[from:to] {
		documents = append(documents, document(item))
	}
	w.Header().Set("X-Total-Count", strconv.Itoa(len(items)))
	w.Header().Set("X-Result-Count", strconv.Itoa(len(documents)))
	writeJSON(w, http.StatusOK, documents)
	return nil
}

// bounds returns which items of a list the query asks for: those from "from" on, without the one at "to".
func (s *Sim) bounds(q url.Values, size int) (from, to int, f *refusal) {
	offset, f := pageNumber(q, "offset", 0, 0)
	if f != nil {
		return 0, 0, f
	}
	limit, f := pageNumber(q, "limit", 1, defaultPage)
	if f != nil {
		return 0, 0, f
	}
	from = min(offset, size)
	return from, from + min(limit, s.options.MaxPage, size-from), nil
}

func pageNumber(q url.Values, name string, least, fallback int) (int, *refusal) {
	if !q.Has(name) {
		return fallback, nil
	}
	n, err := strconv.ParseUint(q.Get(name), 10, 31)
	if err != nil || int(n) < least {
		return 0, refuse(http.StatusBadRequest, codeInvalidQuery, "%s: must be a whole number from %d.", name, least)
	}
	return int(n), nil
}

// asIs is the document of items that are documents.
func asIs[T any](item T) T { return item }

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
