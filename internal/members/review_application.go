package members

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"

	"maru/internal/kernel/businessday"
	"maru/internal/kernel/ids"
	"maru/internal/members/internal/membersdb"
	"maru/internal/members/membersapi"
	"maru/internal/platform/auth"
	"maru/internal/platform/errs"
)

// Errors of reviewing applications.
var (
	ErrDecided = errs.New(errs.Conflict, "members.application_decided",
		"이미 처리한 신청이에요.", "This application has been decided already.")
	ErrReasonMissing = errs.New(errs.Invalid, "members.reason_missing",
		"신청한 사람이 읽을 이유를 적어 주세요.", "Please give a reason; the applicant will read it.")
	ErrNoStoreChosen = errs.New(errs.Invalid, "members.no_store_chosen",
		"맡길 지점을 한 곳 이상 골라 주세요.", "Please choose at least one store.")
	ErrStoreOwned = errs.New(errs.Conflict, "members.store_owned",
		"{store}에는 점주가 있어요. 점주를 바꾸는 일은 지점을 관리하는 사람만 할 수 있어요.",
		"{store} has an owner. Only who manages stores can put another one in their place.")
)

// ApproveApplication lets an owner in.
type ApproveApplication struct {
	ID     ids.ApplicationID
	Stores []ids.StoreID    // that become theirs
	Since  businessday.Date // the first business date on which the stores are theirs
}

// ApproveApplication makes the invitation with which the applicant opens an account. It returns
// ErrDecided for an application that was decided before, ErrNoStoreChosen, ErrNoStore and ErrStoreOwned.
func (s *Service) ApproveApplication(ctx context.Context, by auth.Principal, cmd ApproveApplication) (Link, error) {
	if !by.May(auth.ReviewSignUps) {
		return Link{}, ErrNotAllowed
	}
	if len(cmd.Stores) == 0 {
		return Link{}, ErrNoStoreChosen.On("stores")
	}
	if cmd.Since.IsZero() {
		return Link{}, ErrOwnerDate.On("since")
	}
	return s.decide(ctx, by, cmd.ID, membersapi.Approved, "", func(tx pgx.Tx, by auth.Principal, a membersdb.ApplicationForUpdateRow) (Link, error) {
		stores := distinct(cmd.Stores)
		takesOver, err := mayTakeOver(ctx, tx, by, stores)
		if err != nil {
			return Link{}, err
		}
		return s.insertLink(ctx, tx, by, linkRow{
			kind: linkInvitation, role: auth.Owner, name: a.Name, stores: stores, ownerSince: cmd.Since, takesOver: takesOver, life: InvitationLife,
			contact: contact{email: a.Email, phone: a.Phone, businessNo: a.BusinessNo}, application: &a.ApplicationID,
		})
	})
}

// mayTakeOver reports whether by may put an owner in the place of another, as ChangeOwner does. For who may not it
// returns ErrStoreOwned where one of the stores has an owner.
func mayTakeOver(ctx context.Context, tx pgx.Tx, by auth.Principal, stores []ids.StoreID) (bool, error) {
	if by.May(auth.ManageStores) {
		return true, nil
	}
	q := membersdb.New(tx)
	for _, store := range stores {
		if _, err := q.LatestOwnership(ctx, store); notFound(err) {
			continue
		} else if err != nil {
			return false, err
		}
		rows, err := q.StoresByID(ctx, uuids([]ids.StoreID{store}))
		if err != nil || len(rows) == 0 {
			return false, err
		}
		return false, ErrStoreOwned.With("store", rows[0].NameKo).On("stores")
	}
	return false, nil
}

// RefuseApplication tells the applicant no, and why.
type RefuseApplication struct {
	ID     ids.ApplicationID
	Reason string
}

// RefuseApplication returns ErrDecided for an application that was decided before.
func (s *Service) RefuseApplication(ctx context.Context, by auth.Principal, cmd RefuseApplication) error {
	if !by.May(auth.ReviewSignUps) {
		return ErrNotAllowed
	}
	reason := tidy(cmd.Reason)
	if reason == "" {
		return ErrReasonMissing.On("reason")
	}
	if e := textProblem(reason, "reason", 500); e != nil {
		return e
	}
	_, err := s.decide(ctx, by, cmd.ID, membersapi.Refused, reason, nil)
	return err
}

