// This file makes docs/json.md: what each command prints with --json, from the Go types and the comments
// of their fields.

package main

import (
	"bytes"
	"embed"
	"fmt"
	"path"
	"reflect"
	"strings"
	"text/template"
	"unicode"
	"unicode/utf8"

	"btrollout/internal/jsonout"
)

// jsonDocument is written from the project's root.
const jsonDocument = "docs/json.md"

//go:embed json.md.tmpl
var jsonLayout string

// examples holds an example of what each command prints: one object, also where it prints a list.
//
//go:embed examples
var examples embed.FS

// outputSection describes what a command prints.
type outputSection struct {
	jsonout.Output
	Heading string
	Fields  []fieldLine
	Base    string // heading of the output that has the other fields; "": there is none
	Example string
}

// objectSection describes an object within others.
type objectSection struct {
	Heading string
	Fields  []fieldLine
}

// fieldLine describes a field.
type fieldLine struct{ Name, Type, Meaning, LeftOut string }

// valueLine lists the values of a string.
type valueLine struct {
	Heading string
	Values  []string
}

// jsonSections is what the page is made of.
type jsonSections struct {
	Schema  int
	Outputs []outputSection
	Objects []objectSection
	Values  []valueLine
}

// describer describes types, and gathers the objects and the strings that they hold.
type describer struct {
	comments comments
	headings map[reflect.Type]string // of types that have a section
	taken    map[string]bool         // headings
	pending  []reflect.Type          // objects without a section yet
	values   []valueLine
}

// jsonPage is docs/json.md; root is the folder of the project, whose source has the comments.
func jsonPage(root string) ([]byte, error) {
	d := describer{comments: comments{root: root}, headings: map[reflect.Type]string{}, taken: map[string]bool{}}
	sections, err := d.sections()
	if err != nil {
		return nil, err
	}
	t, err := template.New("json").Funcs(template.FuncMap{"anchor": jsonAnchor}).Parse(jsonLayout)
	if err != nil {
		return nil, err
	}
	var text bytes.Buffer
	err = t.Execute(&text, sections)
	return text.Bytes(), err
}

// outputHeading is the heading of what a command prints.
func outputHeading(o jsonout.Output) string {
	if o.Command == "" {
		return "Errors"
	}
	return "`" + o.Command + "`"
}

// jsonAnchor is the place of a heading, as Markdown is rendered on the usual hosts.
func jsonAnchor(heading string) string {
	return strings.ToLower(strings.ReplaceAll(strings.Trim(heading, "`"), " ", "-"))
}

func (d *describer) sections() (jsonSections, error) {
	s := jsonSections{Schema: jsonout.SchemaVersion}
	for _, o := range jsonout.Outputs {
		if !o.List { // a list is of an object that has a section, or gets its own
			d.headings[reflect.TypeOf(o.Object)] = outputHeading(o)
		}
		d.taken[strings.ToLower(outputHeading(o))] = true
	}
	for _, o := range jsonout.Outputs {
		section := outputSection{Output: o, Heading: outputHeading(o)}
		object := reflect.TypeOf(o.Object)
		if same, ok := d.headings[object]; ok && same != section.Heading {
			section.Base = same
		} else {
			d.headings[object] = section.Heading
			var err error
			if section.Fields, section.Base, err = d.fields(object); err != nil {
				return s, err
			}
		}
		text, err := examples.ReadFile(exampleFile(o))
		if err != nil {
			return s, err
		}
		section.Example = strings.TrimSpace(string(text))
		s.Outputs = append(s.Outputs, section)
	}
	for ; len(d.pending) > 0; d.pending = d.pending[1:] {
		fields, _, err := d.fields(d.pending[0])
		if err != nil {
			return s, err
		}
		s.Objects = append(s.Objects, objectSection{d.headings[d.pending[0]], fields})
	}
	s.Values = d.values
	return s, nil
}

// exampleFile is the file of the example of an output.
func exampleFile(o jsonout.Output) string {
	return "examples/" + jsonAnchor(outputHeading(o)) + ".json"
}

