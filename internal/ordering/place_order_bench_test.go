package ordering_test

import (
	"fmt"
	"testing"

	"maru/internal/kernel/ids"
	"maru/internal/kernel/lang"
	"maru/internal/members/membersapi"
	"maru/internal/platform/auth"
	"maru/internal/platform/event"
)

// BenchmarkPlaceOrder places orders of two lines over 500 stores and over one, with as many callers at
// a time as the name says. The database does not flush here: it measures work, not the disk.
func BenchmarkPlaceOrder(b *testing.B) {
	for _, stores := range []int{1, 500} {
		for _, callers := range []int{1, 32} {
			b.Run(fmt.Sprintf("stores=%d/callers=%d", stores, callers), func(b *testing.B) {
				s := newShop(b)
				all := []ids.StoreID{s.gangnam}
				var opened []event.Event
				for i := 1; i < stores; i++ {
					id := ids.NewStoreID()
					all = append(all, id)
					opened = append(opened, membersapi.StoreOpened{Store: membersapi.Store{ID: id, Code: fmt.Sprint("s", i), Name: lang.Text{Ko: "점"}, TimeZone: "Asia/Seoul"}})
				}
				if len(opened) > 0 {
					s.publish("members", opened...)
					s.drain()
				}
				work := make(chan int)
				done := make(chan error, callers)
				for range callers {
					go func() {
						for n := range work {
							cmd := s.order(9400, s.lattes(1), s.cookies(1))
							cmd.StoreID = all[n%len(all)]
							if _, err := s.svc.PlaceOrder(b.Context(), auth.System("bench"), cmd); err != nil {
								done <- err
								return
							}
						}
						done <- nil
					}()
				}
				b.ResetTimer()
				for n := range b.N {
					work <- n
				}
				close(work)
				for range callers {
					if err := <-done; err != nil {
						b.Fatal(err)
					}
				}
				b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "orders/s")
			})
		}
	}
}
