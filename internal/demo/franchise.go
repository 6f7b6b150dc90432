// Package demo makes up a franchise to look at: Gosat Coffee (고샅커피), eight shops in the alleys of
// Korean towns. Everything goes through the same doors as real work: use cases, files in the import
// formats, orders at the register.
package demo

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io"

	"maru/internal/catalog"
	"maru/internal/imports"
	"maru/internal/inventory"
	"maru/internal/kernel/businessday"
	"maru/internal/kernel/ids"
	"maru/internal/kernel/lang"
	"maru/internal/members"
	"maru/internal/platform/auth"
)

//go:embed franchise/*.csv
var files embed.FS

// Contexts is what the demo works with.
type Contexts struct {
	Members   *members.Service
	Catalog   *catalog.Service
	Inventory *inventory.Service
	// Drain waits until every event has been delivered.
	Drain func(context.Context) error
}

// Account is an account of the demo. Its password is known to everybody who can read the program.
type Account struct {
	Login, Password, Name string
	Role                  auth.Role
	Who                   lang.Text // what the person does where: "성수 골목점 점주"
	Stores                []string  // codes
	PIN                   string    // for the shared devices of their stores; empty for those who have none
}

// SharedStore is the store in which people have PINs and whose counter has a shared device. The others have
// none, so that the first use can be seen as well.
const SharedStore = "yeonnam"

// Password is the password of every account of the demo.
const Password = "golmok-anjja-26"

// Name is the franchise's name.
var Name = lang.Text{Ko: "고샅커피", En: "Gosat Coffee"}

var by = auth.System("데모")

// Found founds the franchise with its stores, accounts and menu, and publishes the first version. What
// is there already stays as it is, so that a second start changes nothing that people did to the demo.
// It returns the accounts.
func Found(ctx context.Context, c Contexts) ([]Account, error) {
	if _, err := c.Members.FoundFranchise(ctx, by, members.FoundFranchise{Name: Name, Currency: "KRW"}); err != nil {
		return nil, fmt.Errorf("demo: %w", err)
	}
	ids, err := openStores(ctx, c.Members)
	if err != nil {
		return nil, err
	}
	if err := hire(ctx, c.Members, ids); err != nil {
		return nil, err
	}
	if err := c.Drain(ctx); err != nil { // catalog hears of the currency
		return nil, err
	}
	if err := publishMenu(ctx, c.Catalog); err != nil {
		return nil, err
	}
	return accounts, c.Drain(ctx)
}

// OpenStock books what the stores have at the beginning: some of them lack something, so that sold-out
// things are to be seen. It does so once; a second call does nothing.
func OpenStock(ctx context.Context, c Contexts) error {
	err := withFile("stock", func(r io.Reader) error {
		s, err := imports.Stock(ctx, c.Inventory, c.Members, r, imports.Options{By: by})
		return complete(s, err)
	})
	if err != nil {
		return err
	}
	return c.Drain(ctx)
}

func publishMenu(ctx context.Context, menu *catalog.Service) error {
	switch _, err := menu.Published(ctx); {
	case err == nil:
		return nil
	case !errors.Is(err, catalog.ErrNotPublished):
		return err
	}
	for _, part := range []struct {
		file string
		read func(context.Context, *catalog.Service, io.Reader, imports.Options) (imports.Summary, error)
	}{{"materials", imports.Materials}, {"options", imports.OptionGroups}, {"menu", imports.Menu}, {"recipes", imports.Recipes}} {
		err := withFile(part.file, func(r io.Reader) error {
			s, err := part.read(ctx, menu, r, imports.Options{By: by})
			return complete(s, err)
		})
		if err != nil {
			return err
		}
	}
	if _, err := menu.PublishMenu(ctx, by, catalog.PublishMenu{Note: "첫 메뉴"}); err != nil {
		return fmt.Errorf("demo: %w", err)
	}
	return nil
}

func withFile(name string, read func(io.Reader) error) error {
	f, err := files.Open("franchise/" + name + ".csv")
	if err != nil {
		return fmt.Errorf("demo: %w", err)
	}
	defer func() { _ = f.Close() }()
	if err := read(f); err != nil {
		return fmt.Errorf("demo: %s: %w", name, err)
	}
	return nil
}

// complete makes an error of refused lines: those would be mistakes in the program.
func complete(s imports.Summary, err error) error {
	if err != nil || len(s.Refused) == 0 {
		return err
	}
	r := s.Refused[0]
	return fmt.Errorf("%d lines are refused, the first is line %d %s: %s", len(s.Refused), r.Line, r.Column, r.Reason.En)
}

