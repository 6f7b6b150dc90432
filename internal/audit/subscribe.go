package audit

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"

	"maru/internal/audit/internal/auditdb"
	"maru/internal/inventory/inventoryapi"
	"maru/internal/ordering/orderingapi"
	"maru/internal/platform/outbox"
	"maru/internal/platform/trail"
)

// Subscribe registers what the trail gathers: one subscription and one chain per context. Names are
// stored: they never change.
//
// Orders, their cancellations and stock documents are not published a second time as records: the
// event says who, when and what.
func (s *Service) Subscribe(subs *outbox.Subscriptions) {
	on := func(source string, more ...outbox.Kind) {
		kinds := append([]outbox.Kind{outbox.Named[trail.Entry](trail.Kind(source))}, more...)
		subs.OnEvery("audit."+source, 250*time.Millisecond, s.keep(source), kinds...) // its reader comes days later
	}
	on("members")
	on("catalog")
	on("ordering",
		outbox.Of[orderingapi.OrderAccepted](), outbox.Of[orderingapi.OrderStatusChanged](), outbox.Of[orderingapi.OrderCancelled]())
	on("inventory", outbox.Of[inventoryapi.StockAdjusted]())
	on("stats")
	on("audit") // what is done with this context's own parked events
}

// keep is the handler of one source.
func (s *Service) keep(source string) outbox.Handler {
	return func(ctx context.Context, tx pgx.Tx, batch []outbox.Delivery) error {
		entries := make([]auditdb.AuditEntry, 0, len(batch))
		for _, d := range batch {
			e, err := entryOf(d)
			if err != nil {
				return err
			}
			e.EntryID = entryID(e.At, source, d.Lane, d.Pos)
			e.SourceLane, e.SourcePos = int16(d.Lane), d.Pos
			entries = append(entries, e)
		}
		err := s.add(ctx, tx, source, entries)
		if errors.Is(err, errKeyChanged) {
			return outbox.Later(err)
		}
		return err
	}
}
