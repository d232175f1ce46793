package spreadsheet

// This file knows what number formats make of a number: a date, digits, or something
// else. How they look is excelize's to know.

import (
	"slices"
	"strings"
)

// format is what a cell's style makes of its value.
type format byte

const (
	general format = iota // a number is shown as it is
	digits                // as digits, maybe with zeros before them and marks between
	date                  // as a date or a time
	other                 // as an amount, a share, …: what is stored tells more than what is shown
)

// style is a cell's style as far as it concerns its text.
type style struct {
	format  format
	rewords bool // texts too are shown otherwise than stored
}

// styleSheet is a workbook's list of styles. Source: ECMA-376, part 1, section 18.8.
type styleSheet struct {
	Formats []struct {
		ID     int    `xml:"numFmtId,attr"`
		Code   string `xml:"formatCode,attr"`
		Code16 string `xml:"formatCode16,attr"` // of Excel 2016, which goes before
	} `xml:"numFmts>numFmt"`
	Cells []struct {
		Format int `xml:"numFmtId,attr"`
	} `xml:"cellXfs>xf"`
}

// styles lists what each style makes of a value, in the order by which cells name them.
func (s *styleSheet) styles() []style {
	byID := map[int]style{}
	for _, f := range slices.Backward(s.Formats) { // of two with one id, the first counts
		code := f.Code
		if f.Code16 != "" {
			code = f.Code16
		}
		byID[f.ID] = styleOf(code)
	}
	all := make([]style, len(s.Cells))
	for i, cell := range s.Cells {
		if custom, ok := byID[cell.Format]; ok {
			all[i] = custom
		} else {
			all[i] = builtIn(cell.Format)
		}
	}
	return all
}

// builtIn is a style by an id that needs no code. Source: ECMA-376, part 1, section
// 18.8.30 (numFmt): the ids of all languages.
func builtIn(id int) style {
	switch {
	case id == 1:
		return style{format: digits}
	case id >= 14 && id <= 22, id >= 27 && id <= 36, id >= 45 && id <= 47, id >= 50 && id <= 58, id >= 71 && id <= 81:
		return style{format: date}
	case id >= 2 && id <= 48:
		return style{format: other}
	}
	return style{}
}

// styleOf understands a format's code, such as 00000 or [$-40C]d mmm yyyy.
func styleOf(code string) style {
	if len(code) > 1000 { // Excel takes 255 characters
		return style{format: other, rewords: true}
	}
	marks, conditions := formatMarks(code)
	switch {
	case marks == "" || strings.EqualFold(marks, "general") || marks == "@":
		return style{}
	case strings.Contains(marks, "\x00") || isDateFormat(marks):
		return style{format: date}
	}
	rewords := strings.Count(marks, ";") >= 3 || strings.Contains(strings.TrimSuffix(marks, ";@"), "@")
	numbers := strings.TrimSuffix(marks, ";@")
	first := strings.IndexAny(numbers, "0#")
	switch {
	case conditions || first < 0 || strings.ContainsAny(numbers, ".,%?/*@Ee"):
		return style{other, rewords}
	case numbers[first] == '#' && strings.Trim(numbers, "0#;") != "": // # ##0 groups digits, and adds none
		return style{other, rewords}
	}
	return style{digits, rewords}
}

// formatMarks gives a format's code with a space for each text in it, and without
// colours and languages; a NUL stands for hours, minutes or seconds that pass 24 or 60.
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

// isDateFormat reports whether any mark is one of a date or a time.
func isDateFormat(marks string) bool {
	marks = strings.ToLower(marks)
	marks = strings.ReplaceAll(marks, "general", "")
	marks = strings.NewReplacer("e+", "", "e-", "").Replace(marks)
	return strings.ContainsAny(marks, "ymdhse")
}
