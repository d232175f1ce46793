// This file carries out the edits of a mutation on copies of the source files.

package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// mutated returns the files that a mutation edits, with its edits: path from root → content. It
// is an error if the old text of an edit is not in its file exactly once.
func (m mutation) mutated(root string) (map[string]string, error) {
	files := map[string]string{}
	for _, e := range m.edits {
		content, ok := files[e.file]
		if !ok {
			read, err := os.ReadFile(filepath.Join(root, e.file))
			if err != nil {
				return nil, fmt.Errorf("mutation %s: %w", m.name, err)
			}
			content = string(read)
		}
		if n := strings.Count(content, e.old); n != 1 {
			return nil, fmt.Errorf("mutation %s: its old text is %d times in %s, want once; write the mutation anew:\n%s", m.name, n, e.file, e.old)
		}
		files[e.file] = strings.Replace(content, e.old, e.new, 1)
	}
	return files, nil
}

// overlay writes the mutated files into dir, and returns the path of the file for the go
// command's option -overlay.
func (m mutation) overlay(root, dir string) (string, error) {
	files, err := m.mutated(root)
	if err != nil {
		return "", err
	}
	var replaced struct{ Replace map[string]string }
	replaced.Replace = map[string]string{}
	for name, content := range files {
		path := filepath.Join(dir, strings.ReplaceAll(name, "/", "_"))
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			return "", err
		}
		replaced.Replace[filepath.Join(root, name)] = path
	}
	text, err := json.Marshal(replaced)
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, "overlay.json")
	return path, os.WriteFile(path, text, 0o600)
}
