package members

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"maru/internal/kernel/ids"
	"maru/internal/kernel/lang"
	"maru/internal/members/internal/membersdb"
	"maru/internal/members/membersapi"
	"maru/internal/platform/auth"
)

// Find says which members, or stores, a list shows.
type Find struct {
	Search string // of members: a part of the name, login, e-mail, phone or business number, or of a store's name
	Roles  []auth.Role
	State  membersapi.MemberState // empty: every state
	// After and Before are names and ids of entries; at most one is set. The list goes on after the one, or
	// ends before the other.
	After, Before *Place
}

// Place is an entry's place in a list that is sorted by name.
type Place struct {
	Name string
	ID   uuid.UUID
}

// MemberEntry is a member in a list.
type MemberEntry struct {
	ID         ids.MemberID
	Login      string
	Name       string
	Role       auth.Role
	State      membersapi.MemberState
	Phone      string
	BusinessNo string
	Stores     []Workplace // the first few by name
	MoreStores int         // how many more
	LastSeen   time.Time   // zero where nobody ever signed in
}

// Workplace is a store where somebody works.
type Workplace struct {
	Store ids.StoreID
	Code  string
	Name  lang.Text
}

// MemberPage is one page of a list.
type MemberPage struct {
	List       []MemberEntry
	All        int // that are found, on all pages
	Prev, Next *Place
}

const (
	listRows    = 50
	storesShown = 2
	// A search for stores beyond this many is not a search for a store: 서울 finds members by their stores no more.
	storesFound = 500
	maxSearch   = 100
)

// Members returns the members that are looked for, by name.
func (s *Service) Members(ctx context.Context, by auth.Principal, find Find) (MemberPage, error) {
	if !by.AtHQ() || !by.May(auth.ViewMembers) {
		return MemberPage{}, ErrNotAllowed
	}
	q := membersdb.New(s.db)
	var page MemberPage
	var rows []membersdb.ListMembersRow
	var err error
	if sought(find.Search) == "" {
		rows, page.All, err = listMembers(ctx, q, find)
	} else {
		rows, page.All, err = s.searchMembers(ctx, q, find)
	}
	if err != nil {
		return MemberPage{}, fmt.Errorf("members: %w", err)
	}
	rows, page.Prev, page.Next = window(rows, listRows, find, func(r membersdb.ListMembersRow) Place { return Place{r.Name, r.MemberID.UUID} })
	page.List, err = memberEntries(ctx, q, rows)
	if err != nil {
		return MemberPage{}, fmt.Errorf("members: %w", err)
	}
	return page, nil
}

// listMembers returns one page, and one row more where there are, of everybody of the roles and state; and
// how many they are.
func listMembers(ctx context.Context, q *membersdb.Queries, find Find) ([]membersdb.ListMembersRow, int, error) {
	anyRole, anyState := len(find.Roles) == 0, find.State == ""
	all, err := q.CountMembers(ctx, membersdb.CountMembersParams{AnyRole: anyRole, Roles: roleNames(find.Roles), AnyState: anyState, State: find.State})
	if err != nil {
		return nil, 0, err
	}
	var rows []membersdb.ListMembersRow
	if find.Before != nil {
		back, err := q.ListMembersBack(ctx, membersdb.ListMembersBackParams{
			AnyRole: anyRole, Roles: roleNames(find.Roles), AnyState: anyState, State: find.State,
			BeforeName: find.Before.Name, BeforeID: find.Before.ID, Most: listRows + 1,
		})
		for _, r := range back {
			rows = append(rows, membersdb.ListMembersRow(r))
		}
		return rows, int(all), err
	}
	after := placeOr(find.After)
	rows, err = q.ListMembers(ctx, membersdb.ListMembersParams{
		AnyRole: anyRole, Roles: roleNames(find.Roles), AnyState: anyState, State: find.State,
		AfterName: after.Name, AfterID: after.ID, Most: listRows + 1,
	})
	return rows, int(all), err
}

