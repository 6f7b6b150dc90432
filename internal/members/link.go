package members

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"

	"maru/internal/kernel/businessday"
	"maru/internal/kernel/ids"
	"maru/internal/members/internal/membersdb"
	"maru/internal/platform/auth"
	"maru/internal/platform/errs"
)

// ErrLink is returned for a one-time link that was used, was taken back, has expired or never was one. It
// does not say which.
var ErrLink = errs.New(errs.NotFound, "members.link",
	"쓸 수 없는 링크예요. 이미 썼거나 기한이 지났을 수 있어요. 보내 준 사람에게 새 링크를 달라고 해 주세요.",
	"This link cannot be used. It may have been used already or have expired. Ask whoever sent it for a new one.")

const (
	linkInvitation = "invitation"
	linkReset      = "reset"

	// InvitationLife is how long an invitation can be accepted.
	InvitationLife = 7 * 24 * time.Hour
	// ResetLife is how long a link for a new password is good.
	ResetLife = 24 * time.Hour
	// keepLinks is how long links stay readable after they expired.
	keepLinks = 90 * 24 * time.Hour
)

// Link is a one-time link that was just made. Its token is shown now or never: only the hash is kept.
type Link struct {
	ID      ids.LinkID
	Token   string
	Expires time.Time
	Email   string // where it is mailed to as well; empty where it is not
}

// linkHash is what is kept of a token: 256 random bits need no slow hash.
func linkHash(token string) []byte {
	sum := sha256.Sum256([]byte(token))
	return sum[:]
}

func newToken() string {
	var b [32]byte
	_, _ = rand.Read(b[:]) // never fails; the process ends where the system has no randomness
	return base64.RawURLEncoding.EncodeToString(b[:])
}

// linkRow is what a new link is made of.
type linkRow struct {
	kind        string
	member      *ids.MemberID
	role        auth.Role
	name        string
	contact     contact
	stores      []ids.StoreID
	ownerSince  businessday.Date
	takesOver   bool // an invited owner gets the stores although they have an owner
	application *ids.ApplicationID
	life        time.Duration
}

// insertLink stores a new link and returns it.
func (s *Service) insertLink(ctx context.Context, tx pgx.Tx, by auth.Principal, row linkRow) (Link, error) {
	now := s.now()
	link := Link{ID: ids.NewLinkID(), Token: newToken(), Expires: now.Add(row.life)}
	q := membersdb.New(tx)
	if err := q.InsertLink(ctx, membersdb.InsertLinkParams{
		LinkID: link.ID, TokenHash: linkHash(link.Token), Kind: row.kind, MemberID: row.member, Role: row.role, Name: row.name,
		Email: row.contact.email, Phone: row.contact.phone, BusinessNo: row.contact.businessNo, OwnerSince: row.ownerSince,
		ApplicationID: row.application, MadeAt: now, MadeBy: by.Name, MadeByID: maker(by), TakesOver: row.takesOver, ExpiresAt: link.Expires,
	}); err != nil {
		return Link{}, err
	}
	if len(row.stores) == 0 {
		return link, nil
	}
	n, err := q.InsertLinkStores(ctx, link.ID, uuids(row.stores))
	if err != nil {
		return Link{}, err
	}
	if int(n) != len(row.stores) {
		return Link{}, ErrNoStore.On("stores")
	}
	return link, nil
}

// openLink returns the link of a token that can still be used, or ErrLink.
func openLink(ctx context.Context, q *membersdb.Queries, kind, token string, now time.Time) (membersdb.LinkByTokenRow, error) {
	if len(token) > 100 {
		return membersdb.LinkByTokenRow{}, ErrLink
	}
	row, err := q.LinkByToken(ctx, linkHash(token), kind, now)
	if errors.Is(err, pgx.ErrNoRows) {
		return membersdb.LinkByTokenRow{}, ErrLink
	}
	return row, err
}

// useLink spends a link; of two who try at once the second gets ErrLink. The browser in which it was opened, and where
// that is, is no stranger to the account from then on (ADR 0022).
func useLink(ctx context.Context, q *membersdb.Queries, link ids.LinkID, member ids.MemberID, now time.Time, from redeemer) error {
	n, err := q.UseLink(ctx, membersdb.UseLinkParams{
		UsedAt: &now, MemberID: &member, LinkID: link,
		UsedDevice: deviceHash(from.deviceKey), UsedAddress: networkOf(from.address), UsedNetwork: neighbourhoodOf(from.address),
	})
	if err != nil {
		return err
	}
	if n == 0 {
		return ErrLink
	}
	return nil
}

// redeemer is the browser of whoever uses a link.
type redeemer struct{ deviceKey, address string }
