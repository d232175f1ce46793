// This file holds the tables of docs/performance.md: a section for each benchmark, a row for
// each figure and, where there is one, its target.

package main

import (
	"fmt"
	"math"
	"strings"
	"unicode/utf8"
)

// A section is one table of the document.
type section struct {
	name   string
	header []string
	rows   func(results) [][]string
	needs  []string // benchmarks without which there is no table
}

var sections = []section{
	{"calls", []string{"figure", "btrollout", "plain asynq", "target", "met"}, calls, []string{"Calls/btrollout", "Calls/plain"}},
	{
		"rate", []string{"rate, processes", "most in any second", "most in 100 ms", "use of the rate", "target", "met"},
		rates, []string{"Rate/rate=500/workers=4"},
	},
	{
		"engine", []string{"figure", "API in memory", "simulator", "asynq, no-op", "target", "met"},
		engine, []string{"Engine/noop", "Engine/memory", "Engine/simulator"},
	},
	{
		"check", []string{"10,000 rows", "as listed, s", "in capitals, s", "target", "met"},
		checks, []string{"Check/all/listed", "Check/all/capitals"},
	},
	{
		"import", []string{"figure", "btrollout", "bare loop", "ratio", "target", "met"},
		imports, []string{"XLSX", "XLSXBare", "XLSXDefault", "CSV", "CSVBare", "Enqueue"},
	},
	{"redis", []string{"figure", "bytes a site", "target", "met"}, redis, []string{"Redis"}},
	{"forecast", []string{"figure", "time left", "target", "met"}, forecast, []string{"Forecast"}},
}

// render gives the table of a section, if its benchmarks ran.
func (s section) render(r results) (string, bool) {
	for _, name := range s.needs {
		if r[name] == nil {
			return "", false
		}
	}
	return table(append([][]string{s.header}, s.rows(r)...)), true
}

func calls(r results) [][]string {
	ours, plain := r["Calls/btrollout"], r["Calls/plain"]
	row := func(label, unit, format string) []string {
		return []string{label, number(format, ours[unit]), number(format, plain[unit]), "", ""}
	}
	bound := 1.10*ours["floor-s"] + ours["delivery-s"]
	return [][]string{
		row("sites", "sites", "%.0f"),
		target(row("API calls a site", "calls/site", "%.2f"), "≤ 2.1", ours["calls/site"] <= 2.1),
		row("– orders", "orders/site", "%.2f"),
		row("– addresses", "addresses/site", "%.2f"),
		row("– polls of one order", "polls/site", "%.2f"),
		row("– pages of the orders list", "lists/site", "%.3f"),
		row("– all others", "others/site", "%.3f"),
		row("calls refused", "refused", "%.0f"),
		target(row("wall time, s", "wall-s", "%.1f"), fmt.Sprintf("≤ %.1f", bound), ours["wall-s"] <= bound),
		row("floor: 2 calls a site, s", "floor-s", "%.1f"),
		row("last delivery, s", "delivery-s", "%.1f"),
		{
			"(wall − last delivery) ÷ floor", number("%.2f", overFloor(ours)), number("%.2f", overFloor(plain)),
			"≤ 1.10", yes(overFloor(ours) <= 1.10),
		},
		target(row("delivery noticed, median, s", "noticed-p50-s", "%.1f"), "≤ 5", ours["noticed-p50-s"] <= 5),
		row("delivery noticed, 95 %, s", "noticed-p95-s", "%.1f"),
		row("CPU of the workers, ms a site", "cpu-ms/site", "%.2f"),
	}
}

func overFloor(r map[string]float64) float64 { return (r["wall-s"] - r["delivery-s"]) / r["floor-s"] }

func rates(r results) (rows [][]string) {
	for _, run := range []struct{ rate, workers int }{{500, 1}, {500, 2}, {500, 4}, {25, 4}} {
		got := r[fmt.Sprintf("Rate/rate=%d/workers=%d", run.rate, run.workers)]
		use, measured := got["use"]
		if !measured {
			use = math.NaN()
		}
		rows = append(rows, []string{
			fmt.Sprintf("%d/s, %d", run.rate, run.workers), number("%.0f", got["peak-second"]), number("%.0f", got["peak-100ms"]),
			number("%.1f %%", 100*use), fmt.Sprintf("≤ %d, ≥ 95 %%", run.rate), yes(got["peak-second"] <= float64(run.rate) && use >= 0.95),
		})
	}
	return rows
}

func engine(r results) [][]string {
	memory, simulator, noop := r["Engine/memory"], r["Engine/simulator"], r["Engine/noop"]
	row := func(label, unit string) []string {
		return []string{label, number("%.0f", memory[unit]), number("%.0f", simulator[unit]), number("%.0f", noop[unit]), "", ""}
	}
	ratio := func(label, unit string) []string {
		return []string{label, number("%.2f", memory[unit]/noop[unit]), number("%.2f", simulator[unit]/noop[unit]), "1", "", ""}
	}
	return [][]string{
		row("sites a second", "sites/s"),
		target(ratio("÷ no-op tasks a second", "sites/s"), "≥ 0.5", memory["sites/s"]/noop["sites/s"] >= 0.5),
		row("asynq tasks a second", "tasks/s"),
		ratio("÷ no-op tasks a second", "tasks/s"),
	}
}