// decide moves a waiting application to its end; with makes the link of an approved one.
func (s *Service) decide(ctx context.Context, by auth.Principal, id ids.ApplicationID, state membersapi.ApplicationState, reason string,
	with func(pgx.Tx, auth.Principal, membersdb.ApplicationForUpdateRow) (Link, error),
) (Link, error) {
	var link Link
	err := s.db.InTx(ctx, func(tx pgx.Tx) error {
		by, err := s.mayNow(ctx, tx, by, auth.ReviewSignUps)
		if err != nil {
			return err
		}
		q, now := membersdb.New(tx), s.now()
		row, err := q.ApplicationForUpdate(ctx, id)
		switch {
		case errors.Is(err, pgx.ErrNoRows):
			return ErrNoApplication
		case err != nil:
			return err
		case row.State != membersapi.Waiting:
			return ErrDecided
		}
		if with != nil {
			if link, err = with(tx, by, row); err != nil {
				return err
			}
			if err := s.mailLink(ctx, tx, &link, row.Email, invitationMail(row.Name)); err != nil {
				return err
			}
		}
		if err := q.DecideApplication(ctx, membersdb.DecideApplicationParams{
			ApplicationID: id, State: state, Reason: reason, DecidedAt: &now, DecidedBy: by.Name,
		}); err != nil {
			return err
		}
		return record(ctx, tx, now, by, done{
			action: "application_" + string(state), object: applicationObject(id, row.Name), note: reason,
			before: fields{"state": row.State}, after: fields{"state": state},
		})
	})
	if err != nil {
		return Link{}, fmt.Errorf("decide application %s: %w", id, err)
	}
	s.mail.wake()
	return link, nil
}

// RenewApplicationLink makes another invitation for an approved application, for a link that was lost; the
// one before is good no more. It returns ErrDecided where the account was opened already.
func (s *Service) RenewApplicationLink(ctx context.Context, by auth.Principal, id ids.ApplicationID) (Link, error) {
	if !by.May(auth.ReviewSignUps) {
		return Link{}, ErrNotAllowed
	}
	var link Link
	err := s.db.InTx(ctx, func(tx pgx.Tx) error {
		by, err := s.mayNow(ctx, tx, by, auth.ReviewSignUps)
		if err != nil {
			return err
		}
		q, now := membersdb.New(tx), s.now()
		row, err := q.ApplicationForUpdate(ctx, id)
		if errors.Is(err, pgx.ErrNoRows) {
			return ErrNoApplication
		}
		if err != nil {
			return err
		}
		before, err := q.LatestInvitationOf(ctx, &id)
		if errors.Is(err, pgx.ErrNoRows) || err == nil && before.UsedAt != nil || row.State != membersapi.Approved {
			return ErrDecided
		}
		if err != nil {
			return err
		}
		stores, err := q.LinkStores(ctx, before.LinkID)
		if err != nil {
			return err
		}
		if err := q.RevokeInvitationsOfApplication(ctx, &now, &id); err != nil {
			return err
		}
		link, err = s.insertLink(ctx, tx, by, linkRow{
			kind: linkInvitation, role: auth.Owner, name: row.Name, stores: stores, ownerSince: before.OwnerSince, takesOver: before.TakesOver, life: InvitationLife,
			contact: contact{email: row.Email, phone: row.Phone, businessNo: row.BusinessNo}, application: &id,
		})
		if err != nil {
			return err
		}
		if err := s.mailLink(ctx, tx, &link, row.Email, invitationMail(row.Name)); err != nil {
			return err
		}
		return record(ctx, tx, now, by, done{action: "invitation_renewed", object: linkObject(link.ID, row.Name)})
	})
	if err != nil {
		return Link{}, fmt.Errorf("renew link of application %s: %w", id, err)
	}
	s.mail.wake()
	return link, nil
}

// distinct returns the stores without repetitions, in the order of their ids.
func distinct(stores []ids.StoreID) []ids.StoreID {
	out := slices.Clone(stores)
	slices.SortFunc(out, func(a, b ids.StoreID) int { return slices.Compare(a.UUID[:], b.UUID[:]) })
	return slices.Compact(out)
}
