package orderingweb

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"maru/internal/kernel/businessday"
	"maru/internal/kernel/dining"
	"maru/internal/kernel/ids"
	"maru/internal/kernel/money"
	"maru/internal/ordering"
	"maru/internal/ordering/orderingapi"
	"maru/internal/platform/auth"
	"maru/web/webkit"
	"maru/web/webkit/apikit"
)

// RegisterAPI adds the operations of menus and orders to the JSON API.
func RegisterAPI(api *apikit.API, orders *ordering.Service) {
	p := &pages{ordering: orders}
	take, move := webkit.AtStore(auth.TakeOrders), webkit.AtStore(auth.MoveOrders)
	conflicts := []int{http.StatusConflict, http.StatusUnprocessableEntity}
	apikit.Register(api, take, huma.Operation{
		OperationID: "store-menu", Method: http.MethodGet, Path: "/stores/{store}/menu", Tags: []string{"orders"},
		Summary:     "Menu of a store",
		Description: "What the store sells at this moment, with what is sold out and why.",
	}, p.apiMenu)
	apikit.RegisterQuick(api, take, huma.Operation{
		OperationID: "place-order", Method: http.MethodPost, Path: "/stores/{store}/orders", Tags: []string{"orders"},
		Summary: "Place and pay an order",
		Description: "The server prices the lines; no price can be sent. The id makes it safe to repeat: the same id and body is answered as " +
			"the first time (200, replayed), the same id with another body is refused (409).",
		DefaultStatus: http.StatusCreated, Errors: conflicts,
	}, quickOrder, p.apiPlaceOrder)
	apikit.Register(api, move, huma.Operation{
		OperationID: "list-orders", Method: http.MethodGet, Path: "/stores/{store}/orders", Tags: []string{"orders"},
		Summary:     "Orders of a store",
		Description: "Open orders, oldest first; or with status=all those of a business day, latest first. Pass next as before to go on.",
	}, p.apiListOrders)
	apikit.Register(api, move, huma.Operation{
		OperationID: "get-order", Method: http.MethodGet, Path: "/stores/{store}/orders/{order}", Tags: []string{"orders"},
		Summary: "One order with its lines, payments and history",
	}, p.apiGetOrder)
	apikit.Register(api, move, huma.Operation{
		OperationID: "move-order", Method: http.MethodPost, Path: "/stores/{store}/orders/{order}/status", Tags: []string{"orders"},
		Summary: "Move an order along the board, or back by one", Errors: conflicts,
	}, p.apiMoveOrder)
	apikit.Register(api, webkit.AtStore(auth.CancelOrders), huma.Operation{
		OperationID: "cancel-order", Method: http.MethodPost, Path: "/stores/{store}/orders/{order}/cancel", Tags: []string{"orders"},
		Summary: "Cancel an order and give its money back", Errors: conflicts,
	}, p.apiCancelOrder)
}

type placeOrderInput struct {
	apikit.InStore
	Body struct {
		ID          ids.OrderID   `json:"id" doc:"Made by the client, a UUIDv7 of now; sending it again changes nothing"`
		Dining      dining.Option `json:"dining" enum:"for_here,takeaway,own_cup"`
		Lines       []apiChoice   `json:"lines" doc:"From 1 to 100"`
		Tenders     []apiTender   `json:"tenders" doc:"Together exactly the total; none where there is nothing to pay"`
		Discount    *apiDiscount  `json:"discount,omitempty" doc:"Taken off the order as a whole; needs give_discounts"`
		ExpectTotal *money.Amount `json:"expect_total,omitempty" doc:"What the customer was shown; where the total is another, nothing is placed"`
	}
}

type apiChoice struct {
	ItemID   ids.ItemID        `json:"item_id"`
	SizeID   ids.SizeID        `json:"size_id"`
	Options  []apiChosenOption `json:"options,omitempty"`
	Quantity int               `json:"quantity" doc:"From 1 to 999"`
}

