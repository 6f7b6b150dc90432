package ordering_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"testing"

	"github.com/google/uuid"

	"maru/internal/kernel/ids"
	"maru/internal/kernel/money"
	"maru/internal/ordering"
	"maru/internal/platform/auth"
	"maru/internal/platform/trail"
)

// audited returns the records of ordering, the oldest first.
func (s *shop) audited() []trail.Entry {
	s.t.Helper()
	rows, err := s.dbs.Context("ordering").Query(s.t.Context(), `SELECT payload FROM ordering.outbox WHERE kind = 'ordering.audited' ORDER BY lane, pos`)
	if err != nil {
		s.t.Fatal(err)
	}
	defer rows.Close()
	var entries []trail.Entry
	for rows.Next() {
		var raw []byte
		var e trail.Entry
		if err := errors.Join(rows.Scan(&raw), json.Unmarshal(raw, &e)); err != nil {
			s.t.Fatal(err)
		}
		entries = append(entries, e)
	}
	return entries
}

func (s *shop) wantRecord(e trail.Entry, action, before, after string, by auth.Principal) {
	s.t.Helper()
	if e.Action != action || string(e.Before) != before || string(e.After) != after || e.By.Member != by.Member || e.By.Name != by.Name ||
		e.By.Address != by.Address || e.Store != s.gangnam {
		s.t.Errorf("recorded %+v, before %s, after %s", e, e.Before, e.After)
	}
}

func TestDailyLimitsLeaveARecord(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	by := auth.Principal{Member: ids.NewMemberID(), Name: "김점주", Role: auth.Owner, Stores: []ids.StoreID{s.gangnam}, Address: "192.0.2.7"}
	for _, n := range []int{10, 4, -1} {
		cmd := ordering.SetDailyLimit{StoreID: s.gangnam, ItemID: s.cookie.ID, Quantity: &n}
		if n < 0 {
			cmd.Quantity = nil
		}
		if err := s.svc.SetDailyLimit(t.Context(), by, cmd); err != nil {
			t.Fatal(err)
		}
	}
	got := s.audited()
	if len(got) != 3 {
		t.Fatalf("%d records: %+v", len(got), got)
	}
	s.wantRecord(got[0], "daily_limit_set", `{"limit":null}`, `{"limit":10}`, by)
	s.wantRecord(got[1], "daily_limit_set", `{"limit":10}`, `{"limit":4}`, by)
	s.wantRecord(got[2], "daily_limit_set", `{"limit":4}`, `{"limit":null}`, by)
	if got[0].Object.ID != s.cookie.ID.String() || got[0].Object.Name != s.cookie.Name.Ko {
		t.Errorf("of %+v", got[0].Object)
	}
}

