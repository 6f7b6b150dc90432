package members_test

import (
	"errors"
	"strings"
	"testing"

	"maru/internal/kernel/ids"
	"maru/internal/members"
	"maru/internal/platform/auth"
	"maru/internal/platform/errs"
)

func TestWhatIsWrongWithANewMemberIsSaid(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	store := w.store("gangnam")
	w.member("taken", auth.HQAdmin)
	for name, tc := range map[string]struct {
		change func(*members.CreateMember)
		want   error
		field  string
	}{
		"login taken":           {func(c *members.CreateMember) { c.Login = "TAKEN" }, members.ErrLoginTaken, "login"},
		"short login":           {func(c *members.CreateMember) { c.Login = "a" }, members.ErrBadLogin, "login"},
		"Korean login":          {func(c *members.CreateMember) { c.Login = "김마루" }, members.ErrBadLogin, "login"},
		"no name":               {func(c *members.CreateMember) { c.Name = " " }, members.ErrNameMissing, "name"},
		"name of two lines":     {func(c *members.CreateMember) { c.Name = "김\n마루" }, members.ErrBadText, "name"},
		"short password":        {func(c *members.CreateMember) { c.Password = "123456789" }, members.ErrWeakPassword, "password"},
		"password is the login": {func(c *members.CreateMember) { c.Password = "NEW.member123" }, members.ErrWeakPassword, "password"},
		"password is the name":  {func(c *members.CreateMember) { c.Password = "김마루김마루김마루김마루" }, members.ErrWeakPassword, "password"},
		"one letter":            {func(c *members.CreateMember) { c.Password = "aaaaaaaaaaaaaaaa" }, members.ErrWeakPassword, "password"},
		"endless password":      {func(c *members.CreateMember) { c.Password = strings.Repeat("abcd", 100) }, members.ErrWeakPassword, "password"},
		"no role":               {func(c *members.CreateMember) { c.Role = "" }, members.ErrBadRole, "role"},
		"made-up role":          {func(c *members.CreateMember) { c.Role = "root" }, members.ErrBadRole, "role"},
		"nowhere to work":       {func(c *members.CreateMember) { c.Workplaces = nil }, members.ErrNoWorkplace, "workplaces"},
		"HQ in a store":         {func(c *members.CreateMember) { c.Role = auth.HQAdmin }, members.ErrNoHQWorkplace, "workplaces"},
		"unknown store":         {func(c *members.CreateMember) { c.Workplaces = []ids.StoreID{store.ID, ids.NewStoreID()} }, members.ErrNoStore, "workplaces"},
	} {
		cmd := members.CreateMember{
			Login: "new.member", Name: "김마루", Password: password, Role: auth.Staff, Workplaces: []ids.StoreID{store.ID, store.ID},
		}
		tc.change(&cmd)
		_, err := w.CreateMember(t.Context(), hq, cmd)
		if e := errs.As(err); !errors.Is(err, tc.want) || e.Field != tc.field {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := w.SignIn(t.Context(), members.SignIn{Login: "new.member", Password: password, Address: "203.0.113.5"}); !errors.Is(err, members.ErrWrongCredentials) {
		t.Errorf("none of them may have been stored: %v", err)
	}
}

func TestAPasswordIsTheSameHoweverItsLettersAreComposed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.member("hq", auth.HQAdmin)
	decomposed := "커피콩 볶는 우리 마을"
	if decomposed == password {
		t.Fatal("the test needs the other form")
	}
	if _, err := w.SignIn(t.Context(), members.SignIn{Login: "hq", Password: decomposed, Address: "203.0.113.6"}); err != nil {
		t.Error(err)
	}
}
