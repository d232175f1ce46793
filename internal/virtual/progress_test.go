// This file follows the sites of a rollout of weeks, and draws the plot of them: sites by state
// over time.

package virtual_test

import (
	"bytes"
	"context"
	"image/color"
	"math"
	"os"
	"slices"
	"strconv"
	"sync"
	"time"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"

	"btrollout/internal/judge"
	"btrollout/internal/rollout"
)

// sampled is how many sites are in each state, at one time.
type sampled struct {
	at     time.Duration
	states map[rollout.State]int
}

// progress follows the sites through all batches.
type progress struct {
	monday time.Time

	mu     sync.Mutex
	keys   map[string]map[string]string // of right rows, by file and row number
	newest map[string]time.Time         // when the newest batch was entered that works on a site, by key
	states map[string]rollout.State     // of the site in it
	all    []sampled
}

func newProgress(rows []judge.Row) *progress {
	return &progress{keys: keysOf(rows), newest: map[string]time.Time{}, states: map[string]rollout.State{}}
}

// observe takes over the states of a batch, which addUp returns. A row that is rejected does not
// work on its site, nor does one that was left to another batch.
func (p *progress) observe(b rollout.Batch, states map[string]rollout.State) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for row, state := range states {
		key := p.keys[b.File][row]
		if key == "" || state == rollout.Rejected || p.newest[key].After(b.Entered) {
			continue
		}
		p.newest[key], p.states[key] = b.Entered, state
	}
}

// sample notes how the sites stand.
func (p *progress) sample() {
	p.mu.Lock()
	defer p.mu.Unlock()
	s := sampled{time.Since(p.monday), map[rollout.State]int{}}
	for _, state := range p.states {
		s.states[state]++
	}
	p.all = append(p.all, s)
}

// sampleEvery notes how the sites stand, each full hour if every is one.
func (p *progress) sampleEvery(ctx context.Context, every time.Duration) {
	for ctx.Err() == nil {
		p.sample()
		time.Sleep(every)
	}
}

// band is an area of the plot: the sites that are in one of these states.
type band struct {
	label  string
	color  color.Color
	states []rollout.State
}

// bands have each state once. They are from the bottom to the top, in colors of Okabe and Ito, which color-blind people
// can tell apart.
var bands = []band{
	{"provisioned", color.RGBA{0x56, 0xb4, 0xe9, 0xff}, []rollout.State{rollout.Provisioned, rollout.Skipped}},
	{"ordered, address not set yet", color.RGBA{0xe6, 0x9f, 0x00, 0xff}, []rollout.State{rollout.Ordered, rollout.Delivered}},
	{"not ordered, or order rejected", color.RGBA{0x00, 0x00, 0x00, 0xff}, []rollout.State{
		rollout.Imported, rollout.Validated, rollout.Ordering, rollout.Failed,
	}},
	{"new address waits for an earlier upload", color.RGBA{0x00, 0x72, 0xb2, 0xff}, []rollout.State{rollout.Following}},
	{"left to a person", color.RGBA{0xcc, 0x79, 0xa7, 0xff}, []rollout.State{rollout.Review}},
	{"withdrawn, or wrong in the file", color.RGBA{0x99, 0x99, 0x99, 0xff}, []rollout.State{rollout.Cancelled, rollout.Rejected}},
}

// isEmpty reports whether no site was in a band at any time.
func (p *progress) isEmpty(b band) bool {
	return !slices.ContainsFunc(p.all, func(s sampled) bool {
		return slices.ContainsFunc(b.states, func(state rollout.State) bool { return s.states[state] > 0 })
	})
}

