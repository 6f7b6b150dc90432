package inventoryweb

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/google/uuid"

	"maru/internal/inventory"
	"maru/internal/inventory/inventoryapi"
	"maru/internal/kernel/businessday"
	"maru/internal/kernel/ids"
	"maru/internal/kernel/lang"
	"maru/internal/kernel/quantity"
	"maru/internal/platform/auth"
	"maru/internal/platform/errs"
	"maru/web/webkit"
	"maru/web/webkit/apikit"
)

// RegisterAPI adds the stock operations to the JSON API.
func RegisterAPI(api *apikit.API, stock *inventory.Service) {
	p := &pages{stock: stock}
	apikit.Register(api, webkit.AtStore(auth.ViewStock), huma.Operation{
		OperationID: "list-stock", Method: http.MethodGet, Path: "/stores/{store}/stock", Tags: []string{"stock"},
		Summary:     "Balances of a store",
		Description: "Every material of the franchise with the store's balance, the most urgent first.",
	}, p.listStock)
	apikit.Register(api, webkit.AtStore(auth.ViewStock), huma.Operation{
		OperationID: "list-unavailable", Method: http.MethodGet, Path: "/stores/{store}/unavailable", Tags: []string{"stock"},
		Summary: "What a store cannot make for want of stock",
	}, p.listUnavailable)
	apikit.Register(api, webkit.AtStore(auth.ViewStock), huma.Operation{
		OperationID: "list-movements", Method: http.MethodGet, Path: "/stores/{store}/stock/{material}/movements", Tags: []string{"stock"},
		Summary:     "Movements of a material",
		Description: "The ledger of one material in one store, newest first. Pass next as before to go on.",
	}, p.listMovements)
	apikit.Register(api, webkit.AtStore(auth.ReceiveStock), huma.Operation{
		OperationID: "receive-stock", Method: http.MethodPost, Path: "/stores/{store}/receipts", Tags: []string{"stock"},
		Summary:       "Book delivered goods",
		Description:   "The id makes it safe to repeat: the same id and body is answered as the first time (200), another body is refused (409).",
		DefaultStatus: http.StatusCreated, Errors: []int{http.StatusConflict, http.StatusUnprocessableEntity},
	}, p.receiveStock)
	apikit.Register(api, webkit.AtStore(auth.AdjustStock), huma.Operation{
		OperationID: "adjust-stock", Method: http.MethodPost, Path: "/stores/{store}/adjustments", Tags: []string{"stock"},
		Summary: "Book a count, or what was thrown away",
		Description: "A count books the difference to ledger_milli: the on_hand_milli that the stock of the store showed when the counting began, " +
			"so that what is sold meanwhile is neither counted twice nor lost. The id makes it safe to repeat, as for receipts.",
		DefaultStatus: http.StatusCreated, Errors: []int{http.StatusConflict, http.StatusUnprocessableEntity},
	}, p.adjustStock)
}

type stockInput struct {
	apikit.InStore
	Search  string `query:"search" doc:"Part of a name or code"`
	OnlyLow bool   `query:"only_low" doc:"Only what is below its warning level, used up or negative"`
}

type stockOutput struct {
	Body struct {
		Materials []apiBalance `json:"materials"`
	}
}

type apiBalance struct {
	Material   string         `json:"material" doc:"Code of the material"`
	Name       lang.Text      `json:"name"`
	Unit       quantity.Unit  `json:"unit" enum:"g,ml,ea" doc:"Base unit"`
	Tracked    bool           `json:"tracked" doc:"Whether the store ever stated how much there is; if not, on_hand only counts down"`
	OnHand     quantity.Milli `json:"on_hand_milli" doc:"Thousandths of the base unit"`
	Low        quantity.Milli `json:"low_milli" doc:"Warning level in thousandths of the base unit, 0 for none"`
	State      string         `json:"state" enum:"negative,empty,low,enough,untracked"`
	PerDay     quantity.Milli `json:"per_day_milli" doc:"Used a day over the last seven days"`
	SoldOut    int            `json:"sold_out" doc:"Sizes and options that cannot be had for want of it"`
	CountSince *time.Time     `json:"count_since,omitempty" doc:"Since when the balance is below zero and has to be counted"`
}

var stateNames = map[inventory.State]string{
	inventory.Negative: "negative", inventory.Empty: "empty", inventory.Low: "low",
	inventory.Enough: "enough", inventory.Untracked: "untracked",
}

func (p *pages) listStock(ctx context.Context, in *stockInput) (*stockOutput, error) {
	list, err := p.stock.Balances(ctx, apikit.Principal(ctx), apikit.Store(ctx).ID, inventory.BalanceQuery{Search: in.Search, OnlyLow: in.OnlyLow})
	if err != nil {
		return nil, err
	}
	out := &stockOutput{}
	out.Body.Materials = make([]apiBalance, 0, len(list))
	for _, b := range list {
		out.Body.Materials = append(out.Body.Materials, apiBalance{
			Material: b.Material.Code, Name: b.Material.Name, Unit: b.Material.Scale.Base, Tracked: b.State != inventory.Untracked,
			OnHand: b.OnHand, Low: b.Material.Low, State: stateNames[b.State], PerDay: b.PerDay, SoldOut: b.SoldOut, CountSince: b.CountSince,
		})
	}
	return out, nil
}

