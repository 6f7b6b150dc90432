// Package showcase is a style guide that lives: pages made of every piece of webkit, in the states that
// are easy to forget (empty, wrong, long, sold out, 200 of them). Only tests serve it, to look at the
// pictures and to let axe-core judge them.
package showcase

import (
	"net/http"
	"sync/atomic"
	"time"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"

	"maru/internal/kernel/businessday"
	"maru/internal/kernel/lang"
	"maru/internal/kernel/money"
	"maru/internal/platform/auth"
	"maru/internal/platform/errs"
	"maru/web/webkit"
)

// Register puts the pages of the guide on a site.
func Register(site *webkit.Site) {
	r := site.Router()
	r.GET("/s/:store", webkit.InStore, render(partsPage))
	r.GET("/s/:store/register", webkit.AtStore(auth.TakeOrders), render(registerPage))
	r.GET("/s/:store/board", webkit.AtStore(auth.MoveOrders), render(emptyPage))
	r.GET("/s/:store/stock", webkit.AtStore(auth.ViewStock), render(partsPage))
	r.GET("/s/:store/sheet", webkit.InStore, render(optionSheet))
	r.GET("/s/:store/fails", webkit.InStore, func(echo.Context) error { return errSoldOut })
	r.GET("/s/:store/toast", webkit.InStore, func(c echo.Context) error {
		return webkit.RenderWithToast(c, http.StatusOK, nil, webkit.Toast{Kind: webkit.ToastDone, Text: text.Moved, Undo: "/s/" + webkit.Store(c).Code + "/toast"})
	})
	r.POST("/s/:store/toast", webkit.InStore, func(c echo.Context) error {
		webkit.Trigger(c, "order:moved-back")
		return c.NoContent(http.StatusNoContent)
	})
	var asked atomic.Int64
	r.GET("/s/:store/live-page", webkit.InStore, render(func() templ.Component { return livePage(asked.Load()) }))
	r.GET("/s/:store/live-part", webkit.InStore, render(func() templ.Component { return livePart(asked.Add(1)) }))
	r.GET("/hq", webkit.AtHQ(auth.ViewChain), render(dashboardPage))
	r.GET("/hq/menu", webkit.AtHQ(auth.EditMenu), render(dashboardPage))
	r.GET("/login", webkit.Public, render(signInPage))
	site.Nav(
		webkit.NavItem{Path: "/s/:store", Label: text.Home, Icon: "house", Needs: auth.TakeOrders, Order: 0},
		webkit.NavItem{Path: "/s/:store/register", Label: text.Register, Icon: "shopping-cart", Needs: auth.TakeOrders, Order: 10},
		webkit.NavItem{Path: "/s/:store/board", Label: text.Board, Icon: "clipboard-list", Needs: auth.MoveOrders, Order: 20},
		webkit.NavItem{Path: "/s/:store/stock", Label: text.Stock, Icon: "package", Needs: auth.ViewStock, Order: 30},
		webkit.NavItem{Path: "/hq", Label: text.Home, Icon: "house", Needs: auth.ViewChain, Order: 0},
		webkit.NavItem{Path: "/hq/menu", Label: text.Menu, Icon: "coffee", Needs: auth.EditMenu, Order: 20},
	)
}

var errSoldOut = errs.New(errs.Conflict, "showcase.sold_out", text.JustSoldOut.Ko, text.JustSoldOut.En)

func render(page func() templ.Component) echo.HandlerFunc {
	return func(c echo.Context) error { return webkit.Render(c, http.StatusOK, page()) }
}

// item is a tile of the register.
type item struct {
	name    lang.Text
	icon    string
	price   money.Amount
	left    int
	soldOut bool
	popular bool
}

var items = []item{
	{name: lang.Text{Ko: "아메리카노", En: "Americano"}, icon: "coffee", price: 4500, popular: true},
	{name: lang.Text{Ko: "카페라떼", En: "Caffè latte"}, icon: "coffee", price: 5000},
	{name: lang.Text{Ko: "바닐라라떼", En: "Vanilla latte"}, icon: "coffee", price: 5500, left: 7},
	{name: lang.Text{Ko: "콜드브루", En: "Cold brew"}, icon: "cup-soda", price: 5200, soldOut: true},
	{name: lang.Text{Ko: "자몽에이드", En: "Grapefruit ade"}, icon: "citrus", price: 5900},
	{name: lang.Text{Ko: "얼그레이 밀크티", En: "Earl Grey milk tea"}, icon: "leaf", price: 5800},
	{name: lang.Text{Ko: "제주 유기농 말차 크림 라떼 (한정 시즌 특별 블렌드, 오트밀크 변경)", En: "Jeju organic matcha cream latte (limited season special blend)"}, icon: "leaf", price: 9_999_999},
	{name: lang.Text{Ko: "초코칩 쿠키", En: "Chocolate chip cookie"}, icon: "cookie", price: 3200, left: 3},
	{name: lang.Text{Ko: "바스크 치즈케이크", En: "Basque cheesecake"}, icon: "cake-slice", price: 6900},
	{name: lang.Text{Ko: "유기농 캐모마일", En: "Organic chamomile"}, icon: "leaf", price: 4800},
	{name: lang.Text{Ko: "에스프레소", En: "Espresso"}, icon: "coffee", price: 3800},
	{name: lang.Text{Ko: "청귤에이드", En: "Green tangerine ade"}, icon: "citrus", price: 5900},
}

func month(l func(businessday.Date) string) (labels, long []string, sales, orders []int64) {
	first := businessday.NewDate(2026, time.October, 24)
	for i := range 30 {
		d := first.AddDays(i)
		labels = append(labels, l(d))
		long = append(long, d.String())
		v := int64(3_200_000 + (i*7919)%900_000)
		if d.Weekday() == time.Saturday || d.Weekday() == time.Sunday {
			v += 1_400_000
		}
		sales = append(sales, v)
		orders = append(orders, v/5400)
	}
	return labels, long, sales, orders
}

var (
	errName    = errs.New(errs.Invalid, "showcase.name_taken", text.NameWrong.Ko, text.NameWrong.En).On("name")
	errSeveral = errs.New(errs.Conflict, "showcase.published", text.Several.Ko, text.Several.En)
)

func dayChart(label func(businessday.Date) string, exact, short func(int64) string) webkit.Chart {
	labels, long, sales, _ := month(label)
	return webkit.Chart{
		Title: text.ByDay, Labels: labels, Long: long, Mark: len(labels) - 1, Exact: exact, Short: short,
		Series: []webkit.Series{{Name: text.Sales.Ko, Values: sales}},
	}
}

func hourChart(today, yesterday string, number func(int64) string) webkit.Chart {
	c := oneLine(today, number)
	c.Series = append(c.Series, webkit.Series{Name: yesterday, Values: []int64{2, 8, 31, 52, 60, 71, 90, 66, 48, 40, 38, 30, 22, 9, 3}})
	return c
}

func oneLine(name string, number func(int64) string) webkit.Chart {
	return webkit.Chart{
		Title: text.ByHour, Mark: 9, Exact: number, Short: number,
		Labels: []string{"7", "8", "9", "10", "11", "12", "13", "14", "15", "16", "17", "18", "19", "20", "21"},
		Series: []webkit.Series{{Name: name, Values: []int64{4, 12, 44, 61, 70, 92, 104, 80, 52, 47}}},
	}
}
