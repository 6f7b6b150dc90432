//go:build shots

package demo_test

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"maru/internal/catalog"
	"maru/internal/demo"
	"maru/internal/kernel/lang"
	"maru/internal/platform/auth"
	"maru/internal/members/membersapi"
	"maru/web/catalogweb"
	"maru/web/webkit"
	"maru/web/webkit/webtest"
)

type everyHQ struct{}

func (everyHQ) Authenticate(context.Context, *http.Request) (auth.Principal, []*http.Cookie, error) {
	return webtest.HQ("한마루"), nil, nil
}

func (everyHQ) Alive(context.Context, auth.Principal) (bool, error) { return true, nil }

func TestShots(t *testing.T) {
	c := open(t)
	_, err := demo.Found(t.Context(), c)
	must(t, err)
	by := auth.System("한마루")
	must(t, c.Catalog.ChangePrice(t.Context(), by, catalog.ChangePrice{Item: "americano", Size: "r", Price: 4300}))
	_, err = c.Catalog.SaveItem(t.Context(), by, catalog.SaveItem{Code: "x", Category: "tea", Name: lang.Text{Ko: strings.Repeat("아주 긴 이름의 계절 한정 메뉴 ", 4), En: "A seasonal item with a name that is far too long"}, OnSale: false})
	must(t, err)
	d, _ := c.Catalog.Draft(t.Context())
	mocha, _ := d.Item("cafe-mocha")
	comps := d.Recipes[mocha.Sizes[0].ID].Components
	comps[0].Entered = 20000
	must(t, c.Catalog.SaveRecipe(t.Context(), by, catalog.SaveRecipe{Item: "cafe-mocha", Size: "r", Components: comps}))
	f, _ := c.Members.Franchise(t.Context())
	s := webtest.Start(t, webkit.Options{Log: slog.New(slog.DiscardHandler), Now: time.Now, Franchises: webtest.Franchise(membersapi.Franchise(f)), Sessions: everyHQ{}}, func(site *webkit.Site) { catalogweb.Register(site, c.Catalog) })
	opts := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath("/usr/bin/chromium"), chromedp.NoSandbox)
	alloc, c1 := chromedp.NewExecAllocator(context.Background(), opts...)
	defer c1()
	tab, c2 := chromedp.NewContext(alloc)
	defer c2()
	pages := map[string]string{"list": "/hq/menu", "item": "/hq/menu/items/cafe-latte", "recipe": "/hq/menu/items/cafe-latte/sizes/r/recipe", "materials": "/hq/materials", "material": "/hq/materials/milk", "versions": "/hq/menu/versions", "version": "/hq/menu/versions/1", "options": "/hq/menu/options", "group": "/hq/menu/options/milk", "subs": "/hq/menu/sub-recipes", "new": "/hq/menu/new"}
	want := strings.Split(os.Getenv("PAGES"), ",")
	for _, name := range want {
		for _, look := range strings.Split(os.Getenv("LOOKS"), ",") {
			var w int
			var l, theme string
			fmt.Sscanf(strings.ReplaceAll(look, "-", " "), "%d %s %s", &w, &l, &theme)
			must(t, second(chromedp.Run(tab, chromedp.Navigate(s.URL+"/assets/icon.svg"))))
			must(t, chromedp.Do(tab, chromedp.EmulateViewport(int64(w), 900)))
			must(t, second(chromedp.Run(tab, chromedp.Evaluate[chromedp.Void](fmt.Sprintf(`document.cookie="lang=%s;path=/";document.cookie="theme=%s;path=/"`, l, theme)))))
			must(t, chromedp.Do(tab, chromedp.Navigate(s.URL+pages[name]), chromedp.WaitVisible("#content")))
			png, err := chromedp.Run(tab, chromedp.FullScreenshot(100))
			must(t, err)
			must(t, os.WriteFile(fmt.Sprintf("%s/%s-%s.png", os.Getenv("SHOTS"), name, look), png, 0o644))
		}
	}
}

func second[T any](_ T, err error) error { return err }
