package opsweb

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"maru/internal/kernel/ids"
	"maru/internal/kernel/lang"
	"maru/internal/platform/auth"
	"maru/internal/platform/errs"
	"maru/internal/platform/event"
	"maru/internal/platform/outbox"
	"maru/internal/platform/trail"
	"maru/web/webkit"
)

const (
	mostHeld    = 200  // parked events on the page
	mostPayload = 8000 // bytes of what is in an event
	mostReason  = 500  // characters
	mostName    = 1000 // characters of a subscription or key
)

// Memory is what this replica sells by; see ordering.Memory.
type Memory struct {
	Menu          int64
	Loaded, Heard time.Time
	Stores        int
}

// Operations is what the page shows and does.
type Operations struct {
	Events *outbox.Dispatcher
	// Ready returns why this replica cannot serve, or nil.
	Ready   func(context.Context) error
	Memory  func() Memory
	Version string
	Started time.Time
}

// RegisterOperations puts the page of the events on the site.
func RegisterOperations(site *webkit.Site, o Operations) {
	r, may := site.Router(), webkit.AtHQ(auth.RunOps)
	r.GET("/hq/operations", may, o.page)
	r.POST("/hq/operations/retry", may, o.retry)
	r.POST("/hq/operations/retry-all", may, o.retryAll)
	r.POST("/hq/operations/skip", may, o.skip)
	site.Nav(webkit.NavItem{Path: "/hq/operations", Label: text.Operations, Icon: "activity", Needs: auth.RunOps, Order: 90})
}

type view struct {
	Problem       *lang.Text // with what was just asked for
	Subscriptions []outbox.SubscriptionStatus
	Held          []outbox.ParkedEvent
	Unreadable    error // why there are no subscriptions to show
	Pending       int64
	Oldest        time.Time
	AllHeld       int64
	Memory        Memory
	Host, Version string
	Started       time.Time
	NotReady      error
}

func (o Operations) page(c echo.Context) error { return o.show(c, http.StatusOK, nil) }

// show writes the page. A database that does not answer is what one comes here to see, so it is shown.
func (o Operations) show(c echo.Context, status int, problem *lang.Text) error {
	ctx, cancel := context.WithTimeout(c.Request().Context(), 10*time.Second)
	defer cancel()
	v := view{Problem: problem, Memory: o.Memory(), Version: cmp.Or(o.Version, "dev"), Started: o.Started, NotReady: o.ready(ctx)}
	v.Host, _ = os.Hostname()
	if v.Subscriptions, v.Unreadable = o.Events.Status(ctx); v.Unreadable == nil {
		v.Held, v.Unreadable = o.Events.Parked(ctx)
	}
	if err := c.Request().Context().Err(); err != nil {
		return err
	}
	v.add()
	return webkit.Render(c, status, operationsPage(v))
}

func (o Operations) ready(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	return o.Ready(ctx)
}

// add sums up, and puts first what somebody has to look at.
func (v *view) add() {
	for _, s := range v.Subscriptions {
		v.Pending += s.Pending
		v.AllHeld += s.ParkedEvents
		if !s.Oldest.IsZero() && (v.Oldest.IsZero() || s.Oldest.Before(v.Oldest)) {
			v.Oldest = s.Oldest
		}
	}
	slices.SortStableFunc(v.Subscriptions, func(a, b outbox.SubscriptionStatus) int {
		return cmp.Compare(min(len(adviceFor(b)), 1), min(len(adviceFor(a)), 1))
	})
	v.Held = v.Held[:min(len(v.Held), mostHeld)]
}

// leads reports whether the i-th event is the first of its key, which is where the key is retried.
func (v view) leads(i int) bool {
	e := v.Held[i]
	return !slices.ContainsFunc(v.Held[:i], func(p outbox.ParkedEvent) bool {
		return p.Subscription == e.Subscription && p.Key == e.Key
	})
}

// declared reports whether this program can apply what the subscription has on hold.
func (v view) declared(subscription string) bool {
	return slices.ContainsFunc(v.Subscriptions, func(s outbox.SubscriptionStatus) bool { return s.Name == subscription && s.Declared })
}

func (o Operations) retry(c echo.Context) error {
	f := webkit.ReadForm(c)
	subscription, key := f.Text("subscription", mostName), f.Text("key", mostName)
	if !f.OK() {
		return o.answer(c, f.Err(), webkit.Toast{})
	}
	err := o.Events.Retry(c.Request().Context(), subscription, key, o.record(c))
	return o.answer(c, err, webkit.Toast{Kind: webkit.ToastDone, Text: text.Retried})
}

func (o Operations) retryAll(c echo.Context) error {
	f := webkit.ReadForm(c)
	subscription := f.Text("subscription", mostName)
	if !f.OK() {
		return o.answer(c, f.Err(), webkit.Toast{})
	}
	freed, failed, err := o.Events.RetryAll(c.Request().Context(), subscription, o.record(c))
	t := webkit.Toast{Kind: webkit.ToastDone, Text: text.RetriedAll.With("freed", strconv.Itoa(freed))}
	if failed > 0 {
		t = webkit.Toast{Kind: webkit.ToastProblem, Text: text.RetriedSome.With("freed", strconv.Itoa(freed), "failed", strconv.Itoa(failed))}
	}
	return o.answer(c, err, t)
}

