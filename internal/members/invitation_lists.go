package members

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"

	"maru/internal/kernel/ids"
	"maru/internal/kernel/lang"
	"maru/internal/members/internal/membersdb"
	"maru/internal/platform/auth"
)

// Invitation is an invitation that nobody has accepted yet.
type Invitation struct {
	ID         ids.LinkID
	Role       auth.Role
	Name       string
	Email      string
	MadeAt     time.Time
	MadeBy     string
	Expires    time.Time
	Stores     []Workplace // in the list of headquarters: the first few by name
	MoreStores int         // how many more
}

// InvitationPage is one page of a list.
type InvitationPage struct {
	List       []Invitation
	All        int // that are found, on all pages
	Prev, Next *Place
}

// Invitations returns those to a store that are open, the latest first. It returns ErrNotAllowed to who does not manage
// the staff of the store.
func (s *Service) Invitations(ctx context.Context, by auth.Principal, store ids.StoreID) ([]Invitation, error) {
	if !by.MayAt(auth.ManageStaff, store) {
		return nil, ErrNotAllowed
	}
	rows, err := membersdb.New(s.db).InvitationsToStore(ctx, store, s.now())
	if err != nil {
		return nil, fmt.Errorf("invitations to %s: %w", store, err)
	}
	out := make([]Invitation, len(rows))
	for i, r := range rows {
		out[i] = Invitation{ID: r.LinkID, Role: r.Role, Name: r.Name, Email: r.Email, MadeAt: r.MadeAt, MadeBy: r.MadeBy, Expires: r.ExpiresAt}
	}
	return out, nil
}

// AllInvitations returns the open ones that are looked for, by name: a part of the name, e-mail, phone or business number
// of who is invited, of who invited them, or of a store. It returns ErrNotAllowed to who does not manage members.
func (s *Service) AllInvitations(ctx context.Context, by auth.Principal, find Find) (InvitationPage, error) {
	if !by.AtHQ() || !by.May(auth.ManageMembers) {
		return InvitationPage{}, ErrNotAllowed
	}
	stores, err := s.storesLike(ctx, find.Search)
	if err != nil {
		return InvitationPage{}, fmt.Errorf("invitations: %w", err)
	}
	place := placeOr(find.After)
	if find.Before != nil {
		place = *find.Before
	}
	q := membersdb.New(s.db)
	rows, err := q.SearchInvitations(ctx, membersdb.SearchInvitationsParams{
		Now: s.now(), Pattern: likePattern(find.Search), Stores: uuids(stores), AnyRole: len(find.Roles) == 0, Roles: roleNames(find.Roles),
		Back: find.Before != nil, PlaceName: place.Name, PlaceID: place.ID, Most: listRows + 1,
	})
	if err != nil {
		return InvitationPage{}, fmt.Errorf("invitations: %w", err)
	}
	var page InvitationPage
	if len(rows) > 0 {
		page.All = int(rows[0].FoundInAll)
	}
	rows, page.Prev, page.Next = window(rows, listRows, find, func(r membersdb.SearchInvitationsRow) Place { return Place{r.Name, r.LinkID.UUID} })
	at, links := make(map[ids.LinkID]int, len(rows)), make([]uuid.UUID, len(rows))
	page.List = make([]Invitation, len(rows))
	for i, r := range rows {
		page.List[i] = Invitation{ID: r.LinkID, Role: r.Role, Name: r.Name, Email: r.Email, MadeAt: r.MadeAt, MadeBy: r.MadeBy, Expires: r.ExpiresAt}
		at[r.LinkID], links[i] = i, r.LinkID.UUID
	}
	to, err := q.StoresOfLinks(ctx, links)
	if err != nil {
		return InvitationPage{}, fmt.Errorf("stores of invitations: %w", err)
	}
	for _, w := range to {
		i := &page.List[at[w.LinkID]]
		if len(i.Stores) == storesShown {
			i.MoreStores++
			continue
		}
		i.Stores = append(i.Stores, Workplace{Store: w.StoreID, Code: w.Code, Name: lang.Text{Ko: w.NameKo, En: w.NameEn}})
	}
	return page, nil
}
