package spreadsheet

// This file finds out how a text file is encoded, and makes UTF-8 of it.

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

// plainText is an open file in UTF-8.
type plainText interface {
	io.ReaderAt
	io.Closer
}

// inUTF8 opens a file and returns its text in UTF-8: the file itself or, if it is written
// otherwise, a temporary one.
func inUTF8(path string) (plain plainText, remarks []rollout.Text, err error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, nil, fmt.Errorf("open the rollout file: %w", err)
	}
	defer func() {
		if plain != file {
			file.Close()
		}
	}()
	start := make([]byte, sniffed)
	n, err := io.ReadFull(file, start)
	if err != nil && err != io.ErrUnexpectedEOF && err != io.EOF {
		return nil, nil, fmt.Errorf("read the rollout file: %w", err)
	}
	if order, wide := utf16Order(start[:n]); wide {
		plain, err = decoded(file, unicode.UTF16(order, unicode.UseBOM).NewDecoder())
		return plain, nil, err
	}
	if _, err := file.Seek(0, io.SeekStart); err != nil {
		return nil, nil, fmt.Errorf("read the rollout file: %w", err)
	}
	_, err = io.Copy(io.Discard, transform.NewReader(file, encoding.UTF8Validator))
	if err == nil {
		return file, nil, nil
	}
	if !errors.Is(err, encoding.ErrInvalidUTF8) {
		return nil, nil, fmt.Errorf("read the rollout file: %w", err)
	}
	if isMixed(file) {
		return nil, nil, errMixedEncodings()
	}
	plain, err = decoded(file, transform.Chain(&western{}, charmap.Windows1252.NewDecoder()))
	return plain, []rollout.Text{remarkWindows1252()}, err
}

// isMixed reports whether a text that is not in UTF-8 is so for the most part: two files
// were put together. In other encodings, hardly any letter looks like one of UTF-8.
func isMixed(file *os.File) bool {
	if _, err := file.Seek(0, io.SeekStart); err != nil {
		return false // whoever reads on finds the fault again
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

// utf16Order tells the order of bytes of a text in UTF-16: by its mark or, without one,
// by where its zeros stand, most letters being of one byte and a zero.
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

// decoded writes what a decoder makes of a whole file into a temporary one.
func decoded(file *os.File, decoder transform.Transformer) (plainText, error) {
	if _, err := file.Seek(0, io.SeekStart); err != nil {
		return nil, fmt.Errorf("read the rollout file: %w", err)
	}
	out, err := scratch.New("")
	if err != nil {
		return nil, err
	}
	if _, err = io.Copy(out, transform.NewReader(file, decoder)); err == nil {
		return out, nil
	}
	out.Close()
	if errors.Is(err, errUndefined) {
		return nil, errUnknownEncoding()
	}
	return nil, fmt.Errorf("decode the rollout file: %w", err)
}

// western passes bytes that are text in Windows-1252, and fails at others.
type western struct {
	transform.NopResetter
	before byte // the byte that was passed last
}

var errUndefined = errors.New("a byte that is no text in Windows-1252")

// undefined are the bytes that Windows-1252 does not define; misplaced are those of its
// marks that never follow a letter (‚ ƒ „ ‡ ˆ ‰ ‹), and which are é, â, ä, ç, ê, ë and ï
// where a spreadsheet saved "CSV (MS-DOS)", or à and á of an old Macintosh.
const undefined, misplaced = "\x00\x81\x8D\x8F\x90\x9D", "\x82\x83\x84\x87\x88\x89\x8B"

// Transform is transform.Transformer's.
func (w *western) Transform(dst, src []byte, _ bool) (nDst, nSrc int, err error) {
	n := min(len(dst), len(src))
	for _, c := range src[:n] {
		letter := 'a' <= w.before|0x20 && w.before|0x20 <= 'z'
		if c == 0 || c > '~' && (strings.IndexByte(undefined, c) >= 0 || letter && strings.IndexByte(misplaced, c) >= 0) {
			return 0, 0, errUndefined
		}
		w.before = c
	}
	copy(dst, src[:n])
	if n < len(src) {
		err = transform.ErrShortDst
	}
	return n, n, err
}
