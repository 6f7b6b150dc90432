package imports_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"maru/internal/catalog"
	"maru/internal/imports"
	"maru/internal/inventory"
	"maru/internal/kernel/businessday"
	"maru/internal/kernel/lang"
	"maru/internal/members"
	"maru/internal/ordering"
	"maru/internal/platform/auth"
	"maru/internal/platform/errs"
	"maru/internal/platform/outbox"
	"maru/internal/platform/postgres"
	"maru/internal/platform/postgres/pgtest"
	"maru/internal/stats"
)

// replica is the program without its pages, on a database that others may share.
type replica struct {
	imports.SalesServices
	stats *stats.Service
}

func newReplica(t testing.TB, dbs *postgres.Databases) *replica {
	t.Helper()
	tokens, err := auth.NewTokens([][]byte{bytes.Repeat([]byte("k"), 32)}, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	r := &replica{stats: stats.New(dbs.Context("stats"))}
	r.Members = members.New(dbs.Context("members"), tokens, auth.NewPasswords(auth.DefaultArgon, 1), time.Now)
	r.Catalog = catalog.New(dbs.Context("catalog"), time.Now)
	r.Ordering = ordering.New(dbs.Context("ordering"), time.Now)
	stock := inventory.New(dbs.Context("inventory"), time.Now)
	var subs outbox.Subscriptions
	r.Members.Subscribe(&subs)
	r.Catalog.Subscribe(&subs)
	r.Ordering.Subscribe(&subs)
	stock.Subscribe(&subs)
	r.stats.Subscribe(&subs)
	r.Dispatcher = outbox.NewDispatcher(dbs, &subs, slog.New(slog.DiscardHandler))
	return r
}

// salesOptions are those of the files in these tests.
func salesOptions(path string) imports.SalesOptions {
	return imports.SalesOptions{
		Path: path, Store: "store", Date: "date", Time: "time", Item: "item", Category: "category", Quantity: "quantity", Price: "price",
		DateFormat: "auto", Currency: "USD", Zone: "America/New_York", Cutoff: "00:00", Dining: "for_here", Franchise: "Test",
		Create: true, Show: 100, Workers: 8, Window: 10, Lang: lang.English,
	}
}

func writeFile(t testing.TB, lines ...string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "sales.csv")
	if err := os.WriteFile(path, []byte(strings.Join(lines, "\n")+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func (r *replica) sell(t testing.TB, o imports.SalesOptions) imports.SalesSummary {
	t.Helper()
	s, err := imports.Sales(t.Context(), r.SalesServices, o)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func (r *replica) totals(t testing.TB, from, to string) stats.Sales {
	t.Helper()
	s, err := r.stats.Totals(t.Context(), over(from, to))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func over(from, to string) stats.Over {
	day := func(s string) businessday.Date {
		d, err := businessday.ParseDate(s)
		if err != nil {
			panic(err)
		}
		return d
	}
	return stats.Over{From: day(from), To: day(to)}
}

const salesHeader = "store,date,time,item,category,quantity,price"

var someSales = []string{
	salesHeader,
	"Astoria,2023-01-01,07:06:11,Latte,Coffee,2,3.75",
	"Hell's Kitchen,2023-01-01,07:06:11,Latte,Coffee,1,3.75",
	"Astoria,2023-01-01,07:06:11,Scone,Bakery,1,3.00", // the first order goes on
	"Astoria,2023-01-01,07:06:12,Scone,Bakery,1,3.25",
	"",
	"Astoria,2023-01-31,20:59:59,Latte,Coffee,1,3.75",
}

func TestSalesBecomeOrdersOfTheirTimeAndPrice(t *testing.T) {
	t.Parallel()
	r := newReplica(t, pgtest.New(t))
	var out bytes.Buffer
	o := salesOptions(writeFile(t, someSales...))
	o.Out = &out
	s := r.sell(t, o)
	if s.Lines != 5 || s.Orders != 4 || s.Sold != 5 || s.Refused != 0 || s.Revenue != 2125 || s.NewStores != 2 || s.NewItems != 2 {
		t.Errorf("summary = %+v", s)
	}
	if !strings.Contains(out.String(), "21.25 USD") {
		t.Errorf("the summary does not say the revenue:\n%s", out.String())
	}
	days, err := r.stats.SalesByDay(t.Context(), over("2023-01-01", "2023-12-31"))
	if err != nil {
		t.Fatal(err)
	}
	if len(days) != 2 || days[0].Orders != 3 || days[0].Revenue != 1750 || days[1].Date.String() != "2023-01-31" {
		t.Errorf("days = %+v", days)
	}
	hours, err := r.stats.SalesByHour(t.Context(), over("2023-01-01", "2023-12-31"))
	if err != nil || len(hours) != 2 || hours[0].Hour != 7 || hours[1].Hour != 20 {
		t.Errorf("hours = %+v, %v", hours, err)
	}
	items, err := r.stats.TopItems(t.Context(), over("2023-01-01", "2023-12-31"), stats.ByUnits, 9)
	if err != nil || len(items) != 2 || items[0].Name.Ko != "Latte" || items[0].Units != 4 || items[1].Revenue != 625 {
		t.Errorf("items = %+v, %v", items, err)
	}
	store, err := r.Members.StoreByCode(t.Context(), "hells-kitchen")
	if err != nil || store.TimeZone != "America/New_York" {
		t.Errorf("store = %+v, %v", store, err)
	}
}

func TestImportingAgainChangesNothing(t *testing.T) {
	t.Parallel()
	dbs := pgtest.New(t)
	o := salesOptions(writeFile(t, someSales...))
	newReplica(t, dbs).sell(t, o)
	r := newReplica(t, dbs)
	s := r.sell(t, o)
	if s.Orders != 0 || s.Replayed != 4 || s.Revenue != 2125 || s.NewStores != 0 || s.NewItems != 0 {
		t.Errorf("summary of the second run = %+v", s)
	}
	if got := r.totals(t, "2023-01-01", "2023-12-31"); got.Orders != 4 || got.Revenue != 2125 {
		t.Errorf("totals = %+v", got)
	}
}

func TestDirtyLinesAreNamedAndTheRestImported(t *testing.T) {
	t.Parallel()
	r := newReplica(t, pgtest.New(t))
	var told bytes.Buffer
	o := salesOptions(writeFile(t,
		salesHeader,
		"Astoria,2023-01-01,07:00:00,Latte,Coffee,2,3.75",
		"Astoria,2023-01-01,07:00:00,Latte,Coffee,two,3.75",
		"Astoria,2023-01-01,07:00:01,Latte,Coffee,0,3.75",
		"Astoria,2023-01-01,07:00:02,Latte,Coffee,-1,3.75",
		"Astoria,2023-01-01,07:00:03,Latte,Coffee,99999999999999999999,3.75",
		"Astoria,2023-01-01,07:00:04,Latte,Coffee,1.5,3.75",
		"Astoria,2023-01-01,07:00:05,Latte,Coffee,1,3.755",
		"Astoria,2023-01-01,07:00:06,Latte,Coffee,1,-3",
		"Astoria,2023-01-01,07:00:07,Latte,Coffee,1,free",
		"Astoria,2023-02-30,07:00:08,Latte,Coffee,1,3.75",
		"Astoria,yesterday,07:00:09,Latte,Coffee,1,3.75",
		"Astoria,2023-01-01,25:00:00,Latte,Coffee,1,3.75",
		"Astoria,2999-01-01,07:00:00,Latte,Coffee,1,3.75",
		"Astoria,1970-01-01,07:00:00,Latte,Coffee,1,3.75",
		",2023-01-01,07:00:10,Latte,Coffee,1,3.75",
		"Astoria,2023-01-01,07:00:11,,Coffee,1,3.75",
		"Astoria,2023-01-01,07:00:12,Latte",
		`Astoria,2023-01-01,07:00:13,"Latte,Coffee,1,3.75`,
		"Astoria,2023-01-01,07:00:14,L\xff,Coffee,1,3.75",
		"Astoria,2023-01-01,07:00:15,"+strings.Repeat("x", 70_000)+",Coffee,1,3.75",
		`"Astoria","2023-01-01","07:00:16","Latte","Coffee","1","3.75"`,
		"Astoria,2023-01-01,07:00:17,Latte,Coffee,2.00,$4.00"))
	o.Err = &told
	o.Rejects = filepath.Join(t.TempDir(), "rejects.csv")
	s := r.sell(t, o)
	if s.Lines != 22 || s.Sold != 3 || s.Refused != 19 || s.Orders != 3 || s.Revenue != 750+375+800 {
		t.Errorf("summary = %+v", s)
	}
	want := []string{
		"line 3: The quantity is not a whole number: two",
		"line 4: Impossible quantity: 0 (1 to 999)",
		"line 5: Impossible quantity: -1 (1 to 999)",
		"line 6: Impossible quantity: 99999999999999999999 (1 to 999)",
		"line 7: The quantity is not a whole number: 1.5",
		"line 8: Not a price: 3.755",
		"line 9: Impossible price: -3",
		"line 10: Not a price: free",
		"line 11: Not a date: 2023-02-30",
		"line 12: Not a date: yesterday",
		"line 13: Not a time of day: 25:00:00",
		"line 14: This day has not come yet: 2999-01-01",
		"line 15: Before the year 2000: 1970-01-01",
		"line 16: The store is empty.",
		"line 17: The item is empty.",
		"line 18: The line has 4 cells, but there are 7 columns.",
		"line 19: The quotation marks do not match.",
		"line 20: There are characters that are not UTF-8.",
		"line 21: The cell is too long.",
	}
	var got []string
	for line := range strings.Lines(told.String()) {
		if strings.HasPrefix(line, "line ") {
			got = append(got, strings.TrimSpace(line))
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("refused lines (-want +got):\n%s", diff)
	}
	rejects, err := os.ReadFile(o.Rejects)
	if err != nil {
		t.Fatal(err)
	}
	if lines := strings.Split(strings.TrimSpace(string(rejects)), "\n"); len(lines) != 20 ||
		lines[0] != salesHeader+",refused_line,refused_reason" ||
		lines[1] != `Astoria,2023-01-01,07:00:00,Latte,Coffee,two,3.75,3,"The quantity is not a whole number: two"` {
		t.Errorf("rejects:\n%.600s", rejects)
	}
	if got := r.totals(t, "2023-01-01", "2023-01-01"); got.Orders != 3 || got.Revenue != 1925 {
		t.Errorf("totals = %+v", got)
	}
}

func TestMendedRejectsCanBeImportedUnderALabel(t *testing.T) {
	t.Parallel()
	r := newReplica(t, pgtest.New(t))
	o := salesOptions(writeFile(t, salesHeader,
		"Astoria,2023-01-01,07:00:00,Latte,Coffee,2,3.75", "Astoria,2023-01-01,07:00:00,Scone,Bakery,x,3.00"))
	o.Rejects = filepath.Join(t.TempDir(), "rejects.csv")
	r.sell(t, o)
	rejects, err := os.ReadFile(o.Rejects)
	if err != nil {
		t.Fatal(err)
	}
	mended := o
	mended.Path = writeFile(t, strings.Split(strings.Replace(string(rejects), ",x,", ",1,", 1), "\n")...)
	mended.Rejects, mended.Label = "", "mended"
	if s := r.sell(t, mended); s.Orders != 1 || s.Revenue != 300 {
		t.Errorf("summary = %+v", s)
	}
	if got := r.totals(t, "2023-01-01", "2023-01-01"); got.Revenue != 1050 {
		t.Errorf("revenue = %d, want 1050", got.Revenue)
	}
}

func TestWithoutCreateOnlyKnownStoresAndItemsAreSold(t *testing.T) {
	t.Parallel()
	r := newReplica(t, pgtest.New(t))
	r.sell(t, salesOptions(writeFile(t, someSales...)))
	var told bytes.Buffer
	o := salesOptions(writeFile(t, salesHeader,
		"ASTORIA,2023-03-01,07:00:00,latte,Coffee,1,3.75", // by code, whatever the letters
		"Brooklyn,2023-03-01,07:00:00,Latte,Coffee,1,3.75",
		"Astoria,2023-03-01,07:00:01,Mocha,Coffee,1,3.75"))
	o.Create, o.Zone, o.Currency, o.Err = false, "", "", &told
	s := r.sell(t, o)
	if s.Orders != 1 || s.Refused != 2 {
		t.Errorf("summary = %+v", s)
	}
	for _, want := range []string{"line 3: Unknown store: Brooklyn", "line 4: Unknown item: Mocha"} {
		if !strings.Contains(told.String(), want) {
			t.Errorf("%q is missing in\n%s", want, told.String())
		}
	}
}

func TestADryRunOfSalesKeepsNothing(t *testing.T) {
	t.Parallel()
	r := newReplica(t, pgtest.New(t))
	o := salesOptions(writeFile(t, someSales...))
	o.DryRun = true
	s := r.sell(t, o)
	if s.Orders != 4 || s.Revenue != 2125 || s.NewStores != 2 || s.NewItems != 2 || !s.DryRun {
		t.Errorf("summary = %+v", s)
	}
	if _, err := r.Members.Franchise(t.Context()); !errors.Is(err, members.ErrNotFounded) {
		t.Errorf("a dry run founded the franchise: %v", err)
	}
	if stores, err := r.Members.Stores(t.Context()); err != nil || len(stores) != 0 {
		t.Errorf("a dry run opened %d stores: %v", len(stores), err)
	}
}

func TestAnOrderColumnPutsLinesTogether(t *testing.T) {
	t.Parallel()
	r := newReplica(t, pgtest.New(t))
	o := salesOptions(writeFile(t, "store,datetime,item,order",
		"Astoria,1/31/2023 7:06 PM,Latte,A1", "Astoria,1/31/2023 7:06 PM,Latte,A2", "Astoria,1/31/2023 7:09 PM,Scone,A1", "Astoria,1/31/2023 7:09 PM,Scone,"))
	o.DateTime, o.Order, o.Category, o.Price = "datetime", "order", "", ""
	s := r.sell(t, o)
	if s.Orders != 2 || s.Sold != 3 || s.Refused != 1 {
		t.Errorf("summary = %+v", s)
	}
	hours, err := r.stats.SalesByHour(t.Context(), over("2023-01-31", "2023-01-31"))
	if err != nil || len(hours) != 1 || hours[0].Hour != 19 {
		t.Errorf("hours = %+v, %v", hours, err)
	}
}

func TestLinesOfOneOrderThatStandTooFarApartAreSaidSo(t *testing.T) {
	t.Parallel()
	r := newReplica(t, pgtest.New(t))
	lines := []string{salesHeader, "Astoria,2023-01-01,07:00:00,Latte,Coffee,1,3.75"}
	for i := range 20 {
		lines = append(lines, fmt.Sprintf("Astoria,2023-01-01,08:00:%02d,Latte,Coffee,1,3.75", i))
	}
	lines = append(lines, "Astoria,2023-01-01,07:00:00,Scone,Bakery,1,3.00")
	var told bytes.Buffer
	o := salesOptions(writeFile(t, lines...))
	o.Err, o.Workers = &told, 1
	s := r.sell(t, o)
	if s.Refused != 1 || s.Orders != 21 || !strings.Contains(told.String(), "line 23: An order of the same store and second") {
		t.Errorf("summary = %+v\n%s", s, told.String())
	}
}

func TestAFileThatCannotBeReadIsRefusedAsAWhole(t *testing.T) {
	t.Parallel()
	r := newReplica(t, pgtest.New(t))
	// Which currency is refused, and how, depends on whether there is a franchise: here there is one.
	founding := salesOptions(writeFile(t, salesHeader+"\nElsewhere,2023-01-02,07:00,Latte,Coffee,1,3"))
	if _, err := imports.Sales(t.Context(), r.SalesServices, founding); err != nil {
		t.Fatal(err)
	}
	var cut bytes.Buffer
	z := gzip.NewWriter(&cut)
	if _, err := z.Write(bytes.Repeat([]byte(strings.Join(someSales, "\n")), 1000)); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	for name, tc := range map[string]struct {
		file   string
		change func(*imports.SalesOptions)
		want   error
	}{
		"empty":            {file: "", want: imports.ErrEmptyFile},
		"no such column":   {file: strings.Join(someSales, "\n"), change: func(o *imports.SalesOptions) { o.Item = "product" }, want: imports.ErrMissingColumns},
		"UTF-16":           {file: "\xff\xfes\x00", want: imports.ErrNotUTF8},
		"cut gzip":         {file: cut.String()[:cut.Len()-20], want: imports.ErrBrokenFile},
		"ambiguous dates":  {file: salesHeader + "\nAstoria,1/2/2023,07:00,Latte,Coffee,1,3", want: imports.ErrDatesAmbiguous},
		"no orders":        {file: "store,date,item,category,quantity,price\nA,2023-01-02,Latte,Coffee,1,3", want: imports.ErrNoOrders},
		"bad date format":  {file: strings.Join(someSales, "\n"), change: func(o *imports.SalesOptions) { o.DateFormat = "D.M." }, want: imports.ErrDateForm},
		"no zone":          {file: strings.Join(someSales, "\n"), change: func(o *imports.SalesOptions) { o.Zone = "" }, want: imports.ErrNoZone},
		"other currency":   {file: strings.Join(someSales, "\n"), change: func(o *imports.SalesOptions) { o.Currency = "KRW" }, want: members.ErrOtherCurrency},
		"no such currency": {file: strings.Join(someSales, "\n"), change: func(o *imports.SalesOptions) { o.Currency = "BEAN" }, want: members.ErrOtherCurrency},
		"no dining option": {file: strings.Join(someSales, "\n"), change: func(o *imports.SalesOptions) { o.Dining = "bath" }, want: ordering.ErrDining},
		"too many items":   {file: manyItems(), want: imports.ErrWrongColumns},
	} {
		o := salesOptions(writeFile(t, tc.file))
		if tc.file == "" {
			o.Path = filepath.Join(t.TempDir(), "empty.csv")
			if err := os.WriteFile(o.Path, nil, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		if tc.change != nil {
			tc.change(&o)
		}
		if _, err := imports.Sales(t.Context(), r.SalesServices, o); !errors.Is(err, tc.want) || errs.As(err) == nil {
			t.Errorf("%s: %v, want %v", name, err, tc.want)
		}
	}
}

func manyItems() string {
	var b strings.Builder
	b.WriteString(salesHeader + "\n")
	for i := range 100_001 {
		fmt.Fprintf(&b, "Astoria,2023-01-01,07:00,item %d,Coffee,1,3\n", i)
	}
	return b.String()
}

// TestAnImportThatIsStoppedGoesOnWhereItStopped stops at a different place each time, until the file
// is through, and ends with every order once.
func TestAnImportThatIsStoppedGoesOnWhereItStopped(t *testing.T) {
	t.Parallel()
	dbs := pgtest.New(t)
	lines := []string{salesHeader}
	const orders = 1500
	for i := range orders {
		at := time.Date(2023, 1, 1, 6, 0, i, 0, time.UTC)
		for l := range 1 + i%2 {
			lines = append(lines, fmt.Sprintf("%s,%s,Item %d,Coffee,%d,3.10", []string{"Astoria", "Midtown", "Downtown"}[i%3], at.Format("2006-01-02,15:04:05"), (i+l)%7, 1+i%4))
		}
	}
	o := salesOptions(writeFile(t, lines...))
	stops := 0
	for attempt := 1; ; attempt++ {
		r := newReplica(t, dbs)
		ctx, cancel := context.WithCancel(t.Context())
		told := &stopper{after: attempt * attempt, stop: cancel}
		o.Err, o.Interval = told, 20*time.Millisecond
		s, err := imports.Sales(ctx, r.SalesServices, o)
		cancel()
		if err == nil {
			if s.Replayed+s.Orders != orders {
				t.Errorf("last run: %+v", s)
			}
			break
		}
		if !errors.Is(err, imports.ErrStopped) {
			t.Fatal(err)
		}
		if stops++; stops > 50 {
			t.Fatal("it never gets to the end")
		}
	}
	t.Logf("stopped %d times", stops)
	var revenue int64
	units := 0
	for i := range orders {
		for range 1 + i%2 {
			revenue += 310 * int64(1+i%4)
			units += 1 + i%4
		}
	}
	r := newReplica(t, dbs)
	if err := r.Dispatcher.Drain(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := r.totals(t, "2023-01-01", "2023-01-02"); got.Orders != orders || int64(got.Revenue) != revenue || got.Units != int64(units) {
		t.Errorf("totals = %+v, want %d orders and %d", got, orders, revenue)
	}
}

// stopper ends an import after a number of lines of progress.
type stopper struct {
	after int
	seen  int
	stop  func()
}

func (s *stopper) Write(p []byte) (int, error) {
	if s.seen++; s.seen == s.after {
		s.stop()
	}
	return len(p), nil
}
