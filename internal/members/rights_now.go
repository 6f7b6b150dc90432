package members

import (
	"context"
	"slices"

	"github.com/jackc/pgx/v5"

	"maru/internal/kernel/ids"
	"maru/internal/members/internal/membersdb"
	"maru/internal/platform/auth"
)

// rightsNow returns by with the rights that the database has for them now, among these stores and no others, and keeps
// them until the transaction ends. A Principal may be sessionMemory old; what lets somebody in for longer than that (keys,
// links, devices, permissions of others, factors, passwords and PINs of one's own) must not be made by who had the right a
// moment ago: takeOver withdraws what a former owner made, and would never see it. It comes before every other lock of the transaction but StoreForUpdate: who
// passes a store on locks the store first. It returns ErrNotAllowed for an account that is not active and a session that
// is over. The program itself has no account, and API keys have no such permission: they come back as they are.
func (s *Service) rightsNow(ctx context.Context, tx pgx.Tx, by auth.Principal, stores ...ids.StoreID) (auth.Principal, error) {
	if by.Member.IsZero() {
		return by, nil
	}
	q := membersdb.New(tx)
	if !by.AtHQ() {
		if _, err := q.HoldStores(ctx, uuids(stores)); err != nil {
			return auth.Principal{}, err
		}
	}
	account, err := q.HoldAccount(ctx, by.Member)
	if err == nil {
		_, err = q.HoldSession(ctx, by.Session, by.Member, s.now())
	}
	if notFound(err) {
		return auth.Principal{}, ErrNotAllowed
	}
	if err != nil {
		return auth.Principal{}, err
	}
	by.Name, by.Role, by.Stores, by.Exceptions = account.Name, account.Role, nil, nil
	if by.AtHQ() {
		return by, nil
	}
	works, err := q.Workplaces(ctx, by.Member)
	if err != nil {
		return auth.Principal{}, err
	}
	exceptions, err := q.ExceptionsOf(ctx, by.Member)
	if err != nil {
		return auth.Principal{}, err
	}
	by.Stores = slices.DeleteFunc(works, func(store ids.StoreID) bool { return !slices.Contains(stores, store) })
	by.Exceptions = exceptionsOf(exceptions)
	return by, nil
}

// mayNow is rightsNow for what takes a permission of headquarters: it returns ErrNotAllowed where the person has it no more.
func (s *Service) mayNow(ctx context.Context, tx pgx.Tx, by auth.Principal, permission auth.Permission) (auth.Principal, error) {
	by, err := s.rightsNow(ctx, tx, by)
	if err == nil && !by.May(permission) {
		err = ErrNotAllowed
	}
	return by, err
}

// ownNow is rightsNow for what people change of their own account. It locks the account for that at once: of two that
// shared it first, as rightsNow does, each would wait for the other.
func (s *Service) ownNow(ctx context.Context, tx pgx.Tx, by auth.Principal, stores ...ids.StoreID) error {
	q := membersdb.New(tx)
	if _, err := q.HoldStores(ctx, uuids(stores)); err != nil {
		return err
	}
	if _, err := lockMember(ctx, q, by.Member); err != nil {
		return err
	}
	_, err := s.rightsNow(ctx, tx, by, stores...)
	return err
}
