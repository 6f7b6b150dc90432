package members

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"
	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"maru/internal/kernel/ids"
	"maru/internal/members/internal/membersdb"
	"maru/internal/platform/auth"
	"maru/internal/platform/errs"
)

// A passkey replaces password and code at once: the device has a key that never leaves it, and uses it only
// for its owner's finger, face or PIN. The browser ties the key to the name of the site, so that it cannot
// be used for another one that looks the same.

// Site is under which name a browser reaches the program: passkeys belong to it.
type Site struct {
	Host   string // without port: "maru.example.com"
	Origin string // "https://maru.example.com:8443"
}

// Passkey is one of a person's.
type Passkey struct {
	ID    []byte
	Name  string
	Added time.Time
	Used  *time.Time
}

// Ceremony is what a browser is given to make or use a passkey, and what it must bring back.
type Ceremony struct {
	Options json.RawMessage // for navigator.credentials
	State   string          // sealed; for the second half
}

// Errors of passkeys.
var (
	ErrPasskey = errs.New(errs.Unauthorized, "members.passkey",
		"패스키로 확인하지 못했어요. 다시 하거나 비밀번호로 로그인해 주세요.",
		"The passkey could not be verified. Try again, or sign in with your password.")
	ErrNoPasskey = errs.New(errs.NotFound, "members.no_passkey",
		"이미 지운 패스키예요.", "That passkey has been removed already.")
	ErrPasskeyHere = errs.New(errs.Invalid, "members.passkey_site",
		"이 주소에서는 패스키를 쓸 수 없어요. https 주소로 들어와 주세요.",
		"Passkeys do not work at this address. Please use the https address of the site.")
)

const (
	newPasskey   = "new passkey"
	usePasskey   = "passkey"
	ceremonyLife = 5 * time.Minute
)

func relyingParty(site Site, name string) (*webauthn.WebAuthn, error) {
	rp, err := webauthn.New(&webauthn.Config{
		RPID: site.Host, RPDisplayName: name, RPOrigins: []string{site.Origin},
		AuthenticatorSelection: protocol.AuthenticatorSelection{
			ResidentKey: protocol.ResidentKeyRequirementRequired, UserVerification: protocol.VerificationRequired,
		},
		AttestationPreference: protocol.PreferNoAttestation,
	})
	if err != nil {
		return nil, ErrPasskeyHere
	}
	return rp, nil
}

// holder is a member as the library asks for it.
type holder struct {
	account membersdb.AccountRow
	keys    []webauthn.Credential
}

func (h holder) WebAuthnID() []byte                         { return h.account.MemberID.UUID[:] }
func (h holder) WebAuthnName() string                       { return h.account.Login }
func (h holder) WebAuthnDisplayName() string                { return h.account.Name }
func (h holder) WebAuthnCredentials() []webauthn.Credential { return h.keys }

func (s *Service) holderOf(ctx context.Context, member ids.MemberID) (holder, error) {
	q := membersdb.New(s.db)
	account, err := q.Account(ctx, member)
	if err != nil {
		return holder{}, err
	}
	rows, err := q.PasskeysOf(ctx, member)
	if err != nil {
		return holder{}, err
	}
	h := holder{account: account}
	for _, row := range rows {
		var key webauthn.Credential
		if err := json.Unmarshal(row.Credential, &key); err != nil {
			return holder{}, fmt.Errorf("stored passkey of %s: %w", member, err)
		}
		h.keys = append(h.keys, key)
	}
	return h, nil
}

// Passkeys lists the person's, oldest first.
func (s *Service) Passkeys(ctx context.Context, by auth.Principal) ([]Passkey, error) {
	rows, err := membersdb.New(s.db).PasskeysOf(ctx, by.Member)
	if err != nil {
		return nil, fmt.Errorf("passkeys of %s: %w", by.Member, err)
	}
	out := make([]Passkey, len(rows))
	for i, row := range rows {
		out[i] = Passkey{ID: row.CredentialID, Name: row.Name, Added: row.AddedAt, Used: row.UsedAt}
	}
	return out, nil
}

