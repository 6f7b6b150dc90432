package auth_test

import (
	"context"
	"strings"
	"sync"
	"testing"

	"maru/internal/platform/auth"
)

var cheap = auth.Argon{MemoryKiB: 64, Passes: 1, Threads: 1}

func TestAPasswordVerifiesAgainstItsHashOnly(t *testing.T) {
	t.Parallel()
	p := auth.NewPasswords(auth.DefaultArgon, 2)
	hash, err := p.Hash(t.Context(), "correct horse")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(hash, "$argon2id$v=19$m=19456,t=2,p=1$") {
		t.Errorf("hash %s", hash)
	}
	for password, want := range map[string]bool{"correct horse": true, "correct horsf": false, "": false, "correct horse ": false} {
		ok, outdated, err := p.Verify(t.Context(), hash, password)
		if err != nil || ok != want || outdated {
			t.Errorf("%q: %v, %v, %v", password, ok, outdated, err)
		}
	}
	again, err := p.Hash(t.Context(), "correct horse")
	if err != nil || again == hash {
		t.Errorf("two hashes of one password must differ: %v", err)
	}
}

func TestAHashOfOtherParametersIsOutdatedButValid(t *testing.T) {
	t.Parallel()
	old := auth.NewPasswords(cheap, 1)
	hash, err := old.Hash(t.Context(), "비밀번호 하나")
	if err != nil {
		t.Fatal(err)
	}
	raised := auth.NewPasswords(auth.Argon{MemoryKiB: 128, Passes: 1, Threads: 1}, 1)
	if ok, outdated, err := raised.Verify(t.Context(), hash, "비밀번호 하나"); !ok || !outdated || err != nil {
		t.Errorf("%v, %v, %v", ok, outdated, err)
	}
	if ok, outdated, err := raised.Verify(t.Context(), hash, "other"); ok || outdated || err != nil {
		t.Errorf("a wrong password is not to be hashed anew: %v, %v, %v", ok, outdated, err)
	}
}

func TestADamagedHashIsAnErrorAndCostsNothing(t *testing.T) {
	t.Parallel()
	p := auth.NewPasswords(cheap, 1)
	good, err := p.Hash(t.Context(), "x")
	if err != nil {
		t.Fatal(err)
	}
	for _, hash := range []string{
		"", "plain", "$2a$10$abc", strings.Replace(good, "argon2id", "argon2i", 1), strings.Replace(good, "v=19", "v=16", 1),
		strings.Replace(good, "m=64", "m=4294967295", 1), strings.Replace(good, "t=1", "t=0", 1),
		strings.Replace(good, "p=1", "p=0", 1), strings.Replace(good, "t=1", "t=4000000000", 1), good + "$", good + "!",
		"$argon2id$v=19$m=64,t=1,p=1$$", "$argon2id$v=19$m=64,t=1,p=1$AAAAAAAAAAAAAAAAAAAAAA$" + strings.Repeat("AAAA", 100),
	} {
		if ok, _, err := p.Verify(t.Context(), hash, "x"); ok || err == nil {
			t.Errorf("%q: %v, %v", hash, ok, err)
		}
	}
}

func TestWaitingForATurnEndsWithItsContext(t *testing.T) {
	t.Parallel()
	p := auth.NewPasswords(auth.DefaultArgon, 1)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	var wg sync.WaitGroup
	for range 8 { // some hold the only turn while others find their context ended
		wg.Go(func() { _, _ = p.Hash(t.Context(), "busy") })
		wg.Go(func() { _, _ = p.Hash(ctx, "gone") })
	}
	wg.Wait()
	if err := p.VerifyNobody(t.Context(), "anything"); err != nil {
		t.Errorf("all turns must have been given back: %v", err)
	}
}
