package orderingapi

import (
	"context"

	"maru/internal/kernel/ids"
)

// Queue answers how busy a store is.
type Queue interface {
	// OpenOrders returns how many orders of the store are accepted, preparing and ready.
	OpenOrders(ctx context.Context, store ids.StoreID) (OpenOrders, error)
}

// OpenOrders counts the orders that are not yet handed over.
type OpenOrders struct {
	Accepted, Preparing, Ready int
}
