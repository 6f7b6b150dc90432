package members

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"maru/internal/kernel/ids"
	"maru/internal/members/internal/membersdb"
	"maru/internal/platform/auth"
	"maru/internal/platform/errs"
	"maru/internal/platform/outbox"
	"maru/internal/platform/trail"
)

// Errors of lists of stores.
var (
	ErrNoStoreList = errs.New(errs.NotFound, "members.no_store_list",
		"그런 목록이 없어요. 30일이 지나면 지워져요. 파일을 다시 올려 주세요.", "There is no such list; lists are kept for 30 days. Send the file again.")
	ErrListStarted = errs.New(errs.Conflict, "members.store_list_started",
		"이미 가져오기 시작한 목록이에요.", "This list is being imported already.")
	ErrListOutdated = errs.New(errs.Conflict, "members.store_list_outdated",
		"미리 보는 사이 지점이 바뀌어 결과가 달라졌어요. 아래에서 다시 확인하고 눌러 주세요.",
		"Stores changed while you looked, and the result is another one. Look again below, then press once more.")
	ErrNoStoreName = errs.New(errs.Invalid, "members.no_store_name",
		"지점 이름이 있는 열을 골라 주세요.", "Choose the column with the names of the stores.")
	ErrFieldTwice = errs.New(errs.Invalid, "members.store_field_twice",
		"두 열이 같은 것을 뜻할 수 없어요. 하나만 골라 주세요.", "Two columns cannot mean the same. Choose one of them.")
)

// StoreListState is how far a list of stores has come.
type StoreListState string

// The states of a list.
const (
	ListIsDraft   StoreListState = "draft"
	ListIsRunning StoreListState = "running"
	ListIsDone    StoreListState = "done"
)

// StoreList is a file with stores that was sent to be imported.
type StoreList struct {
	ID         uuid.UUID
	Name       string // of the file
	Content    []byte // nil in lists of lists
	Layout     StoreLayout
	State      StoreListState
	MadeAt     time.Time
	MadeBy     string
	Lines      int // to import; 0 in a draft
	Done       int
	Counts     StoreCounts
	Refused    []RefusedLine
	FinishedAt *time.Time

	seen []int64
}

// RefusedLine is a line that was not imported.
type RefusedLine struct {
	Line     int           `json:"line"`
	Name     string        `json:"name"`
	Problems []LineProblem `json:"problems"`
}

const (
	keepLists  = 30 * 24 * time.Hour
	listsShown = 10
)

// Check returns ErrNoStoreName or ErrFieldTwice where a file cannot be read by the layout.
func (l StoreLayout) Check() error {
	seen := map[StoreField]bool{}
	for i, f := range l.Fields {
		if f != "" && seen[f] {
			return ErrFieldTwice.On(fmt.Sprintf("column.%d", i))
		}
		seen[f] = true
	}
	if !seen[FieldNameKo] {
		return ErrNoStoreName
	}
	return nil
}

// KeepStoreList keeps a file until it is imported or 30 days have passed.
func (s *Service) KeepStoreList(ctx context.Context, by auth.Principal, name string, content []byte, layout StoreLayout) (uuid.UUID, error) {
	if !by.AtHQ() || !by.May(auth.ManageStores) {
		return uuid.UUID{}, ErrNotAllowed
	}
	said, err := json.Marshal(layout)
	if err != nil {
		return uuid.UUID{}, fmt.Errorf("keep store list: %w", err)
	}
	id, now, name := ids.NewV7(), s.now(), oneLine(tidy(name), maxSearch)
	err = s.db.InTx(ctx, func(tx pgx.Tx) error {
		if err := membersdb.New(tx).InsertStoreList(ctx, membersdb.InsertStoreListParams{
			ListID: id, Name: name, Content: content, Layout: said, MadeAt: now, MadeBy: by.Name,
		}); err != nil {
			return err
		}
		return record(ctx, tx, now, by, done{action: "store_list_sent", object: listObject(id, name), after: fields{"bytes": len(content)}})
	})
	if err != nil {
		return uuid.UUID{}, fmt.Errorf("keep store list: %w", err)
	}
	return id, nil
}

func listObject(id uuid.UUID, name string) trail.Object {
	return trail.Object{Kind: "store_list", ID: id.String(), Name: name}
}

// StoreList returns a list, or ErrNoStoreList.
func (s *Service) StoreList(ctx context.Context, by auth.Principal, id uuid.UUID) (StoreList, error) {
	if !by.AtHQ() || !by.May(auth.ManageStores) {
		return StoreList{}, ErrNotAllowed
	}
	row, err := membersdb.New(s.db).StoreListByID(ctx, id)
	if notFound(err) {
		return StoreList{}, ErrNoStoreList
	}
	if err != nil {
		return StoreList{}, fmt.Errorf("store list %s: %w", id, err)
	}
	return storeList(row)
}

