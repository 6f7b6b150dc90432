package membersweb

import (
	"context"
	"net/http"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"maru/internal/kernel/businessday"
	"maru/internal/members"
	"maru/internal/members/membersapi"
	"maru/web/webkit"
)

type columnsView struct {
	members.StoreList
	Sheet members.StoreSheet
	Form  *webkit.Form
}

// columns asks what the columns mean; of a list that is being imported there is nothing to ask.
func (p *importer) columns(c echo.Context) error {
	l, sheet, err := p.list(c)
	if err != nil {
		return err
	}
	if l.State != members.ListIsDraft {
		return webkit.Redirect(c, listPath(l.ID, "/progress"))
	}
	return webkit.Render(c, http.StatusOK, columnsPage(columnsView{StoreList: l, Sheet: sheet}))
}

func (p *importer) setColumns(c echo.Context) error {
	l, sheet, err := p.list(c)
	if err != nil {
		return err
	}
	f := webkit.ReadForm(c)
	layout := members.StoreLayout{Headless: f.Bool("headless"), NewStores: members.NewStores{
		TimeZone: strings.TrimSpace(f.Value("time_zone")), Status: membersapi.StoreStatus(f.Value("status")),
	}}
	cutoff, ok := members.ParseMinutes(f.Value("cutoff_minutes"))
	if layout.Cutoff = businessday.Cutoff(cutoff); !ok {
		layout.Cutoff = -1 // refused with the sentence about cutoffs
	}
	for i := range sheet.Columns {
		layout.Fields = append(layout.Fields, readField(f, "column."+strconv.Itoa(i)))
	}
	checkFresh(f, layout.NewStores)
	if f.OK() {
		f.Refuse(p.members.SetStoreListLayout(c.Request().Context(), webkit.Principal(c), l.ID, layout))
	}
	if err := f.Unexpected(); err != nil {
		return err
	}
	if !f.OK() {
		return webkit.Render(c, http.StatusUnprocessableEntity, columnsPage(columnsView{StoreList: l, Sheet: sheet, Form: f}))
	}
	return webkit.Redirect(c, listPath(l.ID, "/preview"))
}

func readField(f *webkit.Form, name string) members.StoreField {
	for _, field := range members.StoreFields {
		if f.Value(name) == string(field) {
			return field
		}
	}
	return ""
}

// checkFresh notes what is wrong with what new stores begin with.
func checkFresh(f *webkit.Form, fresh members.NewStores) {
	for _, e := range fresh.Check() {
		f.Add(e)
	}
}

func fieldChoices(ctx context.Context) []webkit.Choice {
	out := []webkit.Choice{{Label: webkit.T(ctx, storeText.Ignored)}}
	for _, f := range members.StoreFields {
		out = append(out, webkit.Choice{Value: string(f), Label: fieldName(ctx, f)})
	}
	return out
}

func statusChoices(ctx context.Context) []webkit.Choice {
	return statusFilters(ctx)[2:]
}

func columnName(ctx context.Context, i int, c members.StoreColumn) string {
	if c.Name == "" {
		return webkit.T(ctx, storeText.ColumnN.With("n", strconv.Itoa(i+1)))
	}
	return c.Name
}

func separatorName(ctx context.Context, s string) string {
	switch s {
	case "\t":
		return webkit.T(ctx, storeText.Tab)
	case ";":
		return webkit.T(ctx, storeText.Semicolon)
	case "|":
		return webkit.T(ctx, storeText.Bar)
	}
	return webkit.T(ctx, storeText.Comma)
}

func ticked(yes bool) string {
	if yes {
		return "1"
	}
	return ""
}

// chosenField is what a column means: as chosen in the form, or else as it was read.
func chosenField(v columnsView, i int, c members.StoreColumn) string {
	if v.Form != nil {
		return v.Form.Value("column." + strconv.Itoa(i))
	}
	return string(c.Field)
}
