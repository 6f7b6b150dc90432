package app_test

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"testing"
	"time"

	"maru/internal/app/apptest"
	"maru/internal/demo"
	"maru/internal/kernel/businessday"
	"maru/internal/kernel/ids"
	"maru/internal/kernel/lang"
	"maru/internal/members"
	"maru/internal/members/membersapi"
	"maru/internal/platform/auth"
)

const (
	revocations      = 5                     // of each kind, all at once
	revocationsOver  = 5 * time.Second       // spread evenly over what a replica remembers of a session
	revocationLook   = 50 * time.Millisecond // how exact the figures are
	revocationWithin = 30 * time.Second      // generous: a busy machine must not fail the test
)

// revocation is something that is taken away on one replica while it is used on the other.
type revocation struct {
	token, path string
	live        string // where the stream is; empty for that of the own store of the demo
	refused     int    // the status that says so
	take        func(context.Context) error
	anywhere    bool            // no replica is the one that takes it away: the first that looks does
	stream      <-chan struct{} // closed at the end of the stream; nil where the path is asked for instead
}

// What is taken away on one replica is refused there at once, and on the other within seconds of the clock on the wall.
func TestRevocationReachesTheOtherReplica(t *testing.T) {
	t.Parallel()
	url := apptest.Franchise(t)
	w := revocationWorld{t: t, a: apptest.Start(t, url), b: apptest.Start(t, url)}
	w.client = &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 8 * revocations}}
	t.Cleanup(w.client.CloseIdleConnections)
	for _, code := range []string{"seongsu", "yeonnam"} {
		s, err := w.a.Members.StoreByCode(t.Context(), code)
		if err != nil {
			t.Fatal(err)
		}
		w.stores = append(w.stores, s.ID)
	}
	kinds := []struct {
		what string
		make func(n int) revocation
	}{
		{"session ended", w.session},
		{"person suspended", w.suspension},
		{"API key revoked", w.key},
		{"store withdrawn", w.withdrawal},
		{"store passed on", w.passedOn},
		{"store passed on, as planned", w.passedOnAsPlanned},
		{"key of a store passed on", w.keyOfPassedOn},
		{"stream of an ended session", w.streaming(w.session)},
		{"stream of a withdrawn store", w.streaming(w.withdrawal)},
		{"stream, store passed on as planned", w.streaming(w.passedOnAsPlanned)},
	}
	all := make([][]revocation, len(kinds))
	for i, kind := range kinds {
		for n := range revocations {
			all[i] = append(all[i], kind.make(i*revocations+n))
		}
	}
	took := make([][]time.Duration, len(kinds))
	var running sync.WaitGroup
	for i, kind := range kinds {
		took[i] = make([]time.Duration, revocations)
		for n, r := range all[i] {
			running.Go(func() {
				d, err := w.measure(t.Context(), r, revocationsOver*time.Duration(n)/revocations)
				if err != nil {
					t.Errorf("%s: %v", kind.what, err)
				}
				took[i][n] = d
			})
		}
	}
	running.Wait()
	for i, kind := range kinds {
		slices.Sort(took[i])
		t.Logf("%-34s p50 %5d ms, max %5d ms of %d", kind.what, took[i][revocations/2].Milliseconds(), took[i][revocations-1].Milliseconds(), revocations)
	}
}

type revocationWorld struct {
	t      *testing.T
	a, b   *apptest.Program
	client *http.Client
	stores []ids.StoreID
}

// measure uses it on B for a while, takes it away on A, and returns how long after the request to take it away B
// refused it.
func (w *revocationWorld) measure(ctx context.Context, r revocation, after time.Duration) (time.Duration, error) {
	look := time.NewTicker(revocationLook)
	defer look.Stop()
	for begun := time.Now(); ; <-look.C {
		open, err := w.open(ctx, r)
		if err != nil {
			return 0, err
		}
		if !open {
			return 0, errors.New("B refused before anything was taken away")
		}
		if time.Since(begun) >= after {
			break
		}
	}
	taken := time.Now()
	if err := r.take(ctx); err != nil {
		return 0, err
	}
	switch status, err := w.status(ctx, w.a, r); {
	case err != nil:
		return 0, err
	case status != r.refused && !r.anywhere:
		return 0, fmt.Errorf("A answers %d, want %d at once", status, r.refused)
	}
	for {
		open, err := w.open(ctx, r)
		switch d := time.Since(taken); {
		case err != nil:
			return d, err
		case !open:
			return d, nil
		case d > revocationWithin:
			return d, fmt.Errorf("B does not refuse after %s", d)
		}
		<-look.C
	}
}

