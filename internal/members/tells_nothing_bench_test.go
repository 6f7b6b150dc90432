package members_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"maru/internal/kernel/ids"
	"maru/internal/members"
	"maru/internal/platform/auth"
)

// BenchmarkWhetherAnAccountExists measures the same refused question about somebody who is there and somebody who is not, in
// turn, with the hashes of the real program. It reports the median of each and, of all pairs, in how many the one who is
// there took longer: half of them where time tells nothing. Run it with -benchtime 80x (a shared device lives no longer by its clock), or 300x without pin; the
// figures stand in docs/security.md.
func BenchmarkWhetherAnAccountExists(b *testing.B) {
	type question func(b *testing.B, i int) error
	for name, prepare := range map[string]func(w *world) (there, nobody question){
		"login": func(w *world) (there, nobody question) {
			w.member("hong", auth.HQMenu)
			ask := func(login string) question {
				return func(b *testing.B, i int) error {
					_, err := w.SignIn(b.Context(), members.SignIn{Login: login, Password: "a wrong guess", Address: many("203.%d.%d.7")(i)})
					return wanted(err, members.ErrWrongCredentials)
				}
			}
			return ask("hong"), ask("kang")
		},
		"pin": func(w *world) (there, nobody question) {
			c := &cafe{world: w, id: w.store("mapo").ID}
			w.member("manager", auth.Manager, c.id)
			mina, without := w.member("mina", auth.Staff, c.id), w.member("jinho", auth.Staff, c.id)
			c.manager = w.signIn("manager")
			c.setPIN("mina", minasPIN, c.id)
			var err error
			if c.device, err = w.SetUpDevice(w.t.Context(), c.manager.Principal, members.SetUpDevice{
				Store: c.id, Name: "카운터", LockAfter: members.DefaultLock, Password: password, Device: "Chrome", Address: "203.0.113.7",
			}); err != nil {
				w.t.Fatal(err)
			}
			ask := func(member ids.MemberID) question {
				return func(b *testing.B, _ int) error {
					_, err := w.SwitchPerson(b.Context(), c.device.Principal, members.SwitchPerson{Member: member, PIN: "190518", RefreshToken: c.device.RefreshToken})
					return wanted(err, members.ErrWrongPIN)
				}
			}
			return ask(mina), ask(without)
		},
		"forgot with a mailer": func(w *world) (there, nobody question) {
			w.SendMailBy(&postOffice{}, "https://maru.example.com")
			w.member("hong", auth.HQMenu)
			if err := w.ChangeProfile(w.t.Context(), w.signIn("hong").Principal, members.ChangeProfile{Name: "홍길동", Email: "hong@example.com", Password: password}); err != nil {
				w.t.Fatal(err)
			}
			ask := func(login string) question {
				from := many("203.%d.%d.7")
				return func(b *testing.B, i int) error {
					return w.RequestReset(b.Context(), members.RequestReset{Login: login, Address: from(i)})
				}
			}
			return ask("hong"), ask("kang")
		},
		"sign-up": func(w *world) (there, nobody question) {
			ask := func(mail string) question {
				return func(b *testing.B, i int) error {
					_, err := w.Apply(b.Context(), members.Apply{
						BusinessNo: businessNo, Name: "김점주", Phone: "010-1234-5678", Email: mail, StoreWish: "성수동", Address: many("203.%d.%d.7")(i),
					})
					return err
				}
			}
			w.member("hong", auth.HQMenu)
			if err := w.ChangeProfile(w.t.Context(), w.signIn("hong").Principal, members.ChangeProfile{
				Name: "홍길동", Email: "hong@example.com", Password: password,
			}); err != nil {
				w.t.Fatal(err)
			}
			return ask("hong@example.com"), ask("kang@example.com")
		},
	} {
		b.Run(name, func(b *testing.B) {
			w := newWorld(b)
			w.Service = w.replicaHashing(auth.DefaultArgon)
			there, nobody := prepare(w)
			var took [2][]time.Duration
			for i := range b.N {
				w.wait(7 * time.Hour) // no limit is left from the pair before
				for k := range 2 {
					which := (i + k) % 2
					began := time.Now()
					err := []question{there, nobody}[which](b, i)
					took[which] = append(took[which], time.Since(began))
					if err != nil {
						b.Fatal(err)
					}
				}
			}
			longer := 0
			for i := range b.N {
				if took[0][i] > took[1][i] {
					longer++
				}
			}
			for which, of := range []string{"there", "nobody"} {
				slices.Sort(took[which])
				b.ReportMetric(float64(took[which][b.N/2].Microseconds()), of+"-µs")
			}
			b.ReportMetric(100*float64(longer)/float64(b.N), "%longer")
		})
	}
}

// wanted returns nil where the answer is the one that was expected.
func wanted(err, want error) error {
	if errors.Is(err, want) {
		return nil
	}
	return fmt.Errorf("%w, want %s", err, strings.TrimSpace(want.Error()))
}
