package members

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"maru/internal/kernel/ids"
	"maru/internal/members/internal/membersdb"
	"maru/internal/platform/auth"
	"maru/internal/platform/errs"
)

// Errors of working on a shared device.
var (
	ErrWrongPIN = errs.New(errs.Invalid, "members.wrong_pin",
		"PIN이 맞지 않아요.", "That PIN is not right.")
	ErrPINGone = errs.New(errs.Conflict, "members.pin_gone",
		"PIN을 다시 정해야 해요. 자기 기기의 내 계정에서 정해 주세요.", "You need a new PIN. Please choose one in your account, on a device of your own.")
)

// SwitchPerson is somebody who comes to a shared device.
type SwitchPerson struct {
	Member ids.MemberID
	PIN    string
	// RefreshToken is the device's newest: whoever has only caught an access token cannot try PINs with it.
	RefreshToken string
}

// SwitchPerson lets somebody work on the device of by, in place of whoever did. The device gets new tokens: what was
// copied before is good for nothing. Guesses are limited for person and device, for the person in the store, for the device, and for the store, and
// count before they are looked at (ADR 0025). It returns ErrNoSharedDevice where by asks from none, ErrPINForm,
// ErrWrongPIN, also for somebody who does not work in the store or has no PIN, ErrPINGone, ErrLocked and ErrSessionEnded.
func (s *Service) SwitchPerson(ctx context.Context, by auth.Principal, cmd SwitchPerson) (Session, error) {
	presented, ok := parseRefreshToken(cmd.RefreshToken)
	switch {
	case !by.OnShared():
		return Session{}, ErrNoSharedDevice
	case !ok || presented.session != by.Session:
		return Session{}, ErrSessionEnded
	case !pinForm(cmd.PIN):
		return Session{}, ErrPINForm.On("pin") // no PIN looks like this, so it is no guess
	}
	// Whoever made a token up must not learn from the answer whether the PIN is right.
	if copied, err := s.checkDeviceToken(ctx, presented); err != nil || copied {
		return Session{}, fmt.Errorf("switch person: %w", cmp.Or(err, error(ErrSessionEnded)))
	}
	try, err := s.announce(ctx, pinSides(by, cmd.Member)...)
	if err != nil {
		s.refused(ctx, pinOf(by, cmd.Member), err)
		return Session{}, fmt.Errorf("switch person: %w", err)
	}
	row, err := s.provePIN(ctx, by.Shared.Store, cmd)
	if errors.Is(err, ErrWrongPIN) {
		return Session{}, errors.Join(s.pinFailed(ctx, by, try, cmd.Member, row.Name), ErrWrongPIN.On("pin"))
	}
	if errors.Is(err, ErrPINGone) {
		return Session{}, errors.Join(try.unheard(ctx), err)
	}
	if err != nil {
		return Session{}, fmt.Errorf("switch person: %w", err)
	}
	var newest refreshToken
	var reused bool
	var wrong int
	err = s.db.InTx(ctx, func(tx pgx.Tx) error {
		var err error
		if wrong, err = s.stillPIN(ctx, tx, by.Shared.Store, cmd.Member, row); err != nil {
			return err
		}
		if err := try.succeeded(ctx, tx); err != nil {
			return err
		}
		newest, reused, err = s.rotateFor(ctx, tx, presented, cmd.Member)
		if err != nil || reused {
			return err
		}
		return s.takeDevice(ctx, tx, by, cmd.Member, row)
	})
	s.sessions.forget(by.Session)
	if errors.Is(err, ErrWrongPIN) {
		return Session{}, errors.Join(s.pinFailed(ctx, by, try, cmd.Member, row.Name), err)
	}
	if err != nil {
		return Session{}, fmt.Errorf("switch person: %w", err)
	}
	if reused {
		return Session{}, ErrSessionEnded
	}
	s.accepted(ctx, pinOf(by, cmd.Member))
	session, err := s.open(ctx, by.Session, newest)
	if err == nil && session.Principal.Member != cmd.Member { // somebody else came in this moment: their tokens are not this one's
		return Session{}, ErrBusy
	}
	session.WrongPINs = wrong
	return session, err
}