// openStores adds the stores that are not there yet and returns the ids of all by code.
func openStores(ctx context.Context, m *members.Service) (map[string]ids.StoreID, error) {
	byCode := make(map[string]ids.StoreID, len(stores))
	for _, s := range stores {
		_, err := m.AddStore(ctx, by, members.AddStore{Code: s.code, StoreCard: members.StoreCard{
			Name: lang.Text{Ko: s.ko, En: s.en}, Region: s.region, Address: s.address, TimeZone: "Asia/Seoul", Cutoff: s.cutoff,
		}})
		if err != nil && !errors.Is(err, members.ErrCodeTaken) {
			return nil, fmt.Errorf("demo: %w", err)
		}
		known, err := m.StoreByCode(ctx, s.code)
		if err != nil {
			return nil, fmt.Errorf("demo: %w", err)
		}
		byCode[s.code] = known.ID
	}
	return byCode, nil
}

func hire(ctx context.Context, m *members.Service, stores map[string]ids.StoreID) error {
	for _, a := range accounts {
		var workplaces []ids.StoreID
		for _, code := range a.Stores {
			workplaces = append(workplaces, stores[code])
		}
		_, err := m.CreateMember(ctx, by, members.CreateMember{
			Login: a.Login, Name: a.Name, Password: a.Password, Role: a.Role, Workplaces: workplaces,
		})
		if errors.Is(err, members.ErrLoginTaken) {
			continue
		}
		if err == nil && a.PIN != "" {
			err = begin(ctx, m, a, workplaces)
		}
		if err != nil {
			return fmt.Errorf("demo: account %s: %w", a.Login, err)
		}
	}
	return nil
}

// begin is somebody's first day where people share a device: they sign in and choose a PIN, and the owner makes the
// tablet on the counter a shared device. No browser holds that device: it is there to be seen in the list.
func begin(ctx context.Context, m *members.Service, a Account, stores []ids.StoreID) error {
	session, err := m.SignIn(ctx, members.SignIn{Login: a.Login, Password: a.Password, Device: tablet, Address: "127.0.0.1"})
	if err != nil {
		return err
	}
	if err := m.SetPIN(ctx, session.Principal, members.SetPIN{Stores: stores, PIN: a.PIN, Password: a.Password}); err != nil {
		return err
	}
	if a.Role == auth.Owner {
		_, err := m.SetUpDevice(ctx, session.Principal, members.SetUpDevice{
			Store: stores[0], Name: "카운터 태블릿", LockAfter: members.DefaultLock, Password: a.Password, Device: tablet, Address: "127.0.0.1",
		})
		if err != nil {
			return err
		}
	}
	return m.SignOut(ctx, session.Principal)
}

// tablet is what the browser of the tablet on the counter calls itself.
const tablet = "Mozilla/5.0 (Linux; Android 14; SM-X210) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36"

type store struct {
	code, ko, en, region, address string
	cutoff                        businessday.Cutoff
}

var stores = []store{
	{"seongsu", "성수 골목점", "Seongsu Alley", "서울", "서울 성동구 고샅길 12", 4 * 60},
	{"yeonnam", "연남 철길점", "Yeonnam Railway", "서울", "서울 마포구 철길로 31", 5 * 60},
	{"seochon", "서촌 한옥점", "Seochon Hanok", "서울", "서울 종로구 처마길 7", 4 * 60},
	{"haeundae", "해운대 달맞이점", "Haeundae Moon Hill", "부산", "부산 해운대구 달맞이고개길 88", 4 * 60},
	{"jeonpo", "전포 공구길점", "Jeonpo Toolmakers", "부산", "부산 부산진구 공구길 19", 5 * 60},
	{"daegu", "대구 삼덕점", "Daegu Samdeok", "대구", "대구 중구 담장길 24", 4 * 60},
	{"jeonju", "전주 한옥마을점", "Jeonju Hanok Village", "전북", "전북 전주시 완산구 은행나무길 5", 4 * 60},
	{"aewol", "애월 돌담점", "Aewol Stone Wall", "제주", "제주 제주시 애월읍 돌담길 3", 3 * 60},
}

var accounts = staff()

// staff lists headquarters, an owner for each store, and some baristas.
func staff() []Account {
	list := []Account{{
		Login: "hq", Password: Password, Name: "한마루", Role: auth.HQAdmin, Who: lang.Text{Ko: "본사", En: "Headquarters"},
	}}
	owners := []string{"김성민", "이연우", "박서진", "최해온", "정하람", "윤대현", "전주희", "고은돌"}
	for i, s := range stores {
		list = append(list, Account{
			Login: s.code, Password: Password, Name: owners[i], Role: auth.Owner, Stores: []string{s.code},
			Who: lang.Text{Ko: s.ko + " 점주", En: s.en + ", owner"}, PIN: pins[s.code],
		})
	}
	for i, name := range []string{"오나래", "서가온", "문다온", "백이든"} {
		s := stores[i]
		list = append(list, Account{
			Login: s.code + "-staff", Password: Password, Name: name, Role: auth.Staff, Stores: []string{s.code},
			Who: lang.Text{Ko: s.ko + " 직원", En: s.en + ", barista"}, PIN: pins[s.code+"-staff"],
		})
	}
	return list
}

// pins are by login.
var pins = map[string]string{SharedStore: "60417", SharedStore + "-staff": "8305"}

// Accounts returns the accounts that Found makes.
func Accounts() []Account { return append([]Account(nil), accounts...) }
