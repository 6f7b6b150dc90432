// Package problem writes errors for programs: RFC 9457 problem documents, in one form for the JSON
// API, for the router's own 404 and 405, and for refused cross-origin requests.
package problem

import (
	"encoding/json"
	"math"
	"net/http"
	"strconv"
	"time"

	"maru/internal/kernel/lang"
	"maru/internal/platform/errs"
)

// ContentType is the media type of a problem document.
const ContentType = "application/problem+json"

// Problem is an RFC 9457 problem document. Code is stable; Detail is a sentence for a person in the
// language of the request and may change.
type Problem struct {
	Type     string  `json:"type"`
	Title    string  `json:"title"`
	Status   int     `json:"status"`
	Detail   string  `json:"detail,omitempty"`
	Code     string  `json:"code"`
	Instance string  `json:"instance,omitempty"`
	Errors   []Field `json:"errors,omitempty"`
}

// Field is what is wrong with one input.
type Field struct {
	Field  string `json:"field"`
	Code   string `json:"code"`
	Detail string `json:"detail"`
}

// Errors of the edge itself. They are expected errors like any other, so that every answer has a
// code and a sentence in both languages.
var (
	ErrInternal = errs.New(errs.Internal, "web.internal",
		"문제가 생겼어요. 잠시 뒤 다시 해 주세요.", "Something went wrong. Please try again in a moment.")
	ErrNotFound = errs.New(errs.NotFound, "web.not_found",
		"없어졌거나 주소가 바뀌었어요.", "It is gone, or its address has changed.")
	ErrMethod = errs.New(errs.NotFound, "web.method_not_allowed",
		"여기서는 할 수 없는 요청이에요.", "That cannot be done here.")
	ErrCrossOrigin = errs.New(errs.Forbidden, "web.cross_origin",
		"다른 사이트에서 보낸 요청이라 받지 않았어요.", "The request came from another site and was refused.")
	ErrMalformed = errs.New(errs.Invalid, "web.malformed",
		"요청을 읽지 못했어요.", "The request could not be read.")
	ErrInvalid = errs.New(errs.Invalid, "web.invalid_input",
		"입력을 확인해 주세요.", "Please check what was entered.")
)

// statuses is the one table from kinds of errors to HTTP statuses; a test walks errs.Kinds.
var statuses = map[errs.Kind]int{
	errs.Internal:     http.StatusInternalServerError,
	errs.Invalid:      http.StatusUnprocessableEntity,
	errs.Unauthorized: http.StatusUnauthorized,
	errs.Forbidden:    http.StatusForbidden,
	errs.NotFound:     http.StatusNotFound,
	errs.Conflict:     http.StatusConflict,
	errs.TooLarge:     http.StatusRequestEntityTooLarge,
	errs.TooMany:      http.StatusTooManyRequests,
	errs.Unavailable:  http.StatusServiceUnavailable,
}

// StatusOf returns the HTTP status of a kind.
func StatusOf(k errs.Kind) int {
	if s, ok := statuses[k]; ok {
		return s
	}
	return http.StatusInternalServerError
}

// Expected returns the error a person may read: err itself where it is expected, ErrInternal for
// everything else, so that nothing internal leaves the program. status is what to answer with.
func Expected(err error) (e *errs.Error, status int) {
	if fields := FieldsOf(err); len(fields) > 0 {
		return ErrInvalid, StatusOf(errs.Invalid)
	}
	e = errs.As(err)
	if e == nil || e.Kind == errs.Internal {
		return ErrInternal, StatusOf(errs.Internal)
	}
	status = StatusOf(e.Kind)
	switch e.Code {
	case ErrMethod.Code:
		status = http.StatusMethodNotAllowed
	case ErrMalformed.Code:
		status = http.StatusBadRequest
	}
	return e, status
}

// From makes the problem document of err in language l. instance names the occurrence (the request
// id), so that a person can point at it.
func From(err error, l lang.Lang, instance string) Problem {
	e, status := Expected(err)
	p := Problem{
		Type: "about:blank", Title: http.StatusText(status), Status: status,
		Detail: e.Text.In(l), Code: e.Code, Instance: instance,
	}
	for _, f := range FieldsOf(err) {
		p.Errors = append(p.Errors, Field{Field: f.Field, Code: f.Code, Detail: f.Text.In(l)})
	}
	if e.Field != "" && len(p.Errors) == 0 {
		p.Errors = []Field{{Field: e.Field, Code: e.Code, Detail: e.Text.In(l)}}
	}
	return p
}

// soon is the Retry-After of answers that do not know when trying again may work. Sign-ins that are under way have come to an
// end by then, and a replica that starts or stops has handed over.
const soon = 5 * time.Second

// RetryAfter sets the header of that name, in whole seconds, where err says after how long trying again may work.
func RetryAfter(h http.Header, err error) {
	if e := errs.As(err); e != nil && e.Wait > 0 {
		h.Set("Retry-After", strconv.Itoa(int(math.Ceil(e.Wait.Seconds()))))
	}
}

// Later completes the header of an answer of the status: where it means "later", and nothing says when, soon.
func Later(h http.Header, status int) {
	if (status == http.StatusTooManyRequests || status == http.StatusServiceUnavailable) && h.Get("Retry-After") == "" {
		h.Set("Retry-After", strconv.Itoa(int(soon/time.Second)))
	}
}

// Write answers the request with p.
func Write(w http.ResponseWriter, r *http.Request, p Problem) {
	w.Header().Set("Content-Type", ContentType)
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(p.Status)
	if r.Method != http.MethodHead {
		// The status is out already; a peer that went away is not an error of ours.
		_ = json.NewEncoder(w).Encode(p)
	}
}
