// This file holds the reasons, the counts and what is read of Redis against batches in virtual time.

package progress_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/redis/go-redis/v9"

	"btrollout/internal/ledger"
	"btrollout/internal/progress"
	"btrollout/internal/redistest"
	"btrollout/internal/rollout"
	"btrollout/internal/simtest"
	"btrollout/internal/throttle"
)

// scene is a ledger with the batch b1, in virtual time.
type scene struct {
	*testing.T
	server *redistest.Virtual
	rdb    *redis.Client
	ledger *ledger.Ledger
}

// inScene runs test in a bubble with a batch of so many sites, which are imported, and a worker.
func inScene(t *testing.T, sites int, test func(s *scene)) {
	t.Helper()
	simtest.InBubble(t, time.Minute, func(t *testing.T) {
		s := &scene{T: t, server: redistest.StartVirtual(t, redistest.VirtualOptions{Expiry: redistest.Exact})}
		s.rdb = s.server.Connect(t, nil)
		s.ledger = ledger.New(s.rdb)
		s.add("b1", sites)
		must(s.ledger.Start(t.Context(), "b1"))
		s.sign(0)
		test(s)
	})
}

// add creates a batch of so many sites, which still is being written.
func (s *scene) add(id string, sites int) {
	b := rollout.Batch{ID: id, File: "f.csv", Customer: "9999", Created: time.Now(), Uploaded: sites}
	must(s.ledger.Create(s.Context(), b))
	entries := make([]ledger.Entry, sites)
	for i := range entries {
		entries[i].Site.Row, entries[i].Site.State = rollout.RowRef(i+2), rollout.Imported
		entries[i].Site.Name = fmt.Sprint(id, " ", i)
	}
	_, err := s.ledger.Add(s.Context(), b, entries)
	must(err)
}

// sign gives a sign of life of a worker.
func (s *scene) sign(recoveryDelay time.Duration) {
	must(s.ledger.Sign(s.Context(), ledger.RunningWorker{ID: "w", RecoveryDelay: recoveryDelay}))
}

// move moves a row of b1 through states.
func (s *scene) move(row rollout.RowRef, states ...rollout.State) {
	_, site, err := s.ledger.Load(s.Context(), "b1", row)
	must(err)
	for _, state := range states {
		if site.State = state; state == rollout.Ordered {
			now := time.Now()
			site.OrderID, site.OrderedAt = "order", &now
		}
		site, _, err = s.ledger.Advance(s.Context(), site, time.Now())
		must(err)
	}
}

// order makes the order of a row.
func (s *scene) order(row rollout.RowRef) {
	s.move(row, rollout.Validated, rollout.Ordering, rollout.Ordered)
}

// calls makes calls under a budget, and returns its limiter.
func (s *scene) calls(n int, rate throttle.Rate, quotas ...throttle.Rate) *throttle.Limiter {
	l := throttle.New(s.rdb, rate, quotas...)
	for range n {
		must(l.Wait(s.Context(), 0))
	}
	return l
}

// progress reads the progress of b1, with counts for those of some states.
func (s *scene) progress(counts map[rollout.State]int) progress.Progress {
	s.Helper()
	b, _ := s.ledger.Batch(s.Context(), "b1") // an error says that it is damaged, as it does
	for state, n := range counts {
		b.Counts[state] = n
	}
	p, err := progress.Of(s.Context(), s.ledger, s.rdb, b)
	if err != nil {
		s.Fatal(err)
	}
	return p
}

// text is a text in both languages.
func text(en, fr string) rollout.Text { return rollout.Text{EN: en, FR: fr} }

// noWorker is the reason of a batch of 3 open sites without a worker.
var noWorker = progress.Reason{
	Cause: progress.NoWorker, Sites: 3,
	Text: text("No worker is running: start one with the command worker.",
		"Aucun worker ne tourne : démarrez-en un avec la commande worker."),
	Brief: text("no worker is running", "aucun worker ne tourne"),
}

func deliveries(sites, seconds int, en, fr, briefEN, briefFR string) progress.Reason {
	return progress.Reason{
		Cause: progress.Deliveries, Sites: sites, Seconds: seconds, Text: text(en, fr), Brief: text(briefEN, briefFR),
	}
}

