package outbox

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"maru/internal/kernel/ids"
	"maru/internal/platform/errs"
	"maru/internal/platform/postgres"
)

// A projection is rebuilt beside the live one: under a name of its own, with cursors from 0 and
// shadows of its tables, by the same handler, whose statements are sent to the shadows. When it has
// caught up, tables, cursors and parked events take the place of the live ones in one transaction. See
// docs/adr/0018.

// Rebuildable says that a subscription's effects are made of nothing but its events, and are in these
// tables of its schema (without the schema), which nobody else writes: Replay can build them anew. Its
// handler names them with the schema, as sqlc does. What it publishes is dropped during a rebuild.
//
// It panics where the subscription is not declared.
func (s *Subscriptions) Rebuildable(name string, tables ...string) {
	for i := range s.subscriptions {
		if s.subscriptions[i].name == name {
			s.subscriptions[i].tables = tables
			return
		}
	}
	panic(fmt.Sprintf("outbox: there is no subscription %q to rebuild", name))
}

// What keeps a subscription from being rebuilt.
var (
	// ErrNotRebuildable is returned for a subscription whose effects are not made of events alone.
	ErrNotRebuildable = errs.New(errs.Conflict, "outbox.not_rebuildable",
		"{name}이(가) 쓰는 표는 이벤트만으로 만들어지지 않아요. 다른 기록도 함께 쓰이므로 이벤트로 다시 만들면 그 기록이 사라져요.",
		"What {name} writes is not made of events alone: others write there too, as deliveries and counts do in stock, and a rebuild would lose that.")
	// ErrEventsGone is returned when events that a rebuild needs are no longer kept.
	ErrEventsGone = errs.New(errs.Conflict, "outbox.events_gone",
		"{source}의 오래된 이벤트가 이미 지워져서 처음부터 다시 만들 수 없어요. 보관된 파일에서 먼저 되돌려 주세요.",
		"The oldest events of {source} are no longer kept, so nothing can be built from the beginning. Bring them back from the archive first.")
)

const shadowSuffix = "_rebuild"

// Replay builds what a subscription has made from its events anew, beside the live one, and puts it in
// its place when it has caught up. Orders go on meanwhile. A run that was ended in the middle is taken
// up again where it was; fresh begins anew. progress hears now and then how many events are left.
func (d *Dispatcher) Replay(ctx context.Context, subscription string, fresh bool, progress func(left int64)) error {
	live, err := d.runner(subscription)
	if err != nil {
		return err
	}
	if len(live.spec.tables) == 0 {
		return ErrNotRebuildable.With("name", subscription)
	}
	beside, err := d.beside(ctx, live)
	if err != nil {
		return err
	}
	if err := beside.layOut(ctx, fresh); err != nil {
		return fmt.Errorf("replay %s: %w", subscription, err)
	}
	for {
		moved, pending, err := beside.drain(ctx)
		if err != nil {
			return fmt.Errorf("replay %s: %w", subscription, err)
		}
		progress(beside.leftover())
		switch {
		case moved:
			continue
		case errors.Is(pending, errElsewhere):
			if !pause(ctx, 50*time.Millisecond) {
				return ctx.Err()
			}
			continue
		case pending != nil:
			return fmt.Errorf("replay %s: %w", subscription, pending)
		}
		break
	}
	if err := beside.takeOver(ctx, live); err != nil {
		return fmt.Errorf("replay %s: %w", subscription, err)
	}
	d.log.Info("outbox: subscription rebuilt", "subscription", subscription)
	live.db.Committed(nil)
	return nil
}

// AbortReplay removes what an unfinished rebuild has left.
func (d *Dispatcher) AbortReplay(ctx context.Context, subscription string) error {
	live, err := d.runner(subscription)
	if err != nil {
		return err
	}
	beside, err := d.beside(ctx, live)
	if err != nil {
		return err
	}
	err = live.db.AsOwner(ctx, func(tx pgx.Tx) error { return beside.clear(ctx, tx) })
	if err != nil {
		return fmt.Errorf("abort replay of %s: %w", subscription, err)
	}
	return nil
}

