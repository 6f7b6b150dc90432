package apikit_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/danielgtaylor/huma/v2"
	"github.com/google/go-cmp/cmp"

	"maru/internal/kernel/ids"
	"maru/internal/kernel/money"
	"maru/internal/platform/auth"
	"maru/internal/platform/errs"
	"maru/web/webkit"
	"maru/web/webkit/apikit"
	"maru/web/webkit/problem"
	"maru/web/webkit/webtest"
)

var errSoldOut = errs.New(errs.Conflict, "test.sold_out", "{item}은(는) 품절이에요.", "{item} is sold out.")

type orderInput struct {
	apikit.InStore
	Body struct {
		Item   string       `json:"item" minLength:"1"`
		Count  int          `json:"count" minimum:"1" maximum:"100"`
		Amount money.Amount `json:"amount,omitempty"`
	}
}

type orderOutput struct {
	Body struct {
		Store string `json:"store"`
		Who   string `json:"who"`
	}
}

type world struct {
	*webtest.Server
	own, foreign string
	staff        auth.Principal
}

func newWorld(t *testing.T) world {
	t.Helper()
	own, foreign := webtest.Store("own", "우리 지점"), webtest.Store("foreign", "남의 지점")
	api := apikit.New(slog.New(slog.DiscardHandler), "1.0")
	apikit.Register(api, webkit.AtStore(auth.TakeOrders), huma.Operation{
		OperationID: "order", Method: http.MethodPost, Path: "/stores/{store}/orders", DefaultStatus: http.StatusCreated,
	}, func(ctx context.Context, in *orderInput) (*orderOutput, error) {
		switch in.Body.Item {
		case "gone":
			return nil, fmt.Errorf("order: %w", errSoldOut.With("item", "라떼").On("item"))
		case "broken":
			return nil, errors.New("password of the database is hunter2")
		case "panic":
			panic("hunter2")
		case "two wrong":
			return nil, errs.Fields{errSoldOut.With("item", "라떼").On("lines[0]"), errSoldOut.With("item", "티").On("lines[1]")}
		}
		out := &orderOutput{}
		out.Body.Store, out.Body.Who = apikit.Store(ctx).Code, apikit.Principal(ctx).Name
		return out, nil
	})
	apikit.Register(api, webkit.AtHQ(auth.ViewChain), huma.Operation{
		OperationID: "sales", Method: http.MethodGet, Path: "/sales",
	}, func(context.Context, *struct {
		From string `query:"from" format:"date" required:"true"`
	},
	) (*orderOutput, error) {
		return &orderOutput{}, nil
	})
	apikit.Register(api, webkit.Public, huma.Operation{OperationID: "hello", Method: http.MethodGet, Path: "/hello"},
		func(context.Context, *struct{}) (*orderOutput, error) { return &orderOutput{}, nil })
	server := webtest.Start(t, webkit.Options{Stores: webtest.Stores{own, foreign}}, func(s *webkit.Site) { api.Mount(s.Router()) })
	return world{Server: server, own: "own", foreign: "foreign", staff: auth.Principal{
		Member: ids.NewMemberID(), Session: ids.NewSessionID(), Name: "이바리", Role: auth.Staff, Stores: []ids.StoreID{own.ID},
	}}
}

func order(c *webtest.Client, store, body string) *webtest.Page {
	return c.SendBody(http.MethodPost, "/api/v1/stores/"+store+"/orders", "application/json", body)
}

const goodBody = `{"item":"라떼","count":2}`

func TestAnOperationKnowsItsStoreAndItsCaller(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	page := order(w.As(t, w.staff), w.own, goodBody).Want(http.StatusCreated)
	if diff := cmp.Diff(`{"store":"own","who":"이바리"}`, strings.TrimSpace(page.Body)); diff != "" {
		t.Error(diff)
	}
}