// delivering says of one site that it has waited for 10 s.
var delivering = deliveries(1, 10, "1 site is ordered and waits for its delivery, the oldest for 10 s.",
	"1 site est commandé et attend sa livraison, le plus ancien depuis 10 s.",
	"1 waits for delivery (longest 10 s)", "1 attend la livraison (max 10 s)")

var perSecond = throttle.Rate{Calls: 10, Per: time.Second}

// reasons are cases: what is done to a batch of 3 sites, and the reasons then.
var reasons = []struct {
	name   string
	counts map[rollout.State]int // instead of those that the ledger has
	do     func(s *scene)
	want   []progress.Reason
}{
	{
		name: "none", do: func(*scene) {}, want: []progress.Reason{},
	}, {
		name: "importing",
		do:   func(s *scene) { must(s.rdb.HSet(s.Context(), "{btr}:batch:b1", "state", "importing").Err()) },
		want: []progress.Reason{{
			Cause: progress.Importing,
			Text:  text("Its rows are still being written: 3 of 3.", "Ses lignes sont encore en cours d'écriture : 3 sur 3."),
			Brief: text("rows are being written", "lignes en cours d'écriture"),
		}},
	}, {
		name: "withdrawn",
		do: func(s *scene) {
			must(s.rdb.HSet(s.Context(), "{btr}:batch:b1", "state", "importing").Err())
			_, err := s.ledger.Withdraw(s.Context(), "b1")
			must(err)
		},
		want: []progress.Reason{{
			Cause: progress.Withdrawn,
			Text: text("Its upload ended before all rows were written: nothing is ordered. Enqueue the file again.",
				"Son envoi s'est arrêté avant que toutes les lignes soient écrites : rien n'est commandé. Renvoyez le fichier."),
			Brief: text("upload withdrawn", "envoi retiré"),
		}},
	}, {
		name: "damaged",
		do:   func(s *scene) { must(s.rdb.HSet(s.Context(), "{btr}:batch:b1", "state", "odd").Err()) },
		want: []progress.Reason{{
			Cause: progress.Damaged,
			Text: text(`It cannot be read: batch b1: its record in Redis is damaged: it has the state "odd".`,
				`Il est illisible : batch b1: its record in Redis is damaged: it has the state "odd".`),
			Brief: text("damaged", "endommagé"),
		}},
	}, {
		name: "no worker: it signed off",
		do:   func(s *scene) { must(s.ledger.SignOff(s.Context(), "w")) },
		want: []progress.Reason{noWorker},
	}, {
		name: "a worker just before its sign of life expires",
		do:   func(*scene) { time.Sleep(ledger.SignLifetime - time.Millisecond) },
		want: []progress.Reason{},
	}, {
		name: "no worker: its sign of life expired",
		do:   func(*scene) { time.Sleep(ledger.SignLifetime) },
		want: []progress.Reason{noWorker},
	}, {
		name: "blocked",
		do: func(s *scene) {
			_, err := s.ledger.Block(s.Context(), "b1", "the key is not valid (401).")
			must(err)
		},
		want: []progress.Reason{{
			Cause: progress.Blocked, Sites: 3,
			Text: text("Blocked by the API: the key is not valid (401). It goes on by itself when the account works again; "+
				"check credentials and contract.",
				"Bloqué par l'API : the key is not valid (401). Le traitement reprend de lui-même dès que le compte fonctionne de nouveau ; "+
					"vérifiez les identifiants et le contrat."),
			Brief: text("blocked: the key is not valid (401)", "bloqué : the key is not valid (401)"),
		}},
	}, {
		name: "paused, and slowed for longer",
		do: func(s *scene) {
			s.calls(1, perSecond).Throttled(25 * time.Second)
			time.Sleep(5 * time.Second)
		},
		want: []progress.Reason{{
			Cause: progress.Paused, Seconds: 20,
			Text:  text("The API asked for a pause: no calls for another 20 s.", "L'API a demandé une pause : aucun appel pendant encore 20 s."),
			Brief: text("no calls for 20 s, as the API asked", "aucun appel pendant 20 s, à la demande de l'API"),
		}, slowed(5, "5", "5")},
	}, {
		name: "paused while orders are polled", counts: map[rollout.State]int{rollout.Imported: 0, rollout.Ordered: 1},
		do: func(s *scene) {
			s.order(2)
			s.calls(1, perSecond).Throttled(25 * time.Second)
			time.Sleep(10 * time.Second)
		},
		want: []progress.Reason{{
			Cause: progress.Paused, Seconds: 15,
			Text:  text("The API asked for a pause: no calls for another 15 s.", "L'API a demandé une pause : aucun appel pendant encore 15 s."),
			Brief: text("no calls for 15 s, as the API asked", "aucun appel pendant 15 s, à la demande de l'API"),
		}, delivering},
	}, {
		name: "the API does not answer", counts: map[rollout.State]int{rollout.Imported: 1},
		do: func(s *scene) {
			if err := s.ledger.NoteAPITrouble(s.Context(), "503 Service Unavailable."); err != nil {
				s.Fatal(err)
			}
		},
		want: []progress.Reason{{
			Cause: progress.API,
			Text: text("The API does not answer as it should (503 Service Unavailable): the sites are tried again.",
				"L'API ne répond pas comme elle le devrait (503 Service Unavailable) : les sites seront réessayés."),
			Brief: text("the API does not answer as it should", "l'API ne répond pas comme elle le devrait"),
		}},
	}, {
		name: "the API answers again", counts: map[rollout.State]int{rollout.Imported: 1},
		do: func(s *scene) {
			if err := s.ledger.NoteAPITrouble(s.Context(), "503"); err != nil {
				s.Fatal(err)
			}
			if err := s.ledger.EndAPITrouble(s.Context()); err != nil {
				s.Fatal(err)
			}
		},
		want: []progress.Reason{},
	}, {
		name: "slowed",
		do: func(s *scene) {
			s.calls(1, throttle.Rate{Calls: 100, Per: time.Minute}).Throttled(time.Second)
			time.Sleep(time.Second)
		},
		want: []progress.Reason{slowed(100./60/2, "0.83", "0,83")},
	}, {
		name: "a rate of a few calls a day, slowed",
		do: func(s *scene) {
			s.calls(1, throttle.Rate{Calls: 3, Per: 24 * time.Hour}).Throttled(time.Second)
			time.Sleep(time.Second)
		},
		want: []progress.Reason{slowed(3./86400/2, "0.000017", "0,000017")},
	}, {
		name: "first order",
		do: func(s *scene) {
			s.move(2, rollout.Validated)
			s.sign(90 * time.Second)
			must(s.ledger.SignOff(s.Context(), "w"))
			s.sign(90 * time.Second)
			time.Sleep(20 * time.Second)
		},
		want: []progress.Reason{{
			Cause: progress.FirstOrder, Seconds: 70, Sites: 3,
			Text: text("The first order waits 70 s, because this Redis is new or was restarted: earlier orders must become visible first.",
				"La première commande attend 70 s, car ce Redis est nouveau ou a redémarré : "+
					"les commandes antérieures doivent d'abord devenir visibles."),
			Brief: text("first order in 70 s, because this Redis is new or was restarted",
				"première commande dans 70 s, car ce Redis est nouveau ou a redémarré"),
		}},
	}, {
		name: "rate", counts: map[rollout.State]int{rollout.Imported: 4, rollout.Validated: 5, rollout.Ordering: 3},
		do: func(s *scene) { s.calls(1, throttle.Rate{Calls: 108, Per: time.Minute}) },
		want: []progress.Reason{{
			Cause: progress.Rate, Sites: 12, PerSecond: 1.8,
			Text:  text("12 sites wait for their calls: the rate is 108/m.", "12 sites attendent leurs appels : le débit est de 108/m."),
			Brief: text("limited by the rate of 108/m", "limité par le débit de 108/m"),
		}},
	}, {
		name: "a rate that few sites wait for", counts: map[rollout.State]int{rollout.Imported: 9},
		do:   func(s *scene) { s.calls(1, perSecond) },
		want: []progress.Reason{},
	}, {
		name: "deliveries", counts: map[rollout.State]int{rollout.Imported: 0, rollout.Ordered: 3},
		do: func(s *scene) {
			s.order(2)
			s.sign(0)
			time.Sleep(5 * time.Second)
			s.order(3)
			s.order(4)
			time.Sleep(20 * time.Second)
		},
		want: []progress.Reason{deliveries(3, 25, "3 sites are ordered and wait for their deliveries, the oldest for 25 s.",
			"3 sites sont commandés et attendent leur livraison, le plus ancien depuis 25 s.",
			"3 wait for delivery (longest 25 s)", "3 attendent la livraison (max 25 s)")},
	}, {
		name: "deliveries of orders of which no time is known", counts: map[rollout.State]int{rollout.Imported: 0, rollout.Ordered: 3},
		do: func(*scene) {},
		want: []progress.Reason{deliveries(3, 0, "3 sites are ordered and wait for their deliveries.",
			"3 sites sont commandés et attendent leur livraison.", "3 wait for delivery", "3 attendent la livraison")},
	}, {
		name: "following", counts: map[rollout.State]int{rollout.Imported: 0, rollout.Following: 2},
		do: func(*scene) {},
		want: []progress.Reason{{
			Cause: progress.Following, Sites: 2,
			Text: text("2 rows follow rows of other batches, and wait until those have ended.",
				"2 lignes suivent des lignes d'autres lots et attendent que celles-ci soient terminées."),
			Brief: text("2 follow other batches", "2 suivent d'autres lots"),
		}},
	}, {
		name: "one that follows", counts: map[rollout.State]int{rollout.Imported: 0, rollout.Following: 1},
		do: func(*scene) {},
		want: []progress.Reason{{
			Cause: progress.Following, Sites: 1,
			Text: text("1 row follows a row of another batch, and waits until that one has ended.",
				"1 ligne suit une ligne d'un autre lot et attend que celle-ci soit terminée."),
			Brief: text("1 follows another batch", "1 suit un autre lot"),
		}},
	}, {
		name: "report",
		do: func(s *scene) {
			for row := range rollout.RowRef(3) {
				s.move(row+2, rollout.Cancelled)
			}
		},
		want: []progress.Reason{{
			Cause: progress.Report,
			Text:  text("All sites have ended; the report is being written.", "Tous les sites sont terminés ; le rapport est en cours d'écriture."),
			Brief: text("writing the report", "écriture du rapport"),
		}},
	},
}