// What takes goods out of a cart unpaid, or another's cart, is on record; drafting is not.
func TestCartsThatVanishOrChangeHandsLeaveARecord(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	other := auth.Principal{Member: ids.NewMemberID(), Name: "박직원", Role: auth.Staff, Stores: []ids.StoreID{s.gangnam}, Address: "192.0.2.8"}
	fill := func(by auth.Principal) {
		t.Helper()
		for range 2 {
			if _, err := s.svc.AddToCart(t.Context(), by, ordering.AddToCart{StoreID: s.gangnam, Choice: ordering.Choice{ItemID: s.cookie.ID, SizeID: s.cookie.Sizes[0].ID, Quantity: 1}}); err != nil {
				t.Fatal(err)
			}
		}
	}
	hold := func(by auth.Principal) ids.CartID {
		t.Helper()
		if _, err := s.svc.HoldCart(t.Context(), by, ordering.HoldCart{StoreID: s.gangnam, Label: "검은 코트"}); err != nil {
			t.Fatal(err)
		}
		held, err := s.svc.HeldCarts(t.Context(), by, s.gangnam)
		if err != nil || len(held) == 0 {
			t.Fatalf("%v, %v", held, err)
		}
		return held[0].ID
	}
	fill(s.barista)
	cart := hold(s.barista)
	for _, undo := range []bool{false, true} {
		if err := s.svc.DiscardCart(t.Context(), other, ordering.DiscardCart{StoreID: s.gangnam, CartID: cart, Undo: undo}); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := s.svc.RecallCart(t.Context(), other, ordering.RecallCart{StoreID: s.gangnam, CartID: cart}); err != nil {
		t.Fatal(err)
	}
	for range 2 { // of an empty one there is nothing to say
		if _, err := s.svc.RemoveFromCart(t.Context(), other, ordering.RemoveFromCart{StoreID: s.gangnam, Removal: uuid.New()}); err != nil {
			t.Fatal(err)
		}
	}
	fill(s.barista)
	own := hold(s.barista)
	if _, err := s.svc.RecallCart(t.Context(), s.barista, ordering.RecallCart{StoreID: s.gangnam, CartID: own}); err != nil {
		t.Fatal(err)
	}
	got := s.audited()
	if len(got) != 4 {
		t.Fatalf("%d records: %+v", len(got), got)
	}
	price, err := json.Marshal(s.cookie.Sizes[0].Price * 2)
	if err != nil {
		t.Fatal(err)
	}
	whole := func(by string) string { return `{"by":"` + by + `","pieces":2,"total":` + string(price) + `}` }
	s.wantRecord(got[0], "cart_discarded", whole(s.barista.Name), "", other)
	s.wantRecord(got[1], "cart_restored", "", whole(s.barista.Name), other)
	s.wantRecord(got[2], "cart_taken_over", `{"by":"`+s.barista.Name+`"}`, `{"by":"박직원"}`, other)
	s.wantRecord(got[3], "cart_cleared", `{"pieces":2,"total":`+string(price)+`}`, "", other)
	if got[0].Object.Kind != "cart" || got[0].Object.ID != cart.String() || got[0].Object.Name != "검은 코트" {
		t.Errorf("of %+v", got[0].Object)
	}
}

// What was in a cart is in its order, or on record: a line that goes, shrinks or becomes another before it is paid, and
// one that comes back. More of something is a draft.
func TestWhatLeavesACartIsOnRecord(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	choice := ordering.Choice{ItemID: s.cookie.ID, SizeID: s.cookie.Sizes[0].ID, Quantity: 2}
	cart, err := s.svc.AddToCart(t.Context(), s.barista, ordering.AddToCart{StoreID: s.gangnam, Choice: choice})
	if err != nil {
		t.Fatal(err)
	}
	line, removal := cart.Lines[0].ID, uuid.New()
	for _, by := range []int{1, -1} {
		if _, err := s.svc.StepCartLine(t.Context(), s.barista, ordering.StepCartLine{StoreID: s.gangnam, LineID: line, By: by}); err != nil {
			t.Fatal(err)
		}
	}
	for _, choice.Quantity = range []int{2, 5, 4} {
		if _, err := s.svc.ChangeCartLine(t.Context(), s.barista, ordering.ChangeCartLine{StoreID: s.gangnam, LineID: line, Choice: choice}); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := s.svc.RemoveFromCart(t.Context(), s.barista, ordering.RemoveFromCart{StoreID: s.gangnam, LineID: line, Removal: removal}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.svc.UndoRemoval(t.Context(), s.barista, ordering.UndoRemoval{StoreID: s.gangnam, Removal: removal}); err != nil {
		t.Fatal(err)
	}
	price := s.cookie.Sizes[0].Price
	facts := func(pieces int) string {
		return fmt.Sprintf(`{"pieces":%d,"total":%d}`, pieces, price*money.Amount(pieces))
	}
	got := s.audited()
	if len(got) != 4 {
		t.Fatalf("%d records: %+v", len(got), got)
	}
	s.wantRecord(got[0], "cart_line_changed", facts(3), facts(2), s.barista)
	s.wantRecord(got[1], "cart_line_changed", facts(5), facts(4), s.barista)
	s.wantRecord(got[2], "cart_line_removed", `{"item":"`+s.cookie.Name.Ko+`",`+facts(4)[1:], "", s.barista)
	s.wantRecord(got[3], "cart_removal_undone", facts(0), facts(4), s.barista)
	if got[0].Object.Name != s.cookie.Name.Ko {
		t.Errorf("of %+v", got[0].Object)
	}
}
