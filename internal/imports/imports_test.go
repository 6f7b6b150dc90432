package imports_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"

	"maru/internal/catalog"
	"maru/internal/imports"
	"maru/internal/kernel/lang"
	"maru/internal/kernel/money"
	"maru/internal/members/membersapi"
	"maru/internal/platform/auth"
	"maru/internal/platform/errs"
	"maru/internal/platform/outbox"
	"maru/internal/platform/postgres"
	"maru/internal/platform/postgres/pgtest"
)

type world struct {
	t    *testing.T
	dbs  *postgres.Databases
	menu *catalog.Service
	opts imports.Options
}

type reader func(context.Context, *catalog.Service, io.Reader, imports.Options) (imports.Summary, error)

func newWorld(t *testing.T, currency string) *world {
	t.Helper()
	w := &world{t: t, dbs: pgtest.New(t), opts: imports.Options{By: auth.System("파일")}}
	w.menu = catalog.New(w.dbs.Context("catalog"), time.Now)
	var subs outbox.Subscriptions
	w.menu.Subscribe(&subs)
	ctx := t.Context()
	must(t, w.dbs.Context("members").InTx(ctx, func(tx pgx.Tx) error {
		return outbox.Publish(ctx, tx, membersapi.FranchiseFounded{Name: lang.Text{Ko: "시험 커피"}, Currency: currency})
	}))
	must(t, outbox.NewDispatcher(w.dbs, &subs, slog.New(slog.DiscardHandler)).Drain(ctx))
	return w
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func (w *world) read(from reader, file string) imports.Summary {
	w.t.Helper()
	s, err := from(w.t.Context(), w.menu, strings.NewReader(file), w.opts)
	must(w.t, err)
	return s
}

func (w *world) draft() catalog.Draft {
	w.t.Helper()
	d, err := w.menu.Draft(w.t.Context())
	must(w.t, err)
	return d
}

// refusals are the refusals as short English lines.
func refusals(s imports.Summary) []string {
	var out []string
	for _, r := range s.Refused {
		out = append(out, fmt.Sprintf("%d %s: %s", r.Line, r.Column, r.Reason.En))
	}
	return out
}

func clean(t *testing.T, s imports.Summary, things int) {
	t.Helper()
	if len(s.Refused) > 0 || s.Things != things {
		t.Fatalf("imported %d of %d, refused %s", s.Things, things, strings.Join(refusals(s), "\n"))
	}
}

const (
	materialsFile = `code,name_ko,name_en,base_unit,density,packs,cost,cost_unit,low,low_unit
beans,원두,Beans,g,,봉=1 kg; 박스=12 kg,22000,kg,2,kg
milk,우유,Milk,ml,1030,팩=1 l,2750,팩,3,팩
cup,종이컵,Paper cup,ea,,줄=50,59.4,,100,
syrup,바닐라 시럽,,g,,,9,,,
`
	optionsFile = `group,group_name_ko,min,max,option,name_ko,price,default,max_quantity
milk,우유,1,1,regular,일반,,yes,
milk,우유,1,1,oat,오트,600,,
shot,샷,0,3,extra,샷 추가,500,,3
`
	menuFile = `category,category_name_ko,item,name_ko,name_en,size,price,option_groups,contains,kcal,sample
coffee,커피,latte,카페 라떼,Cafe Latte,r,5000,milk;shot,milk,180,yes
coffee,커피,latte,,,l,"5,500",,,240,yes
coffee,커피,americano,아메리카노,Americano,,4500,shot,,10,yes
`
	recipesFile = `item,size,recipe,recipe_name_ko,yield,yield_unit,option_group,option,change,material,sub_recipe,quantity,unit,dining
latte,r,,,,,,,,beans,,18,g,
latte,r,,,,,,,,cup,,1,ea,takeaway
latte,r,,,,,,,,,vanilla-base,10,ml,
,,vanilla-base,바닐라 베이스,2,l,,,,syrup,,1.5,kg,
,,,,,,shot,extra,add,beans,,9,g,
,,,,,,milk,oat,remove,milk,,,,
`
)

func (w *world) everything() {
	w.t.Helper()
	clean(w.t, w.read(imports.Materials, materialsFile), 4)
	clean(w.t, w.read(imports.OptionGroups, optionsFile), 2)
	clean(w.t, w.read(imports.Menu, menuFile), 2)
	clean(w.t, w.read(imports.Recipes, recipesFile), 4)
}

func TestFilesBecomeAMenuThatCanBePublished(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "KRW")
	w.everything()
	if _, err := w.menu.PublishMenu(t.Context(), w.opts.By, catalog.PublishMenu{}); err != nil {
		t.Fatal(err)
	}
	d := w.draft()
	milk, _ := d.Material("milk")
	if milk.Cost.Decimal() != "2.75" || milk.Low != 3_000_000 || milk.Scale.Packs["팩"] != 1_000_000 {
		t.Errorf("milk: %+v", milk)
	}
	latte, _ := d.Item("latte")
	var got []string
	for _, s := range latte.Sizes {
		got = append(got, fmt.Sprintf("%s %s %s kcal %v", s.Code, s.Name.Ko, money.KRW.Decimal(s.Price), s.Nutrition.Kcal))
	}
	if diff := cmp.Diff([]string{"r R 5000 kcal 180", "l L 5500 kcal 240"}, got); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"milk", "shot"}, latte.Groups); diff != "" {
		t.Error(diff)
	}
	flat, err := d.Flatten(d.Recipes[latte.Sizes[0].ID].Components)
	must(t, err)
	syrup, _ := d.Material("syrup")
	if last := flat[2]; last.MaterialID != syrup.ID || last.Quantity != 7_500 {
		t.Errorf("10 ml of the base contain %+v, want 7.5 g of syrup", last)
	}
}

func TestReadingAFileAgainChangesNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "KRW")
	w.everything()
	before := w.draft()
	w.everything()
	if diff := cmp.Diff(before, w.draft()); diff != "" {
		t.Error(diff)
	}
}

func TestADryRunReportsAndKeepsNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "KRW")
	before := w.draft()
	w.opts.DryRun = true
	s := w.read(imports.Materials, materialsFile+"Bad Code,이름,,g,,,,,,\n")
	if s.Things != 4 || len(s.Refused) != 1 || !s.DryRun {
		t.Errorf("summary: %+v", s)
	}
	if diff := cmp.Diff(before, w.draft()); diff != "" {
		t.Error(diff)
	}
}

func TestGzipBOMAndWindowsLinesAreRead(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "KRW")
	var zipped bytes.Buffer
	z := gzip.NewWriter(&zipped)
	_, _ = z.Write([]byte("\xef\xbb\xbf" + strings.ReplaceAll(materialsFile, "\n", "\r\n")))
	must(t, z.Close())
	clean(t, w.read(imports.Materials, zipped.String()), 4)
}

func TestEachWrongLineIsNamedAndTheRestImported(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "KRW")
	long := strings.Repeat("x", 1<<20)
	s := w.read(imports.Materials, "code,name_ko,base_unit,density,packs,cost,low,low_unit\n"+
		"ok,괜찮은 자재,g,,,1,,\n"+
		"ok,또 하나,g,,,1,,\n"+
		"a,자재,근,,,1,,\n"+
		"b,자재,g,무거움,,1,,\n"+
		"c,자재,g,,박스,1,,\n"+
		"d,자재,g,,박스=1 l,1,,\n"+
		"e,자재,g,,,0.1234567,,\n"+
		"f,자재,g,,,1,5,l\n"+
		"g,=HYPERLINK(1),g,,,1,,\n"+
		"h,"+long+",g,,,1,,\n"+
		"i,\"자재\"x,g,,,1,,\n"+
		"j,자재\n"+
		"k,\xb4\xeb,g,,,1,,\n"+
		"l,자재,,,,1,,\n"+
		"또-괜찮은,자재,ml,,,,,\n")
	want := []string{
		"3 code: This repeats line 2.",
		"4 base_unit: The base unit is g, ml or ea.",
		"5 density: Not a whole number: 무거움",
		"6 packs: Write packs as \"name=amount unit\", as in box=20 kg: 박스",
		"7 packs: l cannot be converted to g.",
		"8 cost: Not a number, or too many decimal places: 0.1234567",
		"9 low_unit: l cannot be converted to g.",
		"10 name_ko: This looks like a formula. Values must not begin with = + - or @.",
		"11 name_ko: The cell is too long.",
		"12 : The quotation marks do not match.",
		"13 : The line has 2 cells, but there are 8 columns.",
		"14 name_ko: There are characters that are not UTF-8.",
		"15 base_unit: This is empty.",
	}
	if diff := cmp.Diff(want, refusals(s)); diff != "" {
		t.Error(diff)
	}
	if s.Things != 2 || s.Lines != 15 {
		t.Errorf("imported %d of %d lines, want 2 of 15", s.Things, s.Lines)
	}
	for _, r := range s.Refused {
		if r.Reason.Ko == "" || strings.ContainsAny(r.Reason.Ko+r.Reason.En, "{}") {
			t.Errorf("line %d: %+v", r.Line, r.Reason)
		}
	}
}