type apiChosenOption struct {
	OptionID ids.OptionID `json:"option_id"`
	Quantity int          `json:"quantity" doc:"On each unit of the line"`
}

type apiTender struct {
	Kind     ordering.TenderKind `json:"kind" enum:"cash,card"`
	Amount   money.Amount        `json:"amount" doc:"In minor units"`
	Received money.Amount        `json:"received,omitempty" doc:"Cash handed over; without it exactly the amount"`
	Approval string              `json:"approval,omitempty" doc:"Approval number of the card terminal"`
}

type apiDiscount struct {
	Amount  money.Amount `json:"amount,omitempty" doc:"In minor units, at most what the lines cost; or a percentage instead"`
	Percent int          `json:"percent,omitempty" doc:"From 1 to 100, of what the lines cost; half a minor unit is rounded up"`
	Reason  string       `json:"reason" doc:"For the record; at most 100 characters"`
}

type placeOrderOutput struct {
	Status int
	Body   apiReceipt
}

// quickOrder reads an order in one go: registers of other makers place thousands a minute.
var quickOrder = apikit.Quick[placeOrderInput, placeOrderOutput]{
	Body:   func(in *placeOrderInput) any { return &in.Body },
	Exact:  (*placeOrderInput).exact,
	Answer: func(out *placeOrderOutput) (int, any) { return out.Status, &out.Body },
}

// exact reports whether every member is there that is required, and every value of an enum is one of it.
func (in *placeOrderInput) exact() bool {
	b := &in.Body
	if b.ID.IsZero() || !b.Dining.Valid() || len(b.Lines) == 0 || len(b.Tenders) == 0 {
		return false
	}
	for i := range b.Lines {
		l := &b.Lines[i]
		if l.ItemID.IsZero() || l.SizeID.IsZero() || l.Quantity == 0 {
			return false
		}
		for _, o := range l.Options {
			if o.OptionID.IsZero() || o.Quantity == 0 {
				return false
			}
		}
	}
	if b.Discount != nil && b.Discount.Reason == "" {
		return false
	}
	for _, t := range b.Tenders {
		if t.Kind != ordering.Cash && t.Kind != ordering.Card || t.Amount == 0 {
			return false
		}
	}
	return true
}

type apiReceipt struct {
	ID           ids.OrderID      `json:"id"`
	PickupNumber int              `json:"pickup_number"`
	BusinessDate businessday.Date `json:"business_date"`
	Currency     string           `json:"currency" example:"KRW"`
	Total        money.Amount     `json:"total" doc:"VAT included, in minor units"`
	Tax          money.Amount     `json:"tax"`
	Change       money.Amount     `json:"change" doc:"Cash to hand back"`
	PlacedAt     time.Time        `json:"placed_at"`
	Replayed     bool             `json:"replayed" doc:"The order was placed before; this is its first answer again"`
}

func (p *pages) apiPlaceOrder(ctx context.Context, in *placeOrderInput) (*placeOrderOutput, error) {
	if in.Body.ID.IsZero() {
		return nil, ordering.ErrOrderID.On("id") // a client that forgot its id could not repeat safely
	}
	cmd := ordering.PlaceOrder{
		ID: in.Body.ID, StoreID: apikit.Store(ctx).ID, Channel: orderingapi.API, Dining: in.Body.Dining, ExpectTotal: in.Body.ExpectTotal,
	}
	for _, l := range in.Body.Lines {
		choice := ordering.Choice{ItemID: l.ItemID, SizeID: l.SizeID, Quantity: l.Quantity}
		for _, o := range l.Options {
			choice.Options = append(choice.Options, ordering.ChosenOption(o))
		}
		cmd.Lines = append(cmd.Lines, ordering.OrderLine{Choice: choice})
	}
	for _, t := range in.Body.Tenders {
		cmd.Tenders = append(cmd.Tenders, ordering.Tender(t))
	}
	if d := in.Body.Discount; d != nil {
		cmd.Discount = &orderingapi.Discount{Amount: d.Amount, Percent: d.Percent, Reason: d.Reason}
	}
	r, err := p.ordering.PlaceOrder(ctx, apikit.Principal(ctx), cmd)
	if err != nil {
		return nil, err
	}
	out := &placeOrderOutput{Status: http.StatusCreated, Body: apiReceipt{
		ID: r.OrderID, PickupNumber: r.PickupNumber, BusinessDate: r.BusinessDate, Currency: webkit.Currency(ctx).Code,
		Total: r.Total, Tax: r.Tax, Change: r.Change, PlacedAt: r.PlacedAt.UTC(), Replayed: r.Replayed,
	}}
	if r.Replayed {
		out.Status = http.StatusOK
	}
	return out, nil
}