func slowed(perSecond float64, en, fr string) progress.Reason {
	return progress.Reason{
		Cause: progress.Slowed, PerSecond: perSecond,
		Text: text("At present "+en+" calls a second are made, because the API refused calls; the rate recovers within a minute.",
			"Actuellement "+fr+" appels par seconde, car l'API en a refusé ; le débit remonte en une minute."),
		Brief: text("slowed by the API to "+en+"/s", "ralenti par l'API à "+fr+"/s"),
	}
}

// near compares figures, which times of calls change a little.
var near = cmp.Comparer(func(a, b float64) bool { return a-b < 0.001 && b-a < 0.001 })

func TestReasons(t *testing.T) {
	t.Parallel()
	for _, c := range reasons {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			inScene(t, 3, func(s *scene) {
				c.do(s)
				if diff := cmp.Diff(c.want, s.progress(c.counts).Reasons, near); diff != "" {
					t.Errorf("the reasons (-want +got):\n%s", diff)
				}
			})
		})
	}
}

func TestReasons_Importing(t *testing.T) {
	t.Parallel()
	inScene(t, 0, func(s *scene) {
		s.add("b2", 2)
		for uploaded, want := range map[int]string{
			5: "Its rows are still being written: 2 of 5.",
			0: "Its rows are still being written.",
		} {
			b, err := s.ledger.Batch(s.Context(), "b2")
			must(err)
			b.Uploaded = uploaded
			p, err := progress.Of(s.Context(), s.ledger, s.rdb, b)
			if err != nil || len(p.Reasons) != 1 || p.Reasons[0].Text.EN != want {
				t.Errorf("%+v (%v), want %q", p.Reasons, err, want)
			}
		}
	})
}

