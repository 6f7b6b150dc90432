// Package errs holds the errors a person is meant to read: each has a kind, a stable code and a
// sentence in every language. Anything else that goes wrong is Internal: it is logged at the edge
// and shown as "something went wrong", never with its own text.
package errs

import (
	"errors"
	"time"

	"maru/internal/kernel/lang"
)

// Kind says what sort of thing went wrong; one table in web turns kinds into HTTP statuses.
type Kind int

// The kinds. Internal is the zero value, so an error nobody thought about is internal.
const (
	Internal     Kind = iota // our fault; no detail leaves the program
	Invalid                  // the request breaks a rule that its sender can see
	Unauthorized             // nobody is signed in, or the credentials are wrong
	Forbidden                // somebody is signed in and may not do this
	NotFound                 // it does not exist, or not for this person
	Conflict                 // it was right once, but the state has moved on
	TooLarge                 // more bytes, lines or things than are taken at once
	TooMany                  // too often; trying again later will work
	Unavailable              // not now: the program is starting or stopping
)

// Kinds lists every kind, for tables that must be total.
var Kinds = []Kind{Internal, Invalid, Unauthorized, Forbidden, NotFound, Conflict, TooLarge, TooMany, Unavailable}

// Error is an expected error. Declare it once with New as a package variable and compare with
// errors.Is; the copies made by With and On are still "the same" error.
type Error struct {
	Kind Kind
	// Code is stable, unique and in the form "context.what_is_wrong"; clients of the API rely on it.
	Code string
	// Text is the sentence for a person. It says what to do, and names no internals.
	Text lang.Text
	// Field is the input the error belongs to, by the name it has in the form or the JSON body;
	// empty where it belongs to the whole.
	Field string
	// Wait is after how long trying again may work; zero where nobody knows.
	Wait time.Duration

	base *Error
}

// New declares an expected error.
func New(kind Kind, code, ko, en string) *Error {
	e := &Error{Kind: kind, Code: code, Text: lang.Text{Ko: ko, En: en}}
	e.base = e
	return e
}

// With returns a copy whose placeholders are filled: With("item", name) replaces {item}.
func (e *Error) With(pairs ...string) *Error {
	c := *e
	c.Text = e.Text.With(pairs...)
	return &c
}

// WithText is With for a value that itself differs by language, such as an item's name.
func (e *Error) WithText(name string, value lang.Text) *Error {
	c := *e
	c.Text = e.Text.WithText(name, value)
	return &c
}

// On returns a copy that belongs to the named input.
func (e *Error) On(field string) *Error {
	c := *e
	c.Field = field
	return &c
}

// After returns a copy that says after how long trying again may work.
func (e *Error) After(wait time.Duration) *Error {
	c := *e
	c.Wait = wait
	return &c
}

// Error returns the code and the English sentence, for logs.
func (e *Error) Error() string { return e.Code + ": " + e.Text.In(lang.English) }

// Is makes errors.Is true between an error and what With and On made of it.
func (e *Error) Is(target error) bool {
	t, ok := target.(*Error)
	return ok && e.base == t.base
}

// As returns the expected error in err's chain, or nil: then err is Internal.
func As(err error) *Error {
	var e *Error
	if errors.As(err, &e) {
		return e
	}
	return nil
}

// KindOf returns the kind of err; Internal for anything that is not an *Error.
func KindOf(err error) Kind {
	if e := As(err); e != nil {
		return e.Kind
	}
	return Internal
}

// Fields is several errors at once, each beside its own input: what a form or an import line has
// wrong with it. A Fields is Invalid.
type Fields []*Error

// Error joins the errors, for logs.
func (f Fields) Error() string {
	s := "invalid input"
	for _, e := range f {
		s += "; " + e.Field + ": " + e.Error()
	}
	return s
}

// Unwrap lets errors.Is and errors.As look at each.
func (f Fields) Unwrap() []error {
	out := make([]error, len(f))
	for i, e := range f {
		out[i] = e
	}
	return out
}
