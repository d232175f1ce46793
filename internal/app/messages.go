// This file holds every sentence that this package says. Errors, warnings and findings
// are in English, what is said about batches in both languages.

package app

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"btrollout/internal/btapi"
	"btrollout/internal/config"
	"btrollout/internal/overview"
	"btrollout/internal/redistrouble"
	"btrollout/internal/report"
	"btrollout/internal/rollout"
	"btrollout/internal/throttle"
)

// Usagef returns the UsageError of wrong flags or arguments.
func Usagef(format string, args ...any) error {
	return &UsageError{Text: fmt.Sprintf(format, args...)}
}

// toldError is an error for which people read one sentence. Its cause is for errors.Is and for logs.
type toldError struct {
	sentence string
	cause    error
	brief    string // the sentence for use within another one; "": as it is
}

func (e *toldError) Error() string { return e.sentence }
func (e *toldError) Unwrap() error { return e.cause }

// tellTrouble is the error of a Redis in trouble.
func tellTrouble(t redistrouble.Trouble, cause error) error {
	return &toldError{sentence: t.String(), cause: cause}
}

// BecauseOfRedis returns an error that says what could not be done because a Redis is in trouble,
// what to do about that, and then what else ("": nothing); otherwise, if cause is no such trouble.
func BecauseOfRedis(what string, cause error, then string, otherwise error) error {
	t, found := redistrouble.In(cause)
	if !found {
		return otherwise
	}
	if then != "" {
		then = ", then " + then
	}
	return &toldError{sentence: fmt.Sprintf("%s, because %s: %s%s", what, t.What, t.Cure, then), cause: cause}
}

// Brief says why a Redis could not be opened, for use within another sentence: without the advice to
// start one.
func Brief(err error) string {
	var told *toldError
	if errors.As(err, &told) && told.brief != "" {
		return told.brief
	}
	return Explain(err)
}

// Explain turns an error into the one sentence that a person reads.
func Explain(err error) string {
	var told *toldError
	var api *btapi.Error
	if errors.As(err, &told) {
		return told.sentence
	}
	trouble, found := redistrouble.InReply(err)
	if !errors.As(err, &api) && !found {
		trouble, found = redistrouble.In(err)
	}
	switch {
	case found:
		return trouble.String()
	case api == nil:
		return redistrouble.WithoutScript(err.Error())
	}
	words := strings.TrimRight(api.Words(), ".")
	if api.Class == btapi.Throttle && api.HTTPStatus == 0 { // by the limiter, and the API was not asked
		return fmt.Sprintf("no call to the Business Talk API can be made at present (%s): "+
			"try again after that; batch rate shows the budget", words)
	}
	switch api.Class {
	case btapi.Account:
		return fmt.Sprintf("the Business Talk account does not work (%s): check BT_CLIENT_ID, BT_CLIENT_SECRET and BT_API_KEY, "+
			"and that the API contract is active", words)
	case btapi.Throttle:
		return fmt.Sprintf("the Business Talk API asks to slow down (%s): lower BT_RATE and try again in a minute", words)
	case btapi.Transient:
		return fmt.Sprintf("the Business Talk API does not answer as it should (%s): "+
			"check BT_API_URL, BT_TOKEN_URL and the network, and try again", words)
	}
	return fmt.Sprintf("the Business Talk API refused a call (%s)", words)
}

func errNotPrinted(cause error) error {
	return fmt.Errorf("the result could not be printed (%w)", cause)
}

// Redis and the API.

// errStopped: the command was interrupted before Redis had answered.
var errStopped = errors.New("stopped")

// errRedisCloses: nothing was answered, over TLS or not.
func errRedisCloses(cause error, overTLS bool) error {
	cure := "start the address with rediss:// instead of redis:// if this Redis uses TLS, or correct its host and port"
	if overTLS {
		cure = "start the address with redis:// instead of rediss:// if this Redis does not use TLS, or correct its host and port"
	}
	return &toldError{sentence: "what answers at the address in REDIS_URL closes the connection at once: " + cure, cause: cause}
}

func errRedisWithoutTLS(cause error) error {
	return &toldError{sentence: "no TLS connection to the Redis in REDIS_URL can be made: " +
		"start the address with redis:// instead of rediss:// if this Redis does not use TLS, or correct its host and port", cause: cause}
}

func errRedisCertificate(cause error) error {
	return &toldError{sentence: "the TLS certificate of the Redis in REDIS_URL is not trusted: " +
		"write the host for which the certificate is made, or let this machine trust its issuer", cause: cause}
}

func errRedisRefuses(cause error) error {
	return fmt.Errorf("the Redis that REDIS_URL names refuses to serve (%w): "+
		"correct REDIS_URL, with its password and database number", cause)
}