// stillPIN locks the PIN and returns how many wrong ones there were since the person last came, which is forgotten; or
// ErrWrongPIN where the one that was verified has been replaced or removed meanwhile.
func (s *Service) stillPIN(ctx context.Context, tx pgx.Tx, store ids.StoreID, member ids.MemberID, verified membersdb.PINRow) (wrong int, err error) {
	q := membersdb.New(tx)
	now, err := q.PINForUpdate(ctx, store, member)
	if errors.Is(err, pgx.ErrNoRows) {
		return 0, ErrWrongPIN.On("pin")
	}
	if err != nil {
		return 0, err
	}
	if !bytes.Equal(now.Sealed, verified.Sealed) { // another one, or the same sealed anew
		purpose := pinPurpose(store, member)
		old, errOld := s.tokens.Decrypt(purpose, verified.Sealed)
		hash, errNow := s.tokens.Decrypt(purpose, now.Sealed)
		if errOld != nil || errNow != nil || !bytes.Equal(old, hash) {
			return 0, ErrWrongPIN.On("pin")
		}
	}
	if now.Wrong == 0 {
		return 0, nil
	}
	return int(now.Wrong), q.ForgetWrongPINs(ctx, store, member)
}

// checkDeviceToken returns nil for a token with which PINs may be tried, and ErrSessionEnded for one that the device never
// had. copied is of one that it had long before: the device is ended then.
func (s *Service) checkDeviceToken(ctx context.Context, presented refreshToken) (copied bool, err error) {
	err = s.db.InTx(ctx, func(tx pgx.Tx) error {
		k, err := s.recognise(ctx, tx, presented)
		if copied = err == nil && k.worth >= twoBefore; !copied {
			return err
		}
		return k.endCopied(ctx, tx)
	})
	if copied {
		s.sessions.forget(presented.session)
	}
	return copied, err
}

// rotateFor is rotate for somebody who has proved who they are. They never get a token that anybody has held before
// them: where another browser has used the device's token a moment ago, that may have been a copy, and its token is worth
// nothing from here on. Only a double tap gets again what the first got.
func (s *Service) rotateFor(ctx context.Context, tx pgx.Tx, presented refreshToken, member ids.MemberID) (newest refreshToken, reused bool, err error) {
	k, err := s.recognise(ctx, tx, presented)
	if err != nil {
		return newest, false, err
	}
	switch {
	case k.worth >= twoBefore:
		return newest, true, k.endCopied(ctx, tx)
	case k.worth == oneBefore && k.someoneCame() && *k.row.ActingID == member:
		return k.newest, false, nil
	}
	newest, err = k.replace(ctx, tx)
	return newest, false, err
}

// takeDevice writes down who works on the device from now on.
func (s *Service) takeDevice(ctx context.Context, tx pgx.Tx, by auth.Principal, member ids.MemberID, pin membersdb.PINRow) error {
	q, now := membersdb.New(tx), s.now()
	device, err := q.LiveSharedDevice(ctx, by.Session, now)
	if errors.Is(err, pgx.ErrNoRows) {
		return ErrSessionEnded
	}
	if err != nil {
		return err
	}
	until := now.Add(time.Duration(device.LockSeconds) * time.Second)
	if n, err := q.TakeDevice(ctx, membersdb.TakeDeviceParams{ActingID: &member, ActingSince: &now, ActingUntil: &until, SessionID: by.Session}); err != nil {
		return err
	} else if n == 0 {
		return ErrSessionEnded
	}
	if !s.tokens.Current(pin.Sealed) {
		hash, err := s.tokens.Decrypt(pinPurpose(device.StoreID, member), pin.Sealed)
		if err != nil {
			return err
		}
		if err := q.SealPINAnew(ctx, membersdb.SealPINAnewParams{
			Sealed: s.sealPIN(device.StoreID, member, string(hash)), StoreID: device.StoreID, MemberID: member, Old: pin.Sealed,
		}); err != nil {
			return err
		}
	}
	person := auth.Principal{Member: member, Session: by.Session, Address: by.Address, Name: pin.Name, Role: pin.Role, Shared: by.Shared}
	return recordDevice(ctx, tx, now, person, by, "device_taken", fields{})
}

