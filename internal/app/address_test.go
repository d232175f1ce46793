// This file tests that no error holds the password of a malformed address.

package app_test

import (
	"fmt"
	"strings"
	"testing"

	"btrollout/internal/app"
	"btrollout/internal/btapi"
	"btrollout/internal/config"
)

// FuzzAddressErrors: no error about a configured address holds four characters of it
// that the fixed words do not hold.
func FuzzAddressErrors(f *testing.F) {
	for _, form := range []string{
		"%s", "user:%s@host", "https://user:%s@host/v1", "https://user:%s", "redis://user:%s@host:6379/0",
		"redis://:%s", "redis://%s", "rediss:%s@host", "unix://user:%s@", "//%s@host",
	} {
		for _, password := range []string{
			"Zq7xWv9k", "Zq7x#Wv9k", "Zq7x@Wv9k", "Zq7x%zzWv9k", "Zq7x/Wv9k", "Zq7x?Wv9k=1",
			"481516", "4815#16", "Zq7x\x7fWv9k", "Zq7x Wv9k", "[Zq7xWv9k",
		} {
			f.Add(form, password)
		}
	}
	errorsOf := func(address string) string {
		api := config.API{URL: address, TokenURL: address}
		_, redisErr := app.RedisOptions(address)
		_, clientErr := btapi.New(btapi.Config{BaseURL: address, TokenURL: address})
		return strings.ToLower(fmt.Sprintf("%v %+v %q", redisErr, clientErr, fmt.Sprint(api.LoadSecrets())))
	}
	words := errorsOf("") + errorsOf("redis://host") + errorsOf("http://host") + errorsOf("https://host")
	f.Fuzz(func(t *testing.T, form, password string) {
		text := errorsOf(strings.ReplaceAll(form, "%s", password))
		password = strings.ToLower(password)
		for i := 0; i+4 <= len(password); i++ {
			if part := password[i : i+4]; strings.Contains(text, part) && !strings.Contains(words, part) {
				t.Errorf("%q with %q: %q is in %s", form, password, part, text)
			}
		}
	})
}
