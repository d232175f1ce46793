// This file lists the checks of errors, contexts and words that go vet, staticcheck and
// revive lack.

// Command lint is a vettool: "go vet -vettool=bin/tools/lint ./..." runs its checks.
package main

import (
	"github.com/Abirdcfly/dupword"
	"github.com/polyfloyd/go-errorlint/errorlint"
	"github.com/sivchari/containedctx"
	"golang.org/x/tools/go/analysis/unitchecker"
)

func main() {
	words := dupword.NewAnalyzer()
	if err := words.Flags.Set("ignore", "end"); err != nil { // the ends of two Lua blocks
		panic(err)
	}
	unitchecker.Main(
		containedctx.Analyzer,   // no context.Context in a struct
		errorlint.NewAnalyzer(), // errors.Is and errors.As instead of == and assertions, %w instead of %v
		words,                   // no word written twice in a row
	)
}
