// Surveys of an account: the last one, and the one in progress. To the ledger, both are
// texts with names; package jobs knows what they mean.

package ledger

import (
	"context"
	"crypto/rand"
	"fmt"
	"iter"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
)

const (
	// surveyLifetime is how long a survey is stored. For sites that wait longer, the account
	// is surveyed again.
	surveyLifetime = time.Hour
	// fieldBegan is the field of keySurvey for when the survey began, in Unix milliseconds.
	// All other fields have names of at least two characters.
	fieldBegan = "@"
)

// PublishSurvey replaces the last survey of a customer's account, unless that one began
// later. Readers see the new survey as a whole or not at all. began is when its first page
// was asked for. The error is ErrNoLongerLeader if the term of the surveyor is over: a person's
// decision may have dropped this survey since (DropSurvey), and then it must not come again.
func (l *Ledger) PublishSurvey(
	ctx context.Context, by Term, customer string, began time.Time, fields iter.Seq2[string, string],
) error {
	next := keySurveyNext(customer, rand.Text())
	values := []any{fieldBegan, began.UnixMilli()}
	flush := func() error {
		if len(values) == 0 {
			return nil
		}
		_, err := l.rdb.Pipelined(ctx, func(p redis.Pipeliner) error {
			p.HSet(ctx, next, values...)
			p.PExpire(ctx, next, surveyLifetime)
			return nil
		})
		values = values[:0]
		return err
	}
	err := func() error {
		for name, value := range fields {
			if values = append(values, name, value); len(values) >= 2*chunk {
				if err := flush(); err != nil {
					return err
				}
			}
		}
		if err := flush(); err != nil {
			return err
		}
		n, err := publishScript.Run(ctx, l.rdb, []string{next, keySurvey(customer), keyLease(by.name)}, began.UnixMilli(), by.text).Int()
		if err == nil && n == refused {
			err = ErrNoLongerLeader
		}
		return err
	}()
	if err != nil {
		return fmt.Errorf("publishing the survey of customer %s: %w", customer, err)
	}
	return nil
}

// DropSurvey deletes the last survey of a customer's account.
func (l *Ledger) DropSurvey(ctx context.Context, customer string) error {
	if err := l.rdb.Del(ctx, keySurvey(customer)).Err(); err != nil {
		return fmt.Errorf("deleting the survey of customer %s: %w", customer, err)
	}
	return nil
}

// LastSurvey returns when the last survey of a customer's account began, and the values of
// some of its fields, "" for a field that it does not have. began is zero if there is no
// survey that can be read.
func (l *Ledger) LastSurvey(ctx context.Context, customer string, names ...string) (began time.Time, values []string, err error) {
	// One command, so that all fields are of the same survey.
	got, err := l.rdb.HMGet(ctx, keySurvey(customer), append([]string{fieldBegan}, names...)...).Result()
	if wrongType(err) {
		return began, nil, nil
	}
	if err != nil {
		return began, nil, fmt.Errorf("reading the survey of customer %s: %w", customer, err)
	}
	text, _ := got[0].(string)
	ms, err := strconv.ParseInt(text, 10, 64)
	if err != nil { // there is none, or it cannot be read
		return began, nil, nil
	}
	values = make([]string, len(names))
	for i := range names {
		text, there := got[i+1].(string)
		if there && text == "" { // the program writes no empty field: the survey is damaged
			return began, nil, nil
		}
		values[i] = text
	}
	return time.UnixMilli(ms).UTC(), values, nil
}

// publishScript makes a survey that was written the last survey, unless that one began later.
//
//	KEYS  1 survey that was written, 2 last survey, 3 lease of the surveyor
//	ARGV  1 when it began (Unix ms), 2 term
//	answer: 1 published, 0 deleted because the last survey began later, -9 deleted because the
//	        term is over
var publishScript = redis.NewScript(FenceLua + `
if not leads(KEYS[3], ARGV[2]) then redis.call('DEL', KEYS[1]) return -9 end
local readable = redis.call('TYPE', KEYS[2]).ok == 'hash'
local began = readable and tonumber(redis.call('HGET', KEYS[2], '` + fieldBegan + `') or '')
if began and began > tonumber(ARGV[1]) then redis.call('DEL', KEYS[1]) return 0 end
redis.call('RENAME', KEYS[1], KEYS[2])
return 1`)

// The fields of keySurveyReading, except the items.
const (
	fieldCursor  = "@cursor" // how far the survey is, as package jobs writes it
	fieldStarted = "@began"  // when the survey began, in Unix milliseconds
	fieldTotal   = "@total"  // number of items, as far as the API told
	fieldCount   = "#"       // followed by a kind: number of different items of it that were read
)

// SurveyProgress is how far the survey in progress is.
type SurveyProgress struct {
	Cursor string         // the last one that AddSurveyPage was given; "": there is no survey in progress
	Began  time.Time      // when its first page was asked for
	Counts map[string]int // number of different items that were read, for each kind
	Total  int            // number of items, as far as the API told
}

// Read returns the number of items that were read.
func (s SurveyProgress) Read() int {
	n := 0
	for _, count := range s.Counts {
		n += count
	}
	return n
}

// SurveyPage is what AddSurveyPage adds to the survey in progress.
type SurveyPage struct {
	Kind  string            // of the items; without a colon, "@" or "#"
	Items map[string]string // identity → text
	Began time.Time         // of the survey
	Total int               // number of items of all kinds, as far as the API told
}

