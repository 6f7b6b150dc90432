package members

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"maru/internal/kernel/ids"
	"maru/internal/members/internal/membersdb"
	"maru/internal/members/membersapi"
	"maru/internal/platform/auth"
	"maru/internal/platform/errs"
	"maru/internal/platform/trail"
)

// Errors of shared devices.
var (
	ErrNoSharedDevice = errs.New(errs.NotFound, "members.no_shared_device",
		"이 매장의 공용 기기가 아니에요. 이미 끝났을 수 있어요.", "That is no shared device of this store; it may have been ended already.")
	ErrDeviceName = errs.New(errs.Invalid, "members.device_name",
		"40자 안으로 이름을 적어 주세요. 주문 내역에 나와요.", "Please give it a name of at most 40 characters; it is shown in the history of orders.")
	ErrLockAfter = errs.New(errs.Invalid, "members.lock_after",
		"잠기는 시간을 목록에서 골라 주세요.", "Please choose from the list when it locks.")
	ErrTooManyDevices = errs.New(errs.Conflict, "members.too_many_devices",
		"공용 기기는 한 지점에 20대까지예요. 안 쓰는 기기를 먼저 끝내 주세요.", "A store has at most 20 shared devices. End one that is not in use first.")
	ErrStoreClosedForGood = errs.New(errs.Conflict, "members.store_closed",
		"폐점한 지점에서는 공용 기기를 쓸 수 없어요.", "A store that is closed for good has no shared devices.")
)

// maxSharedDevices bounds the live devices of a store: each is one more place to try PINs at.
const maxSharedDevices = 20

// LockChoices are after how long without a touch a shared device may lock itself. With DefaultLock a barista who
// makes two drinks comes back to an open register, and one who leaves for the back room does not.
var LockChoices = []time.Duration{time.Minute, 2 * time.Minute, DefaultLock, 5 * time.Minute, 10 * time.Minute, 30 * time.Minute}

// DefaultLock is what a shared device locks after where nobody chose.
const DefaultLock = 3 * time.Minute

// copiesShown is for how long a store sees that one of its devices was copied.
const copiesShown = 14 * 24 * time.Hour

// SetUpDevice makes the browser that asks a shared device of a store.
type SetUpDevice struct {
	Store     ids.StoreID
	Name      string // what the store calls it: "카운터"
	LockAfter time.Duration
	Password  string // of the person who does it
	Device    string // what the browser calls itself
	Address   string
}

// SetUpDevice begins the session of a shared device: it stays signed in as the store and by itself shows nothing
// but who can work there. It asks for the password, because a device outlives the session it was set up from.
// It returns ErrNotAllowed, auth.ErrSharedDevice, ErrStoreClosedForGood, ErrTooManyDevices, ErrWrongPassword, ErrLocked, and errs.Fields.
func (s *Service) SetUpDevice(ctx context.Context, by auth.Principal, cmd SetUpDevice) (Session, error) {
	if !by.MayAt(auth.ManageDevices, cmd.Store) {
		return Session{}, ErrNotAllowed
	}
	cmd.Name = tidy(cmd.Name)
	var problems errs.Fields
	if cmd.Name == "" || !fits(cmd.Name, 40) {
		problems = append(problems, ErrDeviceName.On("name"))
	}
	if !slices.Contains(LockChoices, cmd.LockAfter) {
		problems = append(problems, ErrLockAfter.On("lock"))
	}
	if len(problems) > 0 {
		return Session{}, problems
	}
	store, err := s.storeByID(ctx, cmd.Store)
	if err != nil {
		return Session{}, err
	}
	if store.Status == membersapi.Closed {
		return Session{}, ErrStoreClosedForGood
	}
	if err := s.reauthenticate(ctx, by, cmd.Password); err != nil {
		return Session{}, fmt.Errorf("set up device: %w", err)
	}
	begun := s.beginChain()
	err = s.db.InTx(ctx, func(tx pgx.Tx) error {
		q := membersdb.New(tx)
		if _, err := q.StoreForUpdate(ctx, cmd.Store); err != nil { // one after another
			return err
		}
		by, err := s.rightsNow(ctx, tx, by, cmd.Store)
		if err == nil && !by.MayAt(auth.ManageDevices, cmd.Store) {
			err = ErrNotAllowed
		}
		if err != nil {
			return err
		}
		if n, err := q.CountSharedDevices(ctx, cmd.Store.UUID, begun.at); err != nil || n >= maxSharedDevices {
			return cmp.Or(err, error(ErrTooManyDevices))
		}
		if err := q.InsertSharedDevice(ctx, membersdb.InsertSharedDeviceParams{
			SessionID: begun.session, Device: oneLine(cmd.Device, 200), Address: networkOf(cmd.Address), StartedAt: begun.at,
			TokenHash: begun.token.hash(), ChainKey: begun.key, ExpiresAt: begun.at.Add(s.limits.Idle), Store: cmd.Store.UUID,
			DeviceName: cmd.Name, SetUpBy: by.Member.UUID, LockSeconds: int32(cmd.LockAfter / time.Second), //nolint:gosec // one of LockChoices
		}); err != nil {
			return err
		}
		device := auth.Principal{Session: begun.session, Shared: auth.SharedDevice{Store: cmd.Store, Name: cmd.Name}}
		return recordDevice(ctx, tx, begun.at, by, device, "device_set_up", fields{"lock_minutes": cmd.LockAfter.Minutes()})
	})
	if err != nil {
		return Session{}, fmt.Errorf("set up device: %w", err)
	}
	return s.open(ctx, begun.session, begun.token)
}