func errRedisAway(cause error) error {
	return &toldError{cause: cause, brief: cause.Error(), sentence: fmt.Sprintf(
		"the Redis that REDIS_URL names does not answer (%v): "+
			"start it, or correct REDIS_URL, which is %s when it is not set; enqueue --embedded --simulate rehearses without one",
		cause, config.DefaultRedis)}
}

// sayDisagreement compares the limits of this process with those of another: the rate,
// and then the quotas.
func sayDisagreement(ours, theirs []throttle.Rate) string {
	return fmt.Sprintf("this process keeps to %s, and the one that called the API last kept to %s: "+
		"set BT_RATE and BT_QUOTA alike for all of them, because calls are counted only against the quotas that the caller knows",
		limitsOf(ours), limitsOf(theirs))
}

func limitsOf(limits []throttle.Rate) string {
	text := "BT_RATE " + limits[0].String() + " and no BT_QUOTA"
	for i, q := range limits[1:] {
		if i == 0 {
			text = "BT_RATE " + limits[0].String() + " and BT_QUOTA " + q.String()
		} else {
			text += "," + q.String()
		}
	}
	return text
}

// Errors of the account.
var (
	errReadOnly = errors.New("the API key has the rights profile readonly, which cannot order: " +
		"create a key with a profile that can, in the Business Talk Online portal, tab Developer, and set BT_API_KEY")
	errNoCustomer = errors.New("the account manages no customer: ask Orange for access")
)

func errOtherCustomer(given string, codes []string) error {
	return Usagef("the account does not manage customer %s: set BT_CUSTOMER_CODE to one of %s", given, strings.Join(codes, ", "))
}

func errSeveralCustomers(codes []string) error {
	return Usagef("the account manages several customers: set BT_CUSTOMER_CODE or --customer to one of %s", strings.Join(codes, ", "))
}

// A worker's Redis.

func errNotDurable(findings []string) error {
	return fmt.Errorf("the worker does not start, because --require-durable (BT_REQUIRE_DURABLE) is set "+
		"and its Redis may lose what it is told:\n- %s", strings.Join(findings, "\n- "))
}

func errNoTime(cause error) error {
	return &toldError{cause: cause, sentence: fmt.Sprintf("the worker's Redis does not tell the time (%v), "+
		"so their clocks cannot be compared: allow the worker's Redis user the command TIME", cause)}
}

// errClock: this machine's clock is ahead of Redis' by an offset, or behind it if that is
// negative.
func errClock(offset time.Duration) error {
	direction := "ahead of"
	if offset < 0 {
		direction = "behind"
	}
	return fmt.Errorf("this machine's clock is %.1f s %s the clock of Redis' machine, and more than %.1f s is too much, "+
		"because workers that disagree about the time could order a site twice: "+
		"set both machines by NTP (timedatectl or chronyc tracking shows which is off), then start the worker again",
		offset.Abs().Seconds(), direction, mostClockOffset.Seconds())
}

func errSettingsUnread(cause error) error {
	return &toldError{cause: cause, sentence: fmt.Sprintf("the worker's Redis stopped answering while its settings were looked at (%v): "+
		"see that it runs and can be reached, then start the worker again", cause)}
}

const findNoFile = "Redis keeps no append-only file (appendonly no), so after a crash it can have forgotten orders that were sent, " +
	"which would then be made, and paid, a second time: " +
	"run CONFIG SET appendonly yes and CONFIG SET appendfsync always in redis-cli and, only after that, " +
	"write appendonly yes and appendfsync always into redis.conf, " +
	"because Redis begins empty when it is restarted with appendonly yes before that (managed service: set both in its console)"

func findEviction(maxmemory, policy string) string {
	return fmt.Sprintf("Redis deletes keys to make room when its memory is full (maxmemory %s bytes, maxmemory-policy %s), "+
		"so what the workers wrote can vanish in the middle of a rollout, "+
		"with an allkeys policy even sites and the record of their orders: %s",
		maxmemory, policy, cure("maxmemory-policy noeviction"))
}

func findUnknown(settings []string) string {
	return fmt.Sprintf("Redis does not tell the worker whether it has %s, so orders that were sent may be forgotten after a crash, "+
		"and made and paid a second time: "+
		"allow the worker's Redis user the command CONFIG GET or, where a managed service forbids it, "+
		"see in its console that this is set (--require-durable cannot be used then)", strings.Join(settings, ", "))
}

const findNoRunID = "Redis does not tell the worker its run id, so a restart with an older copy of the data is not noticed, " +
	"and what was ordered since may be made and paid a second time: allow the worker's Redis user the command INFO"

