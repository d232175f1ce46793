// Which host names the dashboard answers for, and what browsers may do with its pages.
//
// A page of another site can make a browser send requests to the dashboard if the site's name
// resolves to this address (DNS rebinding). The browser then treats the answers as those of the
// other site, and its page can read them. Such requests have the other site's name in their Host
// header, so the dashboard answers only for names that cannot be those of another site.

package main

import (
	"net"
	"net/http"
	"net/netip"
	"strconv"
	"strings"

	"btrollout/internal/app"
	"btrollout/internal/endpoint"
)

// misdirected is the answer to a request for any other host.
const misdirected = "The dashboard does not answer under this name: open it at the address that it printed when it started, " +
	"or start it with --host NAME (BT_DASHBOARD_HOST) to allow the name."

// isForeignLetter reports whether no host name in lower case has a character, as browsers send
// it: they send München as xn--mnchen-3ya.
func isForeignLetter(r rune) bool {
	return !strings.ContainsRune("abcdefghijklmnopqrstuvwxyz0123456789-_.:", r)
}

// hosts are the allowed host names beside those of this machine, in the form of hostOf.
type hosts map[string]bool

// newHosts allows the host of the address to listen on, and the named hosts.
func newHosts(addr string, named []string) (hosts, error) {
	allowed := hosts{}
	if host := hostOf(addr); host != "" {
		allowed[host] = true
	}
	for _, name := range named {
		host := hostOf(strings.TrimSpace(name))
		if host == "" || strings.ContainsFunc(host, isForeignLetter) {
			return nil, app.Usagef("--host takes a host name such as dashboard.example.com, not %q", name)
		}
		allowed[host] = true
	}
	return allowed, nil
}

// hostOf returns the host of a Host header: lower case, without port, brackets, IPv6
// zone and the dot at the end; "" if the header is malformed. The port is not compared,
// because a tunnel or a container may publish another one, and the name is enough.
func hostOf(header string) string {
	host := header
	if name, port, err := net.SplitHostPort(header); err == nil {
		if _, err := strconv.ParseUint(port, 10, 16); err != nil {
			return ""
		}
		host = name
	} else if strings.HasPrefix(header, "[") && strings.HasSuffix(header, "]") {
		host = header[1 : len(header)-1]
	}
	if ip, err := netip.ParseAddr(host); err == nil {
		return ip.Unmap().WithZone("").String()
	}
	if strings.ContainsAny(host, ":[]") {
		return ""
	}
	return strings.ToLower(strings.TrimSuffix(host, "."))
}

// answers reports whether a request is for an allowed host: this machine's loopback interface,
// the IP address at which the request arrived, or an allowed name.
func (h hosts) answers(r *http.Request) bool {
	host := hostOf(r.Host)
	if h[host] || endpoint.IsLoopback(host) {
		return true
	}
	arrived, ok := r.Context().Value(http.LocalAddrContextKey).(net.Addr)
	return ok && host != "" && host == hostOf(arrived.String())
}

// guard answers requests for allowed hosts only. Its headers forbid browsers to show the pages in
// frames, to guess content types, and to send other sites a referrer. asynqmon's pages contain
// scripts and load fonts from Google, so the policy does not restrict scripts, styles and fonts.
func guard(allowed hosts, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		header := w.Header()
		header.Set("Content-Security-Policy", "frame-ancestors 'none'; base-uri 'none'; object-src 'none'")
		header.Set("X-Frame-Options", "DENY")
		header.Set("X-Content-Type-Options", "nosniff")
		header.Set("Referrer-Policy", "same-origin")
		if !allowed.answers(r) {
			http.Error(w, misdirected, http.StatusMisdirectedRequest)
			return
		}
		next.ServeHTTP(w, r)
	})
}
