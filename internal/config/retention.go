// This file has the setting of how long batches are kept.

package config

import (
	"errors"
	"strconv"
	"strings"
	"time"
)

// Batches has how long the data of batches is kept.
type Batches struct {
	Retention Retention `name:"batch-retention" env:"BATCH_RETENTION" default:"90d" placeholder:"90d" help:"${help_retention}" group:"Storage"`
}

// Retention is how long a batch is kept after it is done; 0: for ever.
type Retention time.Duration

const (
	day     = 24 * time.Hour
	mostDay = 36500 // days, about 100 years
)

// errRetention is replaced by errMalformed with rightRetention.
var errRetention = errors.New("no time for which batches are kept")

// parseRetention parses a number of days such as 90d, a duration such as 36h, or 0 or never.
func parseRetention(text string) (time.Duration, error) {
	if text == "never" {
		return 0, nil
	}
	if number, ok := strings.CutSuffix(text, "d"); ok {
		days, err := strconv.Atoi(number)
		if err != nil || days < 0 || days > mostDay {
			return 0, errRetention
		}
		return time.Duration(days) * day, nil
	}
	d, err := time.ParseDuration(text)
	if err != nil || d < 0 {
		return 0, errRetention
	}
	return d, nil
}
