// This file detects the encoding of a text file, and decodes it.

package spreadsheet

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"

	"btrollout/internal/rollout"
	"btrollout/internal/scratch"
)

// utf8Text is an open text in UTF-8.
type utf8Text interface {
	io.ReaderAt
	io.Closer
}

// openUTF8 opens a text file in UTF-8: the file itself or, if its encoding is another, a temporary
// file.
func openUTF8(path string) (text utf8Text, remarks []rollout.Text, err error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, nil, errRead(err)
	}
	defer func() {
		if text != file {
			file.Close()
		}
	}()
	start := make([]byte, sniffedBytes)
	n, err := io.ReadFull(file, start)
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) && !errors.Is(err, io.EOF) {
		return nil, nil, errRead(err)
	}
	if order, wide := utf16Order(start[:n]); wide {
		text, err = decodeAll(file, unicode.UTF16(order, unicode.UseBOM).NewDecoder())
		return text, nil, err
	}
	if _, err := file.Seek(0, io.SeekStart); err != nil {
		return nil, nil, errRead(err)
	}
	_, err = io.Copy(io.Discard, transform.NewReader(file, encoding.UTF8Validator))
	if err == nil {
		return file, nil, nil
	}
	if !errors.Is(err, encoding.ErrInvalidUTF8) {
		return nil, nil, errRead(err)
	}
	if isMixed(file) {
		return nil, nil, errMixedEncodings()
	}
	text, err = decodeAll(file, transform.Chain(&windows1252Check{}, charmap.Windows1252.NewDecoder()))
	return text, []rollout.Text{remarkWindows1252()}, err
}

// isMixed reports whether most letters of a text that is not in UTF-8 are so all the same: two
// files were put together. In other encodings, hardly any letter is one of UTF-8 by chance.
func isMixed(file *os.File) bool {
	if _, err := file.Seek(0, io.SeekStart); err != nil {
		return false // the error comes again when the file is decoded
	}
	in := bufio.NewReader(file)
	wide, wrong := 0, 0
	for {
		letter, size, err := in.ReadRune()
		switch {
		case err != nil:
			return wide > wrong
		case size > 1:
			wide++
		case letter == utf8.RuneError:
			wrong++
		}
	}
}

// utf16Order returns the byte order of a text in UTF-16: by its mark or, without one, by the
// places of its zeros, because most letters are a byte and a zero. wide is whether it is UTF-16.
func utf16Order(start []byte) (order unicode.Endianness, wide bool) {
	switch {
	case bytes.HasPrefix(start, []byte("\xFF\xFE")):
		return unicode.LittleEndian, true
	case bytes.HasPrefix(start, []byte("\xFE\xFF")):
		return unicode.BigEndian, true
	}
	var zeros [2]int // at even places, at odd ones
	for i, c := range start {
		if c == 0 {
			zeros[i%2]++
		}
	}
	most := len(start) / 4 // half of the letters
	switch {
	case zeros[0] == 0 && zeros[1] > most:
		return unicode.LittleEndian, true
	case zeros[1] == 0 && zeros[0] > most:
		return unicode.BigEndian, true
	}
	return unicode.LittleEndian, false
}

// decodeAll decodes a whole file into a temporary one.
func decodeAll(file *os.File, decoder transform.Transformer) (utf8Text, error) {
	if _, err := file.Seek(0, io.SeekStart); err != nil {
		return nil, errRead(err)
	}
	out, err := scratch.New("")
	if err != nil {
		return nil, err
	}
	if _, err = io.Copy(out, transform.NewReader(file, decoder)); err == nil {
		return out, nil
	}
	out.Close()
	if errors.Is(err, errNotWindows1252) {
		return nil, errUnknownEncoding()
	}
	return nil, fmt.Errorf("decode the rollout file: %w", err)
}

// windows1252Check passes the bytes of text in Windows-1252 on, and fails at others.
type windows1252Check struct {
	transform.NopResetter
	before byte // the last byte that was passed on
}

// errNotWindows1252: a text has a byte that Windows-1252 does not have, or not there.
var errNotWindows1252 = errors.New("a byte that is no text in Windows-1252")

// undefinedBytes are those that Windows-1252 does not define. misplacedBytes are its marks that
// never follow a letter (‚ ƒ „ ‡ ˆ ‰ ‹): in "CSV (MS-DOS)" they are é, â, ä, ç, ê, ë and ï, in
// files of old Macintosh programs à and á.
const undefinedBytes, misplacedBytes = "\x00\x81\x8D\x8F\x90\x9D", "\x82\x83\x84\x87\x88\x89\x8B"

// Transform is the method of transform.Transformer.
func (w *windows1252Check) Transform(dst, src []byte, _ bool) (nDst, nSrc int, err error) {
	n := min(len(dst), len(src))
	for _, c := range src[:n] {
		if c == 0 || c > '~' && !w.allows(c) {
			return 0, 0, errNotWindows1252
		}
		w.before = c
	}
	copy(dst, src[:n])
	if n < len(src) {
		err = transform.ErrShortDst
	}
	return n, n, err
}

// allows reports whether a byte beyond ASCII may follow the last one.
func (w *windows1252Check) allows(c byte) bool {
	afterLetter := 'a' <= w.before|0x20 && w.before|0x20 <= 'z'
	return strings.IndexByte(undefinedBytes, c) < 0 && !(afterLetter && strings.IndexByte(misplacedBytes, c) >= 0)
}
