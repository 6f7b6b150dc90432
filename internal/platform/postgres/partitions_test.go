package postgres_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"maru/internal/kernel/ids"
	"maru/internal/platform/postgres"
	"maru/internal/platform/postgres/pgtest"
)

var (
	october  = time.Date(2031, 10, 30, 23, 0, 0, 0, time.UTC)
	november = time.Date(2031, 11, 2, 1, 0, 0, 0, time.UTC)
)

func TestDaysAreMadeForDatesAndMonthsForIDs(t *testing.T) {
	t.Parallel()
	db := partitioned(t)
	report, err := postgres.EnsurePartitions(t.Context(), db, []string{"thing", "happening"}, october, november)
	must(t, err)
	want := []string{
		"stats.thing_203110", "stats.thing_203111",
		"stats.happening_20311030", "stats.happening_20311031", "stats.happening_20311101", "stats.happening_20311102",
	}
	if diff := cmp.Diff(want, names(report.Made)); diff != "" {
		t.Error(diff)
	}
	again, err := postgres.EnsurePartitions(t.Context(), db, nil, october, november)
	must(t, err)
	for _, p := range again.Made {
		if p.Table == "stats.thing" || p.Table == "stats.happening" {
			t.Errorf("made twice: %s", p.Name)
		}
	}
}

func TestTheEdgesOfAMonthFallIntoTheRightPartition(t *testing.T) {
	t.Parallel()
	db := partitioned(t)
	_, err := postgres.EnsurePartitions(t.Context(), db, []string{"thing"}, october, november)
	must(t, err)
	midnight := time.Date(2031, 11, 1, 0, 0, 0, 0, time.UTC)
	lowest, highest := v7(midnight, 0x00), v7(midnight.Add(-time.Millisecond), 0xff)
	for id, want := range map[uuid.UUID]string{
		lowest:                       "stats.thing_203111",
		highest:                      "stats.thing_203110",
		ids.DerivedV7(midnight, "a"): "stats.thing_203111",
		ids.DerivedV7(midnight.Add(-time.Millisecond), "a"):   "stats.thing_203110",
		ids.DerivedV7(time.Now(), "no partition made for it"): "stats.thing_default",
	} {
		var got string
		must(t, db.QueryRow(t.Context(), "INSERT INTO stats.thing VALUES (1, $1) RETURNING tableoid::regclass::text", id).Scan(&got))
		if got != want {
			t.Errorf("%s went to %s, want %s", id, got, want)
		}
	}
}

func TestReplicasMayMakePartitionsAtOnce(t *testing.T) {
	t.Parallel()
	url := pgtest.NewURL(t)
	createPartitioned(t, url)
	first, second := pgtest.Open(t, url).Context("stats"), pgtest.Open(t, url).Context("stats")
	var mu sync.Mutex
	made := map[string]int{}
	var all sync.WaitGroup
	for _, db := range []*postgres.DB{first, second, first, second} {
		all.Go(func() {
			report, err := postgres.EnsurePartitions(context.Background(), db, []string{"happening"}, october, october.AddDate(0, 0, 9))
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				t.Error(err)
			}
			for _, p := range report.Made {
				made[p.Name]++
			}
		})
	}
	all.Wait()
	if len(made) != 10 {
		t.Errorf("made %v", made)
	}
	for name, n := range made {
		if n != 1 {
			t.Errorf("%s was made %d times", name, n)
		}
	}
}

func TestRowsInTheDefaultPartitionAreReportedAndKept(t *testing.T) {
	t.Parallel()
	db := partitioned(t)
	_, err := db.Exec(t.Context(), "INSERT INTO stats.happening VALUES (1, '2031-10-31')")
	must(t, err)
	report, err := postgres.EnsurePartitions(t.Context(), db, []string{"happening"}, october, november)
	must(t, err)
	if diff := cmp.Diff([]string{"stats.happening_20311031"}, names(report.Blocked)); diff != "" {
		t.Error(diff)
	}
	if len(report.Made) != 3 {
		t.Errorf("the others are not made: %v", names(report.Made))
	}
	var n int
	must(t, db.QueryRow(t.Context(), "SELECT count(*) FROM stats.happening").Scan(&n))
	if n != 1 {
		t.Errorf("%d rows left", n)
	}
}

func TestRowsInTheDefaultPartitionAreRescued(t *testing.T) {
	t.Parallel()
	db := partitioned(t)
	october31 := ids.DerivedV7(time.Date(2031, 10, 31, 0, 0, 0, 0, time.UTC), "a")
	for _, sql := range []string{
		"INSERT INTO stats.happening VALUES (1, '2031-10-31'), (2, '2031-10-31'), (3, '2031-12-24')",
		"INSERT INTO stats.thing VALUES (1, '" + october31.String() + "')",
	} {
		_, err := db.Exec(t.Context(), sql)
		must(t, err)
	}
	before, err := postgres.DefaultRows(t.Context(), db)
	must(t, err)
	if before["happening"] != 3 || before["thing"] != 1 {
		t.Errorf("default partitions hold %v", before)
	}
	made, err := postgres.RescueDefaults(t.Context(), db)
	must(t, err)
	if diff := cmp.Diff([]string{"stats.happening_20311031", "stats.happening_20311224", "stats.thing_203110"}, names(made)); diff != "" {
		t.Error(diff)
	}
	after, err := postgres.DefaultRows(t.Context(), db)
	must(t, err)
	if after["happening"] != 0 || after["thing"] != 0 {
		t.Errorf("default partitions still hold %v", after)
	}
	var n, there int
	must(t, db.QueryRow(t.Context(), "SELECT count(*) FROM stats.happening").Scan(&n))
	must(t, db.QueryRow(t.Context(), "SELECT count(*) FROM stats.happening_20311031").Scan(&there))
	if n != 3 || there != 2 {
		t.Errorf("%d rows, %d of them in the new partition", n, there)
	}
}

