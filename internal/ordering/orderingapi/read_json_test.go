package orderingapi

import (
	"bytes"
	stdjson "encoding/json"
	"math"
	"os"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/google/uuid"
	"pgregory.net/rapid"

	"maru/internal/kernel/businessday"
	"maru/internal/kernel/dining"
	"maru/internal/kernel/ids"
	"maru/internal/kernel/lang"
	"maru/internal/kernel/money"
)

// What is stored is read as the general reader would read it, and by hand.
func TestStoredEventsAreReadAsTheyWereWritten(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		accepted := acceptedEvents().Draw(t, "order")
		payload, err := stdjson.Marshal(accepted)
		if err != nil {
			t.Fatal(err)
		}
		if _, byHand := readStored(payload, readAccepted); !byHand {
			t.Fatalf("is left to the general reader: %s", payload)
		}
		sameReading[OrderAccepted](t, payload)
		moved := movedEvents().Draw(t, "move")
		if payload, err = stdjson.Marshal(moved); err != nil {
			t.Fatal(err)
		}
		if _, byHand := readStored(payload, readStatusChanged); !byHand {
			t.Fatalf("is left to the general reader: %s", payload)
		}
		sameReading[OrderStatusChanged](t, payload)
	})
}

// The golden files of internal/arch have every member: who adds one to an event adds it to its reader too.
func TestEveryMemberIsReadByHand(t *testing.T) {
	t.Parallel()
	stored := func(kind string) []byte {
		file, err := os.ReadFile("../../arch/testdata/events/" + kind + ".v1.json")
		if err != nil {
			t.Fatal(err)
		}
		var b bytes.Buffer
		if err := stdjson.Compact(&b, file); err != nil {
			t.Fatal(err)
		}
		return b.Bytes()
	}
	if _, byHand := readStored(stored(OrderAccepted{}.EventKind()), readAccepted); !byHand {
		t.Error("OrderAccepted has a member that is left to the general reader")
	}
	if _, byHand := readStored(stored(OrderStatusChanged{}.EventKind()), readStatusChanged); !byHand {
		t.Error("OrderStatusChanged has a member that is left to the general reader")
	}
}