type unavailableInput struct{ apikit.InStore }

type unavailableOutput struct {
	Body struct {
		Unavailable []apiUnavailable `json:"unavailable"`
	}
}

type apiUnavailable struct {
	ItemID   ids.ItemID    `json:"item_id"`
	SizeID   ids.SizeID    `json:"size_id"`
	OptionID *ids.OptionID `json:"option_id,omitempty" doc:"Where only this option on the size is unavailable"`
	Reason   string        `json:"reason" doc:"stock: and the code of the material that is short"`
	Since    time.Time     `json:"since"`
}

func (p *pages) listUnavailable(ctx context.Context, _ *unavailableInput) (*unavailableOutput, error) {
	list, err := p.stock.UnavailableAt(ctx, apikit.Principal(ctx), apikit.Store(ctx).ID)
	if err != nil {
		return nil, err
	}
	out := &unavailableOutput{}
	out.Body.Unavailable = make([]apiUnavailable, 0, len(list))
	for _, u := range list {
		row := apiUnavailable{ItemID: u.ItemID, SizeID: u.SizeID, Reason: u.Reason, Since: u.Since}
		if !u.OptionID.IsZero() {
			row.OptionID = &u.OptionID
		}
		out.Body.Unavailable = append(out.Body.Unavailable, row)
	}
	return out, nil
}

type movementsInput struct {
	apikit.InStore
	Material string `path:"material" doc:"Code of the material"`
	Before   string `query:"before" doc:"next of the page before"`
	Limit    int    `query:"limit" minimum:"1" maximum:"200" default:"50"`
}

type movementsOutput struct {
	Body struct {
		Movements []apiMovement `json:"movements"`
		Next      *ids.EntryID  `json:"next,omitempty" doc:"Absent on the last page"`
	}
}

type apiMovement struct {
	ID           ids.EntryID         `json:"id"`
	Quantity     quantity.Milli      `json:"quantity_milli" doc:"Signed, thousandths of the base unit"`
	Balance      quantity.Milli      `json:"balance_milli" doc:"After it"`
	Reason       inventoryapi.Reason `json:"reason" enum:"sale,reversal,waste,receipt,count,transfer,opening"`
	OrderID      *ids.OrderID        `json:"order_id,omitempty"`
	PickupNumber int                 `json:"pickup_number,omitempty"`
	BusinessDate *businessday.Date   `json:"business_date,omitempty"`
	DocumentID   *uuid.UUID          `json:"document_id,omitempty"`
	Entered      quantity.Milli      `json:"entered_milli,omitempty" doc:"What was typed, in thousandths of entered_unit"`
	EnteredUnit  string              `json:"entered_unit,omitempty"`
	Note         string              `json:"note,omitempty"`
	By           *ids.MemberID       `json:"by,omitempty"`
	At           time.Time           `json:"at"`
}

func (p *pages) listMovements(ctx context.Context, in *movementsInput) (*movementsOutput, error) {
	var before ids.EntryID
	if in.Before != "" {
		var err error
		if before, err = ids.ParseEntryID(in.Before); err != nil {
			return nil, errBefore.On("before")
		}
	}
	m, err := p.stock.MaterialByCode(ctx, in.Material)
	if err != nil {
		return nil, err
	}
	page, err := p.stock.Movements(ctx, apikit.Principal(ctx), apikit.Store(ctx).ID, m.ID, before, in.Limit)
	if err != nil {
		return nil, err
	}
	out := &movementsOutput{}
	out.Body.Movements = make([]apiMovement, 0, len(page.Movements))
	for _, mv := range page.Movements {
		out.Body.Movements = append(out.Body.Movements, movementToAPI(mv))
	}
	if !page.Next.IsZero() {
		out.Body.Next = &page.Next
	}
	return out, nil
}

var errBefore = errs.New(errs.Invalid, "inventory.before",
	"이전 쪽의 next 값을 그대로 넣어 주세요.", "Pass the next of the page before as it is.")

func movementToAPI(m inventory.Movement) apiMovement {
	a := apiMovement{
		ID: m.ID, Quantity: m.Quantity, Balance: m.Balance, Reason: m.Reason, PickupNumber: m.PickupNumber,
		Entered: m.Entered, EnteredUnit: m.Unit, Note: m.Note, At: m.At,
	}
	if !m.Order.IsZero() {
		a.OrderID = &m.Order
	}
	if !m.BusinessDate.IsZero() {
		a.BusinessDate = &m.BusinessDate
	}
	if m.Document != uuid.Nil {
		a.DocumentID = &m.Document
	}
	if !m.By.IsZero() {
		a.By = &m.By
	}
	return a
}

