package membersweb

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"maru/internal/kernel/businessday"
	"maru/internal/kernel/ids"
	"maru/internal/kernel/lang"
	"maru/internal/members"
	"maru/internal/members/membersapi"
	"maru/web/webkit"
)

// masterView is a store's page: its card, its status and its owners, each with a form of its own.
type masterView struct {
	members.StoreMaster // as stored; what a new one begins with
	New                 bool
	Form                *webkit.Form // of the card
	StatusForm          *webkit.Form
	OwnerForm           *webkit.Form
	Found               []members.OwnerChoice // by the search of OwnerForm
	Owners              []members.Owner
	Regions             []string
	Stale               bool
}

func (p *pages) readMaster(c echo.Context) (masterView, error) {
	ctx, by := c.Request().Context(), webkit.Principal(c)
	store, err := p.members.StoreMaster(ctx, by, c.Param("code"))
	if err != nil {
		return masterView{}, err
	}
	v := masterView{StoreMaster: store}
	if v.Owners, err = p.members.Owners(ctx, by, store.ID); err != nil {
		return v, err
	}
	v.Regions, err = p.members.Regions(ctx)
	return v, err
}

func (p *pages) master(c echo.Context) error {
	v, err := p.readMaster(c)
	if err != nil {
		return err
	}
	return webkit.Render(c, http.StatusOK, masterPage(v))
}

// usualCutoff ends the business day of new stores, where nobody says otherwise: when the last cafe has closed and the first has
// not opened.
const usualCutoff businessday.Cutoff = 4 * 60

// newStore is what the form of a new store begins with: hours and zone of most cafes of a Korean chain.
func (p *pages) newStore(c echo.Context) (masterView, error) {
	ctx := c.Request().Context()
	regions, err := p.members.Regions(ctx)
	v := masterView{New: true, Regions: regions}
	v.Status, v.TimeZone, v.Cutoff = membersapi.Preparing, webkit.Zone(ctx).String(), usualCutoff
	return v, err
}

func (p *pages) newMaster(c echo.Context) error {
	v, err := p.newStore(c)
	if err != nil {
		return err
	}
	return webkit.Render(c, http.StatusOK, newMasterPage(v))
}

func (p *pages) addMaster(c echo.Context) error {
	v, err := p.newStore(c)
	if err != nil {
		return err
	}
	f := webkit.ReadForm(c)
	cmd := members.AddStore{Code: strings.TrimSpace(f.Value("code")), StoreCard: cardFrom(f)}
	cmd.Status = membersapi.StoreStatus(f.Value("status"))
	store, err := p.members.AddStore(c.Request().Context(), webkit.Principal(c), cmd)
	f.Refuse(err)
	if err := f.Unexpected(); err != nil {
		return err
	}
	if !f.OK() {
		v.Form = f
		return webkit.Render(c, http.StatusUnprocessableEntity, newMasterPage(v))
	}
	return webkit.RedirectWithToast(c, storeMasterPath(store.Code), webkit.Toast{Kind: webkit.ToastDone, Text: storeText.WasAdded})
}

func (p *pages) changeMaster(c echo.Context) error {
	v, err := p.readMaster(c)
	if err != nil {
		return err
	}
	f := webkit.ReadForm(c)
	cmd := members.ChangeStore{ID: v.ID, Seen: seenRevision(f), StoreCard: cardFrom(f)}
	_, err = p.members.ChangeStore(c.Request().Context(), webkit.Principal(c), cmd)
	f.Refuse(err)
	if err := f.Unexpected(); err != nil {
		return err
	}
	if !f.OK() {
		v.Form, v.Stale = f, errors.Is(f.Err(), members.ErrStoreStale)
		return webkit.Render(c, http.StatusUnprocessableEntity, masterPage(v))
	}
	return webkit.RedirectWithToast(c, storeMasterPath(v.Code), webkit.Toast{Kind: webkit.ToastDone, Text: storeText.WasSaved})
}