// The time that is said of a quota is that of the next call.
func TestReasons_Quota(t *testing.T) {
	t.Parallel()
	for period, layout := range map[time.Duration]string{
		time.Hour:      time.TimeOnly,
		24 * time.Hour: "2006-01-02 15:04", // the next call is made on another day
	} {
		t.Run(fmt.Sprint(period), func(t *testing.T) {
			t.Parallel()
			inScene(t, 3, func(s *scene) {
				// From noon on, so that the day of the next call does not depend on the time zone.
				now := time.Now().Local()
				time.Sleep(time.Date(now.Year(), now.Month(), now.Day()+1, 12, 0, 0, 0, time.Local).Sub(now))
				l := s.calls(5, perSecond, throttle.Rate{Calls: 5, Per: period})
				time.Sleep(period * 11 / 24) // while no call waits, nothing reads the budget
				s.sign(0)
				got, began := s.progress(nil).Reasons, time.Now()
				must(l.Wait(s.Context(), 0))
				took := time.Since(began)
				if len(got) != 1 || got[0].Cause != progress.Quota || time.Duration(got[0].Seconds)*time.Second-took > time.Second ||
					took-time.Duration(got[0].Seconds)*time.Second > time.Second {
					t.Fatalf("the next call was made after %s; said was %+v", took, got)
				}
				at, in := began.Add(took).Local().Format(layout), progress.Duration(took)
				want := text(fmt.Sprintf("A quota of calls is used up: the next call is made at %s, in %s.", at, in.EN),
					fmt.Sprintf("Un quota d'appels est épuisé : le prochain appel se fera à %s, dans %s.", at, in.FR))
				brief := text("quota used up until "+at, "quota épuisé jusqu'à "+at)
				if diff := cmp.Diff([]rollout.Text{want, brief}, []rollout.Text{got[0].Text, got[0].Brief}); diff != "" {
					t.Errorf("what is said (-want +got):\n%s", diff)
				}
			})
		})
	}
}

