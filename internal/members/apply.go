package members

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"maru/internal/kernel/ids"
	"maru/internal/members/internal/membersdb"
	"maru/internal/members/membersapi"
	"maru/internal/platform/auth"
	"maru/internal/platform/errs"
)

// Apply is what somebody says who wants to run a store.
type Apply struct {
	BusinessNo string // business registration number, with or without dashes
	Name       string
	Phone      string
	Email      string // may be empty
	StoreWish  string // where, when, what: several lines are fine
	Address    string // IP address the application comes from
}

// Errors of applications.
var (
	ErrWishMissing = errs.New(errs.Invalid, "members.wish_missing",
		"어떤 지점을 하고 싶은지 적어 주세요.", "Please say which store you would like to run.")
	ErrWishLong = errs.New(errs.Invalid, "members.wish_long",
		"1,000자 안으로 적어 주세요.", "Please use at most 1,000 characters.")
	ErrPhoneMissing = errs.New(errs.Invalid, "members.phone_missing",
		"연락할 전화번호를 적어 주세요.", "Please enter a phone number to reach you at.")
	ErrTooManyApplications = errs.New(errs.TooMany, "members.too_many_applications",
		"신청이 너무 많이 들어왔어요. 한 시간 뒤에 다시 해 주세요.", "There were too many applications. Please try again in an hour.")
	ErrNoApplication = errs.New(errs.NotFound, "members.no_application",
		"그런 접수 번호가 없어요. 번호를 다시 확인해 주세요.", "There is no application with this number. Please check it.")
)

const (
	maxWish               = 1000
	applicationsPerHour   = 5   // from one address
	allApplicationsInHour = 300 // from everywhere, so that nobody fills the queue
	numberLength          = 16
)

// ApplicationNumber is how an applicant finds the answer: 80 random bits in four groups of four.
type ApplicationNumber string

func newApplicationNumber() ApplicationNumber { return ApplicationNumber(rand.Text()[:numberLength]) }

// String writes the number in groups, to be read and typed.
func (n ApplicationNumber) String() string {
	var groups []string
	for i := 0; i+4 <= len(n); i += 4 {
		groups = append(groups, string(n[i:i+4]))
	}
	return strings.Join(groups, "-")
}

// parseApplicationNumber reads a number as people type it.
func parseApplicationNumber(s string) (ApplicationNumber, bool) {
	if len(s) > 100 {
		return "", false
	}
	s = strings.ToUpper(strings.Map(func(r rune) rune {
		switch r {
		case ' ', '-', '–', '‐':
			return -1
		case '0':
			return 'O' // the alphabet has no 0 and no 1
		case '1':
			return 'I'
		}
		return r
	}, s))
	return ApplicationNumber(s), len(s) == numberLength
}

// Apply puts an application into the queue of headquarters and returns the number that leads to its
// answer; only the number's hash is kept. Anybody may call it. It returns errs.Fields for bad input and
// ErrTooManyApplications.
func (s *Service) Apply(ctx context.Context, cmd Apply) (ApplicationNumber, error) {
	row, problems := cmd.check()
	if len(problems) > 0 {
		return "", problems
	}
	number, now := newApplicationNumber(), s.now()
	row.ApplicationID, row.NumberHash, row.AppliedAt = ids.NewApplicationID(), linkHash(string(number)), now
	err := s.db.InTx(ctx, func(tx pgx.Tx) error {
		q := membersdb.New(tx)
		if err := q.OneAtATime(ctx, "members.application"); err != nil { // or those sent at once would not count each other
			return err
		}
		recent, err := q.RecentApplications(ctx, row.Address, now.Add(-time.Hour))
		if err != nil {
			return err
		}
		if recent.Here >= applicationsPerHour || recent.Everywhere >= allApplicationsInHour {
			return ErrTooManyApplications.After(time.Hour)
		}
		if err := q.InsertApplication(ctx, row); err != nil {
			return err
		}
		return record(ctx, tx, now, auth.Principal{Address: cmd.Address}, done{
			action: "applied", object: applicationObject(row.ApplicationID, row.Name),
			after: fields{"business_number": row.BusinessNo, "phone": row.Phone, "email": row.Email, "store_wish": row.StoreWish},
		})
	})
	if err != nil {
		return "", fmt.Errorf("apply: %w", err)
	}
	return number, nil
}

func (cmd Apply) check() (membersdb.InsertApplicationParams, errs.Fields) {
	c, problems := checkContact(cmd.Email, cmd.Phone, "")
	businessNo, err := ParseBusinessNo(cmd.BusinessNo)
	if err != nil {
		problems = append(problems, err.On("business_no"))
	}
	name, wish := tidy(cmd.Name), strings.ReplaceAll(tidy(cmd.StoreWish), "\r\n", "\n")
	if name == "" {
		problems = append(problems, ErrNameMissing.On("name"))
	} else if e := textProblem(name, "name", maxName); e != nil {
		problems = append(problems, e)
	}
	if tidy(cmd.Phone) == "" {
		problems = append(problems, ErrPhoneMissing.On("phone"))
	}
	switch {
	case wish == "":
		problems = append(problems, ErrWishMissing.On("store_wish"))
	case !fits(strings.ReplaceAll(wish, "\n", " "), maxWish):
		problems = append(problems, ErrWishLong.On("store_wish"))
	}
	return membersdb.InsertApplicationParams{
		BusinessNo: businessNo, Name: name, Phone: c.phone, Email: c.email, StoreWish: wish, Address: networkOf(cmd.Address),
	}, problems
}

// ApplicationStatus is what an applicant sees.
type ApplicationStatus struct {
	Number    ApplicationNumber
	Name      string
	StoreWish string
	State     membersapi.ApplicationState
	Reason    string // why it was refused
	AppliedAt time.Time
	DecidedAt *time.Time
}

// ApplicationStatus returns how far the application with the number has come, or ErrNoApplication.
func (s *Service) ApplicationStatus(ctx context.Context, number string) (ApplicationStatus, error) {
	n, ok := parseApplicationNumber(number)
	if !ok {
		return ApplicationStatus{}, ErrNoApplication
	}
	row, err := membersdb.New(s.db).ApplicationByNumber(ctx, linkHash(string(n)))
	if errors.Is(err, pgx.ErrNoRows) {
		return ApplicationStatus{}, ErrNoApplication
	}
	if err != nil {
		return ApplicationStatus{}, fmt.Errorf("application status: %w", err)
	}
	return ApplicationStatus{
		Number: n, Name: row.Name, StoreWish: row.StoreWish, State: row.State, Reason: row.Reason,
		AppliedAt: row.AppliedAt, DecidedAt: row.DecidedAt,
	}, nil
}
