package membersweb

import (
	"errors"
	"net/http"
	"strconv"

	"github.com/labstack/echo/v4"

	"maru/internal/kernel/lang"
	"maru/internal/members"
	"maru/web/webkit"
)

const previewRows = 100

// previewView is what importing a list would do.
type previewView struct {
	members.StoreList
	Sheet  members.StoreSheet
	Counts members.StoreCounts
	Digest string
	Status int                  // how many stores get another status
	Show   members.StoreOutcome // "" shows every line
	Rows   []members.StorePlan
	From   int // the first row shown, of those that Show lets pass
	Of     int
	Form   *webkit.Form
}

func (p *importer) preview(c echo.Context) error {
	return p.renderPreview(c, http.StatusOK, nil)
}

func (p *importer) renderPreview(c echo.Context, status int, f *webkit.Form) error {
	l, sheet, err := p.list(c)
	if err != nil {
		return err
	}
	switch {
	case l.State != members.ListIsDraft:
		return webkit.Redirect(c, listPath(l.ID, "/progress"))
	case l.Layout.Check() != nil:
		return webkit.Redirect(c, listPath(l.ID, ""))
	}
	plans, err := p.members.PlanStores(c.Request().Context(), webkit.Principal(c), sheet.Lines, l.Layout.NewStores)
	if err != nil {
		return err
	}
	v := previewView{StoreList: l, Sheet: sheet, Counts: members.CountPlans(plans), Digest: members.PlanDigest(plans), Status: members.StatusChanges(plans), Form: f}
	v.Show = members.StoreOutcome(c.QueryParam("show"))
	if _, known := outcomeWords[v.Show]; !known {
		v.Show = ""
	}
	if v.From, err = strconv.Atoi(c.QueryParam("from")); err != nil || v.From < 0 {
		v.From = 0
	}
	for _, plan := range plans {
		if v.Show != "" && plan.Outcome != v.Show {
			continue
		}
		if v.Of++; v.Of > v.From && len(v.Rows) < previewRows {
			v.Rows = append(v.Rows, plan)
		}
	}
	return webkit.Render(c, status, previewPage(v))
}

func (v previewView) at(show members.StoreOutcome, from int) string {
	row := ""
	if from > 0 {
		row = strconv.Itoa(from)
	}
	return webkit.URL(listPath(v.ID, "/preview"), "show", string(show), "from", row)
}

func (v previewView) prev() string {
	if v.From == 0 {
		return ""
	}
	return v.at(v.Show, max(0, v.From-previewRows))
}

func (v previewView) next() string {
	if v.From+len(v.Rows) >= v.Of {
		return ""
	}
	return v.at(v.Show, v.From+previewRows)
}

func (v previewView) tabs() []webkit.Tab {
	tab := func(label lang.Text, show members.StoreOutcome, n int) webkit.Tab {
		return webkit.Tab{Label: label, URL: v.at(show, 0), Current: v.Show == show, Count: webkit.Number(int64(n))}
	}
	n := v.Counts
	return []webkit.Tab{
		tab(storeText.EveryLine, "", n.New+n.Changed+n.Unchanged+n.Refused), tab(outcomeWords[members.StoreIsNew], members.StoreIsNew, n.New),
		tab(outcomeWords[members.StoreIsChanged], members.StoreIsChanged, n.Changed),
		tab(outcomeWords[members.StoreIsUnchanged], members.StoreIsUnchanged, n.Unchanged),
		tab(outcomeWords[members.StoreIsRefused], members.StoreIsRefused, n.Refused),
	}
}

func (p *importer) start(c echo.Context) error {
	l, sheet, err := p.list(c)
	if err != nil {
		return err
	}
	f := webkit.ReadForm(c)
	err = p.members.StartStoreList(c.Request().Context(), webkit.Principal(c), l.ID, sheet.Lines, l.Layout.NewStores, f.Value("digest"), f.Value("reason"))
	if errors.Is(err, members.ErrListStarted) {
		err = nil // by somebody else, or by a second press
	}
	f.Refuse(err)
	if err := f.Unexpected(); err != nil {
		return err
	}
	if !f.OK() {
		return p.renderPreview(c, http.StatusUnprocessableEntity, f)
	}
	return webkit.Redirect(c, listPath(l.ID, "/progress"))
}
