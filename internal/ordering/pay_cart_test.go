package ordering_test

import (
	"errors"
	"testing"
	"time"

	"github.com/google/uuid"

	"maru/internal/kernel/ids"
	"maru/internal/ordering"
	"maru/internal/ordering/orderingapi"
	"maru/internal/platform/auth"
)

// whilePaying is a replica with a clock that calls meanwhile when it is looked at for the nth time: by a payment
// first when it has read the cart, then when it has read the lines too.
func (s *shop) whilePaying(n int, meanwhile func()) *ordering.Service {
	s.t.Helper()
	armed := 0
	svc := s.replicaAt(s.url, func() time.Time {
		if armed > 0 {
			if armed--; armed == 0 {
				meanwhile()
			}
		}
		return s.clock()
	})
	armed = n
	return svc
}

func TestWhatIsPutInWhileItIsPaidIsNeitherChargedNorLost(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(s *shop){
		"another line": func(s *shop) { s.add(ids.NewV7(), s.lattes(1)) },
		"one more":     func(s *shop) { s.add(ids.NewV7(), s.cookies(1)) },
		"one that costs nothing more": func(s *shop) {
			s.add(ids.NewV7(), s.lattes(1))
			s.discount(&orderingapi.Discount{Amount: 6200, Reason: "쿠폰"})
		},
	} {
		for moment, n := range map[string]int{"cart read": 1, "lines read": 2} {
			t.Run(name+", "+moment, func(t *testing.T) {
				t.Parallel()
				s := newShop(t)
				cart := s.add(ids.NewV7(), s.cookies(2))
				svc := s.whilePaying(n, func() { change(s) })
				receipt, err := s.payAt(svc, cart)
				if !errors.Is(err, ordering.ErrCartChanged) && !errors.Is(err, ordering.ErrPriceMoved) {
					t.Fatalf("paid as %+v, %v", receipt, err)
				}
				now, err := s.svc.Cart(t.Context(), s.barista, s.gangnam)
				if err != nil || now.ID != cart.ID || now.Quantity != 3 {
					t.Fatalf("the cart is %+v, %v", now, err)
				}
				if receipt, err = s.pay(now); err != nil || receipt.Replayed || receipt.Total != now.Total {
					t.Errorf("paid again as %+v, %v", receipt, err)
				}
				s.drain()
				if got := s.heard.accepted; len(got) != 1 || got[0].Total != now.Total || len(got[0].Lines) != len(now.Lines) {
					t.Errorf("accepted %+v", got)
				}
			})
		}
	}
}

func TestACartThatIsHeldWhileItIsPaidStaysHeld(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	cart := s.add(ids.NewV7(), s.cookies(2))
	svc := s.whilePaying(2, func() { s.putAside("검은 코트") })
	if receipt, err := s.payAt(svc, cart); !errors.Is(err, ordering.ErrNoCart) {
		t.Errorf("paid as %+v, %v", receipt, err)
	}
	if held := s.held(); len(held) != 1 || held[0].Quantity != 2 {
		t.Errorf("held %+v", held)
	}
}

func TestACartThatWasPaidMeanwhileIsPaid(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	cart := s.add(ids.NewV7(), s.cookies(2))
	svc := s.whilePaying(2, func() {
		if _, err := s.pay(cart); err != nil {
			t.Error(err)
		}
		s.add(ids.NewV7(), s.lattes(1)) // the next order
	})
	receipt, err := s.payAt(svc, cart)
	if err != nil || !receipt.Replayed {
		t.Errorf("paid as %+v, %v", receipt, err)
	}
	other := ordering.PayCart{StoreID: s.gangnam, CartID: cart.ID, ExpectTotal: cart.Total, Tenders: []ordering.Tender{{Kind: ordering.Card, Amount: cart.Total, Approval: "1"}}}
	if _, err := s.svc.PayCart(t.Context(), s.barista, other); !errors.Is(err, ordering.ErrCartPaid) {
		t.Errorf("by card: %v", err)
	}
	next, err := s.svc.Cart(t.Context(), s.barista, s.gangnam)
	if err != nil || next.ID == cart.ID || next.Quantity != 1 {
		t.Errorf("the next cart is %+v, %v", next, err)
	}
}

func (s *shop) discount(d *orderingapi.Discount) {
	s.t.Helper()
	if _, err := s.svc.SetCartDiscount(s.t.Context(), s.barista, ordering.SetCartDiscount{StoreID: s.gangnam, Discount: *d}); err != nil {
		s.t.Error(err)
	}
}

func (s *shop) putAside(label string) {
	s.t.Helper()
	if _, err := s.svc.HoldCart(s.t.Context(), s.barista, ordering.HoldCart{StoreID: s.gangnam, Label: label}); err != nil {
		s.t.Error(err)
	}
}

func (s *shop) held() []ordering.HeldCart {
	s.t.Helper()
	held, err := s.svc.HeldCarts(s.t.Context(), s.barista, s.gangnam)
	if err != nil {
		s.t.Fatal(err)
	}
	return held
}

// A cart that is put aside can be taken up until the end of the next business day, which at gangnam ends at 5:00.
func TestHeldCartsAreThereUntilTheNextDayIsOver(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	seoul, err := time.LoadLocation("Asia/Seoul")
	if err != nil {
		t.Fatal(err)
	}
	monday := s.clock().In(seoul)
	monday = time.Date(monday.Year(), monday.Month(), monday.Day(), 5, 0, 0, 0, seoul).AddDate(0, 0, 1)
	for _, hold := range []struct {
		label string
		at    time.Time
	}{
		{"일요일 밤", monday.Add(-time.Second)},
		{"월요일 아침", monday},
		{"월요일 밤", monday.Add(24*time.Hour - time.Second)},
	} {
		s.advance(hold.at.Sub(s.clock()))
		s.add(uuid.Nil, s.lattes(2))
		s.putAside(hold.label)
	}
	for _, c := range []struct {
		at   time.Duration // after Monday began
		want []string
	}{
		{24*time.Hour - time.Second, []string{"월요일 밤", "월요일 아침", "일요일 밤"}},
		{24 * time.Hour, []string{"월요일 밤", "월요일 아침"}},
		{48*time.Hour - time.Second, []string{"월요일 밤", "월요일 아침"}},
		{48 * time.Hour, nil},
	} {
		s.advance(monday.Add(c.at).Sub(s.clock()))
		var got []string
		for _, h := range s.held() {
			got = append(got, h.Label)
		}
		cart, err := s.svc.Cart(t.Context(), s.barista, s.gangnam)
		if err != nil || cart.Held != len(c.want) || len(got) != len(c.want) {
			t.Errorf("%v after the day began: %q, counted %d, %v, want %q", c.at, got, cart.Held, err, c.want)
		}
	}
	s.add(uuid.Nil, s.cookies(1)) // the next order looks after them
	got := s.audited()
	if len(got) != 3 {
		t.Fatalf("records %+v", got)
	}
	for _, e := range got {
		s.wantRecord(e, "cart_discarded", `{"by":"`+s.barista.Name+`","pieces":2,"total":12400}`, "", auth.System("보류 기한"))
	}
}