func TestWhatGoesWrongIsAProblemDocument(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	staff := w.As(t, w.staff)
	big := `{"item":"` + strings.Repeat("a", 10<<20) + `","count":1}`
	for name, tc := range map[string]struct {
		page   *webtest.Page
		status int
		code   string
		fields []string
	}{
		"nobody signed in":       {order(w.Client(t), w.own, goodBody), 401, "web.sign_in", nil},
		"another's store":        {order(staff, w.foreign, goodBody), 404, "web.not_found", nil},
		"no such store":          {order(staff, "nowhere", goodBody), 404, "web.not_found", nil},
		"store before the body":  {order(staff, w.foreign, `{`), 404, "web.not_found", nil},
		"no permission":          {staff.Get("/api/v1/sales?from=2026-11-22"), 403, "web.forbidden", nil},
		"no such operation":      {staff.Get("/api/v1/nothing"), 404, "web.not_found", nil},
		"no such version":        {staff.Get("/api/v7/stores"), 404, "web.not_found", nil},
		"not with this method":   {staff.SendBody(http.MethodDelete, "/api/v1/hello", "", ""), 405, "web.method_not_allowed", nil},
		"malformed JSON":         {order(staff, w.own, `{"item":"라떼",`), 400, "web.malformed", []string{""}},
		"something after it":     {order(staff, w.own, goodBody+"}"), 400, "web.malformed", []string{""}},
		"no body":                {order(staff, w.own, ""), 400, "api.no_body", nil},
		"not JSON at all":        {staff.SendBody(http.MethodPost, "/api/v1/stores/own/orders", "text/xml", "<a/>"), 415, "api.media_type", nil},
		"10 MB":                  {order(staff, w.own, big), 413, "web.too_large", nil},
		"unknown member":         {order(staff, w.own, `{"item":"라떼","count":1,"price":1}`), 422, "web.invalid_input", []string{"price"}},
		"missing member":         {order(staff, w.own, `{"item":"라떼"}`), 422, "web.invalid_input", []string{"count"}},
		"wrong type":             {order(staff, w.own, `{"item":7,"count":1}`), 422, "web.invalid_input", []string{"item"}},
		"fraction":               {order(staff, w.own, `{"item":"라떼","count":1.5}`), 422, "web.invalid_input", []string{"count"}},
		"out of range":           {order(staff, w.own, `{"item":"라떼","count":0}`), 422, "web.invalid_input", []string{"count"}},
		"two problems":           {order(staff, w.own, `{"item":"","count":101}`), 422, "web.invalid_input", []string{"count", "item"}},
		"missing query":          {w.As(t, auth.System("hq")).Get("/api/v1/sales"), 422, "web.invalid_input", []string{"from"}},
		"refused by the context": {order(staff, w.own, `{"item":"gone","count":1}`), 409, "test.sold_out", []string{"item"}},
		"refused twice":          {order(staff, w.own, `{"item":"two wrong","count":1}`), 422, "web.invalid_input", []string{"lines[0]", "lines[1]"}},
		"unexpected error":       {order(staff, w.own, `{"item":"broken","count":1}`), 500, "web.internal", nil},
		"panic":                  {order(staff, w.own, `{"item":"panic","count":1}`), 500, "web.internal", nil},
	} {
		if tc.page.Status != tc.status {
			t.Errorf("%s: status %d, want %d: %.300s", name, tc.page.Status, tc.status, tc.page.Body)
		}
		if got := tc.page.Header.Get("Content-Type"); got != problem.ContentType {
			t.Errorf("%s: content type %q", name, got)
		}
		var p problem.Problem
		if err := json.Unmarshal([]byte(tc.page.Body), &p); err != nil {
			t.Errorf("%s: %v: %.300s", name, err, tc.page.Body)
			continue
		}
		var fields []string
		for _, f := range p.Errors {
			fields = append(fields, f.Field)
			if f.Detail == "" || f.Code == "" {
				t.Errorf("%s: %+v says nothing", name, f)
			}
		}
		if p.Code != tc.code || p.Status != tc.status || p.Title == "" || p.Detail == "" || p.Instance == "" {
			t.Errorf("%s: %+v", name, p)
		}
		if diff := cmp.Diff(tc.fields, slices.Sorted(slices.Values(fields))); diff != "" {
			t.Errorf("%s: fields %s", name, diff)
		}
		if strings.Contains(tc.page.Body, "hunter2") {
			t.Errorf("%s: internals are in the answer: %s", name, tc.page.Body)
		}
	}
}

// chunked sends a body that does not say how long it is.
type chunked struct{ io.Reader }

