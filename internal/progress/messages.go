// Every sentence of this package, in both languages, but for those of times.

package progress

import (
	"math"
	"strconv"
	"strings"
	"time"

	"btrollout/internal/rollout"
	"btrollout/internal/schedule"
	"btrollout/internal/throttle"
)

var (
	say   = rollout.Say
	count = rollout.Count
)

// OfTrouble is the reason of a Redis that does not answer, or is in trouble; what says which.
func OfTrouble(what string) Reason {
	text := say("%s, waiting for it", "%s, en attente", rollout.Clause(what))
	return Reason{Cause: Redis, Text: text, Brief: text}
}

func damaged(b rollout.Batch) Reason {
	return Reason{
		Cause: Damaged,
		Text:  say("It cannot be read: %s.", "Il est illisible : %s.", rollout.Clause(b.Reason)),
		Brief: say("damaged", "endommagé"),
	}
}

func importing(b rollout.Batch) Reason {
	text := say("Its rows are still being written.", "Ses lignes sont encore en cours d'écriture.")
	if b.Uploaded > 0 {
		text = say("Its rows are still being written: %d of %d.",
			"Ses lignes sont encore en cours d'écriture : %d sur %d.", b.Rows(), b.Uploaded)
	}
	return Reason{Cause: Importing, Text: text, Brief: say("rows are being written", "lignes en cours d'écriture")}
}

func withdrawn() Reason {
	return Reason{
		Cause: Withdrawn,
		Text: say("Its upload ended before all rows were written: nothing is ordered. Enqueue the file again.",
			"Son envoi s'est arrêté avant que toutes les lignes soient écrites : rien n'est commandé. Renvoyez le fichier."),
		Brief: say("upload withdrawn", "envoi retiré"),
	}
}

func noWorker(open int) Reason {
	return Reason{
		Cause: NoWorker, Sites: open,
		Text: say("No worker is running: start one with the command worker.",
			"Aucun worker ne tourne : démarrez-en un avec la commande worker."),
		Brief: say("no worker is running", "aucun worker ne tourne"),
	}
}

func blocked(b rollout.Batch) Reason {
	return Reason{
		Cause: Blocked, Sites: b.Open(),
		Text: say("Blocked by the API: %s. It goes on by itself when the account works again; check credentials and contract.",
			"Bloqué par l'API : %s. Le traitement reprend de lui-même dès que le compte fonctionne de nouveau ; "+
				"vérifiez les identifiants et le contrat.", rollout.Clause(b.Reason)),
		Brief: say("blocked: %s", "bloqué : %s", rollout.Clause(b.Reason)),
	}
}

func apiTrouble(words string) Reason {
	return Reason{
		Cause: API,
		Text: say("The API does not answer as it should (%s): the sites are tried again.",
			"L'API ne répond pas comme elle le devrait (%s) : les sites seront réessayés.", rollout.Clause(words)),
		Brief: say("the API does not answer as it should", "l'API ne répond pas comme elle le devrait"),
	}
}

func paused(left time.Duration) Reason {
	return Reason{
		Cause: Paused, Seconds: seconds(left),
		Text: say("The API asked for a pause: no calls for another %s.", "L'API a demandé une pause : aucun appel pendant encore %s.",
			Duration(left)),
		Brief: say("no calls for %s, as the API asked", "aucun appel pendant %s, à la demande de l'API", Duration(left)),
	}
}

func quotaFull(left time.Duration) Reason {
	until := clockTime(left)
	return Reason{
		Cause: Quota, Seconds: seconds(left),
		Text: say("A quota of calls is used up: the next call is made at %s, in %s.",
			"Un quota d'appels est épuisé : le prochain appel se fera à %s, dans %s.", until, Duration(left)),
		Brief: say("quota used up until %s", "quota épuisé jusqu'à %s", until),
	}
}

// clockTime is the time of day when something ends, with its day if that is not today.
func clockTime(left time.Duration) string {
	at := time.Now().Add(left).Local()
	if at.Format(time.DateOnly) != time.Now().Local().Format(time.DateOnly) {
		return at.Format("2006-01-02 15:04")
	}
	return at.Format("15:04:05")
}

func firstOrder(left time.Duration, sites int) Reason {
	return Reason{
		Cause: FirstOrder, Seconds: seconds(left), Sites: sites,
		Text: say("The first order waits %s, because this Redis is new or was restarted: earlier orders must become visible first.",
			"La première commande attend %s, car ce Redis est nouveau ou a redémarré : les commandes antérieures doivent d'abord devenir visibles.",
			Duration(left)),
		Brief: say("first order in %s, because this Redis is new or was restarted",
			"première commande dans %s, car ce Redis est nouveau ou a redémarré", Duration(left)),
	}
}

func firstAddress(left time.Duration, sites int) Reason {
	return Reason{
		Cause: FirstAddress, Seconds: seconds(left), Sites: sites,
		Text: say("The next address waits %s, because this Redis is new or was restarted: addresses sent earlier must arrive first.",
			"La prochaine adresse attend %s, car ce Redis est nouveau ou a redémarré : les adresses déjà envoyées doivent d'abord arriver.",
			Duration(left)),
		Brief: say("next address in %s, because this Redis is new or was restarted",
			"prochaine adresse dans %s, car ce Redis est nouveau ou a redémarré", Duration(left)),
	}
}

