// This file classifies number formats: whether they show a number as a date, as digits, or
// otherwise. excelize knows how it looks.

package spreadsheet

import (
	"slices"
	"strings"
)

// numberFormat is how a cell's style shows a number.
type numberFormat byte

const (
	formatGeneral numberFormat = iota // as it is stored
	formatDigits                      // as digits, with or without zeros before them and marks between
	formatDate                        // as a date or a time
	formatOther                       // as an amount, a share, …: the stored number tells more
)

// cellStyle is a cell's style as far as it concerns its text.
type cellStyle struct {
	format       numberFormat
	changesTexts bool // texts, too, are shown otherwise than they are stored
}

// styleSheet is a workbook's list of styles. Source: ECMA-376, part 1, section 18.8.
type styleSheet struct {
	Formats []struct {
		ID     int    `xml:"numFmtId,attr"`
		Code   string `xml:"formatCode,attr"`
		Code16 string `xml:"formatCode16,attr"` // of Excel 2016; counts before Code
	} `xml:"numFmts>numFmt"`
	Cells []struct {
		Format int `xml:"numFmtId,attr"`
	} `xml:"cellXfs>xf"`
}

// cellStyles lists the styles in the order by which cells refer to them.
func (s *styleSheet) cellStyles() []cellStyle {
	byID := map[int]cellStyle{}
	for _, f := range slices.Backward(s.Formats) { // of two with one id, the first counts
		code := f.Code
		if f.Code16 != "" {
			code = f.Code16
		}
		byID[f.ID] = styleOfCode(code)
	}
	all := make([]cellStyle, len(s.Cells))
	for i, cell := range s.Cells {
		if custom, ok := byID[cell.Format]; ok {
			all[i] = custom
		} else {
			all[i] = builtInStyle(cell.Format)
		}
	}
	return all
}

// builtInStyle is the style of a format that has an id and no code. Source: ECMA-376, part 1,
// section 18.8.30 (numFmt): the ids of all languages.
func builtInStyle(id int) cellStyle {
	switch {
	case id == 1:
		return cellStyle{format: formatDigits}
	case id >= 14 && id <= 22, id >= 27 && id <= 36, id >= 45 && id <= 47, id >= 50 && id <= 58, id >= 71 && id <= 81:
		return cellStyle{format: formatDate}
	case id >= 2 && id <= 48:
		return cellStyle{format: formatOther}
	}
	return cellStyle{}
}

// styleOfCode classifies a format by its code, such as 00000 or [$-40C]d mmm yyyy.
func styleOfCode(code string) cellStyle {
	if len(code) > 1000 { // Excel takes 255 characters
		return cellStyle{format: formatOther, changesTexts: true}
	}
	marks, conditions := formatMarks(code)
	switch {
	case marks == "" || strings.EqualFold(marks, "general") || marks == "@":
		return cellStyle{}
	case strings.Contains(marks, "\x00") || isDateFormat(marks):
		return cellStyle{format: formatDate}
	}
	changesTexts := strings.Count(marks, ";") >= 3 || strings.Contains(strings.TrimSuffix(marks, ";@"), "@")
	numbers := strings.TrimSuffix(marks, ";@")
	first := strings.IndexAny(numbers, "0#")
	switch {
	case conditions || first < 0 || strings.ContainsAny(numbers, ".,%?/*@Ee"):
		return cellStyle{formatOther, changesTexts}
	case numbers[first] == '#' && strings.Trim(numbers, "0#;") != "": // # ##0 groups digits, and adds none
		return cellStyle{formatOther, changesTexts}
	}
	return cellStyle{formatDigits, changesTexts}
}

// formatMarks is a format's code without its colours and languages, with a space for each text
// and a NUL for hours, minutes or seconds that may pass 24 or 60. conditions tells whether its
// sections depend on conditions.
func formatMarks(code string) (marks string, conditions bool) {
	var out strings.Builder
	for i := 0; i < len(code); i++ {
		switch code[i] {
		case '\\', '_':
			i++
			out.WriteByte(' ')
		case '"':
			end := strings.IndexByte(code[i+1:], '"')
			if end < 0 {
				end = len(code) - i - 2
			}
			i += end + 1
			out.WriteByte(' ')
		case '[':
			end := strings.IndexByte(code[i:], ']')
			if end < 0 {
				return out.String(), true
			}
			inner := strings.ToLower(code[i+1 : i+end])
			i += end
			switch {
			case inner != "" && strings.Trim(inner, "hms") == "":
				out.WriteByte(0)
			case strings.ContainsAny(inner, "<>="):
				conditions = true
			case strings.HasPrefix(inner, "$") && !strings.HasPrefix(inner, "$-"): // a currency
				out.WriteByte(' ')
			}
		default:
			out.WriteByte(code[i])
		}
	}
	return out.String(), conditions
}

// isDateFormat reports whether any of a format's marks is one of a date or a time.
func isDateFormat(marks string) bool {
	marks = strings.ToLower(marks)
	marks = strings.ReplaceAll(marks, "general", "")
	marks = strings.NewReplacer("e+", "", "e-", "").Replace(marks)
	return strings.ContainsAny(marks, "ymdhse")
}
