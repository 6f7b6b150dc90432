package members

import (
	"context"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"maru/internal/kernel/businessday"
	"maru/internal/kernel/ids"
	"maru/internal/members/internal/membersdb"
	"maru/internal/members/membersapi"
	"maru/internal/platform/auth"
	"maru/internal/platform/trail"
)

// ownerChanged is why keys of a store are revoked that nobody revoked by hand.
const ownerChanged = "owner_changed"

// newOwnerNote is the reason on record where the program takes away what a former owner handed out.
const newOwnerNote = "점주가 바뀜 · new owner"

// makerGoneNote is the reason on record where links end with the account of who made them.
const makerGoneNote = "만든 사람의 계정이 멈춤 · maker's account not active"

// takeOver lets the new owner into the store and the former one out, with the ways in that the former one may have
// handed out: API keys of the store, invitations of its staff and links for their passwords that nobody has used yet. by is whoever
// made it so, nobody where a day came that was planned. Call tookOver after the commit.
func (s *Service) takeOver(ctx context.Context, tx pgx.Tx, by auth.Principal, store membersapi.Store, since businessday.Date, owner ids.MemberID) error {
	q, now := membersdb.New(tx), s.now()
	n, err := q.ApplyOwnership(ctx, &now, store.ID, since)
	if err != nil || n == 0 {
		return err
	}
	former, err := q.OwnerBefore(ctx, store.ID, since)
	if err != nil && !notFound(err) {
		return err
	}
	next, err := q.MemberByID(ctx, owner)
	if err != nil {
		return err
	}
	var was any
	if !former.IsZero() && former != owner {
		who, err := q.MemberByID(ctx, former)
		if err != nil {
			return err
		}
		was = fields{"owner": who.Name}
		if err := q.DeleteWorkplaces(ctx, former, uuids([]ids.StoreID{store.ID})); err != nil {
			return err
		}
		if err := s.withdrawAll(ctx, tx, by, store, who, next); err != nil {
			return err
		}
	}
	if _, err := q.AddWorkplaces(ctx, owner, now, uuids([]ids.StoreID{store.ID})); err != nil {
		return err
	}
	return record(ctx, tx, now, by, done{
		action: "store_taken_over", object: storeObject(store), store: store.ID, before: was, after: fields{"owner": next.Name, "since": since},
	})
}

// withdrawAll revokes the keys and open links of a store, puts each on record and tells both owners of the keys.
func (s *Service) withdrawAll(ctx context.Context, tx pgx.Tx, by auth.Principal, store membersapi.Store, former, next membersdb.MemberByIDRow) error {
	q, now := membersdb.New(tx), s.now()
	keys, err := q.RevokeKeysOfStore(ctx, &now, ownerChanged, &store.ID)
	if err != nil {
		return err
	}
	names := make([]string, len(keys))
	for i, k := range keys {
		names[i] = "- " + k.Name + " (" + k.Prefix + "…)"
		if err := record(ctx, tx, now, by, done{
			action: "api_key_revoked", object: trail.Object{Kind: "api_key", ID: k.Prefix, Name: k.Name}, store: store.ID, note: newOwnerNote,
		}); err != nil {
			return err
		}
	}
	slices.Sort(names)
	for _, m := range []membersdb.MemberByIDRow{former, next} {
		if len(keys) == 0 {
			break
		}
		if err := s.mailTo(ctx, tx, m.Email, keysGoneMail(m.Name), "store", store.Name.Ko, "keys", strings.Join(names, "\n")); err != nil {
			return err
		}
	}
	links, err := q.RevokeLinksOfStore(ctx, &now, store.ID)
	if err != nil {
		return err
	}
	for _, l := range links {
		if err := s.recordWithdrawn(ctx, tx, by, l, store.ID, newOwnerNote); err != nil {
			return err
		}
	}
	return nil
}

// withdrawLinksOf revokes the open links that a member made, whose account is not active any more: they may have kept one
// for themselves.
func (s *Service) withdrawLinksOf(ctx context.Context, tx pgx.Tx, by auth.Principal, member ids.MemberID) error {
	now := s.now()
	links, err := membersdb.New(tx).RevokeLinksOfMaker(ctx, &now, maker(auth.Principal{Member: member}))
	if err != nil {
		return err
	}
	for _, l := range links {
		if err := s.recordWithdrawn(ctx, tx, by, membersdb.RevokeLinksOfStoreRow(l), ids.StoreID{}, makerGoneNote); err != nil {
			return err
		}
	}
	return nil
}

func (s *Service) recordWithdrawn(ctx context.Context, tx pgx.Tx, by auth.Principal, l membersdb.RevokeLinksOfStoreRow, store ids.StoreID, note string) error {
	action := "invitation_withdrawn"
	if l.Kind == linkReset {
		action = "reset_withdrawn"
	}
	return record(ctx, tx, s.now(), by, done{action: action, object: linkObject(l.LinkID, l.Name), store: store, note: note})
}

// tookOver makes this replica forget what it remembers of former and new owners and of the keys that are gone; the others
// do so within sessionMemory.
func (s *Service) tookOver() {
	s.sessions.forgetAll()
	s.keys.forgetAll()
	s.mail.wake()
}