// beside makes the runner of the rebuild.
func (d *Dispatcher) beside(ctx context.Context, live *runner) (*runner, error) {
	spec := live.spec
	spec.name += besideSuffix
	spec.beside, spec.every = true, 0
	r := newRunner(d, spec)
	r.redirect = newRedirect(spec.target, spec.tables)
	rows, err := live.db.Query(ctx, live.sql.skipped, live.spec.name)
	if err != nil {
		return nil, fmt.Errorf("skipped events of %s: %w", live.spec.name, err)
	}
	r.skipped = make(map[lanePos]bool)
	var at lanePos
	_, err = pgx.ForEachRow(rows, []any{&at.lane, &at.pos}, func() error {
		r.skipped[at] = true
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("skipped events of %s: %w", live.spec.name, err)
	}
	return r, nil
}

// lanePos is the place of an event.
type lanePos struct {
	lane ids.Lane
	pos  int64
}

// layOut makes shadows and forgets old cursors, unless a rebuild is to go on that fits the tables.
func (r *runner) layOut(ctx context.Context, fresh bool) error {
	start, err := r.start(ctx)
	if err != nil {
		return err
	}
	return r.db.AsOwner(ctx, func(tx pgx.Tx) error {
		fits := !fresh
		for _, table := range r.spec.tables {
			ok, err := postgres.ShadowFits(ctx, tx, r.db, table, table+shadowSuffix)
			if err != nil {
				return err
			}
			fits = fits && ok
		}
		if fits {
			return nil
		}
		if start.sum() > 0 {
			return ErrEventsGone.With("source", r.spec.source)
		}
		if err := r.clear(ctx, tx); err != nil {
			return err
		}
		for _, table := range r.spec.tables {
			if err := postgres.CreateShadow(ctx, tx, r.db, table, table+shadowSuffix); err != nil {
				return err
			}
		}
		return nil
	})
}

func (r *runner) clear(ctx context.Context, tx pgx.Tx) error {
	for _, table := range r.spec.tables {
		if err := postgres.DropShadow(ctx, tx, r.db, table+shadowSuffix); err != nil {
			return err
		}
	}
	_, err := inEveryLane(ctx, tx, []string{r.sql.forgetCursor, r.sql.forgetParked, r.sql.forgetKeys, r.sql.deleteMark}, r.spec.name)
	return err
}

func (r *runner) leftover() int64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	left := int64(0)
	for lane, head := range r.src.heads() {
		left += max(head-max(r.known[lane], r.passed[lane]), 0)
	}
	return left
}

var errNotAlone = errors.New("outbox: another replay has finished meanwhile")

// takeOver puts the rebuilt tables in the place of the live ones. The cursors come with them, so it
// does not matter which of the two had got further: live goes on from where the rebuild stands. Its
// cursors are locked first, which waits for its batches and keeps new ones away.
func (r *runner) takeOver(ctx context.Context, live *runner) error {
	return r.db.AsOwner(ctx, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, r.sql.lockCursors, live.spec.name); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, r.sql.lockCursors, r.spec.name); err != nil {
			return err
		}
		tag, err := tx.Exec(ctx, r.sql.takeCursors, live.spec.name, r.spec.name)
		if err != nil {
			return err
		}
		if tag.RowsAffected() != ids.Lanes {
			return errNotAlone
		}
		if _, err := tx.Exec(ctx, r.sql.forgetUnskipped, live.spec.name, r.spec.name); err != nil {
			return err
		}
		drop := []string{r.sql.forgetKeys, r.sql.deleteMark}
		if _, err := inEveryLane(ctx, tx, drop, live.spec.name); err != nil {
			return err
		}
		move := []string{r.sql.renameParked, r.sql.renameKeys}
		if _, err := inEveryLane(ctx, tx, move, r.spec.name, live.spec.name); err != nil {
			return err
		}
		if _, err := inEveryLane(ctx, tx, []string{r.sql.forgetCursor, r.sql.deleteMark}, r.spec.name); err != nil {
			return err
		}
		for _, table := range r.spec.tables {
			if err := postgres.SwapShadow(ctx, tx, r.db, table, table+shadowSuffix); err != nil {
				return err
			}
		}
		return nil
	})
}

// redirect sends statements about some tables to their shadows.
type redirect struct {
	names *regexp.Regexp
}

func newRedirect(schema string, tables []string) *redirect {
	quoted := make([]string, len(tables))
	for i, t := range tables {
		quoted[i] = regexp.QuoteMeta(t)
	}
	return &redirect{
		names: regexp.MustCompile(`\b` + regexp.QuoteMeta(schema) + `\.(` + strings.Join(quoted, "|") + `)\b`),
	}
}

func (d *redirect) sql(s string) string { return d.names.ReplaceAllString(s, "${0}"+shadowSuffix) }

// redirectedTx is a transaction whose statements are redirected.
type redirectedTx struct {
	pgx.Tx
	to *redirect
}

func (t redirectedTx) Exec(ctx context.Context, sql string, args ...any) (pgconn.CommandTag, error) {
	return t.Tx.Exec(ctx, t.to.sql(sql), args...)
}

func (t redirectedTx) Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error) {
	return t.Tx.Query(ctx, t.to.sql(sql), args...)
}

func (t redirectedTx) QueryRow(ctx context.Context, sql string, args ...any) pgx.Row {
	return t.Tx.QueryRow(ctx, t.to.sql(sql), args...)
}

func (t redirectedTx) SendBatch(ctx context.Context, b *pgx.Batch) pgx.BatchResults {
	for _, q := range b.QueuedQueries {
		q.SQL = t.to.sql(q.SQL)
	}
	return t.Tx.SendBatch(ctx, b)
}

func (t redirectedTx) CopyFrom(ctx context.Context, table pgx.Identifier, columns []string, rows pgx.CopyFromSource) (int64, error) {
	if len(table) == 2 && t.to.names.MatchString(table[0]+"."+table[1]) {
		table = pgx.Identifier{table[0], table[1] + shadowSuffix}
	}
	return t.Tx.CopyFrom(ctx, table, columns, rows)
}

var errNoPrepare = errors.New("outbox: a subscription that can be rebuilt prepares no statements by itself")

func (redirectedTx) Prepare(context.Context, string, string) (*pgconn.StatementDescription, error) {
	return nil, errNoPrepare
}