func TestWhatBelongsTogetherIsImportedWholeOrNotAtAll(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "KRW")
	w.everything()
	before := w.draft()
	s := w.read(imports.Menu, "category,item,name_ko,size,price,option_groups\n"+
		"coffee,latte,카페 라떼,r,오천원,milk\n"+
		"coffee,latte,카페 라떼,l,5600,milk\n"+
		"coffee,mocha,카페 모카,r,5500,ice\n"+
		"tea,earl-grey,얼그레이,r,4800,\n"+
		"Tea,rooibos,루이보스,r,4800,\n")
	want := []string{
		"2 price: Not an amount of money: 오천원",
		"3 : Not imported, because line 2, which belongs to it, was refused.",
		"4 option_groups: There is no option group \"ice\".",
		"6 category: A code is made of lower-case letters, digits, - _ and ., at most 64 of them.",
	}
	if diff := cmp.Diff(want, refusals(s)); diff != "" {
		t.Error(diff)
	}
	d := w.draft()
	was, _ := before.Item("latte")
	is, _ := d.Item("latte")
	if diff := cmp.Diff(was, is); diff != "" {
		t.Errorf("a refused item was changed: %s", diff)
	}
	if _, there := d.Item("earl-grey"); !there {
		t.Error("a right line was not imported")
	}
}

