package orderingweb_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"maru/internal/kernel/ids"
	"maru/internal/platform/auth"
	"maru/web/webkit/webtest"
)

func TestAnOrderGoesAcrossTheBoardWithOneTapEachAndBackWithUndo(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.As(t, w.barista).HX()
	placed := w.place("cookie", 2)
	order := "#order-" + placed.OrderID.String()
	for _, step := range []struct{ from, to string }{{"accepted", "preparing"}, {"preparing", "ready"}, {"ready", "completed"}} {
		board := c.Get("/s/gangnam/board/columns").Want(http.StatusOK)
		if !board.Has("#column-" + step.from + " " + order) {
			t.Fatalf("the order is not in column %s", step.from)
		}
		moved := c.Post(board.Attr(order+" .order-forward", "hx-post")).Want(http.StatusOK)
		if got := moved.Header.Get("HX-Trigger"); got != "live:orders" {
			t.Errorf("HX-Trigger %q", got)
		}
		c.Post(moved.Attr("[data-toast] [hx-post]", "hx-post")).Want(http.StatusOK)
		if !c.Get("/s/gangnam/board/columns").Has("#column-" + step.from + " " + order) {
			t.Fatalf("undo did not bring it back to %s", step.from)
		}
		c.Post(board.Attr(order+" .order-forward", "hx-post")).Want(http.StatusOK)
		c.Post(board.Attr(order+" .order-forward", "hx-post")).Want(http.StatusOK) // the second tap changes nothing
	}
	if got := c.Get("/s/gangnam/board").Text("#column-completed"); !strings.Contains(got, "초코칩 쿠키 ×2") {
		t.Errorf("completed: %q", got)
	}
}

// The oldest stands first, however long its cart was open before.
func TestTheBoardBeginsWithWhatWaitsLongest(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	late := ids.NewOrderID() // the id of a cart that is paid later than the next one
	first := w.place("cookie", 1)
	w.wait(time.Minute)
	second := w.placeAs(late, "cookie", 2)
	page := w.As(t, w.barista).Get("/s/gangnam/board/columns").Want(http.StatusOK)
	var order []string
	for _, card := range page.Doc.Find("#column-accepted [data-order]").EachIter() {
		order = append(order, card.AttrOr("id", ""))
	}
	if want := []string{"order-" + first.OrderID.String(), "order-" + second.OrderID.String()}; !slices.Equal(order, want) {
		t.Errorf("the board says %v, not %v", order, want)
	}
}

func TestAnIllegalMoveIsRefusedAndTheBoardShowsWhatIsSo(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.As(t, w.barista).HX()
	path := "/s/gangnam/orders/" + w.place("cookie", 1).OrderID.String() + "/move"
	for _, to := range []string{"completed", "ready", "cancelled", "", "lost"} {
		page := c.Post(path+"?from=accepted", "to", to).Want(http.StatusConflict)
		if !strings.Contains(page.Body, "지금 상태에서는 바꿀 수 없어요") || page.Header.Get("HX-Trigger") != "live:orders" {
			t.Errorf("to %q: %s", to, page.Body)
		}
	}
	c.Post("/s/gangnam/orders/"+ids.NewOrderID().String()+"/move", "to", "preparing").Want(http.StatusNotFound)
	c.Post("/s/gangnam/orders/17/move", "to", "preparing").Want(http.StatusNotFound)
}

func TestWaitingOrdersAreMarkedInWords(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.As(t, w.barista)
	card := "#order-" + w.place("cookie", 1).OrderID.String()
	for _, step := range []struct {
		after   time.Duration
		urgency string
		age     string
	}{{0, "", "방금"}, {5 * time.Minute, "soon", "5분"}, {6 * time.Minute, "late", "11분"}} {
		w.wait(step.after)
		board := c.Get("/s/gangnam/board")
		if got := board.Attr(card, "data-urgency"); got != step.urgency {
			t.Errorf("after %s: urgency %q, want %q", step.after, got, step.urgency)
		}
		if got := board.Text(card + " [data-age]"); got != step.age {
			t.Errorf("after %s: age %q, want %q", step.after, got, step.age)
		}
	}
}