// SurveyProgress returns how far the survey in progress of a customer's account is, with the
// counts of these kinds. A field that cannot be read is zero.
func (l *Ledger) SurveyProgress(ctx context.Context, customer string, kinds ...string) (SurveyProgress, error) {
	fields := []string{fieldCursor, fieldStarted, fieldTotal}
	for _, kind := range kinds {
		fields = append(fields, fieldCount+kind)
	}
	got, err := l.rdb.HMGet(ctx, keySurveyReading(customer), fields...).Result()
	if wrongType(err) { // the survey begins again
		return SurveyProgress{}, l.rdb.Del(ctx, keySurveyReading(customer)).Err()
	}
	if err != nil {
		return SurveyProgress{}, fmt.Errorf("reading how far the survey of customer %s is: %w", customer, err)
	}
	number := func(i int) int {
		text, _ := got[i].(string)
		n, _ := strconv.Atoi(text)
		return max(n, 0)
	}
	s := SurveyProgress{Counts: map[string]int{}, Total: number(2)}
	s.Cursor, _ = got[0].(string)
	if ms := number(1); ms > 0 {
		s.Began = time.UnixMilli(int64(ms)).UTC()
	}
	for i, kind := range kinds {
		s.Counts[kind] = number(3 + i)
	}
	return s, nil
}

// AddSurveyPage adds a page to the survey in progress, and replaces its cursor, which must
// be was; an empty was begins a survey. If another worker has continued the survey, so that
// the cursor differs, nothing is written and the error is ErrStale. It returns the number of
// different items of the page's kind so far. The survey expires after surveyLifetime without
// another page.
func (l *Ledger) AddSurveyPage(ctx context.Context, customer, was, cursor string, p SurveyPage) (distinct int, err error) {
	args := []any{was, cursor, surveyLifetime.Milliseconds(), p.Kind, p.Began.UnixMilli(), p.Total}
	for _, key := range slices.Sorted(maps.Keys(p.Items)) {
		args = append(args, key, p.Items[key])
	}
	distinct, err = addPageScript.Run(ctx, l.rdb, []string{keySurveyReading(customer)}, args...).Int()
	if err != nil {
		return 0, fmt.Errorf("writing a page of the survey of customer %s: %w", customer, err)
	}
	if distinct < 0 {
		return 0, fmt.Errorf("the survey of customer %s: %w", customer, ErrStale)
	}
	return distinct, nil
}

// SurveyItems returns the items of the survey in progress: kind → identity → text.
func (l *Ledger) SurveyItems(ctx context.Context, customer string) (map[string]map[string]string, error) {
	items := map[string]map[string]string{}
	for cursor := uint64(0); ; {
		pairs, next, err := l.rdb.HScan(ctx, keySurveyReading(customer), cursor, "", chunk).Result()
		if err != nil {
			return nil, fmt.Errorf("reading the survey of customer %s: %w", customer, err)
		}
		for i := 0; i+1 < len(pairs); i += 2 {
			kind, key, item := strings.Cut(pairs[i], ":")
			if !item || strings.HasPrefix(kind, "@") || strings.HasPrefix(kind, fieldCount) {
				continue
			}
			if items[kind] == nil {
				items[kind] = map[string]string{}
			}
			items[kind][key] = pairs[i+1]
		}
		if cursor = next; cursor == 0 {
			return items, nil
		}
	}
}

// DropSurveyProgress deletes the survey in progress, if its cursor is still was.
func (l *Ledger) DropSurveyProgress(ctx context.Context, customer, was string) error {
	if err := dropProgressScript.Run(ctx, l.rdb, []string{keySurveyReading(customer)}, was).Err(); err != nil {
		return fmt.Errorf("deleting the survey in progress of customer %s: %w", customer, err)
	}
	return nil
}

// addPageScript adds a page to the survey in progress, unless another worker has continued it
// since the caller read its cursor. No cursor is used twice, so a frozen worker whose lease
// expired changes nothing when it resumes, and the script needs no term. If it had read that there
// was no survey, it may begin one; that is as old as it says, and only the leader publishes.
//
//	KEYS  1 survey in progress
//	ARGV  1 cursor as read ("": none, so what is there is deleted), 2 new cursor,
//	      3 lifetime (ms), 4 kind of the items, 5 when the survey began (Unix ms),
//	      6 number of items of all kinds, then pairs of identity and text
//	answer: number of different items of the kind so far; -1: another worker continued
var addPageScript = redis.NewScript(`
local was = redis.call('HGET', KEYS[1], '` + fieldCursor + `') or ''
if was ~= ARGV[1] then return -1 end
if was == '' then redis.call('DEL', KEYS[1]) end
local fresh = 0
for i = 7, #ARGV, 2 do
  fresh = fresh + redis.call('HSET', KEYS[1], ARGV[4] .. ':' .. ARGV[i], ARGV[i+1])
end
redis.call('HSET', KEYS[1], '` + fieldCursor + `', ARGV[2], '` + fieldStarted + `', ARGV[5], '` + fieldTotal + `', ARGV[6])
redis.call('PEXPIRE', KEYS[1], ARGV[3])
return redis.call('HINCRBY', KEYS[1], '` + fieldCount + `' .. ARGV[4], fresh)`)

// dropProgressScript deletes the survey in progress, unless another worker has continued it
// since the caller read its cursor.
//
//	KEYS  1 survey in progress
//	ARGV  1 cursor as read ("" none)
//	answer: 1 deleted, 0 not
var dropProgressScript = redis.NewScript(`
if (redis.call('HGET', KEYS[1], '` + fieldCursor + `') or '') ~= ARGV[1] then return 0 end
return redis.call('DEL', KEYS[1])`)
