package imports

import (
	"bufio"
	"cmp"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"maru/internal/kernel/lang"
	"maru/internal/kernel/money"
)

// refusals tells the first refused lines on the screen and writes all of them to a file.
type refusals struct {
	o *SalesOptions

	mu     sync.Mutex
	count  int64
	shown  int
	file   *os.File
	buffer *bufio.Writer
	// separator and err belong to the file: what stands between its cells, and what went wrong first.
	separator string
	err       error
}

func newRefusals(o *SalesOptions) (*refusals, error) {
	r := &refusals{o: o}
	if o.Rejects == "" {
		return r, nil
	}
	file, err := os.Create(o.Rejects)
	if err != nil {
		return nil, fmt.Errorf("--rejects: %w", err)
	}
	r.file, r.buffer = file, bufio.NewWriter(file)
	return r, nil
}

// begin writes the header: that of the file, and two columns more. So a file of refused lines can be
// mended and imported itself, with a --label of its own.
func (r *refusals) begin(s *survey) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.separator = string(s.separator)
	r.write(string(s.header), "refused_line", "refused_reason")
}

// add refuses a line.
func (r *refusals) add(line int64, raw string, reason lang.Text) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.count++
	said := reason.In(r.o.Lang)
	r.write(strings.ToValidUTF8(raw, "?"), strconv.FormatInt(line, 10), `"`+strings.ReplaceAll(said, `"`, `""`)+`"`)
	if r.shown == r.o.Show {
		return
	}
	r.shown++
	if r.o.InPlace {
		fmt.Fprint(r.o.Err, "\r\x1b[K") // the progress line is drawn again below
	}
	fmt.Fprintln(r.o.Err, r.o.say(saleRefused, "line", strconv.FormatInt(line, 10), "reason", said))
	if r.shown == r.o.Show {
		fmt.Fprintln(r.o.Err, r.o.say(saleMoreRefused))
	}
}

// write writes a line of cells as they are.
func (r *refusals) write(cells ...string) {
	if r.buffer == nil {
		return
	}
	if _, err := r.buffer.WriteString(strings.Join(cells, r.separator) + "\n"); err != nil && r.err == nil {
		r.err = fmt.Errorf("--rejects: %w", err)
	}
}

func (r *refusals) total() int64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.count
}

func (r *refusals) close() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.file == nil {
		return nil
	}
	err := cmp.Or(r.err, r.buffer.Flush(), r.file.Close())
	r.file = nil
	return err
}

// progress is the line that says how far the import has come.
type progress struct {
	o     *SalesOptions
	drawn bool
}

func newProgress(o *SalesOptions) *progress { return &progress{o: o} }

// note writes what is going on: in place on a terminal, as a line of its own elsewhere.
func (p *progress) note(s string) {
	if p.o.InPlace {
		fmt.Fprint(p.o.Err, "\r\x1b[K"+s)
		p.drawn = true
		return
	}
	fmt.Fprintln(p.o.Err, s)
}

// end leaves the line of a terminal.
func (p *progress) end() {
	if p.drawn {
		fmt.Fprintln(p.o.Err)
		p.drawn = false
	}
}

func (p *progress) surveyed(lines int64) {
	if p.o.InPlace && lines%(4096*64) == 0 {
		p.note(p.o.say(saleSurveying, "n", thousands(lines)))
	}
}

// start draws the progress until the returned function is called.
func (p *progress) start(total int64, count *counters, refused *refusals) (stop func()) {
	begun := time.Now()
	done := make(chan struct{})
	var wait sync.WaitGroup
	wait.Go(func() {
		tick := time.NewTicker(p.o.Interval)
		defer tick.Stop()
		for {
			select {
			case <-done:
				return
			case <-tick.C:
				p.note(p.line(time.Since(begun), total, count, refused.total()))
			}
		}
	})
	return func() {
		close(done)
		wait.Wait()
	}
}

func (p *progress) line(took time.Duration, total int64, count *counters, refused int64) string {
	orders := count.placed.Load() + count.replayed.Load()
	lines := count.sold.Load() + refused
	left := "–"
	if lines > 0 && lines < total {
		left = p.duration(time.Duration(float64(took) * float64(total-lines) / float64(lines)))
	}
	percent := int64(100)
	if total > 0 {
		percent = lines * 100 / total
	}
	return p.o.say(saleProgress, "percent", strconv.FormatInt(percent, 10), "lines", thousands(lines), "total", thousands(total),
		"orders", thousands(orders), "rate", thousands(perSecond(orders, took)), "left", left, "refused", thousands(refused))
}

func (p *progress) duration(d time.Duration) string {
	s := int(d.Seconds() + 0.5)
	if s < 60 {
		return p.o.say(saleSeconds, "s", strconv.Itoa(s))
	}
	return p.o.say(saleMinutes, "m", strconv.Itoa(s/60), "s", strconv.Itoa(s%60))
}

func perSecond(n int64, took time.Duration) int64 {
	if took <= 0 {
		return 0
	}
	return int64(float64(n) / took.Seconds())
}