func checks(r results) [][]string {
	row := func(label, name string) []string {
		listed, capitals := r["Check/"+name+"/listed"]["s"], r["Check/"+name+"/capitals"]["s"]
		return []string{label, number("%.2f", listed), number("%.2f", capitals), "< 2", yes(max(listed, capitals) < 2)}
	}
	slowest := ""
	for name := range r {
		country, one := strings.CutPrefix(strings.TrimSuffix(name, "/listed"), "Check/one/")
		if one && (slowest == "" || r[name]["s"] > r["Check/one/"+slowest+"/listed"]["s"]) && strings.HasSuffix(name, "/listed") {
			slowest = country
		}
	}
	return [][]string{
		row("of the fifteen countries", "all"),
		row("of the slowest, "+slowest, "one/"+slowest),
	}
}

func imports(r results) [][]string {
	pair := func(label, ours, bare, unit string) []string {
		a, b := r[ours][unit], r[bare][unit]
		return []string{label, number("%.0f", a), number("%.0f", b), number("%.2f", a/b), "", ""}
	}
	slower := func(than string) float64 { return r[than]["rows/s"] / r["XLSX"]["rows/s"] }
	single := func(label, unit string) []string {
		return []string{label, number("%.0f", r["Enqueue"][unit]), "", "", "", ""}
	}
	return [][]string{
		pair("XLSX, rows a second", "XLSX", "XLSXBare", "rows/s"),
		{"– time", "", "", number("%.2f", slower("XLSXBare")), "≤ 1.3", yes(slower("XLSXBare") <= 1.3)},
		{"– time, excelize's own options", "", "", number("%.2f", slower("XLSXDefault")), "", ""},
		target(pair("– peak memory, MB", "XLSX", "XLSXBare", "peak-MB"), "< 150", r["XLSX"]["peak-MB"] < 150),
		target(pair("CSV, rows a second", "CSV", "CSVBare", "rows/s"), "≥ 100000", r["CSV"]["rows/s"] >= 100_000),
		target(pair("– peak memory, MB", "CSV", "CSVBare", "peak-MB"), "< 150", r["CSV"]["peak-MB"] < 150),
		single("enqueue of a CSV, rows", "sites"),
		single("– rows read and checked a second", "checked-rows/s"),
		single("– rows written a second, tasks too", "written-rows/s"),
		single("– both, rows a second", "rows/s"),
		target(single("– peak memory, MB", "peak-MB"), "< 150", r["Enqueue"]["peak-MB"] < 150),
	}
}

func redis(r results) [][]string {
	got := r["Redis"]
	return [][]string{
		{"sites", number("%.0f", got["sites"]), "", ""},
		{"finished", number("%.0f", got["finished-B/site"]), "≤ 2048", yes(got["finished-B/site"] <= 2048)},
		{"enqueued, its task too", number("%.0f", got["waiting-B/site"]), "", ""},
	}
}

func forecast(r results) [][]string {
	got := r["Forecast"]
	return [][]string{
		{"rollouts", number("%.0f", got["rollouts"]), "", ""},
		{"looks at them, from a tenth on", number("%.0f", got["looks"]), "", ""},
		{"– with a range", number("%.0f %%", got["told-%"]), "", ""},
		{"– of these, it held what came", number("%.0f %%", got["right-%"]), "≥ 95 %", yes(got["right-%"] >= 95)},
		{"widest range, around its middle", number("± %.0f %%", got["widest-%"]), "≤ 25 %", yes(got["widest-%"] <= 25)},
		{"rollouts without a wrong range", number("%.0f", got["never-wrong"]), "", ""},
	}
}

// target completes a row whose last two cells are free.
func target(row []string, words string, met bool) []string {
	return append(row[:len(row)-2], words, yes(met))
}

func yes(met bool) string {
	if met {
		return "yes"
	}
	return "**no**"
}

// number writes a figure; a dash where there is none.
func number(format string, value float64) string {
	if math.IsNaN(value) || math.IsInf(value, 0) {
		return "–"
	}
	return fmt.Sprintf(format, value)
}

// table writes Markdown whose columns line up: the first to the left, figures to the
// right.
func table(rows [][]string) string {
	width := make([]int, len(rows[0]))
	for _, row := range rows {
		for i, cell := range row {
			width[i] = max(width[i], utf8.RuneCountInString(cell))
		}
	}
	var out strings.Builder
	for n, row := range rows {
		for i, cell := range row {
			room := strings.Repeat(" ", width[i]-utf8.RuneCountInString(cell))
			if i > 0 {
				cell, room = room, cell
			}
			out.WriteString("| " + cell + room + " ")
		}
		out.WriteString("|\n")
		if n > 0 {
			continue
		}
		for i, w := range width {
			rule := strings.Repeat("-", w+1)
			if i == 0 {
				out.WriteString("|" + rule + "-")
			} else {
				out.WriteString("|" + rule + ":")
			}
		}
		out.WriteString("|\n")
	}
	return out.String()
}
