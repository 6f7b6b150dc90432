package members

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"maru/internal/kernel/ids"
	"maru/internal/members/membersapi"
	"maru/internal/platform/auth"
	"maru/internal/platform/outbox"
	"maru/internal/platform/trail"
)

// fields are what an audit record says of a thing before and after; their names decide what is masked.
type fields map[string]any

// done is one thing that somebody did, for the audit trail.
type done struct {
	action string
	object trail.Object
	store  ids.StoreID
	note   string
	before any
	after  any
}

// record publishes what was done, in the transaction in which it is done.
func record(ctx context.Context, tx pgx.Tx, now time.Time, by auth.Principal, d done) error {
	return outbox.Publish(ctx, tx, recordOf(now, by, d))
}

// recordOf is the record of what was done, for those who publish several events at once.
func recordOf(now time.Time, by auth.Principal, d done) trail.Entry {
	return trail.Of("members", now, by, d.action, d.object).In(d.store).Because(d.note).Change(d.before, d.after)
}

func memberObject(id ids.MemberID, name string) trail.Object {
	return trail.Object{Kind: "member", ID: id.String(), Name: name}
}

func sessionObject(id ids.SessionID) trail.Object {
	return trail.Object{Kind: "session", ID: id.String()}
}

func linkObject(id ids.LinkID, name string) trail.Object {
	return trail.Object{Kind: "link", ID: id.String(), Name: name}
}

func applicationObject(id ids.ApplicationID, name string) trail.Object {
	return trail.Object{Kind: "application", ID: id.String(), Name: name}
}

func storeObject(store membersapi.Store) trail.Object {
	return trail.Object{Kind: "store", ID: store.Code, Name: store.Name.Ko}
}

// fields are the card as audit records show it. Address and phone of a store are public, and not masked.
func (c StoreCard) fields() fields {
	return fields{
		"name": c.Name, "region": c.Region, "street": c.Address, "number": c.Phone, "time_zone": c.TimeZone,
		"cutoff_minutes": c.Cutoff, "hours": c.Hours, "status": c.Status,
	}
}
