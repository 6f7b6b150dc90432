package membersapi

import (
	"context"

	"maru/internal/kernel/lang"
	"maru/internal/kernel/money"
)

// Stores answers questions about stores from memory that is at most seconds old.
type Stores interface {
	// StoreByCode returns the store with the code, or an error of kind NotFound.
	StoreByCode(ctx context.Context, code string) (Store, error)
	// Stores returns every store by code.
	Stores(ctx context.Context) ([]Store, error)
}

// Franchise is the chain as a whole.
type Franchise struct {
	Name     lang.Text
	Currency money.Currency
}

// Franchises answers who this installation belongs to.
type Franchises interface {
	// Franchise returns the franchise, or an error of kind NotFound before it was founded.
	Franchise(ctx context.Context) (Franchise, error)
}
