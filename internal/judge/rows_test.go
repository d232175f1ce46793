// This file tests the rows and the files that are made of them.

package judge_test

import (
	"encoding/csv"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"btrollout/internal/judge"
)

func TestMakeRows_TellsSitesApart(t *testing.T) {
	t.Parallel()
	all := judge.MakeRows(rand.New(rand.NewPCG(1, 1)), 200, 3, true)
	first, atAddress, moved, respelled := map[string]judge.Row{}, map[string]judge.Row{}, 0, 0
	for _, row := range all {
		if row.Expected == judge.Wrong {
			continue
		}
		if before, known := first[row.Key()]; known {
			if !maps.Equal(row.Address, before.Address) {
				moved++
			}
			if row.Name() != before.Name() {
				respelled++
			}
		} else {
			first[row.Key()] = row
		}
		address := fmt.Sprint(row.Address)
		if other, taken := atAddress[address]; taken && other.Key() != row.Key() {
			t.Errorf("%s and %s have one address", row, other)
		}
		atAddress[address] = row
	}
	if len(first) != 200 || moved < 50 || respelled < 20 {
		t.Errorf("%d sites, %d rows with another address, %d with another spelling", len(first), moved, respelled)
	}
}

// TestWriteFiles_Numbers holds that each row is in its file, in the line of its number.
func TestWriteFiles_Numbers(t *testing.T) {
	t.Parallel()
	dir, rows := t.TempDir(), judge.MakeRows(rand.New(rand.NewPCG(1, 1)), 40, 1, true)
	if err := judge.WriteFiles(dir, rows); err != nil {
		t.Fatal(err)
	}
	tables := map[string][][]string{}
	for _, name := range []string{judge.FirstFile, judge.SecondFile, judge.NightFile(0), judge.AfterFile} {
		f, err := os.Open(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		table, err := csv.NewReader(f).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		tables[name] = table
	}
	written := 0
	for _, row := range rows {
		want := []string{}
		for _, column := range judge.Columns {
			want = append(want, row.Cells[column])
		}
		if diff := cmp.Diff(want, tables[row.File][row.Number-1]); diff != "" {
			t.Errorf("%s (-row +file):\n%s", row, diff)
		}
	}
	for name, table := range tables {
		if diff := cmp.Diff(judge.Columns, table[0]); diff != "" {
			t.Errorf("the header of %s (-want +got):\n%s", name, diff)
		}
		written += len(table) - 1
	}
	if written != len(rows) {
		t.Errorf("%d lines were written for %d rows", written, len(rows))
	}
}
