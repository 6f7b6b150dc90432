package audit

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"hash"

	"maru/internal/audit/internal/auditdb"
	"maru/internal/kernel/businessday"
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

// binder computes the hashes of one chain's entries, one after the other.
type binder struct {
	keyed   hash.Hash // nil: plain SHA-256
	buf     []byte
	day     businessday.Date
	dayText string
}

func (k Key) binder() *binder {
	if len(k.secret) == 0 {
		return &binder{}
	}
	return &binder{keyed: hmac.New(sha256.New, k.secret)}
}

// bind returns the hash of an entry: of the one before it, and of everything the entry says. Every part
// is preceded by its length, so that no two entries give the same bytes.
func (b *binder) bind(previous []byte, e *auditdb.AuditEntry) []byte {
	if e.Day != b.day || b.dayText == "" {
		b.day, b.dayText = e.Day, e.Day.String()
	}
	b.buf = b.buf[:0]
	part(b, previous)
	part(b, e.EntryID.UUID[:])
	part(b, e.Source)
	part(b, b.dayText)
	b.number(e.N)
	b.number(e.At.UnixMicro())
	part(b, e.MemberID.UUID[:])
	part(b, e.Actor)
	part(b, e.ActorRole)
	part(b, e.SessionID.UUID[:])
	part(b, e.Address)
	part(b, e.Action)
	part(b, e.ObjectKind)
	part(b, e.ObjectID)
	part(b, e.ObjectName)
	part(b, e.StoreID.UUID[:])
	part(b, e.Note)
	part(b, e.Before)
	part(b, e.After)
	b.number(int64(e.SourceLane))
	b.number(e.SourcePos)
	if b.keyed == nil {
		sum := sha256.Sum256(b.buf)
		return sum[:]
	}
	b.keyed.Reset()
	b.keyed.Write(b.buf)
	return b.keyed.Sum(nil)
}

func part[T string | []byte](b *binder, text T) {
	b.number(int64(len(text)))
	b.buf = append(b.buf, text...)
}

func (b *binder) number(n int64) {
	b.buf = binary.BigEndian.AppendUint64(b.buf, uint64(n)) //nolint:gosec // the bits, whatever they mean
}
