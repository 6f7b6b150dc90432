package outbox

import (
	"bufio"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"maru/internal/kernel/ids"
	"maru/internal/platform/errs"
	"maru/internal/platform/postgres"
)

// What a person can do wrong with archived days.
var (
	// ErrNoContext is returned for a context that does not exist.
	ErrNoContext = errs.New(errs.NotFound, "outbox.no_context",
		"{name}라는 컨텍스트가 없어요.", "There is no context called {name}.")
	// ErrNoArchive is returned where there is no archived day to bring back.
	ErrNoArchive = errs.New(errs.NotFound, "outbox.no_archive",
		"{folder}에 되돌릴 날이 없어요.", "There is no day to bring back in {folder}.")
	// ErrArchiveGap is returned when a day does not end where the events that are there begin.
	ErrArchiveGap = errs.New(errs.Conflict, "outbox.archive_gap",
		"{file}의 끝이 지금 있는 이벤트의 시작과 이어지지 않아요. 사이의 파일이 빠졌을 수 있어요.",
		"{file} does not end where the events that are there begin. Is a file between them missing?")
)

// restoreBatch is how many archived events are inserted by one statement.
const restoreBatch = 1000

// RestoreArchive brings the archived days of a context back into its outbox, from a day on: the newest
// first, so that what is there never has a hole, each in one transaction, and only where it follows on. It
// returns the files that were read. Cursors are not touched, so nothing is applied a second time; it is
// for what begins anew, such as Replay. DropOld drops the days again, but not while somebody reads them.
//
// It returns ErrNoContext, ErrNoArchive and ErrArchiveGap.
func (d *Dispatcher) RestoreArchive(ctx context.Context, archive, context string, from time.Time) (files []string, err error) {
	if !slices.Contains(postgres.Contexts, context) {
		return nil, ErrNoContext.With("name", context)
	}
	folder := filepath.Join(archive, context)
	entries, err := os.ReadDir(folder)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	for _, e := range slices.Backward(entries) {
		day, err := time.Parse("outbox_20060102.jsonl.gz", e.Name())
		if err != nil || day.Before(from) {
			continue
		}
		file := filepath.Join(folder, e.Name())
		n, err := d.restoreDay(ctx, d.dbs.Context(context), file, day)
		if err != nil {
			return files, fmt.Errorf("bring back %s: %w", file, err)
		}
		files = append(files, file)
		d.log.Warn("outbox: archived day brought back", "file", file, "events", n)
	}
	if len(files) == 0 {
		return nil, ErrNoArchive.With("folder", folder)
	}
	return files, nil
}

func (d *Dispatcher) restoreDay(ctx context.Context, db *postgres.DB, file string, day time.Time) (n int64, err error) {
	f, err := os.Open(file)
	if err != nil {
		return 0, err
	}
	defer func() { _ = f.Close() }()
	unpacked, err := gzip.NewReader(f)
	if err != nil {
		return 0, err
	}
	if _, err := postgres.EnsurePartitions(ctx, db, []string{"outbox"}, day, day); err != nil {
		return 0, err
	}
	err = db.InTx(ctx, func(tx pgx.Tx) error {
		n = 0
		if _, err := tx.Exec(ctx, "SET LOCAL statement_timeout = '30min'; SET LOCAL idle_in_transaction_session_timeout = '5min'"); err != nil {
			return err
		}
		before, err := edges(ctx, tx, db, "min", "true")
		if err != nil {
			return err
		}
		if n, err = insertLines(ctx, tx, db, unpacked); err != nil {
			return err
		}
		ends, err := edges(ctx, tx, db, "max", "day = '"+day.Format(time.DateOnly)+"'")
		if err != nil {
			return err
		}
		heads, err := edges(ctx, tx, db, "max", "")
		if err != nil {
			return err
		}
		for lane, last := range ends {
			begin, is := before[lane]
			if !is {
				begin = heads[lane] + 1
			}
			if last < begin-1 || last > heads[lane] {
				return ErrArchiveGap.With("file", file)
			}
		}
		return nil
	})
	return n, err
}

// insertLines stores archived events, a line each; those that are there already stay as they are.
func insertLines(ctx context.Context, tx pgx.Tx, db *postgres.DB, from *gzip.Reader) (n int64, err error) {
	table := pgx.Identifier{db.Name, "outbox"}.Sanitize()
	insert := "INSERT INTO " + table + " SELECT * FROM json_populate_recordset(NULL::" + table + ", $1::json) ON CONFLICT DO NOTHING"
	lines := bufio.NewReader(from)
	var batch []string
	flush := func() error {
		if len(batch) == 0 {
			return nil
		}
		tag, err := tx.Exec(ctx, insert, "["+strings.Join(batch, ",")+"]")
		n += tag.RowsAffected()
		batch = batch[:0]
		return err
	}
	for {
		line, err := lines.ReadString('\n')
		if line = strings.TrimSuffix(line, "\n"); line != "" {
			batch = append(batch, line)
		}
		if err != nil || len(batch) == restoreBatch {
			if failed := flush(); failed != nil {
				return n, failed
			}
		}
		if errors.Is(err, io.EOF) {
			return n, nil
		}
		if err != nil {
			return n, err
		}
	}
}

// edges returns the least or greatest position of each lane that has one: of events for which where is
// true, or of the heads where it is empty.
func edges(ctx context.Context, tx pgx.Tx, db *postgres.DB, which, where string) (map[ids.Lane]int64, error) {
	sql := "SELECT lane, " + which + "(pos) FROM " + db.Name + ".outbox WHERE " + where + " GROUP BY lane"
	if where == "" {
		sql = "SELECT lane, pos FROM " + db.Name + ".outbox_head"
	}
	rows, err := tx.Query(ctx, sql)
	if err != nil {
		return nil, err
	}
	all := make(map[ids.Lane]int64)
	var lane ids.Lane
	var pos int64
	_, err = pgx.ForEachRow(rows, []any{&lane, &pos}, func() error {
		all[lane] = pos
		return nil
	})
	return all, err
}