type receiveInput struct {
	apikit.InStore
	Body struct {
		ID    uuid.UUID        `json:"id,omitempty" doc:"A UUIDv7 made by the client; sending it again books nothing twice"`
		Lines []apiReceiptLine `json:"lines" minItems:"1" maxItems:"200"`
		Note  string           `json:"note,omitempty" maxLength:"200"`
	}
}

type apiReceiptLine struct {
	Material string         `json:"material" doc:"Code of the material"`
	Quantity quantity.Milli `json:"quantity_milli" minimum:"1" doc:"Thousandths of unit: two cartons are 2000"`
	Unit     string         `json:"unit" doc:"g, kg, ml, l, ea or a pack of the material" example:"carton"`
}

type receiveOutput struct {
	Status int
	Body   struct {
		ID    uuid.UUID       `json:"id"`
		At    time.Time       `json:"at"`
		Lines []apiBookedLine `json:"lines"`
	}
}

type apiBookedLine struct {
	Material string         `json:"material"`
	Quantity quantity.Milli `json:"quantity_milli" doc:"What the balance moved by, in thousandths of the base unit"`
	OnHand   quantity.Milli `json:"on_hand_milli" doc:"Of the material after all lines"`
}

func (p *pages) receiveStock(ctx context.Context, in *receiveInput) (*receiveOutput, error) {
	known, err := p.materialCodes(ctx)
	if err != nil {
		return nil, err
	}
	cmd := inventory.ReceiveStock{ID: in.Body.ID, Store: apikit.Store(ctx).ID, Note: in.Body.Note}
	for _, l := range in.Body.Lines {
		cmd.Lines = append(cmd.Lines, known.line(l))
	}
	b, err := p.stock.ReceiveStock(ctx, apikit.Principal(ctx), cmd)
	if err != nil {
		return nil, err
	}
	return known.booked(b), nil
}

type adjustInput struct {
	apikit.InStore
	Body struct {
		ID    uuid.UUID           `json:"id,omitempty" doc:"A UUIDv7 made by the client; sending it again books nothing twice"`
		Kind  inventoryapi.Reason `json:"kind" enum:"count,waste"`
		Lines []apiAdjustedLine   `json:"lines" minItems:"1" maxItems:"200"`
		Note  string              `json:"note,omitempty" maxLength:"200"`
	}
}

type apiAdjustedLine struct {
	Material string         `json:"material" doc:"Code of the material"`
	Quantity quantity.Milli `json:"quantity_milli" minimum:"0" doc:"Thousandths of unit: what is left, or what was thrown away"`
	Unit     string         `json:"unit" doc:"g, kg, ml, l, ea or a pack of the material" example:"ml"`
	Ledger   quantity.Milli `json:"ledger_milli,omitempty" doc:"Of a count: the balance when the counting began, in thousandths of the base unit. The time in the document's id says when that was: a material that was counted since is a conflict, and without an id every other balance"`
}

func (p *pages) adjustStock(ctx context.Context, in *adjustInput) (*receiveOutput, error) {
	known, err := p.materialCodes(ctx)
	if err != nil {
		return nil, err
	}
	cmd := inventory.AdjustStock{ID: in.Body.ID, Store: apikit.Store(ctx).ID, Kind: in.Body.Kind, Note: in.Body.Note}
	for _, l := range in.Body.Lines {
		line := known.line(apiReceiptLine{l.Material, l.Quantity, l.Unit})
		cmd.Lines = append(cmd.Lines, inventory.AdjustedStock{StockLine: line, Ledger: l.Ledger})
	}
	b, err := p.stock.AdjustStock(ctx, apikit.Principal(ctx), cmd)
	if err != nil {
		return nil, err
	}
	return known.booked(b), nil
}

// materialCodes is what the API calls the materials.
type materialCodes struct {
	ids   map[string]ids.MaterialID
	codes map[ids.MaterialID]string
}

func (p *pages) materialCodes(ctx context.Context) (materialCodes, error) {
	materials, err := p.stock.Materials(ctx)
	if err != nil {
		return materialCodes{}, err
	}
	known := materialCodes{map[string]ids.MaterialID{}, map[ids.MaterialID]string{}}
	for _, m := range materials {
		known.ids[m.Code], known.codes[m.ID] = m.ID, m.Code
	}
	return known, nil
}

func (k materialCodes) line(l apiReceiptLine) inventory.StockLine {
	return inventory.StockLine{Material: k.ids[l.Material], Quantity: l.Quantity, Unit: l.Unit}
}

func (k materialCodes) booked(b inventory.Booking) *receiveOutput {
	out := &receiveOutput{Status: http.StatusCreated}
	if b.Repeated {
		out.Status = http.StatusOK
	}
	out.Body.ID, out.Body.At = b.ID, b.At
	for _, l := range b.Lines {
		out.Body.Lines = append(out.Body.Lines, apiBookedLine{Material: k.codes[l.Material], Quantity: l.Quantity, OnHand: l.OnHand})
	}
	return out
}