func slowed(perSecond float64) Reason {
	return Reason{
		Cause: Slowed, PerSecond: perSecond,
		Text: say("At present %s calls a second are made, because the API refused calls; the rate recovers within a minute.",
			"Actuellement %s appels par seconde, car l'API en a refusé ; le débit remonte en une minute.", figure(perSecond)),
		Brief: say("slowed by the API to %s/s", "ralenti par l'API à %s/s", figure(perSecond)),
	}
}

func rateFull(r throttle.Rate, sites int) Reason {
	return Reason{
		Cause: Rate, PerSecond: r.PerSecond(), Sites: sites,
		Text: count(sites, say("site waits for its calls: the rate is %s.", "site attend ses appels : le débit est de %s.", r),
			say("sites wait for their calls: the rate is %s.", "sites attendent leurs appels : le débit est de %s.", r)),
		Brief: say("limited by the rate of %s", "limité par le débit de %s", r),
	}
}

func urgentBatches(sites int) Reason {
	return Reason{
		Cause: UrgentBatches, Sites: sites,
		Text: count(sites, say("site of urgent batches comes first.", "site de lots urgents passe d'abord."),
			say("sites of urgent batches come first.", "sites de lots urgents passent d'abord.")),
		Brief: say("after %s", "après %s", count(sites, say("site of urgent batches", "site de lots urgents"),
			say("sites of urgent batches", "sites de lots urgents"))),
	}
}

func otherBatches(batches int) Reason {
	others := count(batches, say("other batch", "autre lot"), say("other batches", "autres lots"))
	return Reason{
		Cause: OtherBatches,
		Text:  say("The batch takes turns with %s.", "Le lot alterne avec %s.", others),
		Brief: say("takes turns with %s", "alterne avec %s", others),
	}
}

// since is when somebody decided, and who did.
func since(p rollout.Pause, now time.Time) rollout.Text {
	at := p.At.Local().Format("15:04")
	if now.Sub(p.At) > 12*time.Hour {
		at = p.At.Local().Format("2006-01-02 15:04")
	}
	if p.By == "" {
		return say("since %s", "depuis %s", at)
	}
	return say("since %s, by %s", "depuis %s, par %s", at, p.By)
}

func allPaused(p rollout.Pause, now time.Time) Reason {
	return Reason{
		Cause: AllPaused,
		Text: say("All batches are paused (%s): batch resume --all lets them go on.",
			"Tous les lots sont en pause (%s) : batch resume --all les fait reprendre.", since(p, now)),
		Brief: say("all batches are paused", "tous les lots sont en pause"),
	}
}

func batchPaused(p rollout.Pause, now time.Time) Reason {
	return Reason{
		Cause: BatchPaused,
		Text: say("The batch is paused (%s): batch resume lets it go on.",
			"Le lot est en pause (%s) : batch resume le fait reprendre.", since(p, now)),
		Brief: say("paused", "en pause"),
	}
}

func cancelling(b rollout.Batch) Reason {
	if b.Cancelled == rollout.LeaveOrdered {
		return Reason{
			Cause: Cancelling,
			Text: say("The batch was cancelled: ordered sites are left as they are.",
				"Le lot a été annulé : les sites commandés sont laissés en l'état."),
			Brief: say("being cancelled", "en cours d'annulation"),
		}
	}
	return Reason{
		Cause: Cancelling,
		Text: say("The batch was cancelled: it orders nothing more, and finishes the sites that are ordered.",
			"Le lot a été annulé : il ne commande plus rien et termine les sites déjà commandés."),
		Brief: say("being cancelled", "en cours d'annulation"),
	}
}

func queuesPaused(queues []string) Reason {
	list := strings.Join(queues, ", ")
	return Reason{
		Cause: QueuesPaused,
		Text: say("Queues of asynq are paused (%s): batch resume --queues lets them go on.",
			"Des files d'asynq sont en pause (%s) : batch resume --queues les fait reprendre.", list),
		Brief: say("queues are paused: %s", "files en pause : %s", list),
	}
}

// outsideWindow is about a plan that is closed; strict: also for polls and addresses.
func outsideWindow(opens, now time.Time, sites int, strict bool) Reason {
	at := schedule.FormatMoment(opens, now)
	if strict {
		return Reason{
			Cause: Window, Sites: sites, Seconds: seconds(opens.Sub(now)),
			Text: say("By its plan, the batch orders nothing, polls no order and sends no address before %s.",
				"D'après son calendrier, le lot ne commande rien, n'interroge aucune commande et n'envoie aucune adresse avant %s.", at),
			Brief: say("no orders, polls and addresses before %s", "ni commande, ni interrogation, ni adresse avant %s", at),
		}
	}
	return Reason{
		Cause: Window, Sites: sites, Seconds: seconds(opens.Sub(now)),
		Text: say("By its plan, the batch orders nothing before %s.",
			"D'après son calendrier, le lot ne commande rien avant %s.", at),
		Brief: say("no orders before %s", "aucune commande avant %s", at),
	}
}

