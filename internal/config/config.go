// Package config reads flags and the environment into structs. It is the only package that
// reads the environment. Secrets come from the environment only, because every user of the
// machine can read a command line.
package config

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"
	"time"

	"github.com/alecthomas/kong"

	"btrollout/internal/endpoint"
)

// Exit codes of every command.
const (
	ExitDone    = 0 // done
	ExitFailed  = 1 // could not be done
	ExitUsage   = 2 // wrong flags, arguments or settings
	ExitSomeBad = 3 // done, but some rows were rejected, failed or need a decision of a person
)

// API has the addresses of the Business Talk API, the budget of calls, and its time limits. The
// tags have the variables and the defaults.
type API struct {
	URL      string        `name:"api-url" env:"BT_API_URL" default:"${default_api}" help:"${help_api}" group:"Business Talk API"`
	TokenURL string        `env:"BT_TOKEN_URL" default:"${default_token}" help:"${help_token}" group:"Business Talk API"`
	Insecure bool          `name:"insecure-http" env:"BT_INSECURE_HTTP" help:"${help_insecure}" group:"Business Talk API"`
	Rate     string        `placeholder:"20/s" env:"BT_RATE" default:"20/s" help:"${help_rate}" group:"Business Talk API"`
	Quota    string        `placeholder:"600/m,50000/d" env:"BT_QUOTA" help:"${help_quota}" group:"Business Talk API"`
	Timeout  time.Duration `env:"BT_TIMEOUT" default:"30s" help:"Longest that one API call may take." group:"Business Talk API"`
	Settle   time.Duration `env:"BT_SETTLE" default:"30s" help:"${help_settle}" group:"Business Talk API"`
	Deadline time.Duration `name:"order-deadline" env:"BT_ORDER_DEADLINE" default:"72h" help:"${help_deadline}" group:"Business Talk API"`

	Secrets Secrets `kong:"-"`
}

// vars are the defaults and the help texts that are too long for a tag.
var vars = kong.Vars{
	"default_api":   "https://api.orange.com/btalk/v1",
	"default_token": "https://api.orange.com/oauth/v3/token",
	"default_redis": DefaultRedis,

	"help_redis":     "Redis that holds batches and queues.",
	"help_api":       "Base URL of the Business Talk API.",
	"help_token":     "Token endpoint of the Business Talk API.",
	"help_retention": "How long after it is done a worker keeps the addresses and problems of a batch, such as 90d; never or 0: for ever.",
	"help_deadline":  "An order in progress for longer goes to review.",
	"help_insecure": "Accept http:// for the API and the token endpoint on another machine; tokens and keys then cross " +
		"the network in clear text. On this machine http:// is always accepted.",
	"help_rate": "Largest number of API calls of all processes on one Redis together, evenly spread, such as 20/s or 600/m.",
	"help_quota": "Rolling quotas of the API contract, such as 600/m,50000/d: largest number of calls of all processes in " +
		"any minute and any day; default: none.",
	"help_settle": "How long an order or a voicesite may stay invisible in the API after it was made: the time between two " +
		"look-ups of an order whose answer was lost, before a new order or voicesite is believed not to exist, and between " +
		"two surveys of the account (half of it); also a part of the wait before the first order in a new Redis.",
}

// DefaultRedis is the Redis address if REDIS_URL is not set.
const DefaultRedis = "redis://127.0.0.1:6379/0"

// Redis has the address of the Redis that holds batches and queues.
type Redis struct {
	// URL is what the user set; nil: nothing.
	URL *string `name:"redis-url" env:"REDIS_URL" placeholder:"\"${default_redis}\"" help:"${help_redis}" group:"Storage"`
}

// Address is the URL or, if the user set none, DefaultRedis.
func (r Redis) Address() string {
	if r.URL == nil {
		return DefaultRedis
	}
	return *r.URL
}

// Reports has the folder of reports.
type Reports struct {
	Dir string `name:"report-dir" env:"REPORT_DIR" default:"./reports" type:"path" help:"Folder for reports." group:"Storage"`
}

// Secrets are the credentials of the API. They print as "…" in every format.
type Secrets struct {
	ClientID, ClientSecret, APIKey string
}

// String keeps the credentials out of every text.
func (Secrets) String() string { return "…" }

// GoString keeps the credentials out of %#v.
func (Secrets) GoString() string { return "…" }

// MarshalText keeps the credentials out of JSON.
func (Secrets) MarshalText() ([]byte, error) { return []byte("…"), nil }

// LogValue keeps the credentials out of logs.
func (Secrets) LogValue() slog.Value { return slog.StringValue("…") }

