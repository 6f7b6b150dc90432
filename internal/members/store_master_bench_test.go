package members_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"maru/internal/kernel/lang"
	"maru/internal/members"
	"maru/internal/platform/auth"
)

// BenchmarkStoreMasters asks for pages of a list of 5,000 stores, every tenth of which has an owner, and tells the slowest
// of a hundred beside the mean.
func BenchmarkStoreMasters(b *testing.B) {
	w := newWorld(b)
	lines := make([]members.StoreLine, 5000)
	for n := range lines {
		lines[n] = members.StoreLine{Line: n + 2, Code: fmt.Sprintf("s%04d", n), Says: map[members.StoreField]bool{
			members.FieldNameKo: true, members.FieldRegion: true, members.FieldAddress: true, members.FieldPhone: true,
		}, Card: members.StoreCard{
			Name: lang.Text{Ko: fmt.Sprintf("지점 %04d", n*7919%5000)}, Region: []string{"서울", "경기", "부산", "제주"}[n%4],
			Address: fmt.Sprintf("서울 중구 시험길 %d, 1층", n), Phone: fmt.Sprintf("02-555-%04d", n),
		}}
	}
	plans, err := w.PlanStores(b.Context(), hq, lines, members.NewStores{TimeZone: "Asia/Seoul", Cutoff: 240, Status: "open"})
	if err != nil {
		b.Fatal(err)
	}
	begun := time.Now()
	if _, err := w.ImportStores(b.Context(), hq, plans, "", nil); err != nil {
		b.Fatal(err)
	}
	b.Logf("5,000 stores are imported in %s", time.Since(begun).Round(time.Millisecond))
	all, err := w.Stores(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	for n := 0; n < len(all); n += 10 {
		w.member(fmt.Sprintf("owner-%04d", n), auth.Owner, all[n].ID)
	}
	deep, err := w.StoreMasters(b.Context(), hq, members.FindStores{Search: "지점 45"})
	if err != nil {
		b.Fatal(err)
	}
	for _, c := range []struct {
		name string
		find members.FindStores
	}{
		{"first", members.FindStores{}},
		{"deep", members.FindStores{After: deep.Next}},
		{"region", members.FindStores{Region: "부산", Owner: members.WithoutOwner}},
		{"search", members.FindStores{Search: "시험길 49"}},
		{"owner", members.FindStores{Search: "owner-0400"}},
		{"nothing", members.FindStores{Search: "없는 낱말"}},
	} {
		b.Run(c.name, func(b *testing.B) {
			var took []time.Duration
			for b.Loop() {
				at := time.Now()
				if _, err := w.StoreMasters(b.Context(), hq, c.find); err != nil {
					b.Fatal(err)
				}
				took = append(took, time.Since(at))
			}
			slices.Sort(took)
			b.ReportMetric(float64(took[len(took)*99/100].Microseconds())/1000, "p99-ms")
		})
	}
}
