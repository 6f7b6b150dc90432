package membersweb

import (
	"bytes"
	"fmt"
	"io"
	"net/http"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"maru/internal/members"
	"maru/internal/members/membersapi"
	"maru/internal/platform/auth"
	"maru/internal/platform/errs"
	"maru/web/webkit"
)

const (
	importPath = masterPath + "/imports"
	// maxStoreFile is how many bytes a list of stores may have, as internal/imports reads it.
	maxStoreFile = 4 << 20
)

// ReadStores reads a list of stores: internal/imports.ReadStores, which pages do not know.
type ReadStores func(io.Reader, *members.StoreLayout) (members.StoreSheet, error)

// importer are the pages on which a list of stores is imported.
type importer struct {
	*pages
	read ReadStores
}

// RegisterStoreImports puts the import of store lists on the site.
func RegisterStoreImports(site *webkit.Site, service *members.Service, read ReadStores) {
	p := &importer{&pages{members: service}, read}
	r, may := site.Router(), webkit.AtHQ(auth.ManageStores)
	r.GET(importPath, may, p.imports)
	r.Upload(importPath, may, maxStoreFile, p.upload)
	r.GET(importPath+"/:list", may, p.columns)
	r.POST(importPath+"/:list", may, p.setColumns)
	r.POST(importPath+"/:list/discard", may, p.discard)
	r.GET(importPath+"/:list/preview", may, p.preview)
	r.POST(importPath+"/:list/start", may, p.start)
	r.GET(importPath+"/:list/progress", may, p.progress)
	r.POST(importPath+"/:list/step", may, p.step)
}

type importsView struct {
	Lists []members.StoreList
	Form  *webkit.Form
}

func (p *importer) imports(c echo.Context) error { return p.renderImports(c, http.StatusOK, nil) }

func (p *importer) renderImports(c echo.Context, status int, f *webkit.Form) error {
	lists, err := p.members.StoreLists(c.Request().Context(), webkit.Principal(c))
	if err != nil {
		return err
	}
	return webkit.Render(c, status, importsPage(importsView{Lists: lists, Form: f}))
}

// upload keeps a file that can be read as a list.
func (p *importer) upload(c echo.Context) error {
	ctx := c.Request().Context()
	f, file := webkit.ReadUpload(c, "file")
	var id uuid.UUID
	if f.OK() {
		sheet, err := p.read(bytes.NewReader(file.Content), nil)
		if e := errs.As(err); e != nil && e.Kind != errs.Internal {
			err = e.On("file")
		}
		if !f.Refuse(err) {
			fresh := members.NewStores{TimeZone: webkit.Zone(ctx).String(), Cutoff: usualCutoff, Status: membersapi.Open}
			id, err = p.members.KeepStoreList(ctx, webkit.Principal(c), file.Name, file.Content, sheet.Layout(fresh))
			f.Refuse(err)
		}
	}
	if err := f.Unexpected(); err != nil {
		return err
	}
	if !f.OK() {
		return p.renderImports(c, http.StatusUnprocessableEntity, f)
	}
	return webkit.Redirect(c, listPath(id, ""))
}

func listPath(id uuid.UUID, page string) string { return importPath + "/" + id.String() + page }

// list returns the list of the path, and what is read of it by its layout.
func (p *importer) list(c echo.Context) (members.StoreList, members.StoreSheet, error) {
	id, err := uuid.Parse(c.Param("list"))
	if err != nil {
		return members.StoreList{}, members.StoreSheet{}, members.ErrNoStoreList
	}
	l, err := p.members.StoreList(c.Request().Context(), webkit.Principal(c), id)
	if err != nil {
		return l, members.StoreSheet{}, err
	}
	sheet, err := p.read(bytes.NewReader(l.Content), &l.Layout)
	if err != nil {
		return l, sheet, fmt.Errorf("store list %s: %w", id, err)
	}
	return l, sheet, nil
}

func (p *importer) discard(c echo.Context) error {
	id, err := uuid.Parse(c.Param("list"))
	if err != nil {
		return members.ErrNoStoreList
	}
	return after(c, importPath, p.members.DiscardStoreList(c.Request().Context(), webkit.Principal(c), id), storeText.Discarded)
}
