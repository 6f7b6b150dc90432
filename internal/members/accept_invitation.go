package members

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"maru/internal/kernel/ids"
	"maru/internal/members/internal/membersdb"
	"maru/internal/members/membersapi"
	"maru/internal/platform/auth"
)

func notFound(err error) bool { return errors.Is(err, pgx.ErrNoRows) }

// Invited is what somebody sees who follows an invitation.
type Invited struct {
	Name   string
	Role   auth.Role
	Phone  string
	Email  string
	Stores []membersapi.Store
}

// Invited returns what an invitation is for, or ErrLink. It does not use the link up: mail programs
// follow links on their own.
func (s *Service) Invited(ctx context.Context, token string) (Invited, error) {
	q := membersdb.New(s.db)
	link, err := openLink(ctx, q, linkInvitation, token, s.now())
	if err != nil {
		return Invited{}, err
	}
	stores, err := q.LinkStores(ctx, link.LinkID)
	if err != nil {
		return Invited{}, fmt.Errorf("invited: %w", err)
	}
	rows, err := q.StoresByID(ctx, uuids(stores))
	if err != nil {
		return Invited{}, fmt.Errorf("invited: %w", err)
	}
	in := Invited{Name: link.Name, Role: link.Role, Phone: link.Phone, Email: link.Email}
	for _, row := range rows {
		in.Stores = append(in.Stores, storeOf(row))
	}
	return in, nil
}

// AcceptInvitation opens the account of an invitation.
type AcceptInvitation struct {
	Token    string
	Login    string
	Password string
	Name     string
	Phone    string
	Email    string
	Address  string // IP address of the request
	// DeviceKey is as in SignIn: the browser is known from then on.
	DeviceKey string
}

// AcceptInvitation makes the account, with the role and the stores of the invitation, and uses the link
// up. It returns ErrLink, errs.Fields for bad input and ErrLoginTaken; after those two the link is still good.
func (s *Service) AcceptInvitation(ctx context.Context, cmd AcceptInvitation) (ids.MemberID, error) {
	link, err := openLink(ctx, membersdb.New(s.db), linkInvitation, cmd.Token, s.now())
	if err != nil {
		return ids.MemberID{}, fmt.Errorf("accept invitation: %w", err)
	}
	stores, err := membersdb.New(s.db).LinkStores(ctx, link.LinkID)
	if err != nil {
		return ids.MemberID{}, fmt.Errorf("accept invitation: %w", err)
	}
	who := CreateMember{
		Login: normalLogin(cmd.Login), Name: tidy(cmd.Name), Password: cmd.Password, Role: link.Role, Workplaces: stores,
	}
	c, problems := checkContact(cmd.Email, cmd.Phone, link.BusinessNo)
	problems = append(who.check(), problems...)
	if len(problems) > 0 {
		return ids.MemberID{}, problems
	}
	hash, err := s.passwords.Hash(ctx, who.Password)
	if err != nil {
		return ids.MemberID{}, fmt.Errorf("accept invitation: %w", err)
	}
	id := ids.NewMemberID()
	err = s.db.InTx(ctx, func(tx pgx.Tx) error {
		q, now := membersdb.New(tx), s.now()
		inserted, err := q.InsertMember(ctx, membersdb.InsertMemberParams{
			MemberID: id, Login: who.Login, Name: who.Name, Role: who.Role, PasswordHash: hash, CreatedAt: now,
		})
		if err != nil {
			return err
		}
		if inserted == 0 {
			return ErrLoginTaken.On("login")
		}
		if err := useLink(ctx, q, link.LinkID, id, now, redeemer{cmd.DeviceKey, cmd.Address}); err != nil {
			return err
		}
		if err := q.UpdateProfile(ctx, membersdb.UpdateProfileParams{
			MemberID: id, Name: who.Name, Email: c.email, Phone: c.phone, BusinessNo: c.businessNo,
		}); err != nil {
			return err
		}
		if who.Role == auth.Owner {
			err = s.giveStores(ctx, tx, link, id, who.Name, stores)
		} else {
			err = insertWorkplaces(ctx, tx, id, stores, now)
		}
		if err != nil {
			return err
		}
		return record(ctx, tx, now, auth.Principal{Member: id, Name: who.Name, Role: who.Role, Address: cmd.Address}, done{
			action: "invitation_accepted", object: memberObject(id, who.Name), store: firstStore(stores),
			after: fields{"login": who.Login, "role": who.Role, "stores": stores, "email": c.email, "phone": c.phone},
		})
	})
	if err != nil {
		return ids.MemberID{}, fmt.Errorf("accept invitation: %w", err)
	}
	if who.Role == auth.Owner {
		s.tookOver()
	}
	return id, nil
}

// giveStores makes a new owner the owner of the stores of their invitation, from the business date it says or from today,
// in the name of who made it. One that may not take a store from the owner it has leaves it to an owner who has come since.
func (s *Service) giveStores(ctx context.Context, tx pgx.Tx, link membersdb.LinkByTokenRow, owner ids.MemberID, name string, stores []ids.StoreID) error {
	by := auth.Principal{Name: link.MadeBy, Member: ids.MemberID{UUID: link.MadeByID.Bytes}}
	for _, store := range stores {
		former, err := checkOwnerSeen(ctx, tx, store, nil)
		if err != nil {
			return err
		}
		if !link.TakesOver {
			if _, err := membersdb.New(tx).LatestOwnership(ctx, store); err == nil {
				continue
			} else if !notFound(err) {
				return err
			}
		}
		if err := s.passStore(ctx, tx, by, store, owner, link.OwnerSince, true); err != nil {
			return err
		}
		after := fields{"owner": name}
		if !link.OwnerSince.IsZero() {
			after["since"] = link.OwnerSince
		}
		if err := record(ctx, tx, s.now(), by, done{
			action: "owner_changed", object: memberObject(owner, name), store: store, before: former, after: after,
		}); err != nil {
			return err
		}
	}
	return nil
}
