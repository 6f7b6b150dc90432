// Package statsweb is the pages of figures: the home of headquarters, the home of a store, the
// analysis of sales, and the statistics of the JSON API.
package statsweb

import (
	"maru/internal/inventory/inventoryapi"
	"maru/internal/members/membersapi"
	"maru/internal/ordering/orderingapi"
	"maru/internal/platform/auth"
	"maru/internal/platform/errs"
	"maru/internal/stats"
	"maru/web/webkit"
)

// Sources is what the pages read from.
type Sources struct {
	Stats  *stats.Service
	Stores membersapi.Stores
	Queue  orderingapi.Queue
	Stock  inventoryapi.Stock
}

var errDate = errs.New(errs.Invalid, "stats.bad_date",
	"날짜를 2026-11-22처럼 적어 주세요.", "Write a date as in 2026-11-22.")

type pages struct {
	Sources
}

// Register adds the pages to the site and makes open pages follow the figures. Call it before the
// subscriptions of stats are given to a dispatcher.
func Register(site *webkit.Site, from Sources) {
	p := &pages{Sources: from}
	from.Stats.Watch(newHints(site.Hub(), from.Stores).hear)
	r := site.Router()

	r.GET("/hq", webkit.AtHQ(auth.ViewChain), p.hqHome)
	r.GET("/hq/today", webkit.AtHQ(auth.ViewChain), p.hqToday)
	r.GET("/hq/figures", webkit.AtHQ(auth.ViewChain), p.hqFigures)
	r.GET("/hq/sales", webkit.AtHQ(auth.ViewChain), p.sales)
	r.GET("/hq/sales/figures", webkit.AtHQ(auth.ViewChain), p.salesFigures)
	r.GET("/hq/sales.csv", webkit.AtHQ(auth.ViewChain), p.salesFile)
	r.GET("/hq/stores", webkit.AtHQ(auth.ViewChain), p.stores)
	r.GET("/hq/stores/list", webkit.AtHQ(auth.ViewChain), p.storeList)

	r.GET("/s/:store", webkit.InStore, p.storeHome)
	r.GET("/s/:store/home/today", webkit.AtStore(auth.ViewSales), p.storeToday)
	r.GET("/s/:store/home/orders", webkit.AtStore(auth.MoveOrders), p.storeOrders)
	r.GET("/s/:store/home/stock", webkit.AtStore(auth.ViewStock), p.storeStock)
	r.GET("/s/:store/sales", webkit.AtStore(auth.ViewSales), p.sales)
	r.GET("/s/:store/sales/figures", webkit.AtStore(auth.ViewSales), p.salesFigures)
	r.GET("/s/:store/sales.csv", webkit.AtStore(auth.ViewSales), p.salesFile)

	site.Nav(
		webkit.NavItem{Path: "/hq", Label: text.Home, Icon: "layout-dashboard", Needs: auth.ViewChain, Order: 0},
		webkit.NavItem{Path: "/hq/sales", Label: text.Sales, Icon: "chart-column", Needs: auth.ViewChain, Order: 10},
		webkit.NavItem{Path: "/hq/stores", Label: text.Stores, Tab: text.StoresToday, Icon: "store", Needs: auth.ViewChain, Order: 30},
		webkit.NavItem{Path: "/s/:store", Label: text.Home, Icon: "house", Needs: auth.TakeOrders, Order: 0},
		webkit.NavItem{Path: "/s/:store/sales", Label: text.Sales, Icon: "chart-column", Needs: auth.ViewSales, Order: 40},
	)
}
