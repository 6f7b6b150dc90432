package members

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"maru/internal/kernel/ids"
	"maru/internal/members/internal/membersdb"
	"maru/internal/members/membersapi"
	"maru/internal/platform/auth"
)

// Application is an application as headquarters sees it.
type Application struct {
	ID         ids.ApplicationID
	BusinessNo string // ten digits
	Name       string
	Phone      string
	Email      string
	StoreWish  string
	State      membersapi.ApplicationState
	Reason     string
	AppliedAt  time.Time
	DecidedAt  *time.Time
	DecidedBy  string
	Others     int // further applications with the same business number
}

// Mark is a place in a list of applications.
type Mark struct {
	At time.Time
	ID ids.ApplicationID
}

// Applications is one page of the queue.
type Applications struct {
	List    []Application
	Next    *Mark // where the next page begins after; nil at the end
	Waiting int   // how many wait for an answer
}

const applicationsPerPage = 30

// Applications returns those of a state: waiting ones the oldest first, decided ones the newest first,
// from after a mark.
func (s *Service) Applications(ctx context.Context, by auth.Principal, state membersapi.ApplicationState, after *Mark) (Applications, error) {
	if !by.May(auth.ReviewSignUps) {
		return Applications{}, ErrNotAllowed
	}
	q := membersdb.New(s.db)
	var rows []membersdb.DecidedApplicationsRow
	var err error
	if state == membersapi.Waiting {
		if after == nil {
			after = &Mark{}
		}
		var waiting []membersdb.WaitingApplicationsRow
		waiting, err = q.WaitingApplications(ctx, after.At, after.ID.UUID, applicationsPerPage+1)
		for _, w := range waiting {
			rows = append(rows, membersdb.DecidedApplicationsRow(w))
		}
	} else {
		if after == nil {
			after = &Mark{At: time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC), ID: ids.ApplicationID{UUID: uuid.Max}}
		}
		rows, err = q.DecidedApplications(ctx, membersdb.DecidedApplicationsParams{
			State: state, AppliedBefore: after.At, BeforeID: after.ID.UUID, Most: applicationsPerPage + 1,
		})
	}
	if err != nil {
		return Applications{}, fmt.Errorf("applications: %w", err)
	}
	waiting, err := q.CountWaitingApplications(ctx)
	if err != nil {
		return Applications{}, fmt.Errorf("applications: %w", err)
	}
	page := Applications{Waiting: int(min(waiting, math.MaxInt32))}
	for _, r := range rows[:min(len(rows), applicationsPerPage)] {
		page.List = append(page.List, Application{
			ID: r.ApplicationID, BusinessNo: r.BusinessNo, Name: r.Name, Phone: r.Phone, Email: r.Email, StoreWish: r.StoreWish,
			State: r.State, Reason: r.Reason, AppliedAt: r.AppliedAt, DecidedAt: r.DecidedAt, DecidedBy: r.DecidedBy, Others: int(r.Others),
		})
	}
	if len(rows) > applicationsPerPage {
		last := page.List[len(page.List)-1]
		page.Next = &Mark{At: last.AppliedAt, ID: last.ID}
	}
	page.List = slices.Clip(page.List)
	return page, nil
}

// Application returns one, or ErrNoApplication.
func (s *Service) Application(ctx context.Context, by auth.Principal, id ids.ApplicationID) (Application, error) {
	if !by.May(auth.ReviewSignUps) {
		return Application{}, ErrNotAllowed
	}
	r, err := membersdb.New(s.db).ApplicationByID(ctx, id)
	if errors.Is(err, pgx.ErrNoRows) {
		return Application{}, ErrNoApplication
	}
	if err != nil {
		return Application{}, fmt.Errorf("application %s: %w", id, err)
	}
	return Application{
		ID: r.ApplicationID, BusinessNo: r.BusinessNo, Name: r.Name, Phone: r.Phone, Email: r.Email, StoreWish: r.StoreWish,
		State: r.State, Reason: r.Reason, AppliedAt: r.AppliedAt, DecidedAt: r.DecidedAt, DecidedBy: r.DecidedBy,
	}, nil
}
