// Applies the faults: the layers of calls, and the changes of orders and lists.

package btsim

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// strike rolls the dice of a kind at an opportunity, and records in the books that it struck.
// The caller holds s.mu.
func (s *Sim) strike(kind Kind) (variant int, struck bool) {
	d := s.dice[kind]
	if d == nil {
		return 0, false
	}
	if variant, struck = d.roll(); struck {
		s.books.faults[kind]++
	}
	return variant, struck
}

// strikeFirst gives an opportunity to several kinds, in this order, until one strikes; "": none
// does.
func (s *Sim) strikeFirst(kinds ...Kind) (taken Kind, variant int) {
	s.locked(func(time.Time) {
		for _, kind := range kinds {
			if v, struck := s.strike(kind); struck {
				taken, variant = kind, v
				return
			}
		}
	})
	return taken, variant
}

// storm is a period in which every API call is throttled.
type storm struct {
	until   time.Time
	variant int
}

func (s *Sim) throttle(next handler) handler {
	return func(w http.ResponseWriter, r *http.Request) *refusal {
		var f *refusal
		s.locked(func(now time.Time) {
			if !now.Before(s.storm.until) {
				variant, struck := s.strike(Throttle)
				if !struck {
					return
				}
				s.storm = storm{until: now.Add(s.options.Storm), variant: variant}
			}
			f = s.storm.refusal(now)
		})
		if f != nil {
			return f
		}
		return next(w, r)
	}
}

// refusal is the answer to a call within the storm. The variant decides the status and
// Retry-After: seconds, a date, or none. Source: docs/api.md, "Errors".
func (s storm) refusal(now time.Time) *refusal {
	status := []int{http.StatusTooManyRequests, http.StatusForbidden}[s.variant%2]
	f := refuseAtGateway(status, codeTooManyRequests, "The application made too many requests (a storm on purpose).")
	const roundUp = time.Second - 1 // neither form has fractions
	switch s.variant / 2 % 3 {
	case 1:
		f.header = http.Header{"Retry-After": {strconv.Itoa(int((s.until.Sub(now) + roundUp) / time.Second))}}
	case 2:
		f.header = http.Header{"Retry-After": {s.until.Add(roundUp).UTC().Format(http.TimeFormat)}}
	}
	return f
}

// failBefore applies ErrorBefore and HTML: the call is not carried out.
func (s *Sim) failBefore(next handler) handler {
	return func(w http.ResponseWriter, r *http.Request) *refusal {
		switch kind, variant := s.strikeFirst(ErrorBefore, HTML); kind {
		case ErrorBefore:
			return serverError(variant)
		case HTML:
			return proxyError(variant)
		}
		return next(w, r)
	}
}

// serverError is a server error of the API.
func serverError(variant int) *refusal {
	const description = "The server is in trouble (on purpose)."
	switch variant % 5 {
	case 0:
		return refuse(http.StatusInternalServerError, codeInternal, description)
	case 1:
		return refuseAtGateway(http.StatusBadGateway, codeUnavailable, description)
	case 2:
		return refuseAtGateway(http.StatusGatewayTimeout, codeUnavailable, description)
	case 3:
		return refuseAtGateway(http.StatusServiceUnavailable, codeOverCapacity, description)
	}
	return refuse(http.StatusServiceUnavailable, codeUnavailable, description)
}

// proxyError is the page of a proxy in front of the API, without JSON and request id.
func proxyError(variant int) *refusal {
	status := []int{http.StatusBadGateway, http.StatusServiceUnavailable}[variant%2]
	title := fmt.Sprintf("%d %s", status, http.StatusText(status))
	return &refusal{
		status: status,
		header: http.Header{requestID: nil},
		body:   page("<html>\n<head><title>" + title + "</title></head>\n<body><h1>" + title + "</h1><hr>proxy (on purpose)</body>\n</html>\n"),
	}
}

// expireTokens applies Token, right before authenticate refuses the token.
func (s *Sim) expireTokens(next handler) handler {
	return func(w http.ResponseWriter, r *http.Request) *refusal {
		token, isBearer := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
		s.locked(func(now time.Time) {
			if !isBearer || !now.Before(s.tokens[token]) {
				return
			}
			if _, struck := s.strike(Token); struck {
				s.tokens[token] = now
			}
		})
		return next(w, r)
	}
}

