package orderingweb

import (
	"net/http"
	"strconv"

	"github.com/labstack/echo/v4"

	"maru/internal/catalog/catalogapi"
	"maru/internal/ordering"
	"maru/web/webkit"
)

// limitView is the sheet on which an item is limited for today.
type limitView struct {
	Item    *catalogapi.Item
	Limited bool
	Limit   int
	Sold    int
}

func limitOf(sell *ordering.Sellable, item *catalogapi.Item) limitView {
	v := limitView{Item: item}
	v.Limit, v.Sold, v.Limited = sell.Limit(item.ID)
	return v
}

func (p *pages) limitSheet(c echo.Context) error {
	sell, item, err := p.sellableItem(c)
	if err != nil {
		return err
	}
	return webkit.Render(c, http.StatusOK, limitSheet(limitOf(sell, item), nil))
}

// setLimit limits the item for today, or takes the limit away.
func (p *pages) setLimit(c echo.Context) error {
	sell, item, err := p.sellableItem(c)
	if err != nil {
		return err
	}
	f := webkit.ReadForm(c)
	cmd := ordering.SetDailyLimit{StoreID: sell.Store, ItemID: item.ID}
	done := text.LimitGone.WithText("item", item.Name)
	if !f.Bool("off") {
		n := f.Int("quantity", 0, 100_000)
		cmd.Quantity = &n
		done = text.LimitSaved.WithText("item", item.Name).With("n", strconv.Itoa(n))
	}
	if f.OK() {
		f.Refuse(p.ordering.SetDailyLimit(c.Request().Context(), webkit.Principal(c), cmd))
	}
	if err := f.Unexpected(); err != nil {
		return err
	}
	if !f.OK() {
		return webkit.Render(c, http.StatusUnprocessableEntity, limitForm(limitOf(sell, item), f))
	}
	webkit.Trigger(c, "sheet:close")
	return webkit.RenderWithToast(c, http.StatusOK, nil, webkit.Toast{Kind: webkit.ToastDone, Text: done})
}
