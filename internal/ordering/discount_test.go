package ordering_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
	"pgregory.net/rapid"

	"maru/internal/kernel/ids"
	"maru/internal/kernel/money"
	"maru/internal/ordering"
	"maru/internal/ordering/orderingapi"
	"maru/internal/platform/auth"
)

func amountOff(n money.Amount) *orderingapi.Discount {
	return &orderingapi.Discount{Amount: n, Reason: "불편 보상"}
}

func percentOff(n int) *orderingapi.Discount {
	return &orderingapi.Discount{Percent: n, Reason: "직원 할인"}
}

// withheld is the person without the permission to give discounts.
func withheld(p auth.Principal, s ids.StoreID) auth.Principal {
	p.Exceptions = []auth.Exception{{Store: s, Permission: auth.GiveDiscounts, Granted: false}}
	return p
}

func TestADiscountIsStoredByLineAndGivenBackWithThem(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	cmd := s.order(14_600, s.lattes(2), s.cookies(1)) // 12,400 taxable, 3,200 tax-free
	cmd.Discount = amountOff(1_000)
	r := s.place(cmd)
	// 1,000 × 12,400 / 15,600 = 794.87 and 205.13: 795 and 205; tax of 12,400 - 795 = 11,605 / 11 = 1,055.
	if r.Total != 14_600 || r.Tax != 1_055 {
		t.Errorf("receipt %+v, want 14,600 with 1,055 tax", r)
	}
	o, err := s.svc.Order(t.Context(), s.barista, s.gangnam, cmd.ID)
	if err != nil {
		t.Fatal(err)
	}
	if o.Discount != *cmd.Discount || o.Lines[0].Discount != 795 || o.Lines[0].Total != 11_605 || o.Lines[1].Discount != 205 || o.Lines[1].Total != 2_995 {
		t.Errorf("stored %+v", o)
	}
	board, err := s.svc.Board(t.Context(), s.barista, s.gangnam)
	if err != nil || len(board) != 1 || board[0].Discount != *cmd.Discount {
		t.Errorf("board %+v, %v", board, err)
	}
	if err := s.svc.CancelOrder(t.Context(), s.barista, ordering.CancelOrder{StoreID: s.gangnam, OrderID: cmd.ID, Reason: "x"}); err != nil {
		t.Fatal(err)
	}
	s.drain()
	accepted, cancelled := s.heard.accepted[0], s.heard.cancelled[0]
	if accepted.Discount != *cmd.Discount {
		t.Errorf("the event says %+v", accepted.Discount)
	}
	if diff := cmp.Diff(accepted.Lines, cancelled.Lines); diff != "" || cancelled.Total != r.Total || cancelled.Tax != r.Tax {
		t.Errorf("given back %d with %d tax (-accepted +cancelled):\n%s", cancelled.Total, cancelled.Tax, diff)
	}
}

// Whatever is ordered and taken off: the shares are the discount, the tax is that of what is left, and what is
// paid is what is given back.
func TestDiscountsComeOutToTheWon(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	rapid.Check(t, func(r *rapid.T) {
		var lines []ordering.OrderLine
		var sum money.Amount
		for range rapid.IntRange(1, 6).Draw(r, "lines") {
			n := rapid.IntRange(1, 7).Draw(r, "quantity")
			if rapid.Bool().Draw(r, "tax free") {
				lines, sum = append(lines, s.cookies(n)), sum+money.Amount(n)*3_200
				continue
			}
			line, unit := s.lattes(n), money.Amount(6_200)
			if shots := rapid.IntRange(0, 4).Draw(r, "shots"); shots > 0 {
				line.Options, unit = slices.Clone(line.Options), 5_700+money.Amount(shots)*500
				line.Options[1].Quantity = shots
			}
			lines, sum = append(lines, line), sum+money.Amount(n)*unit
		}
		discount := amountOff(money.Amount(rapid.Int64Range(1, int64(sum)).Draw(r, "amount")))
		want := discount.Amount
		if rapid.Bool().Draw(r, "by percent") {
			discount = percentOff(rapid.IntRange(1, 100).Draw(r, "percent"))
			want = (sum*money.Amount(discount.Percent) + 50) / 100
		}
		cmd := s.order(sum-want, lines...)
		cmd.Discount = discount
		if want == sum {
			cmd.Tenders = nil
		}
		receipt, err := s.svc.PlaceOrder(r.Context(), s.barista, cmd)
		if err != nil {
			r.Fatal(err)
		}
		o, err := s.svc.Order(r.Context(), s.barista, s.gangnam, cmd.ID)
		if err != nil {
			r.Fatal(err)
		}
		var shares, total, taxable, paid money.Amount
		for _, l := range o.Lines {
			shares, total = shares+l.Discount, total+l.Total
			if !l.TaxFree {
				taxable += l.Total
			}
			// No share is further from its part of the whole than one won.
			if exact := l.Total + l.Discount; l.Total < 0 || l.Discount < 0 || l.Discount*sum > want*exact+sum || l.Discount*sum < want*exact-sum {
				r.Fatalf("line %+v of %d off %d", l, want, sum)
			}
		}
		for _, p := range o.Payments {
			paid += p.Amount
		}
		if shares != want || o.Discount.Amount != want || total != sum-want || receipt.Total != total || o.Total != total || paid != total || o.Tax != money.VAT(taxable) {
			r.Fatalf("shares %d of %d, total %d of %d, paid %d, tax %d", shares, want, o.Total, sum-want, paid, o.Tax)
		}
		if err := s.svc.CancelOrder(r.Context(), s.barista, ordering.CancelOrder{StoreID: s.gangnam, OrderID: cmd.ID, Reason: "x"}); err != nil {
			r.Fatal(err)
		}
		s.drain()
		back := s.heard.cancelled[len(s.heard.cancelled)-1]
		if diff := cmp.Diff(o.Lines, back.Lines); diff != "" || back.Total != paid || back.Tax != o.Tax {
			r.Fatalf("given back %d of %d\n%s", back.Total, paid, diff)
		}
	})
}

