// Package endpoint checks configured server addresses, and keeps them out of messages.
//
// A configured address can contain a password, and in a malformed address the password can be
// anywhere: before #, in place of the host, in place of the port. So a message names the
// setting, never its value: no error of this package contains any part of an address, and errors
// of a [Dialer] made by [Silent] contain no address.
package endpoint

import (
	"errors"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
)

// The errors of addresses. Each continues a sentence that begins with the name of the setting,
// such as BT_API_URL, and says what to do.
var (
	// ErrHTTP means that the address is not that of an HTTP service.
	ErrHTTP = errors.New("must be an address such as https://host/path, without user, password, ? and #")
	// ErrClearText means that secrets would go to another machine in clear text.
	ErrClearText = errors.New("starts with http://, so that tokens and keys would cross the network in clear text: " +
		"use https://, or allow it with --insecure-http (BT_INSECURE_HTTP=true)")
	// ErrRedis means that the address is not that of a Redis.
	ErrRedis = errors.New("must be an address such as redis://user:password@host:6379/0, " +
		"with # in a password written as %23, / as %2F, ? as %3F, @ as %40 and % as %25")
	// ErrRedisDatabase means that the address does not end in the number of a database.
	ErrRedisDatabase = errors.New("must end in the number of a database, such as /0 in redis://user:password@host:6379/0, or in the port")
)

// CheckHTTP returns ErrHTTP unless address is http:// or https:// with a host, and has nothing
// that could be a part of a secret.
func CheckHTTP(address string) error {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" ||
		u.Hostname() == "" || !isPort(u.Port()) || strings.ContainsAny(address, "@?#") {
		return ErrHTTP
	}
	return nil
}

// CheckSecure is CheckHTTP, and returns ErrClearText for http:// to another machine.
func CheckSecure(address string) error {
	if err := CheckHTTP(address); err != nil {
		return err
	}
	if u, err := url.Parse(address); err != nil || u.Scheme != "https" && !IsLoopback(u.Hostname()) {
		return ErrClearText
	}
	return nil
}

// CheckRedis returns ErrRedis for an address that would be parsed wrongly because a character of
// the password is not escaped, and ErrRedisDatabase if the database is no number. The client library
// finds other errors.
func CheckRedis(address string) error {
	u, err := url.Parse(address)
	if err != nil || !isPort(u.Port()) || strings.Contains(address, "#") {
		return ErrRedis
	}
	_, behindScheme, _ := strings.Cut(address, "://")
	if end := strings.IndexAny(behindScheme, "/?"); end >= 0 && strings.Contains(behindScheme[end:], "@") {
		return ErrRedis
	}
	database := strings.Trim(u.Path, "/")
	if _, err := strconv.ParseUint(database, 10, 31); err != nil && database != "" && strings.HasPrefix(u.Scheme, "redis") && u.Host != "" {
		return ErrRedisDatabase
	}
	return nil
}

// isPort reports whether a port is empty or valid.
func isPort(port string) bool {
	n, err := strconv.ParseUint(port, 10, 16)
	return port == "" || err == nil && n > 0
}

// IsLoopback reports whether a host, a name or an IP address without brackets and port,
// is this machine's loopback interface: localhost, 127.0.0.0/8 or ::1.
func IsLoopback(host string) bool {
	if ip, err := netip.ParseAddr(host); err == nil {
		return ip.Unmap().IsLoopback()
	}
	return strings.EqualFold(strings.TrimSuffix(host, "."), "localhost")
}
