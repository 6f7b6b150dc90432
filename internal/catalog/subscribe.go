package catalog

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"maru/internal/catalog/internal/catalogdb"
	"maru/internal/members/membersapi"
	"maru/internal/platform/outbox"
)

// Subscribe registers what catalog reacts to. Names are stored: they never change.
func (s *Service) Subscribe(subs *outbox.Subscriptions) {
	subs.On("catalog.franchise", s.learnFranchise, outbox.Of[membersapi.FranchiseFounded]())
}

// learnFranchise keeps the currency in which prices are.
func (s *Service) learnFranchise(ctx context.Context, tx pgx.Tx, batch []outbox.Delivery) error {
	for _, d := range batch {
		if e, ok := d.Event.(membersapi.FranchiseFounded); ok {
			if err := catalogdb.New(tx).SetCurrency(ctx, e.Currency); err != nil {
				return fmt.Errorf("set currency %s: %w", e.Currency, err)
			}
		}
	}
	return nil
}
