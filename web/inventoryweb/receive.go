package inventoryweb

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"maru/internal/inventory"
	"maru/internal/kernel/ids"
	"maru/internal/kernel/quantity"
	"maru/internal/platform/errs"
	"maru/web/webkit"
)

// receiveView is the form on which a delivery is booked. The URL names its materials (?m=milk&m=cups),
// so that it survives a reload and can be linked to; quantities are inputs named by material.
type receiveView struct {
	ID     string              // of the document; sending the form twice books it once
	Lines  []inventory.Balance // in the order in which they were chosen
	Choice []inventory.Balance // everything there is to choose, the most urgent first
	Form   *webkit.Form
}

func (v receiveView) has(code string) bool {
	return slices.ContainsFunc(v.Lines, func(b inventory.Balance) bool { return b.Material.Code == code })
}

func (p *pages) receiveForm(c echo.Context) error {
	v, err := p.viewReceive(c, c.QueryParams()["m"])
	if err != nil {
		return err
	}
	v.ID = ids.NewV7().String()
	return webkit.Render(c, http.StatusOK, receivePage(v))
}

// receiveLine is the line of one more material, for a form that is open.
func (p *pages) receiveLine(c echo.Context) error {
	b, err := p.stock.BalanceOf(c.Request().Context(), webkit.Principal(c), webkit.Store(c).ID, c.QueryParam("m"))
	if err != nil {
		return err
	}
	return webkit.Render(c, http.StatusOK, receiveLine(b, nil))
}

func (p *pages) receive(c echo.Context) error {
	f := webkit.ReadForm(c)
	v, err := p.viewReceive(c, f.Values("m"))
	if err != nil {
		return err
	}
	v.Form, v.ID = f, f.Value("id")
	cmd := inventory.ReceiveStock{Store: webkit.Store(c).ID, Note: f.OptionalText("note", inventory.MaxNote)}
	cmd.ID, err = uuid.Parse(v.ID)
	if err != nil {
		f.Add(inventory.ErrDocumentID)
	}
	for _, b := range v.Lines {
		cmd.Lines = append(cmd.Lines, inventory.StockLine{
			Material: b.Material.ID, Quantity: f.Quantity(quantityName(b), 0, quantity.Max), Unit: f.Value(unitName(b)),
		})
	}
	if f.OK() {
		_, err = p.stock.ReceiveStock(c.Request().Context(), webkit.Principal(c), cmd)
		f.Refuse(beside(err, v.Lines))
	}
	if err := f.Unexpected(); err != nil {
		return err
	}
	if !f.OK() {
		return webkit.Render(c, http.StatusUnprocessableEntity, receivePage(v))
	}
	return webkit.Redirect(c, "/s/"+webkit.Store(c).Code+"/stock?received="+url.QueryEscape(cmd.ID.String()))
}

func (p *pages) viewReceive(c echo.Context, codes []string) (receiveView, error) {
	all, err := p.stock.Balances(c.Request().Context(), webkit.Principal(c), webkit.Store(c).ID, inventory.BalanceQuery{})
	if err != nil {
		return receiveView{}, err
	}
	v := receiveView{Choice: all}
	for _, code := range codes {
		i := slices.IndexFunc(all, func(b inventory.Balance) bool { return b.Material.Code == code })
		if i >= 0 && !v.has(code) && len(v.Lines) < inventory.MaxLines {
			v.Lines = append(v.Lines, all[i])
		}
	}
	return v, nil
}

// beside moves the errors of lines to the inputs in which they were typed, and those of what nobody
// types above the form.
func beside(err error, lines []inventory.Balance) error {
	var fields errs.Fields
	if errors.As(err, &fields) {
		moved := make(errs.Fields, len(fields))
		for i, e := range fields {
			moved[i] = e.On(inputOf(e.Field, lines))
		}
		return moved
	}
	if errors.Is(err, inventory.ErrCountedMeanwhile) {
		return errs.As(err).On(inputOf(errs.As(err).Field, lines))
	}
	if e := errs.As(err); e != nil && (e.Field == "lines" || e.Field == "id") {
		return e.On("")
	}
	return err
}

// inputOf turns "lines[2].unit" into the name of that line's input.
func inputOf(field string, lines []inventory.Balance) string {
	rest, ok := strings.CutPrefix(field, "lines[")
	number, part, found := strings.Cut(rest, "].")
	i, err := strconv.Atoi(number)
	if !ok || !found || err != nil || i < 0 || i >= len(lines) {
		return ""
	}
	if part == "unit" {
		return unitName(lines[i])
	}
	return quantityName(lines[i])
}

func quantityName(b inventory.Balance) string { return "quantity." + b.Material.Code }
func unitName(b inventory.Balance) string     { return "unit." + b.Material.Code }