// open reports whether B still lets it in.
func (w *revocationWorld) open(ctx context.Context, r revocation) (bool, error) {
	if r.stream != nil {
		select {
		case <-r.stream:
			return false, nil
		default:
			return true, nil
		}
	}
	status, err := w.status(ctx, w.b, r)
	if err == nil && status != http.StatusOK && status != r.refused {
		err = fmt.Errorf("B answers %d", status)
	}
	return status == http.StatusOK, err
}

func (w *revocationWorld) status(ctx context.Context, p *apptest.Program, r revocation) (int, error) {
	res, err := w.get(ctx, p, r.token, r.path)
	if err != nil {
		return 0, err
	}
	return res.StatusCode, res.Body.Close()
}

func (w *revocationWorld) get(ctx context.Context, p *apptest.Program, token, path string) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, p.URL+path, nil)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Authorization", "Bearer "+token)
	return w.client.Do(req)
}

func (w *revocationWorld) session(int) revocation {
	token := w.a.Token(w.t, "seongsu", demo.Password)
	return revocation{token: token, path: "/api/v1/stores/seongsu/stock", refused: http.StatusUnauthorized, take: func(ctx context.Context) error {
		p, err := w.a.Members.Authenticate(ctx, token)
		if err != nil {
			return err
		}
		return w.a.Members.EndDevice(ctx, p, p.Session, "")
	}}
}

func (w *revocationWorld) suspension(n int) revocation {
	person, token := w.hire(n)
	return revocation{token: token, path: "/api/v1/stores/seongsu/stock", refused: http.StatusUnauthorized, take: func(ctx context.Context) error {
		return w.a.Members.SetMemberState(ctx, auth.System("test"), members.SetMemberState{Member: person, State: membersapi.Suspended})
	}}
}

func (w *revocationWorld) withdrawal(n int) revocation {
	person, token := w.hire(n)
	return revocation{token: token, path: "/api/v1/stores/seongsu/stock", refused: http.StatusNotFound, take: func(ctx context.Context) error {
		return w.a.Members.SetWorkplaces(ctx, auth.System("test"), members.SetWorkplaces{Member: person, Stores: w.stores[1:]})
	}}
}

