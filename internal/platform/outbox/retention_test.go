package outbox_test

import (
	"bufio"
	"compress/gzip"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"maru/internal/platform/outbox"
	"maru/internal/platform/postgres"
)

// days makes proper partitions for three old days and moves what was published into them: n events of
// each lane from 1 to 3 a day.
func (w *world) days(first time.Time) {
	w.t.Helper()
	_, err := postgres.EnsurePartitions(w.t.Context(), w.dbs.Context("ordering"), []string{"outbox"}, first, first.AddDate(0, 0, 2))
	must(w.t, err)
	for day := range 3 {
		for lane := 1; lane <= 3; lane++ {
			w.exec("ordering", `INSERT INTO ordering.outbox (lane, pos, day, kind, version, key, payload, trace, at)
				VALUES ($1, $2, $3, 'ordering.test_happened', 1, 'a', '{"N": 5, "Key": "a"}', '', now())`, lane, day+1, first.AddDate(0, 0, day))
			w.exec("ordering", "UPDATE ordering.outbox_head SET pos = $2 WHERE lane = $1", lane, day+1)
		}
	}
}

func TestOldDaysAreArchivedAndDroppedWhenEverybodyIsPastThem(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	first := time.Date(2026, 1, 10, 0, 0, 0, 0, time.UTC)
	w.days(first)
	subs := w.inventory()
	subs.On("stats.test", w.effects("stats.test"), outbox.Of[happened]())
	d := w.dispatcher(subs)
	archive := t.TempDir()
	end := first.AddDate(0, 0, 2) // the third day is not over

	drop := func(want ...string) {
		t.Helper()
		dropped, err := d.DropOld(t.Context(), end, archive)
		must(t, err)
		equal(t, want, dropped)
	}
	drop() // nobody has begun
	must(t, d.Drain(t.Context()))
	w.exec("stats", "UPDATE stats.outbox_cursor SET pos = 1 WHERE lane = 2 AND subscription = 'stats.test'")
	w.exec("stats", "INSERT INTO stats.outbox_cursor (lane, subscription, pos) VALUES (3, 'stats.gone', 0)")
	drop() // one that is gone still holds the first day
	must(t, w.dispatcher(w.inventory()).Forget(t.Context(), "stats.gone"))
	drop("ordering.outbox_20260110") // stats has not passed the second
	w.exec("stats", "UPDATE stats.outbox_cursor SET pos = 2 WHERE lane = 2 AND subscription = 'stats.test'")
	drop("ordering.outbox_20260111")
	drop()

	var lines []string
	for _, day := range []string{"outbox_20260110", "outbox_20260111"} {
		f, err := os.Open(filepath.Join(archive, "ordering", day+".jsonl.gz"))
		must(t, err)
		unpacked, err := gzip.NewReader(f)
		must(t, err)
		for scan := bufio.NewScanner(unpacked); scan.Scan(); {
			var e struct {
				Lane, Pos int64
				Kind, Key string
				Payload   happened
			}
			must(t, json.Unmarshal(scan.Bytes(), &e))
			if e.Kind != "ordering.test_happened" || e.Payload.N != 5 {
				t.Errorf("archived %s", scan.Text())
			}
			lines = append(lines, scan.Text())
		}
		must(t, f.Close())
	}
	equal(t, 6, len(lines))
	left, err := filepath.Glob(filepath.Join(archive, "*", "*.part"))
	must(t, err)
	equal(t, nil, left)

	// Readers go on behind what is gone, and a new one begins there.
	w.publish(happened{Lane: 1, Key: "b", N: 9})
	subs.On("catalog.late", w.effects("catalog.late"), outbox.Of[happened]())
	must(t, w.dispatcher(subs).Drain(t.Context()))
	equal(t, 4, len(w.applied("catalog.late"))) // three of the third day, and the new one
	equal(t, 10, len(w.applied("inventory.test")))
}

func TestArchivedDaysComeBackForARebuild(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	first := time.Date(2026, 1, 10, 0, 0, 0, 0, time.UTC)
	w.days(first)
	subs := w.inventory()
	d := w.dispatcher(subs)
	must(t, d.Drain(t.Context()))
	before := w.published("ordering.test_happened")
	archive := t.TempDir()
	_, err := d.DropOld(t.Context(), first.AddDate(0, 0, 2), archive)
	must(t, err)
	equal(t, 3, len(w.published("ordering.test_happened")))

	restore := func(context string, from time.Time) ([]string, error) {
		return d.RestoreArchive(t.Context(), archive, context, from)
	}
	if _, err := restore("nothing", first); !errors.Is(err, outbox.ErrNoContext) {
		t.Errorf("of no context: %v", err)
	}
	if _, err := restore("stats", first); !errors.Is(err, outbox.ErrNoArchive) {
		t.Errorf("of nothing: %v", err)
	}
	second := filepath.Join(archive, "ordering", "outbox_20260111.jsonl.gz")
	must(t, os.Rename(second, second+".away"))
	if _, err := restore("ordering", first); !errors.Is(err, outbox.ErrArchiveGap) {
		t.Errorf("a day is missing between: %v", err)
	}
	equal(t, 3, len(w.published("ordering.test_happened")))
	must(t, os.Rename(second+".away", second))
	files, err := restore("ordering", first.AddDate(0, 0, 1))
	must(t, err)
	equal(t, []string{second}, files)
	for range 2 { // once more changes nothing
		files, err = restore("ordering", time.Time{})
		must(t, err)
		equal(t, 2, len(files))
		equal(t, before, w.published("ordering.test_happened"))
	}

	// Who was past them stays past them; who begins reads them all.
	must(t, d.Drain(t.Context()))
	equal(t, 9, len(w.applied("inventory.test")))
	subs.On("catalog.late", w.effects("catalog.late"), outbox.Of[happened]())
	must(t, w.dispatcher(subs).Drain(t.Context()))
	equal(t, 9, len(w.applied("catalog.late")))
	dropped, err := w.dispatcher(subs).DropOld(t.Context(), first.AddDate(0, 0, 2), archive)
	must(t, err)
	equal(t, []string{"ordering.outbox_20260110", "ordering.outbox_20260111"}, dropped)
}
