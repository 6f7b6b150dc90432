package inventoryweb

import (
	"errors"
	"net/http"
	"net/url"
	"strconv"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"maru/internal/inventory"
	"maru/internal/inventory/inventoryapi"
	"maru/internal/kernel/ids"
	"maru/internal/kernel/quantity"
	"maru/internal/platform/errs"
	"maru/web/webkit"
)

// adjustView is the form on which one material is counted, or thrown away. It holds what the ledger said when
// it was opened, so that what is sold during the counting is not counted twice.
type adjustView struct {
	ID      string // of the document; sending the form twice books it once
	Balance inventory.Balance
	Ledger  quantity.Milli
	Kind    string
	Form    *webkit.Form
}

var errLedger = errs.New(errs.Invalid, "inventory.ledger",
	"장부 값을 읽을 수 없어요. 화면을 새로 고치고 다시 적어 주세요.", "The ledger's balance cannot be read. Please reload the page and enter it again.")

func (p *pages) adjustForm(c echo.Context) error {
	v, err := p.viewAdjust(c)
	if err != nil {
		return err
	}
	v.ID, v.Ledger, v.Kind = ids.NewV7().String(), v.Balance.OnHand, string(inventoryapi.Count)
	return webkit.Render(c, http.StatusOK, adjustPage(v))
}

func (p *pages) adjust(c echo.Context) error {
	v, err := p.viewAdjust(c)
	if err != nil {
		return err
	}
	f := webkit.ReadForm(c)
	v.Form, v.ID = f, f.Value("id")
	v.Kind = f.Choice("kind", string(inventoryapi.Count), string(inventoryapi.Waste))
	ledger, err := strconv.ParseInt(f.Value("ledger"), 10, 64)
	if err != nil {
		f.Add(errLedger)
	}
	v.Ledger = quantity.Milli(ledger)
	cmd := inventory.AdjustStock{
		Store: webkit.Store(c).ID, Kind: inventoryapi.Reason(v.Kind), Note: f.OptionalText("note", inventory.MaxNote),
		Lines: []inventory.AdjustedStock{{
			StockLine: inventory.StockLine{
				Material: v.Balance.Material.ID, Quantity: f.Quantity(quantityName(v.Balance), 0, quantity.Max), Unit: f.Value(unitName(v.Balance)),
			},
			Ledger: v.Ledger,
		}},
	}
	if cmd.ID, err = uuid.Parse(v.ID); err != nil {
		f.Add(inventory.ErrDocumentID)
	}
	if f.OK() {
		_, err = p.stock.AdjustStock(c.Request().Context(), webkit.Principal(c), cmd)
		if errors.Is(err, inventory.ErrCountedMeanwhile) { // what is sent next is a new count
			v.ID, v.Ledger = ids.NewV7().String(), v.Balance.OnHand
		}
		f.Refuse(beside(err, []inventory.Balance{v.Balance}))
	}
	if err := f.Unexpected(); err != nil {
		return err
	}
	if !f.OK() {
		return webkit.Render(c, http.StatusUnprocessableEntity, adjustPage(v))
	}
	said := text.CountBooked
	if cmd.Kind == inventoryapi.Waste {
		said = text.WasteBooked
	}
	return webkit.RedirectWithToast(c, "/s/"+webkit.Store(c).Code+"/stock/"+pathOf(v.Balance.Material), webkit.Toast{Kind: webkit.ToastDone, Text: said})
}

func (p *pages) viewAdjust(c echo.Context) (adjustView, error) {
	code, err := url.PathUnescape(c.Param("material"))
	if err != nil {
		return adjustView{}, inventory.ErrNoMaterial
	}
	b, err := p.stock.BalanceOf(c.Request().Context(), webkit.Principal(c), webkit.Store(c).ID, code)
	return adjustView{Balance: b}, err
}
