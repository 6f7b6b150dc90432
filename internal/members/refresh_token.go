package members

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/binary"
	"time"

	"github.com/jackc/pgx/v5"

	"maru/internal/kernel/ids"
	"maru/internal/members/internal/membersdb"
)

// refreshToken proves a session and is good for one Refresh. Each token is derived from the one
// before it with the session's chain key, which never leaves the database; so of all tokens that a
// session ever had, the row keeps the hash of the newest, and any older one can still be recognised,
// by walking the chain from it to the newest.
type refreshToken struct {
	session    ids.SessionID
	generation uint32
	secret     [32]byte
}

// longestWalk bounds the work for an old token: more generations than ten years of use have.
const longestWalk = 600_000

// newChain is the beginning of a session's tokens.
type newChain struct {
	session ids.SessionID
	token   refreshToken
	key     []byte
	at      time.Time
}

func (s *Service) beginChain() newChain {
	c := newChain{session: ids.NewSessionID(), key: make([]byte, 32), at: s.now()}
	c.token.session = c.session
	_, _ = rand.Read(c.key) // never fails; the process ends where the system has no randomness
	_, _ = rand.Read(c.token.secret[:])
	return c
}

// insert stores the session; who, where and until when are the caller's, and since when where it goes on from another.
func (c newChain) insert(ctx context.Context, tx pgx.Tx, row membersdb.InsertSessionParams) error {
	row.SessionID, row.RefreshedAt, row.TokenHash, row.ChainKey = c.session, c.at, c.token.hash(), c.key
	if row.StartedAt.IsZero() {
		row.StartedAt = c.at
	}
	return membersdb.New(tx).InsertSession(ctx, row)
}

// String writes the token as its holder keeps it.
func (t refreshToken) String() string {
	b := make([]byte, 0, 16+4+32)
	b = append(b, t.session.UUID[:]...)
	b = binary.BigEndian.AppendUint32(b, t.generation)
	b = append(b, t.secret[:]...)
	return base64.RawURLEncoding.EncodeToString(b)
}

func parseRefreshToken(s string) (refreshToken, bool) {
	b, err := base64.RawURLEncoding.Strict().DecodeString(s)
	if err != nil || len(b) != 16+4+32 {
		return refreshToken{}, false
	}
	var t refreshToken
	copy(t.session.UUID[:], b[:16])
	t.generation = binary.BigEndian.Uint32(b[16:20])
	copy(t.secret[:], b[20:])
	return t, true
}

// hash is what is stored. The secret is 256 random bits, so a fast hash is enough.
func (t refreshToken) hash() []byte {
	sum := sha256.Sum256(t.secret[:])
	return sum[:]
}

// next returns the token that replaces t.
func (t refreshToken) next(chainKey []byte) refreshToken {
	mac := hmac.New(sha256.New, chainKey)
	mac.Write(t.secret[:])
	n := refreshToken{session: t.session, generation: t.generation + 1}
	copy(n.secret[:], mac.Sum(nil))
	return n
}

// leadsTo walks the chain from t to the generation that is newest and returns the token there, and
// whether it is the one with the stored hash: only then t was ever a token of this session.
func (t refreshToken) leadsTo(generation int64, hash, chainKey []byte) (refreshToken, bool) {
	steps := generation - int64(t.generation)
	if steps < 0 || steps > longestWalk {
		return refreshToken{}, false
	}
	for range steps {
		t = t.next(chainKey)
	}
	return t, subtle.ConstantTimeCompare(t.hash(), hash) == 1
}