func TestRecipesSayWhatIsWrongByLine(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "KRW")
	w.everything()
	s := w.read(imports.Recipes, `item,size,recipe,recipe_name_ko,yield,yield_unit,option_group,option,change,material,sub_recipe,quantity,unit,dining
mocha,r,,,,,,,,beans,,18,g,
latte,xl,,,,,,,,beans,,18,g,
latte,l,,,,,,,,gold,,18,g,
latte,l,,,,,,,,beans,,18,g,
americano,,,,,,,,,cup,,18,g,
,,a,가,1,kg,,,,,b,1,g,
,,b,나,1,kg,,,,,c,1,g,
,,c,다,1,kg,,,,,a,1,g,
,,d,라,1,kg,,,,,vanilla-base,1,ml,
,,e,마,1,kg,,,,,a,1,g,
latte,r,,,,,shot,extra,,beans,,18,g,
,,,,,,shot,double,add,beans,,18,g,
,,,,,,shot,extra,steal,beans,,18,g,
latte,r,,,,,,,,beans,,많이,g,
latte,r,,,,,,,,cup,,1,ea,배달
`)
	want := []string{
		"2 item: There is no item \"mocha\".",
		"3 size: Item \"latte\" has no size \"xl\".",
		"4 material: There is no material \"gold\".",
		"5 : Not imported, because line 4, which belongs to it, was refused.",
		"6 unit: Paper cup cannot be measured in \"g\": its base unit is ea, and without a density g and ml do not convert.",
		"7 sub_recipe: The recipe contains itself: a → b → c → a",
		"8 sub_recipe: The recipe contains itself: a → b → c → a",
		"9 sub_recipe: The recipe contains itself: a → b → c → a",
		"11 sub_recipe: There is no sub-recipe \"a\".",
		"12 : A line belongs to either an item, a recipe (sub-recipe), or an option_group with its option.",
		"13 option: Option group \"shot\" has no option \"double\".",
		"14 change: An option can replace, remove, multiply or add a material.",
		"15 quantity: Not a number, or too many decimal places: 많이",
		"16 dining: The dining option is for_here, takeaway or own_cup: 배달",
	}
	got := refusals(s)
	for i, line := range got { // a ring has no beginning
		for _, ring := range []string{"b → c → a → b", "c → a → b → c"} {
			got[i] = strings.Replace(line, ring, "a → b → c → a", 1)
			line = got[i]
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	d := w.draft()
	if _, there := d.SubRecipe("d"); !there || s.Things != 1 {
		t.Errorf("%d things were imported, want d alone", s.Things)
	}
}

func TestAFileThatIsNoTableIsRefusedAsAWhole(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "KRW")
	for name, tc := range map[string]struct {
		file string
		want *errs.Error
	}{
		"empty":             {"", imports.ErrEmptyFile},
		"only a mark":       {"\xef\xbb\xbf", imports.ErrEmptyFile},
		"missing columns":   {"code,name_ko\na,b\n", imports.ErrMissingColumns},
		"a column twice":    {"code,code,name_ko,base_unit\n", imports.ErrColumnTwice},
		"semicolons":        {"code;name_ko;base_unit\n", imports.ErrSeparator},
		"UTF-16":            {"\xff\xfec\x00o\x00", imports.ErrNotUTF8},
		"EUC-KR":            {"\xc4\xda\xb5\xe5,name_ko\n", imports.ErrNotUTF8},
		"cut gzip":          {"\x1f\x8b\x08\x00\x00\x00\x00\x00", imports.ErrBrokenFile},
		"quotes in the top": {"\"code,name_ko\na,b\n", imports.ErrBrokenFile},
	} {
		_, err := imports.Materials(t.Context(), w.menu, strings.NewReader(tc.file), w.opts)
		if !errors.Is(err, tc.want) {
			t.Errorf("%s: got %v, want %v", name, err, tc.want)
		}
	}
}

func TestUnknownColumnsAreNamedNotGuessed(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "KRW")
	s := w.read(imports.Materials, "code,Name_KO,base_unit,unit_costs\na,자재,g,5\n")
	if diff := cmp.Diff([]string{"unit_costs"}, s.Ignored); diff != "" || s.Things != 1 {
		t.Errorf("%s %v", diff, refusals(s))
	}
}

func TestPricesAreInTheFranchisesCurrency(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "USD")
	clean(t, w.read(imports.Menu, "category,item,name_ko,price\ntea,earl-grey,Earl Grey,3.25\n"), 1)
	d := w.draft()
	if got := d.Items[0].Sizes[0].Price; got != 325 {
		t.Errorf("price %d, want 325 cents", got)
	}
	nobody := catalog.New(pgtest.New(t).Context("catalog"), time.Now)
	_, err := imports.Menu(t.Context(), nobody, strings.NewReader("category,item,name_ko,price\n"), w.opts)
	if !errors.Is(err, catalog.ErrNoFranchise) {
		t.Errorf("without a franchise: %v", err)
	}
}
