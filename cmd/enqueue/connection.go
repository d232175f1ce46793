// This file opens what the commands need: the API or the simulator, and a Redis.

package main

import (
	"context"
	"fmt"
	"time"

	"github.com/redis/go-redis/v9"

	"btrollout/internal/app"
	"btrollout/internal/btsim"
	"btrollout/internal/config"
	"btrollout/internal/embedded"
)

// connection is the way to the API and to Redis. It must be closed.
type connection struct {
	api  *app.Access
	rdb  *redis.Client
	sim  *btsim.Sim // nil: the real API
	undo []func()   // closes what was opened, the last first

	ownRedis bool // the Redis is in this process
}

func (c *connection) close() {
	for i := len(c.undo) - 1; i >= 0; i-- {
		c.undo[i]()
	}
}

// connect opens the API or the simulator, and a Redis as openRedis says.
func (s *session) connect(ctx context.Context, toOrder bool) (_ *connection, err error) {
	c := &connection{}
	defer func() {
		if err != nil {
			c.close()
		}
	}()
	settings := s.flags.API
	if s.flags.Simulate {
		if err := app.CheckAPI(settings); err != nil { // also of what the simulator replaces
			return nil, err
		}
		if settings, err = c.startSimulator(settings); err != nil {
			return nil, err
		}
	} else if err := settings.LoadSecrets(); err != nil {
		return nil, &app.UsageError{Text: err.Error()}
	}
	if err := c.openRedis(ctx, s, toOrder); err != nil {
		return nil, err
	}
	if c.api, err = app.NewAccess(settings, c.rdb); err != nil {
		return nil, err
	}
	c.undo = append(c.undo, c.api.Close)
	if said := c.api.Disagreement(ctx); said != "" {
		fmt.Fprintln(s.stderr, warnDisagreement(said))
	}
	return c, nil
}

// openRedis connects to the Redis that REDIS_URL names. The Redis is one in this process
// with --embedded, and also where REDIS_URL leads to none and the command orders nothing. A
// malformed REDIS_URL is always an error.
func (c *connection) openRedis(ctx context.Context, s *session, toOrder bool) error {
	address := s.flags.Redis.Address()
	if _, err := app.RedisOptions(address); err != nil {
		return err
	}
	if s.flags.Embedded {
		if !s.flags.Simulate && toOrder {
			fmt.Fprintln(s.stderr, warnRedisInMemory)
		}
		return c.startRedis(ctx)
	}
	err := c.dialRedis(ctx, address)
	if err == nil || toOrder || ctx.Err() != nil {
		return err
	}
	if s.flags.Redis.URL != nil {
		fmt.Fprintln(s.stderr, warnOwnRedis(app.Brief(err)))
	} else {
		s.log.Info(noteOwnRedis, "err", err)
	}
	return c.startRedis(ctx)
}

// startRedis starts a Redis in this process, and connects to it.
func (c *connection) startRedis(ctx context.Context) error {
	url, stop, err := embedded.Redis()
	if err != nil {
		return err
	}
	c.undo, c.ownRedis = append(c.undo, stop), true
	return c.dialRedis(ctx, url)
}

func (c *connection) dialRedis(ctx context.Context, url string) error {
	rdb, err := app.OpenRedis(ctx, url)
	if err != nil {
		return err
	}
	c.rdb = rdb
	c.undo = append(c.undo, func() { rdb.Close() })
	return nil
}

// customer is the customer code to use: the simulator's, the given one or, if that is
// "", the account's only one.
func (c *connection) customer(ctx context.Context, given string) (string, error) {
	if c.sim != nil {
		given = c.sim.Credentials().CustomerCode
	}
	return app.Customer(ctx, c.api.Checker, given)
}

// account is the customer's account, and the way to it.
type account struct {
	connection *connection
	customer   string // customer code
}

// accountOpener opens an account when it is first needed. It must be closed.
type accountOpener struct {
	session  *session
	toOrder  bool   // as for connect
	customer string // customer code that the user gave; "": none
	opened   *account
}

func (o *accountOpener) open(ctx context.Context) (*account, error) {
	if o.opened != nil {
		return o.opened, nil
	}
	c, err := o.session.connect(ctx, o.toOrder)
	if err != nil {
		return nil, err
	}
	code, err := c.customer(ctx, o.customer)
	if err != nil {
		c.close()
		return nil, err
	}
	o.opened = &account{connection: c, customer: code}
	return o.opened, nil
}

func (o *accountOpener) close() {
	if o.opened != nil {
		o.opened.connection.close()
	}
}

// In a rehearsal, orders are delivered within seconds, and an order whose answer was
// lost is soon looked for.
const (
	simulatedDeliveryMin = 2 * time.Second
	simulatedDeliveryMax = 8 * time.Second
	simulatedSettle      = 2 * time.Second
	simulatedRate        = 25     // calls a second that the simulator lets through,
	rehearsedRate        = "20/s" // and those that are made, whatever BT_RATE says
)

// startSimulator starts a simulator in this process, and returns the settings that lead
// to it.
func (c *connection) startSimulator(settings config.API) (config.API, error) {
	sim, err := btsim.New(btsim.Options{DeliveryMin: simulatedDeliveryMin, DeliveryMax: simulatedDeliveryMax, Rate: simulatedRate, Seed: 1})
	if err != nil {
		return settings, err
	}
	url, stop, err := embedded.Serve(sim.Handler())
	if err != nil {
		return settings, err
	}
	c.undo = append(c.undo, stop)
	c.sim = sim
	settings.URL, settings.TokenURL = url+btsim.BasePath, url+btsim.TokenPath
	settings.Rate, settings.Quota, settings.Settle = rehearsedRate, "", simulatedSettle
	id := sim.Credentials()
	settings.Secrets = config.Secrets{ClientID: id.ClientID, ClientSecret: id.ClientSecret, APIKey: id.APIKey}
	return settings, nil
}
