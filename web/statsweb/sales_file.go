package statsweb

import (
	"context"
	"strconv"

	"github.com/labstack/echo/v4"

	"maru/web/webkit"
)

// itemsInFile is more items than a franchise has.
const itemsInFile = 100_000

// salesFile answers the analysis as a CSV file that spreadsheets open: UTF-8 with its mark, amounts as
// plain decimal numbers, and nothing that a spreadsheet would run as a formula.
func (p *pages) salesFile(c echo.Context) error {
	ctx := c.Request().Context()
	v, clock, store, err := p.salesScope(c)
	if err != nil {
		return err
	}
	if v.Sold.First, v.Sold.Last, err = p.Stats.SoldDays(ctx, store); err != nil {
		return err
	}
	f := webkit.ReadForm(c)
	v.Period = readPeriod(f, clock, v.Sold)
	if err := f.Err(); err != nil {
		return err
	}
	v.By = knownGrouping(f.Value("by"), v.single())
	if v.Rows, err = p.groups(ctx, v.By, v.Period.Over(store), itemsInFile); err != nil {
		return err
	}
	name := "sales-" + string(v.By) + "-" + v.Period.From.String() + "-" + v.Period.To.String() + ".csv"
	return salesCSV(ctx, v).Send(c, name)
}

func salesCSV(ctx context.Context, v salesView) *webkit.CSV {
	head := []string{
		webkit.T(ctx, v.By.label()), webkit.T(ctx, text.Code), webkit.T(ctx, text.NetSales), webkit.T(ctx, text.Gross), webkit.T(ctx, text.Cancelled),
		webkit.T(ctx, text.Units), webkit.T(ctx, text.CancelledUnits),
	}
	if v.By.hasOrders() {
		head = append(head, webkit.T(ctx, text.Orders), webkit.T(ctx, text.CancelledOrders), webkit.T(ctx, text.Tax))
	}
	file := webkit.NewCSV(append(head, webkit.T(ctx, text.CurrencyWord))...)
	cur := webkit.Currency(ctx)
	for _, g := range v.Rows {
		row := []string{
			webkit.CSVText(webkit.T(ctx, g.Name)), webkit.CSVText(g.Key), cur.Decimal(g.Net()), cur.Decimal(g.Revenue), cur.Decimal(g.CancelledRevenue),
			number(g.Units), number(g.CancelledUnits),
		}
		if v.By.hasOrders() {
			row = append(row, number(g.Orders), number(g.CancelledOrders), cur.Decimal(g.NetTax()))
		}
		file.Row(append(row, cur.Code)...)
	}
	return file
}

func number(n int64) string { return strconv.FormatInt(n, 10) }
