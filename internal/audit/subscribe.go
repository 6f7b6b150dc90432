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

// How long the trail rests between two rounds of a context in which much happens, and of one where people may
// look for what they have just done. See docs/adr/0057.
const (
	often  = 2 * time.Second
	seldom = 250 * time.Millisecond
)

// Subscribe registers what the trail gathers: one subscription and one chain per context. Names are
// stored: they never change.
//
// Orders, their cancellations and stock documents are not published a second time as records: the
// event says who, when and what.
func (s *Service) Subscribe(subs *outbox.Subscriptions) {
	for _, from := range sources {
		subs.OnLast(subscription(from.name), from.rest, s.keep(from.name), kindsOf(from.name)...) // its reader comes days later
	}
}

// sources are the contexts that leave a trail, audit itself for what is done with its own parked events.
var sources = []struct {
	name string
	rest time.Duration
}{{"members", seldom}, {"catalog", seldom}, {"ordering", often}, {"inventory", seldom}, {"stats", seldom}, {"audit", seldom}}

func subscription(source string) string { return "audit." + source }

// kindsOf are the events of a source that are, or carry, an entry.
func kindsOf(source string) []outbox.Kind {
	kinds := []outbox.Kind{outbox.Named[trail.Entry](trail.Kind(source))}
	switch source {
	case "ordering":
		kinds = append(kinds, outbox.Of[orderingapi.OrderAccepted](), outbox.Of[orderingapi.OrderStatusChanged](), outbox.Of[orderingapi.OrderCancelled]())
	case "inventory":
		kinds = append(kinds, outbox.Of[inventoryapi.StockAdjusted]())
	}
	return kinds
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
