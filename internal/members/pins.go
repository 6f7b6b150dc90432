package members

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"maru/internal/kernel/ids"
	"maru/internal/kernel/lang"
	"maru/internal/members/internal/membersdb"
	"maru/internal/platform/auth"
	"maru/internal/platform/errs"
)

// Errors of PINs.
var (
	ErrPINForm = errs.New(errs.Invalid, "members.pin_form",
		"숫자 4~6자리로 정해 주세요.", "Please use 4 to 6 digits.")
	ErrWeakPIN = errs.New(errs.Invalid, "members.weak_pin",
		"{why} 나만 아는, 이어지지 않는 숫자로 정해 주세요.", "{why} Choose digits without a pattern that only you know.")
	ErrNoPINStore = errs.New(errs.Invalid, "members.no_pin_store",
		"PIN을 쓸 지점을 골라 주세요. 일하는 지점만 고를 수 있어요.", "Choose in which store you will use it: one where you work.")
)

// Why a PIN is weak.
var (
	whyPINSame  = lang.Text{Ko: "같은 숫자가 되풀이돼요.", En: "It repeats the same digits."}
	whyPINSteps = lang.Text{Ko: "1234나 2468처럼 이어지는 숫자예요.", En: "It is a series such as 1234 or 2468."}
	whyPINKeys  = lang.Text{Ko: "자판에서 한 줄로 이어지는 숫자예요.", En: "It is a line on the keypad."}
	whyPINDate  = lang.Text{Ko: "생일이나 연도처럼 보여요. 맨 먼저 눌러 보는 숫자예요.", En: "It looks like a birthday or a year, which people try first."}
	whyPINPhone = lang.Text{Ko: "전화번호에 있는 숫자예요.", En: "It is part of your phone number."}
)

// pinForm reports whether it can be a PIN at all.
func pinForm(pin string) bool {
	return len(pin) >= 4 && len(pin) <= 6 && strings.Trim(pin, "0123456789") == ""
}

// pinWeakness returns what is wrong with a new PIN, nil for a good one. phone is the person's.
func pinWeakness(pin, phone string) *errs.Error {
	var why lang.Text
	switch {
	case !pinForm(pin):
		return ErrPINForm
	case distinctDigits(pin) < 3 || repeats(pin):
		why = whyPINSame
	case evenSteps(pin):
		why = whyPINSteps
	case strings.Contains(keypadLines, pin):
		why = whyPINKeys
	case looksLikeDate(pin):
		why = whyPINDate
	case phone != "" && strings.Contains(onlyDigits(phone), pin):
		why = whyPINPhone
	default:
		return nil
	}
	return ErrWeakPIN.WithText("why", why)
}

// keypadLines are ways over the keys of a telephone that a finger finds by itself.
const keypadLines = "2580 0852 1470 0741 3690 0963 147258 258369 963852 852741 1590 3570 7410 9630 159357 357159 147369 369147 " +
	"123654 321456 456123 789456 456789 1478 8741 3698 8963 7896 6987 1236 6321"

func distinctDigits(pin string) int {
	var seen [10]bool
	n := 0
	for _, d := range []byte(pin) {
		if !seen[d-'0'] {
			seen[d-'0'], n = true, n+1
		}
	}
	return n
}

// repeats reports whether the PIN is one part twice, or forwards and backwards.
func repeats(pin string) bool {
	half := len(pin) / 2
	first, rest := pin[:half], pin[half:]
	if len(pin)%2 == 1 {
		return false
	}
	back := []byte(first)
	slices.Reverse(back)
	return rest == first || rest == string(back)
}

// evenSteps reports whether every digit is as far from the one before as the next: 1234, 9630, 8901.
func evenSteps(pin string) bool {
	step := (pin[1] - pin[0] + 10) % 10
	for i := 2; i < len(pin); i++ {
		if (pin[i]-pin[i-1]+10)%10 != step {
			return false
		}
	}
	return true
}

