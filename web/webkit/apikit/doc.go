// Package apikit is what the JSON API is made with: operations that declare their access, an OpenAPI
// document made from them, and errors as problem documents (RFC 9457). It knows no context.
//
// # Operations
//
// web/<ctx>web/api.go registers the operations of its context; paths are below /api/v1:
//
//	func RegisterAPI(api *apikit.API, orders *ordering.Service) {
//		h := &apiHandlers{orders}
//		apikit.Register(api, webkit.AtStore(auth.TakeOrders), huma.Operation{
//			OperationID: "place-order", Method: http.MethodPost, Path: "/stores/{store}/orders",
//			Summary: "Place and pay an order", Tags: []string{"orders"}, DefaultStatus: http.StatusCreated,
//		}, h.placeOrder)
//	}
//
//	type placeOrderInput struct {
//		apikit.InStore // documents the {store} of the path
//		Body struct {
//			OrderID ids.OrderID  `json:"order_id" doc:"made by the client; sending it again changes nothing"`
//			Dining  dining.Option `json:"dining" enum:"for_here,takeaway,own_cup"`
//			Lines   []apiLine    `json:"lines" minItems:"1" maxItems:"100"`
//		}
//	}
//
//	type placeOrderOutput struct{ Body apiOrder }
//
//	func (h *apiHandlers) placeOrder(ctx context.Context, in *placeOrderInput) (*placeOrderOutput, error) {
//		by, store := apikit.Principal(ctx), apikit.Store(ctx)
//		order, err := h.orders.PlaceOrder(ctx, ordering.PlaceOrder{By: by, Store: store.ID, …})
//		if err != nil {
//			return nil, err // an errs.Error becomes its problem document, anything else a 500 without detail
//		}
//		return &placeOrderOutput{Body: toAPI(order)}, nil
//	}
//
// Accesses are webkit's: Public, SignedIn, InStore, AtStore(perm), AtHQ(perm). An operation whose path
// names {store} needs InStore or AtStore and the other way round; Register panics on anything else.
// The store is looked up by its code before the input is read: 401 when nobody is signed in, 404 for a
// store that is not the person's, 403 without the permission.
//
// # Input
//
// Struct tags of huma (path, query, json, doc, enum, minimum, maxLength, minItems, …) are the contract
// in the OpenAPI document and are checked; unknown members of a body are refused. They never replace
// the rules of a context. Fields without omitempty (or with required:"true") are required. Ids, dates
// and money are the kernel's types: ids and dates read and write themselves as text, money.Amount is an
// integer in minor units. Bodies are limited to 1 MB.
//
// # Errors
//
// Every error is application/problem+json with status, code, title, detail and errors[] (field, code,
// detail), in the language of the request (Accept-Language; ko or en). code is errs.Error.Code and is
// stable. Errors of the edge have codes web.* and api.*.
//
// # Who is asking
//
// Programs send "Authorization: Bearer <access_token>" (POST /api/v1/session). A browser's session
// cookie works as well; its writes must come from the same origin, which the site checks before.
//
// # Tests
//
// Mount the API on a webtest site, or call API.Handler with a context of your own.
package apikit