// What people decided is said, and no time left while nothing may be ordered.
func TestReasons_Decisions(t *testing.T) {
	t.Parallel()
	plan := func(change func(*rollout.Plan)) func(s *scene) error {
		return func(s *scene) error {
			var p rollout.Plan
			change(&p)
			b, err := s.ledger.Batch(s.Context(), "b1")
			must(err)
			_, err = s.ledger.Replan(s.Context(), b, p)
			return err
		}
	}
	pause := func(s *scene) error { _, err := s.ledger.As("anna@office").Pause(s.Context(), "b1"); return err }
	cancel := func(c rollout.Cancellation) func(s *scene) error {
		return func(s *scene) error { _, err := s.ledger.Cancel(s.Context(), "b1", c); return err }
	}
	for name, c := range map[string]struct {
		decide func(s *scene) error
		cause  progress.Cause
		en, fr string
		stands bool
	}{
		"paused": {
			pause, progress.BatchPaused,
			"The batch is paused (since AT, by anna@office): batch resume lets it go on.",
			"Le lot est en pause (depuis AT, par anna@office) : batch resume le fait reprendre.", true,
		},
		"all paused": {
			func(s *scene) error { return s.ledger.As("anna@office").PauseAll(s.Context()) }, progress.AllPaused,
			"All batches are paused (since AT, by anna@office): batch resume --all lets them go on.",
			"Tous les lots sont en pause (depuis AT, par anna@office) : batch resume --all les fait reprendre.", true,
		},
		"cancelled": {
			cancel(rollout.FinishOrdered), progress.Cancelling,
			"The batch was cancelled: it orders nothing more, and finishes the sites that are ordered.",
			"Le lot a été annulé : il ne commande plus rien et termine les sites déjà commandés.", true,
		},
		"left": {
			cancel(rollout.LeaveOrdered), progress.Cancelling,
			"The batch was cancelled: ordered sites are left as they are.",
			"Le lot a été annulé : les sites commandés sont laissés en l'état.", true,
		},
		"window": {
			plan(func(p *rollout.Plan) { p.Windows = []string{"22:00-23:00 UTC"} }), progress.Window,
			"By its plan, the batch orders nothing before 22:00 UTC.",
			"D'après son calendrier, le lot ne commande rien avant 22:00 UTC.", false,
		},
		"start": {
			plan(func(p *rollout.Plan) { p.Start = time.Date(2000, 1, 3, 4, 0, 0, 0, time.UTC) }), progress.Window,
			"By its plan, the batch orders nothing before Mon 3 Jan 04:00 UTC.",
			"D'après son calendrier, le lot ne commande rien avant lundi 3 janvier à 04:00 UTC.", false,
		},
		"strict, and all ordered": {
			func(s *scene) error {
				s.order(2)
				return plan(func(p *rollout.Plan) { p.Windows, p.Strict = []string{"22:00-23:00 UTC"}, true })(s)
			}, progress.Window,
			"By its plan, the batch orders nothing, polls no order and sends no address before 22:00 UTC.",
			"D'après son calendrier, le lot ne commande rien, n'interroge aucune commande et n'envoie aucune adresse avant 22:00 UTC.", false,
		},
		"strict, and all delivered": {
			func(s *scene) error {
				s.order(2)
				s.move(2, rollout.Delivered)
				return plan(func(p *rollout.Plan) { p.Windows, p.Strict = []string{"22:00-23:00 UTC"}, true })(s)
			}, progress.Window,
			"By its plan, the batch orders nothing, polls no order and sends no address before 22:00 UTC.",
			"D'après son calendrier, le lot ne commande rien, n'interroge aucune commande et n'envoie aucune adresse avant 22:00 UTC.", false,
		},
		"unknown time zone": {
			plan(func(p *rollout.Plan) { p.Windows = []string{"22:00-23:00 Mars/Olympus"} }), progress.Window,
			"The windows of its plan cannot be read on this machine (unknown time zone \"Mars/Olympus\": write one of the IANA time zones, " +
				"such as Europe/Paris). A worker that cannot read them orders nothing of the batch: " +
				"change them with batch window, or update the worker.",
			"Les plages de son calendrier sont illisibles sur cette machine (unknown time zone \"Mars/Olympus\": " +
				"write one of the IANA time zones, such as Europe/Paris). Un worker qui ne peut pas les lire ne commande rien du lot : " +
				"changez-les avec batch window ou mettez le worker à jour.", false,
		},
		"queues": {
			func(s *scene) error {
				return s.ledger.Sign(s.Context(), ledger.RunningWorker{ID: "w", PausedQueues: []string{"btrollout:order"}})
			}, progress.QueuesPaused,
			"Queues of asynq are paused (btrollout:order): batch resume --queues lets them go on.",
			"Des files d'asynq sont en pause (btrollout:order) : batch resume --queues les fait reprendre.", true,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inScene(t, 1, func(s *scene) {
				must(c.decide(s))
				b, err := s.ledger.Batch(s.Context(), "b1")
				must(err)
				p, err := progress.Of(s.Context(), s.ledger, s.rdb, b)
				must(err)
				if len(p.Reasons) == 0 || p.Reasons[0].Cause != c.cause || p.Reasons[0].StandsStill() != c.stands {
					t.Fatalf("said is %+v", p.Reasons)
				}
				at := strings.NewReplacer("AT", time.Now().Local().Format("15:04"))
				if p.Reasons[0].Cause == progress.Window && p.Reasons[0].Seconds == 0 && p.Left != nil {
					t.Errorf("the windows never open, and the time left is %+v", p.Left)
				}
				if diff := cmp.Diff(text(at.Replace(c.en), at.Replace(c.fr)), p.Reasons[0].Text); diff != "" {
					t.Errorf("(-want +got):\n%s", diff)
				}
			})
		})
	}
}

