// Package orderingweb is the register, the order board and the order pages of a store, and the JSON API
// of orders.
package orderingweb

import (
	"maru/internal/ordering"
	"maru/internal/platform/auth"
	"maru/web/webkit"
)

type pages struct {
	ordering *ordering.Service
}

// Register puts the pages on the site: the table of URLs. Changes of orders and of what is sellable
// reach open pages through the site's hub.
func Register(site *webkit.Site, orders *ordering.Service) {
	p := &pages{ordering: orders}
	take, move := webkit.AtStore(auth.TakeOrders), webkit.AtStore(auth.MoveOrders)
	discount := webkit.AtStore(auth.GiveDiscounts)
	cancel, limit := webkit.AtStore(auth.CancelOrders), webkit.AtStore(auth.ReceiveStock)
	r := site.Router()

	r.GET("/s/:store/register", take, p.register)
	r.GET("/s/:store/register/menu", take, p.menu)
	r.GET("/s/:store/register/items/:item", take, p.itemSheet)
	r.GET("/s/:store/register/items/:item/limit", limit, p.limitSheet)
	r.POST("/s/:store/register/items/:item/limit", limit, p.setLimit)

	r.GET("/s/:store/register/cart", take, p.cart)
	r.POST("/s/:store/register/cart/lines", take, p.addLine)
	r.GET("/s/:store/register/cart/lines/:line", take, p.lineSheet)
	r.POST("/s/:store/register/cart/lines/:line", take, p.changeLine)
	r.POST("/s/:store/register/cart/lines/:line/step", take, p.stepLine)
	r.POST("/s/:store/register/cart/lines/:line/remove", take, p.removeLine)
	r.POST("/s/:store/register/cart/clear", take, p.clearCart)
	r.POST("/s/:store/register/cart/undo/:removal", take, p.undoRemoval)
	r.POST("/s/:store/register/cart/dining", take, p.setDining)

	r.GET("/s/:store/register/hold", take, p.holdSheet)
	r.POST("/s/:store/register/hold", take, p.hold)
	r.GET("/s/:store/register/held", take, p.heldSheet)
	r.POST("/s/:store/register/held/:cart/recall", take, p.recall)
	r.POST("/s/:store/register/held/:cart/discard", take, p.discard)
	r.POST("/s/:store/register/held/:cart/undiscard", take, p.undiscard)

	r.GET("/s/:store/register/discount", discount, p.discountSheet)
	r.POST("/s/:store/register/discount", discount, p.giveDiscount)
	r.POST("/s/:store/register/discount/remove", take, p.takeDiscountAway)

	r.GET("/s/:store/register/pay", take, p.paySheet)
	r.POST("/s/:store/register/pay", take, p.pay)

	r.GET("/s/:store/board", move, p.board)
	r.GET("/s/:store/board/columns", move, p.boardColumns)
	r.GET("/s/:store/board/count", move, p.boardCount)

	r.GET("/s/:store/orders", move, p.orders)
	r.GET("/s/:store/orders/:order", move, p.order)
	r.GET("/s/:store/orders/:order/state", move, p.orderState)
	r.POST("/s/:store/orders/:order/move", move, p.moveOrder)
	r.GET("/s/:store/orders/:order/cancel", cancel, p.cancelSheet)
	r.POST("/s/:store/orders/:order/cancel", cancel, p.cancelOrder)

	site.Nav(
		webkit.NavItem{Path: "/s/:store/register", Label: text.Register, Icon: "shopping-cart", Needs: auth.TakeOrders, Order: 10},
		webkit.NavItem{
			Path: "/s/:store/board", Label: text.BoardNav, Icon: "clipboard-list", Needs: auth.MoveOrders, Order: 20,
			Also: []string{"/s/:store/orders"}, Live: "/s/:store/board/count",
		},
	)
	publishChanges(site.Hub(), orders)
}