func findEverySecond() string {
	return findLateWrite("Redis writes to disk only once a second (appendfsync everysec)",
		"up to a second of outcomes", "appendfsync always")
}

func findNoSync() string {
	return findLateWrite("Redis leaves it to the operating system when to write to disk (appendfsync no)",
		"half a minute of outcomes", "appendfsync always")
}

func findNoSyncOnRewrite() string {
	return findLateWrite("Redis does not wait for the disk while it rewrites its append-only file (no-appendfsync-on-rewrite yes)",
		"the outcomes of that time", "no-appendfsync-on-rewrite no")
}

// findLateWrite says what is written late, what a crash can lose by it, and the setting
// that cures it.
func findLateWrite(what, loss, setting string) string {
	return fmt.Sprintf("%s, so a crash of its machine can forget %s, "+
		"and an order sent in that time would be made, and paid, a second time: %s", what, loss, cure(setting))
}

// cure says how to change a setting, now and for good.
func cure(setting string) string {
	return fmt.Sprintf("run CONFIG SET %[1]s in redis-cli, and write %[1]s into redis.conf (managed service: set it in its console)", setting)
}

// Batches.

// tellProgress says how many of a total are done; of is the plural of what is counted, "": rows.
func tellProgress(title string, done, total int, of string) string {
	if of == "" {
		return fmt.Sprintf("%s: %d of %s", title, done, countRows(total))
	}
	return fmt.Sprintf("%s: %d of %d %s", title, done, total, of)
}

// tellCount says how many rows are done, of an unknown total.
func tellCount(title string, done int) string { return title + ": " + countRows(done) }

func countRows(n int) string { return rollout.Rows(n).EN }

// tellRedisTrouble says why a batch cannot be read now.
func tellRedisTrouble(cause error) string {
	t, found := redistrouble.InReply(cause)
	if !found {
		return "Redis does not answer"
	}
	return t.What
}

func errBatchLost(id string) error {
	return fmt.Errorf("batch %s is not in Redis any more: its data was lost; "+
		"upload the same file again, and what was ordered is found in the account", id)
}

// Withdrawn says that the upload of a batch was withdrawn, and what to do.
func Withdrawn(b rollout.Batch) rollout.Text {
	if n := b.Unwritten(); n > 0 {
		return rollout.Say(
			"The upload was withdrawn before all its rows were written, and nothing was ordered: "+
				"%s in no report; enqueue the file again.",
			"L'envoi a été retiré avant que toutes ses lignes ne soient écrites, et rien n'a été commandé : "+
				"%s dans aucun rapport ; transmettez de nouveau le fichier.",
			rollout.Count(n, rollout.Say("more row of the file is", "autre ligne du fichier ne figure"),
				rollout.Say("more rows of the file are", "autres lignes du fichier ne figurent")))
	}
	return rollout.Say(
		"The upload was withdrawn before it was complete, and nothing was ordered: enqueue the file again.",
		"L'envoi a été retiré avant d'être complet, et rien n'a été commandé : transmettez de nouveau le fichier.")
}

// sayLeft says to which batch rows were left, and how that one stands.
func sayLeft(left overview.Left) rollout.Text {
	rows := rollout.Count(left.Rows, rollout.Say("row is left", "ligne est laissée"), rollout.Say("rows are left", "lignes sont laissées"))
	switch b := left.Batch; {
	case b.State == rollout.Done && b.NeedSomeone() > 0:
		return rollout.Say("%s to batch %s, which is done; some of its rows need someone: see batch failures %[2]s.",
			"%s au lot %s, qui est terminé ; certaines de ses lignes sont à corriger : voyez batch failures %[2]s.", rows, b.ID)
	case b.State == rollout.Done:
		return rollout.Say("%s to batch %s, which is done.", "%s au lot %s, qui est terminé.", rows, b.ID)
	case b.State == "":
		return rollout.Say("%s to batch %s, which cannot be read: upload the file again.",
			"%s au lot %s, qui est illisible : transmettez de nouveau le fichier.", rows, b.ID)
	}
	return rollout.Say("%s to batch %s, which still works: follow it with batch watch %[2]s.",
		"%s au lot %s, encore en cours : suivez-le avec batch watch %[2]s.", rows, left.Batch.ID)
}

// sayNote says how many rows ask what is not done.
func sayNote(note overview.Note) rollout.Text {
	return rollout.Say("%s: %s; column bt_note of the report says what was left as it is.",
		"%s : %s ; la colonne bt_note du rapport indique ce qui a été laissé tel quel.", note.Code, rollout.Rows(note.Rows))
}