func (p *pages) masterStatus(c echo.Context) error {
	v, err := p.readMaster(c)
	if err != nil {
		return err
	}
	f := webkit.ReadForm(c)
	cmd := members.SetStoreStatus{ID: v.ID, Seen: seenRevision(f), Status: membersapi.StoreStatus(f.Value("status")), Reason: f.Value("reason")}
	_, err = p.members.SetStoreStatus(c.Request().Context(), webkit.Principal(c), cmd)
	f.Refuse(err)
	if err := f.Unexpected(); err != nil {
		return err
	}
	if !f.OK() {
		v.StatusForm = f
		return webkit.Render(c, http.StatusUnprocessableEntity, masterPage(v))
	}
	return webkit.RedirectWithToast(c, storeMasterPath(v.Code), webkit.Toast{Kind: webkit.ToastDone, Text: statusEffects[cmd.Status]})
}

func (p *pages) masterOwner(c echo.Context) error {
	v, err := p.readMaster(c)
	if err != nil {
		return err
	}
	ctx, by := c.Request().Context(), webkit.Principal(c)
	f := webkit.ReadForm(c)
	cmd := members.ChangeOwner{Store: v.ID, Login: f.Value("login"), Seen: seenOwner(f)}
	if cmd.Login == "" {
		cmd.Login = f.Value("q") // a browser without scripts: the login itself was typed
	}
	if f.Value("since") != "" {
		cmd.Since = f.Date("since")
	}
	if f.OK() {
		f.Refuse(p.members.ChangeOwner(ctx, by, cmd))
	}
	if err := f.Unexpected(); err != nil {
		return err
	}
	if !f.OK() {
		v.OwnerForm = f
		if v.Found, err = p.members.OwnersLike(ctx, by, f.Value("q")); err != nil {
			return err
		}
		return webkit.Render(c, http.StatusUnprocessableEntity, masterPage(v))
	}
	return webkit.RedirectWithToast(c, storeMasterPath(v.Code), webkit.Toast{Kind: webkit.ToastDone, Text: storeText.OwnerWasSet})
}

func (p *pages) cancelMasterOwner(c echo.Context) error {
	store, err := p.members.StoreMaster(c.Request().Context(), webkit.Principal(c), c.Param("code"))
	if err != nil {
		return err
	}
	err = p.members.CancelOwnerChange(c.Request().Context(), webkit.Principal(c), store.ID)
	if errors.Is(err, members.ErrNothingPlanned) { // somebody else did it already, or its day has come
		return webkit.RedirectWithToast(c, storeMasterPath(store.Code), webkit.Toast{Kind: webkit.ToastProblem, Text: members.ErrNothingPlanned.Text})
	}
	return after(c, storeMasterPath(store.Code), err, storeText.PlanCancelled)
}

// ownerChoice answers the search of the form that gives a store to an owner.
func (p *pages) ownerChoice(c echo.Context) error {
	f := webkit.ReadForm(c)
	found, err := p.members.OwnersLike(c.Request().Context(), webkit.Principal(c), f.Value("q"))
	if err != nil {
		return err
	}
	return webkit.Render(c, http.StatusOK, ownerChoices(found, f.Value("login"), f.Value("q")))
}

func storeMasterPath(code string) string { return masterPath + "/stores/" + code }

// seenRevision is the revision of the store that the person at the form saw; a form without one saw nothing that is there.
func seenRevision(f *webkit.Form) int64 {
	n, err := strconv.ParseInt(f.Value("seen"), 10, 64)
	if err != nil || n < 1 {
		return -1
	}
	return n
}

// seenOwner is the owner that the person saw; "" is nobody.
func seenOwner(f *webkit.Form) *ids.MemberID {
	var owner ids.MemberID
	if s := f.Value("seen_owner"); s != "" {
		id, err := ids.ParseMemberID(s)
		if err != nil {
			id = ids.NewMemberID() // nobody that there is
		}
		owner = id
	}
	return &owner
}

