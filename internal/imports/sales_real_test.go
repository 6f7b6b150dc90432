package imports_test

import (
	"context"
	"math"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"maru/internal/imports"
	"maru/internal/kernel/lang"
	"maru/internal/platform/postgres/pgtest"
	"maru/internal/stats"
)

// realSales finds the file of real sales that is not part of the repository: in the folder
// MARU_SHARED_DATA names, or in shared/data beside any folder above.
func realSales(t testing.TB) string {
	t.Helper()
	const name = "coffee_shop_sales.csv.gz"
	if folder := os.Getenv("MARU_SHARED_DATA"); folder != "" {
		return filepath.Join(folder, name)
	}
	at, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for parent := filepath.Dir(at); parent != at; at, parent = parent, filepath.Dir(parent) {
		path := filepath.Join(parent, "shared", "data", name)
		if _, err := os.Stat(path); err == nil {
			return path
		}
	}
	t.Skip("the file of real sales is not here; MARU_SHARED_DATA names its folder")
	return ""
}

func realOptions(path string) imports.SalesOptions {
	return imports.SalesOptions{
		Path: path, Store: "store_location", Date: "transaction_date", Time: "transaction_time", Item: "product_detail",
		Category: "product_category", Quantity: "transaction_qty", Price: "unit_price", DateFormat: "auto", Currency: "USD",
		Zone: "America/New_York", Cutoff: "00:00", Dining: "for_here", Franchise: "Coffee Shop", Create: true, Show: 20,
		Workers: 96, Window: 1000, Lang: lang.English,
	}
}

// TestRealSalesAreExact imports half a year of three shops and compares with what is known of it.
func TestRealSalesAreExact(t *testing.T) {
	if testing.Short() {
		t.Skip("imports 149,116 lines")
	}
	t.Parallel()
	r := newReplica(t, pgtest.New(t))
	s := r.sell(t, realOptions(realSales(t)))
	t.Logf("%d orders in %s, and %s until stock and statistics had them", s.Orders, s.Took, s.Followed)
	if s.Lines != 149_116 || s.Sold != 149_116 || s.Orders != 116_790 || s.Refused != 0 || s.Replayed != 0 || s.Revenue != 698_812_33 || s.NewStores != 3 || s.NewItems != 80 {
		t.Errorf("summary = %+v", s)
	}
	year := over("2023-01-01", "2023-12-31")
	if got := r.totals(t, "2023-01-01", "2023-12-31"); got.Orders != 116_790 || got.Revenue != 698_812_33 || got.Units != 214_470 {
		t.Errorf("totals = %+v", got)
	}

	stores := map[string][2]int64{}
	for _, row := range listed(t, r.stats.SalesByStore, year) {
		stores[row.Name.Ko] = [2]int64{row.Orders, int64(row.Revenue)}
	}
	wantStores := map[string][2]int64{
		"Astoria": {40_684, 232_243_91}, "Hell's Kitchen": {40_454, 236_511_17}, "Lower Manhattan": {35_652, 230_057_25},
	}
	if diff := cmp.Diff(wantStores, stores); diff != "" {
		t.Errorf("stores (-want +got):\n%s", diff)
	}

	var months [][2]int64
	for _, row := range listed(t, r.stats.SalesByMonth, year) {
		months = append(months, [2]int64{row.Orders, rounded(int64(row.Revenue))})
	}
	wantMonths := [][2]int64{{13_575, 81_678}, {12_813, 76_145}, {16_606, 98_835}, {19_838, 118_941}, {26_248, 156_728}, {27_710, 166_486}}
	if diff := cmp.Diff(wantMonths, months); diff != "" {
		t.Errorf("months (-want +got):\n%s", diff)
	}

	hours := map[int]float64{}
	for _, row := range listed(t, r.stats.SalesByHour, year) {
		hours[row.Hour] = math.Round(float64(row.Orders)*1000/116_790) / 10
	}
	wantHours := map[int]float64{
		6: 3.0, 7: 8.7, 8: 11.6, 9: 11.5, 10: 11.8, 11: 6.7, 12: 6.1, 13: 6.0, 14: 6.2, 15: 6.2, 16: 6.2, 17: 6.1, 18: 5.3, 19: 4.2, 20: 0.4,
	}
	if diff := cmp.Diff(wantHours, hours); diff != "" {
		t.Errorf("hours (-want +got):\n%s", diff)
	}

	categories := map[string]int64{}
	for _, row := range listed(t, r.stats.SalesByCategory, year) {
		categories[row.Name.Ko] = rounded(int64(row.Revenue))
	}
	wantCategories := map[string]int64{
		"Coffee": 269_952, "Tea": 196_406, "Bakery": 82_316, "Drinking Chocolate": 72_416, "Coffee beans": 40_085, "Branded": 13_607,
		"Loose Tea": 11_214, "Flavours": 8_409, "Packaged Chocolate": 4_408,
	}
	if diff := cmp.Diff(wantCategories, categories); diff != "" {
		t.Errorf("categories (-want +got):\n%s", diff)
	}

	top, err := r.stats.TopItems(t.Context(), year, stats.ByUnits, 5)
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []struct {
		name  string
		units int64
	}{{"Earl Grey Rg", 4708}, {"Dark chocolate Lg", 4668}, {"Morning Sunrise Chai Rg", 4643}, {"Latte", 4602}, {"Peppermint Rg", 4564}} {
		if top[i].Name.Ko != want.name || top[i].Units != want.units {
			t.Errorf("item %d is %s with %d units, want %s with %d", i+1, top[i].Name.Ko, top[i].Units, want.name, want.units)
		}
	}
	if days := listed(t, r.stats.SalesByDay, year); len(days) != 181 {
		t.Errorf("%d days, want 181", len(days))
	}
}

// rounded turns cents into whole dollars, as the known figures are.
func rounded(cents int64) int64 { return (cents + 50) / 100 }

func listed[T any](t *testing.T, read func(context.Context, stats.Over) ([]T, error), over stats.Over) []T {
	t.Helper()
	rows, err := read(t.Context(), over)
	if err != nil {
		t.Fatal(err)
	}
	return rows
}
