package auth_test

import (
	"errors"
	"testing"
	"time"

	"maru/internal/kernel/ids"
	"maru/internal/platform/auth"
)

func TestASealedTextIsForItsPurposeOnly(t *testing.T) {
	t.Parallel()
	tokens := tokensAt(t, noon, secretA)
	sealed, err := tokens.Seal("second factor", time.Minute, "somebody")
	if err != nil {
		t.Fatal(err)
	}
	var said string
	at, err := tokens.Unseal("second factor", sealed, &said)
	if err != nil || said != "somebody" || !at.Equal(noon) {
		t.Fatalf("%q at %v, %v", said, at, err)
	}
	access := issue(t, tokens, ids.NewMemberID(), ids.NewSessionID())
	for name, try := range map[string]func() error{
		"another purpose":    func() error { _, err := tokens.Unseal("passkey", sealed, &said); return err },
		"an access token":    func() error { _, err := tokens.Unseal("second factor", access, &said); return err },
		"as an access token": func() error { _, err := tokens.Verify(sealed); return err },
		"another secret":     func() error { _, err := tokensAt(t, noon, secretB).Unseal("second factor", sealed, &said); return err },
		"too late": func() error {
			_, err := tokensAt(t, noon.Add(2*time.Minute), secretA).Unseal("second factor", sealed, &said)
			return err
		},
		"another shape": func() error { _, err := tokens.Unseal("second factor", sealed, &struct{ A int }{}); return err },
		"nothing":       func() error { _, err := tokens.Unseal("second factor", "", &said); return err },
	} {
		if err := try(); !errors.Is(err, auth.ErrToken) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := tokensAt(t, noon, secretB, secretA).Unseal("second factor", sealed, &said); err != nil {
		t.Errorf("while the secret is being changed: %v", err)
	}
}