func storeList(row membersdb.MembersStoreList) (StoreList, error) {
	l := StoreList{
		ID: row.ListID, Name: row.Name, Content: row.Content, State: StoreListState(row.State), MadeAt: row.MadeAt, MadeBy: row.MadeBy,
		Lines: int(row.Lines), Done: int(row.Done), FinishedAt: row.FinishedAt,
	}
	for _, part := range []struct {
		from []byte
		into any
	}{{row.Layout, &l.Layout}, {row.Counts, &l.Counts}, {row.Refused, &l.Refused}, {row.Seen, &l.seen}} {
		if err := json.Unmarshal(part.from, part.into); err != nil {
			return l, fmt.Errorf("store list %s: %w", row.ListID, err)
		}
	}
	return l, nil
}

// StoreLists returns the newest lists, without their contents.
func (s *Service) StoreLists(ctx context.Context, by auth.Principal) ([]StoreList, error) {
	if !by.AtHQ() || !by.May(auth.ManageStores) {
		return nil, ErrNotAllowed
	}
	rows, err := membersdb.New(s.db).RecentStoreLists(ctx, listsShown)
	if err != nil {
		return nil, fmt.Errorf("store lists: %w", err)
	}
	out := make([]StoreList, len(rows))
	for i, r := range rows {
		out[i] = StoreList{
			ID: r.ListID, Name: r.Name, State: StoreListState(r.State), MadeAt: r.MadeAt, MadeBy: r.MadeBy,
			Lines: int(r.Lines), Done: int(r.Done), FinishedAt: r.FinishedAt,
		}
		if err := json.Unmarshal(r.Counts, &out[i].Counts); err != nil {
			return nil, fmt.Errorf("store lists: %w", err)
		}
	}
	return out, nil
}

// SetStoreListLayout says what the columns of a draft mean. It returns ErrNoStoreName, ErrFieldTwice, ErrNoStoreList and
// ErrListStarted.
func (s *Service) SetStoreListLayout(ctx context.Context, by auth.Principal, id uuid.UUID, layout StoreLayout) error {
	if !by.AtHQ() || !by.May(auth.ManageStores) {
		return ErrNotAllowed
	}
	if err := layout.Check(); err != nil {
		return err
	}
	said, err := json.Marshal(layout)
	if err != nil {
		return fmt.Errorf("layout of store list %s: %w", id, err)
	}
	return s.changeDraft(ctx, by, id, "store_list_columns_set", func(q *membersdb.Queries) (int64, error) {
		return q.SetStoreListLayout(ctx, said, id)
	}, layout)
}

// DiscardStoreList removes a draft. It returns ErrNoStoreList and ErrListStarted.
func (s *Service) DiscardStoreList(ctx context.Context, by auth.Principal, id uuid.UUID) error {
	if !by.AtHQ() || !by.May(auth.ManageStores) {
		return ErrNotAllowed
	}
	return s.changeDraft(ctx, by, id, "store_list_discarded", func(q *membersdb.Queries) (int64, error) {
		return q.DeleteStoreList(ctx, id)
	}, nil)
}

// changeDraft does something to a list that is a draft.
func (s *Service) changeDraft(ctx context.Context, by auth.Principal, id uuid.UUID, action string, change func(*membersdb.Queries) (int64, error), after any) error {
	err := s.db.InTx(ctx, func(tx pgx.Tx) error {
		q := membersdb.New(tx)
		row, err := q.StoreListForUpdate(ctx, id)
		if notFound(err) {
			return ErrNoStoreList
		}
		if err != nil {
			return err
		}
		n, err := change(q)
		if err != nil {
			return err
		}
		if n == 0 {
			return ErrListStarted
		}
		return record(ctx, tx, s.now(), by, done{action: action, object: listObject(id, row.Name), after: after})
	})
	if err != nil {
		return fmt.Errorf("store list %s: %w", id, err)
	}
	return nil
}

// PlanDigest names what plans do to which revisions of which stores: two previews with the same digest show the same.
func PlanDigest(plans []StorePlan) string {
	h := sha256.New()
	for _, p := range plans {
		fmt.Fprintf(h, "%d %s %q %s %d\n", p.Line, p.Outcome, p.Code, p.id, p.revision)
	}
	return base64.RawURLEncoding.EncodeToString(h.Sum(nil)[:18])
}

