package ledger

// This file deals with records that cannot be read, because they were deleted, overwritten
// or cut. A damaged record must not stop work on the others. A site whose record cannot be
// read goes to Review, with what is still known of it. What follows from other records is
// written again. A batch whose own record cannot be read is Damaged, and left alone.

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"btrollout/internal/rollout"
)

// ErrDamaged: the record of a batch cannot be read.
var ErrDamaged = errors.New("its record in Redis is damaged")

// damage says in which way a batch is ErrDamaged.
type damage string

func (d damage) Error() string { return string(d) }
func (d damage) Unwrap() error { return ErrDamaged }

// CodeDamaged is the code of the problem of a site whose record could not be read.
const CodeDamaged = "site.damaged"

// wrongType reports whether Redis says that a key holds something else than it must.
func wrongType(err error) bool { return redis.HasErrorPrefix(err, "WRONGTYPE") }

// served is the first error of commands that were sent together by which Redis did not
// carry one out. A missing key, or one of a wrong type, is no such error.
func served(cmds []redis.Cmder, err error) error {
	for _, cmd := range cmds {
		if e := cmd.Err(); e != nil && !errors.Is(e, redis.Nil) && !wrongType(e) {
			return e
		}
	}
	if len(cmds) == 0 || err != nil && !errors.Is(err, redis.Nil) && !wrongType(err) {
		return err
	}
	return nil
}

// parts are what can still be read of a site's record.
type parts struct {
	site             rollout.Site
	asked            bool // what the row asks can be read
	done             bool // what became of it can be read
	version          int  // 0: unknown
	state            rollout.State
	order, voiceSite string // found in what cannot be read
}

// orderIn and voiceSiteIn find ids in a record that is not JSON any more.
var (
	orderIn     = regexp.MustCompile(`"order":"([^"]+)"`)
	voiceSiteIn = regexp.MustCompile(`"voiceSite":"([^"]+)"`)
)

// readParts reads what can be read of a site's two records.
func readParts(batch string, row rollout.RowRef, input, progress string) parts {
	p := parts{asked: true}
	version, rest, _ := strings.Cut(progress, " ")
	state, body, _ := strings.Cut(rest, " ")
	if slices.Contains(rollout.States, rollout.State(state)) {
		p.state = rollout.State(state)
	}
	// Only a row that was rejected for it has no name.
	if json.Unmarshal([]byte(input), &p.site) != nil || p.site.Name == "" && p.state != rollout.Rejected {
		p.site, p.asked = rollout.Site{}, false
	}
	p.site.Batch, p.site.Row = batch, row
	n, err := strconv.Atoi(version)
	if err == nil {
		p.version = n
	}
	// Each record says when it changed.
	if json.Unmarshal([]byte(body), &p.site.Progress) == nil && err == nil && p.state != "" && !p.site.Changed.IsZero() {
		p.done = true
		p.site.Version, p.site.State, p.site.Recorded = n, p.state, p.state
		return p
	}
	p.site.Progress = rollout.Progress{}
	if found := orderIn.FindStringSubmatch(body); found != nil {
		p.order = found[1]
	}
	if found := voiceSiteIn.FindStringSubmatch(body); found != nil {
		p.voiceSite = found[1]
	}
	return p
}

// problem says what is lost, what is known, and what to do.
func (p parts) problem() rollout.Problem {
	known := rollout.Say("how far it was is not known", "on ne sait pas où il en était")
	if p.state != "" {
		known = rollout.Say("it was %s", "il était dans l'état %s", p.state)
	}
	if id := p.order; id != "" {
		known = rollout.Say("%s, with order %s", "%s, avec la commande %s", known, id)
	}
	if id := p.voiceSite; id != "" {
		known = rollout.Say("%s, with voicesite %s", "%s, avec le voicesite %s", known, id)
	}
	message := rollout.Say(
		"The record of this site in Redis cannot be read, and nothing more is done for it (%s): "+
			"look for its customerOrderReference and name in the portal, then decide with batch resolve, by batch %s and this row.",
		"L'enregistrement de ce site dans Redis est illisible, et plus rien n'est fait pour lui (%s) : "+
			"cherchez son customerOrderReference et son nom dans le portail Business Talk Online, "+
			"puis décidez avec batch resolve, avec le lot %s et cette ligne.", known, p.site.Batch)
	if !p.asked {
		message = rollout.Say(
			"What this row asks cannot be read any more in Redis (%s): "+
				"run batch resolve with batch %s, this row and --fail if it is in review, and upload the row of your file again.",
			"Ce que demande cette ligne n'est plus lisible dans Redis (%s) : "+
				"exécutez batch resolve avec le lot %s, cette ligne et --fail si elle est en review, "+
				"et envoyez de nouveau la ligne de votre fichier.", known, p.site.Batch)
	}
	return rollout.Problem{Code: CodeDamaged, Stage: rollout.StageOrder, Message: message}
}

// mendTries is how often a site's record is read again when another process changes it.
const mendTries = 5

