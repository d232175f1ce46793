// This file holds every sentence about flags and variables.

package config

import (
	"errors"
	"fmt"
	"strings"
)

// errMisused refers to the help of the command that was given wrong flags or arguments.
func errMisused(command string, cause error) error {
	return fmt.Errorf("%w; see %s --help", cause, command)
}

// errMalformed says that the value of a setting cannot be read, and how to write one.
func errMalformed(setting, value, right string) error {
	return fmt.Errorf("%s is %q: write %s", setting, value, right)
}

const (
	rightDuration = "a duration such as 30s, 5m or 72h"
	rightNumber   = "a whole number, such as 50"
)

// errNotPositive is about a duration that is 0 or less.
func errNotPositive(variable, value string) error {
	return fmt.Errorf("%s is %s: write more than 0, such as 30s", variable, value)
}

func errNoCredentials(missing []string) error {
	return errors.New("credentials are missing: set " + strings.Join(missing, ", ") + " in the environment " +
		"(or try enqueue --embedded --simulate, which needs none)")
}

const unknownVersion = "unknown version"