// recordDevice publishes what by did with a shared device.
func recordDevice(ctx context.Context, tx pgx.Tx, now time.Time, by, device auth.Principal, action string, after fields) error {
	d := done{action: action, object: trail.Object{Kind: "device", ID: device.Session.String(), Name: device.Shared.Name}, store: device.Shared.Store}
	if len(after) > 0 {
		d.after = after
	}
	return record(ctx, tx, now, by, d)
}

// SharedDevice is a device of a store as those who look after it see it.
type SharedDevice struct {
	Session   ids.SessionID
	Name      string
	Device    string // what the browser calls itself
	Address   string // where it was set up; a network of IPv6
	Since     time.Time
	LastUsed  time.Time // to within auth.AccessTokenLife
	SetUpBy   string
	Acting    string // who works on it now; empty while it is locked
	LockAfter time.Duration
}

// SharedDevices are the devices of a store, and those that were ended lately because somebody used a copy.
type SharedDevices struct {
	Devices []SharedDevice
	Copied  []CopiedSession
}

// SharedDevices lists the store's devices by name. It returns ErrNotAllowed.
func (s *Service) SharedDevices(ctx context.Context, by auth.Principal, store ids.StoreID) (SharedDevices, error) {
	if !by.MayAt(auth.ManageDevices, store) {
		return SharedDevices{}, ErrNotAllowed
	}
	q, now := membersdb.New(s.db), s.now()
	rows, err := q.SharedDevicesOf(ctx, store.UUID, now)
	if err != nil {
		return SharedDevices{}, fmt.Errorf("shared devices of %s: %w", store, err)
	}
	var out SharedDevices
	for _, r := range rows {
		d := SharedDevice{
			Session: r.SessionID, Name: r.DeviceName, Device: r.Device, Address: r.Address, Since: r.StartedAt, LastUsed: r.RefreshedAt,
			SetUpBy: r.SetUpBy, LockAfter: time.Duration(r.LockSeconds) * time.Second,
		}
		if r.ActingUntil != nil && r.ActingUntil.After(now) {
			d.Acting = r.Acting
		}
		out.Devices = append(out.Devices, d)
	}
	copied, err := q.CopiedDevicesOf(ctx, store.UUID, now.Add(-copiesShown))
	if err != nil {
		return SharedDevices{}, fmt.Errorf("copied devices of %s: %w", store, err)
	}
	for _, r := range copied {
		out.Copied = append(out.Copied, CopiedSession{Device: r.DeviceName, Address: r.Address, Since: r.StartedAt, Ended: *r.EndedAt})
	}
	return out, nil
}

// EndSharedDevice signs a device of the store out, and whoever works on it: here at once, on other replicas
// within sessionMemory. It returns ErrNotAllowed and ErrNoSharedDevice.
func (s *Service) EndSharedDevice(ctx context.Context, by auth.Principal, store ids.StoreID, session ids.SessionID) error {
	return s.changeDevice(ctx, by, store, session, "device_ended", fields{}, func(q *membersdb.Queries, now time.Time) (string, error) {
		reason := "ended_by_store"
		return q.EndSharedDevice(ctx, membersdb.EndSharedDeviceParams{EndedAt: &now, EndReason: &reason, SessionID: session, Store: store.UUID})
	})
}

