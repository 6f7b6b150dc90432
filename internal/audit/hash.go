package audit

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"hash"

	"maru/internal/audit/internal/auditdb"
)

// Key makes the hashes of the chain such that only who knows it can make them. The zero Key makes
// plain SHA-256 hashes: they show every change by somebody who does not write the whole rest of the
// chain anew.
type Key struct{ secret []byte }

// NewKey returns the key made of a secret; an empty one gives the zero Key.
func NewKey(secret []byte) Key { return Key{secret} }

// id tells keys apart without saying anything of them.
func (k Key) id() string {
	if len(k.secret) == 0 {
		return ""
	}
	sum := sha256.Sum256(append([]byte("maru audit key\x00"), k.secret...))
	return hex.EncodeToString(sum[:4])
}

func (k Key) newHash() hash.Hash {
	if len(k.secret) == 0 {
		return sha256.New()
	}
	return hmac.New(sha256.New, k.secret)
}

// bind returns the hash of an entry: of the one before it, and of everything the entry says. Every part
// is preceded by its length, so that no two entries give the same bytes.
func (k Key) bind(previous []byte, e *auditdb.AuditEntry) []byte {
	h := k.newHash()
	var size [8]byte
	part := func(b []byte) {
		binary.BigEndian.PutUint64(size[:], uint64(len(b)))
		h.Write(size[:])
		h.Write(b)
	}
	number := func(n int64) {
		binary.BigEndian.PutUint64(size[:], uint64(n)) //nolint:gosec // the bits, whatever they mean
		h.Write(size[:])
	}
	part(previous)
	part(e.EntryID.UUID[:])
	part([]byte(e.Source))
	part([]byte(e.Day.String()))
	number(e.N)
	number(e.At.UnixMicro())
	part(e.MemberID.UUID[:])
	part([]byte(e.Actor))
	part([]byte(e.ActorRole))
	part(e.SessionID.UUID[:])
	part([]byte(e.Address))
	part([]byte(e.Action))
	part([]byte(e.ObjectKind))
	part([]byte(e.ObjectID))
	part([]byte(e.ObjectName))
	part(e.StoreID.UUID[:])
	part([]byte(e.Note))
	part(e.Before)
	part(e.After)
	number(int64(e.SourceLane))
	number(e.SourcePos)
	return h.Sum(nil)
}