// searchMembers is listMembers of those whom the words find.
func (s *Service) searchMembers(ctx context.Context, q *membersdb.Queries, find Find) ([]membersdb.ListMembersRow, int, error) {
	stores, err := s.storesLike(ctx, find.Search)
	if err != nil {
		return nil, 0, err
	}
	place := placeOr(find.After)
	if find.Before != nil {
		place = *find.Before
	}
	found, err := q.SearchMembers(ctx, membersdb.SearchMembersParams{
		Pattern: likePattern(find.Search), Bigrams: bigrams(find.Search), Stores: uuids(stores),
		AnyRole: len(find.Roles) == 0, Roles: roleNames(find.Roles), AnyState: find.State == "", State: find.State,
		Back: find.Before != nil, PlaceName: place.Name, PlaceID: place.ID, Most: listRows + 1,
	})
	all, rows := int64(0), make([]membersdb.ListMembersRow, len(found))
	for i, r := range found {
		all = r.FoundInAll
		rows[i] = membersdb.ListMembersRow{
			MemberID: r.MemberID, Login: r.Login, Name: r.Name, Role: r.Role, State: membersapi.MemberState(r.State), Phone: r.Phone, BusinessNo: r.BusinessNo,
			CreatedAt: r.CreatedAt,
		}
	}
	return rows, int(all), err
}

func roleNames(roles []auth.Role) []string {
	names := make([]string, len(roles))
	for i, r := range roles {
		names[i] = string(r)
	}
	return names
}

func memberEntries(ctx context.Context, q *membersdb.Queries, rows []membersdb.ListMembersRow) ([]MemberEntry, error) {
	list, at, members := make([]MemberEntry, len(rows)), make(map[ids.MemberID]int, len(rows)), make([]uuid.UUID, len(rows))
	for i, r := range rows {
		list[i] = MemberEntry{
			ID: r.MemberID, Login: r.Login, Name: r.Name, Role: r.Role, State: r.State, Phone: r.Phone, BusinessNo: r.BusinessNo,
		}
		at[r.MemberID], members[i] = i, r.MemberID.UUID
	}
	work, err := q.WorkplacesOf(ctx, members)
	if err != nil {
		return nil, err
	}
	for _, w := range work {
		m := &list[at[w.MemberID]]
		if len(m.Stores) == storesShown {
			m.MoreStores++
			continue
		}
		m.Stores = append(m.Stores, Workplace{Store: w.StoreID, Code: w.Code, Name: lang.Text{Ko: w.NameKo, En: w.NameEn}})
	}
	seen, err := q.LastSeen(ctx, members)
	if err != nil {
		return nil, err
	}
	for _, r := range seen {
		list[at[r.MemberID]].LastSeen = r.At
	}
	return list, nil
}

// window brings rows, one more of which were read than a page holds, into the order of the list, and
// returns where the pages before and after begin.
func window[R any](rows []R, most int, find Find, place func(R) Place) (page []R, prev, next *Place) {
	more := len(rows) > most
	rows = rows[:min(len(rows), most)]
	if find.Before != nil {
		slices.Reverse(rows)
	}
	if len(rows) == 0 {
		return rows, nil, nil
	}
	first, last := place(rows[0]), place(rows[len(rows)-1])
	if find.Before != nil && more || find.After != nil {
		prev = &first
	}
	if find.Before != nil || more {
		next = &last
	}
	return rows, prev, next
}

func placeOr(p *Place) Place {
	if p == nil {
		return Place{}
	}
	return *p
}

// storesLike returns the stores whose name or code holds the words; none where they are too many.
func (s *Service) storesLike(ctx context.Context, search string) ([]ids.StoreID, error) {
	search = folded(search)
	if search == "" {
		return nil, nil
	}
	all, err := s.Stores(ctx)
	if err != nil {
		return nil, err
	}
	var out []ids.StoreID
	for _, store := range all {
		if strings.Contains(strings.ToLower(store.Name.Ko), search) || strings.Contains(store.Code, search) ||
			strings.Contains(strings.ToLower(store.Name.En), search) {
			out = append(out, store.ID)
		}
		if len(out) > storesFound {
			return nil, nil
		}
	}
	return out, nil
}

func folded(search string) string {
	search = strings.ToLower(oneLine(tidy(search), maxSearch))
	return strings.ReplaceAll(search, "\x00", "")
}

// sought is what is looked for: a number with dashes is found without them.
func sought(search string) string {
	search = folded(search)
	if digits := onlyDigits(search); digits != "" {
		return digits
	}
	return search
}

// likePattern makes a pattern of what was typed.
func likePattern(search string) string {
	if search = sought(search); search == "" {
		return ""
	}
	return contains(search)
}