func TestDiscountsThatCannotBeGivenAreRefused(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	for _, c := range []struct {
		name     string
		by       auth.Principal
		discount orderingapi.Discount
		want     error
	}{
		{"without the permission", withheld(s.barista, s.gangnam), *amountOff(200), ordering.ErrDiscountForbidden},
		{"more than the total", s.barista, *amountOff(3_201), ordering.ErrDiscountTooMuch},
		{"negative", s.barista, *amountOff(-1), ordering.ErrDiscount},
		{"nothing", s.barista, *amountOff(0), ordering.ErrDiscount},
		{"over 100 %", s.barista, *percentOff(101), ordering.ErrDiscount},
		{"both", s.barista, orderingapi.Discount{Amount: 1, Percent: 1, Reason: "x"}, ordering.ErrDiscount},
		{"no reason", s.barista, orderingapi.Discount{Amount: 1, Reason: " "}, ordering.ErrDiscountReason},
		{"a reason of one NUL", s.barista, orderingapi.Discount{Amount: 1, Reason: "\x00"}, ordering.ErrDiscountReason},
		{"a long reason", s.barista, orderingapi.Discount{Amount: 1, Reason: strings.Repeat("가", 101)}, ordering.ErrDiscountReasonLong},
	} {
		cmd := s.order(3_000, s.cookies(1))
		cmd.Discount = &c.discount
		if _, err := s.svc.PlaceOrder(t.Context(), c.by, cmd); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", c.name, err, c.want)
		}
		s.add(uuid.Nil, s.cookies(1))
		cart, err := s.svc.SetCartDiscount(t.Context(), c.by, ordering.SetCartDiscount{StoreID: s.gangnam, Discount: c.discount})
		if !errors.Is(err, c.want) {
			t.Errorf("%s, on a cart: %+v, %v, want %v", c.name, cart.Discount, err, c.want)
		}
		_, err = s.svc.RemoveFromCart(t.Context(), s.barista, ordering.RemoveFromCart{StoreID: s.gangnam, Removal: ids.NewV7()})
		if err != nil {
			t.Fatal(err)
		}
	}
	if n := s.stored(); n != 0 {
		t.Errorf("%d rows are stored", n)
	}
}

func TestADiscountMakesItAnotherOrder(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	cmd := s.order(3_200, s.cookies(1))
	first := s.place(cmd)
	if again := s.place(cmd); !again.Replayed || again.PickupNumber != first.PickupNumber {
		t.Errorf("again: %+v", again)
	}
	cmd.Discount = amountOff(100)
	if _, err := s.svc.PlaceOrder(t.Context(), s.barista, cmd); !errors.Is(err, ordering.ErrOtherBody) {
		t.Errorf("with a discount: %v, want ErrOtherBody", err)
	}
}

