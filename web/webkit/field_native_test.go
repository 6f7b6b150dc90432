package webkit_test

import (
	"strings"
	"testing"

	"github.com/a-h/templ"

	"maru/internal/kernel/lang"
	"maru/web/webkit"
)

// A browser that finds something missing says so in its own language: fields leave that to the server.
func TestFieldsLeaveComplaintsToTheServer(t *testing.T) {
	t.Parallel()
	var page strings.Builder
	f := webkit.Field(webkit.FieldSpec{
		Name: "mail", Label: lang.Text{Ko: "메일", En: "Mail"}, Type: "email",
		Attrs: templ.Attributes{"required": true, "minlength": "10", "maxlength": "254"},
	})
	if err := f.Render(t.Context(), &page); err != nil {
		t.Fatal(err)
	}
	got := page.String()
	for _, native := range []string{` required`, `minlength`, `type="email"`} {
		if strings.Contains(got, native) {
			t.Errorf("%s is there: %s", native, got)
		}
	}
	for _, kept := range []string{`aria-required="true"`, `maxlength="254"`, `inputmode="email"`} {
		if !strings.Contains(got, kept) {
			t.Errorf("%s is missing: %s", kept, got)
		}
	}
}
