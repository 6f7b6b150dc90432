// Package inventoryweb holds the stock pages of a store and the stock part of the JSON API.
package inventoryweb

import (
	"maru/internal/inventory"
	"maru/internal/platform/auth"
	"maru/web/webkit"
)

type pages struct {
	stock *inventory.Service
}

// Register puts the stock pages on the site and makes its open pages hear of stock that moves.
func Register(site *webkit.Site, stock *inventory.Service) {
	p := &pages{stock: stock}
	hints := newHints(site.Hub())
	stock.Watch(hints.hear)
	stock.WatchedIn(site.Hub().Watches)
	site.Hub().OnJoin(hints.hear) // an order that nobody was told of may be deducted only now
	view, receive, adjust := webkit.AtStore(auth.ViewStock), webkit.AtStore(auth.ReceiveStock), webkit.AtStore(auth.AdjustStock)
	r := site.Router()

	r.GET("/s/:store/stock", view, p.balances)
	r.GET("/s/:store/stock-list", view, p.balanceList)
	r.GET("/s/:store/stock-count", view, p.attentionCount)
	r.GET("/s/:store/stock/receive", receive, p.receiveForm)
	r.POST("/s/:store/stock/receive", receive, p.receive)
	r.GET("/s/:store/stock-receive-line", receive, p.receiveLine)
	r.GET("/s/:store/stock/:material", view, p.movements)
	r.GET("/s/:store/stock/:material/adjust", adjust, p.adjustForm)
	r.POST("/s/:store/stock/:material/adjust", adjust, p.adjust)
	r.GET("/s/:store/stock-movements/:material", view, p.movementList)

	site.Nav(webkit.NavItem{
		Path: "/s/:store/stock", Label: text.Stock, Icon: "boxes", Needs: auth.ViewStock, Order: 30, Live: "/s/:store/stock-count",
	})
}
