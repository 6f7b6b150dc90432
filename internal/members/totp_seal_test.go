package members_test

import (
	"strings"
	"testing"

	"maru/internal/members"
	"maru/internal/platform/auth"
)

// Who reads the database cannot make codes; secrets of older programs are sealed, and they follow MARU_SECRET.
func TestSecretsOfAppsAreSealed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.member("mina", auth.Owner, w.store("seongsu").ID)
	secret, recovery := w.enrol(w.signIn("mina"))
	stored := func() (text string) {
		t.Helper()
		if err := w.dbs.Context("members").QueryRow(t.Context(), "SELECT secret FROM members.totp WHERE member_id = $1", id).Scan(&text); err != nil {
			t.Fatal(err)
		}
		return text
	}
	in := func(s *members.Service, code string) error {
		w.wait(60e9)
		if code == "" {
			code = w.codeOf(secret)
		}
		_, err := s.SignIn(t.Context(), members.SignIn{Login: "mina", Password: password, Code: code, Address: "203.0.113.9"})
		return err
	}
	first := stored()
	if strings.Contains(first, secret) {
		t.Fatal("the secret is stored as it is")
	}
	if err := in(w.Service, ""); err != nil {
		t.Fatal(err)
	}

	if _, err := w.dbs.Context("members").Exec(t.Context(), "UPDATE members.totp SET secret = $1", secret); err != nil {
		t.Fatal(err)
	}
	if err := in(w.Service, ""); err != nil { // of an older program
		t.Fatal(err)
	}
	if err := w.Housekeep(t.Context()); err != nil || strings.Contains(stored(), secret) {
		t.Fatalf("it was not sealed: %v", err)
	}

	const newer = "another secret for tests, long enough"
	both, alone := w.replicaWith(newer, testSecret), w.replicaWith(newer)
	if err := in(alone, ""); err == nil {
		t.Error("a secret that is gone still opens it")
	}
	if err := in(alone, recovery[0]); err != nil {
		t.Errorf("a recovery code needs no secret: %v", err)
	}
	if err := both.Housekeep(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := in(alone, ""); err != nil {
		t.Errorf("it did not follow to the new secret: %v", err)
	}
	again := stored()
	if err := both.Housekeep(t.Context()); err != nil || stored() != again {
		t.Error("it is sealed anew every time")
	}
}