func TestABodyThatDoesNotSayItsLengthIsLimitedToo(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, w.URL+"/api/v1/stores/own/orders",
		chunked{strings.NewReader(`{"item":"` + strings.Repeat("a", 10<<20) + `"`)})
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	req.AddCookie(w.Cookie(w.staff))
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != http.StatusRequestEntityTooLarge || !strings.Contains(string(body), "web.too_large") {
		t.Errorf("%d %.300s %v", res.StatusCode, body, err)
	}
}

func TestProblemsSpeakTheLanguageThatWasAskedFor(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	staff := w.As(t, w.staff)
	for accept, want := range map[string]string{"ko": "라떼은(는) 품절이에요.", "en-GB,en;q=0.8": "라떼 is sold out.", "": "라떼은(는) 품절이에요."} {
		page := order(staff.With("Accept-Language", accept), w.own, `{"item":"gone","count":1}`)
		if !strings.Contains(page.Body, want) {
			t.Errorf("%q: %s", accept, page.Body)
		}
	}
	korean := order(staff, w.own, `{"item":"라떼","count":1,"price":1}`)
	english := order(staff.With("Accept-Language", "en"), w.own, `{"item":"라떼","count":1,"price":1}`)
	if !strings.Contains(korean.Body, "모르는 항목이에요") || !strings.Contains(english.Body, "There is no such member") {
		t.Errorf("%s %s", korean.Body, english.Body)
	}
}

func TestACookieIsNotEnoughForAWriteFromAnotherSite(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, w.URL+"/api/v1/stores/own/orders", strings.NewReader(goodBody))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Sec-Fetch-Site", "cross-site")
	req.AddCookie(w.Cookie(w.staff))
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusForbidden || res.Header.Get("Content-Type") != problem.ContentType {
		t.Errorf("%d %s", res.StatusCode, res.Header.Get("Content-Type"))
	}
}

func TestTheDocumentDescribesWhatIsRegistered(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	page := w.Client(t).Get("/api/openapi.json").Want(http.StatusOK)
	var doc struct {
		OpenAPI string `json:"openapi"`
		Servers []struct {
			URL string `json:"url"`
		} `json:"servers"`
		Paths map[string]map[string]struct {
			Access    string                `json:"x-access"`
			Security  []map[string][]string `json:"security"`
			Responses map[string]struct {
				Content map[string]any `json:"content"`
			} `json:"responses"`
		} `json:"paths"`
		Components struct {
			Security map[string]map[string]string `json:"securitySchemes"`
			Schemas  map[string]struct {
				Properties map[string]any `json:"properties"`
			} `json:"schemas"`
		} `json:"components"`
	}
	if err := json.Unmarshal([]byte(page.Body), &doc); err != nil {
		t.Fatal(err)
	}
	op := doc.Paths["/stores/{store}/orders"]["post"]
	if doc.OpenAPI != "3.1.0" || doc.Servers[0].URL != "/api/v1" || op.Access != "store:take_orders" || len(op.Security) != 1 {
		t.Errorf("%.2000s", page.Body)
	}
	for _, status := range []string{"401", "403", "404", "422", "500"} {
		if _, ok := op.Responses[status].Content[problem.ContentType]; !ok {
			t.Errorf("%s is not documented as a problem: %v", status, op.Responses[status])
		}
	}
	if _, ok := doc.Components.Schemas["Problem"].Properties["code"]; !ok {
		t.Errorf("the form of a problem is not documented: %v", doc.Components.Schemas["Problem"])
	}
	if len(doc.Paths["/hello"]["get"].Security) != 0 || doc.Components.Security["bearer"]["scheme"] != "bearer" {
		t.Errorf("security: %v", doc.Components.Security)
	}
}

func TestAnAccessThatDoesNotFitItsPathIsFoundAtStart(t *testing.T) {
	t.Parallel()
	api := apikit.New(slog.New(slog.DiscardHandler), "1.0")
	for path, access := range map[string]webkit.Access{
		"/stores/{store}/a": webkit.SignedIn, "/stores/{store}/b": webkit.Public, "/c": webkit.AtStore(auth.TakeOrders), "/d": webkit.InStore,
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s with access %s was accepted", path, access)
				}
			}()
			apikit.Register(api, access, huma.Operation{OperationID: path, Method: http.MethodGet, Path: path},
				func(context.Context, *apikit.InStore) (*orderOutput, error) { return &orderOutput{}, nil })
		}()
	}
}