// BeginPasskey begins to make a passkey on the device that asks. It asks for the password, ErrWrongPassword
// on "old": a borrowed device must not leave a key behind. It returns ErrPasskeyNeeded like BeginTOTP.
func (s *Service) BeginPasskey(ctx context.Context, by auth.Principal, site Site, password string) (Ceremony, error) {
	if err := s.mayAddFactor(ctx, by); err != nil {
		return Ceremony{}, fmt.Errorf("begin passkey: %w", err)
	}
	if err := s.reauthenticate(ctx, by, password); err != nil {
		return Ceremony{}, fmt.Errorf("begin passkey: %w", err)
	}
	rp, err := relyingParty(site, s.siteName(ctx))
	if err != nil {
		return Ceremony{}, err
	}
	h, err := s.holderOf(ctx, by.Member)
	if err != nil {
		return Ceremony{}, fmt.Errorf("begin passkey: %w", err)
	}
	options, session, err := rp.BeginRegistration(h, webauthn.WithExclusions(webauthn.Credentials(h.keys).CredentialDescriptors()))
	if err != nil {
		return Ceremony{}, fmt.Errorf("begin passkey: %w", err)
	}
	return s.ceremony(newPasskey, options.Response, session)
}

func (s *Service) ceremony(purpose string, options any, session *webauthn.SessionData) (Ceremony, error) {
	doc, err := json.Marshal(options)
	if err != nil {
		return Ceremony{}, fmt.Errorf("%s: %w", purpose, err)
	}
	session.Expires = time.Time{} // the seal has an end, by the program's own clock
	state, err := s.tokens.Seal(purpose, ceremonyLife, session)
	if err != nil {
		return Ceremony{}, fmt.Errorf("%s: %w", purpose, err)
	}
	return Ceremony{Options: doc, State: state}, nil
}

// AddPasskey keeps the passkey that the browser has made. It returns ErrPasskey for an answer that does not
// belong to the person's ceremony.
func (s *Service) AddPasskey(ctx context.Context, by auth.Principal, site Site, state, name string, answer []byte) error {
	rp, err := relyingParty(site, s.siteName(ctx))
	if err != nil {
		return err
	}
	var session webauthn.SessionData
	if _, err := s.tokens.Unseal(newPasskey, state, &session); err != nil {
		return ErrPasskey
	}
	h, err := s.holderOf(ctx, by.Member)
	if err != nil {
		return fmt.Errorf("add passkey: %w", err)
	}
	parsed, err := protocol.ParseCredentialCreationResponseBytes(answer)
	if err != nil {
		return ErrPasskey
	}
	key, err := rp.CreateCredential(h, session, parsed)
	if err != nil {
		return ErrPasskey
	}
	if name = tidy(name); name == "" || !fits(name, maxName) {
		name = "Passkey"
	}
	doc, err := json.Marshal(key)
	if err != nil {
		return fmt.Errorf("add passkey: %w", err)
	}
	now := s.now()
	err = s.db.InTx(ctx, func(tx pgx.Tx) error {
		if err := s.ownNow(ctx, tx, by); err != nil {
			return err
		}
		q := membersdb.New(tx)
		if err := s.spend(ctx, q, session.Challenge, now); err != nil {
			return err
		}
		n, err := q.InsertPasskey(ctx, membersdb.InsertPasskeyParams{
			CredentialID: key.ID, MemberID: by.Member, Name: name, Credential: doc, AddedAt: now,
		})
		if err != nil {
			return err
		}
		if n == 0 {
			return ErrPasskey
		}
		return record(ctx, tx, now, by, done{action: "passkey_added", object: memberObject(by.Member, by.Name), note: name})
	})
	if err != nil {
		return fmt.Errorf("add passkey: %w", err)
	}
	return nil
}

// spend uses a challenge up: none is answered twice.
func (s *Service) spend(ctx context.Context, q *membersdb.Queries, challenge string, now time.Time) error {
	sum := sha256.Sum256([]byte(challenge))
	n, err := q.SpendChallenge(ctx, sum[:], now.Add(2*ceremonyLife))
	if err != nil {
		return err
	}
	if n == 0 {
		return ErrPasskey
	}
	return nil
}

