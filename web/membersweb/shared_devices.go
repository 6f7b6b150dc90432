package membersweb

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"maru/internal/kernel/ids"
	"maru/internal/members"
	"maru/internal/platform/auth"
	"maru/web/webkit"
)

func (p *pages) registerSharedDevices(r *webkit.Router) {
	devices := webkit.AtStore(auth.ManageDevices)
	r.GET("/s/:store/devices", devices, p.sharedDevices)
	r.POST("/s/:store/devices", devices, p.setUpDevice)
	r.POST("/s/:store/devices/:session/end", devices, p.endSharedDevice)
	r.POST("/s/:store/devices/:session/lock", devices, p.setLockAfter)
	r.POST("/s/:store/pins/:member/remove", devices, p.removePINOf)

	r.GET("/me/pin", webkit.SignedIn, p.ownPIN)
	r.POST("/me/pin", webkit.SignedIn, p.setPIN)
	r.POST("/me/pin/remove", webkit.SignedIn, p.removeOwnPIN)

	r.GET(webkit.SwitchPath, webkit.SharedDevice, p.people)
	r.GET(webkit.SwitchPath+"/:member", webkit.SharedDevice, p.pinPad)
	r.POST(webkit.SwitchPath+"/:member", webkit.SharedDevice, p.switchPerson)
	r.POST(webkit.SwitchPath+"/lock", webkit.SharedDevice, p.lockDevice)
	r.POST(webkit.SwitchPath+"/awake", webkit.SharedDevice, awake)
}

// awake answers a touch, which has kept the device open on the way here. Where nobody works on it any more, or somebody
// else than the page is of, the page leaves.
func awake(c echo.Context) error {
	if by := webkit.Principal(c); !by.SignedIn() || by.Member.String() != c.FormValue("who") {
		return c.NoContent(http.StatusConflict)
	}
	return c.NoContent(http.StatusNoContent)
}

type sharedDevicesView struct {
	members.SharedDevices
	People []members.PersonOfStore
	Form   *webkit.Form
}

func (p *pages) sharedDevices(c echo.Context) error { return p.renderDevices(c, http.StatusOK, nil) }

func (p *pages) renderDevices(c echo.Context, status int, f *webkit.Form) error {
	ctx, by, store := c.Request().Context(), webkit.Principal(c), webkit.Store(c).ID
	v := sharedDevicesView{Form: f}
	var err error
	if v.SharedDevices, err = p.members.SharedDevices(ctx, by, store); err != nil {
		return err
	}
	if v.People, err = p.members.PeopleAtDevice(ctx, by, store); err != nil {
		return err
	}
	return webkit.Render(c, status, sharedDevicesPage(v))
}

// setUpDevice makes this browser a shared device; the person's own session in it ends.
func (p *pages) setUpDevice(c echo.Context) error {
	r := c.Request()
	f := webkit.ReadForm(c)
	cmd := members.SetUpDevice{
		Store: webkit.Store(c).ID, Name: f.Value("name"), LockAfter: lockAfter(f), Password: f.Secret("old"),
		Device: r.UserAgent(), Address: webkit.ClientAddress(r.Context()),
	}
	var session members.Session
	var err error
	if f.OK() {
		session, err = p.members.SetUpDevice(r.Context(), webkit.Principal(c), cmd)
		f.Refuse(err)
	}
	if err := f.Unexpected(); err != nil {
		return err
	}
	if !f.OK() {
		return p.renderDevices(c, statusOf(c, err), f)
	}
	if err := p.open(c, session, p.sessions.deviceKey(r)); err != nil {
		return err
	}
	return webkit.Redirect(c, webkit.SwitchPath)
}

// lockAfter reads minutes; what is none of the choices the use case refuses.
func lockAfter(f *webkit.Form) time.Duration {
	minutes, err := strconv.Atoi(f.Value("lock"))
	if err != nil {
		return 0
	}
	return time.Duration(minutes) * time.Minute
}

func lockChoices(ctx context.Context) []webkit.Choice {
	var out []webkit.Choice
	for _, d := range members.LockChoices {
		out = append(out, webkit.Choice{Value: minutes(d), Label: webkit.T(ctx, sharedText.Minutes.With("n", minutes(d)))})
	}
	return out
}

func minutes(d time.Duration) string { return strconv.Itoa(int(d / time.Minute)) }

func devicesPath(c echo.Context) string { return "/s/" + webkit.Store(c).Code + "/devices" }

func sessionParam(c echo.Context) (ids.SessionID, error) {
	session, err := ids.ParseSessionID(c.Param("session"))
	if err != nil {
		return session, members.ErrNoSharedDevice
	}
	return session, nil
}

func (p *pages) endSharedDevice(c echo.Context) error {
	session, err := sessionParam(c)
	if err != nil {
		return err
	}
	return after(c, devicesPath(c), p.members.EndSharedDevice(c.Request().Context(), webkit.Principal(c), webkit.Store(c).ID, session), sharedText.DeviceEnded)
}

func (p *pages) setLockAfter(c echo.Context) error {
	session, err := sessionParam(c)
	if err != nil {
		return err
	}
	d := lockAfter(webkit.ReadForm(c))
	return after(c, devicesPath(c), p.members.SetLockAfter(c.Request().Context(), webkit.Principal(c), webkit.Store(c).ID, session, d), sharedText.LockSaved)
}

func (p *pages) removePINOf(c echo.Context) error {
	id, err := memberID(c)
	if err != nil {
		return err
	}
	return after(c, devicesPath(c), p.members.RemovePIN(c.Request().Context(), webkit.Principal(c), webkit.Store(c).ID, id), sharedText.PINRemoved)
}

// mayRemovePIN reports whether the person who looks can take the PIN of somebody of the page's store away.
func mayRemovePIN(ctx context.Context, m members.PersonOfStore) bool {
	by, store := webkit.PrincipalOf(ctx), here(ctx)
	return m.PINSince != nil && (m.Role != auth.Owner || m.ID == by.Member || by.MayAt(auth.ManageStaff, store))
}
