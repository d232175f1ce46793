// This file tells which build of a program runs.

package config

import (
	"fmt"
	"runtime/debug"
	"strings"
	"time"

	"github.com/alecthomas/kong"
)

// WithVersion gives a program the flag --version, which prints its name and Version, and ends it.
func WithVersion() kong.Option {
	return kong.Embed(&struct {
		Version versionFlag `help:"Show the version of the program."`
	}{})
}

type versionFlag bool

// BeforeReset is called by kong where the flag is given.
func (versionFlag) BeforeReset(program *kong.Kong) error {
	fmt.Fprintln(program.Stdout, program.Model.Name, Version())
	program.Exit(ExitDone)
	return nil
}

// Version describes the build of this process: the version of the module, the commit and its time,
// whether files were changed since, and the version of Go, as far as the build recorded them.
func Version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return unknownVersion
	}
	return versionOf(info)
}

// develVersion is Go's version of a module that was built without information about its repository.
const develVersion = "(devel)"

// versionOf is Version of a build.
func versionOf(info *debug.BuildInfo) string {
	settings := map[string]string{}
	for _, s := range info.Settings {
		settings[s.Key] = s.Value
	}
	version := unknownVersion
	if v := info.Main.Version; v != "" && v != develVersion {
		version = v
	}
	details := []string{info.GoVersion}
	if commit := settings["vcs.revision"]; commit != "" {
		said := "commit " + commit
		if at, err := time.Parse(time.RFC3339, settings["vcs.time"]); err == nil {
			said += " of " + at.UTC().Format("2006-01-02 15:04 UTC")
		}
		details = append([]string{said}, details...)
	}
	if settings["vcs.modified"] == "true" {
		details = append(details, "with uncommitted changes")
	}
	return version + " (" + strings.Join(details, ", ") + ")"
}
