package members

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"maru/internal/kernel/lang"
	"maru/internal/kernel/money"
	"maru/internal/members/internal/membersdb"
	"maru/internal/members/membersapi"
	"maru/internal/platform/auth"
	"maru/internal/platform/errs"
	"maru/internal/platform/outbox"
)

// FoundFranchise is what an installation is told once, at its beginning.
type FoundFranchise struct {
	Name     lang.Text
	Currency string // ISO 4217
}

// Errors of founding a franchise.
var (
	ErrNotFounded = errs.New(errs.NotFound, "members.not_founded",
		"아직 프랜차이즈가 등록되지 않았어요.", "The franchise has not been set up yet.")
	ErrOtherCurrency = errs.New(errs.Conflict, "members.other_currency",
		"통화는 처음 정한 {currency} 그대로 써야 해요.",
		"This franchise's currency is {currency} and cannot be changed.")
	ErrUnknownCurrency = errs.New(errs.Invalid, "members.unknown_currency",
		"쓸 수 없는 통화예요: {currency}", "{currency} is not a currency that can be used.")
)

// FoundFranchise sets the name and, for ever, the currency, and publishes FranchiseFounded. Founding
// again with the same currency changes nothing and returns what there is; with another one it is
// ErrOtherCurrency.
func (s *Service) FoundFranchise(ctx context.Context, by auth.Principal, cmd FoundFranchise) (membersapi.Franchise, error) {
	if !by.May(auth.ManageStores) {
		return membersapi.Franchise{}, ErrNotAllowed
	}
	name, nameErr := checkName(cmd.Name)
	currency, known := money.ParseCurrency(cmd.Currency)
	switch {
	case nameErr != nil:
		return membersapi.Franchise{}, nameErr.On("name")
	case !known:
		return membersapi.Franchise{}, ErrUnknownCurrency.With("currency", cmd.Currency).On("currency")
	}
	now := s.now()
	err := s.db.InTx(ctx, func(tx pgx.Tx) error {
		q := membersdb.New(tx)
		inserted, err := q.InsertFranchise(ctx, membersdb.InsertFranchiseParams{
			NameKo: name.Ko, NameEn: name.En, Currency: currency.Code, FoundedAt: now,
		})
		if err != nil {
			return err
		}
		if inserted == 0 {
			return sameCurrency(ctx, q, currency)
		}
		return outbox.Publish(ctx, tx, membersapi.FranchiseFounded{Name: name, Currency: currency.Code, At: now})
	})
	if err != nil {
		return membersapi.Franchise{}, fmt.Errorf("found franchise: %w", err)
	}
	s.directory.forget()
	return s.Franchise(ctx)
}

func sameCurrency(ctx context.Context, q *membersdb.Queries, currency money.Currency) error {
	row, err := q.Franchise(ctx)
	if err != nil {
		return err
	}
	if row.Currency != currency.Code {
		return ErrOtherCurrency.With("currency", row.Currency)
	}
	return nil
}

func franchiseOf(row membersdb.FranchiseRow) (membersapi.Franchise, error) {
	currency, known := money.ParseCurrency(row.Currency)
	if !known {
		return membersapi.Franchise{}, errors.New("members: the stored currency " + row.Currency + " is unknown to this program")
	}
	return membersapi.Franchise{Name: lang.Text{Ko: row.NameKo, En: row.NameEn}, Currency: currency}, nil
}
