// This file holds the building blocks of styles.

package xlsx

import (
	"errors"

	"github.com/xuri/excelize/v2"
)

// TextFormat is the number format "@": what is typed into such a cell stays text, so that
// numbers keep their leading zeros.
const TextFormat = 49

// The colours of the workbooks that the program makes, as RGB in six hexadecimal digits.
const (
	Black  = "000000"
	White  = "FFFFFF"
	Orange = "FFB266" // fill of a header that people should notice
	Dark   = "404040" // fill of any other header, in White letters
)

// The sizes of letters in the workbooks that the program makes, in points.
const (
	TextSize  = 11
	TitleSize = 14
)

// Fill fills a cell with a colour, as RGB in six hexadecimal digits.
func Fill(color string) excelize.Fill {
	return excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{color}}
}

// Font is Calibri in a size in points and a colour, as RGB in six hexadecimal digits.
func Font(size float64, color string) *excelize.Font {
	return &excelize.Font{Family: "Calibri", Size: size, Color: color}
}

// BoldFont is the same in bold.
func BoldFont(size float64, color string) *excelize.Font {
	font := Font(size, color)
	font.Bold = true
	return font
}

// TopLeft places a text in the upper left corner of its cell, in one line.
func TopLeft() *excelize.Alignment { return &excelize.Alignment{Vertical: "top", Horizontal: "left"} }

// Wrapped places a text in the upper left corner of its cell, in as many lines as it needs.
func Wrapped() *excelize.Alignment {
	alignment := TopLeft()
	alignment.WrapText = true
	return alignment
}

// NewStyle is a style to be added to a workbook, and where its number there is written.
type NewStyle struct {
	Number *int
	Style  excelize.Style
}

// AddStyles adds styles to a workbook.
func AddStyles(book *excelize.File, styles []NewStyle) (err error) {
	for i := range styles {
		number, styleErr := book.NewStyle(&styles[i].Style)
		*styles[i].Number = number
		err = errors.Join(err, styleErr)
	}
	return err
}
