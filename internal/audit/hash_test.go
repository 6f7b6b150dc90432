package audit

import (
	"encoding/hex"
	"testing"
	"time"

	"github.com/google/uuid"

	"maru/internal/audit/internal/auditdb"
	"maru/internal/kernel/businessday"
	"maru/internal/kernel/ids"
)

// The trails that exist were bound like this: other hashes here would make all of them look forged.
func TestHashesNeverChange(t *testing.T) {
	t.Parallel()
	id := func(text string) uuid.UUID { return uuid.MustParse(text) }
	full := auditdb.AuditEntry{
		EntryID: ids.EntryID{UUID: id("0192f0c1-0000-7000-8000-000000000001")}, Source: "ordering", Day: businessday.NewDate(2026, 11, 22), N: 7,
		At: time.Date(2026, 11, 22, 3, 4, 5, 678_901_000, time.UTC), MemberID: ids.MemberID{UUID: id("0192f0c1-0000-7000-8000-000000000002")},
		Actor: "김점장", ActorRole: "manager", SessionID: ids.SessionID{UUID: id("0192f0c1-0000-7000-8000-000000000003")}, Address: "192.0.2.7",
		Action: "order_placed", ObjectKind: "order", ObjectID: "0192f0c1-0000-7000-8000-000000000004", ObjectName: "77",
		StoreID: ids.StoreID{UUID: id("0192f0c1-0000-7000-8000-000000000005")}, Note: "note", Before: []byte(`{"a":1}`), After: []byte(`{"a":2}`),
		SourceLane: 255, SourcePos: 123456789,
	}
	onTheTrail := auditdb.AuditEntry{Source: "audit", Day: businessday.NewDate(2024, 2, 29), N: 1, At: time.Unix(0, 0).UTC(), SourceLane: -1}
	for secret, want := range map[string][]string{
		"": {
			"26cff809c0be4f63197ef79249599ea444e81494f816ac2e3945e3482c1726b6", "e198feb70d5181c2ba7823557c837feddae2db36b7b48f25aa64783c7cd3fdef",
		},
		"a key of the trails that are kept": {
			"ae543488ce1b8634cb869a568985195cdb72bbea5e686ee5a0f9ed81a03c0789", "651ca2473ea2c0db5704c54aeb948030369b4cfd0d7895925dce233b874a753b",
		},
	} {
		b := NewKey([]byte(secret)).binder()
		var previous []byte
		for i, e := range []auditdb.AuditEntry{full, onTheTrail} {
			previous = b.bind(previous, &e)
			if got := hex.EncodeToString(previous); got != want[i] {
				t.Errorf("key %q: entry %d has hash %s, want %s", secret, i+1, got, want[i])
			}
		}
	}
}
