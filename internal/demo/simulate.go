package demo

import (
	"context"
	"errors"
	"log/slog"
	"math/rand/v2"
	"time"

	"golang.org/x/sync/errgroup"

	"maru/internal/inventory"
	"maru/internal/kernel/ids"
	"maru/internal/kernel/quantity"
	"maru/internal/members/membersapi"
	"maru/internal/ordering"
	"maru/internal/ordering/orderingapi"
	"maru/internal/platform/auth"
	"maru/internal/platform/errs"
)

// Simulation lets customers come, baristas work and deliveries arrive, through the same doors as
// people do.
type Simulation struct {
	Orders *ordering.Service
	Stock  *inventory.Service
	Stores []membersapi.Store
	// Speed multiplies how many customers come, and how fast they are served.
	Speed float64
	Log   *slog.Logger
}

// quietest is how many orders an hour come even in the dead of night, before Speed, so that a demo
// shown in the evening is alive.
const quietest = 12.0

// How long a barista takes for each step, at speed 1.
const (
	startsAfter = 40 * time.Second
	makesIn     = 100 * time.Second
	handsOverIn = 60 * time.Second
)

// Run goes on until ctx ends.
func (s Simulation) Run(ctx context.Context) error {
	group, ctx := errgroup.WithContext(ctx)
	for _, store := range s.Stores {
		group.Go(func() error { return s.customers(ctx, store.ID) })
		group.Go(func() error { return s.baristas(ctx, store.ID) })
		group.Go(func() error { return s.deliveries(ctx, store.ID) })
	}
	if err := group.Wait(); ctx.Err() == nil {
		return err
	}
	return nil
}

func (s Simulation) customers(ctx context.Context, store ids.StoreID) error {
	rng := rand.New(rand.NewPCG(rand.Uint64(), rand.Uint64())) //nolint:gosec // customers, not secrets
	for {
		sell, err := s.Orders.Sellable(store)
		if err != nil {
			return err
		}
		rate := max(perSecond(store, time.Now().In(sell.Clock.Zone())), quietest/3600) * s.Speed
		if !sleep(ctx, time.Duration(rng.ExpFloat64()/rate*float64(time.Second))) {
			return nil
		}
		if sell, err = s.Orders.Sellable(store); err != nil { // what is sold out may have changed meanwhile
			return err
		}
		s.comes(ctx, sell, rng)
	}
}

// comes is one customer, who pays what the register says.
func (s Simulation) comes(ctx context.Context, sell *ordering.Sellable, rng *rand.Rand) {
	c := newCrowd(sell, rng)
	cmd := ordering.PlaceOrder{StoreID: sell.Store, Channel: orderingapi.Register, Dining: c.dining(), Lines: c.basket()}
	if len(cmd.Lines) == 0 {
		return
	}
	tender := ordering.Tender{Kind: ordering.Card, Approval: simulatedApproval}
	for _, l := range cmd.Lines {
		line, err := sell.Price(l.Choice)
		if err != nil {
			return
		}
		tender.Amount += line.Total
	}
	if rng.IntN(6) == 0 {
		tender.Kind, tender.Approval = ordering.Cash, ""
		tender.Received = (tender.Amount + 9_999) / 10_000 * 10_000
	}
	cmd.Tenders = []ordering.Tender{tender}
	if _, err := s.Orders.PlaceOrder(ctx, simulated, cmd); err != nil && ctx.Err() == nil && errs.KindOf(err) == errs.Internal {
		s.Log.Warn("a simulated customer could not order", "error", err)
	}
}

// simulated is who the simulation says it is.
var simulated = auth.System("시뮬레이션")

const simulatedApproval = "SIM-0000"

// baristas moves the board along as a team does that keeps up.
func (s Simulation) baristas(ctx context.Context, store ids.StoreID) error {
	rng := rand.New(rand.NewPCG(rand.Uint64(), rand.Uint64())) //nolint:gosec // moods, not secrets
	due := map[orderingapi.Status]time.Duration{
		orderingapi.Accepted: startsAfter, orderingapi.Preparing: makesIn, orderingapi.Ready: handsOverIn,
	}
	for sleep(ctx, time.Second) {
		open, err := s.Orders.Board(ctx, simulated, store)
		if err != nil {
			continue // the next second sees
		}
		for _, o := range open {
			wait := time.Duration(float64(due[o.Status]) * (0.6 + 0.8*rng.Float64()) / s.Speed)
			if o.PlacedBy != simulated.Name || time.Since(o.StatusAt) < wait {
				continue // orders of real people are theirs to make
			}
			if o.Status == orderingapi.Accepted && rng.IntN(150) == 0 {
				_ = s.Orders.CancelOrder(ctx, simulated, ordering.CancelOrder{StoreID: store, OrderID: o.ID, Reason: "손님 변심 (시뮬레이션)"})
				continue
			}
			// A refusal means that somebody at the real board was faster.
			_ = s.Orders.MoveOrder(ctx, simulated, ordering.MoveOrder{StoreID: store, OrderID: o.ID, From: o.Status, To: o.Next()})
		}
	}
	return nil
}

// deliveries brings what ran low, late enough that it sometimes runs out first.
func (s Simulation) deliveries(ctx context.Context, store ids.StoreID) error {
	for {
		if !sleep(ctx, time.Duration((90+rand.Float64()*120)*float64(time.Second))) { //nolint:gosec // traffic, not secrets
			return nil
		}
		low, err := s.Stock.LowStock(ctx, store, 50)
		if err != nil || len(low) == 0 {
			continue
		}
		cmd := inventory.ReceiveStock{ID: ids.NewV7(), Store: store, Note: "시뮬레이션 입고"}
		for _, m := range low {
			cmd.Lines = append(cmd.Lines, inventory.StockLine{Material: m.MaterialID, Quantity: wholeUnits(3*m.Low - m.OnHand), Unit: string(m.Unit)})
		}
		if _, err := s.Stock.ReceiveStock(ctx, simulated, cmd); err != nil && ctx.Err() == nil && !errors.Is(err, context.Canceled) {
			s.Log.Warn("a simulated delivery failed", "error", err)
		}
	}
}

// wholeUnits rounds up to whole base units and is at least one.
func wholeUnits(q quantity.Milli) quantity.Milli { return max(1000, (q+999)/1000*1000) }

// sleep waits and reports whether ctx is still running.
func sleep(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}
