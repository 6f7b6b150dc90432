package audit

import (
	"encoding/json"
	"fmt"
	"strconv"

	"github.com/go-json-experiment/json/jsontext"

	"maru/internal/audit/internal/auditdb"
	"maru/internal/inventory/inventoryapi"
	"maru/internal/ordering/orderingapi"
	"maru/internal/platform/outbox"
	"maru/internal/platform/trail"
)

// entryOf is what the trail keeps of an event, without its place in it.
func entryOf(d outbox.Delivery) (auditdb.AuditEntry, error) {
	switch e := d.Event.(type) {
	case trail.Entry:
		return auditdb.AuditEntry{
			At: e.At, MemberID: e.By.Member, Actor: e.By.Name, ActorRole: string(e.By.Role), SessionID: e.By.Session,
			Address: e.By.Address, Action: e.Action, ObjectKind: e.Object.Kind, ObjectID: e.Object.ID,
			ObjectName: e.Object.Name, StoreID: e.Store, Note: e.Note, Before: e.Before, After: e.After,
		}, nil
	case orderingapi.OrderAccepted:
		return orderPlaced(e)
	case orderingapi.OrderStatusChanged:
		return auditdb.AuditEntry{
			At: e.At, MemberID: e.By, Actor: e.Program, SessionID: e.Device, Action: "order_moved", ObjectKind: "order", ObjectID: e.OrderID.String(), StoreID: e.StoreID,
			Before: text(`{"status":%q}`, e.From), After: text(`{"status":%q}`, e.To),
		}, nil
	case orderingapi.OrderCancelled:
		return orderCancelled(e)
	case inventoryapi.StockAdjusted:
		return stockAdjusted(e)
	}
	return auditdb.AuditEntry{}, fmt.Errorf("the trail does not know what %s means", d.Kind)
}

func orderPlaced(e orderingapi.OrderAccepted) (auditdb.AuditEntry, error) {
	number := strconv.Itoa(e.PickupNumber)
	after := append(make([]byte, 0, 96), `{"pickup_number":`...)
	after = append(append(after, number...), `,"channel":`...)
	after, err := jsontext.AppendQuote(after, e.Channel)
	after = strconv.AppendInt(append(after, `,"total":`...), int64(e.Total), 10)
	after = strconv.AppendInt(append(after, `,"lines":`...), int64(len(e.Lines)), 10)
	if d := e.Discount; d.Amount > 0 && err == nil {
		after = strconv.AppendInt(append(after, `,"discount":`...), int64(d.Amount), 10)
		if d.Percent > 0 {
			after = strconv.AppendInt(append(after, `,"discount_percent":`...), int64(d.Percent), 10)
		}
		after, err = jsontext.AppendQuote(append(after, `,"discount_reason":`...), d.Reason)
	}
	return auditdb.AuditEntry{
		At: e.PlacedAt, MemberID: e.By, Actor: e.Program, SessionID: e.Device, Action: "order_placed", ObjectKind: "order", ObjectID: e.OrderID.String(),
		ObjectName: number, StoreID: e.StoreID, After: append(after, '}'),
	}, err
}

func orderCancelled(e orderingapi.OrderCancelled) (auditdb.AuditEntry, error) {
	after, err := json.Marshal(struct {
		Status      orderingapi.Status      `json:"status"`
		Refunded    any                     `json:"refunded"`
		Disposition orderingapi.Disposition `json:"disposition"`
	}{e.To, e.Total, e.Disposition})
	return auditdb.AuditEntry{
		At: e.At, MemberID: e.By, Actor: e.Program, SessionID: e.Device, Action: "order_cancelled", ObjectKind: "order", ObjectID: e.OrderID.String(),
		StoreID: e.StoreID, Note: e.Reason, Before: text(`{"status":%q}`, e.From), After: after,
	}, err
}

// stockAdjusted says of every material of a document what it was and what it is.
func stockAdjusted(e inventoryapi.StockAdjusted) (auditdb.AuditEntry, error) {
	type amount struct {
		Material string `json:"material_id"`
		OnHand   any    `json:"on_hand"`
	}
	was, is := make([]amount, len(e.Lines)), make([]amount, len(e.Lines))
	for i, l := range e.Lines {
		was[i] = amount{l.MaterialID.String(), l.OnHand - l.Quantity}
		is[i] = amount{l.MaterialID.String(), l.OnHand}
	}
	before, err := json.Marshal(was)
	if err != nil {
		return auditdb.AuditEntry{}, err
	}
	after, err := json.Marshal(is)
	return auditdb.AuditEntry{
		At: e.At, MemberID: e.By, Actor: e.Program, SessionID: e.Device, Action: "stock_" + string(e.Reason), ObjectKind: "stock",
		ObjectID: e.StoreID.String(), StoreID: e.StoreID, Note: e.Note, Before: before, After: after,
	}, err
}

func text(format string, args ...any) []byte { return fmt.Appendf(nil, format, args...) }