// Batches that may order take turns.
func TestReasons_OtherBatches(t *testing.T) {
	t.Parallel()
	inScene(t, 1, func(s *scene) {
		time.Sleep(time.Second)
		s.add("b2", 2)
		must(s.ledger.Start(s.Context(), "b2"))
		said := func(id string) []progress.Reason {
			t.Helper()
			b, err := s.ledger.Batch(s.Context(), id)
			must(err)
			p, err := progress.Of(s.Context(), s.ledger, s.rdb, b)
			must(err)
			return p.Reasons
		}
		want := []progress.Reason{{
			Cause: progress.OtherBatches,
			Text:  text("The batch takes turns with 1 other batch.", "Le lot alterne avec 1 autre lot."),
			Brief: text("takes turns with 1 other batch", "alterne avec 1 autre lot"),
		}}
		if diff := cmp.Diff([][]progress.Reason{want, want}, [][]progress.Reason{said("b1"), said("b2")}); diff != "" {
			t.Errorf("of two batches is said (-want +got):\n%s", diff)
		}
		s.order(2)
		if got := said("b2"); len(got) > 0 {
			t.Errorf("the other batch needs no calls, but is said to take turns: %+v", got)
		}
	})
}

// Any number of sites in each state: the counts add up to the rows, and an open batch has a reason
// or moves.
func TestProgress_CountsAddUp(t *testing.T) {
	t.Parallel()
	inScene(t, 1, func(s *scene) {
		r := rand.New(rand.NewPCG(1, 2))
		for range 200 {
			counts, open, needSomeone := map[rollout.State]int{}, 0, 0
			for _, state := range rollout.States {
				if counts[state] = 0; r.IntN(2) == 0 {
					counts[state] = r.IntN(100)
				}
				if !state.Final() {
					open += counts[state]
				}
				if state.NeedsSomeone() {
					needSomeone += counts[state]
				}
			}
			p := s.progress(counts)
			if p.Done+p.Failed+p.Cancelled+p.Waiting != p.Rows || p.Waiting != open || p.Failed != needSomeone ||
				p.Done != counts[rollout.Provisioned]+counts[rollout.Skipped] {
				t.Errorf("of %v is said %+v", counts, p)
			}
		}
	})
}

