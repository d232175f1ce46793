// This file tests that styles get their numbers.

package xlsx

import (
	"testing"

	"github.com/xuri/excelize/v2"
)

func TestAddStyles(t *testing.T) {
	t.Parallel()
	book := excelize.NewFile()
	defer book.Close()
	var header, text int
	err := AddStyles(book, []NewStyle{
		{&header, excelize.Style{Font: BoldFont(11, "FFFFFF"), Fill: Fill("404040"), Alignment: TopLeft()}},
		{&text, excelize.Style{NumFmt: TextFormat, Font: Font(11, "000000"), Alignment: Wrapped()}},
	})
	if err != nil {
		t.Fatal(err)
	}
	got, err := book.GetStyle(header)
	if err != nil || !got.Font.Bold || got.Font.Color != "FFFFFF" || got.Fill.Color[0] != "404040" {
		t.Errorf("the header is %+v (%v)", got, err)
	}
	if got.Alignment.WrapText || got.NumFmt != 0 {
		t.Errorf("the header is %+v", got)
	}
	got, err = book.GetStyle(text)
	if err != nil || got.Font.Bold || len(got.Fill.Color) > 0 || !got.Alignment.WrapText || got.NumFmt != TextFormat {
		t.Errorf("the text is %+v (%v)", got, err)
	}
}