type listOrdersInput struct {
	apikit.InStore
	Status string           `query:"status" enum:"open,all" default:"open"`
	Date   businessday.Date `query:"date" doc:"With status=all: the business date; today's where it is left out"`
	Before int              `query:"before" minimum:"0" doc:"With status=all: only smaller pickup numbers"`
	Limit  int              `query:"limit" minimum:"1" maximum:"200" default:"50"`
}

type listOrdersOutput struct {
	Body struct {
		Orders []apiOrder `json:"orders"`
		Next   int        `json:"next,omitempty" doc:"Pass as before to go on; absent at the end"`
	}
}

func (p *pages) apiListOrders(ctx context.Context, in *listOrdersInput) (*listOrdersOutput, error) {
	by, store := apikit.Principal(ctx), apikit.Store(ctx)
	out := &listOrdersOutput{}
	var orders []ordering.Order
	var err error
	if in.Status == "open" {
		orders, err = p.ordering.Board(ctx, by, store.ID)
	} else {
		date := in.Date
		if date == (businessday.Date{}) {
			date = webkit.Today(ctx)
		}
		orders, err = p.ordering.OrdersOfDay(ctx, by, ordering.OrdersOfDay{StoreID: store.ID, Date: date, Before: in.Before, Limit: in.Limit})
		if len(orders) == in.Limit {
			out.Body.Next = orders[len(orders)-1].PickupNumber
		}
	}
	if err != nil {
		return nil, err
	}
	out.Body.Orders = make([]apiOrder, len(orders))
	for i, o := range orders {
		out.Body.Orders[i] = toAPI(ctx, o)
	}
	return out, nil
}

// InOrder is the {store} and the {order} of a path.
type InOrder struct {
	apikit.InStore
	OrderID ids.OrderID `path:"order"`
}

type orderOutput struct{ Body apiOrder }

func (p *pages) apiGetOrder(ctx context.Context, in *InOrder) (*orderOutput, error) {
	o, err := p.ordering.Order(ctx, apikit.Principal(ctx), apikit.Store(ctx).ID, in.OrderID)
	if err != nil {
		return nil, err
	}
	return &orderOutput{Body: toAPI(ctx, o)}, nil
}

type moveOrderInput struct {
	InOrder
	Body struct {
		To   orderingapi.Status `json:"to" enum:"accepted,preparing,ready,completed"`
		From orderingapi.Status `json:"from,omitempty" enum:"accepted,preparing,ready,completed" doc:"The state the caller saw; where the order has left it, the move is refused"`
	}
}

func (p *pages) apiMoveOrder(ctx context.Context, in *moveOrderInput) (*orderOutput, error) {
	err := p.ordering.MoveOrder(ctx, apikit.Principal(ctx), ordering.MoveOrder{
		StoreID: apikit.Store(ctx).ID, OrderID: in.OrderID, To: in.Body.To, From: in.Body.From,
	})
	if err != nil {
		return nil, err
	}
	return p.apiGetOrder(ctx, &in.InOrder)
}

