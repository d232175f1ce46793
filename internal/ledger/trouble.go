// Trouble with the API: workers note it, so that people who wait for a batch learn why it stands
// still.

package ledger

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/redis/go-redis/v9"
)

// troubleLifetime is how long a note about trouble is valid: longer than the time between two tries
// of a worker whose calls all fail.
const troubleLifetime = 2 * time.Minute

// NoteAPITrouble notes that the API does not answer as it should, in its words.
func (l *Ledger) NoteAPITrouble(ctx context.Context, words string) error {
	if err := l.rdb.Set(ctx, keyAPITrouble(), words, troubleLifetime).Err(); err != nil {
		return fmt.Errorf("noting trouble with the API: %w", err)
	}
	return nil
}

// EndAPITrouble notes that the API answers.
func (l *Ledger) EndAPITrouble(ctx context.Context) error {
	if err := l.rdb.Del(ctx, keyAPITrouble()).Err(); err != nil {
		return fmt.Errorf("noting that the API answers: %w", err)
	}
	return nil
}

// APITrouble returns what the API answered when a worker last called it in vain; "": it answers, as far
// as is known.
func (l *Ledger) APITrouble(ctx context.Context) (string, error) {
	words, err := l.rdb.Get(ctx, keyAPITrouble()).Result()
	if errors.Is(err, redis.Nil) || wrongType(err) {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("reading whether the API answers: %w", err)
	}
	return words, nil
}
