package imports

import (
	"bytes"
	"container/list"
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"maru/internal/kernel/ids"
	"maru/internal/kernel/lang"
	"maru/internal/ordering"
	"maru/internal/ordering/orderingapi"
	"maru/internal/platform/errs"
)

// counters are what has happened so far; the progress line reads them while the workers count.
type counters struct {
	lines, sold, placed, replayed, revenue atomic.Int64
}

// saleOrder is an order whose lines are being collected.
type saleOrder struct {
	key   orderKey
	store *knownStore
	at    time.Time // of its first line
	lines []saleLine
	last  int64 // number of its last line
}

// placeAll reads the file again and places its orders, many at a time.
func (im *salesImport) placeAll(ctx context.Context, s *survey, c *catalogue) error {
	f, err := openSaleFile(im.o.Path)
	if err != nil {
		return err
	}
	defer f.close()
	if _, _, _, err := f.header(im.o); err != nil {
		return err
	}
	parser, err := im.parser(s, c)
	if err != nil {
		return err
	}
	// What is on its way is finished even when the import is told to stop.
	working, fail := context.WithCancelCause(context.WithoutCancel(ctx))
	defer fail(nil)
	orders := make(chan *saleOrder, im.o.Workers)
	var workers sync.WaitGroup
	for range im.o.Workers {
		workers.Go(func() {
			for o := range orders {
				if err := im.place(working, o); err != nil {
					fail(err)
				}
			}
		})
	}
	ticking := im.progress.start(s.lines, &im.count, im.refusals)
	err = im.collect(ctx, working, f, parser, orders)
	close(orders)
	workers.Wait()
	ticking()
	if cause := context.Cause(working); cause != nil && err == nil {
		err = cause
	}
	return err
}

func (im *salesImport) parser(s *survey, c *catalogue) (*saleParser, error) {
	p := &saleParser{
		o: im.o, columns: s.columns, separator: s.separator, width: s.width, order: s.order, currency: im.currency,
		latest: im.o.Now().Add(24 * time.Hour), catalogue: c,
	}
	if im.o.Zone != "" {
		zone, err := time.LoadLocation(im.o.Zone)
		if err != nil {
			return nil, fmt.Errorf("--zone: %w", err)
		}
		p.zone = zone
	}
	return p, nil
}

// collect puts lines together into orders and sends an order off when no line of it came for a
// window of lines. Memory holds the orders of one window, whatever the length of the file.
func (im *salesImport) collect(ctx, working context.Context, f *saleFile, p *saleParser, orders chan<- *saleOrder) error {
	open := map[orderKey]*list.Element{}
	queue := list.New() // by the number of the last line
	send := func(e *list.Element) error {
		o := queue.Remove(e).(*saleOrder)
		delete(open, o.key)
		select {
		case orders <- o:
			return nil
		case <-working.Done():
			return context.Cause(working)
		}
	}
	for {
		if ctx.Err() != nil {
			return ctx.Err() // orders that are not complete are left to the next run
		}
		raw, err := f.next()
		if errors.Is(err, io.EOF) {
			for queue.Len() > 0 {
				if err := send(queue.Front()); err != nil {
					return err
				}
			}
			return nil
		}
		if err != nil && !errors.Is(err, errLongLine) {
			return err
		}
		if err == nil && len(bytes.TrimSpace(raw)) == 0 {
			continue
		}
		im.count.lines.Add(1)
		im.take(f.line, raw, err, p, open, queue)
		for front := queue.Front(); front != nil && f.line-front.Value.(*saleOrder).last >= int64(im.o.Window); front = queue.Front() {
			if err := send(front); err != nil {
				return err
			}
		}
	}
}

// take reads a line and puts it into its order, or refuses it.
func (im *salesImport) take(no int64, raw []byte, err error, p *saleParser, open map[orderKey]*list.Element, queue *list.List) {
	if err != nil {
		im.refusals.add(no, string(raw), reasonLong)
		return
	}
	if refused := p.split(raw); refused != nil {
		im.refusals.add(no, string(raw), refused.text())
		return
	}
	key, at, line, refused := p.sale()
	if refused != nil {
		im.refusals.add(no, string(raw), refused.text())
		return
	}
	line.no, line.raw = no, string(raw)
	e := open[key]
	if e == nil {
		store := p.catalogue.stores[string(p.cell(p.columns.store))]
		e = queue.PushBack(&saleOrder{key: key, store: store, at: at})
		open[key] = e
	}
	queue.MoveToBack(e)
	o := e.Value.(*saleOrder)
	o.last = no
	if len(o.lines) == ordering.MaxLines {
		im.refusals.add(no, line.raw, ordering.ErrTooManyLines.With("max", strconv.Itoa(ordering.MaxLines)).Text)
		return
	}
	o.lines = append(o.lines, line)
}