// draw writes the plot to a file, as SVG.
func (p *progress) draw(file string, blocked [2]time.Duration) error {
	plot.DefaultFont = font.Font{Typeface: "Liberation", Variant: "Sans"}
	plotter.DefaultFont = plot.DefaultFont
	drawn := plot.New()
	drawn.X.Label.Text, drawn.Y.Label.Text = "days since the first Monday, 0:00", "sites"
	drawn.X.Label.Padding, drawn.Y.Label.Padding = vg.Points(4), vg.Points(4)
	drawn.X.Padding, drawn.Y.Padding = 0, 0
	drawn.X.Tick.Marker = plot.TickerFunc(everySeventh)
	drawn.Legend.Top, drawn.Legend.Left = true, true
	drawn.Legend.XOffs, drawn.Legend.YOffs = vg.Points(14), vg.Points(-8)
	drawn.Legend.Padding, drawn.Legend.ThumbnailWidth = vg.Points(5), vg.Points(16)

	below := make([]float64, len(p.all))
	var areas []*plotter.Polygon
	shown := slices.DeleteFunc(slices.Clone(bands), p.isEmpty)
	for _, b := range shown {
		area, err := p.area(b, below)
		if err != nil {
			return err
		}
		areas = append(areas, area)
		drawn.Add(area)
	}
	for i, area := range slices.Backward(areas) {
		drawn.Legend.Add(shown[i].label, area)
	}
	top := slices.Max(below) * 1.12
	if err := shade(drawn, blocked, top); err != nil {
		return err
	}
	drawn.X.Min, drawn.X.Max = 0, math.Ceil(p.all[len(p.all)-1].at.Hours()/24)
	drawn.Y.Min, drawn.Y.Max = 0, top
	return writeSVG(drawn, file)
}

// writeSVG writes a plot to a file. A reader without the plot's font sees it in a similar one.
func writeSVG(drawn *plot.Plot, file string) error {
	svg, err := drawn.WriterTo(24*vg.Centimeter, 11*vg.Centimeter, "svg")
	if err != nil {
		return err
	}
	var written bytes.Buffer
	if _, err := svg.WriteTo(&written); err != nil {
		return err
	}
	const family = "font-family:Liberation Sans"
	return os.WriteFile(file, bytes.ReplaceAll(written.Bytes(), []byte(family), []byte(family+",Arial,Helvetica,sans-serif")), 0o644)
}

// area is the area of a band above those below it, whose heights it increases.
func (p *progress) area(b band, below []float64) (*plotter.Polygon, error) {
	outline := make(plotter.XYs, 2*len(p.all))
	for i, s := range p.all {
		x := s.at.Hours() / 24
		outline[len(outline)-1-i] = plotter.XY{X: x, Y: below[i]}
		for _, state := range b.states {
			below[i] += float64(s.states[state])
		}
		outline[i] = plotter.XY{X: x, Y: below[i]}
	}
	return filled(outline, b.color)
}

// shade shades the span of time in which the account is blocked, and says what it is.
func shade(drawn *plot.Plot, blocked [2]time.Duration, top float64) error {
	from, to := blocked[0].Hours()/24, blocked[1].Hours()/24
	shadow, err := filled(plotter.XYs{{X: from, Y: 0}, {X: from, Y: top}, {X: to, Y: top}, {X: to, Y: 0}}, color.NRGBA{A: 0x48})
	if err != nil {
		return err
	}
	label, err := plotter.NewLabels(plotter.XYLabels{
		XYs: plotter.XYs{{X: to, Y: top}}, Labels: []string{"account blocked"},
	})
	if err != nil {
		return err
	}
	label.TextStyle[0].Font.Size, label.TextStyle[0].YAlign = vg.Points(12), text.YTop
	label.Offset = vg.Point{X: vg.Points(6), Y: vg.Points(-8)}
	drawn.Add(shadow, label)
	return nil
}

func filled(outline plotter.XYs, with color.Color) (*plotter.Polygon, error) {
	area, err := plotter.NewPolygon(outline)
	if err == nil {
		area.Color, area.LineStyle.Width = with, 0
	}
	return area, err
}

// everySeventh marks each day, and writes the number of each seventh.
func everySeventh(from, to float64) (ticks []plot.Tick) {
	for n := int(from); n <= int(to); n++ {
		tick := plot.Tick{Value: float64(n)}
		if n%7 == 0 {
			tick.Label = strconv.Itoa(n)
		}
		ticks = append(ticks, tick)
	}
	return ticks
}
