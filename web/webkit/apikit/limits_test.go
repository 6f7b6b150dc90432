package apikit_test

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/danielgtaylor/huma/v2"

	"maru/web/webkit"
	"maru/web/webkit/apikit"
)

// A body full of mistakes must not cost more to refuse than to send.
func TestABodyFullOfMistakesGetsAShortAnswer(t *testing.T) {
	t.Parallel()
	api := apikit.New(slog.New(slog.DiscardHandler), "test")
	type input struct {
		Body struct {
			Lines []struct {
				Quantity int `json:"quantity"`
			} `json:"lines"`
		}
	}
	apikit.Register(api, webkit.Public, huma.Operation{OperationID: "take", Method: http.MethodPost, Path: "/take"},
		func(context.Context, *input) (*struct{}, error) { return nil, nil })
	post := func(body string) (int, string) {
		req := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/api/v1/take", strings.NewReader(body))
		req.Header.Set("Content-Type", "application/json")
		rec := httptest.NewRecorder()
		api.Handler().ServeHTTP(rec, req)
		answer, err := io.ReadAll(rec.Body)
		if err != nil {
			t.Fatal(err)
		}
		return rec.Code, string(answer)
	}
	status, answer := post(`{"lines":[{}` + strings.Repeat(",{}", 5000) + `]}`)
	var p struct{ Errors []any }
	if err := json.Unmarshal([]byte(answer), &p); err != nil || status != http.StatusUnprocessableEntity || len(p.Errors) != 20 {
		t.Errorf("5,000 empty lines: status %d with %d errors, %v; want 422 with 20", status, len(p.Errors), err)
	}
	if status, answer := post(`{"LINES":[]}`); status != http.StatusUnprocessableEntity {
		t.Errorf("a member in other letters: %d %s", status, answer)
	}
	if status, answer := post(`{"lines":[],"admin":true}`); status != http.StatusUnprocessableEntity {
		t.Errorf("a member that there is not: %d %s", status, answer)
	}
	if status, answer := post(`{"lines":[{}` + strings.Repeat(",{}", 200_000) + `]}`); status != http.StatusRequestEntityTooLarge || len(answer) > 2000 {
		t.Errorf("600 kB of empty lines: status %d, %d bytes; want 413 in few", status, len(answer))
	}
}
