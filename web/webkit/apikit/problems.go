package apikit

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"strings"
	"sync"

	"github.com/danielgtaylor/huma/v2"

	"maru/internal/kernel/lang"
	"maru/internal/platform/errs"
	"maru/web/webkit"
	"maru/web/webkit/problem"
)

// Errors of the API's edge.
var (
	errMediaType = errs.New(errs.Invalid, "api.media_type",
		"본문은 application/json으로 보내 주세요.", "Send the body as application/json.")
	errNotAcceptable = errs.New(errs.Invalid, "api.not_acceptable",
		"이 API는 application/json으로만 답해요.", "This API answers in application/json only.")
	errTimeout = errs.New(errs.Invalid, "api.timeout",
		"본문이 제때 오지 않았어요.", "The body did not arrive in time.")
	errNoBody = errs.New(errs.Invalid, "api.no_body",
		"본문을 JSON으로 보내 주세요.", "Send a JSON body.")
	errInput = errs.New(errs.Invalid, "api.invalid_input",
		"이 값을 확인해 주세요.", "Check this value.")
)

// answer is a problem document on its way through huma.
type answer struct {
	problem.Problem
	header http.Header
}

func (a *answer) Error() string               { return a.Code + ": " + a.Detail }
func (a *answer) GetHeaders() http.Header     { return a.header }
func (a *answer) GetStatus() int              { return a.Status }
func (a *answer) ContentType(_ string) string { return problem.ContentType }
func (a *answer) Schema(r huma.Registry) *huma.Schema {
	return r.Schema(problemType, true, "Problem")
}

var useProblemsOnce sync.Once

// useProblems makes huma answer with problem documents. It keeps the form of its errors in package
// variables, so this is for the whole process, once.
func useProblems() {
	useProblemsOnce.Do(func() {
		huma.ValidateStrictCasing = true // encoding/json takes "LINES" for "lines"; the contract does not
		huma.NewError = func(status int, _ string, _ ...error) huma.StatusError {
			return &answer{Problem: problem.Problem{Status: status, Title: http.StatusText(status)}}
		}
		huma.NewErrorWithContext = func(c huma.Context, status int, _ string, details ...error) huma.StatusError {
			return edgeProblem(c.Context(), status, details)
		}
	})
}

// maxDetails is how many mistakes of one body are named: who sends more has another problem.
const maxDetails = 20

// edgeProblem is the answer to input that huma refused.
func edgeProblem(ctx context.Context, status int, details []error) *answer {
	l, id := lang.From(ctx), webkit.RequestID(ctx)
	var tooBig *http.MaxBytesError
	if errors.As(errors.Join(details...), &tooBig) {
		status = http.StatusRequestEntityTooLarge
	}
	var p problem.Problem
	switch status {
	case http.StatusRequestEntityTooLarge:
		return &answer{Problem: problem.From(webkit.ErrTooLarge, l, id)}
	case http.StatusBadRequest:
		p = problem.From(problem.ErrMalformed, l, id)
		if len(details) == 0 {
			p = problem.From(errNoBody, l, id)
		}
	case http.StatusUnsupportedMediaType:
		p = problem.From(errMediaType, l, id)
		details = nil
	case http.StatusNotAcceptable:
		p = problem.From(errNotAcceptable, l, id)
		details = nil
	case http.StatusRequestTimeout:
		p = problem.From(errTimeout, l, id)
		details = nil
	case http.StatusUnprocessableEntity:
		p = problem.From(problem.ErrInvalid, l, id)
	default:
		return &answer{Problem: problem.From(errors.Join(details...), l, id)}
	}
	p.Status, p.Title = status, http.StatusText(status)
	for _, d := range details[:min(len(details), maxDetails)] {
		p.Errors = append(p.Errors, fieldOf(d, l))
	}
	return &answer{Problem: p}
}

func fieldOf(err error, l lang.Lang) problem.Field {
	var d huma.ErrorDetailer
	if !errors.As(err, &d) {
		return problem.Field{Code: errInput.Code, Detail: errInput.Text.In(l)}
	}
	detail := d.ErrorDetail()
	field := fieldName(detail.Location)
	if missing := missingMember(detail.Message); missing != "" {
		field = strings.TrimPrefix(field+"."+missing, ".")
	}
	return problem.Field{Field: field, Code: errInput.Code, Detail: explain(detail.Message, l)}
}

// refuse turns what a handler returned into its answer, and logs what nobody expected.
func (a *API) refuse(ctx context.Context, err error) error {
	a.logged(ctx, err)
	header := http.Header{}
	problem.RetryAfter(header, err)
	return &answer{Problem: problem.From(err, lang.From(ctx), webkit.RequestID(ctx)), header: header}
}

func (a *API) logged(ctx context.Context, err error) {
	if _, status := problem.Expected(err); status >= http.StatusInternalServerError && ctx.Err() == nil {
		a.log.ErrorContext(ctx, "request failed", slog.Any("err", err), slog.String("request", webkit.RequestID(ctx)))
	}
}

func writeProblem(w http.ResponseWriter, r *http.Request, err error) {
	p := problem.From(err, lang.From(r.Context()), webkit.RequestID(r.Context()))
	if p.Status == http.StatusUnauthorized {
		w.Header().Set("WWW-Authenticate", `Bearer realm="maru"`)
	}
	problem.RetryAfter(w.Header(), err)
	problem.Write(w, r, p)
}

// refuseRoute answers a request that no operation takes: the mux's own handler knows whether the path
// or only the method is wrong.
func refuseRoute(w http.ResponseWriter, r *http.Request, own http.Handler) {
	said := verdict{header: http.Header{}}
	own.ServeHTTP(&said, r)
	err := problem.ErrNotFound
	if said.status == http.StatusMethodNotAllowed {
		w.Header().Set("Allow", said.header.Get("Allow"))
		err = problem.ErrMethod
	}
	writeProblem(w, r, err)
}

// verdict keeps the status and headers of an answer and drops its body.
type verdict struct {
	header http.Header
	status int
}

func (v *verdict) Header() http.Header         { return v.header }
func (v *verdict) Write(p []byte) (int, error) { return len(p), nil }
func (v *verdict) WriteHeader(status int)      { v.status = status }
