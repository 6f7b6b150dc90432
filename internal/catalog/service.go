// Package catalog keeps what the franchise sells and what it is made of: categories, items with sizes,
// option groups, materials and recipes. Headquarters edits one draft of it and publishes versions that
// never change again.
//
// It owns schema catalog. It publishes MaterialChanged, and per version RecipesPublished and then
// MenuPublished; it reacts to members.FranchiseFounded. See catalogapi and subscribe.go.
package catalog

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"maru/internal/catalog/internal/catalogdb"
	"maru/internal/kernel/money"
	"maru/internal/platform/auth"
	"maru/internal/platform/errs"
	"maru/internal/platform/postgres"
)

// Service holds the use cases of the catalogue.
type Service struct {
	db  *postgres.DB
	tx  pgx.Tx // inside Together: the transaction that everything is part of
	now func() time.Time
}

// New returns the catalogue on its database. now is the clock.
func New(db *postgres.DB, now func() time.Time) *Service {
	return &Service{db: db, now: now}
}

// Together runs many use cases in one transaction: those of the Service that fn is given. A use case
// that is refused undoes itself only; an error of fn undoes everything. With rehearse everything is
// undone at the end in any case. fn may be called again after a serialization failure, so it must have
// no effect elsewhere.
func (s *Service) Together(ctx context.Context, rehearse bool, fn func(*Service) error) error {
	err := s.inTx(ctx, func(tx pgx.Tx) error {
		if err := fn(&Service{db: s.db, tx: tx, now: s.now}); err != nil {
			return err
		}
		if rehearse {
			return errRehearsed
		}
		return nil
	})
	if errors.Is(err, errRehearsed) {
		return nil
	}
	return err
}

var errRehearsed = errors.New("catalog: rehearsal is over")

// Currency returns the franchise's currency, or ErrNoFranchise before catalog has heard of one.
func (s *Service) Currency(ctx context.Context) (money.Currency, error) {
	var cur money.Currency
	err := s.read(ctx, func(q *catalogdb.Queries) error {
		code, err := q.Currency(ctx)
		if err != nil {
			return fmt.Errorf("currency: %w", err)
		}
		cur, err = currencyOf(code)
		return err
	})
	return cur, err
}

func currencyOf(code string) (money.Currency, error) {
	cur, ok := money.ParseCurrency(code)
	if !ok {
		return money.Currency{}, ErrNoFranchise
	}
	return cur, nil
}

func (s *Service) inTx(ctx context.Context, fn func(tx pgx.Tx) error) error {
	if s.tx != nil {
		return pgx.BeginFunc(ctx, s.tx, fn)
	}
	return s.db.InTx(ctx, fn)
}

// edit runs fn with the draft locked, for a person who may edit the menu.
func (s *Service) edit(ctx context.Context, by auth.Principal, fn func(tx pgx.Tx, q *catalogdb.Queries) error) error {
	if !by.May(auth.EditMenu) {
		return ErrNotAllowed
	}
	return s.inTx(ctx, func(tx pgx.Tx) error {
		q := catalogdb.New(tx)
		if _, err := q.LockDraft(ctx); err != nil {
			return fmt.Errorf("lock the draft: %w", err)
		}
		return fn(tx, q)
	})
}

// read runs fn on one snapshot of the draft.
func (s *Service) read(ctx context.Context, fn func(q *catalogdb.Queries) error) error {
	if s.tx != nil {
		return fn(catalogdb.New(s.tx))
	}
	snapshot := pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}
	return pgx.BeginTxFunc(ctx, s.db.Pool, snapshot, func(tx pgx.Tx) error { return fn(catalogdb.New(tx)) })
}

// Saving over what others wrote. Every save says which revision its author saw.
const (
	// AnyRevision saves over whatever is there: files and programs, which have seen nothing.
	AnyRevision int64 = 0
	// NotThere saves only what does not exist yet.
	NotThere int64 = -1
)

// checkSeen compares the revision that the author of a change saw with the stored one; current is nil
// where nothing is stored.
func checkSeen(seen int64, current *Stamp, missing *errs.Error) error {
	switch {
	case current == nil && seen > 0:
		return missing
	case current != nil && seen == NotThere:
		return ErrCodeTaken.On("code")
	case current != nil && seen > 0 && seen != current.Revision:
		return ErrStale.With("who", current.By)
	}
	return nil
}
