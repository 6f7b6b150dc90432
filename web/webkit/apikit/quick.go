package apikit

import (
	"bytes"
	"context"
	"io"
	"mime"
	"net/http"
	"sync"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"
	fast "github.com/go-json-experiment/json"

	"maru/web/webkit"
)

// Quick says how requests of an operation that is called all day are read once, into their type, and answered
// without looking at types again. Bodies that are not beyond doubt go the way of all operations, which reads them a
// second time to say what is wrong: so nothing is accepted, refused or explained differently.
type Quick[I, O any] struct {
	// Body returns where the body is read to.
	Body func(*I) any
	// Exact reports whether nothing can be wrong with the input as far as the document goes: all members that are
	// required are there (zero may mean that one is not), and values of enums are of the enum.
	Exact func(*I) bool
	// Answer returns the status and the body of the answer.
	Answer func(*O) (status int, body any)
}

// RegisterQuick is Register with a short way. The input must have no parameters besides {store}, which the
// handler takes from Store.
func RegisterQuick[I, O any](a *API, access webkit.Access, op huma.Operation, q Quick[I, O], handle func(context.Context, *I) (*O, error)) {
	op.Middlewares = append(op.Middlewares, func(c huma.Context, next func(huma.Context)) {
		r, w := humago.Unwrap(c)
		text := texts.Get().(*bytes.Buffer)
		defer texts.Put(text)
		in, ok := q.read(w, r, text)
		if !ok {
			next(c)
			return
		}
		out, err := handle(r.Context(), in)
		if err != nil {
			a.logged(r.Context(), err)
			writeProblem(w, r, err)
			return
		}
		status, body := q.Answer(out)
		text.Reset()
		if err := jsonFormat.Marshal(text, body); err != nil {
			a.logged(r.Context(), err)
			writeProblem(w, r, err)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		_, _ = w.Write(text.Bytes()) // a caller that went away is not our error
	})
	Register(a, access, op, handle)
}

// texts are buffers for bodies and answers.
var texts = sync.Pool{New: func() any { return new(bytes.Buffer) }}

// quickBody is the largest body that is read the short way, and bodyWithin how long it may take to arrive: as long as
// for all operations.
const (
	quickBody  = 16 << 10
	bodyWithin = 5 * time.Second
)

// read reads the input, or reports false and leaves the body to be read again.
func (q Quick[I, O]) read(w http.ResponseWriter, r *http.Request, text *bytes.Buffer) (*I, bool) {
	if r.ContentLength <= 0 || r.ContentLength > quickBody || !isJSON(r.Header.Get("Content-Type")) || !takesJSON(r.Header.Get("Accept")) {
		return nil, false
	}
	_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(bodyWithin)) // not every writer has one
	text.Reset()
	body := r.Body
	_, err := text.ReadFrom(body)
	r.Body = again{io.MultiReader(bytes.NewReader(text.Bytes()), ending{err}), body}
	// A null stands for an absent member here, and is one too many in the document.
	if err != nil || bytes.Contains(text.Bytes(), []byte("null")) {
		return nil, false
	}
	in := new(I)
	if fast.Unmarshal(text.Bytes(), q.Body(in), fast.RejectUnknownMembers(true)) != nil || !q.Exact(in) {
		return nil, false
	}
	return in, true
}

// again is a body that is read from the beginning.
type again struct {
	io.Reader
	io.Closer
}

// ending is how reading a body ended.
type ending struct{ err error }

// Read implements io.Reader.
func (e ending) Read([]byte) (int, error) {
	if e.err != nil {
		return 0, e.err
	}
	return 0, io.EOF
}

func isJSON(contentType string) bool {
	if contentType == "application/json" {
		return true
	}
	kind, _, err := mime.ParseMediaType(contentType)
	return err == nil && kind == "application/json"
}

// takesJSON knows the usual ways to say so; others are worked out by all operations' way.
func takesJSON(accept string) bool {
	return accept == "" || accept == "*/*" || accept == "application/json"
}
