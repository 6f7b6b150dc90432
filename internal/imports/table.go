package imports

import (
	"bufio"
	"bytes"
	"compress/flate"
	"compress/gzip"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"maru/internal/kernel/lang"
	"maru/internal/platform/errs"
)

const (
	maxCell    = 10_000    // bytes of one cell
	maxColumns = 200       // of a file
	maxFile    = 256 << 20 // bytes, unpacked; sales files are read by another reader
)

// Errors of a file as a whole: nothing of it is imported.
var (
	ErrEmptyFile = errs.New(errs.Invalid, "imports.empty_file",
		"파일이 비어 있어요. 첫 줄에는 열 이름이 있어야 해요.", "The file is empty. Its first line must name the columns.")
	ErrNotUTF8 = errs.New(errs.Invalid, "imports.not_utf8",
		"UTF-8 파일이 아니에요. 엑셀에서는 'CSV UTF-8(쉼표로 분리)'로 저장해 주세요.", "The file is not UTF-8. In Excel, save it as \"CSV UTF-8\".")
	ErrMissingColumns = errs.New(errs.Invalid, "imports.missing_columns",
		"이 열이 없어요: {columns}. 파일에 있는 열: {found}", "Columns are missing: {columns}. The file has: {found}")
	ErrColumnTwice = errs.New(errs.Invalid, "imports.column_twice",
		"'{column}' 열이 두 번 있어요.", "Column \"{column}\" is there twice.")
	ErrSeparator = errs.New(errs.Invalid, "imports.separator",
		"열을 쉼표로 나눠 주세요. 이 파일은 다른 글자로 나뉘어 있어요.", "Columns must be separated by commas; this file uses another character.")
	ErrFileTooLarge = errs.New(errs.TooLarge, "imports.file_too_large",
		"파일이 너무 커요(풀었을 때 256 MB까지).", "The file is too large (at most 256 MB unpacked).")
	ErrBrokenFile = errs.New(errs.Invalid, "imports.broken_file",
		"파일을 끝까지 읽지 못했어요. 압축이 깨졌을 수 있어요.", "The file cannot be read to its end. It may be damaged.")
)

// Reasons for which single lines are refused.
var (
	reasonQuotes   = lang.Text{Ko: "따옴표가 맞지 않아요.", En: "The quotation marks do not match."}
	reasonCells    = lang.Text{Ko: "칸이 {got}개인데 열은 {want}개예요.", En: "The line has {got} cells, but there are {want} columns."}
	reasonLong     = lang.Text{Ko: "칸의 내용이 너무 길어요.", En: "The cell is too long."}
	reasonEncoding = lang.Text{Ko: "UTF-8이 아닌 글자가 있어요.", En: "There are characters that are not UTF-8."}
	reasonControl  = lang.Text{Ko: "쓸 수 없는 글자가 있어요.", En: "There are characters that cannot be used."}
	reasonFormula  = lang.Text{Ko: "수식처럼 보이는 값은 받지 않아요. = + - @ 로 시작하지 않게 적어 주세요.", En: "This looks like a formula. Values must not begin with = + - or @."}
	reasonEmpty    = lang.Text{Ko: "비어 있어요.", En: "This is empty."}
)

// row is a line of a file, as text by column name.
type row struct {
	line  int
	cells map[string]string
}

func (r row) text(column string) string { return r.cells[column] }

// table reads the lines of a CSV file with a header.
type table struct {
	csv     *csv.Reader
	source  *limited
	columns []string // by position; "" where ignored
	summary *Summary
}

// openTable reads the header. required columns must be there; those that are in neither list are
// ignored and named in the summary.
func openTable(r io.Reader, summary *Summary, required, optional []string) (*table, error) {
	source, err := unpacked(r)
	if err != nil {
		return nil, err
	}
	t := &table{csv: csv.NewReader(source), source: source, summary: summary}
	t.csv.FieldsPerRecord = -1
	t.csv.ReuseRecord = true
	header, err := t.csv.Read()
	switch {
	case errors.Is(err, io.EOF):
		return nil, ErrEmptyFile
	case err != nil:
		return nil, t.broken(err)
	}
	return t, t.nameColumns(header, required, optional)
}

func (t *table) nameColumns(header, required, optional []string) error {
	if !utf8.ValidString(strings.Join(header, "")) {
		return ErrNotUTF8
	}
	if len(header) > maxColumns {
		return ErrBrokenFile
	}
	var found []string
	for _, h := range header {
		name := strings.ToLower(strings.TrimSpace(h))
		switch {
		case slices.Contains(found, name):
			return ErrColumnTwice.With("column", shorten(name))
		case slices.Contains(required, name), slices.Contains(optional, name):
			found = append(found, name)
			t.columns = append(t.columns, name)
		default:
			t.columns = append(t.columns, "")
			if name != "" {
				t.summary.Ignored = append(t.summary.Ignored, shorten(strings.TrimSpace(h)))
			}
		}
	}
	var missing []string
	for _, name := range required {
		if !slices.Contains(found, name) {
			missing = append(missing, name)
		}
	}
	if len(missing) == 0 {
		return nil
	}
	if len(header) == 1 && strings.ContainsAny(header[0], ";\t|") {
		return ErrSeparator
	}
	names := make([]string, 0, len(header))
	for _, h := range header[:min(len(header), 30)] {
		names = append(names, shorten(strings.TrimSpace(h)))
	}
	return ErrMissingColumns.With("columns", strings.Join(missing, ", "), "found", strings.Join(names, ", "))
}

