package catalog

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"maru/internal/catalog/internal/catalogdb"
	"maru/internal/kernel/money"
	"maru/internal/platform/auth"
)

// ChangePrice sets the price of one size of an item.
type ChangePrice struct {
	Item  string // code
	Size  string // code
	Price money.Amount
	Seen  int64 // revision of the item the author saw, or AnyRevision
}

// ChangePrice changes the price in the draft; it is charged once a version is published. It returns
// ErrNotAllowed, ErrUnknownItem, ErrUnknownSize, ErrStale or ErrPrice.
func (s *Service) ChangePrice(ctx context.Context, by auth.Principal, cmd ChangePrice) error {
	if cmd.Price < 0 || cmd.Price > MaxPrice {
		return ErrPrice.On("price")
	}
	err := s.edit(ctx, by, func(tx pgx.Tx, q *catalogdb.Queries) error {
		item, err := loadItem(ctx, q, cmd.Item)
		if err != nil {
			return err
		}
		if item == nil {
			return ErrUnknownItem.With("code", cmd.Item)
		}
		if err := checkSeen(cmd.Seen, &item.Stamp, ErrUnknownItem); err != nil {
			return err
		}
		sizes := append([]Size(nil), item.Sizes...)
		for i := range sizes {
			if sizes[i].Code == cmd.Size {
				sizes[i].Price = cmd.Price
				return s.putSizes(ctx, tx, q, by, item, sizes)
			}
		}
		return ErrUnknownSize.With("item", cmd.Item, "code", cmd.Size)
	})
	if err != nil {
		return fmt.Errorf("change price of %s %s: %w", cmd.Item, cmd.Size, err)
	}
	return nil
}
