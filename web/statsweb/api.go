package statsweb

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"maru/internal/kernel/businessday"
	"maru/internal/kernel/ids"
	"maru/internal/kernel/lang"
	"maru/internal/kernel/money"
	"maru/internal/platform/auth"
	"maru/internal/stats"
	"maru/web/webkit"
	"maru/web/webkit/apikit"
)

// RegisterAPI adds the statistics of the JSON API: of the chain for headquarters, of a store for who
// may see its sales.
func RegisterAPI(api *apikit.API, from Sources) {
	p := &pages{Sources: from}
	apikit.Register(api, webkit.AtHQ(auth.ViewChain), huma.Operation{
		OperationID: "chain-sales", Method: http.MethodGet, Path: "/statistics/sales", Tags: []string{"statistics"},
		Summary:     "Sales of the chain, or of one of its stores",
		Description: "Sums of orders by business date, hour, store, category or item. Cancellations count on the day they happen.",
	}, p.chainSales)
	apikit.Register(api, webkit.AtStore(auth.ViewSales), huma.Operation{
		OperationID: "store-sales", Method: http.MethodGet, Path: "/stores/{store}/statistics/sales", Tags: []string{"statistics"},
		Summary:     "Sales of a store",
		Description: "As the sales of the chain, of one store.",
	}, p.storeSales)
}

// SalesQuery is what every question about sales says.
type SalesQuery struct {
	From    string `query:"from" required:"true" format:"date" doc:"First business date" example:"2026-11-01"`
	To      string `query:"to" required:"true" format:"date" doc:"Last business date, included" example:"2026-11-30"`
	GroupBy string `query:"group_by" default:"day" enum:"day,month,hour,store,category,item" doc:"What the rows are"`
}

type chainQuestion struct {
	SalesQuery
	Store string `query:"store" doc:"Code of a store; without it, all stores" example:"gangnam"`
}

type storeQuestion struct {
	apikit.InStore
	SalesQuery
}

// salesOutput is the answer to both.
type salesOutput struct{ Body apiReport }

// apiReport is the answer: rows and their total.
type apiReport struct {
	Currency string           `json:"currency" doc:"ISO 4217 code of every amount"`
	From     businessday.Date `json:"from"`
	To       businessday.Date `json:"to"`
	GroupBy  string           `json:"group_by"`
	Store    string           `json:"store,omitempty" doc:"Code of the store; missing for the chain"`
	Total    Figures          `json:"total"`
	Groups   []apiGroup       `json:"groups" doc:"Months, days and hours in their order, others by net revenue"`
}

// apiGroup is one row.
type apiGroup struct {
	Key  string    `json:"key" doc:"2026-11 of a month, 2026-11-22 of a day, 00 to 23 of an hour, a code of anything else"`
	Name lang.Text `json:"name"`
	Figures
}

// Figures are exact: whole numbers, amounts in minor units, and the net revenue also as a decimal
// number in major units.
type Figures struct {
	NetRevenue        money.Amount `json:"net_revenue" doc:"revenue - cancelled_revenue, in minor units"`
	NetRevenueDecimal string       `json:"net_revenue_decimal" doc:"The same in major units" example:"698812.33"`
	Revenue           money.Amount `json:"revenue" doc:"Before cancellations, in minor units, VAT included"`
	CancelledRevenue  money.Amount `json:"cancelled_revenue"`
	Units             int64        `json:"units" doc:"Before cancellations"`
	CancelledUnits    int64        `json:"cancelled_units"`
	// What belongs to orders is missing where rows are categories or items.
	Orders          *int64        `json:"orders,omitempty" doc:"Before cancellations; missing by category and item"`
	CancelledOrders *int64        `json:"cancelled_orders,omitempty"`
	Tax             *money.Amount `json:"tax,omitempty" doc:"VAT contained in net_revenue, in minor units"`
}

func (p *pages) chainSales(ctx context.Context, in *chainQuestion) (*salesOutput, error) {
	over, err := in.over()
	if err != nil {
		return nil, err
	}
	if in.Store != "" {
		s, err := p.Stores.StoreByCode(ctx, in.Store)
		if err != nil {
			return nil, err
		}
		over.Store = s.ID
	}
	return p.report(ctx, in.SalesQuery, over, in.Store)
}

func (p *pages) storeSales(ctx context.Context, in *storeQuestion) (*salesOutput, error) {
	over, err := in.over()
	if err != nil {
		return nil, err
	}
	store := apikit.Store(ctx)
	over.Store = store.ID
	return p.report(ctx, in.SalesQuery, over, store.Code)
}

func (in SalesQuery) over() (stats.Over, error) {
	from, err := businessday.ParseDate(in.From)
	if err != nil {
		return stats.Over{}, errDate.On("from")
	}
	to, err := businessday.ParseDate(in.To)
	if err != nil {
		return stats.Over{}, errDate.On("to")
	}
	over := stats.Over{Store: ids.StoreID{}, From: from, To: to}
	return over, over.Check()
}

func (p *pages) report(ctx context.Context, in SalesQuery, over stats.Over, store string) (*salesOutput, error) {
	total, err := p.Stats.Totals(ctx, over)
	if err != nil {
		return nil, err
	}
	by := grouping(in.GroupBy)
	rows, err := p.groups(ctx, by, over, itemsInFile)
	if err != nil {
		return nil, err
	}
	cur := webkit.Currency(ctx)
	out := apiReport{
		Currency: cur.Code, From: over.From, To: over.To, GroupBy: in.GroupBy, Store: store,
		Total: salesOf(total, cur, true), Groups: make([]apiGroup, len(rows)),
	}
	for i, g := range rows {
		out.Groups[i] = apiGroup{Key: g.Key, Name: g.Name, Figures: salesOf(g.Sales, cur, by.hasOrders())}
	}
	return &salesOutput{Body: out}, nil
}

func salesOf(s stats.Sales, cur money.Currency, orders bool) Figures {
	out := Figures{
		NetRevenue: s.Net(), NetRevenueDecimal: cur.Decimal(s.Net()), Revenue: s.Revenue, CancelledRevenue: s.CancelledRevenue,
		Units: s.Units, CancelledUnits: s.CancelledUnits,
	}
	if orders {
		tax := s.NetTax()
		out.Orders, out.CancelledOrders, out.Tax = &s.Orders, &s.CancelledOrders, &tax
	}
	return out
}