// contains is a LIKE pattern of the texts that hold s.
func contains(s string) string {
	return "%" + strings.NewReplacer(`\`, `\\`, "%", `\%`, "_", `\_`).Replace(s) + "%"
}

// bigrams are every two signs that follow each other in what was typed, by which the database finds
// candidates (members.member_search); none, and never nil, for a single sign.
func bigrams(search string) []string {
	signs, pairs := []rune(sought(search)), []string{}
	for i := 0; i+1 < len(signs); i++ {
		pairs = append(pairs, string(signs[i:i+2]))
	}
	return pairs
}

// MemberDetail is everything that headquarters sees of a member.
type MemberDetail struct {
	ID         ids.MemberID
	Login      string
	Name       string
	Role       auth.Role
	State      membersapi.MemberState
	StateNote  string
	StateSince *time.Time
	Email      string
	Phone      string
	BusinessNo string
	CreatedAt  time.Time
	Stores     []Workplace
}

// Member returns one member: for headquarters everybody, for those who manage staff the people of their
// stores. It returns ErrNoMember.
func (s *Service) Member(ctx context.Context, by auth.Principal, id ids.MemberID) (MemberDetail, error) {
	q := membersdb.New(s.db)
	m, err := q.MemberByID(ctx, id)
	if notFound(err) {
		return MemberDetail{}, ErrNoMember
	}
	if err != nil {
		return MemberDetail{}, fmt.Errorf("member %s: %w", id, err)
	}
	work, err := q.WorkplacesOf(ctx, []uuid.UUID{id.UUID})
	if err != nil {
		return MemberDetail{}, fmt.Errorf("member %s: %w", id, err)
	}
	d := MemberDetail{
		ID: id, Login: m.Login, Name: m.Name, Role: m.Role, State: m.State, StateNote: m.StateNote, StateSince: m.StateSince,
		Email: m.Email, Phone: m.Phone, BusinessNo: m.BusinessNo, CreatedAt: m.CreatedAt,
	}
	for _, w := range work {
		d.Stores = append(d.Stores, Workplace{Store: w.StoreID, Code: w.Code, Name: lang.Text{Ko: w.NameKo, En: w.NameEn}})
	}
	if by.AtHQ() && by.May(auth.ViewMembers) {
		return d, nil
	}
	mine := func(w Workplace) bool { return by.MayAt(auth.ManageStaff, w.Store) }
	if !slices.ContainsFunc(d.Stores, mine) {
		return MemberDetail{}, ErrNoMember
	}
	d.Stores = slices.DeleteFunc(d.Stores, func(w Workplace) bool { return !mine(w) })
	return d, nil
}

// StaffMember is somebody who works in a store.
type StaffMember struct {
	ID    ids.MemberID
	Login string
	Name  string
	Role  auth.Role
	State membersapi.MemberState
	Phone string
	// Mine are the stores of those who ask where this person works; Elsewhere says that there are others.
	Mine      []Workplace
	Elsewhere bool
	LastSeen  time.Time
}

// Staff returns who works in the store, by name. It returns ErrNotAllowed to those who do not manage its
// staff.
func (s *Service) Staff(ctx context.Context, by auth.Principal, store ids.StoreID) ([]StaffMember, error) {
	if !by.MayAt(auth.ManageStaff, store) {
		return nil, ErrNotAllowed
	}
	q := membersdb.New(s.db)
	rows, err := q.PeopleOfStore(ctx, store)
	if err != nil {
		return nil, fmt.Errorf("staff of %s: %w", store, err)
	}
	list, at, members := make([]StaffMember, len(rows)), make(map[ids.MemberID]int, len(rows)), make([]uuid.UUID, len(rows))
	for i, r := range rows {
		list[i] = StaffMember{ID: r.MemberID, Login: r.Login, Name: r.Name, Role: r.Role, State: r.State, Phone: r.Phone}
		at[r.MemberID], members[i] = i, r.MemberID.UUID
	}
	work, err := q.WorkplacesOf(ctx, members)
	if err != nil {
		return nil, fmt.Errorf("staff of %s: %w", store, err)
	}
	for _, w := range work {
		m := &list[at[w.MemberID]]
		if by.MayAt(auth.ManageStaff, w.StoreID) {
			m.Mine = append(m.Mine, Workplace{Store: w.StoreID, Code: w.Code, Name: lang.Text{Ko: w.NameKo, En: w.NameEn}})
		} else {
			m.Elsewhere = true
		}
	}
	seen, err := q.LastSeen(ctx, members)
	if err != nil {
		return nil, fmt.Errorf("staff of %s: %w", store, err)
	}
	for _, r := range seen {
		list[at[r.MemberID]].LastSeen = r.At
	}
	return list, nil
}