// Whatever else a payload is (cut off, from a newer program, edited by hand), the general reader decides.
func TestOtherPayloadsMeanWhatTheGeneralReaderSays(t *testing.T) {
	t.Parallel()
	changes := []func(t *rapid.T, p []byte) []byte{
		func(t *rapid.T, p []byte) []byte { return p[:rapid.IntRange(0, len(p)).Draw(t, "cut")] },
		func(t *rapid.T, p []byte) []byte {
			p[rapid.IntRange(0, len(p)-1).Draw(t, "at")] = rapid.Byte().Draw(t, "byte")
			return p
		},
		func(t *rapid.T, p []byte) []byte {
			at := rapid.IntRange(0, len(p)).Draw(t, "at")
			some := rapid.SampledFrom([]string{
				" ", "\n", ",", `"`, `\`, "0", "-", "1e3", "9223372036854775808", "null", "[]", "{}", `"note":"x",`, `,"version":2`, `"hour":3,`,
				"\xff", `\u0041`, `\ud800`, "\x01",
			}).Draw(t, "some")
			return append(append(append([]byte{}, p[:at]...), some...), p[at:]...)
		},
		func(t *rapid.T, p []byte) []byte {
			members := strings.Split(string(p), ",")
			i, j := rapid.IntRange(0, len(members)-1).Draw(t, "i"), rapid.IntRange(0, len(members)-1).Draw(t, "j")
			members[i], members[j] = members[j], members[i]
			return []byte(strings.Join(members, ","))
		},
		func(t *rapid.T, p []byte) []byte {
			members := strings.Split(string(p), ",")
			i := rapid.IntRange(0, len(members)-1).Draw(t, "i")
			return []byte(strings.Join(append(members[:i:i], members[i+1:]...), ","))
		},
	}
	rapid.Check(t, func(t *rapid.T) {
		accepted, err := stdjson.Marshal(acceptedEvents().Draw(t, "order"))
		if err != nil {
			t.Fatal(err)
		}
		moved, err := stdjson.Marshal(movedEvents().Draw(t, "move"))
		if err != nil {
			t.Fatal(err)
		}
		for range rapid.IntRange(1, 3).Draw(t, "changes") {
			change := rapid.SampledFrom(changes).Draw(t, "change")
			if len(accepted) > 0 {
				accepted = change(t, accepted)
			}
			if len(moved) > 0 {
				moved = change(t, moved)
			}
		}
		sameReading[OrderAccepted](t, accepted)
		sameReading[OrderStatusChanged](t, moved)
	})
}

func TestOtherSpellingsMeanWhatTheGeneralReaderSays(t *testing.T) {
	t.Parallel()
	const stored = `{"order_id":"0192f0c1-0000-7000-8000-000000000abc","store_id":"0192f0c1-0000-7000-8000-000000000001","from":"accepted","to":"ready","at":"2026-11-22T08:30:43Z"}`
	others := map[string][]string{
		`"0192f0c1-0000-7000-8000-000000000abc"`: {
			`"0192F0C1-0000-7000-8000-000000000ABC"`, `"0192f0c1000070008000000000000abc"`, `"{0192f0c1-0000-7000-8000-000000000abc}"`,
			`"urn:uuid:0192f0c1-0000-7000-8000-000000000abc"`, `"0192f0c1-0000-7000-8000-000000000abg"`, `"0192f0c1_0000-7000-8000-000000000abc"`, `"0192f0c1-0000-7000-8000-00000000\u0030abc"`,
			`"0192f0c1-0000-7000-8000-000000000ab\\"`, `null`, `""`, `7`,
		},
		`"accepted"`:             {`null`, `1`, `"\u0061ccepted"`, `"a\ud800"`, `"\x"`, "\"a\x1f\"", `"접수"`},
		`"2026-11-22T08:30:43Z"`: {`"2026-11-22t08:30:43z"`, `"2026-11-22T08:30:43,5Z"`, `"2026-11-22T8:30:43Z"`, `"2026-11-22T08:30:43.123456789+09:00"`, `"2026-11-22T08:30:43.1234567891Z"`, `"2026-11-22T24:30:43Z"`, `"2026-11-22 08:30:43Z"`, `"2026-02-30T08:30:43Z"`, `null`},
		`"ready",`:               {`"ready","to":"ready",`, `"ready","by":"0192f0c1-0000-7000-8000-000000000abc",`, `"ready","more":[{}],`},
	}
	var payloads []string
	for from, list := range others {
		for _, to := range list {
			payloads = append(payloads, strings.Replace(stored, from, to, 1))
		}
	}
	for _, payload := range append(payloads, stored, stored+" ", stored+"x") {
		sameReading[OrderStatusChanged](t, []byte(payload))
	}
	for _, number := range []string{"0", "-0", "00", "012", "-7", "+7", "7.0", "7e2", "999999999999999999", "9223372036854775807", "9223372036854775808", "", "-", `"7"`} {
		payload := []byte(number)
		n, byHand := readStored(payload, (*reader).number)
		var want int64
		if err := json.Unmarshal(payload, &want); byHand && (err != nil || n != want) {
			t.Errorf("%s is read as %d, the general reader says %d, %v", number, n, want, err)
		}
	}
}

func TestNamesWithEscapesAreReadByHand(t *testing.T) {
	t.Parallel()
	payload := []byte(`{"ko":"쿠키 \u0026 크림 \"L\" \\ \u2028","en":"a\tb"}`)
	got, byHand := readStored(payload, (*reader).name)
	if want := (lang.Text{Ko: "쿠키 & 크림 \"L\" \\ \u2028", En: "a\tb"}); !byHand || got != want {
		t.Errorf("got %+v, by hand: %t", got, byHand)
	}
}

type failing interface{ Fatalf(string, ...any) }

func sameReading[E any, P interface {
	*E
	DecodeEvent([]byte) error
}](t failing, payload []byte) {
	var got, want E
	gotErr, wantErr := P(&got).DecodeEvent(payload), json.Unmarshal(payload, &want)
	if (gotErr == nil) != (wantErr == nil) {
		t.Fatalf("%s\n read: %v\n general reader: %v", payload, gotErr, wantErr)
	}
	if gotErr == nil && !reflect.DeepEqual(got, want) {
		t.Fatalf("%s\n read %+v\n general reader %+v", payload, got, want)
	}
}

func acceptedEvents() *rapid.Generator[OrderAccepted] {
	return rapid.Custom(func(t *rapid.T) OrderAccepted {
		return OrderAccepted{
			OrderID: ids.OrderID{UUID: drawID(t)}, StoreID: ids.StoreID{UUID: drawID(t)}, BusinessDate: businessday.DateOf(drawTime(t)),
			Hour: rapid.IntRange(0, 23).Draw(t, "hour"), PlacedAt: drawTime(t),
			Channel: rapid.SampledFrom([]Channel{Register, API, Import, ""}).Draw(t, "channel"), Dining: rapid.SampledFrom(dining.All).Draw(t, "dining"),
			PickupNumber: rapid.Int().Filter(storable).Draw(t, "number"), MenuVersion: int64(rapid.IntRange(0, 1000).Draw(t, "menu")),
			Total: drawAmount(t), Tax: drawAmount(t), Lines: drawLines(t), By: ids.MemberID{UUID: drawID(t)}, Device: ids.SessionID{UUID: drawID(t)},
			Discount: drawDiscount(t), Program: rapid.String().Draw(t, "program"),
		}
	})
}

func drawDiscount(t *rapid.T) Discount {
	if rapid.Bool().Draw(t, "no discount") {
		return Discount{}
	}
	return Discount{Amount: drawAmount(t), Percent: rapid.IntRange(0, 100).Draw(t, "percent"), Reason: rapid.String().Draw(t, "reason")}
}

func movedEvents() *rapid.Generator[OrderStatusChanged] {
	return rapid.Custom(func(t *rapid.T) OrderStatusChanged {
		return OrderStatusChanged{
			OrderID: ids.OrderID{UUID: drawID(t)}, StoreID: ids.StoreID{UUID: drawID(t)}, From: Status(rapid.String().Draw(t, "from")), To: Ready,
			At: drawTime(t), By: ids.MemberID{UUID: drawID(t)}, Device: ids.SessionID{UUID: drawID(t)}, Program: rapid.String().Draw(t, "program"),
		}
	})
}

func drawLines(t *rapid.T) []Line {
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) Line {
		l := Line{
			No: rapid.IntRange(1, 99).Draw(t, "no"), ItemID: ids.ItemID{UUID: drawID(t)}, SizeID: ids.SizeID{UUID: drawID(t)},
			CategoryID: ids.CategoryID{UUID: drawID(t)}, ItemName: drawName(t), SizeName: drawName(t), Quantity: rapid.IntRange(-9, 999).Draw(t, "quantity"),
			UnitPrice: drawAmount(t), Total: drawAmount(t), TaxFree: rapid.Bool().Draw(t, "tax free"),
			Discount: rapid.SampledFrom([]money.Amount{0, drawAmount(t)}).Draw(t, "share"),
		}
		for range rapid.IntRange(0, 3).Draw(t, "options") {
			l.Options = append(l.Options, LineOption{
				OptionID: ids.OptionID{UUID: drawID(t)}, Name: drawName(t), Price: drawAmount(t), Quantity: rapid.IntRange(0, 9).Draw(t, "of"),
			})
		}
		return l
	}), -1, 4).Draw(t, "lines")
}

func drawName(t *rapid.T) lang.Text {
	return lang.Text{Ko: rapid.String().Draw(t, "ko"), En: rapid.String().Draw(t, "en")}
}

func drawAmount(t *rapid.T) money.Amount {
	return money.Amount(rapid.Int64().Filter(func(n int64) bool { return storable(int(n)) }).Draw(t, "amount"))
}

// storable numbers have at most 18 digits; no amount or number of Maru has more.
func storable(n int) bool { return n > -1e18 && n < 1e18 }

func drawID(t *rapid.T) uuid.UUID {
	var id uuid.UUID
	copy(id[:], rapid.SampledFrom([][]byte{nil, rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, "id")}).Draw(t, "which"))
	return id
}

func drawTime(t *rapid.T) time.Time {
	return time.Unix(rapid.Int64Range(0, math.MaxInt32).Draw(t, "s"), rapid.Int64Range(0, 999_999_999).Draw(t, "ns")).UTC()
}

func BenchmarkDecodeEvent(b *testing.B) {
	text := func(s string) lang.Text { return lang.Text{Ko: s, En: "english"} }
	o := OrderAccepted{
		OrderID: ids.NewOrderID(), StoreID: ids.NewStoreID(), BusinessDate: businessday.NewDate(2026, 11, 22), Hour: 12, PlacedAt: time.Now().UTC(),
		Channel: Register, Dining: dining.Takeaway, PickupNumber: 77, MenuVersion: 3, Total: 15400, Tax: 1400, By: ids.NewMemberID(),
	}
	for i := range 2 {
		o.Lines = append(o.Lines, Line{
			No: i + 1, ItemID: ids.ItemID{UUID: ids.NewV7()}, SizeID: ids.SizeID{UUID: ids.NewV7()}, CategoryID: ids.CategoryID{UUID: ids.NewV7()},
			ItemName: text("골목 라떼"), SizeName: text("큰 컵"), Quantity: 1, UnitPrice: 5500, Total: 7700,
			Options: []LineOption{{OptionID: ids.OptionID{UUID: ids.NewV7()}, Name: text("귀리 우유"), Price: 700, Quantity: 1}},
		})
	}
	payload, err := stdjson.Marshal(o)
	if err != nil {
		b.Fatal(err)
	}
	for name, read := range map[string]func(*OrderAccepted) error{
		"by hand":        func(e *OrderAccepted) error { return e.DecodeEvent(payload) },
		"general reader": func(e *OrderAccepted) error { return json.Unmarshal(payload, e) },
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				var e OrderAccepted
				if err := read(&e); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