// SetLockAfter changes after how long without a touch a device of the store locks, one of LockChoices. Whoever
// works on it has the new time from the next thing they do. It returns ErrNotAllowed, ErrNoSharedDevice and ErrLockAfter.
func (s *Service) SetLockAfter(ctx context.Context, by auth.Principal, store ids.StoreID, session ids.SessionID, after time.Duration) error {
	if !slices.Contains(LockChoices, after) {
		return ErrLockAfter.On("lock")
	}
	return s.changeDevice(ctx, by, store, session, "device_changed", fields{"lock_minutes": after.Minutes()}, func(q *membersdb.Queries, _ time.Time) (string, error) {
		return q.ChangeSharedDevice(ctx, int32(after/time.Second), session, store.UUID) //nolint:gosec // one of LockChoices
	})
}

// changeDevice runs change, which returns the name of the device it changed.
func (s *Service) changeDevice(ctx context.Context, by auth.Principal, store ids.StoreID, session ids.SessionID, action string, after fields,
	change func(q *membersdb.Queries, now time.Time) (string, error),
) error {
	if !by.MayAt(auth.ManageDevices, store) {
		return ErrNotAllowed
	}
	err := s.db.InTx(ctx, func(tx pgx.Tx) error {
		now := s.now()
		name, err := change(membersdb.New(tx), now)
		if errors.Is(err, pgx.ErrNoRows) {
			return ErrNoSharedDevice
		}
		if err != nil {
			return err
		}
		device := auth.Principal{Session: session, Shared: auth.SharedDevice{Store: store, Name: name}}
		return recordDevice(ctx, tx, now, by, device, action, after)
	})
	if err != nil {
		return fmt.Errorf("%s %s: %w", action, session, err)
	}
	s.sessions.forget(session)
	return nil
}

// lookUpShared is lookUp for a shared device: who works on it, with what they may do in its store by PIN, or nobody.
func (s *Service) lookUpShared(ctx context.Context, id ids.SessionID, now time.Time) (knownSession, error) {
	q, before := membersdb.New(s.db), s.sessions.forgotten()
	row, err := q.LiveSharedDevice(ctx, id, now)
	if errors.Is(err, pgx.ErrNoRows) {
		s.sessions.forget(id)
		return knownSession{}, ErrSessionEnded
	}
	if err != nil {
		return knownSession{}, fmt.Errorf("look up shared device: %w", err)
	}
	known := knownSession{
		principal: sharedDevice(id, row.StoreID, row.DeviceName, row.LockSeconds), expires: row.ExpiresAt, read: now,
	}
	if row.ActingID != nil && row.ActingUntil.After(now) {
		if err := actAs(ctx, q, &known, *row.ActingID, *row.ActingSince); err != nil {
			return knownSession{}, fmt.Errorf("look up who works on a shared device: %w", err)
		}
		if !known.principal.Member.IsZero() {
			known.actingSince, known.actingUntil = *row.ActingSince, *row.ActingUntil
		}
	}
	s.sessions.put(id, known, before)
	return known, nil
}

// sharedDevice is the principal of a device on which nobody works.
func sharedDevice(id ids.SessionID, store ids.StoreID, name string, lockSeconds int32) auth.Principal {
	return auth.Principal{Session: id, Shared: auth.SharedDevice{
		Store: store, Name: name, LocksAfter: time.Duration(lockSeconds) * time.Second,
	}}
}

// actAs makes the principal of a device the person who came to it at a moment, unless they do not work in the store any
// more, have another PIN since, or none.
func actAs(ctx context.Context, q *membersdb.Queries, known *knownSession, member ids.MemberID, since time.Time) error {
	p := &known.principal
	person, err := q.PersonOnDevice(ctx, p.Shared.Store, member, since)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil
	}
	if err != nil {
		return err
	}
	exceptions, err := q.ExceptionsOf(ctx, member)
	if err != nil {
		return err
	}
	here := func(e auth.Exception) bool { return e.Store != p.Shared.Store }
	p.Member, p.Name, p.Role, p.Stores = member, person.Name, person.Role, []ids.StoreID{p.Shared.Store}
	p.Exceptions = slices.DeleteFunc(exceptionsOf(exceptions), here)
	return nil
}
