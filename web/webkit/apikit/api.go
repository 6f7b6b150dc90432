package apikit

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"sync"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"maru/internal/members/membersapi"
	"maru/internal/platform/auth"
	"maru/web/webkit"
)

// prefix is where the operations are.
const prefix = "/api/v1"

// API is the JSON API: an http.Handler for everything below /api, and the document that describes it.
type API struct {
	log  *slog.Logger
	mux  *http.ServeMux
	huma huma.API
	spec func() ([]byte, error)
}

// New returns an API without operations. version is the program's and goes into the document.
func New(log *slog.Logger, version string) *API {
	useProblems()
	config := huma.DefaultConfig("Maru", version)
	config.Info.Description = "Orders, stock and sales of a franchise. " +
		"Money is an integer in minor units of the franchise's currency; quantities are thousandths of a material's base unit."
	config.OpenAPIPath, config.DocsPath, config.SchemasPath = "", "", "" // served below, all at once and without races
	config.CreateHooks = nil                                             // no "$schema" member in every answer
	config.Formats = map[string]huma.Format{"application/json": jsonFormat, "json": jsonFormat}
	config.DefaultFormat = "application/json"
	config.Components.Schemas = huma.NewMapRegistry("#/components/schemas/", schemaName)
	config.Components.SecuritySchemes = map[string]*huma.SecurityScheme{
		bearer: {Type: "http", Scheme: "bearer", BearerFormat: "JWT", Description: "The access_token of POST /session."},
	}
	a := &API{log: log, mux: http.NewServeMux()}
	a.huma = humago.NewWithPrefix(a.mux, prefix, config)
	a.spec = sync.OnceValues(func() ([]byte, error) { return json.Marshal(a.huma.OpenAPI()) })
	a.mux.HandleFunc("GET /api/openapi.json", a.serveSpec)
	return a
}

const bearer = "bearer"

// maxBody is the largest body of an operation that names no other limit. The site's own limit is higher,
// but a megabyte of wrong JSON costs far more to explain than to send.
const maxBody = 256 << 10

// Register adds an operation. It panics when path and access do not belong together, and on what huma
// finds wrong with the types: those are mistakes of the program, found at start.
func Register[I, O any](a *API, access webkit.Access, op huma.Operation, handle func(context.Context, *I) (*O, error)) {
	named := strings.Contains(op.Path, "{store}")
	if named != access.NeedsStore() {
		panic(fmt.Sprintf("apikit: %s and its access %q do not belong together: {store} needs AtStore or InStore", op.Path, access))
	}
	op.Extensions = map[string]any{"x-access": access.String()}
	if access != webkit.Public {
		op.Security = []map[string][]string{{bearer: {}}}
		op.Errors = append(op.Errors, http.StatusUnauthorized, http.StatusForbidden)
	}
	if named {
		op.Errors = append(op.Errors, http.StatusNotFound)
	}
	if op.MaxBodyBytes == 0 {
		op.MaxBodyBytes = maxBody
	}
	op.Middlewares = append(huma.Middlewares{a.guard(access)}, op.Middlewares...)
	huma.Register(a.huma, op, func(ctx context.Context, in *I) (*O, error) {
		out, err := handle(ctx, in)
		if err != nil {
			return nil, a.refuse(ctx, err)
		}
		return out, nil
	})
}

// InStore is the {store} of a path: embed it in the input of an operation of a store. Handlers take
// the store itself from Store(ctx).
type InStore struct {
	StoreCode string `path:"store" doc:"The store's code" example:"gangnam"`
}

// guard answers whoever may not use the operation, before its input is read.
func (a *API) guard(access webkit.Access) func(huma.Context, func(huma.Context)) {
	return func(c huma.Context, next func(huma.Context)) {
		err := webkit.Admit(c.Context(), access, c.Param("store"))
		if err == nil {
			next(c)
			return
		}
		a.logged(c.Context(), err)
		r, w := humago.Unwrap(c)
		writeProblem(w, r, err)
	}
}

// Principal returns the person who calls; the zero Principal on a Public operation that nobody signed in to.
func Principal(ctx context.Context) auth.Principal { return webkit.PrincipalOf(ctx) }

// Store returns the store of the path. It panics in an operation without one.
func Store(ctx context.Context) membersapi.Store {
	s, ok := webkit.StoreOf(ctx)
	if !ok {
		panic("apikit: the operation has no {store} in its path")
	}
	return s
}

// OpenAPI returns the document.
func (a *API) OpenAPI() *huma.OpenAPI { return a.huma.OpenAPI() }

// Mount puts the API below /api. Register all operations before the first request.
func (a *API) Mount(r *webkit.Router) { r.Mount("/api", webkit.Public, a.Handler()) }

// Handler serves everything below /api. Paths and methods that do not exist are problem documents too.
func (a *API) Handler() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "no-store") // answers are one person's
		handler, pattern := a.mux.Handler(r)
		if pattern == "" {
			refuseRoute(w, r, handler)
			return
		}
		a.mux.ServeHTTP(w, r)
	})
}

func (a *API) serveSpec(w http.ResponseWriter, r *http.Request) {
	spec, err := a.spec()
	if err != nil {
		a.logged(r.Context(), err)
		writeProblem(w, r, err)
		return
	}
	w.Header().Set("Content-Type", "application/openapi+json")
	w.Header().Set("Cache-Control", "no-cache")
	_, _ = w.Write(spec) // a reader that went away is not our error
}
