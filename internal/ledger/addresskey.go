// The hashes that stand for the addresses of sites whose batches were purged.

package ledger

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/redis/go-redis/v9"

	"btrollout/internal/rollout"
)

// AddressKey is the secret with which addresses are hashed: without it, an address cannot be found by
// hashing all streets. A copy of the whole Redis has it. If it is lost, a purged site counts as one with
// another address: a later upload sends its address again. The zero AddressKey recalls nothing.
type AddressKey string

// AddressKey reads the key; zero: there is none, or it cannot be read.
func (l *Ledger) AddressKey(ctx context.Context) (AddressKey, error) {
	key, err := l.rdb.Get(ctx, keyAddressKey()).Result()
	if errors.Is(err, redis.Nil) || wrongType(err) {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("reading the key of addresses: %w", err)
	}
	return AddressKey(key), nil
}

// makeAddressKey is AddressKey, and makes the key if there is none.
func (l *Ledger) makeAddressKey(ctx context.Context) (AddressKey, error) {
	key, err := makeAddressKeyScript.Run(ctx, l.rdb, []string{keyAddressKey()}, rand.Text()).Text()
	if err != nil {
		return "", fmt.Errorf("making the key of addresses: %w", err)
	}
	return AddressKey(key), nil
}

// hash returns what stands for the address of a site. It differs for sites of one address.
func (k AddressKey) hash(name string, a rollout.Address) string {
	if a == nil {
		a = rollout.Address{} // the two are one address
	}
	text, _ := json.Marshal([]any{name, a}) // strings can always be encoded; the elements are sorted
	mac := hmac.New(sha256.New, []byte(k))
	mac.Write(text)
	return base64.RawStdEncoding.EncodeToString(mac.Sum(nil))
}

// Recall gives a site of a purged batch its address back if it was the address a: its AddressHash is ""
// then. Any other site stays as it is.
func (k AddressKey) Recall(s *rollout.Site, a rollout.Address) {
	if k != "" && s.AddressHash != "" && hmac.Equal([]byte(s.AddressHash), []byte(k.hash(s.Name, a))) {
		s.Address, s.AddressHash = a, ""
	}
}

// makeAddressKeyScript makes the key of addresses, unless it is there.
//
//	KEYS  1 key
//	ARGV  1 a new key
//	answer: the key
var makeAddressKeyScript = redis.NewScript(baseLua + `
fit(KEYS[1], 'string')
local key = redis.call('GET', KEYS[1])
if key and key ~= '' then return key end
redis.call('SET', KEYS[1], ARGV[1])
return ARGV[1]`)
