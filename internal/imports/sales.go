package imports

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"sync"
	"time"

	"maru/internal/catalog"
	"maru/internal/kernel/dining"
	"maru/internal/kernel/lang"
	"maru/internal/kernel/money"
	"maru/internal/members"
	"maru/internal/ordering"
	"maru/internal/platform/auth"
	"maru/internal/platform/outbox"
)

// SalesServices is what an import of sales works with. The dispatcher must not be running: the import
// runs it, so that stock and statistics follow while the file is read; other replicas share the work.
type SalesServices struct {
	Members    *members.Service
	Catalog    *catalog.Service
	Ordering   *ordering.Service
	Dispatcher *outbox.Dispatcher
}

// SalesSummary is what became of a file of sales.
type SalesSummary struct {
	Lines     int64 // of the file, without the header and empty ones
	Sold      int64 // lines that are in orders
	Refused   int64 // lines that are not
	Orders    int64 // placed now
	Replayed  int64 // placed by an earlier run, and left as they were
	Revenue   money.Amount
	Currency  money.Currency
	NewStores int
	NewItems  int
	Took      time.Duration // of placing the orders
	Followed  time.Duration // until stock and statistics had all of them, afterwards
	Stopped   bool          // before the end of the file
	DryRun    bool
}

// ErrStopped is returned by Sales when its context ended: what was on its way was finished, and
// another run goes on where this one stopped.
var ErrStopped = errors.New("stopped before the end of the file; run the same command again to go on")

// salesImport is one run.
type salesImport struct {
	SalesServices
	o        *SalesOptions
	by       auth.Principal
	currency money.Currency
	dining   dining.Option

	progress *progress
	refusals *refusals
	count    counters
}

// Sales reads a file of past sales and places every order in it, through the same use case as the
// register, at its original time and with the prices on its lines. Orders that an earlier run placed
// are recognised and left alone. Refused lines are counted and told; the rest is imported.
//
// It returns ErrStopped when ctx ended, and other errors when nothing more can be done: the file
// cannot be read, its columns are not there, the currency is another one, the database is gone. The
// summary holds in every case.
func Sales(ctx context.Context, with SalesServices, o SalesOptions) (summary SalesSummary, err error) {
	o.defaults()
	im := &salesImport{SalesServices: with, o: &o, by: auth.System("maru import"), progress: newProgress(&o), dining: dining.Option(o.Dining)}
	if !im.dining.Valid() {
		return summary, ordering.ErrDining
	}
	if im.refusals, err = newRefusals(&o); err != nil {
		return summary, err
	}
	defer func() { err = errors.Join(err, im.refusals.close()) }()
	s, c, err := im.prepare(ctx)
	if err != nil {
		im.progress.end()
		return summary, stopped(ctx, err)
	}
	stop := im.dispatch(ctx)
	defer stop()
	begun := time.Now()
	err = im.placeAll(ctx, s, c)
	im.progress.end()
	summary = im.summary(s, c)
	summary.Took = time.Since(begun)
	stop()
	if err == nil && !o.DryRun {
		begun = time.Now()
		im.progress.note(im.o.say(saleFollowing))
		err = im.Dispatcher.Drain(ctx)
		im.progress.end()
		summary.Followed = time.Since(begun)
	}
	err = stopped(ctx, err)
	summary.Stopped = errors.Is(err, ErrStopped)
	im.report(summary)
	return summary, err
}

// stopped turns what went wrong because ctx ended into ErrStopped.
func stopped(ctx context.Context, err error) error {
	if err != nil && ctx.Err() != nil {
		return ErrStopped
	}
	return err
}

// prepare does everything that comes before the first order: the currency, one reading of the file,
// and the stores and items in it.
func (im *salesImport) prepare(ctx context.Context) (*survey, *catalogue, error) {
	if err := im.deliver(ctx); err != nil { // what was done before is known to all contexts
		return nil, nil, err
	}
	if err := im.settleCurrency(ctx); err != nil {
		return nil, nil, err
	}
	s, err := takeSurvey(ctx, im.o, im.progress)
	if err != nil {
		return nil, nil, err
	}
	im.refusals.begin(s)
	c, err := im.settle(ctx, s)
	return s, c, err
}

// deliver brings every context up to date.
func (im *salesImport) deliver(ctx context.Context) error {
	if err := im.Dispatcher.Drain(ctx); err != nil {
		return fmt.Errorf("deliver events: %w", err)
	}
	return nil
}

// settleCurrency makes sure that the file's currency is the franchise's, and founds the franchise
// where there is none yet.
func (im *salesImport) settleCurrency(ctx context.Context) error {
	franchise, err := im.Members.Franchise(ctx)
	missing := errors.Is(err, members.ErrNotFounded)
	switch {
	case err != nil && !missing:
		return err
	case missing && (!im.o.Create || im.o.Currency == ""):
		return fmt.Errorf("%w (--create --currency …)", err)
	case missing && im.o.DryRun:
		cur, ok := money.ParseCurrency(im.o.Currency)
		if !ok {
			return members.ErrUnknownCurrency.With("currency", im.o.Currency)
		}
		im.currency = cur
		return nil
	case missing:
		franchise, err = im.Members.FoundFranchise(ctx, im.by, members.FoundFranchise{Name: lang.Text{Ko: im.o.Franchise}, Currency: im.o.Currency})
		if err != nil {
			return err
		}
	}
	im.currency = franchise.Currency
	if cur, ok := money.ParseCurrency(im.o.Currency); im.o.Currency != "" && (!ok || cur != franchise.Currency) {
		return members.ErrOtherCurrency.With("currency", franchise.Currency.Code)
	}
	return nil
}

// dispatch runs the dispatcher until stop is called; stop waits until its batches are finished.
func (im *salesImport) dispatch(ctx context.Context) (stop func()) {
	if im.o.DryRun {
		return func() {}
	}
	running, cancel := context.WithCancel(context.WithoutCancel(ctx))
	var wait sync.WaitGroup
	wait.Go(func() { _ = im.Dispatcher.Run(running) }) // it returns nil when it is told to stop
	return sync.OnceFunc(func() {
		cancel()
		wait.Wait()
	})
}

func (im *salesImport) summary(s *survey, c *catalogue) SalesSummary {
	return SalesSummary{
		Lines: im.count.lines.Load(), Sold: im.count.sold.Load(), Refused: im.refusals.total(),
		Orders: im.count.placed.Load(), Replayed: im.count.replayed.Load(),
		Revenue: money.Amount(im.count.revenue.Load()), Currency: im.currency,
		NewStores: len(c.newStores), NewItems: len(c.newItems), DryRun: im.o.DryRun,
	}
}

// fileName is the file without its folder.
func (o *SalesOptions) fileName() string { return filepath.Base(o.Path) }