func TestCancellingAsksForAReasonAndGivesTheMoneyBack(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.As(t, w.barista).HX()
	order := "/s/gangnam/orders/" + w.place("cookie", 2).OrderID.String()
	sheet := c.Get(order + "/cancel").Want(http.StatusOK)
	if got := sheet.Text(".notice"); got != "2개, 6,400원을 환불해요(카드). 취소한 주문은 되살릴 수 없어요." {
		t.Errorf("the question: %q", got)
	}
	if got := sheet.Form("#cancel").Get("disposition"); got != "restock" {
		t.Errorf("before preparing: %s", got)
	}
	c.Post(order+"/move?from=accepted", "to", "preparing").Want(http.StatusOK)
	if got := c.Get(order + "/cancel").Form("#cancel").Get("disposition"); got != "waste" {
		t.Errorf("after preparing began: %s", got)
	}
	again := c.Post(order+"/cancel", "reason", "  ", "disposition", "remake").Want(http.StatusUnprocessableEntity)
	if !again.Has("#f-reason-problem") || again.Form("#cancel").Get("disposition") != "remake" {
		t.Error("the choice was lost, or the reason is not asked for")
	}
	c.Post(order+"/cancel", "reason", "손님 변심", "disposition", "bin").Want(http.StatusUnprocessableEntity)
	c.Post(order+"/cancel", "reason", "손님 변심", "disposition", "remake").Want(http.StatusOK)
	page := c.Get(order).Want(http.StatusOK)
	for _, want := range []string{"취소", "손님 변심", "다시 만들기", "환불됨"} {
		if !strings.Contains(page.Text("#content"), want) {
			t.Errorf("the order does not say %q", want)
		}
	}
	c.Get(order + "/cancel").Want(http.StatusConflict)
	c.Post(order+"/cancel", "reason", "또").Want(http.StatusUnprocessableEntity)
}

func TestWhatWasHandedOverIsRefundedByThoseWhoMay(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	manager := w.barista
	manager.Role = auth.Manager
	c := w.As(t, manager).HX()
	order := "/s/gangnam/orders/" + w.place("cookie", 2).OrderID.String()
	for _, to := range [][2]string{{"accepted", "preparing"}, {"preparing", "ready"}, {"ready", "completed"}} {
		c.Post(order+"/move?from="+to[0], "to", to[1]).Want(http.StatusOK)
	}
	staff := manager
	staff.Role = auth.Staff
	s := w.As(t, staff).HX()
	if s.Get(order).Want(http.StatusOK).Has(`[hx-get$="/cancel"]`) {
		t.Error("staff are led to a refund")
	}
	s.Get(order + "/cancel").Want(http.StatusForbidden)
	s.Post(order+"/cancel", "reason", "손님 변심").Want(http.StatusUnprocessableEntity)
	if got := c.Get(order).Want(http.StatusOK).Text(`[hx-get$="/cancel"]`); got != "환불" {
		t.Errorf("the button says %q", got)
	}
	sheet := c.Get(order + "/cancel").Want(http.StatusOK)
	if text := sheet.Text("#cancel"); !strings.Contains(text, "6,400원 환불") || strings.Contains(text, "취소하고") {
		t.Errorf("the question: %q", text)
	}
	c.Post(order+"/cancel", "reason", "다른 음료가 나갔어요", "disposition", "waste").Want(http.StatusOK)
	if text := c.Get(order).Want(http.StatusOK).Text("#content"); !strings.Contains(text, "환불됨") || !strings.Contains(text, "다른 음료가 나갔어요") {
		t.Errorf("the order says %q", text)
	}
}

func TestOrdersOfTodayAreFoundByTheirNumber(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.As(t, w.barista)
	if got := c.Get("/s/gangnam/orders").Text(".empty"); !strings.Contains(got, "아직 주문이 없어요") {
		t.Error(got)
	}
	for range 3 {
		w.place("cookie", 1)
	}
	if got := c.Get("/s/gangnam/orders").Texts("tbody th"); strings.Join(got, " ") != "3 2 1" {
		t.Errorf("orders %q", got)
	}
	if got := c.Get("/s/gangnam/orders?number=2").Texts("tbody th"); strings.Join(got, " ") != "2" {
		t.Errorf("number 2: %q", got)
	}
	if got := c.Get("/s/gangnam/orders?number=77").Text(".empty"); !strings.Contains(got, "오늘 77번 주문은 없어요") {
		t.Error(got)
	}
	page := c.Get("/s/gangnam/orders?number=둘").Want(http.StatusOK)
	if page.Attr("#f-number", "value") != "둘" || !page.Has("#f-number-problem") {
		t.Error("what was typed is lost, or nothing is said about it")
	}
}

func TestTheNavigationCountsWhatIsToBeMade(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.As(t, w.barista)
	if got := c.Get("/s/gangnam/board/count").Want(http.StatusOK).Body; got != "" {
		t.Errorf("count %q", got)
	}
	w.place("cookie", 1)
	w.place("cookie", 1)
	if got := c.Get("/s/gangnam/board/count").Body; got != "2" {
		t.Errorf("count %q", got)
	}
}

func TestRoutesAskForThePermissionTheyNeed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	nobody := w.Client(t)
	for _, path := range []string{registerPath, "/s/gangnam/board", "/s/gangnam/orders"} {
		nobody.Get(path).Want(http.StatusSeeOther)
	}
	analyst := auth.Principal{Member: ids.NewMemberID(), Session: ids.NewSessionID(), Name: "분석", Role: "analyst"}
	w.As(t, analyst).Get(registerPath).Want(http.StatusNotFound)
	w.As(t, webtest.HQ("본사")).Get(registerPath).Want(http.StatusOK)
}
