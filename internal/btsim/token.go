// The token endpoint: OAuth2 client credentials.
// Source: docs/api.md, "Access".

package btsim

import (
	"crypto/rand"
	"mime"
	"net/http"
	"time"
)

// tokensPerMinute is the limit of the token endpoint; more requests get 429 [S].
const tokensPerMinute = 50

func (s *Sim) postToken(w http.ResponseWriter, r *http.Request) *refusal {
	allowed := true
	s.locked(func(now time.Time) { allowed = s.tokenWindow.allow(now) })
	switch {
	case !allowed:
		return refuseAtGateway(http.StatusTooManyRequests, codeTooManyRequests,
			"The application asked for more than %d tokens within a minute.", tokensPerMinute)
	case !acceptsJSON(r):
		return notAcceptable()
	}
	if f := s.checkClient(r); f != nil {
		return f
	}
	if f := checkGrant(w, r); f != nil {
		return f
	}

	token := rand.Text()
	s.locked(func(now time.Time) { s.tokens[token] = now.Add(s.options.TokenLifetime) })
	w.Header().Set("Cache-Control", "no-store")
	writeJSON(w, http.StatusOK, map[string]any{
		"token_type":   "Bearer",
		"access_token": token,
		"expires_in":   int(s.options.TokenLifetime / time.Second),
		"scope":        "btalk",
	})
	return nil
}

func (s *Sim) checkClient(r *http.Request) *refusal {
	id, secret, ok := r.BasicAuth()
	if want := s.Credentials(); !ok || id != want.ClientID || secret != want.ClientSecret {
		return refuseToken(http.StatusUnauthorized, "invalid_client", "The client credentials are missing or not valid.")
	}
	return nil
}

func checkGrant(w http.ResponseWriter, r *http.Request) *refusal {
	media, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if media != "application/x-www-form-urlencoded" {
		return refuseToken(http.StatusBadRequest, "invalid_request", "The body must be a form.")
	}
	r.Body = http.MaxBytesReader(w, r.Body, maxBody)
	if err := r.ParseForm(); err != nil || len(r.PostForm["grant_type"]) != 1 {
		return refuseToken(http.StatusBadRequest, "invalid_request", "The form must hold grant_type once.")
	}
	if r.PostForm.Get("grant_type") != "client_credentials" {
		return refuseToken(http.StatusBadRequest, "unsupported_grant_type", "The only grant type is client_credentials.")
	}
	return nil
}