type cancelOrderInput struct {
	InOrder
	Body struct {
		Reason      string                  `json:"reason" doc:"At most 200 characters"`
		Disposition orderingapi.Disposition `json:"disposition,omitempty" enum:"restock,waste,remake" doc:"What becomes of the ingredients; without it restock before preparing, waste after"`
	}
}

func (p *pages) apiCancelOrder(ctx context.Context, in *cancelOrderInput) (*orderOutput, error) {
	err := p.ordering.CancelOrder(ctx, apikit.Principal(ctx), ordering.CancelOrder{
		StoreID: apikit.Store(ctx).ID, OrderID: in.OrderID, Reason: in.Body.Reason, Disposition: in.Body.Disposition,
	})
	if err != nil {
		return nil, err
	}
	return p.apiGetOrder(ctx, &in.InOrder)
}

type apiOrder struct {
	ID           ids.OrderID         `json:"id"`
	PickupNumber int                 `json:"pickup_number"`
	BusinessDate businessday.Date    `json:"business_date"`
	Status       orderingapi.Status  `json:"status" enum:"accepted,preparing,ready,completed,cancelled,rejected"`
	Channel      orderingapi.Channel `json:"channel" enum:"register,api,import"`
	Dining       dining.Option       `json:"dining" enum:"for_here,takeaway,own_cup"`
	Currency     string              `json:"currency" example:"KRW"`
	Total        money.Amount        `json:"total" doc:"After the discount, VAT included, in minor units"`
	Tax          money.Amount        `json:"tax"`
	Discount     *apiDiscount        `json:"discount,omitempty" doc:"What was taken off, as an amount and, where it was asked for so, as a percentage; lines carry their shares"`
	PlacedAt     time.Time           `json:"placed_at"`
	StatusAt     time.Time           `json:"status_at"`
	Lines        []orderingapi.Line  `json:"lines"`
	Payments     []apiPayment        `json:"payments,omitempty" doc:"Of a single order, not in lists"`
	History      []apiChange         `json:"history,omitempty" doc:"Of a single order, not in lists"`
}

type apiPayment struct {
	Kind      ordering.TenderKind `json:"kind" enum:"cash,card,external"`
	Amount    money.Amount        `json:"amount"`
	Received  money.Amount        `json:"received"`
	Approval  string              `json:"approval,omitempty"`
	Cancelled bool                `json:"cancelled"`
}

type apiChange struct {
	From        orderingapi.Status      `json:"from"`
	To          orderingapi.Status      `json:"to"`
	At          time.Time               `json:"at"`
	By          string                  `json:"by"`
	Reason      string                  `json:"reason,omitempty"`
	Disposition orderingapi.Disposition `json:"disposition,omitempty"`
}

func toAPI(ctx context.Context, o ordering.Order) apiOrder {
	out := apiOrder{
		ID: o.ID, PickupNumber: o.PickupNumber, BusinessDate: o.BusinessDate, Status: o.Status, Channel: o.Channel, Dining: o.Dining,
		Currency: webkit.Currency(ctx).Code, Total: o.Total, Tax: o.Tax, PlacedAt: o.PlacedAt.UTC(), StatusAt: o.StatusAt.UTC(), Lines: o.Lines,
	}
	if d := o.Discount; d.Amount > 0 {
		out.Discount = &apiDiscount{Amount: d.Amount, Percent: d.Percent, Reason: d.Reason}
	}
	for _, p := range o.Payments {
		out.Payments = append(out.Payments, apiPayment{Kind: p.Kind, Amount: p.Amount, Received: p.Received, Approval: p.Approval, Cancelled: p.Cancelled})
	}
	for _, c := range o.Changes {
		out.History = append(out.History, apiChange{From: c.From, To: c.To, At: c.At.UTC(), By: c.By, Reason: c.Reason, Disposition: c.Disposition})
	}
	return out
}