// place places an order. Lines that ordering refuses by themselves are left out; what it refuses as a
// whole is refused line by line. It returns an error only where going on makes no sense.
func (im *salesImport) place(ctx context.Context, o *saleOrder) error {
	for len(o.lines) > 0 {
		if ctx.Err() != nil {
			return nil // another worker has failed for good
		}
		if im.o.DryRun {
			im.rehearse(o)
			return nil
		}
		receipt, err := im.placeOnce(ctx, im.command(o))
		if err == nil {
			im.count.sold.Add(int64(len(o.lines)))
			im.count.revenue.Add(int64(receipt.Total))
			if receipt.Replayed {
				im.count.replayed.Add(1)
			} else {
				im.count.placed.Add(1)
			}
			return nil
		}
		e := errs.As(err)
		if e == nil || e.Kind == errs.Unavailable || e.Kind == errs.Forbidden {
			return fmt.Errorf("line %d: %w", o.lines[0].no, err)
		}
		im.refuseLines(o, e)
	}
	return nil
}

// refuseLines takes the line an error is about out of the order, or all of them.
func (im *salesImport) refuseLines(o *saleOrder, e *errs.Error) {
	if i, ok := lineOf(e.Field); ok && i < len(o.lines) {
		im.refusals.add(o.lines[i].no, o.lines[i].raw, e.Text)
		o.lines = append(o.lines[:i:i], o.lines[i+1:]...)
		return
	}
	reason := e.Text
	if errors.Is(e, ordering.ErrOtherBody) {
		reason = saleOtherOrder
	}
	for _, l := range o.lines {
		im.refusals.add(l.no, l.raw, reason)
	}
	o.lines = nil
}

var saleOtherOrder = lang.Text{
	Ko: "같은 지점, 같은 시각(또는 주문 번호)의 주문이 다른 내용으로 이미 있어요. 한 주문의 줄이 멀리 떨어져 있거나, 파일을 고쳐 다시 가져온 줄이에요.",
	En: "An order of the same store and second (or order number) is there with other lines: the lines of one order stand too far apart, or the file was changed after it was imported.",
}

// lineOf reads "lines[3]" and "lines[3].quantity".
func lineOf(field string) (int, bool) {
	rest, ok := strings.CutPrefix(field, "lines[")
	number, _, closed := strings.Cut(rest, "]")
	i, err := strconv.Atoi(number)
	return i, ok && closed && err == nil && i >= 0
}

// rehearse counts an order as if it had been placed.
func (im *salesImport) rehearse(o *saleOrder) {
	for _, l := range o.lines {
		if l.price != nil {
			im.count.revenue.Add(int64(*l.price) * int64(l.choice.Quantity))
		}
	}
	im.count.sold.Add(int64(len(o.lines)))
	im.count.placed.Add(1)
}

// command is the order as ordering wants it. Its id follows from the store, the time and the order,
// so another run asks for the same order and is given the first answer.
func (im *salesImport) command(o *saleOrder) ordering.PlaceOrder {
	name := "sales\x00" + im.o.Label + "\x00" + o.store.code + "\x00"
	if o.key.order != "" {
		name += "order\x00" + o.key.order
	} else {
		name += "second\x00" + strconv.FormatInt(o.key.second, 10)
	}
	cmd := ordering.PlaceOrder{
		ID: ids.OrderID{UUID: ids.DerivedV7(o.at, name)}, StoreID: o.store.id, Channel: orderingapi.Import,
		At: o.at, Dining: im.dining, Lines: make([]ordering.OrderLine, len(o.lines)),
	}
	for i, l := range o.lines {
		cmd.Lines[i] = ordering.OrderLine{Choice: l.choice, UnitPrice: l.price}
	}
	return cmd
}

// placeOnce places an order and tries again for a while when the database does not answer: a
// restart of the server must not end an import of an hour.
func (im *salesImport) placeOnce(ctx context.Context, cmd ordering.PlaceOrder) (ordering.Receipt, error) {
	const attempts = 8
	for attempt := 0; ; attempt++ {
		receipt, err := im.Ordering.PlaceOrder(ctx, im.by, cmd)
		if err == nil || errs.As(err) != nil || attempt == attempts {
			return receipt, err
		}
		select {
		case <-ctx.Done():
			return receipt, err
		case <-time.After(100 * time.Millisecond << attempt):
		}
	}
}