// Rows are written into the day while it is rescued: none is refused, none is lost.
func TestRescueWhileRowsAreWritten(t *testing.T) {
	t.Parallel()
	db := partitioned(t)
	var all sync.WaitGroup
	stop := make(chan struct{})
	written := 0
	insert := func() {
		must(t, db.InTx(t.Context(), func(tx pgx.Tx) error {
			_, err := tx.Exec(t.Context(), "INSERT INTO stats.happening VALUES ($1, '2031-10-31')", written)
			return err
		}))
		written++
	}
	insert()
	all.Go(func() {
		for {
			select {
			case <-stop:
				return
			default:
				insert()
			}
		}
	})
	_, err := postgres.RescueDefaults(t.Context(), db)
	close(stop)
	all.Wait()
	must(t, err)
	var n, airbag int
	must(t, db.QueryRow(t.Context(), "SELECT count(*) FROM stats.happening").Scan(&n))
	must(t, db.QueryRow(t.Context(), "SELECT count(*) FROM stats.happening_default").Scan(&airbag))
	if n != written || airbag != 0 {
		t.Errorf("%d of %d rows, %d in the default partition", n, written, airbag)
	}
}

func TestOldPartitionsAreFoundAndDropped(t *testing.T) {
	t.Parallel()
	db := partitioned(t)
	_, err := postgres.EnsurePartitions(t.Context(), db, []string{"happening"}, october, november)
	must(t, err)
	_, err = db.Exec(t.Context(), "INSERT INTO stats.happening VALUES (1, '2031-10-30'), (2, '2031-11-01')")
	must(t, err)
	old, err := postgres.PartitionsBefore(t.Context(), db, "happening", november)
	must(t, err)
	if diff := cmp.Diff([]string{"stats.happening_20311030", "stats.happening_20311031", "stats.happening_20311101"}, names(old)); diff != "" {
		t.Fatal(diff)
	}
	must(t, postgres.DropPartition(t.Context(), db, old[0]))
	must(t, postgres.DropPartition(t.Context(), db, old[0])) // by another replica, a moment later
	rows, err := db.Query(t.Context(), "SELECT id FROM stats.happening")
	must(t, err)
	left, err := pgx.CollectRows(rows, pgx.RowTo[int32])
	must(t, err)
	if diff := cmp.Diff([]int32{2}, left); diff != "" {
		t.Error(diff)
	}
}

func TestATableThatIsNotPartitionedIsNamed(t *testing.T) {
	t.Parallel()
	_, err := postgres.EnsurePartitions(t.Context(), pgtest.New(t).Context("ordering"), []string{"store"}, october, november)
	if err == nil {
		t.Error("no error")
	}
}

func TestEveryPartitionedTableOfTheMigrationsTakesNewPartitions(t *testing.T) {
	t.Parallel()
	for _, db := range pgtest.New(t).All() {
		report, err := postgres.EnsurePartitions(t.Context(), db, nil, october, october)
		must(t, err)
		if len(report.Made) == 0 || len(report.Blocked) > 0 {
			t.Errorf("%s: made %v, blocked %v", db.Name, names(report.Made), names(report.Blocked))
		}
	}
}

// partitioned returns a database with two partitioned tables, each with an airbag.
func partitioned(t *testing.T) *postgres.DB {
	t.Helper()
	url := pgtest.NewURL(t)
	createPartitioned(t, url)
	return pgtest.Open(t, url).Context("stats")
}

func createPartitioned(t *testing.T, url string) {
	t.Helper()
	_, err := connect(t, url).Exec(t.Context(), `
		CREATE TABLE stats.thing (lane smallint NOT NULL, id uuid NOT NULL, PRIMARY KEY (lane, id)) PARTITION BY RANGE (id);
		CREATE TABLE stats.thing_default PARTITION OF stats.thing DEFAULT;
		CREATE TABLE stats.happening (id int NOT NULL, day date NOT NULL, PRIMARY KEY (id, day)) PARTITION BY RANGE (day);
		CREATE INDEX ON stats.happening (day, id);
		CREATE TABLE stats.happening_default PARTITION OF stats.happening DEFAULT`)
	must(t, err)
}

// v7 is a UUIDv7 of a moment whose random bits are all alike.
func v7(at time.Time, random byte) uuid.UUID {
	id := ids.DerivedV7(at, "")
	for i := 6; i < 16; i++ {
		id[i] = random
	}
	id[6] = id[6]&0x0f | 0x70
	id[8] = id[8]&0x3f | 0x80
	return id
}

func names(partitions []postgres.Partition) []string {
	all := make([]string, 0, len(partitions))
	for _, p := range partitions {
		all = append(all, p.Name)
	}
	return all
}