// cardFrom reads the card; what cannot be read is noted in the form, beside what the use case finds.
func cardFrom(f *webkit.Form) members.StoreCard {
	card := members.StoreCard{
		Name: lang.Text{Ko: f.Value("name"), En: f.Value("name_en")}, Region: f.Value("region"), Address: f.Value("address"),
		Phone: f.Value("phone"), TimeZone: strings.TrimSpace(f.Value("time_zone")),
	}
	cutoff, ok := members.ParseMinutes(f.Value("cutoff_minutes"))
	card.Cutoff = businessday.Cutoff(cutoff)
	if !ok {
		card.Cutoff = -1 // refused with the sentence about cutoffs
	}
	for day := range card.Hours {
		n := strconv.Itoa(day)
		opens, closes := strings.TrimSpace(f.Value("opens."+n)), strings.TrimSpace(f.Value("closes."+n))
		if opens == "" && closes == "" {
			continue
		}
		from, ok := members.ParseMinutes(opens)
		until, ok2 := members.ParseMinutes(closes)
		if !ok || !ok2 {
			from = -1 // refused with the sentence about hours
		}
		card.Hours[day] = membersapi.DayHours{Opens: from, Closes: until}
	}
	return card
}

// week is the days in the order in which the form shows them.
var week = []time.Weekday{time.Monday, time.Tuesday, time.Wednesday, time.Thursday, time.Friday, time.Saturday, time.Sunday}

func dayName(ctx context.Context, d time.Weekday) string {
	return webkit.T(ctx, storeText.Days[d])
}

// hoursValue is the opening or closing time that an input shows: what was typed, or else what is stored.
func hoursValue(v masterView, side string, d time.Weekday) string {
	name := side + "." + strconv.Itoa(int(d))
	if v.Form != nil {
		return v.Form.Value(name)
	}
	h := v.Hours[d]
	switch {
	case h.Off():
		return ""
	case side == "opens":
		return members.FormatMinutes(h.Opens)
	}
	return members.FormatMinutes(h.Closes)
}

func hoursProblem(ctx context.Context, v masterView, d time.Weekday) string {
	return v.Form.Problem(ctx, fmt.Sprintf("hours.%d", d))
}

// storedNow tells, when somebody else saved meanwhile, what is stored where it differs from what was typed.
func storedNow(v masterView, name, stored string, hint lang.Text) lang.Text {
	switch {
	case !v.Stale || v.Form.Value(name) == stored:
		return hint
	case stored == "":
		return storeText.StoredEmpty
	}
	return storeText.StoredNow.With("value", stored)
}

func cutoffText(c businessday.Cutoff) string { return members.FormatMinutes(int16(c)) }

// present are the owners whose day has come; planned are the others.
func (v masterView) planned() []members.Owner {
	var out []members.Owner
	for _, o := range v.Owners {
		if o.Planned {
			out = append(out, o)
		}
	}
	return out
}

func (v masterView) past() []members.Owner {
	var out []members.Owner
	for _, o := range v.Owners {
		if !o.Planned {
			out = append(out, o)
		}
	}
	return out
}

// storeToday is the business date at the store, from which it can be given away.
func (v masterView) storeToday(ctx context.Context) string {
	clock, err := businessday.NewClock(v.TimeZone, v.Cutoff)
	if err != nil {
		return today(ctx)
	}
	return clock.Date(webkit.Now(ctx)).String()
}

// period writes from when until when somebody owned the store.
func period(ctx context.Context, o members.Owner) string {
	if o.Until.IsZero() {
		return webkit.T(ctx, storeText.From.With("from", webkit.FullDay(ctx, o.From)))
	}
	return webkit.T(ctx, storeText.FromUntil.With("from", webkit.FullDay(ctx, o.From), "until", webkit.FullDay(ctx, o.Until.AddDays(-1))))
}

func chosenStatus(v masterView, f *webkit.Form) membersapi.StoreStatus {
	if f != nil {
		return membersapi.StoreStatus(f.Value("status"))
	}
	return v.Status
}

// ownerSeen is the owner that the page shows, for the form that changes it.
func ownerSeen(v masterView) string {
	if v.OwnerID.IsZero() {
		return ""
	}
	return v.OwnerID.String()
}

func sideName(ctx context.Context, side string) string {
	if side == "opens" {
		return webkit.T(ctx, storeText.Opens)
	}
	return webkit.T(ctx, storeText.Closes)
}
