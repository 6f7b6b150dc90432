package imports

import (
	"flag"
	"fmt"
	"io"
	"strconv"
	"strings"
	"sync"
	"time"

	"maru/internal/kernel/businessday"
	"maru/internal/kernel/dining"
	"maru/internal/kernel/lang"
)

// SalesOptions says how a file of past sales is read. Columns are named as in the file's header; an
// optional column that the file does not have is empty.
type SalesOptions struct {
	Path string

	Store, Date, Time, DateTime, Order               string
	Item, Size, Category, Quantity, Price            string
	DateFormat                                       string // "auto", or an order of parts such as DD.MM.YYYY
	Currency, Zone, Cutoff, Dining, Label, Franchise string

	Create bool // stores and items that are missing
	DryRun bool // check every line and keep nothing

	Rejects string // a file for the refused lines; empty for none
	Show    int    // how many refused lines are told one by one
	Workers int    // orders on their way at a time
	Window  int    // lines of one order are at most this many lines apart

	Lang     lang.Lang
	Out      io.Writer // the summary
	Err      io.Writer // progress and refused lines
	InPlace  bool      // Err is a terminal: progress is one line that changes
	Interval time.Duration
	Now      func() time.Time
}

// Flags declares the flags of the command in set. Values that are not given keep the defaults.
func (o *SalesOptions) Flags(set *flag.FlagSet) {
	set.StringVar(&o.Store, "store", "store", "`column` with the store's code or name")
	set.StringVar(&o.Date, "date", "date", "`column` with the date")
	set.StringVar(&o.Time, "time", "time", "`column` with the time of day")
	set.StringVar(&o.DateTime, "datetime", "", "`column` with date and time together, instead of --date and --time")
	set.StringVar(&o.Order, "order", "", "`column` that is equal on the lines of one order; without it, lines of the same store and second are one order")
	set.StringVar(&o.Item, "item", "item", "`column` with the item's code or name")
	set.StringVar(&o.Size, "size", "", "`column` with the size's code or name; without it, the size of that price, else the smallest")
	set.StringVar(&o.Category, "category", "", "`column` with the category of items that are created")
	set.StringVar(&o.Quantity, "quantity", "quantity", "`column` with the number of units")
	set.StringVar(&o.Price, "price", "price", "`column` with the price of one unit")
	set.StringVar(&o.DateFormat, "date-format", "auto", "`form` of dates: auto, or the parts in their order, such as YYYY-MM-DD, DD/MM/YYYY or MM/DD/YY")
	set.StringVar(&o.Currency, "currency", "", "currency of the prices (ISO `code`); must be the franchise's")
	set.StringVar(&o.Zone, "zone", "", "time `zone` of the times and of stores that are created, such as Asia/Seoul; without it, each store's own")
	set.StringVar(&o.Cutoff, "cutoff", "00:00", "`time` at which the business day of created stores ends")
	set.StringVar(&o.Dining, "dining", string(dining.ForHere), "dining option of every order: for_here, takeaway or own_cup")
	set.StringVar(&o.Franchise, "franchise", "Maru", "`name` of the franchise, where --create has to found it")
	set.StringVar(&o.Label, "label", "", "makes orders of this file different from those of another file with the same stores and seconds")
	set.BoolVar(&o.Create, "create", false, "create stores and items that are missing, publish the menu, and found the franchise where there is none")
	set.BoolVar(&o.DryRun, "dry-run", false, "check every line and keep nothing")
	set.StringVar(&o.Rejects, "rejects", "", "`file` for the refused lines with their reasons")
	set.IntVar(&o.Show, "show", 20, "how many refused lines are named on the screen")
	set.IntVar(&o.Workers, "workers", 96, "orders on their way at a time")
	set.IntVar(&o.Window, "window", 1000, "lines of one order stand at most this many `lines` apart")
}

func (o *SalesOptions) defaults() {
	if o.Out == nil {
		o.Out = io.Discard
	}
	if o.Err == nil {
		o.Err = io.Discard
	}
	o.Err = &oneAtATime{w: o.Err}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Interval == 0 {
		o.Interval = 5 * time.Second
		if o.InPlace {
			o.Interval = 250 * time.Millisecond
		}
	}
	o.Workers = min(max(o.Workers, 1), 1000)
	o.Window = max(o.Window, 1)
}

// cutoff reads "05:00".
func (o *SalesOptions) cutoff() (businessday.Cutoff, error) {
	h, m, ok := strings.Cut(o.Cutoff, ":")
	hour, err1 := strconv.Atoi(h)
	minute, err2 := strconv.Atoi(m)
	c := hour*60 + minute
	if !ok || err1 != nil || err2 != nil || minute < 0 || minute > 59 || c < 0 || c > int(businessday.MaxCutoff) {
		return 0, fmt.Errorf("--cutoff %q: write a time from 00:00 to 11:59", o.Cutoff)
	}
	return businessday.Cutoff(c), nil
}

// say writes a text in the language of the options.
func (o *SalesOptions) say(t lang.Text, pairs ...string) string { return t.With(pairs...).In(o.Lang) }

// oneAtATime lets progress and refused lines be written from several goroutines.
type oneAtATime struct {
	mu sync.Mutex
	w  io.Writer
}

func (o *oneAtATime) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.w.Write(p)
}
