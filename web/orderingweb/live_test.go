package orderingweb_test

import (
	"bufio"
	"net/http"
	"strings"
	"testing"

	"maru/internal/kernel/ids"
)

func TestOpenPagesOfAStoreHearOfItsOrdersAndOfWhatIsSoldOut(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, w.URL+"/s/gangnam/live", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.AddCookie(w.Cookie(w.barista))
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = res.Body.Close() })
	lines := bufio.NewScanner(res.Body)
	hears := func(event string) {
		t.Helper()
		for lines.Scan() {
			if got, ok := strings.CutPrefix(lines.Text(), "event: "); ok {
				if got != event {
					t.Fatalf("heard %q, want %q", got, event)
				}
				return
			}
		}
		t.Fatalf("the stream ended before %q: %v", event, lines.Err())
	}
	hears("sync")
	placed := w.place("cookie", 1)
	w.drain()
	hears("orders")
	w.soldOut(w.item("latte").ID, ids.SizeID{}, ids.OptionID{}, true)
	hears("availability")
	if page := w.As(t, w.barista).Get(registerPath + "/menu"); !page.Has("#item-" + w.item("latte").ID.String() + ".menu-card-out") {
		t.Error("the page that asks at once is not told")
	}
	w.As(t, w.barista).HX().Post("/s/gangnam/orders/"+placed.OrderID.String()+"/move?from=accepted", "to", "preparing").Want(http.StatusOK)
	w.drain()
	hears("orders")
}
