package members

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strconv"

	"github.com/jackc/pgx/v5"

	"maru/internal/kernel/businessday"
	"maru/internal/kernel/ids"
	"maru/internal/kernel/lang"
	"maru/internal/members/internal/membersdb"
	"maru/internal/members/membersapi"
	"maru/internal/platform/auth"
	"maru/internal/platform/errs"
	"maru/internal/platform/outbox"
)

// AddStore is what HQ says about a new store.
type AddStore struct {
	// ID may be given by a caller that must be able to repeat itself; zero means a fresh one.
	ID ids.StoreID
	// Code is the store's name in URLs and files: lower-case letters, digits and dashes, at most 32.
	// It never changes.
	Code string
	StoreCard
}

// StoreCard is the part of a store's master data that can change.
type StoreCard struct {
	Name     lang.Text
	Region   string
	Address  string
	Phone    string
	TimeZone string             // IANA name, such as "Asia/Seoul"
	Cutoff   businessday.Cutoff // when the business day ends
	Hours    membersapi.Hours
	Status   membersapi.StoreStatus // empty means open
}

// Errors of stores.
var (
	ErrBadCode = errs.New(errs.Invalid, "members.bad_store_code",
		"지점 코드는 영어 소문자, 숫자, 붙임표(-)로 32자 안이어야 해요.",
		"A store code has at most 32 lower-case letters, digits and dashes.")
	ErrCodeTaken = errs.New(errs.Conflict, "members.store_code_taken",
		"이미 쓰고 있는 지점 코드예요: {code}", "The store code {code} is already in use.")
	ErrBadTimeZone = errs.New(errs.Invalid, "members.bad_time_zone",
		"‘{zone}’ 시간대를 찾지 못했어요. Asia/Seoul처럼 적어 주세요.",
		"“{zone}” is not a time zone. Write it as in Asia/Seoul.")
	ErrBadCutoff = errs.New(errs.Invalid, "members.bad_cutoff",
		"영업일 마감 시각은 자정부터 오전 11시 59분까지로 정해 주세요.",
		"The business day must end between midnight and 11:59 in the morning.")
)

// Errors of the rest of a store's card.
var (
	ErrBadStatus = errs.New(errs.Invalid, "members.bad_store_status",
		"지점 상태를 골라 주세요.", "Please choose the status of the store.")
	ErrBadHours = errs.New(errs.Invalid, "members.bad_hours",
		"영업 시간은 00:00부터 24:00까지로 적어 주세요.", "Opening hours are from 00:00 to 24:00.")
)

var codeForm = regexp.MustCompile(`^[a-z0-9-]{1,32}$`)

// AddStore opens a store and publishes StoreOpened. It returns errs.Fields for bad input and
// ErrCodeTaken when another store has the code or the id.
func (s *Service) AddStore(ctx context.Context, by auth.Principal, cmd AddStore) (membersapi.Store, error) {
	if !by.May(auth.ManageStores) {
		return membersapi.Store{}, ErrNotAllowed
	}
	card, problems := cmd.check()
	if !codeForm.MatchString(cmd.Code) {
		problems = append(problems, ErrBadCode.On("code"))
	}
	if len(problems) > 0 {
		return membersapi.Store{}, problems
	}
	id := cmd.ID
	if id.IsZero() {
		id = ids.NewStoreID()
	}
	store, now := card.store(id, cmd.Code), s.now()
	err := s.db.InTx(ctx, func(tx pgx.Tx) error {
		inserted, err := membersdb.New(tx).InsertStore(ctx, membersdb.InsertStoreParams{
			StoreID: id, Code: cmd.Code, NameKo: card.Name.Ko, NameEn: card.Name.En, Region: card.Region,
			Address: card.Address, Phone: card.Phone, TimeZone: card.TimeZone, CutoffMinutes: card.Cutoff, OpenedAt: now,
			Status: card.Status, Hours: card.Hours,
		})
		if err != nil {
			return err
		}
		if inserted == 0 {
			return ErrCodeTaken.With("code", cmd.Code).On("code")
		}
		if err := record(ctx, tx, now, by, done{
			action: "store_opened", object: storeObject(store), store: id, after: card.fields(),
		}); err != nil {
			return err
		}
		return outbox.Publish(ctx, tx, membersapi.StoreOpened{Store: store, At: now})
	})
	if err != nil {
		return membersapi.Store{}, fmt.Errorf("add store %s: %w", cmd.Code, err)
	}
	s.directory.changed(ctx, id)
	return store, nil
}

// check returns the card in its stored form, and everything that is wrong with it.
func (c StoreCard) check() (StoreCard, errs.Fields) {
	var problems errs.Fields
	name, err := checkName(c.Name)
	if err != nil {
		problems = append(problems, err.On("name"))
	}
	c.Name, c.Region, c.Address, c.Phone = name, tidy(c.Region), tidy(c.Address), tidy(c.Phone)
	for _, f := range []struct {
		field, value string
		limit        int
	}{{"region", c.Region, 40}, {"address", c.Address, 200}, {"phone", c.Phone, 40}} {
		if !fits(f.value, f.limit) {
			problems = append(problems, ErrBadText.With("max", strconv.Itoa(f.limit)).On(f.field))
		}
	}
	if c.Cutoff < 0 || c.Cutoff > businessday.MaxCutoff {
		problems = append(problems, ErrBadCutoff.On("cutoff_minutes"))
	} else if _, err := businessday.NewClock(c.TimeZone, c.Cutoff); err != nil {
		problems = append(problems, ErrBadTimeZone.With("zone", c.TimeZone).On("time_zone"))
	}
	if c.Status == "" {
		c.Status = membersapi.Open
	}
	if !slices.Contains(membersapi.StoreStatuses, c.Status) {
		problems = append(problems, ErrBadStatus.On("status"))
	}
	for day, h := range c.Hours {
		if h.Opens < 0 || h.Closes < 0 || h.Opens >= 24*60 || h.Closes > 24*60 {
			problems = append(problems, ErrBadHours.On("hours."+strconv.Itoa(day)))
		}
	}
	return c, problems
}

func (c StoreCard) store(id ids.StoreID, code string) membersapi.Store {
	return membersapi.Store{ID: id, Code: code, Name: c.Name, Region: c.Region, TimeZone: c.TimeZone, Cutoff: c.Cutoff, Status: c.Status}
}
