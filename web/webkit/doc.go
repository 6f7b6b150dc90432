// Package webkit is what every page of Maru is made with: the router and its accesses, the frame of
// pages, components, formats, forms, live updates and errors. It knows no context.
//
// # A page package
//
// web/<ctx>web holds handlers, templates, texts and tests side by side. It registers like this:
//
//	func Register(site *webkit.Site, ordering *ordering.Service) {
//		p := &pages{ordering: ordering}
//		r := site.Router()
//		r.GET("/s/:store/register", webkit.AtStore(auth.TakeOrders), p.register)
//		r.POST("/s/:store/cart/lines", webkit.AtStore(auth.TakeOrders), p.addLine)
//		site.Nav(webkit.NavItem{Path: "/s/:store/register", Label: text.Register, Icon: "shopping-cart",
//			Needs: auth.TakeOrders, Order: 10})
//	}
//
// Accesses: Public, SignedIn (not by PIN), Person (also by PIN), SharedDevice, InStore (works in the :store of the path), AtStore(perm), AtHQ(perm). A
// route whose path names :store needs InStore or AtStore and the other way round; New panics on
// anything else. A store that is not the person's answers 404, a missing permission 403, nobody signed
// in is sent to /login?next=… (SafeNext reads it) or, under /api/, told 401.
//
// Order of navigation: 0 home, 10 register, 20 board, 30 stock, 40 sales …; HQ: 0 home, 10 sales,
// 20 menu, 30 stores, 40 stock, 90 operations. NavItem.Under puts a page under another's entry; NavTabs leads between them.
//
// # A handler
//
//	func (p *pages) register(c echo.Context) error {
//		ctx := c.Request().Context()
//		view, err := p.ordering.Register(ctx, webkit.Principal(c), webkit.Store(c).ID)
//		if err != nil {
//			return err // the one error handler answers: page, toast or problem document
//		}
//		return webkit.Render(c, http.StatusOK, registerPage(view))
//	}
//
// Principal(c) and Store(c) are there on every guarded route; in templates PrincipalOf(ctx) and
// StoreOf(ctx); StorePath(ctx, "register") is the URL of a page of the same store. Redirect(c, path)
// and RedirectWithToast(c, path, toast) work for forms and htmx alike; RenderWithToast and Trigger tell the page more than its
// fragment.
// Expected errors (errs.New) may simply be returned: a request of htmx shows them as a toast and
// leaves the page as it is; a page shows the error page.
//
// # A form
//
//	f := webkit.ReadForm(c)
//	cmd := inventory.ReceiveStock{Material: webkit.ID(f, "material", ids.ParseMaterialID),
//		Quantity: f.Quantity("quantity", 1, quantity.Max)}
//	if f.OK() {
//		f.Refuse(p.inventory.ReceiveStock(ctx, by, cmd))
//	}
//	if err := f.Unexpected(); err != nil {
//		return err
//	}
//	if !f.OK() {
//		return webkit.Render(c, http.StatusUnprocessableEntity, receivePage(f)) // htmx swaps a 422
//	}
//	return webkit.Redirect(c, …)
//
// Getters: Text, OptionalText, Secret, Int, Money, Quantity, Date, Bool, Choice, Values, Value, ID. An
// A form with a file is registered with r.Upload(path, access, limit, handler) and read with ReadUpload(c, "file").
// An errs.Error with .On("quantity") is shown beside the input of that name, one without above the form
// (@FormProblems(f)). NewForm("name", item.Name) prefills; a nil *Form is an empty one in templates.
//
// # A template
//
//	templ registerPage(v view) {
//		@webkit.StorePage(webkit.PageInfo{Title: text.Register, Fill: true, Scripts: []string{"js/register.js"}}) {
//			@webkit.PageHead(webkit.T(ctx, text.Register), "") {
//				@webkit.Button(webkit.Btn{Kind: webkit.Primary, Icon: "plus", Key: "n"}) {
//					{ webkit.T(ctx, text.NewOrder) }
//				}
//			}
//			…
//		}
//	}
//
// web/webkit/showcase has a page of each kind to copy from. Frames: StorePage, HQPage, BarePage. PageInfo.Fill makes a page as high as the window (from 768 px
// up), its children scroll by themselves (class "scroll-area").
//
// Components, all in components.templ: Button(Btn), Field(FieldSpec), Select(FieldSpec, []Choice),
// Checkbox(FieldSpec), MoneyField(ctx, FieldSpec) and NumberField(FieldSpec, unit) for Field,
// FormProblems(f), Segmented(name, legend, value, []Choice), Tabs(label, []Tab), Stepper(StepperSpec),
// Back(href, label) above PageHead(title, note){actions}, SearchForm(SearchSpec){filters},
// NavTabs(label, pairs...), Card(title, class){…}, Stat(StatSpec){…}, Table(caption, []Column){rows},
// Badge(tone, icon, word), Notice(tone, icon){…}, Empty(icon, title, body){action}, Dialog(DialogSpec){…},
// Sheet(title){SheetBody(){…} SheetFoot(){…}}, Pager(previous, next), Live(LiveSpec){…}, Progress, Keys,
// Icon(name, class) (names: icons/names.txt), Mark(class), and the charts of chart.templ: BarChart(Chart),
// LineChart(Chart), RankChart(title, []Ranked), Spark(values).
// Tones: Neutral, Good, Warm, Low, Bad, Inform.
//
// Classes beside Tailwind's: text-muted (quiet text that still passes AA), num (a cell or inline number:
// right-aligned in tables, tabular everywhere), card-box, scroll-area, tag tag-good …, page-grid
// (tiles that wrap), tile-grid with tile, tile-picture, tile-body, tile-name, tile-line, tile-price (menu items; see
// the showcase), tone-good … (coloured words), link, link-quiet, row-link with row-target (a row that is a link),
// daisyUI's btn, input, select, checkbox, join, kbd, progress. Colours: base-100 (paper
// card), base-200 (page), base-300 (lines), base-content, primary, accent, warning, error. Sizes of text:
// text-xs 13, text-sm 15, text-base 17, text-lg 20, text-xl 28 and no others. Class names must be whole
// literals in .templ files (or in .go files of web/): Tailwind reads the source. After using a class for
// the first time run npm run build.
//
// Not allowed, and tested: style="…", onclick="…", hx-on, js: values, Hangul in .templ files (it belongs
// into texts.go, as lang.Text beside the English).
//
// # Lists
//
// The URL says what a list shows: URL(path, "q", v.Search, "sort", v.Sort) leaves out what is empty, and
// Hidden(pairs) repeats the same in a form, as for an export. A file to keep is a CSV: NewCSV(columns...), then
// its Text or Row for each row, and Send(c, name).
//
// # Numbers and dates
//
// Money(ctx, a), ShortMoney(ctx, a), Number(n), Short(ctx, n), Percent(part, whole), Change(now, before),
// Quantity(ctx, q, unit) with ExactQuantity for its title, When(ctx, t), Ago(ctx, t), Clock(ctx, t),
// Day(ctx, d), FullDay(ctx, d), FullTime(ctx, t), Weekday(ctx, d); Now(ctx), Today(ctx), Zone(ctx),
// Currency(ctx). FormatMoney and FormatQuantity take the language and currency themselves.
//
// # htmx 4
//
// Inheritance is explicit (hx-target:inherited="#x"). 4xx answers are swapped, 5xx are not. Answer
// several places at once with <hx-partial hx-target="#cart" hx-swap="innerMorph">…</hx-partial>. Morph
// (innerMorph, outerMorph) keeps focus, scroll and what is open, by ids: give repeated elements stable
// ids. GET and DELETE do not send the form around a button: name it with hx-include.
//
// # Dialogs
//
// data-open="ID" on a button opens the dialog of that ID. hx-get="…" hx-target="#sheet" loads a Sheet
// into the dialog of the layout and opens it; webkit.Trigger(c, "sheet:close") closes it. Native
// <form method="dialog"> closes without a script. Esc and a click beside it close as well.
//
// # Keyboard
//
// data-key="n" on a button or link presses it, data-key on an input focuses it (Btn.Key does both
// attributes); "?" lists what is on the page, under data-key-name or the element's own words. Single
// keys do nothing while somebody types.
//
// # Live
//
//	site.Hub().Publish(webkit.StoreTopic(store), "orders", nil)       // after the commit, from an outbox tail
//	@webkit.Live(webkit.LiveSpec{ID: "board", URL: webkit.StorePath(ctx, "board/columns"), On: []string{"orders"}}) {
//		@boardColumns(v)                                               // the same template the URL answers with
//	}
//
// Names of events in use: orders (something on the board or in sales changed), availability (sold out or
// back), stock (balances), menu (a new menu), sales (figures moved). Topics: StoreTopic(id), HQTopic.
// Tabs of one browser that listen to the same place share one stream (js/live.js), and are told only of the events
// that stand in hx-trigger of what they show. Scripts hear DOM events "live:orders" on document.body, if some part of
// the page refetches at it. Every (re)connection sends "live:sync", at which every Live part refetches.
//
// # Other scripts
//
// data-copy="text" copies; data-money formats an amount while it is typed; data-autosubmit on a form
// submits it when an input changes; data-keep on a form keeps what was typed in this tab when the page
// is left before it was sent (a session that ended). Own scripts are ES modules under web/static/js, named in
// PageInfo.Scripts; no inline scripts, no eval.
//
// # Tests
//
// Package webtest starts a site with the production middleware and drives it with a client that keeps
// cookies and reads pages with goquery.
package webkit
