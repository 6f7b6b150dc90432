package imports_test

import (
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"maru/internal/catalog"
	"maru/internal/imports"
	"maru/internal/inventory"
	"maru/internal/kernel/lang"
	"maru/internal/members"
	"maru/internal/platform/auth"
	"maru/internal/platform/outbox"
	"maru/internal/platform/postgres/pgtest"
)

func TestStockIsBookedOnceAndWrongLinesAreNamed(t *testing.T) {
	t.Parallel()
	ctx, by := t.Context(), auth.System("파일")
	dbs := pgtest.New(t)
	tokens, err := auth.NewTokens([][]byte{[]byte("a secret of more than thirty-two bytes")}, time.Now)
	must(t, err)
	people := members.New(dbs.Context("members"), tokens, auth.NewPasswords(auth.Argon{MemoryKiB: 64, Passes: 1, Threads: 1}, 1), time.Now)
	menu := catalog.New(dbs.Context("catalog"), time.Now)
	stock := inventory.New(dbs.Context("inventory"), time.Now)
	var subs outbox.Subscriptions
	people.Subscribe(&subs)
	menu.Subscribe(&subs)
	stock.Subscribe(&subs)
	drain := outbox.NewDispatcher(dbs, &subs, slog.New(slog.DiscardHandler)).Drain
	store, err := people.AddStore(ctx, by, members.AddStore{Code: "mapo", StoreCard: members.StoreCard{Name: lang.Text{Ko: "마포점"}, TimeZone: "Asia/Seoul"}})
	must(t, err)
	_, err = imports.Materials(ctx, menu, strings.NewReader(materialsFile), imports.Options{By: by})
	must(t, err)
	must(t, drain(ctx))

	read := func(file string, dry bool) imports.Summary {
		s, err := imports.Stock(ctx, stock, people, strings.NewReader(file), imports.Options{By: by, DryRun: dry})
		must(t, err)
		must(t, drain(ctx))
		return s
	}
	onHand := func() string {
		balances, err := stock.Balances(ctx, auth.System("test"), store.ID, inventory.BalanceQuery{})
		must(t, err)
		var out []string
		for _, b := range balances {
			out = append(out, fmt.Sprint(b.Material.Code, "=", b.OnHand.Decimal()))
		}
		return strings.Join(out, " ")
	}
	before := onHand()
	const file = "store,material,quantity,unit,kind\nmapo,beans,2,봉,\nmapo,milk,3,팩,opening\nmapo,cup,1,줄,receipt\nmapo,cup,50,ea,receipt\n"
	if s := read(file, true); s.Things != 2 || onHand() != before {
		t.Errorf("a dry run: %+v, then %s", s, onHand())
	}
	for range 2 {
		if s := read(file, false); s.Things != 2 || len(s.Refused) > 0 {
			t.Fatalf("%v", refusals(s))
		}
		for _, want := range []string{"beans=2000", "milk=3000", "cup=100"} {
			if got := onHand(); !strings.Contains(got, want) {
				t.Errorf("on hand: %s, want %s", got, want)
			}
		}
	}
	s := read("store,material,quantity,unit,kind\n"+
		"mapo,gold,1,g,\nmapo,beans,많이,g,\nmapo,beans,-1,g,\nmapo,milk,1,g,receipt\nmapo,milk,1,통,receipt\nmapo,milk,1,팩,gift\nseoul,milk,1,팩,\n", false)
	want := []string{
		"2 material: There is no material \"gold\".",
		"3 quantity: Not a number, or too many decimal places: 많이",
		"4 material: This repeats line 3.",
		"4 quantity: The quantity must be 0 or more: -1",
		"5 : Not imported, because line 6, which belongs to it, was refused.",
		"6 unit: Unknown unit: 통",
		"7 kind: Write opening or receipt: gift",
		"8 store: There is no store \"seoul\".",
	}
	if diff := cmp.Diff(want, refusals(s)); diff != "" {
		t.Error(diff)
	}
}
