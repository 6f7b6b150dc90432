package members

import (
	"context"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"

	"maru/internal/kernel/ids"
	"maru/internal/members/internal/membersdb"
	"maru/internal/platform/auth"
)

// Invite is somebody who is to get an account.
type Invite struct {
	Name   string
	Email  string // where the link is mailed to, if mail is sent at all; may be empty
	Role   auth.Role
	Stores []ids.StoreID // where they will work; none for a role of headquarters
}

// Invite makes a one-time link that opens an account. Headquarters invites its own people and owners;
// whoever manages the staff of stores invites managers and staff to those stores. An invited owner becomes the owner of the
// stores on the day of accepting. It returns errs.Fields for bad input, ErrNotAllowed, ErrNoStore and ErrStoreOwned.
func (s *Service) Invite(ctx context.Context, by auth.Principal, cmd Invite) (Link, error) {
	cmd.Name, cmd.Stores = tidy(cmd.Name), distinct(cmd.Stores)
	if !mayInvite(by, cmd.Role, cmd.Stores) {
		return Link{}, ErrNotAllowed
	}
	c, problems := checkContact(cmd.Email, "", "")
	if e := roleProblem(cmd.Role, cmd.Stores, "stores"); e != nil {
		problems = append(problems, e)
	}
	if cmd.Name == "" {
		problems = append(problems, ErrNameMissing.On("name"))
	} else if e := textProblem(cmd.Name, "name", maxName); e != nil {
		problems = append(problems, e)
	}
	if len(problems) > 0 {
		return Link{}, problems
	}
	var link Link
	err := s.db.InTx(ctx, func(tx pgx.Tx) error {
		by, err := s.rightsNow(ctx, tx, by, cmd.Stores...)
		if err != nil {
			return err
		}
		if !mayInvite(by, cmd.Role, cmd.Stores) {
			return ErrNotAllowed
		}
		takesOver := false
		if cmd.Role == auth.Owner {
			if takesOver, err = mayTakeOver(ctx, tx, by, cmd.Stores); err != nil {
				return err
			}
		}
		link, err = s.insertLink(ctx, tx, by, linkRow{
			kind: linkInvitation, role: cmd.Role, name: cmd.Name, contact: c, stores: cmd.Stores, takesOver: takesOver, life: InvitationLife,
		})
		if err != nil {
			return err
		}
		if err := s.mailLink(ctx, tx, &link, c.email, invitationMail(cmd.Name)); err != nil {
			return err
		}
		return record(ctx, tx, s.now(), by, done{
			action: "invited", object: linkObject(link.ID, cmd.Name), store: firstStore(cmd.Stores),
			after: fields{"role": cmd.Role, "stores": cmd.Stores, "email": c.email},
		})
	})
	if err != nil {
		return Link{}, fmt.Errorf("invite: %w", err)
	}
	s.mail.wake()
	return link, nil
}

// mayInvite says who may bring in whom: roles that are not for sale in a store are given by headquarters.
func mayInvite(by auth.Principal, role auth.Role, stores []ids.StoreID) bool {
	if by.AtHQ() && by.May(auth.ManageMembers) {
		return true
	}
	if role != auth.Manager && role != auth.Staff || len(stores) == 0 {
		return false
	}
	return !slices.ContainsFunc(stores, func(store ids.StoreID) bool { return !by.MayAt(auth.ManageStaff, store) })
}

// Uninvite takes an invitation back. It returns ErrLink where it was accepted, was taken back or is none of
// the person's.
func (s *Service) Uninvite(ctx context.Context, by auth.Principal, id ids.LinkID) error {
	q := membersdb.New(s.db)
	invitation, err := q.InvitationByID(ctx, id)
	if notFound(err) {
		return ErrLink
	}
	if err != nil {
		return fmt.Errorf("uninvite %s: %w", id, err)
	}
	stores, err := q.LinkStores(ctx, id)
	if err != nil {
		return fmt.Errorf("uninvite %s: %w", id, err)
	}
	if !mayInvite(by, invitation.Role, stores) {
		return ErrLink
	}
	err = s.db.InTx(ctx, func(tx pgx.Tx) error {
		now := s.now()
		n, err := membersdb.New(tx).RevokeLink(ctx, &now, id)
		if err == nil && n == 0 {
			return ErrLink
		}
		if err != nil {
			return err
		}
		return record(ctx, tx, now, by, done{action: "invitation_withdrawn", object: linkObject(id, invitation.Name), store: firstStore(stores)})
	})
	if err != nil {
		return fmt.Errorf("uninvite %s: %w", id, err)
	}
	return nil
}

// firstStore is the store under which a record about several is found.
func firstStore(stores []ids.StoreID) ids.StoreID {
	if len(stores) == 0 {
		return ids.StoreID{}
	}
	return stores[0]
}