// fields describes the fields of an object; base is the heading of an output whose fields it has too.
func (d *describer) fields(object reflect.Type) (lines []fieldLine, base string, err error) {
	for i := range object.NumField() {
		field := object.Field(i)
		if field.Anonymous {
			if base = d.headings[field.Type]; base != "" {
				continue
			}
			embedded, _, err := d.fields(field.Type)
			if err != nil {
				return nil, "", err
			}
			lines = append(lines, embedded...)
			continue
		}
		name, options, _ := strings.Cut(field.Tag.Get("json"), ",")
		if name == "-" { // it is never printed
			continue
		}
		line := fieldLine{Name: name, LeftOut: "never"}
		if options == "omitempty" || options == "omitzero" {
			line.LeftOut = "if " + emptyValue(field.Type)
		}
		if line.Type, err = d.typeWords(field.Type); err != nil {
			return nil, "", err
		}
		if field.Type == reflect.TypeFor[jsonout.Schema]() {
			line.Meaning = "version of the object"
		} else if line.Meaning, err = d.comments.ofField(object, field.Name); err != nil {
			return nil, "", err
		}
		line.Meaning = inTable(line.Meaning)
		lines = append(lines, line)
	}
	return lines, base, nil
}

// inTable is a comment as it stands in a table: it begins with a small letter, unless that is a name.
func inTable(comment string) string {
	first, size := utf8.DecodeRuneInString(comment)
	if second, _ := utf8.DecodeRuneInString(comment[size:]); unicode.IsLower(second) || second == ' ' {
		comment = string(unicode.ToLower(first)) + comment[size:]
	}
	return strings.ReplaceAll(comment, "|", `\|`)
}

// emptyValue is the value with which a field is left out.
func emptyValue(of reflect.Type) string {
	switch of.Kind() {
	case reflect.String:
		return `""`
	case reflect.Bool:
		return "false"
	case reflect.Int, reflect.Int64, reflect.Float64:
		return "0"
	}
	return "empty"
}

// typeWords describes a type for people who read JSON.
func (d *describer) typeWords(of reflect.Type) (string, error) {
	switch of.Kind() {
	case reflect.String:
		if of.PkgPath() == "" {
			return "string", nil
		}
		return d.link(of)
	case reflect.Bool:
		return "true or false", nil
	case reflect.Int, reflect.Int64, reflect.Float64:
		return "number", nil
	case reflect.Pointer:
		return d.typeWords(of.Elem())
	case reflect.Slice:
		item, err := d.typeWords(of.Elem())
		return "list of " + plural(item), err
	case reflect.Map:
		key, err := d.typeWords(of.Key())
		if err != nil {
			return "", err
		}
		value, err := d.typeWords(of.Elem())
		if key == "string" {
			return "object of " + plural(value), err
		}
		return fmt.Sprintf("object: %s by %s", plural(value), key), err
	case reflect.Struct:
		switch {
		case of == reflect.TypeFor[jsonout.Schema]():
			return "number", nil
		case of.PkgPath() == "time":
			return "time", nil
		}
		return d.link(of)
	}
	return "", fmt.Errorf("%s: this page has no words for its type", of)
}

// plural is the plural of the words of a type.
func plural(words string) string {
	switch {
	case strings.HasSuffix(words, ")"): // a link
		return words
	case strings.HasPrefix(words, "object of"):
		return strings.Replace(words, "object", "objects", 1)
	}
	return words + "s"
}

// link refers to the section of a type, which it makes if there is none.
func (d *describer) link(of reflect.Type) (string, error) {
	heading, ok := d.headings[of]
	if !ok {
		heading = words(of.Name())
		if d.taken[heading] {
			heading = path.Base(of.PkgPath()) + " " + heading
		}
		d.headings[of], d.taken[heading] = heading, true
		if of.Kind() == reflect.Struct {
			d.pending = append(d.pending, of)
		} else {
			values, err := d.comments.valuesOf(of)
			if err != nil {
				return "", err
			}
			d.values = append(d.values, valueLine{heading, values})
		}
	}
	return fmt.Sprintf("[%s](#%s)", strings.Trim(heading, "`"), jsonAnchor(heading)), nil
}

// words are the words of a name such as PossibleValue, in lower case.
func words(name string) string {
	var text strings.Builder
	for i, r := range name {
		if i > 0 && 'A' <= r && r <= 'Z' {
			text.WriteByte(' ')
		}
		text.WriteRune(r)
	}
	return strings.ToLower(text.String())
}