// StartStoreList begins to import a draft whose lines are given, as the preview with the digest showed it. It returns
// ErrListOutdated where it would do something else by now, ErrListStarted, ErrNoStoreList, and ErrImportReason where it changes
// the status of stores and no reason is given.
func (s *Service) StartStoreList(ctx context.Context, by auth.Principal, id uuid.UUID, lines []StoreLine, fresh NewStores, digest, reason string) error {
	if !by.AtHQ() || !by.May(auth.ManageStores) {
		return ErrNotAllowed
	}
	err := s.db.InTx(ctx, func(tx pgx.Tx) error {
		q := membersdb.New(tx)
		row, err := q.StoreListForUpdate(ctx, id)
		switch {
		case notFound(err):
			return ErrNoStoreList
		case err != nil:
			return err
		case StoreListState(row.State) != ListIsDraft:
			return ErrListStarted
		}
		plans, err := planIn(ctx, q, lines, fresh)
		if err != nil {
			return err
		}
		if PlanDigest(plans) != digest {
			return ErrListOutdated
		}
		reason, err := importReason(plans, reason)
		if err != nil {
			return err
		}
		seen := make([]int64, len(plans))
		for i, p := range plans {
			seen[i] = p.revision
		}
		marks, err := json.Marshal(seen)
		if err != nil {
			return err
		}
		if err := q.StartStoreList(ctx, membersdb.StartStoreListParams{
			Seen: marks, Lines: int32(len(plans)), Reason: reason, ListID: id, //nolint:gosec // readers take far fewer lines
		}); err != nil {
			return err
		}
		return record(ctx, tx, s.now(), by, done{
			action: "store_list_imported", object: listObject(id, row.Name), note: reason, after: CountPlans(plans),
		})
	})
	if err != nil {
		return fmt.Errorf("start store list %s: %w", id, err)
	}
	return nil
}

func planIn(ctx context.Context, q *membersdb.Queries, lines []StoreLine, fresh NewStores) ([]StorePlan, error) {
	rows, err := q.AllStores(ctx)
	if err != nil {
		return nil, err
	}
	known, err := masters(ctx, q, rows)
	if err != nil {
		return nil, err
	}
	return planStores(lines, known, fresh), nil
}

// linesPerStep is how many lines of a list a step imports. Reading and planning a list of 5,000 lines takes as long as
// importing a thousand of them: fewer would be mostly planning, more would leave the page without news for seconds.
const linesPerStep = 5 * storesAtOnce

// StepStoreList imports the next thousand lines of a running list, in transactions of a few hundred, and returns how far it
// has come. Steps that meet each other follow one another. A store that changed since the preview is refused. A list that is no longer
// running is returned as it is.
func (s *Service) StepStoreList(ctx context.Context, by auth.Principal, id uuid.UUID, lines []StoreLine, fresh NewStores) (StoreList, error) {
	if !by.AtHQ() || !by.May(auth.ManageStores) {
		return StoreList{}, ErrNotAllowed
	}
	var list StoreList
	var plans []StorePlan
	for came := 0; came < linesPerStep; {
		at, met := list.Done, false
		err := s.db.InTx(ctx, func(tx pgx.Tx) error {
			q := membersdb.New(tx)
			row, err := q.StoreListForUpdate(ctx, id)
			if notFound(err) {
				return ErrNoStoreList
			}
			if err != nil {
				return err
			}
			if list, err = storeList(row); err != nil || list.State != ListIsRunning {
				return err
			}
			if met = plans != nil && list.Done != at; met {
				return nil // another step goes on from here
			}
			if plans == nil {
				if plans, err = planIn(ctx, q, lines, fresh); err != nil {
					return err
				}
				at = list.Done
			}
			batch := plans[min(list.Done, len(plans)):min(list.Done+storesAtOnce, len(plans))]
			done, events, err := s.carryOut(ctx, tx, by, list.guarded(batch), row.Reason)
			if err != nil {
				return err
			}
			if err := list.advance(done, len(plans), s.now()); err != nil {
				return err
			}
			if err := q.AdvanceStoreList(ctx, list.params()); err != nil {
				return err
			}
			return outbox.Publish(ctx, tx, events...)
		})
		if err != nil {
			return StoreList{}, fmt.Errorf("import store list %s: %w", id, err)
		}
		s.directory.forget()
		if met || list.State != ListIsRunning {
			break
		}
		came += list.Done - at
	}
	return list, nil
}

// guarded refuses what is not as the preview showed it.
func (l *StoreList) guarded(batch []StorePlan) []StorePlan {
	out := slices.Clone(batch)
	for i, p := range out {
		at := l.Done + i
		acts := p.Outcome == StoreIsNew || p.Outcome == StoreIsChanged
		if acts && (at >= len(l.seen) || l.seen[at] != p.revision) {
			out[i].Outcome, out[i].Problems = StoreIsRefused, []LineProblem{{Reason: reasonMeanwhile}}
		}
	}
	return out
}

func (l *StoreList) advance(came []StorePlan, all int, now time.Time) error {
	for _, p := range came {
		l.Counts.add(p.Outcome)
		if p.Outcome == StoreIsRefused {
			l.Refused = append(l.Refused, RefusedLine{Line: p.Line, Name: p.Name, Problems: p.Problems})
		}
	}
	if l.Done += len(came); l.Done >= all {
		l.State, l.FinishedAt = ListIsDone, &now
	}
	return nil
}

func (l *StoreList) params() membersdb.AdvanceStoreListParams {
	counts, _ := json.Marshal(l.Counts)   // numbers
	refused, _ := json.Marshal(l.Refused) // and texts cannot fail
	if l.Refused == nil {
		refused = []byte("[]")
	}
	return membersdb.AdvanceStoreListParams{
		Done: int32(l.Done), Counts: counts, Refused: refused, State: string(l.State), FinishedAt: l.FinishedAt, ListID: l.ID, //nolint:gosec // at most the lines of a file
	}
}
