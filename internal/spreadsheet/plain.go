package spreadsheet

// This file tells at a glance that a part of a workbook is sound XML. It knows
// less XML than encoding/xml, and reads it ten times as fast.

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"unicode/utf8"
)

// errNotPlain says that XML is of a kind that plain does not know, or no XML.
var errNotPlain = errors.New("not plain XML")

// plain reads XML of the kind that spreadsheet programs write to its end, and
// tells seen of its elements. What it passes, wellFormed passes too: piece by
// piece it demands at least as much, and what it does not know, it does not pass.
func plain(in io.Reader, seen *contents) error {
	r := bufio.NewReaderSize(in, 128<<10) // more than the longest cell
	open := nesting{seen: seen}
	for {
		piece, err := r.ReadSlice('>')
		if err == io.EOF && len(open.starts) == 0 && isPlainText(piece) {
			return nil
		}
		if err == bufio.ErrBufferFull || err == io.EOF {
			return errNotPlain
		}
		if err != nil {
			return err
		}
		start := bytes.IndexByte(piece, '<')
		if start < 0 || !isPlainText(piece[:start]) || !open.pass(piece[start+1:len(piece)-1], piece[:start]) && !isAside(piece[start:], seen) {
			return errNotPlain
		}
	}
}

// isAside reports whether a piece is a declaration, an instruction or a comment,
// complete in itself and not within a value.
func isAside(piece []byte, seen *contents) bool {
	return (piece[1] == '?' || piece[1] == '!') && !seen.inText && wellFormed(bytes.NewReader(piece), &contents{}) == nil
}

// nesting holds the names of the elements that are open, one behind the other.
type nesting struct {
	names  []byte
	starts []int // where each begins
	seen   *contents
}

// pass reports whether a tag, given without its angle brackets, is plain and in
// its place. text is what stands before it.
func (n *nesting) pass(tag, text []byte) bool {
	if len(tag) > 0 && tag[0] == '/' {
		return n.close(tag[1:]) && n.seen.close(local(tag[1:]), text)
	}
	tag, empty := bytes.CutSuffix(tag, []byte("/"))
	length := nameLength(tag)
	if length == 0 {
		return false
	}
	name := tag[:length]
	if !n.seen.open(local(name)) || !n.passAttributes(tag[length:]) {
		return false
	}
	if empty {
		return n.seen.close(local(name), nil)
	}
	n.starts = append(n.starts, len(n.names))
	n.names = append(n.names, name...)
	return true
}

// close takes the innermost element off, if it has that name.
func (n *nesting) close(name []byte) bool {
	last := len(n.starts) - 1
	if last < 0 || !bytes.Equal(n.names[n.starts[last]:], name) {
		return false
	}
	n.names = n.names[:n.starts[last]]
	n.starts = n.starts[:last]
	return true
}

// passAttributes reports whether text is a run of attributes with values in
// double quotation marks, a space before each.
func (n *nesting) passAttributes(text []byte) bool {
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
		if end < 0 || !isPlainText(text[:end]) || !n.seen.attribute(local(name), text[:end]) {
			return false
		}
		text = text[end+1:]
	}
	return true
}

// local is a name without its prefix.
func local(name []byte) []byte {
	return name[bytes.IndexByte(name, ':')+1:]
}

// nameLength is how many bytes at the start of text are a name in ASCII with at
// most one prefix.
func nameLength(text []byte) int {
	colons := 0
	for i, c := range text {
		switch {
		case kinds[c] == startsName:
		case i > 0 && kinds[c] == inName:
		case i > 0 && c == ':' && colons == 0:
			colons++
		default:
			return i
		}
	}
	return len(text)
}

// isPlainText reports whether text, between tags or quotation marks, holds none
// but ordinary characters and references to such.
func isPlainText(text []byte) bool {
	ascii := true
	for i, c := range text {
		switch kinds[c] {
		case nowhere:
			return false
		case refers:
			if !isPlainReference(text[i+1:]) {
				return false
			}
		case wide:
			ascii = false
		}
	}
	return ascii || utf8.Valid(text) && !bytes.Contains(text, beforeEnd)
}

// beforeEnd starts the 64 last characters below U+10000, of which two are no part
// of XML.
var beforeEnd = []byte("\xEF\xBF")

// isPlainReference reports whether text starts with the name of a character that
// writers of XML have to refer to, and its semicolon.
func isPlainReference(text []byte) bool {
	for _, name := range []string{"amp;", "lt;", "gt;", "quot;", "apos;", "#34;", "#39;", "#10;", "#xA;", "#13;", "#xD;", "#9;", "#x9;"} {
		if len(text) >= len(name) && string(text[:len(name)]) == name {
			return true
		}
	}
	return false
}

// kind says what a byte may be part of.
type kind byte

const (
	nowhere    kind = iota // control characters, and < where no tag starts
	inText                 // of text only
	startsName             // of a name, at any place
	inName                 // of a name, but not at its start
	refers                 // &
	wide                   // of a character that is not ASCII
)

var kinds = func() (kinds [256]kind) {
	for c := range kinds {
		switch {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', c == '_':
			kinds[c] = startsName
		case '0' <= c && c <= '9', c == '-', c == '.':
			kinds[c] = inName
		case c == '&':
			kinds[c] = refers
		case c >= utf8.RuneSelf:
			kinds[c] = wide
		case c == '\t', c == '\n', c == '\r', c >= ' ' && c != '<':
			kinds[c] = inText
		}
	}
	return kinds
}()
