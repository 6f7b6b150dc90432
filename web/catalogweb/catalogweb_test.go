package catalogweb_test

import (
	"encoding/json"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"maru/internal/catalog"
	"maru/internal/catalog/catalogapi"
	"maru/internal/kernel/lang"
	"maru/internal/kernel/money"
	"maru/internal/kernel/quantity"
	"maru/internal/members/membersapi"
	"maru/internal/platform/auth"
	"maru/internal/platform/outbox"
	"maru/internal/platform/outbox/outboxtest"
	"maru/internal/platform/postgres/pgtest"
	"maru/web/catalogweb"
	"maru/web/webkit"
	"maru/web/webkit/apikit"
	"maru/web/webkit/webtest"
)

// desk is headquarters' pages over a small menu: a latte in two sizes with a choice of milk.
type desk struct {
	t    *testing.T
	menu *catalog.Service
	srv  *webtest.Server
	*webtest.Client
}

var hq = auth.Principal{Name: "한마루", Role: auth.HQAdmin}

func newDesk(t *testing.T) *desk {
	t.Helper()
	dbs := pgtest.New(t)
	d := &desk{t: t, menu: catalog.New(dbs.Context("catalog"), time.Now)}
	var subs outbox.Subscriptions
	d.menu.Subscribe(&subs)
	outboxtest.Publish(t, dbs, "members", membersapi.FranchiseFounded{Name: lang.Text{Ko: "원두마을"}, Currency: "KRW"})
	d.must(outbox.NewDispatcher(dbs, &subs, slog.New(slog.DiscardHandler)).Drain(t.Context()))
	d.srv = webtest.Start(t, webkit.Options{Log: slog.New(slog.DiscardHandler), Now: time.Now}, func(site *webkit.Site) {
		catalogweb.Register(site, d.menu)
		api := apikit.New(slog.New(slog.DiscardHandler), "test")
		catalogweb.RegisterAPI(api, d.menu)
		api.Mount(site.Router())
	})
	d.Client = d.srv.As(t, hq)
	d.fill()
	return d
}

func (d *desk) must(err error) {
	d.t.Helper()
	if err != nil {
		d.t.Fatal(err)
	}
}

func (d *desk) fill() {
	d.t.Helper()
	ctx := d.t.Context()
	for code, scale := range map[string]quantity.Scale{
		"beans": {Base: quantity.Gram, Packs: map[string]quantity.Milli{"봉": 1_000_000}}, "milk": {Base: quantity.Millilitre},
	} {
		_, err := d.menu.SaveMaterial(ctx, hq, catalog.SaveMaterial{
			Code: code, Name: lang.Text{Ko: code + " 자재", En: code}, Scale: scale, Cost: 22_000_000,
		})
		d.must(err)
	}
	_, err := d.menu.SaveCategory(ctx, hq, catalog.SaveCategory{Code: "coffee", Name: lang.Text{Ko: "커피", En: "Coffee"}})
	d.must(err)
	_, err = d.menu.SaveOptionGroup(ctx, hq, catalog.SaveOptionGroup{
		Code: "milk", Name: lang.Text{Ko: "우유 선택", En: "Milk"}, Min: 1, Max: 1,
		Options: []catalog.Option{{Code: "regular", Name: lang.Text{Ko: "일반", En: "Regular"}, MaxQuantity: 1}},
	})
	d.must(err)
	_, err = d.menu.SaveItem(ctx, hq, catalog.SaveItem{
		Code: "latte", Category: "coffee", Name: lang.Text{Ko: "카페라떼", En: "Latte"}, OnSale: true, Groups: []string{"milk"},
		Allergens: []catalogapi.Allergen{{Code: "milk", Status: "contains"}},
	})
	d.must(err)
	d.must(d.menu.SaveSizes(ctx, hq, catalog.SaveSizes{Item: "latte", Sizes: []catalog.Size{
		{Code: "r", Name: lang.Text{Ko: "레귤러", En: "Regular"}, Price: 4500, Nutrition: &catalogapi.Nutrition{Kcal: 180, Sample: true}},
		{Code: "l", Name: lang.Text{Ko: "라지", En: "Large"}, Price: 5000},
	}}))
	d.must(d.menu.SaveRecipe(ctx, hq, catalog.SaveRecipe{Item: "latte", Size: "r", Components: []catalog.Component{
		{Material: "beans", Entered: 18_000, Unit: "g"},
	}}))
}

