package outbox

import (
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"maru/internal/kernel/ids"
	"maru/internal/platform/postgres"
)

// DropOld drops the days of every outbox that ended before a moment and that all cursors are past,
// those of subscriptions that the program does not know and of rebuilds included. Where archive names a
// folder, a day is written to a file there first, and is safe on the disk before it is dropped. It
// returns the names of what it dropped. Any replica may call it, several at once as well; each should
// then have the same folder. See docs/adr/0019.
func (d *Dispatcher) DropOld(ctx context.Context, before time.Time, archive string) (dropped []string, err error) {
	for _, db := range d.dbs.All() {
		old, err := postgres.PartitionsBefore(ctx, db, "outbox", before)
		if err != nil {
			return dropped, err
		}
		if len(old) == 0 {
			continue
		}
		needed, err := d.needed(ctx, db.Name)
		if err != nil {
			return dropped, fmt.Errorf("who still reads the outbox of %s: %w", db.Name, err)
		}
		for _, p := range old {
			passed, err := passedBy(ctx, db, p, needed)
			if err != nil {
				return dropped, fmt.Errorf("last events of %s: %w", p.Name, err)
			}
			if !passed {
				d.log.Info("outbox: an old day is kept, because a subscription has not passed it", "partition", p.Name)
				break
			}
			if err := dropDay(ctx, db, p, archive); err != nil {
				return dropped, err
			}
			d.log.Info("outbox: old day dropped", "partition", p.Name, "archive", archive)
			dropped = append(dropped, p.Name)
		}
	}
	return dropped, nil
}

// needed returns the position in each lane up to which every subscription of a source has read. A
// declared one that has not begun needs everything; so does, to be sure, a cursor of an unknown source.
func (d *Dispatcher) needed(ctx context.Context, source string) (*positions, error) {
	heads, err := d.peek(source).readHeads(ctx) // first: a cursor that is missing then is of a later event
	if err != nil {
		return nil, err
	}
	least := *heads
	states := make(map[string]*state)
	for _, db := range d.dbs.All() {
		if err := d.readStates(ctx, db, states); err != nil {
			return nil, err
		}
		if err := flushLog(ctx, db); err != nil {
			return nil, err
		}
	}
	for _, r := range d.runners {
		if s := states[r.spec.name]; r.spec.source == source && (s == nil || len(s.cursors) < ids.Lanes) {
			return new(positions), nil
		}
	}
	for _, s := range states {
		if s.Source != source && s.Source != "" {
			continue
		}
		for lane, pos := range s.cursors {
			least[lane] = min(least[lane], pos)
		}
	}
	return &least, nil
}

// flushLog returns when everything that was seen in a database is on its disk. Rounds commit without
// waiting for that (docs/adr/0050), and a server that crashes must still find the events of the cursors that it
// wakes up with.
func flushLog(ctx context.Context, db *postgres.DB) error {
	_, err := db.Exec(ctx, "SELECT set_config('synchronous_commit', 'on', true), pg_logical_emit_message(true, 'maru', 'flush')")
	if err != nil {
		return fmt.Errorf("flush the log of %s: %w", db.Name, err)
	}
	return nil
}

// passedBy says that nobody needs any event of a partition.
func passedBy(ctx context.Context, db *postgres.DB, p postgres.Partition, needed *positions) (bool, error) {
	rows, err := db.Query(ctx, "SELECT lane, max(pos) FROM "+identifier(p)+" GROUP BY lane")
	if err != nil {
		return false, err
	}
	passed := true
	var lane ids.Lane
	var last int64
	_, err = pgx.ForEachRow(rows, []any{&lane, &last}, func() error {
		passed = passed && last <= needed[lane]
		return nil
	})
	return passed, err
}

func identifier(p postgres.Partition) string {
	return pgx.Identifier(strings.SplitN(p.Name, ".", 2)).Sanitize()
}

var errWrittenMeanwhile = errors.New("outbox: the day was written to after it was archived")

// dropDay archives a day and drops it. Between the two nothing may have been added to it.
func dropDay(ctx context.Context, db *postgres.DB, p postgres.Partition, archive string) error {
	if archive == "" {
		return postgres.DropPartition(ctx, db, p)
	}
	n, err := archiveDay(ctx, db, p, archive)
	if err != nil {
		return fmt.Errorf("archive %s: %w", p.Name, err)
	}
	return postgres.DropPartitionIf(ctx, db, p, func(tx pgx.Tx) error {
		var now int64
		if err := tx.QueryRow(ctx, "SELECT count(*) FROM "+identifier(p)).Scan(&now); err != nil {
			return err
		}
		if now != n {
			return errWrittenMeanwhile
		}
		return nil
	})
}

// archiveDay writes a day to <archive>/<context>/<partition>.jsonl.gz, an event a line in the order of
// lane and position, and returns how many there are. The file has its name only when it is whole and on
// the disk. A day without events leaves a file alone: it may be one that was emptied and not dropped.
func archiveDay(ctx context.Context, db *postgres.DB, p postgres.Partition, archive string) (n int64, err error) {
	_, table, _ := strings.Cut(p.Name, ".")
	folder := filepath.Join(archive, db.Name)
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return 0, err
	}
	file, err := os.CreateTemp(folder, table+".*.part")
	if err != nil {
		return 0, err
	}
	defer func() {
		_ = file.Close()
		_ = os.Remove(file.Name()) // gone already where it has its name
	}()
	if n, err = writeDay(ctx, db, p, file); err != nil || n == 0 {
		return n, err
	}
	if err := errors.Join(file.Sync(), file.Close()); err != nil {
		return 0, err
	}
	if err := os.Rename(file.Name(), filepath.Join(folder, table+".jsonl.gz")); err != nil {
		return 0, err
	}
	return n, syncFolder(folder)
}

func writeDay(ctx context.Context, db *postgres.DB, p postgres.Partition, to io.Writer) (n int64, err error) {
	packed := gzip.NewWriter(to)
	err = pgx.BeginFunc(ctx, db.Pool, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, "SET LOCAL statement_timeout = '30min'"); err != nil {
			return err
		}
		rows, err := tx.Query(ctx, "SELECT row_to_json(e)::text FROM "+identifier(p)+" AS e ORDER BY lane, pos")
		if err != nil {
			return err
		}
		var line string
		_, err = pgx.ForEachRow(rows, []any{&line}, func() error {
			n++
			_, err := io.WriteString(packed, line+"\n")
			return err
		})
		return err
	})
	if err != nil {
		return 0, err
	}
	return n, packed.Close()
}

// syncFolder makes the name of a new file survive a power cut.
func syncFolder(folder string) error {
	f, err := os.Open(folder)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}