// pinSides says what a guess is counted in.
func pinSides(by auth.Principal, member ids.MemberID) []side {
	store, device := by.Shared.Store.String(), by.Session.String()
	return []side{
		{pinRule, store + "/" + member.String() + "/" + device, pinAccount(by.Shared.Store, member)},
		{pinPersonRule, store + "/" + member.String(), pinAccount(by.Shared.Store, member)},
		{pinsRule, store + "/" + device, ""},
		{storePINRule, store, ""},
	}
}

// pinAccount is under which the guesses at a person's PIN on all devices of a store are forgotten when they choose a new one.
func pinAccount(store ids.StoreID, member ids.MemberID) string {
	return accountKey("pin/" + store.String() + "/" + member.String())
}

// provePIN returns the person's PIN where the one that was typed is right. It takes the same time for somebody who has none.
func (s *Service) provePIN(ctx context.Context, store ids.StoreID, cmd SwitchPerson) (membersdb.PINRow, error) {
	row, err := membersdb.New(s.db).PIN(ctx, store, cmd.Member)
	if errors.Is(err, pgx.ErrNoRows) {
		if err := s.pins.VerifyNobody(ctx, cmd.PIN); err != nil {
			return row, err
		}
		return row, ErrWrongPIN
	}
	if err != nil {
		return row, err
	}
	hash, err := s.tokens.Decrypt(pinPurpose(store, cmd.Member), row.Sealed)
	if errors.Is(err, auth.ErrSealed) {
		return row, ErrPINGone
	}
	if err != nil {
		return row, err
	}
	right, _, err := s.pins.Verify(ctx, string(hash), cmd.PIN)
	if err == nil && !right {
		err = ErrWrongPIN
	}
	return row, err
}

// pinFailed counts a wrong PIN, for the person to be told too, and puts it on record where it was one too many.
func (s *Service) pinFailed(ctx context.Context, by auth.Principal, try attempt, member ids.MemberID, name string) error {
	s.refused(ctx, pinOf(by, member), ErrWrongPIN)
	if err := membersdb.New(s.db).CountWrongPIN(context.WithoutCancel(ctx), by.Shared.Store, member); err != nil {
		return errors.Join(try.failed(ctx), err)
	}
	return try.failedThen(ctx, func(ctx context.Context, tx pgx.Tx, until time.Time) error {
		return record(ctx, tx, s.now(), by, done{
			action: "pin_locked", object: memberObject(member, name), store: by.Shared.Store,
			after: fields{"device": by.Shared.Name, "until": until.UTC()},
		})
	})
}

// LockDevice ends the work of whoever works on the device of by. It is locked afterwards in any case.
func (s *Service) LockDevice(ctx context.Context, by auth.Principal) error {
	if !by.OnShared() {
		return ErrNoSharedDevice
	}
	_, err := membersdb.New(s.db).LockDevice(ctx, by.Session)
	s.sessions.forget(by.Session)
	if err != nil {
		return fmt.Errorf("lock device %s: %w", by.Session, err)
	}
	return nil
}

// StillThere says that the person on a shared device has just done something: it locks so much later. For everybody
// else, and where there is time enough left, it does nothing.
func (s *Service) StillThere(ctx context.Context, by auth.Principal) error {
	if !by.OnShared() || by.Member.IsZero() {
		return nil
	}
	known, err := s.lookUp(ctx, by.Session)
	if err != nil {
		return err
	}
	now := s.now()
	if known.principal.Member != by.Member || known.actingUntil.Sub(now) > known.principal.Shared.LocksAfter*9/10 {
		return nil
	}
	until := now.Add(known.principal.Shared.LocksAfter)
	if _, err := membersdb.New(s.db).KeepDeviceOpen(ctx, membersdb.KeepDeviceOpenParams{
		ActingUntil: &until, SessionID: by.Session, ActingID: &by.Member, Now: now,
	}); err != nil {
		return fmt.Errorf("keep device %s open: %w", by.Session, err)
	}
	s.sessions.forget(by.Session)
	return nil
}