// labelRows stands beside the sum of a batch's counts.
var labelRows = rollout.Say("rows", "lignes")

func sayReport(file string) rollout.Text { return rollout.Say("Report: %s", "Rapport : %s", file) }

// Reports and annotated files.

func errReportName(file string) error {
	return Usagef("a report is written as .xlsx or .csv, so %q must end in one of them", file)
}

func errReportDir(dir string, cause error) error {
	return Usagef("reports cannot be written to %s (%v): set REPORT_DIR or --report-dir to a folder that you may write to", dir, cause)
}

func errReportFile(file string, cause error) error {
	return Usagef("the report cannot be written to %s (%v): choose a folder that is there and that you may write to", file, cause)
}

func errReportNotWritten(file string, cause error, choose string) error {
	return fmt.Errorf("the report cannot be written to %s (%w): choose another %s", file, cause, choose)
}

// sayNotOwn: a file is there that nothing is known of, or that somebody changed.
func sayNotOwn(file string, role report.Role) rollout.Text {
	own := rollout.Say("no report in the state in which btrollout wrote it",
		"n'est pas un rapport tel que btrollout l'a écrit")
	if role == report.RoleMarked {
		own = rollout.Say("no marked copy in the state in which btrollout wrote it",
			"n'est pas une copie annotée telle que btrollout l'a écrite")
	}
	return rollout.Say("%s is there already, and is %s: give another name, or replace it with --force",
		"%s existe déjà, et %s : donnez un autre nom, ou remplacez-le avec --force", file, own)
}

func errAnnotatedName(file string) error {
	return Usagef("an annotated file is written as .xlsx, so %q must end in it", file)
}

func errAnnotatedFile(file string, cause error) error {
	return Usagef("the annotated file cannot be written to %s (%v): choose a folder that is there and that you may write to", file, cause)
}

func errAnnotatedReplaces(source string) error {
	return Usagef("the annotated file would replace the rollout file %s itself: give it another name", source)
}

// Sentences about the plan of a batch.

func sayWindows(p rollout.Plan) rollout.Text {
	windows := strings.Join(p.Windows, ", ")
	switch {
	case len(p.Windows) == 0:
		return rollout.Say("The batch may order at any time.", "Le lot peut commander à tout moment.")
	case p.Strict:
		return rollout.Say("The batch orders, polls and sends addresses in these windows only: %s.",
			"Le lot ne commande, n'interroge ses commandes et n'envoie d'adresses que dans ces plages : %s.", windows)
	}
	return rollout.Say("The batch orders in these windows only: %s.", "Le lot ne commande que dans ces plages : %s.", windows)
}

func sayStart(at rollout.Text) rollout.Text {
	return rollout.Say("The batch orders nothing before %s.", "Le lot ne commande rien avant %s.", at)
}

func sayOpens(at rollout.Text) rollout.Text {
	return rollout.Say("It orders nothing before %s.", "Il ne commande rien avant %s.", at)
}

func sayCloses(at rollout.Text) rollout.Text {
	return rollout.Say("It may order now, until %s.", "Il peut commander maintenant, jusqu'à %s.", at)
}

func sayUrgent() rollout.Text {
	return rollout.Say("It is urgent: it comes before all batches that are not.",
		"Il est urgent : il passe avant tous les lots qui ne le sont pas.")
}

func sayFirst(countries []string) rollout.Text {
	list := strings.Join(countries, ", ")
	if len(countries) == 1 {
		return rollout.Say("The sites of %s come first.", "Les sites de %s passent en premier.", list)
	}
	return rollout.Say("The sites of these countries come first, in this order: %s.",
		"Les sites de ces pays passent en premier, dans cet ordre : %s.", list)
}

func errNoCountryCode(written string) error {
	return Usagef("--countries %q is no country code: write two letters, such as FR", written)
}

func errNoCountry(code string) error {
	return Usagef("--countries: no country has the code %s: write ISO 3166 codes of two letters, such as FR", code)
}

// sayNoRowsOf says that countries of --countries are those of no row.
func sayNoRowsOf(codes []string) rollout.Text {
	return rollout.Say("No row has the country %s: naming it in --countries changes nothing.",
		"Aucune ligne n'a le pays %s : le nommer dans --countries ne change rien.", strings.Join(codes, ", "))
}

// sayByCountry says that sites are ordered by country; others: those of countries that do not come first.
func sayByCountry(others bool) rollout.Text {
	if others {
		return rollout.Say("The others are ordered by country.", "Les autres sont commandés pays par pays.")
	}
	return rollout.Say("The sites are ordered by country.", "Les sites sont commandés pays par pays.")
}
