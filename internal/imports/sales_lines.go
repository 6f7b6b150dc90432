package imports

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"os"
)

// maxSaleLine is the longest line of a sales file, in bytes.
const maxSaleLine = 64 << 10

// saleFile reads a file line by line, however long it is. A line of the file is a line of the table:
// line breaks inside quotes are not understood, so that one stray quotation mark spoils its own line
// and not everything behind it.
type saleFile struct {
	file *os.File
	in   *bufio.Reader
	line int64
	long []byte // what was read of a line that does not fit
}

func openSaleFile(path string) (*saleFile, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	f := &saleFile{file: file, in: bufio.NewReaderSize(file, maxSaleLine)}
	if magic, _ := f.in.Peek(2); bytes.Equal(magic, []byte{0x1f, 0x8b}) {
		z, err := gzip.NewReader(f.in)
		if err != nil {
			_ = file.Close()
			return nil, ErrBrokenFile
		}
		f.in = bufio.NewReaderSize(z, maxSaleLine)
	}
	switch start, _ := f.in.Peek(3); {
	case bytes.Equal(start, []byte{0xef, 0xbb, 0xbf}):
		_, _ = f.in.Discard(3) // just peeked
	case bytes.HasPrefix(start, []byte{0xff, 0xfe}), bytes.HasPrefix(start, []byte{0xfe, 0xff}):
		_ = file.Close()
		return nil, ErrNotUTF8
	}
	return f, nil
}

func (f *saleFile) close() { _ = f.file.Close() }

var errLongLine = errors.New("imports: line too long")

// next returns the next line without its end; it is valid until the next call. It returns errLongLine
// with the beginning of a line that is too long, io.EOF at the end, and ErrBrokenFile where the file
// cannot be read any further.
func (f *saleFile) next() ([]byte, error) {
	f.line++
	raw, err := f.in.ReadSlice('\n')
	if errors.Is(err, bufio.ErrBufferFull) {
		f.long = append(f.long[:0], raw[:200]...)
		for errors.Is(err, bufio.ErrBufferFull) {
			_, err = f.in.ReadSlice('\n')
		}
		if err == nil || errors.Is(err, io.EOF) {
			return f.long, errLongLine
		}
	}
	switch {
	case err == nil:
	case errors.Is(err, io.EOF) && len(raw) > 0:
	case errors.Is(err, io.EOF):
		return nil, io.EOF
	default:
		return nil, ErrBrokenFile
	}
	return bytes.TrimRight(raw, "\r\n"), nil
}

// splitLine cuts a line at the separator, into cells that reuse the given slice. Quotes are as in
// RFC 4180. ok is false where they do not match.
func splitLine(line []byte, separator byte, cells [][]byte) (out [][]byte, ok bool) {
	out = cells[:0]
	for {
		if len(line) == 0 || line[0] != '"' {
			i := bytes.IndexByte(line, separator)
			if i < 0 {
				return append(out, line), true
			}
			out, line = append(out, line[:i]), line[i+1:]
			continue
		}
		cell, rest, ok := quotedCell(line[1:])
		if !ok || len(rest) > 0 && rest[0] != separator {
			return out, false
		}
		out = append(out, cell)
		if len(rest) == 0 {
			return out, true
		}
		line = rest[1:]
	}
}

// quotedCell reads up to the closing quote and returns what follows it.
func quotedCell(s []byte) (cell, rest []byte, ok bool) {
	i := bytes.IndexByte(s, '"')
	if i < 0 {
		return nil, nil, false
	}
	if i+1 == len(s) || s[i+1] != '"' {
		return s[:i], s[i+1:], true
	}
	for i := 0; i < len(s); i++ {
		if s[i] != '"' {
			cell = append(cell, s[i])
			continue
		}
		if i+1 < len(s) && s[i+1] == '"' {
			cell = append(cell, '"')
			i++
			continue
		}
		return cell, s[i+1:], true
	}
	return nil, nil, false
}