func TestProgress_Done(t *testing.T) {
	t.Parallel()
	inScene(t, 2, func(s *scene) {
		s.order(2)
		s.move(2, rollout.Delivered, rollout.Provisioned)
		s.move(3, rollout.Failed)
		if _, err := s.ledger.Finish(s.Context(), "b1", 0, "r.xlsx"); err != nil {
			t.Fatal(err)
		}
		must(s.ledger.SignOff(s.Context(), "w"))
		p := s.progress(nil)
		if diff := cmp.Diff(progress.Progress{Rows: 2, Done: 1, Failed: 1, Reasons: []progress.Reason{}}, p); diff != "" {
			t.Errorf("the progress (-want +got):\n%s", diff)
		}
		if got := p.Line(rollout.English); got != "1 of 2 done (50%) · 1 failed" {
			t.Errorf("its line is %q", got)
		}
	})
}

// Records that cannot be read are left out.
func TestProgress_DamagedRecords(t *testing.T) {
	t.Parallel()
	for key, restored := range map[string]bool{
		"{btr}:batch:b1:pace": false, "{btr}:batch:b1:waiting": false, "{btr}:budget": false, "{btr}:budget:quota:1h0m0s": false,
		"{btr}:workers": true, "{btr}:worker:w": true, // by the next sign of life
	} {
		for _, do := range []string{"missing", "of another type", "text"} {
			t.Run(key+" "+do, func(t *testing.T) {
				t.Parallel()
				inScene(t, 3, func(s *scene) {
					s.order(2)
					s.calls(1, perSecond, throttle.Rate{Calls: 100, Per: time.Hour})
					must(s.rdb.Del(s.Context(), key).Err())
					switch do {
					case "of another type":
						must(s.rdb.ZAdd(s.Context(), key, redis.Z{Member: "x"}).Err())
					case "text":
						must(s.rdb.Set(s.Context(), key, "x", 0).Err())
					}
					if restored {
						s.sign(0)
					}
					p := s.progress(nil)
					if p.Rows != 3 || len(p.Reasons) != 1 || p.Reasons[0].Cause != progress.Deliveries {
						t.Errorf("%+v", p)
					}
				})
			})
		}
	}
}

