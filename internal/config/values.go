// This file parses durations and numbers, so that a malformed one is told in a sentence.

package config

import (
	"os"
	"reflect"
	"slices"
	"strconv"
	"time"

	"github.com/alecthomas/kong"
)

// valueParsers parses the durations and whole numbers of flags and variables. Kong adds the words
// of its library to an error of a variable, so the error is kept here too.
type valueParsers struct{ malformed error }

func (p *valueParsers) options() []kong.Option {
	number := p.mapper(rightNumber, func(text string, bits int) (int64, error) { return strconv.ParseInt(text, 0, bits) })
	duration := p.mapper(rightDuration, func(text string, _ int) (int64, error) {
		d, err := time.ParseDuration(text)
		return int64(d), err
	})
	retention := p.mapper(rightRetention, func(text string, _ int) (int64, error) {
		d, err := parseRetention(text)
		return int64(d), err
	})
	return []kong.Option{
		kong.KindMapper(reflect.Int, number), kong.KindMapper(reflect.Int64, number), kong.TypeMapper(reflect.TypeFor[time.Duration](), duration),
		kong.TypeMapper(reflect.TypeFor[Retention](), retention),
	}
}

// mapper parses values of one kind; right says how to write one.
func (p *valueParsers) mapper(right string, parse func(text string, bits int) (int64, error)) kong.MapperFunc {
	return func(ctx *kong.DecodeContext, target reflect.Value) error {
		var text string
		if err := ctx.Scan.PopValueInto(ctx.Value.Name, &text); err != nil {
			return err
		}
		n, err := parse(text, target.Type().Bits())
		if err != nil {
			p.malformed = errMalformed(settingOf(ctx.Value, text), text, right)
			return p.malformed
		}
		target.SetInt(n)
		return nil
	}
}

// settingOf names the flag or the variable that has a value.
func settingOf(flag *kong.Value, value string) string {
	isSource := func(variable string) bool {
		set, ok := os.LookupEnv(variable)
		return ok && set == value
	}
	if i := slices.IndexFunc(flag.Tag.Envs, isSource); i >= 0 {
		return flag.Tag.Envs[i]
	}
	return "--" + flag.Name
}
