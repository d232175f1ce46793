// This file words kong's errors about unknown commands and flags: they name the command that was
// probably meant.

package config

import (
	"errors"
	"slices"
	"strings"

	"github.com/alecthomas/kong"

	"btrollout/internal/spelling"
)

// The beginnings of kong's errors, and what follows if kong suggests something.
const (
	kongUnexpected  = "unexpected argument "
	kongUnknownFlag = "unknown flag "
	kongSuggestion  = ", did you mean"
)

// reword returns kong's error in other words if it is about the name of a command, or about a flag
// that only other commands have. It returns any other error as it is.
func reword(err error) error {
	wrong := (*kong.ParseError)(nil)
	if !errors.As(err, &wrong) || wrong.Context == nil {
		return err
	}
	ctx := wrong.Context
	if mistyped := MistypedCommand(ctx); mistyped != nil {
		return mistyped
	}
	word, isArgument := strings.CutPrefix(err.Error(), kongUnexpected)
	if isArgument && ctx.Selected() == nil && len(ctx.Model.Children) > 0 {
		word, _, _ = strings.Cut(word, kongSuggestion)
		return errUnknownCommand(word, commandsNear(ctx, word), commandNames(ctx))
	}
	if flag, isFlag := strings.CutPrefix(err.Error(), kongUnknownFlag); isFlag && !strings.Contains(flag, kongSuggestion) {
		if owners := commandsWithFlag(ctx, strings.TrimPrefix(flag, "--")); len(owners) > 0 {
			return errFlagOfOthers(flag, owners)
		}
	}
	return err
}

// MistypedCommand is the error of a program that took a word for the first argument of its default
// command, where the word is nearly the name of another command. It is nil if the word is not, or
// if the default command was called by its name.
func MistypedCommand(ctx *kong.Context) error {
	main := ctx.Model.DefaultCmd
	if main == nil || ctx.Selected() != main || slices.Contains(ctx.Args, main.Name) {
		return nil
	}
	for _, part := range ctx.Path {
		if part.Positional == nil {
			continue
		}
		word := ctx.Value(part).String()
		if near := commandsNear(ctx, word); len(near) > 0 {
			return errUnknownCommand(word, near, nil)
		}
		return nil
	}
	return nil
}

// mostTypos is how many letters of a mistyped command may differ from its name, and at most half of
// them.
const mostTypos = 2

// commandsNear lists the full names of the commands that a word may mean.
func commandsNear(ctx *kong.Context, word string) []string {
	var near []string
	most := min(mostTypos, len(word)/2)
	for _, command := range ctx.Model.Children {
		if word != "" && command.Name != word && (strings.HasPrefix(command.Name, word) ||
			spelling.Distance([]rune(word), []rune(command.Name), most) <= most) {
			near = append(near, command.FullPath())
		}
	}
	return near
}

// commandNames lists the names of all commands.
func commandNames(ctx *kong.Context) []string {
	var names []string
	for _, command := range ctx.Model.Children {
		names = append(names, command.Name)
	}
	return names
}

// commandsWithFlag lists the full names of the commands that have a flag; that of the default
// command is the program's.
func commandsWithFlag(ctx *kong.Context, name string) []string {
	var owners []string
	for _, command := range ctx.Model.Children {
		if !slices.ContainsFunc(command.Flags, func(f *kong.Flag) bool { return f.Name == name }) {
			continue
		}
		if command == ctx.Model.DefaultCmd {
			owners = append(owners, ctx.Model.Name)
		} else {
			owners = append(owners, command.FullPath())
		}
	}
	return owners
}