// A budget whose fields cannot be read counts as unknown.
func TestProgress_DamagedBudget(t *testing.T) {
	t.Parallel()
	inScene(t, 3, func(s *scene) {
		for _, settings := range []string{"x y", "5 y", "5", "5 0", "0 1000000", "-5 10"} {
			must(s.rdb.HSet(s.Context(), "{btr}:budget", "settings", settings).Err())
			if p := s.progress(nil); p.Rows != 3 || p.Left != nil {
				t.Errorf("%q: %+v", settings, p)
			}
		}
	})
}

// The facts beside the batch are read at most every two seconds; the batch is read each time.
func TestReader_ReadsFactsSeldom(t *testing.T) {
	t.Parallel()
	inScene(t, 3, func(s *scene) {
		r := progress.NewReader(s.ledger, s.rdb, "b1")
		read := func() (reasons, cancelled int, commands int64) {
			before := s.server.Commands()
			_, p, err := r.Read(s.Context())
			if err != nil {
				t.Fatal(err)
			}
			return len(p.Reasons), p.Cancelled, s.server.Commands() - before
		}
		_, _, first := read()
		must(s.ledger.SignOff(s.Context(), "w"))
		s.move(2, rollout.Cancelled)
		time.Sleep(2*time.Second - time.Millisecond)
		reasons, cancelled, second := read()
		if reasons != 0 || cancelled != 1 || second >= first/2 {
			t.Errorf("before two seconds are over: %d reasons, %d cancelled, %d commands (at first %d)", reasons, cancelled, second, first)
		}
		time.Sleep(time.Millisecond)
		if reasons, _, third := read(); reasons != 1 || third <= second {
			t.Errorf("after two seconds: %d reasons, %d commands", reasons, third)
		}
	})
}

// A Redis that takes no writes is read as before, and reading changes nothing.
func TestReader_WritesNothing(t *testing.T) {
	t.Parallel()
	inScene(t, 3, func(s *scene) {
		s.order(2)
		s.calls(3, perSecond, throttle.Rate{Calls: 100, Per: time.Hour})
		before, reader := s.server.Dump(), ledger.NewReader(s.rdb)
		for _, refusal := range []string{"", "OOM command not allowed when used memory > 'maxmemory'."} {
			s.server.RefuseWrites(refusal)
			_, p, err := progress.NewReader(reader, s.rdb, "b1").Read(s.Context())
			if err != nil || p.Rows != 3 || len(p.Reasons) != 1 || p.Reasons[0].Cause != progress.Deliveries {
				t.Errorf("%q: %+v (%v)", refusal, p, err)
			}
		}
		s.server.RefuseWrites("")
		if diff := cmp.Diff(before, s.server.Dump()); diff != "" {
			t.Errorf("reading changed (-before +after):\n%s", diff)
		}
	})
}

func TestReader_OnAFullRedis(t *testing.T) {
	t.Parallel()
	rdb := redistest.Connect(t, redistest.Server(t))
	s := &scene{T: t, rdb: rdb, ledger: ledger.New(rdb)}
	s.add("b1", 20)
	must(s.ledger.Start(t.Context(), "b1"))
	s.sign(0)
	s.order(2)
	s.calls(1, perSecond, throttle.Rate{Calls: 100, Per: time.Hour})
	must(rdb.ConfigSet(t.Context(), "maxmemory", "1mb").Err())
	if err := rdb.Set(t.Context(), "x", "x", 0).Err(); err == nil {
		t.Fatal("Redis is not full")
	}
	if err := s.ledger.Sign(t.Context(), ledger.RunningWorker{ID: "w"}); err != nil {
		t.Errorf("a sign of life: %v", err)
	}
	_, p, err := progress.NewReader(ledger.NewReader(rdb), rdb, "b1").Read(t.Context())
	if err != nil || p.Rows != 20 || len(p.Reasons) == 0 {
		t.Errorf("%+v (%v)", p, err)
	}
}