// spoilAnswer applies TimeoutAfter, ErrorAfter, Reset and Truncated: it keeps the answer of a
// call that was carried out, and sends it, a part of it, another one, or none.
func (s *Sim) spoilAnswer(next handler) handler {
	return func(w http.ResponseWriter, r *http.Request) *refusal {
		held := &heldAnswer{ResponseWriter: w}
		if f := next(held, r); f != nil {
			return f
		}
		kinds := []Kind{Reset, Truncated}
		if r.Method == http.MethodPost || r.Method == http.MethodPut {
			kinds = []Kind{TimeoutAfter, ErrorAfter, Reset, Truncated}
		}
		if held.content.Len() == 0 { // an empty answer, which cannot be cut
			kinds = slices.DeleteFunc(kinds, func(k Kind) bool { return k == Truncated })
		}
		switch kind, variant := s.strikeFirst(kinds...); kind {
		case TimeoutAfter:
			s.hang(r)
		case ErrorAfter:
			return serverError(variant)
		case Reset:
			held.reset(variant)
		case Truncated:
			held.truncate(variant)
		default:
			held.send(held.content.Bytes())
		}
		return nil
	}
}

// hang does not answer. Its panic makes net/http close the connection.
func (s *Sim) hang(r *http.Request) {
	patience := time.NewTimer(s.options.Hang)
	defer patience.Stop()
	select {
	case <-patience.C:
	case <-r.Context().Done():
	}
	panic(http.ErrAbortHandler)
}

// heldAnswer keeps a JSON answer; its headers are those of the connection.
type heldAnswer struct {
	http.ResponseWriter
	status  int
	content bytes.Buffer
}

func (h *heldAnswer) WriteHeader(status int)            { h.status = status }
func (h *heldAnswer) Write(content []byte) (int, error) { return h.content.Write(content) }

func (h *heldAnswer) send(content []byte) {
	h.ResponseWriter.WriteHeader(h.status)
	_, _ = h.ResponseWriter.Write(content) // as in writeJSON
}

// truncate sends a part of the JSON that is not JSON: an object or a list without its end.
func (h *heldAnswer) truncate(variant int) {
	content := bytes.TrimSpace(h.content.Bytes())
	cut := 1 + variant%(len(content)-1)
	h.Header().Set("Content-Length", strconv.Itoa(cut))
	h.send(content[:cut])
}

// reset sends a part of the answer, at least one byte, and breaks the connection: with a TCP
// reset, or by closing it if the connection cannot be hijacked.
func (h *heldAnswer) reset(variant int) {
	conn, _, err := http.NewResponseController(h.ResponseWriter).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	defer conn.Close()
	answer := http.Response{
		StatusCode: h.status, ProtoMajor: 1, ProtoMinor: 1, Header: h.Header(),
		ContentLength: int64(h.content.Len()), Body: io.NopCloser(&h.content),
	}
	var raw bytes.Buffer
	_ = answer.Write(&raw) // neither side of it can fail
	_, _ = conn.Write(raw.Bytes()[:1+variant%(raw.Len()-1)])
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
}

// decideFaults applies Slow, Invisible and Rejected to a new order. The caller holds s.mu.
func (s *Sim) decideFaults(o *order) {
	if _, struck := s.strike(Slow); struck {
		o.due = o.created.Add(s.options.Slow)
	}
	if _, struck := s.strike(Invisible); struck {
		o.listed = o.created.Add(s.options.Invisible)
	}
	if o.rejection != "" {
		return
	}
	if _, struck := s.strike(Rejected); struck {
		o.rejection = "The order was rejected on purpose."
	}
}

// asListed returns the orders as a list shows them: without those that are not visible yet,
// without one of LosingList, and moved by one if Shift strikes. The caller holds s.mu.
func (s *Sim) asListed(orders []*order, gone *losing, q url.Values, now time.Time) []*order {
	orders = slices.DeleteFunc(slices.Clone(orders), func(o *order) bool { return now.Before(o.listed) })
	orders = s.withoutLost(orders, gone, q)
	from, to, f := s.bounds(q, len(orders))
	if f != nil || from == to || to-from == len(orders) {
		return orders
	}
	variant, struck := s.strike(Shift)
	if !struck {
		return orders
	}
	border := []int{1, len(orders) - 1}[variant%2]
	return slices.Concat(orders[border:], orders[:border])
}
