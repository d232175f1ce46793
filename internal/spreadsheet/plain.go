// This file scans XML as spreadsheet programs write it. It knows less XML than encoding/xml, and
// reads it ten times as fast.

package spreadsheet

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"unicode/utf8"
)

// errNotPlain: the text is XML of a kind that scanPlainXML does not know, or no XML.
var errNotPlain = errors.New("not plain XML")

// scanPlainXML reads XML of the kind that spreadsheet programs write to its end, and passes its
// elements to the scan. What it accepts, scanAnyXML accepts, too: piece by piece it demands at
// least as much, and what it does not know, it does not accept.
func scanPlainXML(in io.Reader, s *scan) error {
	r := bufio.NewReaderSize(in, 128<<10) // more than the longest cell
	open := openElements{scan: s}
	for {
		piece, err := r.ReadSlice('>')
		if err == io.EOF && len(open.starts) == 0 && isPlainText(piece) {
			return nil
		}
		if errors.Is(err, bufio.ErrBufferFull) || errors.Is(err, io.EOF) {
			return errNotPlain
		}
		if err != nil {
			return err
		}
		start := bytes.IndexByte(piece, '<')
		if start < 0 || !isPlainText(piece[:start]) ||
			!open.tag(piece[start+1:len(piece)-1], piece[:start]) && !isAside(piece[start:], s) {
			return errNotPlain
		}
	}
}

// isAside reports whether a piece is a declaration, an instruction or a comment,
// complete in itself and not within a value.
func isAside(piece []byte, s *scan) bool {
	return (piece[1] == '?' || piece[1] == '!') && !s.inText && scanAnyXML(bytes.NewReader(piece), &scan{}) == nil
}

// openElements are the elements that have started and not ended, from the outermost.
type openElements struct {
	names  []byte // of all, joined
	starts []int  // of each name, in names
	scan   *scan
}

// tag takes a tag, without its angle brackets, and the text before it. It reports whether the
// tag is plain and in its place.
func (o *openElements) tag(tag, text []byte) bool {
	if len(tag) > 0 && tag[0] == '/' {
		return o.close(tag[1:]) && o.scan.endElement(localName(tag[1:]), text)
	}
	tag, empty := bytes.CutSuffix(tag, []byte("/"))
	length := nameLength(tag)
	if length == 0 {
		return false
	}
	name := tag[:length]
	if !o.scan.startElement(localName(name)) || !o.attributes(tag[length:]) {
		return false
	}
	if empty {
		return o.scan.endElement(localName(name), nil)
	}
	o.starts = append(o.starts, len(o.names))
	o.names = append(o.names, name...)
	return true
}

// close removes the innermost element, and reports whether it had that name.
func (o *openElements) close(name []byte) bool {
	last := len(o.starts) - 1
	if last < 0 || !bytes.Equal(o.names[o.starts[last]:], name) {
		return false
	}
	o.names = o.names[:o.starts[last]]
	o.starts = o.starts[:last]
	return true
}

// attributes takes the attributes of a tag. It reports whether each has a space before it and a
// value in double quotation marks.
func (o *openElements) attributes(text []byte) bool {
	for len(text) > 0 {
		if text[0] != ' ' {
			return false
		}
		text = text[1:]
		length := nameLength(text)
		name := text[:length]
		if length == 0 || !bytes.HasPrefix(text[length:], []byte(`="`)) {
			return false
		}
		text = text[length+len(`="`):]
		end := bytes.IndexByte(text, '"')
		if end < 0 || !isPlainText(text[:end]) || !o.scan.attribute(localName(name), text[:end]) {
			return false
		}
		text = text[end+1:]
	}
	return true
}

// localName is a name without its prefix.
func localName(name []byte) []byte {
	return name[bytes.IndexByte(name, ':')+1:]
}

// nameLength is the length, in bytes, of the name at the start of a text: in ASCII, with at most
// one prefix.
func nameLength(text []byte) int {
	colons := 0
	for i, c := range text {
		switch {
		case byteClasses[c] == classNameStart:
		case i > 0 && byteClasses[c] == className:
		case i > 0 && c == ':' && colons == 0:
			colons++
		default:
			return i
		}
	}
	return len(text)
}

// isPlainText reports whether a text, between tags or quotation marks, holds ordinary characters
// and references to them only.
func isPlainText(text []byte) bool {
	ascii := true
	for i, c := range text {
		switch byteClasses[c] {
		case classNowhere:
			return false
		case classReference:
			if !isPlainReference(text[i+1:]) {
				return false
			}
		case classWide:
			ascii = false
		}
	}
	return ascii || utf8.Valid(text) && !bytes.Contains(text, beforeEnd)
}

// beforeEnd are the first bytes of the last 64 characters below U+10000, two of which XML does
// not allow.
var beforeEnd = []byte("\xEF\xBF")

// plainReferences are those that writers of XML need, without their ampersands.
var plainReferences = []string{
	"amp;", "lt;", "gt;", "quot;", "apos;", "#34;", "#39;", "#10;", "#xA;", "#13;", "#xD;", "#9;", "#x9;",
}

// isPlainReference reports whether a text begins with one of plainReferences.
func isPlainReference(text []byte) bool {
	for _, name := range plainReferences {
		if len(text) >= len(name) && string(text[:len(name)]) == name {
			return true
		}
	}
	return false
}

// byteClass says what a byte may be part of.
type byteClass byte

const (
	classNowhere   byteClass = iota // control characters, and < where no tag starts
	classText                       // of text only
	classNameStart                  // of a name, at any place
	className                       // of a name, but not at its start
	classReference                  // &
	classWide                       // of a character that is not ASCII
)

var byteClasses = func() (classes [256]byteClass) {
	for c := range classes {
		switch {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', c == '_':
			classes[c] = classNameStart
		case '0' <= c && c <= '9', c == '-', c == '.':
			classes[c] = className
		case c == '&':
			classes[c] = classReference
		case c >= utf8.RuneSelf:
			classes[c] = classWide
		case c == '\t', c == '\n', c == '\r', c >= ' ' && c != '<':
			classes[c] = classText
		}
	}
	return classes
}()
