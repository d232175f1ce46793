// The options and the state of a simulator.

package btsim

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"sync"
	"time"

	"btrollout/internal/btsim/countries"
)

// BasePath is the path of the API, TokenPath of the token endpoint, and StatsPath of the books,
// which need no credentials.
const (
	BasePath  = "/btalk/v1"
	TokenPath = "/oauth/v3/token"
	StatsPath = "/_sim/stats"
)

// Options configures a simulator. The zero value of a field means its default.
type Options struct {
	// DeliveryMin and DeliveryMax bound the time between an order and its
	// delivery; each order draws its own. Default, when both are zero: 5 s and
	// 60 s. A nanosecond for both delivers as soon as the clock moves.
	DeliveryMin, DeliveryMax time.Duration
	// DeliverySkewed draws the logarithm of that time evenly, so that few orders take much longer
	// than most. Default: the time itself is drawn evenly.
	DeliverySkewed bool
	// Latency is added to every API call, in real time. Default: none.
	Latency time.Duration
	// Rate is how many API calls are accepted within any second; the others are answered
	// with 403 code 53. Default: unlimited.
	Rate int
	// Seed decides delivery times, credentials, faults and breaks. Default: 0.
	Seed int64
	// TokenLifetime is how long an access token is valid. Default: 60 minutes.
	TokenLifetime time.Duration
	// Profile is the API key's rightsProfile: "readwrite", or "readonly", which
	// can neither order nor push addresses. Default: "readwrite" [A].
	Profile string
	// MaxPage is the largest number of items of a page, whatever limit the request has.
	// Default: 1000.
	MaxPage int
	// Customers is how many customers the account manages. Default: 1.
	Customers int
	// UniqueNames refuses, with 409 code 69, an order if an order or voicesite of the
	// customer, not rejected, has its technicalSiteName. Default: false, because the API
	// promises no such check.
	UniqueNames bool
	// Faults says how often the simulator fails on purpose. Default: never.
	Faults Faults
	// Breaks says how often the simulator gives false answers. Default: never.
	Breaks Breaks
	// Words is the length of a text of LongWords, in bytes, 8 MiB at most. Default: 1 MiB.
	Words int
	// Hang is how long TimeoutAfter and RejectAfterLost keep a connection open, in real
	// time. Default: 60 s.
	Hang time.Duration
	// Storm is how long a storm of Throttle lasts. Default: 1 s.
	Storm time.Duration
	// Slow is how long an order struck by Slow stays in progress. Default: 10 min.
	Slow time.Duration
	// Invisible is how long an order struck by Invisible is hidden. Default: 5 s.
	Invisible time.Duration
	// Now is the clock. Default: time.Now.
	Now func() time.Time
}

// Credentials are the credentials that the simulator accepts. They are derived from the seed.
type Credentials struct {
	ClientID     string `json:"clientId"`
	ClientSecret string `json:"clientSecret"`
	APIKey       string `json:"apiKey"`       // 40 hexadecimal characters
	CustomerCode string `json:"customerCode"` // of the account's first customer
}

// Sim is one simulated account. All its methods may be called concurrently.
type Sim struct {
	options   Options
	countries map[string]*countries.Country // by ISO 3166-1 alpha-2 code

	mu          sync.Mutex // guards all below
	random      *rand.Rand // for delivery times
	dice        map[Kind]*dice
	storm       storm                // the last one
	tokens      map[string]time.Time // access token → when it expires
	tokenWindow window
	apiWindow   window
	customers   []*customer
	serial      int // of the last order
	books       books
}

// New makes a simulator. Its error names the wrong option, or the wrong key of a country file.
func New(options Options) (*Sim, error) {
	all, err := countries.All()
	if err != nil {
		return nil, err
	}
	return newSim(options, all)
}