// secretVariables are the environment variables that hold Secrets.
var secretVariables = []struct {
	name, help string
	field      func(*Secrets) *string
}{
	{"BT_CLIENT_ID", "client identifier, from the Orange Developer portal", func(s *Secrets) *string { return &s.ClientID }},
	{"BT_CLIENT_SECRET", "client secret, from the Orange Developer portal", func(s *Secrets) *string { return &s.ClientSecret }},
	{"BT_API_KEY", "API key of 40 characters, from the Business Talk Online portal, tab Developer",
		func(s *Secrets) *string { return &s.APIKey }},
}

// LoadSecrets reads the credentials from the environment and checks the settings of the API. Its
// error names every wrong or missing setting.
func (a *API) LoadSecrets() error {
	var missing []string
	for _, v := range secretVariables {
		if *v.field(&a.Secrets) = strings.TrimSpace(os.Getenv(v.name)); *v.field(&a.Secrets) == "" {
			missing = append(missing, v.name)
		}
	}
	var wrong []error
	if len(missing) > 0 {
		wrong = append(wrong, errNoCredentials(missing))
	}
	return errors.Join(append(wrong, a.Check())...)
}

// Check checks the settings of the API, but for the credentials. Its error names every wrong one.
func (a *API) Check() error {
	var wrong []error
	check := endpoint.CheckSecure
	if a.Insecure {
		check = endpoint.CheckHTTP
	}
	for _, setting := range []struct{ name, address string }{{"BT_API_URL", a.URL}, {"BT_TOKEN_URL", a.TokenURL}} {
		if err := check(setting.address); err != nil {
			wrong = append(wrong, fmt.Errorf("%s %w", setting.name, err))
		}
	}
	for _, setting := range []struct {
		name string
		time time.Duration
	}{{"BT_TIMEOUT", a.Timeout}, {"BT_SETTLE", a.Settle}, {"BT_ORDER_DEADLINE", a.Deadline}} {
		if setting.time <= 0 {
			wrong = append(wrong, errNotPositive(setting.name, setting.time.String()))
		}
	}
	return errors.Join(wrong...)
}

// Command describes a program to Parse.
type Command struct {
	Name        string
	Description string    // purpose and examples
	UsesAPI     bool      // the help lists the variables of the credentials
	Vars        kong.Vars // texts for ${NAME} in the tags of cli; default: none
}

// Parse fills cli from args and the environment. If the program must end (wrong usage, --help or
// --version), ended is true, exit is the exit code, and Parse has printed the message.
func Parse(c Command, cli any, args []string, stdout, stderr io.Writer) (ctx *kong.Context, exit int, ended bool) {
	description := strings.TrimSpace(c.Description)
	if c.UsesAPI {
		description += "\n\nCredentials are read from the environment only:\n"
		for _, v := range secretVariables {
			description += fmt.Sprintf("\n  %-17s %s", v.name, v.help)
		}
	}
	description += "\n\nExit codes: 0 done, 1 could not be done, 2 wrong usage, 3 done but some rows need someone."
	var values valueParsers
	parser, err := kong.New(cli, append(values.options(),
		kong.Name(c.Name),
		kong.Description(description),
		kong.Writers(stdout, stderr),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, WrapUpperBound: 100}),
		kong.Help(help),
		WithVersion(),
		vars,
		c.Vars,
		kong.Exit(func(code int) { exit, ended = code, true }),
	)...)
	if err != nil {
		fmt.Fprintf(stderr, "%s: %v\n", c.Name, err)
		return nil, ExitFailed, true
	}
	ctx, err = parser.Parse(args)
	if ended {
		return nil, exit, true
	}
	if err != nil {
		fmt.Fprintf(stderr, "%s: %v\n", c.Name, errMisused(commandIn(err, c.Name), cmp.Or(values.malformed, reword(err))))
		return nil, ExitUsage, true
	}
	return ctx, 0, false
}

// commandIn is the command whose flags or arguments an error of kong is about: name, with the
// command within the program unless that is the one whose word may be left out.
func commandIn(err error, name string) string {
	if wrong := (*kong.ParseError)(nil); errors.As(err, &wrong) {
		if selected := wrong.Context.Selected(); selected != nil && selected != wrong.Context.Model.DefaultCmd {
			return selected.FullPath()
		}
	}
	return name
}

// help prints the help. For a program with a default command it also lists that command's
// arguments and flags, because users leave its name out.
func help(options kong.HelpOptions, ctx *kong.Context) error {
	if top := ctx.Model.Node; ctx.Selected() == nil && top.DefaultCmd != nil {
		top.Positional = top.DefaultCmd.Positional
		top.Flags = append(top.Flags, top.DefaultCmd.Flags...)
	}
	return kong.DefaultHelpPrinter(options, ctx)
}