// unreadableWindows is about a plan that this machine cannot read, such as one with a time zone that it does not
// know.
func unreadableWindows(cause error, sites int) Reason {
	return Reason{
		Cause: Window, Sites: sites,
		Text: say("The windows of its plan cannot be read on this machine (%s). A worker that cannot read them orders nothing of the batch: "+
			"change them with batch window, or update the worker.",
			"Les plages de son calendrier sont illisibles sur cette machine (%s). Un worker qui ne peut pas les lire ne commande rien du lot : "+
				"changez-les avec batch window ou mettez le worker à jour.", rollout.Clause(cause.Error())),
		Brief: say("its windows cannot be read", "plages illisibles"),
	}
}

func deliveries(sites int, longest time.Duration) Reason {
	brief := count(sites, say("waits for delivery", "attend la livraison"), say("wait for delivery", "attendent la livraison"))
	full := count(sites, say("site is ordered and waits for its delivery", "site est commandé et attend sa livraison"),
		say("sites are ordered and wait for their deliveries", "sites sont commandés et attendent leur livraison"))
	if longest < time.Second {
		return Reason{Cause: Deliveries, Sites: sites, Text: say("%s.", "%s.", full), Brief: brief}
	}
	return Reason{
		Cause: Deliveries, Sites: sites, Seconds: seconds(longest),
		Text:  say("%s, the oldest for %s.", "%s, le plus ancien depuis %s.", full, Duration(longest)),
		Brief: say("%s (longest %s)", "%s (max %s)", brief, Duration(longest)),
	}
}

func followers(rows int) Reason {
	text := count(rows, say("row follows a row of another batch, and waits until that one has ended.",
		"ligne suit une ligne d'un autre lot et attend que celle-ci soit terminée."),
		say("rows follow rows of other batches, and wait until those have ended.",
			"lignes suivent des lignes d'autres lots et attendent que celles-ci soient terminées."))
	return Reason{
		Cause: Following, Sites: rows, Text: text,
		Brief: count(rows, say("follows another batch", "suit un autre lot"), say("follow other batches", "suivent d'autres lots")),
	}
}

func reportBegun() Reason {
	return Reason{
		Cause: Report,
		Text: say("All sites have ended; the report is being written.",
			"Tous les sites sont terminés ; le rapport est en cours d'écriture."),
		Brief: say("writing the report", "écriture du rapport"),
	}
}

// slowestPace is the least number of rows a minute that is shown. Below it, the last row ended so long
// ago that the figure says nothing.
const slowestPace = 0.05

// Words are the progress in a few words, without the reasons.
func (p Progress) Words() []Part {
	var parts []Part
	add := func(of Kind, text rollout.Text) { parts = append(parts, Part{of, text}) }
	add(Plain, say("%[1]d of %[3]d done (%[4]d%%)", "%[2]s sur %[3]d (%[4]d %%)", p.Done,
		count(p.Done, say("done", "terminé"), say("done", "terminés")), p.Rows, p.percent()))
	if p.Failed > 0 {
		add(Bad, say("%d failed", "%d en échec", p.Failed))
	}
	if p.Cancelled > 0 {
		add(Plain, count(p.Cancelled, say("cancelled", "annulé"), say("cancelled", "annulés")))
	}
	if p.Waiting > 0 {
		add(Plain, say("%d waiting", "%d en attente", p.Waiting))
	}
	if p.Waiting > 0 && p.PerMinute >= slowestPace {
		add(Plain, say("%s/min", "%s/min", figure(p.PerMinute)))
	}
	switch {
	case p.Left == nil:
	case len(p.Left.Ranges) > 0:
		add(Plain, say("done %s", "terminé %s", p.Left.Clock))
	default:
		add(Plain, say("%s left", "encore %s", p.Left.Words()))
	}
	return parts
}

// Part is a part of the words of a progress.
type Part struct {
	Kind Kind
	Text rollout.Text
}

// Kind says how a part is shown.
type Kind int

// The kinds of parts.
const (
	Plain Kind = iota
	Bad        // in the color of failures
)

// percent is which part of the rows is done, rounded down: 100 means all.
func (p Progress) percent() int { return p.Done * 100 / max(1, p.Rows) }

// figure is a number, rounded to two digits, or to a whole number from 10 on.
func figure(x float64) rollout.Text {
	if x >= 10 {
		return number(math.Round(x))
	}
	rounded, _ := strconv.ParseFloat(strconv.FormatFloat(x, 'e', 1, 64), 64)
	return number(rounded)
}

// Line is the progress and its reasons on one line, in plain text.
func (p Progress) Line(lang rollout.Lang) string {
	var words []string
	for _, part := range p.Words() {
		words = append(words, part.Text.In(lang))
	}
	for _, r := range p.Reasons {
		words = append(words, r.Brief.In(lang))
	}
	return strings.Join(words, " · ")
}

func seconds(d time.Duration) int { return int(math.Round(d.Seconds())) }
