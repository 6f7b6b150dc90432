package imports

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/csv"
	"errors"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/korean"
	"golang.org/x/text/encoding/unicode"

	"maru/internal/platform/errs"
)

// readText reads a whole file as text, plain or gzipped, in the encoding that it seems to have.
func readText(r io.Reader) (text, encoding string, err error) {
	b := bufio.NewReader(r)
	r = b
	if magic, _ := b.Peek(2); bytes.Equal(magic, []byte{0x1f, 0x8b}) {
		if r, err = gzip.NewReader(b); err != nil {
			return "", "", ErrBrokenFile
		}
	}
	raw, err := io.ReadAll(io.LimitReader(r, MaxStoreList+1))
	switch {
	case err != nil && errs.As(err) != nil:
		return "", "", err
	case err != nil:
		return "", "", ErrBrokenFile
	case len(raw) > MaxStoreList:
		return "", "", ErrListTooLarge
	case bytes.HasPrefix(raw, []byte("PK\x03\x04")), bytes.HasPrefix(raw, []byte{0xd0, 0xcf, 0x11, 0xe0}):
		return "", "", ErrSpreadsheet
	}
	return decoded(raw)
}

func decoded(raw []byte) (text, encoding string, err error) {
	utf16 := bytes.HasPrefix(raw, []byte{0xff, 0xfe}) || bytes.HasPrefix(raw, []byte{0xfe, 0xff})
	switch {
	case utf16:
		out, err := unicode.UTF16(unicode.LittleEndian, unicode.ExpectBOM).NewDecoder().Bytes(raw)
		if err != nil {
			return "", "", ErrNotText
		}
		raw, encoding = out, "UTF-16"
	case mostlyUTF8(raw):
		raw, encoding = bytes.TrimPrefix(raw, []byte{0xef, 0xbb, 0xbf}), "UTF-8"
	default:
		out, err := korean.EUCKR.NewDecoder().Bytes(raw) // with the extension that Windows calls CP949
		if err != nil {
			return "", "", ErrNotText
		}
		raw, encoding = out, "CP949"
	}
	damaged := strings.Count(string(raw), "\ufffd")
	switch {
	case bytes.IndexByte(raw, 0) >= 0, encoding != "UTF-8" && damaged > len(raw)/100:
		return "", "", ErrNotText
	case len(bytes.TrimSpace(raw)) == 0:
		return "", "", ErrEmptyFile
	}
	return string(raw), encoding, nil
}

// mostlyUTF8 reports whether a file is UTF-8 but for a few damaged places, whose lines are refused: read as CP949 those
// would turn every name into other letters.
func mostlyUTF8(raw []byte) bool {
	if utf8.Valid(raw) {
		return true
	}
	good, bad := 0, 0
	for len(raw) > 0 {
		r, size := utf8.DecodeRune(raw)
		switch {
		case r == utf8.RuneError && size == 1:
			bad++
		case size > 1:
			good++
		}
		raw = raw[size:]
	}
	return good > 20*bad
}

// record is one line of a file.
type record struct {
	line   int
	cells  []string
	broken bool // its quotation marks do not match
}

// splitFile is a text in lines and cells.
type splitFile struct {
	separator rune
	columns   int
	records   []record
}

// splitText separates by the character that makes most lines equally long.
func splitText(text string) (splitFile, error) {
	f := splitFile{separator: ','}
	best := 0
	for _, separator := range []rune{',', '\t', ';', '|'} {
		if score := regularity(text, separator); score > best {
			f.separator, best = separator, score
		}
	}
	switch widest, all := cellsOf(text, f.separator); { // before anything is made of them
	case widest > maxColumns:
		return f, ErrListTooWide.With("max", strconv.Itoa(maxColumns))
	case all > maxStoreCells:
		return f, ErrListTooLarge
	}
	r := csv.NewReader(strings.NewReader(text))
	r.Comma, r.FieldsPerRecord = f.separator, -1
	for {
		cells, err := r.Read()
		var wrong *csv.ParseError
		switch {
		case errors.Is(err, io.EOF):
			return f.counted()
		case errors.As(err, &wrong):
			f.records = append(f.records, record{line: wrong.StartLine, broken: true})
		case err != nil:
			return f, ErrBrokenFile
		case !blank(cells):
			line, _ := r.FieldPos(0)
			f.records = append(f.records, record{line: line, cells: cells})
		}
		if len(f.records) > maxStoreLines+1 {
			return f, ErrListTooLarge
		}
	}
}

// judgedBy is how much of a text is looked at to find its separator.
const judgedBy = 64 << 10

// cellsOf counts the cells of the widest line, and of all lines, as the reader of CSV would.
func cellsOf(text string, separator rune) (widest, all int) {
	line, quoted, begins := 1, false, true
	for i := 0; i < len(text); i++ {
		c := text[i]
		switch {
		case quoted:
			if c == '"' && i+1 < len(text) && text[i+1] == '"' {
				i++
			} else if c == '"' {
				quoted = false
			}
		case c == '"' && begins:
			quoted, begins = true, false
		case c == '\n':
			widest, all = max(widest, line), all+line
			line, begins = 1, true
		case rune(c) == separator:
			line++
			begins = true
		default:
			begins = false
		}
	}
	return max(widest, line), all + line
}

// regularity is how many of the first lines have as many cells as the first has, times how many those are.
func regularity(text string, separator rune) int {
	if len(text) > judgedBy {
		text = text[:judgedBy]
		text = text[:max(strings.LastIndexByte(text, '\n'), 0)]
	}
	r := csv.NewReader(strings.NewReader(text))
	r.Comma, r.FieldsPerRecord, r.LazyQuotes = separator, -1, true
	first, same := 0, 0
	for n := range 50 {
		cells, err := r.Read()
		if err != nil {
			break
		}
		if n == 0 {
			first = len(cells)
		}
		if len(cells) == first {
			same++
		}
	}
	return same * (first - 1)
}

// counted says how many columns there are: those of the first line that can be read.
func (f splitFile) counted() (splitFile, error) {
	switch {
	case len(f.records) == 0:
		return f, ErrEmptyFile
	case f.records[0].broken: // nothing says what the columns are
		return f, ErrBrokenFile
	}
	f.columns = len(f.records[0].cells)
	if f.columns > maxColumns {
		return f, ErrBrokenFile
	}
	return f, nil
}