func (d *desk) latte() catalog.Item {
	d.t.Helper()
	draft, err := d.menu.Draft(d.t.Context())
	d.must(err)
	item, _ := draft.Item("latte")
	return item
}

// send posts the form on the page as it is, with some inputs filled in.
func (d *desk) send(page, form, action string, pairs ...string) *webtest.Page {
	d.t.Helper()
	values := d.Get(page).Want(http.StatusOK).Form(form)
	values.Del("more") // the button that was not pressed
	for i := 0; i+1 < len(pairs); i += 2 {
		values.Set(pairs[i], pairs[i+1])
	}
	return d.Send(http.MethodPost, action, values)
}

const (
	lattePage  = "/hq/menu/items/latte"
	recipePage = "/hq/menu/items/latte/sizes/r/recipe"
)

func TestTheMenuIsListedWithPricesAndMarks(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	page := d.Get("/hq/menu").Want(http.StatusOK)
	row := page.Text("#item-latte")
	for _, want := range []string{"카페라떼", "Latte", "4,500원", "라지", "5,000원", "새 메뉴"} {
		if !strings.Contains(row, want) {
			t.Errorf("the row says %q, not %q", row, want)
		}
	}
	if !d.Get("/hq/menu?q=라떼+카페").Has("#item-latte") || d.Get("/hq/menu?q=mocha").Has("#item-latte") {
		t.Error("search finds the wrong things")
	}
	if d.Get("/hq/menu?show=off").Has("#item-latte") {
		t.Error("an item on sale is listed as off sale")
	}
	if row := d.In("en").Get("/hq/menu").Text("#item-latte"); !strings.Contains(row, "₩4,500") {
		t.Errorf("in English: %q", row)
	}
}

func TestNamesAndPricesAreEdited(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.send(lattePage, "form[action='"+lattePage+"']", lattePage, "name_ko", "카페 라떼", "name_en", "Caffè latte").WantRedirect(lattePage)
	if item := d.latte(); item.Name.Ko != "카페 라떼" || len(item.Allergens) != 1 || len(item.Groups) != 1 || !item.OnSale {
		t.Errorf("item: %+v", item)
	}
	d.send(lattePage, "#sizes form", lattePage+"/sizes", "sizes.0.price", "4,700").WantRedirect(lattePage + "#sizes")
	if size := d.latte().Sizes[0]; size.Price != 4700 || size.Nutrition == nil {
		t.Errorf("size: %+v", size)
	}
	d.send(lattePage, "#sizes form", lattePage+"/sizes", "sizes.1.code", "", "sizes.1.price", "").WantRedirect(lattePage + "#sizes")
	if n := len(d.latte().Sizes); n != 1 {
		t.Errorf("%d sizes, want 1", n)
	}
}

func TestWhatIsWrongStandsBesideTheInputAndNothingTypedIsLost(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	page := d.send(lattePage, "form[action='"+lattePage+"']", lattePage, "name_ko", "  ", "name_en", "Typed").Want(http.StatusUnprocessableEntity)
	if !strings.Contains(page.Text("#f-name_ko-problem"), "한국어 이름") || page.Attr("#f-name_en", "value") != "Typed" {
		t.Error("the problem or what was typed is missing")
	}
	page = d.send(lattePage, "#sizes form", lattePage+"/sizes", "sizes.1.price", "공짜").Want(http.StatusUnprocessableEntity)
	if page.Attr("[name='sizes.1.price']", "value") != "공짜" || page.Attr("[name='sizes.1.price']", "aria-invalid") != "true" {
		t.Error("the price that was typed is lost")
	}
	page = d.send(recipePage, "form[action='"+recipePage+"']", recipePage,
		"components.2.what", "m:milk", "components.2.quantity", "200", "components.2.unit", "g").Want(http.StatusUnprocessableEntity)
	if text := page.Text("[id='f-components.2.unit-problem']"); !strings.Contains(text, "milk 자재") {
		t.Errorf("the row of the problem says %q", text)
	}
}