func (o Operations) skip(c echo.Context) error {
	f := webkit.ReadForm(c)
	subscription := f.Text("subscription", mostName)
	lane, pos := f.Int("lane", 0, ids.Lanes-1), f.Int("pos", 0, math.MaxInt)
	reason := f.OptionalText("reason", mostReason)
	if f.OK() && reason == "" {
		f.Refuse(outbox.ErrNoReason)
	}
	if !f.OK() {
		return o.answer(c, f.Err(), webkit.Toast{})
	}
	err := o.Events.Skip(c.Request().Context(), subscription, ids.Lane(lane), int64(pos), reason, o.record(c)) //nolint:gosec // a lane is below ids.Lanes
	return o.answer(c, err, webkit.Toast{Kind: webkit.ToastDone, Text: text.Skipped})
}

// answer leads back to the page, which says above everything what is wrong: the inputs are in dialogs,
// which are closed by then. What is wrong with an input that nobody types into means that the page was
// not of this program.
func (o Operations) answer(c echo.Context, err error, done webkit.Toast) error {
	if err == nil {
		return webkit.RedirectWithToast(c, "/hq/operations", done)
	}
	problem := errs.As(err)
	var fields errs.Fields
	if errors.As(err, &fields) {
		problem = outbox.ErrNotParked
		if i := slices.IndexFunc(fields, func(e *errs.Error) bool { return e.Field == "reason" }); i >= 0 {
			problem = fields[i]
		}
	}
	if problem == nil || problem.Kind == errs.TooLarge {
		return err
	}
	return o.show(c, http.StatusUnprocessableEntity, &problem.Text)
}

// record leaves in the audit trail who did what, in the transaction in which it is done.
func (o Operations) record(c echo.Context) outbox.Recorder {
	return Record(webkit.Principal(c), webkit.Now(c.Request().Context()))
}

// Record makes the records of the audit trail about what by does with parked events and cursors.
func Record(by auth.Principal, now time.Time) outbox.Recorder {
	return func(r outbox.Redriven) event.Event {
		entry := func(action string) trail.Entry {
			return trail.Of(r.Target, now, by, action, trail.Object{Kind: "subscription", ID: r.Subscription})
		}
		switch {
		case r.Reset:
			lane := fmt.Sprintf("lane %d", r.Lane)
			return entry("cursor_reset").Change(map[string]any{lane: r.From}, map[string]any{lane: r.To})
		case r.Skipped > 0:
			return entry("parked_skipped").Change(nil, map[string]any{"key": r.Key, "lane": r.Lane, "pos": r.Skipped}).Because(r.Reason)
		}
		return entry("parked_retried").Change(nil, map[string]any{"key": r.Key, "lane": r.Lane, "failed_again": r.FailedAgain})
	}
}

// advice is something that somebody should know or do, with the command for it where there is one.
type advice struct {
	Text     lang.Text
	Commands []string
}

// adviceFor lists what is to be done about a subscription; nothing where it is fine.
func adviceFor(s outbox.SubscriptionStatus) (all []advice) {
	add := func(is bool, t lang.Text, commands ...string) {
		if is {
			all = append(all, advice{t, commands})
		}
	}
	n := func(i int64) string { return webkit.Number(i) }
	add(!s.Declared, text.DoUnknown, "maru events rename "+s.Name+" NEW", "maru events forget "+s.Name)
	add(s.Declared && !s.Begun, text.DoNotBegun)
	add(len(s.Refused) > 0, text.DoRefused, "maru events reset "+s.Name)
	add(s.Missing > 0, text.DoMissing, "maru events reset "+s.Name+" LANE POS")
	add(s.Paused, text.DoPaused)
	add(s.Newer > 0, text.DoNewer)
	add(s.ParkedEvents > 0, text.DoHeld.With("events", n(s.ParkedEvents), "keys", n(s.ParkedKeys)))
	add(s.Careful > 0, text.DoCareful.With("n", n(s.Careful)))
	add(s.Rebuilding, text.DoRebuilding.With("n", n(s.RebuildPending)), "maru events replay "+s.Name, "maru events replay --abort "+s.Name)
	return all
}

// sign is the state of a subscription in a word.
type sign struct {
	Tone webkit.Tone
	Icon string
	Text lang.Text
}

func signOf(s outbox.SubscriptionStatus) sign {
	switch {
	case !s.Declared:
		return sign{webkit.Low, "circle-help", text.Unknown}
	case !s.Begun:
		return sign{webkit.Low, "clock", text.NotBegun}
	case len(s.Refused) > 0:
		return sign{webkit.Bad, "ban", text.Refused.With("n", strconv.Itoa(len(s.Refused)))}
	case s.Missing > 0:
		return sign{webkit.Bad, "circle-x", text.Missing.With("n", strconv.Itoa(s.Missing))}
	case s.Paused:
		return sign{webkit.Bad, "pause", text.Paused}
	case s.Newer > 0:
		return sign{webkit.Low, "clock", text.Newer}
	case s.ParkedEvents > 0:
		return sign{webkit.Bad, "circle-alert", text.SomeHeld}
	case s.Rebuilding:
		return sign{webkit.Inform, "refresh-cw", text.Rebuilding}
	}
	return sign{webkit.Good, "check", text.Fine}
}

// payload is what is in an event, laid out where it is JSON, and cut where it is long.
func payload(p outbox.ParkedEvent) string {
	var b bytes.Buffer
	if json.Indent(&b, p.Payload, "", "  ") != nil {
		b.Reset()
		b.Write(p.Payload)
	}
	s := b.String()
	if len(s) > mostPayload {
		s = s[:mostPayload] + "…"
	}
	return strings.ToValidUTF8(s, "�")
}

// firstLine leaves out the stack of a panic, which is below "what is in it".
func firstLine(s string) (line, rest string) {
	line, rest, _ = strings.Cut(s, "\n")
	return line, rest
}
