package main

// This file opens what the commands need: the API or the simulator, and a Redis.

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"time"

	"github.com/redis/go-redis/v9"

	"btrollout/internal/app"
	"btrollout/internal/btsim"
	"btrollout/internal/config"
	"btrollout/internal/embedded"
	"btrollout/internal/rollout"
)

// session is one run of one of the commands.
type session struct {
	shared
	ctx            context.Context
	stdout, stderr io.Writer
	columns        int                                                        // of stdout
	ask            func(ctx context.Context, question string) (string, error) // asks who sits at the terminal; nil: nobody does
	log            *slog.Logger

	api  *app.Access
	rdb  redis.UniversalClient // nil: none, which only a command that orders nothing can do without
	sim  *btsim.Sim            // nil: the real API
	undo []func()

	exit     int
	recorded string // id of the batch, once it is in the ledger
}

func (s *session) close() {
	for i := len(s.undo) - 1; i >= 0; i-- {
		s.undo[i]()
	}
}

// say speaks the user's language.
func (s *session) say(en, fr string, args ...any) string {
	return rollout.Say(en, fr, args...).In(s.Lang)
}

// connect opens what a command needs: the API or the simulator, and a Redis. Only who
// means to order cannot do without one that answers.
func (s *session) connect(ctx context.Context, toOrder bool) error {
	if s.Simulate {
		if err := s.startSimulator(); err != nil {
			return err
		}
	} else if err := s.LoadSecrets(); err != nil {
		return &app.UsageError{Text: err.Error()}
	}
	err := s.openRedis(ctx, toOrder)
	if err != nil {
		return err
	}
	if s.api, err = app.NewAccess(s.API, s.rdb); err != nil {
		return err
	}
	s.undo = append(s.undo, s.api.Close)
	if said := s.api.Disagreement(ctx); said != "" {
		fmt.Fprintln(s.stderr, "Warning: "+said+".")
	}
	return nil
}

func (s *session) openRedis(ctx context.Context, toOrder bool) error {
	var err error
	url := s.Redis.URL
	if s.Embedded {
		if !s.Simulate && toOrder {
			fmt.Fprintln(s.stderr, "Warning: real orders on a Redis in memory, which forgets them when this run ends. The same file may be uploaded again, because its sites are found in the account as long as the API shows the account's orders; but let no two runs order the same sites at the same time. Rows in review can be resolved only on a Redis that keeps its data.")
		}
		var stop func()
		if url, stop, err = embedded.Redis(); err != nil {
			return err
		}
		s.undo = append(s.undo, stop)
	}
	if s.rdb, err = app.OpenRedis(ctx, url); err != nil {
		if !toOrder && ctx.Err() == nil {
			s.log.Info("no Redis can be used: this run keeps to BT_RATE by itself", "err", err)
			return nil
		}
		return err
	}
	s.undo = append(s.undo, func() { s.rdb.Close() })
	return nil
}

// In a rehearsal, orders are delivered within seconds, and nobody waits long for
// an order whose answer was lost.
const (
	simulatedDeliveryMin = 2 * time.Second
	simulatedDeliveryMax = 8 * time.Second
	simulatedSettle      = 2 * time.Second
	simulatedRate        = 25     // calls a second that the simulator lets through,
	rehearsedRate        = "20/s" // and those that are made, whatever BT_RATE says
)

func (s *session) startSimulator() error {
	sim, err := btsim.New(btsim.Options{DeliveryMin: simulatedDeliveryMin, DeliveryMax: simulatedDeliveryMax, Rate: simulatedRate, Seed: 1})
	if err != nil {
		return err
	}
	url, stop, err := embedded.Serve(sim.Handler())
	if err != nil {
		return err
	}
	s.undo = append(s.undo, stop)
	id := sim.Credentials()
	s.sim = sim
	s.API.URL, s.TokenURL, s.Settle = url+btsim.BasePath, url+btsim.TokenPath, simulatedSettle
	s.Rate, s.Quota = rehearsedRate, ""
	s.API.Secrets = config.Secrets{ClientID: id.ClientID, ClientSecret: id.ClientSecret, APIKey: id.APIKey}
	return nil
}