func TestRecipesAreEditedWithUnitsAndPackaging(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.send(recipePage, "form[action='"+recipePage+"']", recipePage, "components.0.quantity", "0.02", "components.0.unit", "봉",
		"components.1.what", "m:milk", "components.1.quantity", "200", "components.1.unit", "ml", "components.1.dining", "takeaway").
		WantRedirect(lattePage)
	page := d.Get(lattePage)
	for _, want := range []string{"0.02 봉", "200 ml", "포장", "한 잔 원가 (매장)", "440원"} {
		if !strings.Contains(page.Text("#content"), want) {
			t.Errorf("the page does not say %q", want)
		}
	}
	more := d.send(recipePage, "form[action='"+recipePage+"']", recipePage, "more", "1").Want(http.StatusOK)
	if !more.Has("[name='components.7.what']") {
		t.Error("no more rows were given")
	}
}

func TestSomebodyElseSavedMeanwhile(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	form := d.Get(lattePage).Form("form[action='" + lattePage + "']")
	_, err := d.menu.SaveItem(t.Context(), auth.System("김본사"), catalog.SaveItem{
		Code: "latte", Category: "coffee", Name: lang.Text{Ko: "먼저 저장한 라떼"}, OnSale: true,
	})
	d.must(err)
	form.Set("name_ko", "나중에 저장한 라떼")
	page := d.Send(http.MethodPost, lattePage, form).Want(http.StatusUnprocessableEntity)
	if text := page.Text("#content"); !strings.Contains(text, "김본사") || !strings.Contains(text, "지금 저장된 값: 먼저 저장한 라떼") {
		t.Errorf("the page says %.600s", text)
	}
	if page.Attr("#f-name_ko", "value") != "나중에 저장한 라떼" || d.latte().Name.Ko != "먼저 저장한 라떼" {
		t.Error("something was lost")
	}
	d.Send(http.MethodPost, lattePage, page.Form("form[action='"+lattePage+"']")).WantRedirect(lattePage) // now knowingly
}

func TestMaterialsAreEdited(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	const beans = "/hq/materials/beans"
	d.send(beans, "form[action='"+beans+"']", beans, "cost", "23.456789", "packs", "봉=1 kg; 박스=12 kg", "low", "3,000").WantRedirect("/hq/materials")
	row := d.Get("/hq/materials").Text("#material-beans")
	for _, want := range []string{"23.46원", "봉 1 kg · 박스 12 kg", "3 kg"} {
		if !strings.Contains(row, want) {
			t.Errorf("the row says %q, not %q", row, want)
		}
	}
	page := d.send(beans, "form[action='"+beans+"']", beans, "packs", "병=1 l").Want(http.StatusUnprocessableEntity)
	if page.Attr("#f-packs", "value") != "병=1 l" || !page.Has("#f-packs-problem") {
		t.Error("a pack in another kind of unit is not refused beside its input")
	}
	const fresh = "/hq/materials/+new"
	d.send(fresh, "form[data-keep]", fresh, "code", "syrup", "name_ko", "시럽", "base_unit", "ml").WantRedirect("/hq/materials")
	d.send(fresh, "form[data-keep]", fresh, "code", "syrup", "name_ko", "시럽", "base_unit", "ml").Want(http.StatusUnprocessableEntity)
}

