// Package lang holds the languages Maru speaks and text that exists in each of them.
package lang

import (
	"context"
	"strings"
)

// Lang is a language of the program.
type Lang string

// The languages, Korean first: it is the default and the one texts are written in.
const (
	Korean  Lang = "ko"
	English Lang = "en"
)

// All lists the languages in the order in which a person chooses among them.
var All = []Lang{Korean, English}

// Parse returns the language of a tag such as "ko" or "en", and whether Maru speaks it.
func Parse(tag string) (Lang, bool) {
	for _, l := range All {
		if string(l) == tag {
			return l, true
		}
	}
	return Korean, false
}

// Text is one text in every language. Placeholders are written {name} and filled by With.
type Text struct {
	Ko string `json:"ko"`
	En string `json:"en,omitempty"`
}

// In returns the text in l, and the Korean text where another language has none: names of a menu
// need only a Korean one.
func (t Text) In(l Lang) string {
	if l == English && t.En != "" {
		return t.En
	}
	return t.Ko
}

// With fills placeholders: With("item", "라떼") replaces {item} in every language. It panics on an
// odd number of arguments.
func (t Text) With(pairs ...string) Text {
	marked := make([]string, len(pairs))
	for i := 0; i < len(pairs); i += 2 {
		marked[i], marked[i+1] = "{"+pairs[i]+"}", pairs[i+1]
	}
	r := strings.NewReplacer(marked...)
	return Text{Ko: r.Replace(t.Ko), En: r.Replace(t.En)}
}

// WithText is With for a value that itself differs by language.
func (t Text) WithText(name string, value Text) Text {
	r := "{" + name + "}"
	return Text{Ko: strings.ReplaceAll(t.Ko, r, value.In(Korean)), En: strings.ReplaceAll(t.En, r, value.In(English))}
}

type ctxKey struct{}

// Into returns a context that carries l.
func Into(ctx context.Context, l Lang) context.Context { return context.WithValue(ctx, ctxKey{}, l) }

// From returns the language of ctx, Korean where none was set.
func From(ctx context.Context) Lang {
	if l, ok := ctx.Value(ctxKey{}).(Lang); ok {
		return l
	}
	return Korean
}