func TestTheDiscountOfACartFollowsItsLines(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	set := func(d orderingapi.Discount) ordering.Cart {
		t.Helper()
		cart, err := s.svc.SetCartDiscount(t.Context(), s.barista, ordering.SetCartDiscount{StoreID: s.gangnam, Discount: d})
		if err != nil {
			t.Fatal(err)
		}
		return cart
	}
	remove := func(line uuid.UUID) ordering.Cart {
		t.Helper()
		cart, err := s.svc.RemoveFromCart(t.Context(), s.barista, ordering.RemoveFromCart{StoreID: s.gangnam, LineID: line, Removal: ids.NewV7()})
		if err != nil {
			t.Fatal(err)
		}
		return cart
	}
	_, err := s.svc.SetCartDiscount(t.Context(), s.barista, ordering.SetCartDiscount{StoreID: s.gangnam, Discount: *percentOff(10)})
	if !errors.Is(err, ordering.ErrCartEmpty) {
		t.Errorf("on an empty cart: %v", err)
	}
	s.add(uuid.Nil, s.cookies(1))
	cart := set(*percentOff(10))
	if cart.Total != 2_880 || cart.Discount.Amount != 320 || cart.Sum() != 3_200 || cart.Tax != 0 {
		t.Errorf("10 %% off 3,200: %+v", cart)
	}
	cart = s.add(uuid.Nil, s.lattes(1))
	if cart.Total != 8_460 || cart.Discount.Amount != 940 || cart.Tax != money.VAT(5_580) {
		t.Errorf("10 %% off 9,400: %+v", cart)
	}
	set(*amountOff(9_000))
	cookie := cart.Lines[0].ID
	cart = remove(cookie)
	if cart.Total != 0 || cart.Discount.Amount != 6_200 || cart.Asked.Amount != 9_000 {
		t.Errorf("9,000 off 6,200: %+v", cart)
	}
	// Held, and taken up again by somebody who may not give it: they cannot pay it, but take it away.
	if _, err := s.svc.HoldCart(t.Context(), s.barista, ordering.HoldCart{StoreID: s.gangnam, Label: "검은 코트"}); err != nil {
		t.Fatal(err)
	}
	held, err := s.svc.HeldCarts(t.Context(), s.barista, s.gangnam)
	if err != nil || len(held) != 1 || held[0].Total != 0 {
		t.Fatalf("held: %+v, %v", held, err)
	}
	if next := s.add(uuid.Nil, s.cookies(1)); next.Discount.Amount != 0 || next.Total != 3_200 {
		t.Errorf("the next order: %+v", next)
	}
	staff := withheld(s.barista, s.gangnam)
	staff.Member, staff.Name = ids.NewMemberID(), "민호"
	cart, err = s.svc.RecallCart(t.Context(), staff, ordering.RecallCart{StoreID: s.gangnam, CartID: held[0].ID})
	if err != nil || cart.Discount.Amount != 6_200 {
		t.Fatalf("taken up: %+v, %v", cart, err)
	}
	if _, err := s.svc.PayCart(t.Context(), staff, ordering.PayCart{StoreID: s.gangnam, CartID: cart.ID}); !errors.Is(err, ordering.ErrDiscountForbidden) {
		t.Errorf("paid by who may not: %v", err)
	}
	cart, err = s.svc.SetCartDiscount(t.Context(), staff, ordering.SetCartDiscount{StoreID: s.gangnam})
	if err != nil || cart.Total != 6_200 || cart.Discount != (orderingapi.Discount{}) {
		t.Errorf("taken away: %+v, %v", cart, err)
	}
}

func TestAPaidCartGivesItsDiscountOnce(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.add(uuid.Nil, s.lattes(1))
	cart, err := s.svc.SetCartDiscount(t.Context(), s.barista, ordering.SetCartDiscount{StoreID: s.gangnam, Discount: *percentOff(100)})
	if err != nil {
		t.Fatal(err)
	}
	pay := ordering.PayCart{StoreID: s.gangnam, CartID: cart.ID, ExpectTotal: 0}
	for i := range 2 {
		r, err := s.svc.PayCart(t.Context(), s.barista, pay)
		if err != nil || r.Total != 0 || r.Replayed != (i > 0) {
			t.Errorf("%d: %+v, %v", i, r, err)
		}
	}
	if next := s.add(uuid.Nil, s.lattes(1)); next.Total != 6_200 {
		t.Errorf("the next order: %+v", next)
	}
	cart, err = s.svc.SetCartDiscount(t.Context(), s.barista, ordering.SetCartDiscount{StoreID: s.gangnam, Discount: *amountOff(200)})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.svc.RemoveFromCart(t.Context(), s.barista, ordering.RemoveFromCart{StoreID: s.gangnam, Removal: ids.NewV7()}); err != nil {
		t.Fatal(err)
	}
	if next := s.add(uuid.Nil, s.cookies(1)); next.Total != 3_200 || next.Asked != (orderingapi.Discount{}) {
		t.Errorf("after %+v was cleared the next order is %+v", cart.Discount, next)
	}
}
