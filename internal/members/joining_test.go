package members_test

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"maru/internal/kernel/businessday"
	"maru/internal/kernel/ids"
	"maru/internal/members"
	"maru/internal/members/membersapi"
	"maru/internal/platform/auth"
	"maru/internal/platform/errs"
)

const businessNo = "124-81-00998"

func TestABusinessNumberIsCheckedByItsLastDigit(t *testing.T) {
	t.Parallel()
	for _, good := range []string{"124-81-00998", "220-81-62517", "1208147521", " 120 81 47521 ", "１２０-81-47521"} {
		if digits, err := members.ParseBusinessNo(good); err != nil || len(digits) != 10 {
			t.Errorf("%s: %q, %v", good, digits, err)
		}
	}
	right, _ := members.ParseBusinessNo(businessNo)
	for i := range 10 { // every single wrong digit is found
		for d := byte('0'); d <= '9'; d++ {
			wrong := []byte(right)
			if wrong[i] == d {
				continue
			}
			wrong[i] = d
			if _, err := members.ParseBusinessNo(string(wrong)); err == nil {
				t.Errorf("%s passes for a business number", wrong)
			}
		}
	}
	for _, bad := range []string{"", "0000000000", "124-81-0099", "124-81-009981", "124-81-0099x", "१२४८१००९९८", strings.Repeat("1", 10_000), "👍"} {
		if _, err := members.ParseBusinessNo(bad); err == nil {
			t.Errorf("%.20q passes for a business number", bad)
		}
	}
}

