// docs/json.md is as the types say, and its examples are what the commands would print.

package main

import (
	"bytes"
	"encoding/json"
	"os"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"btrollout/internal/jsonout"
)

const projectRoot = "../.."

func TestJSONPage_IsUpToDate(t *testing.T) {
	t.Parallel()
	want, err := jsonPage(projectRoot)
	if err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(projectRoot + "/" + jsonDocument)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s is out of date: run make docs (-want +got):\n%s", jsonDocument, diff)
	}
}

// Each example has the fields of its type and no others, in their order, and no field that would be left
// out.
func TestJSONPage_Examples(t *testing.T) {
	t.Parallel()
	for _, o := range jsonout.Outputs {
		text, err := examples.ReadFile(exampleFile(o))
		if err != nil {
			t.Fatal(err)
		}
		object := reflect.New(reflect.TypeOf(o.Object)).Interface()
		d := json.NewDecoder(bytes.NewReader(text))
		d.DisallowUnknownFields()
		if err := d.Decode(object); err != nil || d.More() {
			t.Errorf("%s: %v", exampleFile(o), err)
		}
		var want, got bytes.Buffer
		if err := json.Compact(&got, text); err != nil {
			t.Error(err)
		}
		if err := jsonout.Print(&want, object); err != nil {
			t.Error(err)
		}
		if diff := cmp.Diff(want.String(), strings.TrimSpace(got.String())+"\n"); diff != "" {
			t.Errorf("%s is not what a command prints (-printed +example):\n%s", exampleFile(o), diff)
		}
	}
}

// Each link within the page leads to a heading, and no heading is there twice.
func TestJSONPage_Links(t *testing.T) {
	t.Parallel()
	text, err := jsonPage(projectRoot)
	if err != nil {
		t.Fatal(err)
	}
	anchors := map[string]bool{}
	for _, heading := range regexp.MustCompile("(?m)^##+ (.*)$").FindAllSubmatch(text, -1) {
		anchor := jsonAnchor(string(heading[1]))
		if anchors[anchor] {
			t.Errorf("two headings are %s", anchor)
		}
		anchors[anchor] = true
	}
	links := regexp.MustCompile(`\(#(.*?)\)`).FindAllSubmatch(text, -1)
	for _, link := range links {
		if !anchors[string(link[1])] {
			t.Errorf("no heading is %s", link[1])
		}
	}
	if len(links) < 20 {
		t.Errorf("%d links found, so this test looks for the wrong thing", len(links))
	}
}

// A field without a comment, and a type that the page has no words for, are errors.
func TestDescriber_Errors(t *testing.T) {
	t.Parallel()
	type bare struct {
		Field string `json:"field"`
	}
	type odd struct {
		Field chan int `json:"field"`
	}
	for _, object := range []any{bare{}, odd{}} {
		d := describer{comments: comments{root: projectRoot}, headings: map[reflect.Type]string{}, taken: map[string]bool{}}
		if lines, _, err := d.fields(reflect.TypeOf(object)); err == nil {
			t.Errorf("%T is described as %v", object, lines)
		}
	}
}
