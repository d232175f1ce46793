// Package strictjson reads JSON without what encoding/json forgives: repeated keys, invalid
// UTF-8, and text after the value.
package strictjson

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"
)

// Parse reads one JSON value: map[string]any, []any, string, json.Number, bool or nil. It
// returns an error for invalid JSON, invalid UTF-8, a key that an object has twice, and text
// after the value.
func Parse(data []byte) (any, error) {
	if !utf8.Valid(data) {
		return nil, errors.New("it is not UTF-8")
	}
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	value, err := parseValue(d)
	if err != nil {
		return nil, err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("something follows the value")
	}
	return value, nil
}

func parseValue(d *json.Decoder) (any, error) {
	token, err := d.Token()
	if err != nil {
		return nil, err
	}
	switch token {
	case json.Delim('{'):
		return parseMembers(d)
	case json.Delim('['):
		list := []any{}
		for d.More() {
			item, err := parseValue(d)
			if err != nil {
				return nil, err
			}
			list = append(list, item)
		}
		_, err := d.Token()
		return list, err
	}
	return token, nil
}

func parseMembers(d *json.Decoder) (any, error) {
	object := map[string]any{}
	for d.More() {
		token, err := d.Token()
		if err != nil {
			return nil, err
		}
		key := token.(string) // the decoder accepts no other key
		if _, twice := object[key]; twice {
			return nil, fmt.Errorf("key %q stands twice", key)
		}
		if object[key], err = parseValue(d); err != nil {
			return nil, err
		}
	}
	_, err := d.Token()
	return object, err
}
