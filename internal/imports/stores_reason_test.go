package imports_test

import (
	"errors"
	"strings"
	"testing"

	"maru/internal/imports"
	"maru/internal/members"
	"maru/internal/members/membersapi"
	"maru/internal/platform/auth"
)

// A store's page asks why a store stops taking orders; a list that does it to many asks once, and keeps the answer with each.
func TestAListThatChangesStatusesSaysWhy(t *testing.T) {
	t.Parallel()
	m, _ := membersOf(t)
	read := func(content, reason string) error {
		t.Helper()
		_, _, err := imports.Stores(t.Context(), m, strings.NewReader(content), nil, fresh, imports.Options{By: auth.System("test"), Reason: reason}, nil)
		return err
	}
	const header = "code,name,phone,status\n"
	if err := read(header+"a,가게 하나,02-555-0100,영업\nb,가게 둘,02-555-0101,영업\n", ""); err != nil {
		t.Fatalf("new stores need no reason: %v", err)
	}
	if err := read(header+"a,가게 하나,02-555-0109,영업\n", ""); err != nil {
		t.Fatalf("a phone needs no reason: %v", err)
	}
	paused := header + "a,가게 하나,02-555-0109,휴점\nb,가게 둘,02-555-0102,영업\n"
	if err := read(paused, " "); !errors.Is(err, members.ErrImportReason) {
		t.Fatalf("no reason: %v", err)
	}
	if err := read(paused, strings.Repeat("가", 201)); err == nil {
		t.Fatal("a reason of 201 letters is kept")
	}
	if err := read(paused, "여름 휴가"); err != nil {
		t.Fatal(err)
	}
	page, err := m.StoreMasters(t.Context(), auth.System("test"), members.FindStores{})
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range page.List {
		want := ""
		if s.Code == "a" {
			want = "여름 휴가"
		}
		if s.StatusNote != want || (s.Status == membersapi.Paused) != (s.Code == "a") {
			t.Errorf("%s is %s because of %q", s.Code, s.Status, s.StatusNote)
		}
	}
}