func (w *world) apply(name string) members.ApplicationNumber {
	w.t.Helper()
	n, err := w.Apply(w.t.Context(), members.Apply{
		BusinessNo: businessNo, Name: name, Phone: "010-1234-5678", Email: "owner@example.com", StoreWish: "성수동에 20평, 내년 봄", Address: "203.0.113.7",
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return n
}

func (w *world) waiting() []members.Application {
	w.t.Helper()
	page, err := w.Applications(w.t.Context(), hq, membersapi.Waiting, nil)
	if err != nil {
		w.t.Fatal(err)
	}
	return page.List
}

func TestAnApplicantIsApprovedAndOpensTheAccountOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	store := w.store("seongsu")
	number := w.apply("김점주")
	status, err := w.ApplicationStatus(t.Context(), strings.ToLower(number.String()))
	if err != nil || status.State != membersapi.Waiting || status.Name != "김점주" {
		t.Fatalf("%+v, %v", status, err)
	}
	queue := w.waiting()
	if len(queue) != 1 || queue[0].BusinessNo != "1248100998" || queue[0].Phone != "01012345678" {
		t.Fatalf("%+v", queue)
	}
	since := businessday.NewDate(2026, 11, 20)
	link, err := w.ApproveApplication(t.Context(), hq, members.ApproveApplication{ID: queue[0].ID, Stores: []ids.StoreID{store.ID}, Since: since})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.ApproveApplication(t.Context(), hq, members.ApproveApplication{ID: queue[0].ID, Stores: []ids.StoreID{store.ID}, Since: since}); !errors.Is(err, members.ErrDecided) {
		t.Errorf("approved twice: %v", err)
	}
	if err := w.RefuseApplication(t.Context(), hq, members.RefuseApplication{ID: queue[0].ID, Reason: "x"}); !errors.Is(err, members.ErrDecided) {
		t.Errorf("refused after it was approved: %v", err)
	}
	if in, err := w.Invited(t.Context(), link.Token); err != nil || in.Name != "김점주" || in.Role != auth.Owner || len(in.Stores) != 1 {
		t.Fatalf("%+v, %v", in, err)
	}
	accept := members.AcceptInvitation{Token: link.Token, Login: "kim", Password: password, Name: "김점주", Phone: "010-1234-5678"}
	weak := accept
	weak.Password = "12345"
	if _, err := w.AcceptInvitation(t.Context(), weak); errs.KindOf(err) != errs.Invalid {
		t.Fatalf("a weak password: %v", err)
	}
	results := make(chan error, 8) // at once, and each with another login
	for i := range cap(results) {
		go func() {
			try := accept
			try.Login += string(rune('a' + i))
			_, err := w.AcceptInvitation(context.WithoutCancel(t.Context()), try)
			results <- err
		}()
	}
	accepted := 0
	for range cap(results) {
		switch err := <-results; {
		case err == nil:
			accepted++
		case !errors.Is(err, members.ErrLink):
			t.Error(err)
		}
	}
	if accepted != 1 {
		t.Fatalf("the link was used %d times", accepted)
	}
	if _, err := w.AcceptInvitation(t.Context(), accept); !errors.Is(err, members.ErrLink) {
		t.Errorf("used again: %v", err)
	}
	page, err := w.Members(t.Context(), hq, members.Find{Search: businessNo})
	if err != nil || len(page.List) != 1 || len(page.List[0].Stores) != 1 {
		t.Fatalf("%+v, %v", page, err)
	}
	owner := auth.Principal{Member: page.List[0].ID, Role: auth.Owner, Stores: []ids.StoreID{store.ID}}
	days, err := w.PrivateDays(t.Context(), owner, store.ID)
	if err != nil || days.Include(since.AddDays(-1)) || !days.Include(since) {
		t.Errorf("%+v, %v", days, err)
	}
	if n := w.count(`SELECT count(*) FROM members.link WHERE encode(token_hash, 'escape') LIKE '%' || $1 || '%'`, link.Token); n != 0 {
		t.Error("the token is kept")
	}
}

func (w *world) count(sql string, args ...any) (n int) {
	w.t.Helper()
	if err := w.dbs.Context("members").QueryRow(w.t.Context(), sql, args...).Scan(&n); err != nil {
		w.t.Fatal(err)
	}
	return n
}

func TestARefusedApplicantReadsTheReason(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	number := w.apply("박신청")
	id := w.waiting()[0].ID
	if err := w.RefuseApplication(t.Context(), hq, members.RefuseApplication{ID: id}); !errors.Is(err, members.ErrReasonMissing) {
		t.Errorf("no reason: %v", err)
	}
	if err := w.RefuseApplication(t.Context(), hq, members.RefuseApplication{ID: id, Reason: "그 동네에는 지점이 있어요."}); err != nil {
		t.Fatal(err)
	}
	status, err := w.ApplicationStatus(t.Context(), string(number))
	if err != nil || status.State != membersapi.Refused || status.Reason != "그 동네에는 지점이 있어요." {
		t.Errorf("%+v, %v", status, err)
	}
	for _, wrong := range []string{"", "ABCD", strings.Repeat("A", 16), strings.Repeat("가", 10_000), "' OR 1=1 --"} {
		if _, err := w.ApplicationStatus(t.Context(), wrong); !errors.Is(err, members.ErrNoApplication) {
			t.Errorf("%.20q: %v", wrong, err)
		}
	}
	if _, err := w.RenewApplicationLink(t.Context(), hq, id); !errors.Is(err, members.ErrDecided) {
		t.Errorf("a link for a refused one: %v", err)
	}
}

func TestApplicationsAreCheckedAndLimited(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	good := members.Apply{BusinessNo: businessNo, Name: "김마루", Phone: "02-123-4567", StoreWish: "어디든", Address: "2001:db8::1"}
	for name, tc := range map[string]struct {
		change func(*members.Apply)
		field  string
	}{
		"wrong number":     {func(a *members.Apply) { a.BusinessNo = "124-81-00999" }, "business_no"},
		"no name":          {func(a *members.Apply) { a.Name = " " }, "name"},
		"long name":        {func(a *members.Apply) { a.Name = strings.Repeat("가", 10_000) }, "name"},
		"control":          {func(a *members.Apply) { a.Name = "김\x00마루" }, "name"},
		"no phone":         {func(a *members.Apply) { a.Phone = "" }, "phone"},
		"letters in phone": {func(a *members.Apply) { a.Phone = "공일공" }, "phone"},
		"header in mail":   {func(a *members.Apply) { a.Email = "a@example.com\r\nBcc: b@example.com" }, "email"},
		"named mail":       {func(a *members.Apply) { a.Email = "A <a@example.com>" }, "email"},
		"no wish":          {func(a *members.Apply) { a.StoreWish = "\n" }, "store_wish"},
		"long wish":        {func(a *members.Apply) { a.StoreWish = strings.Repeat("🍵", 1001) }, "store_wish"},
	} {
		cmd := good
		tc.change(&cmd)
		var problems errs.Fields
		if _, err := w.Apply(t.Context(), cmd); !errors.As(err, &problems) || problems[0].Field != tc.field {
			t.Errorf("%s: %v", name, err)
		}
	}
	rtl := good
	rtl.Name, rtl.StoreWish = "\u202eمرحبا 👩🏽‍🍳", strings.Repeat("🍵", 1000)
	if _, err := w.Apply(t.Context(), rtl); err != nil {
		t.Errorf("right to left, and emoji: %v", err)
	}
	for range 4 {
		if _, err := w.Apply(t.Context(), good); err != nil {
			t.Fatal(err)
		}
	}
	good.Address = "2001:db8::2" // the same household
	if _, err := w.Apply(t.Context(), good); !errors.Is(err, members.ErrTooManyApplications) {
		t.Errorf("the sixth within an hour: %v", err)
	}
	w.wait(time.Hour + time.Second)
	if _, err := w.Apply(t.Context(), good); err != nil {
		t.Errorf("an hour later: %v", err)
	}
}

// as returns the principal of a member.
func (w *world) as(login string) auth.Principal { return w.signIn(login).Principal }

func TestWhoMayInviteWhom(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	mine, theirs := w.store("mine"), w.store("theirs")
	w.member("owner", auth.Owner, mine.ID)
	w.member("manager", auth.Manager, mine.ID)
	w.member("support", auth.HQSupport)
	owner, manager, support := w.as("owner"), w.as("manager"), w.as("support")
	for _, tc := range []struct {
		by     auth.Principal
		role   auth.Role
		stores []ids.StoreID
		want   error
	}{
		{owner, auth.Staff, []ids.StoreID{mine.ID}, nil},
		{owner, auth.Manager, []ids.StoreID{mine.ID}, nil},
		{owner, auth.Owner, []ids.StoreID{mine.ID}, members.ErrNotAllowed},
		{owner, auth.HQAdmin, nil, members.ErrNotAllowed},
		{owner, auth.Staff, []ids.StoreID{theirs.ID}, members.ErrNotAllowed},
		{owner, auth.Staff, []ids.StoreID{mine.ID, theirs.ID}, members.ErrNotAllowed},
		{owner, auth.Staff, nil, members.ErrNotAllowed},
		{manager, auth.Staff, []ids.StoreID{mine.ID}, members.ErrNotAllowed},
		{support, auth.HQAnalyst, nil, members.ErrNotAllowed},
		{auth.Principal{}, auth.Staff, []ids.StoreID{mine.ID}, members.ErrNotAllowed},
		{hq, auth.HQMenu, nil, nil},
		{hq, auth.Owner, []ids.StoreID{theirs.ID}, nil},
		{hq, auth.HQMenu, []ids.StoreID{mine.ID}, members.ErrNoHQWorkplace},
		{hq, "root", nil, members.ErrBadRole},
	} {
		if _, err := w.Invite(t.Context(), tc.by, members.Invite{Name: "새 사람", Role: tc.role, Stores: tc.stores}); !errors.Is(err, tc.want) {
			t.Errorf("%s invites %s: %v, want %v", tc.by.Role, tc.role, err, tc.want)
		}
	}
}

func TestAnInvitationEndsByTimeOrByBeingTakenBack(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	store := w.store("mine")
	w.member("owner", auth.Owner, store.ID)
	w.member("other", auth.Owner, w.store("other").ID)
	owner, other := w.as("owner"), w.as("other")
	invite := func() members.Link {
		link, err := w.Invite(t.Context(), owner, members.Invite{Name: "이직원", Role: auth.Staff, Stores: []ids.StoreID{store.ID}})
		if err != nil {
			t.Fatal(err)
		}
		return link
	}
	taken := invite()
	if err := w.Uninvite(t.Context(), other, taken.ID); !errors.Is(err, members.ErrLink) {
		t.Errorf("taken back by somebody else: %v", err)
	}
	if err := w.Uninvite(t.Context(), owner, taken.ID); err != nil {
		t.Fatal(err)
	}
	late := invite()
	open, err := w.Invitations(t.Context(), owner, store.ID)
	if err != nil || len(open) != 1 || open[0].ID != late.ID {
		t.Errorf("%+v, %v", open, err)
	}
	if _, err := w.Invitations(t.Context(), other, store.ID); !errors.Is(err, members.ErrNotAllowed) {
		t.Errorf("seen by somebody else: %v", err)
	}
	w.wait(members.InvitationLife)
	for name, token := range map[string]string{"taken back": taken.Token, "late": late.Token, "made up": "x", "empty": "", "long": strings.Repeat("x", 10_000)} {
		if _, err := w.Invited(t.Context(), token); !errors.Is(err, members.ErrLink) {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := w.AcceptInvitation(t.Context(), members.AcceptInvitation{Token: token, Login: "lee", Password: password, Name: "이직원"}); !errors.Is(err, members.ErrLink) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestAResetEndsSessionsAndWorksOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	store := w.store("mine")
	w.member("owner", auth.Owner, store.ID)
	id := w.member("staff", auth.Staff, store.ID)
	admin, support := w.member("admin", auth.HQAdmin), w.member("support", auth.HQSupport)
	owner, staff := w.as("owner"), w.signIn("staff")
	first, err := w.IssueReset(t.Context(), owner, id)
	if err != nil {
		t.Fatal(err)
	}
	second, err := w.IssueReset(t.Context(), w.as("support"), id)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.ResetPassword(t.Context(), members.ResetPassword{Token: first.Token, Password: "아주 새로운 비밀번호"}); !errors.Is(err, members.ErrLink) {
		t.Errorf("a link that was replaced: %v", err)
	}
	if _, err := w.ResetPassword(t.Context(), members.ResetPassword{Token: second.Token, Password: "짧음"}); errs.KindOf(err) != errs.Invalid {
		t.Errorf("a weak password: %v", err)
	}
	if login, name, err := w.ResetOf(t.Context(), second.Token); err != nil || login != "staff" || name != "김마루" {
		t.Errorf("%s, %s, %v", login, name, err)
	}
	if _, err := w.ResetPassword(t.Context(), members.ResetPassword{Token: second.Token, Password: "아주 새로운 비밀번호"}); err != nil {
		t.Fatal(err)
	}
	if _, err := w.ResetPassword(t.Context(), members.ResetPassword{Token: second.Token, Password: "아주 새로운 비밀번호"}); !errors.Is(err, members.ErrLink) {
		t.Errorf("used twice: %v", err)
	}
	if _, err := w.Authenticate(t.Context(), staff.AccessToken); errs.KindOf(err) != errs.Unauthorized {
		t.Errorf("the session goes on: %v", err)
	}
	if _, err := w.Refresh(t.Context(), staff.RefreshToken); errs.KindOf(err) != errs.Unauthorized {
		t.Errorf("the session can be refreshed: %v", err)
	}
	if _, err := w.SignIn(t.Context(), members.SignIn{Login: "staff", Password: "아주 새로운 비밀번호", Address: "203.0.113.9"}); err != nil {
		t.Errorf("with the new password: %v", err)
	}
	if _, err := w.IssueReset(t.Context(), w.as("support"), admin); !errors.Is(err, members.ErrNoMember) {
		t.Errorf("support resets an administrator: %v", err)
	}
	if _, err := w.IssueReset(t.Context(), owner, support); !errors.Is(err, members.ErrNoMember) {
		t.Errorf("an owner resets headquarters: %v", err)
	}
	late, err := w.IssueReset(t.Context(), owner, id)
	if err != nil {
		t.Fatal(err)
	}
	w.wait(members.ResetLife)
	if _, _, err := w.ResetOf(t.Context(), late.Token); !errors.Is(err, members.ErrLink) {
		t.Errorf("expired: %v", err)
	}
}

func TestASuspendedAccountIsOutAtOnceAndOnOtherReplicasWithinSeconds(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	store := w.store("mine")
	id, ownerID := w.member("staff", auth.Staff, store.ID), w.member("owner", auth.Owner, store.ID)
	owner, staff := w.as("owner"), w.signIn("staff")
	elsewhere, _ := w.replica()
	if _, err := elsewhere.Authenticate(t.Context(), staff.AccessToken); err != nil {
		t.Fatal(err)
	}
	set := func(by auth.Principal, member ids.MemberID, state membersapi.MemberState) error {
		return w.SetMemberState(t.Context(), by, members.SetMemberState{Member: member, State: state, Note: "퇴사"})
	}
	if err := set(owner, id, membersapi.Suspended); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Authenticate(t.Context(), staff.AccessToken); errs.KindOf(err) != errs.Unauthorized {
		t.Errorf("here: %v", err)
	}
	w.wait(5 * time.Second)
	if _, err := elsewhere.Authenticate(t.Context(), staff.AccessToken); errs.KindOf(err) != errs.Unauthorized {
		t.Errorf("elsewhere: %v", err)
	}
	if _, err := w.SignIn(t.Context(), members.SignIn{Login: "staff", Password: password, Address: "203.0.113.9"}); !errors.Is(err, members.ErrWrongCredentials) {
		t.Errorf("signs in: %v", err)
	}
	if _, err := w.IssueReset(t.Context(), owner, id); !errors.Is(err, members.ErrNotActive) {
		t.Errorf("a reset: %v", err)
	}
	if err := set(owner, id, membersapi.Active); err != nil {
		t.Fatal(err)
	}
	w.signIn("staff")
	for name, err := range map[string]error{
		"oneself":  set(hq, id, membersapi.Active), // changes nothing
		"an owner": set(w.as("staff"), ownerID, membersapi.Suspended),
	} {
		if name == "oneself" && err != nil || name != "oneself" && !errors.Is(err, members.ErrNoMember) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := set(owner, ownerID, membersapi.Suspended); !errors.Is(err, members.ErrNoMember) {
		t.Errorf("an owner suspends an owner: %v", err)
	}
	admin := w.member("admin", auth.HQAdmin)
	if err := set(w.as("admin"), admin, membersapi.Suspended); !errors.Is(err, members.ErrOwnAccount) {
		t.Errorf("oneself: %v", err)
	}
	if err := set(hq, id, membersapi.Departed); err != nil {
		t.Fatal(err)
	}
	if err := set(hq, id, membersapi.Active); !errors.Is(err, members.ErrClosedForGood) {
		t.Errorf("a closed account comes back: %v", err)
	}
}

func TestWhereStaffWorkIsSetByThoseWhoManageThem(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a, b, foreign := w.store("a"), w.store("b"), w.store("foreign")
	w.member("owner", auth.Owner, a.ID, b.ID)
	id := w.member("staff", auth.Staff, a.ID, foreign.ID)
	owner := w.as("owner")
	set := func(by auth.Principal, stores ...ids.StoreID) error {
		return w.SetWorkplaces(t.Context(), by, members.SetWorkplaces{Member: id, Stores: stores, Among: []ids.StoreID{a.ID, b.ID}})
	}
	if err := set(owner, b.ID); err != nil {
		t.Fatal(err)
	}
	if got := w.as("staff").Stores; len(got) != 2 || !w.as("staff").Reaches(b.ID) || !w.as("staff").Reaches(foreign.ID) {
		t.Errorf("works in %v", got)
	}
	if err := w.SetMemberState(t.Context(), owner, members.SetMemberState{Member: id, State: membersapi.Suspended}); !errors.Is(err, members.ErrWorksElsewhere) {
		t.Errorf("suspended although working for another owner: %v", err)
	}
	if err := w.SetWorkplaces(t.Context(), owner, members.SetWorkplaces{Member: id, Stores: []ids.StoreID{foreign.ID, a.ID}, Among: []ids.StoreID{a.ID, foreign.ID}}); err != nil {
		t.Errorf("a store that stays as it is: %v", err)
	}
	if err := set(owner); err != nil {
		t.Fatal(err)
	}
	if err := set(owner, a.ID); !errors.Is(err, members.ErrNoMember) {
		t.Errorf("somebody who works for others only: %v", err)
	}
	if err := w.SetWorkplaces(t.Context(), hq, members.SetWorkplaces{Member: id, Stores: []ids.StoreID{a.ID}}); err != nil {
		t.Fatal(err)
	}
	if got := w.as("staff").Stores; len(got) != 1 || got[0] != a.ID {
		t.Errorf("works in %v", got)
	}
}

func TestANewOwnerSeesNothingPrivateOfTheFormerOne(t *testing.T) {
	t.Parallel()
	w := newWorld(t) // the store's date is 2026-11-22
	store := w.store("seongsu")
	oldID, newID := w.member("old", auth.Owner, store.ID), w.member("new", auth.Owner, w.store("other").ID)
	first := businessday.NewDate(2026, 11, 22)
	day := first.AddDays(10)
	for name, tc := range map[string]struct {
		cmd  members.ChangeOwner
		want error
	}{
		"no date":        {members.ChangeOwner{Store: store.ID, Login: "new"}, members.ErrOwnerDate},
		"no such person": {members.ChangeOwner{Store: store.ID, Login: "nobody", Since: day}, members.ErrNoOwner},
		"same owner":     {members.ChangeOwner{Store: store.ID, Login: "old", Since: day}, members.ErrSameOwner},
		"too early":      {members.ChangeOwner{Store: store.ID, Login: "new", Since: first}, members.ErrOwnerBefore},
		"no such store":  {members.ChangeOwner{Store: ids.NewStoreID(), Login: "new", Since: day}, members.ErrNoStore},
	} {
		if err := w.ChangeOwner(t.Context(), hq, tc.cmd); !errors.Is(err, tc.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	change := members.ChangeOwner{Store: store.ID, Login: "new", Since: day}
	if err := w.ChangeOwner(t.Context(), w.as("old"), change); !errors.Is(err, members.ErrNotAllowed) {
		t.Errorf("an owner gives a store away: %v", err)
	}
	for range 2 { // planned, taken back, and planned again
		if err := w.ChangeOwner(t.Context(), hq, change); err != nil {
			t.Fatal(err)
		}
		if err := w.ChangeOwner(t.Context(), hq, change); !errors.Is(err, members.ErrOwnerPlanned) {
			t.Errorf("planned twice: %v", err)
		}
		if err := w.CancelOwnerChange(t.Context(), hq, store.ID); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.CancelOwnerChange(t.Context(), hq, store.ID); !errors.Is(err, members.ErrNothingPlanned) {
		t.Errorf("nothing to cancel: %v", err)
	}
	if err := w.ChangeOwner(t.Context(), hq, change); err != nil {
		t.Fatal(err)
	}
	if err := w.Housekeep(t.Context()); err != nil {
		t.Fatal(err)
	}
	if !w.as("old").Reaches(store.ID) || w.as("new").Reaches(store.ID) {
		t.Error("the store changed hands before its day")
	}
	w.wait(10*24*time.Hour + time.Hour)
	for range 2 { // running twice changes nothing more
		if err := w.Housekeep(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	old, fresh := w.as("old"), w.as("new")
	if old.Reaches(store.ID) || !fresh.Reaches(store.ID) {
		t.Errorf("old %v, new %v", old.Stores, fresh.Stores)
	}
	days := func(by auth.Principal) membersapi.Days {
		d, err := w.PrivateDays(t.Context(), by, store.ID)
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	if d := days(fresh); d.Include(day.AddDays(-1)) || !d.Include(day) || !d.Include(day.AddDays(400)) {
		t.Errorf("new owner: %+v", d)
	}
	if d := days(old); d.Include(day.AddDays(-1)) || d.Include(day) {
		t.Errorf("the former owner, who reaches the store no more: %+v", d)
	}
	if d := days(hq); !d.Include(first.AddDays(-1000)) {
		t.Errorf("headquarters: %+v", d)
	}
	if d := days(auth.Principal{Role: auth.Manager, Stores: []ids.StoreID{store.ID}}); d.All || len(d.Periods) != 0 {
		t.Errorf("a manager: %+v", d)
	}
	// The former owner buys it back: both periods are theirs, what lies between is not.
	back := day.AddDays(5)
	if err := w.ChangeOwner(t.Context(), hq, members.ChangeOwner{Store: store.ID, Login: "old", Since: back}); err != nil {
		t.Fatal(err)
	}
	w.wait(6 * 24 * time.Hour)
	if err := w.Housekeep(t.Context()); err != nil {
		t.Fatal(err)
	}
	if d := days(w.as("old")); !d.Include(first) || d.Include(day) || d.Include(back.AddDays(-1)) || !d.Include(back) {
		t.Errorf("bought back: %+v", d)
	}
	owners, err := w.Owners(t.Context(), hq, store.ID)
	if err != nil || len(owners) != 3 || owners[0].Member != oldID || owners[1].Member != newID {
		t.Errorf("%+v, %v", owners, err)
	}
}

// postOffice is a mail server that a test turns off and on.
type postOffice struct {
	mu   sync.Mutex
	down bool
	got  []members.Mail
}

func (p *postOffice) Send(_ context.Context, m members.Mail) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.down {
		return errors.New("connection refused")
	}
	p.got = append(p.got, m)
	return nil
}

func (p *postOffice) open(yes bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.down = !yes
}

func (p *postOffice) mails() []members.Mail {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]members.Mail(nil), p.got...)
}

func TestADeadMailServerLosesNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	post := &postOffice{down: true}
	w.SendMailBy(post, "https://maru.example.com")
	log := slog.New(slog.DiscardHandler)
	link, err := w.Invite(t.Context(), hq, members.Invite{Name: "새 사람", Email: "new@example.com", Role: auth.HQMenu})
	if err != nil || link.Email != "new@example.com" {
		t.Fatalf("%+v, %v", link, err)
	}
	if n := w.count(`SELECT count(*) FROM members.mail WHERE position($1::bytea in sealed) > 0`, []byte(link.Token)); n != 0 {
		t.Error("a link can be read in the queue")
	}
	for range 20 {
		if err := w.SendQueued(t.Context(), log); err != nil {
			t.Fatal(err)
		}
		w.wait(time.Minute)
	}
	if late, err := w.LateMail(t.Context()); err != nil || late != 1 {
		t.Errorf("%d late, %v", late, err)
	}
	post.open(true)
	w.wait(time.Hour)
	for range 2 {
		if err := w.SendQueued(t.Context(), log); err != nil {
			t.Fatal(err)
		}
	}
	mails := post.mails()
	if len(mails) != 1 || mails[0].To != "new@example.com" || !strings.Contains(mails[0].Body, "https://maru.example.com/join/"+link.Token) {
		t.Fatalf("%+v", mails)
	}
	if n := w.count(`SELECT count(*) FROM members.mail WHERE sealed <> ''`); n != 0 {
		t.Error("what was sent is still there")
	}
	// Given up after three days, not tried for ever.
	post.open(false)
	if _, err := w.Invite(t.Context(), hq, members.Invite{Name: "새 사람", Email: "late@example.com", Role: auth.HQMenu}); err != nil {
		t.Fatal(err)
	}
	for range 5 {
		if err := w.SendQueued(t.Context(), log); err != nil {
			t.Fatal(err)
		}
		w.wait(24 * time.Hour)
	}
	if n := w.count(`SELECT count(*) FROM members.mail WHERE given_up`); n != 1 {
		t.Errorf("%d given up", n)
	}
}

func TestAskingForANewPasswordTellsNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	post := &postOffice{}
	w.SendMailBy(post, "https://maru.example.com")
	w.member("hong", auth.HQMenu)
	w.member("silent", auth.HQMenu) // has no address
	hong := w.as("hong")
	if err := w.ChangeProfile(t.Context(), hong, members.ChangeProfile{Name: "홍길동", Email: "hong@example.com", Password: password}); err != nil {
		t.Fatal(err)
	}
	log := slog.New(slog.DiscardHandler)
	for _, login := range []string{"HONG", "silent", "nobody", "", strings.Repeat("가", 10_000), "hong"} {
		before := w.count(`SELECT count(*) FROM members.mail`)
		if err := w.RequestReset(t.Context(), members.RequestReset{Login: login, Address: "203.0.113.7"}); err != nil {
			t.Fatalf("%.20q: %v", login, err)
		}
		if n := w.count(`SELECT count(*) FROM members.mail`); n != before+1 {
			t.Errorf("%.20q: %d rows of mail", login, n-before)
		}
	}
	for range 3 {
		if err := w.RequestReset(t.Context(), members.RequestReset{Login: "hong", Address: "203.0.113.7"}); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.SendQueued(t.Context(), log); err != nil {
		t.Fatal(err)
	}
	mails := post.mails()
	if len(mails) != 3 { // of five wishes
		t.Fatalf("%d mails: %+v", len(mails), mails)
	}
	_, token, _ := strings.Cut(mails[0].Body, "https://maru.example.com/reset/")
	token, _, _ = strings.Cut(token, "\n")
	if _, err := w.ResetPassword(t.Context(), members.ResetPassword{Token: token, Password: "아주 새로운 비밀번호"}); err != nil {
		t.Fatal(err)
	}
	_, second, _ := strings.Cut(mails[1].Body, "https://maru.example.com/reset/")
	second, _, _ = strings.Cut(second, "\n")
	if _, err := w.ResetPassword(t.Context(), members.ResetPassword{Token: second, Password: "또 다른 새 비밀번호"}); !errors.Is(err, members.ErrLink) {
		t.Errorf("another link after one was used: %v", err)
	}
}

// An address, its neighbourhood and everybody may ask so often and no more, whoever is asked about.
func TestWishesForANewPasswordAreCountedByWhereTheyComeFrom(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		address func(i int) string
		burst   int
		next    time.Duration // until one more is taken
		other   string        // an address that has its own count, if there is one
	}{
		"one address":       {func(int) string { return "203.0.113.7" }, 10, 6 * time.Minute, "203.0.113.8"},
		"one neighbourhood": {every("203.0.113.%d"), 30, 2 * time.Minute, "203.0.114.7"},
		"from everywhere":   {many("203.%d.%d.7"), 300, 12 * time.Second, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.SendMailBy(&postOffice{}, "https://maru.example.com")
			w.member("hong", auth.HQMenu)
			wish := func(login, address string) error {
				return w.RequestReset(t.Context(), members.RequestReset{Login: login, Address: address})
			}
			for i := range c.burst {
				if err := wish([]string{"hong", "nobody"}[i%2], c.address(i)); err != nil {
					t.Fatalf("wish %d: %v", i, err)
				}
			}
			for _, login := range []string{"hong", "nobody"} {
				err := wish(login, c.address(c.burst))
				var refusal *errs.Error
				if !errors.Is(err, members.ErrTooManyResets) || !errors.As(err, &refusal) || refusal.Wait <= 0 || refusal.Wait > c.next {
					t.Errorf("%s: %v", login, err)
				}
			}
			if n := w.count(`SELECT count(*) FROM members.mail`); n != c.burst {
				t.Errorf("%d wishes are queued, want %d", n, c.burst)
			}
			if c.other != "" {
				if err := wish("hong", c.other); err != nil {
					t.Errorf("from %s: %v", c.other, err)
				}
			}
			w.wait(c.next)
			if err := wish("hong", c.address(c.burst)); err != nil {
				t.Errorf("after %v: %v", c.next, err)
			}
		})
	}
}

func TestMembersAreFoundAndPaged(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	store := w.store("seongsu")
	for i := range 53 {
		w.member("staff"+string(rune('a'+i/10))+string(rune('0'+i%10)), auth.Staff, store.ID)
	}
	w.member("boss", auth.Owner, store.ID)
	w.member("hq_x", auth.HQAdmin)
	first, err := w.Members(t.Context(), hq, members.Find{Search: "seongsu점"})
	if err != nil || len(first.List) != 50 || first.All != 54 || first.Prev != nil || first.Next == nil {
		t.Fatalf("%d of %d, %v, %v", len(first.List), first.All, first.Next, err)
	}
	second, err := w.Members(t.Context(), hq, members.Find{Search: "seongsu점", After: first.Next})
	if err != nil || len(second.List) != 4 || second.Next != nil || second.Prev == nil {
		t.Fatalf("%d, %+v, %v", len(second.List), second.Prev, err)
	}
	again, err := w.Members(t.Context(), hq, members.Find{Search: "seongsu점", Before: second.Prev})
	if err != nil || len(again.List) != 50 || again.List[0].ID != first.List[0].ID || again.Prev != nil || again.Next == nil {
		t.Fatalf("%d, %+v, %v", len(again.List), again.Prev, err)
	}
	for search, want := range map[string]int{"boss": 1, "b": 11, "os": 1, "BOSS": 1, "a0": 1, "점": 54, "gs": 54, "bs": 0, "_": 1, "%": 0, "staffa": 10, "없는 사람": 0, "\\": 0, strings.Repeat("가", 10_000): 0, "a\x00b": 0} {
		page, err := w.Members(t.Context(), hq, members.Find{Search: search})
		if err != nil || page.All != want || len(page.List) != min(want, 50) {
			t.Errorf("%.20q: %d, %v", search, page.All, err)
		}
	}
	page, err := w.Members(t.Context(), hq, members.Find{Roles: []auth.Role{auth.Owner}, State: membersapi.Active})
	if err != nil || page.All != 1 || page.List[0].Login != "boss" {
		t.Errorf("%+v, %v", page, err)
	}
	if _, err := w.Members(t.Context(), w.as("boss"), members.Find{}); !errors.Is(err, members.ErrNotAllowed) {
		t.Errorf("an owner: %v", err)
	}
}

func TestInvitationsAreFoundAndPaged(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	store, other := w.store("seongsu"), w.store("mapo")
	w.member("owner", auth.Owner, store.ID)
	w.member("support", auth.HQSupport)
	invite := func(by auth.Principal, cmd members.Invite) ids.LinkID {
		t.Helper()
		link, err := w.Invite(t.Context(), by, cmd)
		if err != nil {
			t.Fatal(err)
		}
		return link.ID
	}
	for i := range 53 {
		invite(w.as("owner"), members.Invite{Name: "직원" + string(rune('a'+i/10)) + string(rune('0'+i%10)), Role: auth.Staff, Stores: []ids.StoreID{store.ID}})
	}
	invite(hq, members.Invite{Name: "한본사", Role: auth.HQAnalyst, Email: "Figures@example.com"})
	both := invite(hq, members.Invite{Name: "두 곳", Role: auth.Manager, Stores: []ids.StoreID{store.ID, other.ID}})
	if err := w.Uninvite(t.Context(), hq, invite(hq, members.Invite{Name: "취소한 사람", Role: auth.HQMenu})); err != nil {
		t.Fatal(err)
	}

	first, err := w.AllInvitations(t.Context(), hq, members.Find{})
	if err != nil || len(first.List) != 50 || first.All != 55 || first.Prev != nil || first.Next == nil {
		t.Fatalf("%d of %d, %v, %v", len(first.List), first.All, first.Next, err)
	}
	if i := first.List[0]; i.ID != both || len(i.Stores) != 2 || i.Stores[0].Code != "mapo" {
		t.Errorf("%+v", i)
	}
	second, err := w.AllInvitations(t.Context(), hq, members.Find{After: first.Next})
	if err != nil || len(second.List) != 5 || second.All != 55 || second.Next != nil || second.Prev == nil || second.List[4].Name != "한본사" {
		t.Fatalf("%+v, %v", second, err)
	}
	again, err := w.AllInvitations(t.Context(), hq, members.Find{Before: second.Prev})
	if err != nil || len(again.List) != 50 || again.List[0].ID != both || again.Prev != nil || again.Next == nil {
		t.Fatalf("%d, %+v, %v", len(again.List), again.Prev, err)
	}
	for search, want := range map[string]int{"직원a": 10, "figures@": 1, "mapo점": 1, "seongsu점": 54, w.as("owner").Name: 53, "취소한": 0, "%": 0, "_": 0, "a\x00b": 0} {
		page, err := w.AllInvitations(t.Context(), hq, members.Find{Search: search})
		if err != nil || page.All != want || len(page.List) != min(want, 50) {
			t.Errorf("%q: %d, %v", search, page.All, err)
		}
	}
	page, err := w.AllInvitations(t.Context(), hq, members.Find{Roles: []auth.Role{auth.HQAnalyst}})
	if err != nil || page.All != 1 || page.List[0].Name != "한본사" {
		t.Errorf("%+v, %v", page, err)
	}
	for _, login := range []string{"owner", "support"} {
		if _, err := w.AllInvitations(t.Context(), w.as(login), members.Find{}); !errors.Is(err, members.ErrNotAllowed) {
			t.Errorf("%s: %v", login, err)
		}
	}
	w.wait(members.InvitationLife)
	if page, err = w.AllInvitations(t.Context(), hq, members.Find{}); err != nil || page.All != 0 || page.List == nil {
		t.Errorf("%+v, %v", page, err)
	}
}
