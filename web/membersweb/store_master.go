package membersweb

import (
	"context"
	"net/http"
	"slices"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"

	"maru/internal/kernel/lang"
	"maru/internal/members"
	"maru/internal/members/membersapi"
	"maru/internal/platform/auth"
	"maru/web/webkit"
)

const masterPath = "/hq/store-master"

func (p *pages) registerStoreMaster(r *webkit.Router) {
	may := webkit.AtHQ(auth.ManageStores)
	r.GET(masterPath, may, p.masters)
	r.POST(masterPath+"/export", may, p.exportMasters)
	r.GET(masterPath+"/new", may, p.newMaster)
	r.POST(masterPath+"/new", may, p.addMaster)
	r.GET(masterPath+"/owner-choice", may, p.ownerChoice)
	r.GET(masterPath+"/stores/:code", may, p.master)
	r.POST(masterPath+"/stores/:code", may, p.changeMaster)
	r.POST(masterPath+"/stores/:code/status", may, p.masterStatus)
	r.POST(masterPath+"/stores/:code/owner", may, p.masterOwner)
	r.POST(masterPath+"/stores/:code/owner/cancel", may, p.cancelMasterOwner)
}

// statusCurrent is the filter of stores that are not closed.
const statusCurrent = "current"

type mastersView struct {
	members.StorePage
	Search, Region, Status string
	Owner                  members.OwnerFilter
	Regions                []string
	Known                  int // stores there are at all
	Export                 *webkit.Form
}

func (v *mastersView) find() members.FindStores {
	find := members.FindStores{Search: v.Search, Region: v.Region, Owner: v.Owner}
	switch {
	case v.Status == statusCurrent:
		find.Statuses = []membersapi.StoreStatus{membersapi.Preparing, membersapi.Open, membersapi.Paused}
	case slices.Contains(membersapi.StoreStatuses, membersapi.StoreStatus(v.Status)):
		find.Statuses = []membersapi.StoreStatus{membersapi.StoreStatus(v.Status)}
	default:
		v.Status = ""
	}
	if v.Owner != members.WithOwner && v.Owner != members.WithoutOwner {
		v.Owner, find.Owner = "", ""
	}
	return find
}

// readMasters reads what a list shows from a query or from the form of an export.
func (p *pages) readMasters(c echo.Context, value func(string) string) (mastersView, error) {
	ctx := c.Request().Context()
	v := mastersView{Search: value("q"), Region: value("region"), Status: value("status"), Owner: members.OwnerFilter(value("owner"))}
	find := v.find()
	find.After, find.Before = place(c, "after"), place(c, "before")
	if find.After != nil {
		find.Before = nil
	}
	var err error
	if v.StorePage, err = p.members.StoreMasters(ctx, webkit.Principal(c), find); err != nil {
		return v, err
	}
	if v.Regions, err = p.members.Regions(ctx); err != nil {
		return v, err
	}
	all, err := p.members.Stores(ctx)
	v.Known = len(all)
	return v, err
}

// masters shows the stores that are looked for. The URL says what is shown, and where the page begins.
func (p *pages) masters(c echo.Context) error {
	v, err := p.readMasters(c, c.QueryParam)
	if err != nil {
		return err
	}
	return webkit.Render(c, http.StatusOK, mastersPage(v))
}

func (v mastersView) asked() []string {
	return []string{"q", v.Search, "region", v.Region, "status", v.Status, "owner", string(v.Owner)}
}

func (v mastersView) prev() string { return placed(masterPath, v.asked(), "before", v.Prev) }
func (v mastersView) next() string { return placed(masterPath, v.asked(), "after", v.Next) }

func (v mastersView) filtered() bool {
	return v.Search != "" || v.Region != "" || v.Status != "" || v.Owner != ""
}

