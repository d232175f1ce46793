// This file holds errors of files to what people have to be told.

package importertest

import (
	"errors"
	"strings"
	"testing"

	"btrollout/internal/spreadsheet"
)

// WantFileError fails unless err is a FileError of that code, worded in both languages,
// whose English message has these parts.
func WantFileError(t testing.TB, err error, code string, says ...string) {
	t.Helper()
	var fault *spreadsheet.FileError
	if !errors.As(err, &fault) {
		t.Fatalf("got %v, want a FileError %s", err, code)
	}
	if fault.Code != code {
		t.Errorf("code %s (%s), want %s", fault.Code, fault.Message, code)
	}
	for _, part := range says {
		if !strings.Contains(fault.Message.EN, part) {
			t.Errorf("message %q does not say %q", fault.Message.EN, part)
		}
	}
	if !IsWorded(fault) {
		t.Errorf("not worded in both languages: %+v", fault.Message)
	}
}

// IsWorded reports whether an error is a sentence in each language, with nothing left
// of its formats.
func IsWorded(fault *spreadsheet.FileError) bool {
	en, fr := fault.Message.EN, fault.Message.FR
	return strings.HasSuffix(en, ".") && strings.HasSuffix(fr, ".") && en != fr && fault.Error() == en && !strings.Contains(en+fr, "%!")
}