func TestOptionGroupsAndSubRecipesAreMade(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	const group = "/hq/menu/options/+new"
	d.send(group, "form[data-keep]", group, "code", "shot", "name_ko", "샷", "min", "0", "max", "3",
		"options.0.code", "extra", "options.0.name_ko", "샷 추가", "options.0.price", "500", "options.0.max_quantity", "3").WantRedirect("/hq/menu/options")
	if text := d.Get("/hq/menu/options").Text("#content"); !strings.Contains(text, "샷 추가") || !strings.Contains(text, "+500원") {
		t.Errorf("options: %s", text)
	}
	const sub = "/hq/menu/sub-recipes/+new"
	d.send(sub, "form[data-keep]", sub, "code", "base", "name_ko", "원액", "yield", "2", "unit", "l",
		"components.0.what", "m:beans", "components.0.quantity", "500", "components.0.unit", "g").WantRedirect("/hq/menu/sub-recipes")
	const edit = "/hq/menu/sub-recipes/base"
	page := d.send(edit, "form[data-keep]", edit, "components.1.what", "s:base", "components.1.quantity", "1", "components.1.unit", "ml").
		Want(http.StatusUnprocessableEntity)
	if !strings.Contains(page.Text("[role=alert]"), "base → base") {
		t.Error("the cycle is not named")
	}
}

func TestPublishingShowsWhatWillChangeAndWhatDid(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	const versions = "/hq/menu/versions"
	page := d.Get(versions).Want(http.StatusOK)
	if !strings.Contains(page.Text("#content"), "카페라떼") {
		t.Error("the new item is not announced")
	}
	d.send(versions, "form[action='"+versions+"']", versions, "note", "첫 메뉴").WantRedirect(versions + "/1")
	d.must(d.menu.ChangePrice(t.Context(), hq, catalog.ChangePrice{Item: "latte", Size: "r", Price: 4800}))
	d.send(versions, "form[action='"+versions+"']", versions, "note", "가격 조정").WantRedirect(versions + "/2")
	text := d.Get(versions + "/2").Text("#content")
	for _, want := range []string{"가격 조정", "한마루", "카페라떼 · 레귤러", "4,500원", "4,800원"} {
		if !strings.Contains(text, want) {
			t.Errorf("version 2 does not say %q: %s", want, text)
		}
	}
	if d.Get(versions).Has("form[action='" + versions + "']") {
		t.Error("there is a button although nothing can be published")
	}
	if p := d.Post(versions, "note", "x").Want(http.StatusUnprocessableEntity); !strings.Contains(p.Text("[role=alert]"), "달라진 것이 없어요") {
		t.Error("publishing nothing is not refused with a sentence")
	}
	d.Get(versions + "/9").Want(http.StatusNotFound)
	d.Get(versions + "/x").Want(http.StatusNotFound)
}

func TestTheAPIAnswersWithTheVersionInForce(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.Get("/api/v1/menu").Want(http.StatusNotFound)
	_, err := d.menu.PublishMenu(t.Context(), hq, catalog.PublishMenu{})
	d.must(err)
	d.must(d.menu.ChangePrice(t.Context(), hq, catalog.ChangePrice{Item: "latte", Size: "r", Price: 9900}))
	var menu catalogapi.Menu
	d.must(json.Unmarshal([]byte(d.Get("/api/v1/menu").Want(http.StatusOK).Body), &menu))
	if menu.Version != 1 || menu.Items[0].Sizes[0].Price != money.Amount(4500) {
		t.Errorf("menu: %+v", menu)
	}
}

func TestOnlyHeadquartersGetsIn(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	owner := d.srv.As(t, auth.Principal{Name: "점주", Role: auth.Owner})
	for _, page := range []string{"/hq/menu", lattePage, "/hq/materials", "/hq/menu/versions", "/api/v1/menu"} {
		owner.Get(page).Want(http.StatusForbidden)
	}
	owner.Post("/hq/menu/versions", "note", "").Want(http.StatusForbidden)
	d.Get("/hq/menu/items/nothing").Want(http.StatusNotFound)
	d.Get("/hq/materials/nothing").Want(http.StatusNotFound)
}