// RemovePasskey forgets one of the person's passkeys. It asks for the password.
func (s *Service) RemovePasskey(ctx context.Context, by auth.Principal, id []byte, password string) error {
	if err := s.reauthenticate(ctx, by, password); err != nil {
		return fmt.Errorf("remove passkey: %w", err)
	}
	err := s.db.InTx(ctx, func(tx pgx.Tx) error {
		if err := s.ownNow(ctx, tx, by); err != nil {
			return err
		}
		n, err := membersdb.New(tx).DeletePasskey(ctx, id, by.Member)
		if err != nil {
			return err
		}
		if n == 0 {
			return ErrNoPasskey
		}
		return record(ctx, tx, s.now(), by, done{action: "passkey_removed", object: memberObject(by.Member, by.Name)})
	})
	if err != nil {
		return fmt.Errorf("remove passkey: %w", err)
	}
	return nil
}

// BeginPasskeySignIn begins to sign in with a passkey: the browser asks its owner which one.
func (s *Service) BeginPasskeySignIn(ctx context.Context, site Site) (Ceremony, error) {
	rp, err := relyingParty(site, s.siteName(ctx))
	if err != nil {
		return Ceremony{}, err
	}
	options, session, err := rp.BeginDiscoverableLogin(webauthn.WithUserVerification(protocol.VerificationRequired))
	if err != nil {
		return Ceremony{}, fmt.Errorf("begin passkey sign-in: %w", err)
	}
	return s.ceremony(usePasskey, options.Response, session)
}

// SignInWithPasskey begins the session of whoever answered the challenge. There are no limits of attempts:
// a signature cannot be guessed. It returns ErrPasskey for anything that is not right.
func (s *Service) SignInWithPasskey(ctx context.Context, site Site, state string, answer []byte, from SignIn) (Session, error) {
	rp, err := relyingParty(site, s.siteName(ctx))
	if err != nil {
		return Session{}, err
	}
	var ceremony webauthn.SessionData
	if _, err := s.tokens.Unseal(usePasskey, state, &ceremony); err != nil {
		return Session{}, ErrPasskey
	}
	parsed, err := protocol.ParseCredentialRequestResponseBytes(answer)
	if err != nil {
		return Session{}, ErrPasskey
	}
	var found holder
	var broken error // of the database, which the library would hide
	key, err := rp.ValidateDiscoverableLogin(func(_, handle []byte) (webauthn.User, error) {
		id, err := uuid.FromBytes(handle)
		if err != nil {
			return nil, err
		}
		found, err = s.holderOf(ctx, ids.MemberID{UUID: id})
		if err != nil && !errors.Is(err, pgx.ErrNoRows) {
			broken = err
		}
		return found, err
	}, ceremony, parsed)
	if broken != nil {
		return Session{}, fmt.Errorf("sign in with passkey: %w", broken)
	}
	if err != nil || key.Authenticator.CloneWarning || !key.Flags.UserVerified {
		s.refused(ctx, proof{by: "passkey", address: from.Address}, ErrPasskey)
		return Session{}, ErrPasskey
	}
	doc, err := json.Marshal(key)
	if err != nil {
		return Session{}, fmt.Errorf("sign in with passkey: %w", err)
	}
	member := found.account.MemberID
	s.accepted(ctx, proof{by: "passkey", member: member, address: from.Address})
	return s.beginSession(ctx, membersdb.InsertSessionParams{MemberID: member, ByPasskey: true}, from, func(tx pgx.Tx) error {
		q, now := membersdb.New(tx), s.now()
		if err := s.spend(ctx, q, ceremony.Challenge, now); err != nil {
			return err
		}
		n, err := q.UsePasskey(ctx, membersdb.UsePasskeyParams{Credential: doc, UsedAt: &now, CredentialID: key.ID, MemberID: member})
		if err != nil {
			return err
		}
		if n == 0 { // removed meanwhile
			return ErrPasskey
		}
		return nil
	})
}

func (s *Service) siteName(ctx context.Context) string {
	if f, err := s.Franchise(ctx); err == nil {
		return f.Name.Ko
	}
	return "Maru"
}
