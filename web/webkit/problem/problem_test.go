package problem_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"maru/internal/kernel/lang"
	"maru/internal/platform/errs"
	"maru/web/webkit/problem"
)

func TestEveryKindOfErrorHasAStatusOfItsOwn(t *testing.T) {
	t.Parallel()
	seen := map[int]errs.Kind{}
	for _, k := range errs.Kinds {
		s := problem.StatusOf(k)
		if s < 400 || http.StatusText(s) == "" {
			t.Errorf("kind %d has status %d", k, s)
		}
		if other, twice := seen[s]; twice {
			t.Errorf("kinds %d and %d share status %d", other, k, s)
		}
		if k != errs.Internal && s == http.StatusInternalServerError {
			t.Errorf("kind %d is not in the table", k)
		}
		seen[s] = k
	}
}

func TestNothingInternalLeavesTheProgram(t *testing.T) {
	t.Parallel()
	for _, err := range []error{
		errors.New(`pq: password authentication failed for user "maru"`),
		fmt.Errorf("place order: %w", errs.New(errs.Internal, "secret.code", "비밀", "secret")),
	} {
		b, merr := json.Marshal(problem.From(err, lang.English, "r1"))
		if merr != nil {
			t.Fatal(merr)
		}
		if strings.Contains(string(b), "secret") || strings.Contains(string(b), "pq:") {
			t.Errorf("the answer tells %s", b)
		}
	}
}

func TestAProblemDocumentNamesWhatIsWrongInTheLanguageOfTheReader(t *testing.T) {
	t.Parallel()
	quantity := errs.New(errs.Invalid, "cart.quantity", "수량은 1부터예요.", "Quantities begin at 1.").On("lines.0.quantity")
	err := fmt.Errorf("place order: %w", errs.Fields{quantity})
	w := httptest.NewRecorder()
	problem.Write(w, httptest.NewRequest(http.MethodPost, "/api/v1/orders", nil), problem.From(err, lang.Korean, "r1"))
	if w.Code != http.StatusUnprocessableEntity || w.Header().Get("Content-Type") != "application/problem+json" {
		t.Errorf("status %d, content type %s", w.Code, w.Header().Get("Content-Type"))
	}
	var got problem.Problem
	if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	want := problem.Problem{
		Type: "about:blank", Title: "Unprocessable Entity", Status: 422, Detail: "입력을 확인해 주세요.", Code: "web.invalid_input", Instance: "r1",
		Errors: []problem.Field{{Field: "lines.0.quantity", Code: "cart.quantity", Detail: "수량은 1부터예요."}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
