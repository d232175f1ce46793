// This file tests what is read as JSON, and what is refused.

package strictjson_test

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"

	"btrollout/internal/btsim/strictjson"
)

func TestParse(t *testing.T) {
	t.Parallel()
	got, err := strictjson.Parse([]byte(` {"a": [1, "é", null, {"b": true}]} `))
	want := map[string]any{"a": []any{json.Number("1"), "é", nil, map[string]any{"b": true}}}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("error %v, -want +got:\n%s", err, diff)
	}
}

func TestParse_Refuses(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"", "{", `{"a"}`, `[1,]`, `{"a":1,"a":2}`, `[{"a":{"b":1,"b":1}}]`, "{}{}", "1 2", "\"\xff\"",
	} {
		if got, err := strictjson.Parse([]byte(text)); err == nil {
			t.Errorf("%q is read as %v", text, got)
		}
	}
}