// next returns the next line that can be read; lines that cannot are refused on the way. It returns
// io.EOF at the end.
func (t *table) next() (row, error) {
	for {
		record, err := t.csv.Read()
		var wrong *csv.ParseError
		switch {
		case errors.Is(err, io.EOF):
			return row{}, io.EOF
		case errors.As(err, &wrong):
			t.summary.Lines++
			t.refuse(wrong.StartLine, "", reasonQuotes)
			continue
		case err != nil:
			return row{}, t.broken(err)
		}
		line, _ := t.csv.FieldPos(0)
		if blank(record) {
			continue
		}
		t.summary.Lines++
		if r, ok := t.read(line, record); ok {
			return r, nil
		}
	}
}

func blank(record []string) bool {
	return !slices.ContainsFunc(record, func(cell string) bool { return strings.TrimSpace(cell) != "" })
}

func (t *table) read(line int, record []string) (row, bool) {
	if len(record) != len(t.columns) {
		t.refuse(line, "", reasonCells.With("got", strconv.Itoa(len(record)), "want", strconv.Itoa(len(t.columns))))
		return row{}, false
	}
	r := row{line: line, cells: make(map[string]string, len(record))}
	for i, cell := range record {
		column := t.columns[i]
		if column == "" {
			continue
		}
		cell = strings.TrimSpace(cell)
		if reason, ok := wrongCell(cell); ok {
			t.refuse(line, column, reason)
			return row{}, false
		}
		r.cells[column] = strings.Clone(cell)
	}
	return r, true
}

func wrongCell(cell string) (lang.Text, bool) {
	switch {
	case len(cell) > maxCell:
		return reasonLong, true
	case !utf8.ValidString(cell):
		return reasonEncoding, true
	case strings.ContainsFunc(cell, func(r rune) bool { return r < ' ' && r != '\t' && r != '\n' && r != '\r' || r == utf8.RuneError }):
		return reasonControl, true
	case strings.HasPrefix(cell, "=") || strings.HasPrefix(cell, "@"), strings.HasPrefix(cell, "+") || strings.HasPrefix(cell, "-"):
		if !number(cell) {
			return reasonFormula, true
		}
	}
	return lang.Text{}, false
}

// number reports whether a cell with a sign is a plain number: those are not formulas.
func number(cell string) bool {
	_, err := strconv.ParseFloat(strings.ReplaceAll(cell, ",", ""), 64)
	return err == nil && cell[0] != '='
}

func (t *table) refuse(line int, column string, reason lang.Text) {
	t.summary.refuse(line, column, reason)
}

func (s *Summary) refuse(line int, column string, reason lang.Text) {
	s.Refused = append(s.Refused, Refusal{Line: line, Column: column, Reason: reason})
}

func (t *table) broken(err error) error {
	var wrong *csv.ParseError
	var corrupt flate.CorruptInputError
	switch {
	case t.source.over:
		return ErrFileTooLarge
	case errors.As(err, &wrong), errors.As(err, &corrupt):
		return ErrBrokenFile
	case errors.Is(err, gzip.ErrChecksum), errors.Is(err, gzip.ErrHeader), errors.Is(err, io.ErrUnexpectedEOF):
		return ErrBrokenFile
	}
	return fmt.Errorf("read the file: %w", err)
}

// shorten makes text from a file fit for a message.
func shorten(s string) string {
	s = strings.ToValidUTF8(s, "?")
	if utf8.RuneCountInString(s) > 40 {
		return string([]rune(s)[:40]) + "…"
	}
	return s
}

// limited reads at most a number of bytes and remembers that there was more.
type limited struct {
	r    io.Reader
	left int64
	over bool
}

func (l *limited) Read(p []byte) (int, error) {
	if l.left <= 0 {
		l.over = true
		return 0, ErrFileTooLarge
	}
	n, err := l.r.Read(p[:min(int64(len(p)), l.left)])
	l.left -= int64(n)
	return n, err
}

// unpacked returns the text of a plain or gzipped file, without a byte-order mark.
func unpacked(r io.Reader) (*limited, error) {
	b := bufio.NewReaderSize(r, 64<<10)
	if magic, _ := b.Peek(2); bytes.Equal(magic, []byte{0x1f, 0x8b}) {
		z, err := gzip.NewReader(b)
		if err != nil {
			return nil, ErrBrokenFile
		}
		b = bufio.NewReaderSize(z, 64<<10)
	}
	start, _ := b.Peek(3)
	switch {
	case bytes.Equal(start, []byte{0xef, 0xbb, 0xbf}):
		_, _ = b.Discard(3) // just peeked
	case bytes.HasPrefix(start, []byte{0xff, 0xfe}), bytes.HasPrefix(start, []byte{0xfe, 0xff}):
		return nil, ErrNotUTF8
	}
	return &limited{r: b, left: maxFile}, nil
}
