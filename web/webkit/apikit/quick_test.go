package apikit_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/danielgtaylor/huma/v2"

	"maru/internal/platform/auth"
	"maru/web/webkit"
	"maru/web/webkit/apikit"
	"maru/web/webkit/webtest"
)

// Whatever is sent, an operation with a short way answers as one without it; and it is taken for what is usual.
func TestTheShortWayAnswersAsTheLongOne(t *testing.T) {
	t.Parallel()
	type input struct {
		apikit.InStore
		Body struct {
			Item   string   `json:"item" minLength:"1"`
			Count  int      `json:"count"`
			Size   string   `json:"size" enum:"S,L"`
			Note   *string  `json:"note,omitempty"`
			Extras []string `json:"extras,omitempty"`
		}
	}
	handle := func(ctx context.Context, in *input) (*orderOutput, error) {
		switch in.Body.Item {
		case "gone":
			return nil, fmt.Errorf("order: %w", errSoldOut.With("item", "라떼").On("item"))
		case "broken":
			return nil, errors.New("password of the database is hunter2")
		}
		out := &orderOutput{}
		out.Body.Store = apikit.Store(ctx).Code
		out.Body.Who = fmt.Sprintf("<%s>&%d%s%v", in.Body.Item, in.Body.Count, in.Body.Size, in.Body.Extras)
		if in.Body.Note != nil {
			out.Body.Who += *in.Body.Note
		}
		return out, nil
	}
	operation := func(name string) huma.Operation {
		return huma.Operation{OperationID: name, Method: http.MethodPost, Path: "/stores/{store}/" + name, DefaultStatus: http.StatusCreated}
	}
	var quickly atomic.Int32
	api := apikit.New(slog.New(slog.DiscardHandler), "1.0")
	apikit.Register(api, webkit.AtStore(auth.TakeOrders), operation("long"), handle)
	apikit.RegisterQuick(api, webkit.AtStore(auth.TakeOrders), operation("short"), apikit.Quick[input, orderOutput]{
		Body: func(in *input) any { return &in.Body },
		Exact: func(in *input) bool {
			exact := in.Body.Item != "" && in.Body.Count != 0 && (in.Body.Size == "S" || in.Body.Size == "L")
			if exact {
				quickly.Add(1)
			}
			return exact
		},
		Answer: func(out *orderOutput) (int, any) { return http.StatusCreated, &out.Body },
	}, handle)
	own := webtest.Store("own", "우리 지점")
	server := webtest.Start(t, webkit.Options{Stores: webtest.Stores{own}}, func(s *webkit.Site) { api.Mount(s.Router()) })
	staff, nobody := server.As(t, webtest.Owner("이바리", own)), server.Client(t)

	const good = `{"item":"라떼","count":2,"size":"S"}`
	with := func(from, to string) string { return strings.Replace(good, from, to, 1) }
	for name, c := range map[string]struct {
		client *webtest.Client
		kind   string
		body   string
		quick  bool
	}{
		"usual":               {staff, "application/json", good, true},
		"in other order":      {staff, "application/json", ` { "size" : "L", "extras":["<b>","\u00e9"], "note":"n", "count":-3,"item":"a" } `, true},
		"with a charset":      {staff, "application/json; charset=utf-8", good, true},
		"refused":             {staff, "application/json", with("라떼", "gone"), true},
		"failed":              {staff, "application/json", with("라떼", "broken"), true},
		"several media types": {staff.With("Accept", "text/html, application/json"), "application/json", good, false},
		"another media type":  {staff.With("Accept", "text/html"), "application/json", good, false},
		"nobody":              {nobody, "application/json", good, false},
		"xml":                 {staff, "text/xml", good, false},
		"no type":             {staff, "", good, false},
		"nothing":             {staff, "application/json", "", false},
		"null":                {staff, "application/json", "null", false},
		"a list":              {staff, "application/json", "[" + good + "]", false},
		"two":                 {staff, "application/json", good + good, false},
		"half":                {staff, "application/json", good[:20], false},
		"null for optional":   {staff, "application/json", with("{", `{"note":null,`), false},
		"null for required":   {staff, "application/json", with("2", "null"), false},
		"missing":             {staff, "application/json", with(`"count":2,`, ""), false},
		"zero":                {staff, "application/json", with("2", "0"), false},
		"empty":               {staff, "application/json", with("라떼", ""), false},
		"fraction":            {staff, "application/json", with("2", "2.5"), false},
		"whole fraction":      {staff, "application/json", with("2", "2.0"), false},
		"too large a number":  {staff, "application/json", with("2", "99999999999999999999"), false},
		"text for a number":   {staff, "application/json", with("2", `"2"`), false},
		"not of the enum":     {staff, "application/json", with(`"S"`, `"M"`), false},
		"unknown":             {staff, "application/json", with("{", `{"price":1,`), false},
		"in capitals":         {staff, "application/json", with("item", "ITEM"), false},
		"twice":               {staff, "application/json", with("{", `{"count":3,`), false},
		"not UTF-8":           {staff, "application/json", with("라떼", "\xff"), false},
		"large":               {staff, "application/json", with("라떼", strings.Repeat("라", 10<<10)), false},
		"too large":           {staff, "application/json", with("라떼", strings.Repeat("라", 100<<10)), false},
	} {
		quickly.Store(0)
		short := c.client.SendBody(http.MethodPost, "/api/v1/stores/own/short", c.kind, c.body)
		if got := quickly.Load() == 1; got != c.quick {
			t.Errorf("%s: the short way was taken: %v", name, got)
		}
		long := c.client.SendBody(http.MethodPost, "/api/v1/stores/own/long", c.kind, c.body)
		said := func(p *webtest.Page) string { // apart from the number of the request
			text, _, _ := strings.Cut(p.Body, `"instance"`)
			return fmt.Sprint(p.Status, " ", p.Header["Content-Type"], p.Header["Cache-Control"], p.Header["Www-Authenticate"], " ", text)
		}
		if said(short) != said(long) {
			t.Errorf("%s:\nshort %.400s\nlong  %.400s", name, said(short), said(long))
		}
	}
}