func newSim(options Options, all map[string]*countries.Country) (*Sim, error) {
	options, err := options.withDefaults()
	if err != nil {
		return nil, err
	}
	s := &Sim{
		options:     options,
		countries:   all,
		random:      rand.New(rand.NewPCG(uint64(options.Seed), 0)),
		dice:        newDice(options.Seed, options.Faults, options.Breaks),
		tokens:      map[string]time.Time{},
		tokenWindow: window{span: time.Minute, limit: tokensPerMinute},
		apiWindow:   window{span: time.Second, limit: options.Rate},
		books:       newBooks(),
	}
	for i := range options.Customers {
		s.customers = append(s.customers, newCustomer(i, options.Seed))
	}
	return s, nil
}

// Credentials returns the credentials that a client must send.
func (s *Sim) Credentials() Credentials {
	return Credentials{
		ClientID:     "simulated-client-" + derive(s.options.Seed, "client id")[:8],
		ClientSecret: "simulated-secret-" + derive(s.options.Seed, "client secret")[:16],
		APIKey:       "facade00facade00" + derive(s.options.Seed, "api key")[:24],
		CustomerCode: s.customers[0].Code,
	}
}

// Handler serves the API under BasePath, the token endpoint and the books.
func (s *Sim) Handler() http.Handler { return s.routes() }

func (o Options) withDefaults() (Options, error) {
	if o.DeliveryMin == 0 && o.DeliveryMax == 0 {
		o.DeliveryMin, o.DeliveryMax = 5*time.Second, time.Minute
	}
	o.TokenLifetime = orDefault(o.TokenLifetime, time.Hour)
	o.Profile = orDefault(o.Profile, profileReadWrite)
	o.MaxPage = orDefault(o.MaxPage, 1000)
	o.Customers = orDefault(o.Customers, 1)
	o.Words = orDefault(o.Words, 1<<20)
	o.Hang = orDefault(o.Hang, time.Minute)
	o.Storm = orDefault(o.Storm, time.Second)
	o.Slow = orDefault(o.Slow, 10*time.Minute)
	o.Invisible = orDefault(o.Invisible, 5*time.Second)
	if o.Now == nil {
		o.Now = time.Now
	}
	switch {
	case o.DeliveryMin < 0 || o.DeliveryMax < o.DeliveryMin:
		return o, fmt.Errorf("delivery takes from %s to %s: the first must not be negative nor more than the second",
			o.DeliveryMin, o.DeliveryMax)
	case o.Latency < 0:
		return o, fmt.Errorf("latency is %s: it must not be negative", o.Latency)
	case o.Rate < 0:
		return o, fmt.Errorf("rate is %d: give calls a second, or 0 for no limit", o.Rate)
	case o.TokenLifetime < 0:
		return o, fmt.Errorf("token lifetime is %s: it must not be negative", o.TokenLifetime)
	case o.Profile != profileReadWrite && o.Profile != profileReadOnly:
		return o, fmt.Errorf("profile is %q: give %s or %s", o.Profile, profileReadWrite, profileReadOnly)
	case o.MaxPage < 0:
		return o, fmt.Errorf("largest page is %d: it must not be negative", o.MaxPage)
	case o.Customers < 0 || o.Customers > 100:
		return o, fmt.Errorf("customers is %d: give 1 to 100", o.Customers)
	case o.Words < 0 || o.Words > maxWords:
		return o, fmt.Errorf("long words are %d bytes: give 1 to %d", o.Words, maxWords)
	case o.Hang < 0 || o.Storm < 0 || o.Slow < 0 || o.Invisible < 0:
		return o, fmt.Errorf("hang, storm, slow and invisible are %s, %s, %s and %s: none may be negative", o.Hang, o.Storm, o.Slow, o.Invisible)
	}
	return o, errors.Join(o.Faults.check(), o.Breaks.check())
}

func orDefault[T comparable](value, fallback T) T {
	var zero T
	if value == zero {
		return fallback
	}
	return value
}

// derive makes 64 hexadecimal characters from the seed and a purpose.
func derive(seed int64, purpose string) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "btsim %d %s", seed, purpose))
	return hex.EncodeToString(sum[:])
}
