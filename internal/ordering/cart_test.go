package ordering_test

import (
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"maru/internal/kernel/ids"
	"maru/internal/ordering"
	"maru/internal/ordering/orderingapi"
	"maru/internal/platform/auth"
)

func (s *shop) add(tap uuid.UUID, line ordering.OrderLine) ordering.Cart {
	s.t.Helper()
	cart, err := s.svc.AddToCart(s.t.Context(), s.barista, ordering.AddToCart{StoreID: s.gangnam, Tap: tap, Choice: line.Choice})
	if err != nil {
		s.t.Fatal(err)
	}
	return cart
}

func (s *shop) pay(cart ordering.Cart) (ordering.Receipt, error) {
	return s.payAt(s.svc, cart)
}

func (s *shop) payAt(replica *ordering.Service, cart ordering.Cart) (ordering.Receipt, error) {
	return replica.PayCart(s.t.Context(), s.barista, ordering.PayCart{
		StoreID: s.gangnam, CartID: cart.ID, ExpectTotal: cart.Total, Tenders: []ordering.Tender{{Kind: ordering.Cash, Amount: cart.Total}},
	})
}

func TestTapsThatComeTogetherAllCountInOneCart(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	var together sync.WaitGroup
	for range 20 {
		together.Go(func() { s.add(ids.NewV7(), s.cookies(1)) })
	}
	together.Wait()
	cart, err := s.svc.Cart(t.Context(), s.barista, s.gangnam)
	if err != nil {
		t.Fatal(err)
	}
	if len(cart.Lines) != 1 || cart.Quantity != 20 || cart.Total != 20*3200 {
		t.Errorf("%d lines, %d pieces, total %d", len(cart.Lines), cart.Quantity, cart.Total)
	}
}

func TestLinesWithDifferentOptionsAreNeverMerged(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	plain := s.lattes(1)
	plain.Options = []ordering.ChosenOption{{OptionID: s.regular, Quantity: 1}}
	turned := s.lattes(1)
	turned.Options = []ordering.ChosenOption{{OptionID: s.shot, Quantity: 1}, {OptionID: s.oat, Quantity: 1}}
	s.add(uuid.Nil, s.lattes(1))
	s.add(uuid.Nil, plain)
	cart := s.add(uuid.Nil, turned) // the first choice, tapped in another order
	if len(cart.Lines) != 2 || cart.Lines[0].Choice.Quantity != 2 {
		t.Errorf("lines %+v", cart.Lines)
	}
	if cart.Total != 2*6200+5000 {
		t.Errorf("total %d", cart.Total)
	}
}

func TestALineThatBecomesLikeAnotherJoinsIt(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	plain := s.lattes(3)
	plain.Options = []ordering.ChosenOption{{OptionID: s.regular, Quantity: 1}}
	s.add(uuid.Nil, s.lattes(1))
	cart := s.add(uuid.Nil, plain)
	cart, err := s.svc.ChangeCartLine(t.Context(), s.barista, ordering.ChangeCartLine{
		StoreID: s.gangnam, LineID: cart.Lines[1].ID, Choice: s.lattes(3).Choice,
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(cart.Lines) != 1 || cart.Quantity != 4 {
		t.Errorf("lines %+v", cart.Lines)
	}
}

func TestACartThatLayAroundForDaysCanStillBePaidOnce(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	cart := s.add(uuid.Nil, s.cookies(1))
	s.advance(50 * time.Hour)
	first, err := s.pay(cart)
	if err != nil {
		t.Fatal(err)
	}
	again, err := s.pay(cart)
	if err != nil || !again.Replayed || again.OrderID != first.OrderID {
		t.Errorf("again %+v, %v", again, err)
	}
}

func TestACartIsNobodysButThePersonsAndTheStores(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	cart := s.add(uuid.Nil, s.cookies(1))
	colleague := auth.Principal{Member: ids.NewMemberID(), Name: "민호", Role: auth.Staff, Stores: []ids.StoreID{s.gangnam}}
	theirs, err := s.svc.Cart(t.Context(), colleague, s.gangnam)
	if err != nil || len(theirs.Lines) != 0 {
		t.Errorf("a colleague's cart has %+v, %v", theirs.Lines, err)
	}
	_, err = s.svc.RemoveFromCart(t.Context(), colleague, ordering.RemoveFromCart{StoreID: s.gangnam, LineID: cart.Lines[0].ID, Removal: ids.NewV7()})
	if !errors.Is(err, ordering.ErrNoCartLine) {
		t.Errorf("removing from another's cart: %v", err)
	}
	stranger := auth.Principal{Member: ids.NewMemberID(), Name: "서준", Role: auth.Staff, Stores: []ids.StoreID{s.jeju}}
	if _, err = s.svc.Cart(t.Context(), stranger, s.gangnam); !errors.Is(err, ordering.ErrNotFound) {
		t.Errorf("a stranger sees %v", err)
	}
	_, err = s.svc.PayCart(t.Context(), stranger, ordering.PayCart{StoreID: s.jeju, CartID: cart.ID})
	if !errors.Is(err, ordering.ErrNoCart) {
		t.Errorf("paying another store's cart: %v", err)
	}
}

func TestWhatWasRemovedOrHeldIsNotOrdered(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.add(uuid.Nil, s.cookies(2))
	cart := s.add(uuid.Nil, s.lattes(1))
	cart, err := s.svc.RemoveFromCart(t.Context(), s.barista, ordering.RemoveFromCart{StoreID: s.gangnam, LineID: cart.Lines[0].ID, Removal: ids.NewV7()})
	if err != nil {
		t.Fatal(err)
	}
	if _, err = s.pay(cart); err != nil {
		t.Fatal(err)
	}
	s.drain()
	if got := s.heard.accepted; len(got) != 1 || len(got[0].Lines) != 1 || got[0].Total != 6200 || got[0].Channel != orderingapi.Register {
		t.Errorf("accepted %+v", got)
	}
	if _, err := s.svc.UndoRemoval(t.Context(), s.barista, ordering.UndoRemoval{StoreID: s.gangnam, Removal: ids.NewV7()}); !errors.Is(err, ordering.ErrNoCartLine) {
		t.Errorf("undo after payment: %v", err)
	}
}