func (w *revocationWorld) key(n int) revocation {
	w.t.Helper()
	key, secret, err := w.a.Members.CreateKey(w.t.Context(), auth.System("test"), members.CreateKey{
		Store: &w.stores[0], Name: fmt.Sprint("key ", n), Permissions: []auth.Permission{auth.ViewStock}, PerMinute: members.MaxPerMinute, Days: 1,
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return revocation{token: secret, path: "/api/v1/stores/seongsu/stock", refused: http.StatusUnauthorized, take: func(ctx context.Context) error {
		return w.a.Members.RevokeKey(ctx, auth.System("test"), &w.stores[0], key.ID)
	}}
}

// passedOn is a store that gets another owner at once: what its former one sees.
func (w *revocationWorld) passedOn(n int) revocation {
	store, login := w.ownStore(n)
	return revocation{token: w.a.Token(w.t, login, demo.Password), path: "/api/v1/stores/" + login + "/stock", refused: http.StatusNotFound, take: func(ctx context.Context) error {
		return w.passOn(ctx, store, 0)
	}}
}

// passedOnAsPlanned is a store whose day comes on which it was planned to get another owner.
func (w *revocationWorld) passedOnAsPlanned(n int) revocation {
	w.t.Helper()
	store, login := w.ownStore(n)
	if err := w.passOn(w.t.Context(), store, 1); err != nil {
		w.t.Fatal(err)
	}
	return revocation{
		token: w.a.Token(w.t, login, demo.Password), path: "/api/v1/stores/" + login + "/stock", refused: http.StatusNotFound,
		live: "/s/" + login + "/live", anywhere: true,
		take: func(ctx context.Context) error { // nobody can wait for tomorrow: it becomes today
			_, err := w.a.Databases.Context("members").Exec(ctx, "UPDATE members.ownership SET since = since - 1 WHERE store_id = $1 AND applied_at IS NULL", store)
			return err
		},
	}
}

// keyOfPassedOn is an API key of a store that gets another owner.
func (w *revocationWorld) keyOfPassedOn(n int) revocation {
	w.t.Helper()
	store, login := w.ownStore(n)
	_, secret, err := w.a.Members.CreateKey(w.t.Context(), auth.System("test"), members.CreateKey{
		Store: &store, Name: "walk", Permissions: []auth.Permission{auth.ViewStock}, PerMinute: members.MaxPerMinute, Days: 1,
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return revocation{token: secret, path: "/api/v1/stores/" + login + "/stock", refused: http.StatusUnauthorized, take: func(ctx context.Context) error {
		return w.passOn(ctx, store, 0)
	}}
}

// ownStore makes a store with an owner, whose login is its code, and waits until B shows it to them.
func (w *revocationWorld) ownStore(n int) (id ids.StoreID, login string) {
	w.t.Helper()
	login = fmt.Sprint("passed-on-", n)
	s, err := w.a.Members.AddStore(w.t.Context(), auth.System("test"), members.AddStore{Code: login, StoreCard: members.StoreCard{
		Name: lang.Text{Ko: "넘기는 지점"}, Region: "서울", TimeZone: "Asia/Seoul", Status: membersapi.Open,
	}})
	if err != nil {
		w.t.Fatal(err)
	}
	if _, err := w.a.Members.CreateMember(w.t.Context(), auth.System("test"), members.CreateMember{
		Login: login, Name: "한걸음", Password: demo.Password, Role: auth.Owner, Workplaces: []ids.StoreID{s.ID},
	}); err != nil {
		w.t.Fatal(err)
	}
	// An owner has a store for a day at least: this one's time began before.
	if _, err := w.a.Databases.Context("members").Exec(w.t.Context(), "UPDATE members.ownership SET since = since - 10 WHERE store_id = $1", s.ID); err != nil {
		w.t.Fatal(err)
	}
	r := revocation{token: w.a.Token(w.t, login, demo.Password), path: "/api/v1/stores/" + login + "/stock"}
	for begun := time.Now(); ; {
		switch status, err := w.status(w.t.Context(), w.b, r); {
		case err != nil:
			w.t.Fatal(err)
		case status == http.StatusOK:
			return s.ID, login
		case time.Since(begun) > revocationWithin:
			w.t.Fatalf("a new store answers %d", status)
		}
		<-time.After(revocationLook)
	}
}

// passOn gives the store to the owner of the demo's, some days from the store's today.
func (w *revocationWorld) passOn(ctx context.Context, store ids.StoreID, days int) error {
	return w.a.Members.ChangeOwner(ctx, auth.System("test"), members.ChangeOwner{
		Store: store, Login: "seongsu", Since: today(w.t).AddDays(days),
	})
}

// today is the business date at a store in Seoul whose days end at midnight.
func today(t *testing.T) businessday.Date {
	t.Helper()
	clock, err := businessday.NewClock("Asia/Seoul", 0)
	if err != nil {
		t.Fatal(err)
	}
	return clock.Date(time.Now())
}

// streaming makes a revocation of the kind, with a live stream open on B.
func (w *revocationWorld) streaming(kind func(int) revocation) func(int) revocation {
	return func(n int) revocation {
		w.t.Helper()
		r := kind(n)
		ctx, leave := context.WithCancel(context.Background())
		w.t.Cleanup(leave)
		res, err := w.get(ctx, w.b, r.token, cmp.Or(r.live, "/s/seongsu/live"))
		if err != nil {
			w.t.Fatal(err)
		}
		if res.StatusCode != http.StatusOK {
			w.t.Fatalf("the live stream answers %s", res.Status)
		}
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			defer func() { _ = res.Body.Close() }()
			for lines := bufio.NewScanner(res.Body); lines.Scan(); { // to the end
			}
		}()
		r.stream = ended
		return r
	}
}

// hire makes somebody who works in both stores, and returns their token.
func (w *revocationWorld) hire(n int) (person ids.MemberID, token string) {
	w.t.Helper()
	login := fmt.Sprint("revocation-", n)
	person, err := w.a.Members.CreateMember(w.t.Context(), auth.System("test"), members.CreateMember{
		Login: login, Name: "한걸음", Password: demo.Password, Role: auth.Staff, Workplaces: w.stores,
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return person, w.a.Token(w.t, login, demo.Password)
}
