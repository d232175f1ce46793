// This file holds every sentence about flags and variables.

package config

import (
	"errors"
	"fmt"
	"strings"
)

// errMisused refers to the help of the command that was given wrong flags or arguments.
func errMisused(command string, cause error) error {
	if strings.HasSuffix(cause.Error(), "?") {
		return fmt.Errorf("%w See %s --help", cause, command)
	}
	return fmt.Errorf("%w; see %s --help", cause, command)
}

// errUnknownCommand names the commands that were probably meant or, if there is none, all.
func errUnknownCommand(word string, near, all []string) error {
	if len(near) == 0 {
		return fmt.Errorf("unknown command %s: the commands are %s", word, strings.Join(all, ", "))
	}
	return fmt.Errorf("unknown command %s: did you mean %s?", word, strings.Join(near, " or "))
}

// errFlagOfOthers names the commands that have a flag.
func errFlagOfOthers(flag string, owners []string) error {
	return fmt.Errorf("unknown flag %s: it is a flag of %s", flag, strings.Join(owners, " and "))
}

const unknownVersion = "unknown version"

// errMalformed says that the value of a setting cannot be read, and how to write one.
func errMalformed(setting, value, right string) error {
	return fmt.Errorf("%s is %q: write %s", setting, value, right)
}

const (
	rightDuration  = "a duration such as 30s, 5m or 72h"
	rightNumber    = "a whole number, such as 50"
	rightRetention = "a number of days such as 90d, a duration such as 36h, or never"
)

// errNotPositive is about a duration that is 0 or less.
func errNotPositive(variable, value string) error {
	return fmt.Errorf("%s is %s: write more than 0, such as 30s", variable, value)
}

func errNoCredentials(missing []string) error {
	return errors.New("credentials are missing: set " + strings.Join(missing, ", ") + " in the environment " +
		"(or try enqueue --embedded --simulate, which needs none)")
}
