package members_test

import (
	"log/slog"
	"sync"
	"testing"
	"time"

	"maru/internal/kernel/ids"
	"maru/internal/kernel/lang"
	"maru/internal/members"
	"maru/internal/members/membersapi"
	"maru/internal/platform/auth"
	"maru/internal/platform/outbox"
	"maru/internal/platform/postgres"
	"maru/internal/platform/postgres/pgtest"
)

// world is one database with a clock that the test turns, and replicas of the program on it.
type world struct {
	t   testing.TB
	dbs *postgres.Databases
	*members.Service

	mu  sync.Mutex
	now time.Time
}

const password = "커피콩 볶는 우리 마을"

var hq = auth.System("test")

func newWorld(t testing.TB) *world {
	t.Helper()
	w := &world{t: t, dbs: pgtest.New(t), now: time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)}
	w.Service, _ = w.replica()
	return w
}

// replica returns another instance of the program on the same database, and its dispatcher.
func (w *world) replica() (*members.Service, *outbox.Dispatcher) {
	w.t.Helper()
	s := w.replicaWith(testSecret)
	var subs outbox.Subscriptions
	s.Subscribe(&subs)
	return s, outbox.NewDispatcher(w.dbs, &subs, slog.New(slog.DiscardHandler))
}

const testSecret = "a secret for tests that is long enough"

// replicaWith is an instance of the program that signs with the first secret and knows all of them.
func (w *world) replicaWith(secrets ...string) *members.Service {
	w.t.Helper()
	return w.replicaOf(auth.Argon{MemoryKiB: 64, Passes: 1, Threads: 1}, secrets...)
}

// replicaHashing is an instance of the program whose passwords cost as much as argon says.
func (w *world) replicaHashing(argon auth.Argon) *members.Service {
	w.t.Helper()
	return w.replicaOf(argon, testSecret)
}

func (w *world) replicaOf(argon auth.Argon, secrets ...string) *members.Service {
	w.t.Helper()
	raw := make([][]byte, len(secrets))
	for i, s := range secrets {
		raw[i] = []byte(s)
	}
	tokens, err := auth.NewTokens(raw, w.clock)
	if err != nil {
		w.t.Fatal(err)
	}
	return members.New(w.dbs.Context("members"), tokens, auth.NewPasswords(argon, 4), w.clock)
}

func (w *world) clock() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.now
}

func (w *world) wait(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.now = w.now.Add(d)
}

func card(nameKo string) members.StoreCard {
	return members.StoreCard{
		Name: lang.Text{Ko: nameKo, En: "Store"}, Region: "서울", Address: "서울시 강남구 1", Phone: "02-1234-5678",
		TimeZone: "Asia/Seoul", Cutoff: 300,
	}
}

func (w *world) store(code string) membersapi.Store {
	w.t.Helper()
	s, err := w.AddStore(w.t.Context(), hq, members.AddStore{Code: code, StoreCard: card(code + "점")})
	if err != nil {
		w.t.Fatal(err)
	}
	return s
}

func (w *world) member(login string, role auth.Role, stores ...ids.StoreID) ids.MemberID {
	w.t.Helper()
	id, err := w.CreateMember(w.t.Context(), hq, members.CreateMember{
		Login: login, Name: "김마루", Password: password, Role: role, Workplaces: stores,
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return id
}

func (w *world) signIn(login string) members.Session {
	w.t.Helper()
	s, err := w.SignIn(w.t.Context(), members.SignIn{Login: login, Password: password, Address: "203.0.113.9"})
	if err != nil {
		w.t.Fatal(err)
	}
	return s
}