// looksLikeDate reports whether it is a day (MMDD, DDMM), a year of a lifetime, or a date of birth (YYMMDD, DDMMYY).
func looksLikeDate(pin string) bool {
	layouts := map[int][]string{4: {"0102", "0201"}, 6: {"060102", "020106", "010206"}}[len(pin)]
	for _, layout := range layouts {
		value := pin
		if len(pin) == 4 {
			layout, value = "2006"+layout, "2000"+pin // a leap year
		}
		if _, err := time.Parse(layout, value); err == nil {
			return true
		}
	}
	return len(pin) == 4 && pin >= "1940" && pin <= "2039"
}

// SetPIN is a person's own PIN for the shared devices of stores in which they work.
type SetPIN struct {
	Stores   []ids.StoreID
	PIN      string
	Password string
}

// SetPIN stores the PIN and takes back what was guessed wrong so far. Devices on which the person works lock: here at
// once, on other replicas within sessionMemory. It returns auth.ErrSharedDevice, ErrWrongPassword, ErrLocked, and
// errs.Fields with ErrPINForm, ErrWeakPIN and ErrNoPINStore.
func (s *Service) SetPIN(ctx context.Context, by auth.Principal, cmd SetPIN) error {
	if by.OnShared() {
		return auth.ErrSharedDevice
	}
	m, err := membersdb.New(s.db).MemberByID(ctx, by.Member)
	if err != nil {
		return fmt.Errorf("set PIN: %w", err)
	}
	var problems errs.Fields
	if problem := pinWeakness(cmd.PIN, m.Phone); problem != nil {
		problems = append(problems, problem.On("pin"))
	}
	cmd.Stores = distinct(cmd.Stores)
	if len(cmd.Stores) == 0 || slices.ContainsFunc(cmd.Stores, func(store ids.StoreID) bool { return !slices.Contains(by.Stores, store) }) {
		problems = append(problems, ErrNoPINStore.On("store"))
	}
	if len(problems) > 0 {
		return problems
	}
	if err := s.reauthenticate(ctx, by, cmd.Password); err != nil {
		return fmt.Errorf("set PIN: %w", err)
	}
	hash, err := s.pins.Hash(ctx, cmd.PIN)
	if err != nil {
		return fmt.Errorf("set PIN: %w", err)
	}
	err = s.db.InTx(ctx, func(tx pgx.Tx) error {
		if err := s.ownNow(ctx, tx, by, cmd.Stores...); err != nil {
			return err
		}
		for _, store := range cmd.Stores {
			if err := s.putPIN(ctx, tx, by, store, hash); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("set PIN: %w", err)
	}
	s.sessions.forgetAllOf(by.Member)
	return nil
}

func (s *Service) putPIN(ctx context.Context, tx pgx.Tx, by auth.Principal, store ids.StoreID, hash string) error {
	q, now := membersdb.New(tx), s.now()
	worker, err := q.WorkerForUpdate(ctx, by.Member, store)
	if errors.Is(err, pgx.ErrNoRows) {
		return ErrNoPINStore.On("store")
	}
	if err != nil {
		return err
	}
	if err := q.PutPIN(ctx, membersdb.PutPINParams{StoreID: store, MemberID: by.Member, Sealed: s.sealPIN(store, by.Member, hash), ChosenAt: now}); err != nil {
		return err
	}
	if _, err := q.ForgetLimitsOfAccount(ctx, pinAccount(store, by.Member)); err != nil {
		return err
	}
	if err := q.LeaveDevicesOfStore(ctx, store.UUID, &by.Member); err != nil { // whoever came with the old one a moment ago
		return err
	}
	return record(ctx, tx, now, by, done{action: "pin_set", object: memberObject(by.Member, worker.Name), store: store})
}

// sealPIN encrypts the hash for this person in this store: nobody who writes into the table can give one's to another.
func (s *Service) sealPIN(store ids.StoreID, member ids.MemberID, hash string) []byte {
	return s.tokens.Encrypt(pinPurpose(store, member), []byte(hash))
}

func pinPurpose(store ids.StoreID, member ids.MemberID) string {
	return "pin " + store.String() + " " + member.String()
}

// OwnPIN is a store in which a person works, and since when they have a PIN there; nil without.
type OwnPIN struct {
	StoreEntry
	Since *time.Time
}

// OwnPINs lists the stores in which the person works. Headquarters have none.
func (s *Service) OwnPINs(ctx context.Context, by auth.Principal) ([]OwnPIN, error) {
	if by.AtHQ() {
		return nil, nil
	}
	stores, err := s.StoresOf(ctx, by)
	if err != nil {
		return nil, err
	}
	rows, err := membersdb.New(s.db).PINsOf(ctx, by.Member)
	if err != nil {
		return nil, fmt.Errorf("PINs of %s: %w", by.Member, err)
	}
	since := make(map[ids.StoreID]*time.Time, len(rows))
	for _, r := range rows {
		since[r.StoreID] = &r.ChosenAt
	}
	out := make([]OwnPIN, len(stores))
	for i, store := range stores {
		out[i] = OwnPIN{StoreEntry: store, Since: since[store.ID]}
	}
	return out, nil
}

// RemovePIN takes a PIN away: everybody their own, and who looks after the devices of a store those of its people; of its
// owners only who manages its staff. Nobody can read one. It takes effect like SetPIN, and returns ErrNotAllowed and
// ErrNoWorker, also where there is none.
func (s *Service) RemovePIN(ctx context.Context, by auth.Principal, store ids.StoreID, member ids.MemberID) error {
	if by.OnShared() {
		return auth.ErrSharedDevice
	}
	if member != by.Member && !by.MayAt(auth.ManageDevices, store) {
		return ErrNotAllowed
	}
	err := s.db.InTx(ctx, func(tx pgx.Tx) error {
		q := membersdb.New(tx)
		worker, err := q.WorkerForUpdate(ctx, member, store)
		if errors.Is(err, pgx.ErrNoRows) {
			return ErrNoWorker
		}
		if err != nil {
			return err
		}
		if member != by.Member && worker.Role == auth.Owner && !by.MayAt(auth.ManageStaff, store) {
			return ErrNotAllowed
		}
		n, err := q.DeletePIN(ctx, store, member)
		if err == nil && n == 0 {
			err = ErrNoWorker
		}
		if err != nil {
			return err
		}
		return record(ctx, tx, s.now(), by, done{action: "pin_removed", object: memberObject(member, worker.Name), store: store})
	})
	if err != nil {
		return fmt.Errorf("remove PIN of %s: %w", member, err)
	}
	s.sessions.forgetAllOf(member)
	return nil
}

// PersonOfStore is somebody who can work on a shared device of a store once they have a PIN.
type PersonOfStore struct {
	ID       ids.MemberID
	Name     string
	Role     auth.Role
	PINSince *time.Time // nil: they have none
}

// PeopleAtDevice lists who works in the store, by name: for its shared devices, and for who looks after them. It returns
// ErrNotAllowed to everybody else.
func (s *Service) PeopleAtDevice(ctx context.Context, by auth.Principal, store ids.StoreID) ([]PersonOfStore, error) {
	if by.Shared.Store != store && !by.MayAt(auth.ManageDevices, store) {
		return nil, ErrNotAllowed
	}
	rows, err := membersdb.New(s.db).PeopleWithPIN(ctx, store)
	if err != nil {
		return nil, fmt.Errorf("people of %s: %w", store, err)
	}
	out := make([]PersonOfStore, len(rows))
	for i, r := range rows {
		out[i] = PersonOfStore{ID: r.MemberID, Name: r.Name, Role: r.Role, PINSince: r.PinSince}
	}
	return out, nil
}