func (v mastersView) note(ctx context.Context) string {
	if v.filtered() {
		return webkit.T(ctx, storeText.FoundOf.With("n", webkit.Number(int64(v.All)), "all", webkit.Number(int64(v.Known))))
	}
	return webkit.T(ctx, storeText.Count.With("n", webkit.Number(int64(v.All))))
}

func regionChoices(ctx context.Context, regions []string) []webkit.Choice {
	out := []webkit.Choice{{Label: webkit.T(ctx, storeText.AllRegions)}}
	for _, r := range regions {
		out = append(out, webkit.Choice{Value: r, Label: r})
	}
	return out
}

func statusFilters(ctx context.Context) []webkit.Choice {
	out := []webkit.Choice{
		{Label: webkit.T(ctx, storeText.AllStatuses)},
		{Value: statusCurrent, Label: webkit.T(ctx, storeText.NotClosed)},
	}
	for _, s := range membersapi.StoreStatuses {
		out = append(out, webkit.Choice{Value: string(s), Label: webkit.T(ctx, statusWords[s])})
	}
	return out
}

func ownerFilters(ctx context.Context) []webkit.Choice {
	return []webkit.Choice{
		{Label: webkit.T(ctx, storeText.AnyOwner)},
		{Value: string(members.WithOwner), Label: webkit.T(ctx, storeText.HasOwner)},
		{Value: string(members.WithoutOwner), Label: webkit.T(ctx, storeText.HasNoOwner)},
	}
}

func statusBadge(ctx context.Context, s membersapi.StoreStatus) templ.Component {
	word := webkit.T(ctx, statusWords[s])
	switch s {
	case membersapi.Preparing:
		return webkit.Badge(webkit.Inform, "clock", word)
	case membersapi.Paused:
		return webkit.Badge(webkit.Low, "pause", word)
	case membersapi.Closed:
		return webkit.Badge(webkit.Neutral, "ban", word)
	case membersapi.Open:
	}
	return webkit.Badge(webkit.Good, "check", word)
}

// exportMasters sends what the list shows as a file; why is kept in the audit trail.
func (p *pages) exportMasters(c echo.Context) error {
	f := webkit.ReadForm(c)
	v, err := p.readMasters(c, f.Value)
	if err != nil {
		return err
	}
	list, err := p.members.ExportStores(c.Request().Context(), webkit.Principal(c), v.find(), f.Value("reason"))
	f.Refuse(err)
	if err := f.Unexpected(); err != nil {
		return err
	}
	if !f.OK() {
		v.Export = f
		return webkit.Render(c, http.StatusUnprocessableEntity, mastersPage(v))
	}
	return mastersFile(list).Send(c, "stores-"+webkit.Today(c.Request().Context()).String()+".csv")
}

// mastersFile has the columns that a store list is imported by, so that it can be changed and read again.
func mastersFile(list []members.StoreMaster) *webkit.CSV {
	file := webkit.NewCSV(
		"code", "name_ko", "name_en", "region", "address", "phone", "time_zone", "cutoff", "hours", "status", "status_reason", "owner", "owner_login",
	)
	for _, s := range list {
		file.Text(
			s.Code, s.Name.Ko, s.Name.En, s.Region, s.Address, s.Phone, s.TimeZone, members.FormatMinutes(int16(s.Cutoff)),
			members.FormatHours(s.Hours), string(s.Status), s.StatusNote, s.OwnerName, s.OwnerLogin,
		)
	}
	return file
}

// statusWords and statusEffects say what a status is called and what it does.
var (
	statusWords = map[membersapi.StoreStatus]lang.Text{
		membersapi.Preparing: storeText.Preparing, membersapi.Open: storeText.Open, membersapi.Paused: storeText.Paused, membersapi.Closed: storeText.Closed,
	}
	statusEffects = map[membersapi.StoreStatus]lang.Text{
		membersapi.Preparing: storeText.PreparingMeans, membersapi.Open: storeText.OpenMeans,
		membersapi.Paused: storeText.PausedMeans, membersapi.Closed: storeText.ClosedMeans,
	}
)