// report writes the summary.
func (im *salesImport) report(s SalesSummary) {
	p := im.progress
	head := saleDone
	switch {
	case s.Stopped:
		head = saleStopped
	case s.DryRun:
		head = saleRehearsed
	}
	rows := [][2]string{
		{im.o.say(saleRowLines), thousands(s.Lines)},
		{im.o.say(saleRowOrders), thousands(s.Orders)},
		{im.o.say(saleRowReplayed), thousands(s.Replayed)},
		{im.o.say(saleRowRefused), thousands(s.Refused)},
		{im.o.say(saleRowRevenue), decimal(s.Currency, s.Revenue) + " " + s.Currency.Code},
		{im.o.say(saleRowTook), im.o.say(saleTook, "time", p.duration(s.Took), "rate", thousands(perSecond(s.Orders+s.Replayed, s.Took)))},
	}
	if s.NewStores+s.NewItems > 0 {
		rows = append(rows, [2]string{im.o.say(saleRowNew), im.o.say(saleNew, "stores", strconv.Itoa(s.NewStores), "items", strconv.Itoa(s.NewItems))})
	}
	if s.Followed > 0 {
		rows = append(rows, [2]string{im.o.say(saleRowFollowed), p.duration(s.Followed)})
	}
	writeRows(im.o.Out, im.o.say(head, "file", im.o.fileName()), rows)
}

// writeRows writes a heading and rows whose second cells stand below each other.
func writeRows(w io.Writer, head string, rows [][2]string) {
	fmt.Fprintln(w, head)
	wide := 0
	for _, r := range rows {
		wide = max(wide, columnsOf(r[0]))
	}
	for _, r := range rows {
		fmt.Fprintf(w, "  %s%s  %s\n", r[0], strings.Repeat(" ", wide-columnsOf(r[0])), r[1])
	}
}

// columnsOf is how wide a text is on a terminal: Hangul takes two columns.
func columnsOf(s string) int {
	n := 0
	for _, r := range s {
		n++
		if r >= 0x1100 {
			n++
		}
	}
	return n
}

// decimal writes an amount with separators: 698,812.33.
func decimal(cur money.Currency, a money.Amount) string {
	whole, cents, has := strings.Cut(cur.Decimal(a), ".")
	n, err := strconv.ParseInt(whole, 10, 64)
	if err != nil {
		return cur.Decimal(a)
	}
	if has {
		return thousands(n) + "." + cents
	}
	return thousands(n)
}

func thousands(n int64) string {
	s := []byte(strconv.FormatInt(n, 10))
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = slices.Insert(s, i, ',')
	}
	return string(s)
}

// What the import of sales says.
var (
	saleRefused     = lang.Text{Ko: "{line}번째 줄: {reason}", En: "line {line}: {reason}"}
	saleMoreRefused = lang.Text{Ko: "거절한 줄이 더 있어도 여기에는 보이지 않아요. --rejects 파일에는 모두 적어요.", En: "Further refused lines are not shown here; the --rejects file has all of them."}
	saleSurveying   = lang.Text{Ko: "파일을 살펴보는 중: {n}줄", En: "Looking through the file: {n} lines"}
	saleProgress    = lang.Text{
		Ko: "{percent}% · {lines}/{total}줄 · 주문 {orders}건 · 초당 {rate}건 · 남은 시간 {left} · 거절 {refused}줄",
		En: "{percent}% · {lines}/{total} lines · {orders} orders · {rate}/s · {left} left · {refused} lines refused",
	}
	saleSeconds     = lang.Text{Ko: "{s}초", En: "{s} s"}
	saleMinutes     = lang.Text{Ko: "{m}분 {s}초", En: "{m} min {s} s"}
	saleFollowing   = lang.Text{Ko: "재고와 통계에 반영하는 중이에요…", En: "Stock and statistics are catching up…"}
	saleDone        = lang.Text{Ko: "{file}: 모두 가져왔어요.", En: "{file}: imported."}
	saleStopped     = lang.Text{Ko: "{file}: 중간에 멈췄어요. 같은 명령을 다시 실행하면 이어서 가져와요.", En: "{file}: stopped. Run the same command again to go on."}
	saleRehearsed   = lang.Text{Ko: "{file}: 시험해 보았어요. 아무것도 저장하지 않았어요.", En: "{file}: checked. Nothing was kept."}
	saleRowLines    = lang.Text{Ko: "읽은 줄", En: "Lines read"}
	saleRowOrders   = lang.Text{Ko: "새 주문", En: "New orders"}
	saleRowReplayed = lang.Text{Ko: "이미 있던 주문", En: "Orders that were there"}
	saleRowRefused  = lang.Text{Ko: "거절한 줄", En: "Lines refused"}
	saleRowRevenue  = lang.Text{Ko: "매출", En: "Revenue"}
	saleRowTook     = lang.Text{Ko: "걸린 시간", En: "Time"}
	saleTook        = lang.Text{Ko: "{time} (초당 {rate}건)", En: "{time} ({rate} orders/s)"}
	saleRowNew      = lang.Text{Ko: "새로 만든 것", En: "Created"}
	saleNew         = lang.Text{Ko: "지점 {stores}곳, 메뉴 {items}개", En: "stores: {stores}, items: {items}"}
	saleRowFollowed = lang.Text{Ko: "재고·통계 반영", En: "Stock and statistics"}
)
