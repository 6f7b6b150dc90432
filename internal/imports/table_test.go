package imports

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"strings"
	"testing"
	"unicode/utf8"
)

// Whatever the bytes are: the reader ends, gives only clean cells of known columns, and accounts for
// every line that it took or refused.
func FuzzTable(f *testing.F) {
	f.Add([]byte("code,name_ko,base_unit\na,b,c\n"))
	f.Add([]byte("\xef\xbb\xbfcode,name_ko,base_unit\r\na,\"b\r\nc\",d\r\n"))
	f.Add([]byte("code,name_ko,base_unit\na,\"b\",c\"\n\"\n=1+1,@x,-2\n,,\n"))
	f.Add([]byte("code;name_ko\n"))
	var zipped bytes.Buffer
	z := gzip.NewWriter(&zipped)
	_, _ = z.Write([]byte("code,name_ko,base_unit\na,b,c\n"))
	_ = z.Close()
	f.Add(zipped.Bytes())
	f.Fuzz(func(t *testing.T, file []byte) {
		var s Summary
		table, err := openTable(bytes.NewReader(file), &s, []string{"code", "name_ko"}, []string{"base_unit"})
		if err != nil {
			return
		}
		taken, last := 0, 0
		for {
			r, err := table.next()
			if err != nil {
				if !errors.Is(err, io.EOF) && !errors.Is(err, ErrBrokenFile) && !errors.Is(err, ErrFileTooLarge) {
					t.Fatalf("unexpected: %v", err)
				}
				break
			}
			taken++
			if r.line <= last {
				t.Fatalf("line %d comes after line %d", r.line, last)
			}
			last = r.line
			for column, cell := range r.cells {
				if column != "code" && column != "name_ko" && column != "base_unit" {
					t.Fatalf("column %q", column)
				}
				if !utf8.ValidString(cell) || len(cell) > maxCell || strings.HasPrefix(cell, "=") || strings.ContainsRune(cell, 0) {
					t.Fatalf("cell %q", cell)
				}
			}
		}
		if taken+len(s.Refused) != s.Lines {
			t.Fatalf("%d lines, but %d taken and %d refused", s.Lines, taken, len(s.Refused))
		}
	})
}
