// This file reads the comments of fields, and the constants of a type, from the source.

package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
)

// module is what stands before the packages of this project.
const module = "btrollout/"

// comments finds what the source says of types.
type comments struct {
	root     string                 // folder of the project
	packages map[string][]*ast.File // the files read, by the path of their package
}

// files parses a package, once.
func (c *comments) files(pkg string) ([]*ast.File, error) {
	if files, ok := c.packages[pkg]; ok {
		return files, nil
	}
	folder := filepath.Join(c.root, strings.TrimPrefix(pkg, module))
	entries, err := os.ReadDir(folder)
	if err != nil {
		return nil, err
	}
	var files []*ast.File
	for _, entry := range entries {
		if name := entry.Name(); strings.HasSuffix(name, ".go") && !strings.HasSuffix(name, "_test.go") {
			file, err := parser.ParseFile(token.NewFileSet(), filepath.Join(folder, name), nil, parser.ParseComments)
			if err != nil {
				return nil, err
			}
			files = append(files, file)
		}
	}
	if c.packages == nil {
		c.packages = map[string][]*ast.File{}
	}
	c.packages[pkg] = files
	return files, nil
}

// ofField is the comment of a field on one line. A field without a comment is an error.
func (c *comments) ofField(of reflect.Type, name string) (string, error) {
	files, err := c.files(of.PkgPath())
	if err != nil {
		return "", err
	}
	var text string
	for _, file := range files {
		ast.Inspect(file, func(n ast.Node) bool {
			spec, ok := n.(*ast.TypeSpec)
			if !ok || spec.Name.Name != of.Name() {
				return true
			}
			object, ok := spec.Type.(*ast.StructType)
			if !ok {
				return false
			}
			for _, field := range object.Fields.List {
				if slices.ContainsFunc(field.Names, func(id *ast.Ident) bool { return id.Name == name }) {
					text = strings.Join(strings.Fields(field.Doc.Text()+" "+field.Comment.Text()), " ")
				}
			}
			return false
		})
	}
	if text == "" {
		return "", fmt.Errorf("%s.%s has no comment, which %s would show", of, name, jsonDocument)
	}
	return strings.TrimSuffix(text, "."), nil
}

// valuesOf lists the constants of a string type, in the order of the source. None is an error.
func (c *comments) valuesOf(of reflect.Type) ([]string, error) {
	files, err := c.files(of.PkgPath())
	if err != nil {
		return nil, err
	}
	var values []string
	for _, file := range files {
		ast.Inspect(file, func(n ast.Node) bool {
			spec, ok := n.(*ast.ValueSpec)
			if !ok {
				return true
			}
			if id, ok := spec.Type.(*ast.Ident); ok && id.Name == of.Name() && len(spec.Values) == 1 {
				if literal, ok := spec.Values[0].(*ast.BasicLit); ok {
					value, unquoteErr := strconv.Unquote(literal.Value)
					values, err = append(values, value), unquoteErr
				}
			}
			return false
		})
	}
	if err == nil && len(values) == 0 {
		err = fmt.Errorf("%s has no constants, which %s would list", of, jsonDocument)
	}
	return values, err
}
