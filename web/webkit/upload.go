package webkit

import (
	"errors"
	"io"
	"net/http"
	"path/filepath"
	"strconv"
	"strings"
	"unicode"

	"github.com/labstack/echo/v4"

	"maru/internal/platform/errs"
	"maru/web/webkit/problem"
)

var (
	errNoFile      = errs.New(errs.Invalid, "form.no_file", "파일을 골라 주세요.", "Please choose a file.")
	errFileTooBig  = errs.New(errs.TooLarge, "form.file_too_large", "파일이 너무 커요. {mb} MB까지 올릴 수 있어요.", "The file is too large. It may have up to {mb} MB.")
	uploadHeadroom = int64(4) // times the limit that are read, so that somewhat too large a file is told beside its input
)

// File is a file that somebody sent with a form.
type File struct {
	Name    string // as on their computer, without folders
	Content []byte
}

// Upload registers an action whose form carries a file of at most limit bytes; ReadUpload reads it. All
// other routes take no more than a form of text.
func (r *Router) Upload(path string, access Access, limit int64, h echo.HandlerFunc) {
	r.site.uploads[path] = limit
	r.POST(path, access, h)
}

// bodyLimit is how many bytes a request to a route may carry.
func (s *Site) bodyLimit(route string) int64 {
	if limit := s.uploads[route]; limit > 0 {
		return limit*uploadHeadroom + maxBody
	}
	return maxBody
}

// ReadUpload reads a form with a file in the input of the name. A file that is missing, empty or larger than the route
// takes is a problem of that input. The file is kept in memory: nothing is written to the disk.
func ReadUpload(c echo.Context, name string) (*Form, File) {
	limit := viewOf(c).site.uploads[c.Path()]
	r := c.Request()
	err := r.ParseMultipartForm(viewOf(c).site.bodyLimit(c.Path()))
	if errors.Is(err, http.ErrNotMultipart) { // no file came with the form
		err = nil
	}
	if err != nil {
		if tooLarge(err) {
			return &Form{other: ErrTooLarge}, File{}
		}
		return &Form{other: problem.ErrMalformed}, File{}
	}
	f := &Form{values: r.PostForm}
	file, header, err := r.FormFile(name)
	if err != nil {
		f.Add(errNoFile.On(name))
		return f, File{}
	}
	defer func() { _ = file.Close() }()
	if header.Size > limit {
		f.Add(errFileTooBig.With("mb", strconv.FormatInt(limit>>20, 10)).On(name))
		return f, File{}
	}
	content, err := io.ReadAll(io.LimitReader(file, limit))
	switch {
	case err != nil:
		f.other = err
	case len(content) == 0:
		f.Add(errNoFile.On(name))
	}
	return f, File{Name: fileName(header.Filename), Content: content}
}

// fileName is the last part of a path of any system, without what cannot be shown.
func fileName(path string) string {
	name := filepath.Base(strings.ReplaceAll(path, `\`, "/"))
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || r == unicode.ReplacementChar {
			return -1
		}
		return r
	}, name))
}