// mend deals with a site of which a record cannot be read. An ended site keeps its state,
// and only the returned site has the problem; any other goes to Review in the ledger. It
// returns the site as it then stands.
func (l *Ledger) mend(ctx context.Context, batch string, row rollout.RowRef, input, progress string) (rollout.Site, error) {
	field := strconv.Itoa(int(row))
	for range mendTries {
		p := readParts(batch, row, input, progress)
		s, was := p.site, p.state
		if p.done {
			p.order, p.voiceSite = s.OrderID, s.Progress.VoiceSiteID
		}
		if p.asked && p.done {
			return s, nil // another process mended it
		}
		told := slices.ContainsFunc(s.Problems, func(x rollout.Problem) bool { return x.Code == CodeDamaged })
		if !told {
			s.Problems = append(s.Problems, p.problem())
		}
		if p.done && was.Final() {
			return s, nil
		}
		now, err := l.Clock(ctx)
		if err != nil {
			return s, err
		}
		s.State, s.Recorded, s.Changed = rollout.Review, rollout.Review, now
		if s.OrderID == "" {
			s.OrderID = p.order
		}
		if s.Version = p.version + 1; p.version == 0 {
			s.Version = int(now.UnixMilli()) // one that no writer can have read
		}
		record, err := json.Marshal(s.Progress)
		if err != nil {
			return s, err
		}
		mended, err := condemnScript.Run(ctx, l.rdb, []string{keySites(batch), keyCounts(batch), keyOpen(batch), keyWaiting(batch)},
			int(row), progress, fmt.Sprintf("%d %s %s", s.Version, s.State, record), string(was)).Int()
		if err != nil {
			return s, fmt.Errorf("the record of row %d of batch %s is damaged, and cannot be mended: %w", row, batch, err)
		}
		if mended == 1 {
			return s, nil
		}
		pipe := l.rdb.Pipeline()
		inputs, progresses := pipe.HGet(ctx, keyRows(batch), field), pipe.HGet(ctx, keySites(batch), field)
		if err := served(pipe.Exec(ctx)); err != nil {
			return s, fmt.Errorf("reading row %d of batch %s: %w", row, batch, err)
		}
		input, progress = inputs.Val(), progresses.Val()
	}
	return rollout.Site{}, fmt.Errorf("row %d of batch %s: %w", row, batch, ErrStale)
}

// Mend derives from the sites of a batch their counts, the list of open ones, and that of
// those that wait for their orders. Sites whose record cannot be read go to Review.
func (l *Ledger) Mend(ctx context.Context, id string) error {
	for _, err := range l.Sites(ctx, id) {
		if err != nil {
			return err
		}
	}
	now, err := l.Clock(ctx)
	if err != nil {
		return err
	}
	args := []any{now.UnixMilli()}
	for _, s := range rollout.States {
		if !s.Final() {
			args = append(args, string(s))
		}
	}
	keys := []string{keySites(id), keyCounts(id), keyOpen(id), keyWaiting(id), keyRows(id)}
	if err := mendScript.Run(ctx, l.rdb, keys, args...).Err(); err != nil {
		return fmt.Errorf("mending the counts and lists of batch %s: %w", id, err)
	}
	return nil
}

// MendLists enters every batch into the lists of all batches and of open ones: if one of
// the lists is missing, or always.
func (l *Ledger) MendLists(ctx context.Context, always bool) error {
	lost, err := mendListsScript.Run(ctx, l.rdb, []string{keyBatches(), keyOpenBatches()}).Int()
	if err != nil {
		return fmt.Errorf("looking after the lists of batches: %w", err)
	}
	if lost == 0 && !always {
		return nil
	}
	ids := map[string]bool{}
	all, err := l.rdb.ZRange(ctx, keyBatches(), 0, -1).Result()
	if err != nil {
		return fmt.Errorf("listing batches: %w", err)
	}
	for _, id := range all {
		ids[id] = true
	}
	if lost == 1 { // then every batch is looked for
		prefix := keyBatch("")
		for scan := l.rdb.ScanType(ctx, 0, prefix+"*", chunk, "hash").Iterator(); scan.Next(ctx); {
			if id := strings.TrimPrefix(scan.Val(), prefix); !strings.Contains(id, ":") {
				ids[id] = true
			}
		}
	}
	for id := range ids {
		err := relistScript.Run(ctx, l.rdb, []string{keyBatches(), keyOpenBatches(), keyBatch(id)}, id).Err()
		if err != nil && !wrongType(err) {
			return fmt.Errorf("listing batch %s: %w", id, err)
		}
	}
	return nil
}

// began is when this ledger was created, as keySince records it. If the record cannot be
// read, it is replaced by the present: then sites wait for all that was sent before.
func (l *Ledger) began(ctx context.Context, since *redis.StringCmd) (time.Time, error) {
	if errors.Is(since.Err(), redis.Nil) {
		return time.UnixMilli(0).UTC(), nil
	}
	ms, err := strconv.ParseInt(since.Val(), 10, 64)
	if err == nil && since.Err() == nil {
		return time.UnixMilli(ms).UTC(), nil
	}
	now, err := l.Clock(ctx)
	if err == nil {
		err = l.rdb.Set(ctx, keySince(), now.UnixMilli(), 0).Err()
	}
	return now.Truncate(time.Millisecond), err
}
