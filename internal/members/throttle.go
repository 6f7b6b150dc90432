package members

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"net/netip"
	"strconv"
	"time"

	"maru/internal/kernel/lang"
	"maru/internal/members/internal/membersdb"
	"maru/internal/platform/errs"
)

// ErrLocked is returned while an account or an address may not try to sign in, whether or not the
// account exists and whether or not the password would have been right.
var ErrLocked = errs.New(errs.TooMany, "members.locked",
	"로그인에 여러 번 실패했어요. {wait} 뒤에 다시 해 주세요.",
	"There were too many failed attempts. Please try again in {wait}.")

// ErrStrangersWait is returned to whoever is not known by device or place while too many such people fail, in their
// neighbourhood or anywhere. It names the ways in that do not close: they stay open however many guess.
var ErrStrangersWait = errs.New(errs.TooMany, "members.strangers_wait",
	"지금 모르는 곳에서 로그인하려는 시도가 몰려 있어요. 전에 로그인했던 기기나 매장 인터넷, 패스키로 들어와 주세요. 처음 쓰는 기기라면 ‘비밀번호를 잊었어요’나 점주·본사에게서 받은 링크로 바로 열 수 있어요.",
	"Many sign-ins from unknown places are failing just now. Use a device or the shop's network where you signed in before, or a passkey. On a new device a link opens the door at once: from “Forgot your password?”, from your owner or from headquarters.")

const (
	unknownOrigin = "unknown"
	// familiarFor is how long an address counts as the account's own after a sign-in there.
	familiarFor = 30 * 24 * time.Hour
	// familiarSessions bounds how many of them are looked at: people have some dozens, programs that sign in each minute have 43,200.
	familiarSessions = 1000
)

// sidesOf says what an attempt to sign in is counted in. A device on which the account was used before, or a link to it
// redeemed, has a lock of its own, so that nobody who fails on purpose elsewhere can lock its owner out; the same
// for an address from which the account was used lately. Everybody else shares budgets: of the account,
// of the address, of its neighbourhood, and one of all strangers or, where the account was used lately in this
// neighbourhood, of all neighbours.
func (s *Service) sidesOf(ctx context.Context, login, deviceKey, address string) ([]side, error) {
	account, network, device := accountKey(login), networkOf(address), deviceHash(deviceKey)
	lookedFor, neighbourhood := login, neighbourhoodOf(address)
	if !loginForm.MatchString(login) { // no account can have it, and the database might not take it
		lookedFor = ""
	}
	known, err := membersdb.New(s.db).KnownFrom(ctx, membersdb.KnownFromParams{
		Login: lookedFor, DeviceHash: device, Address: network, Network: neighbourhood, Since: s.now().Add(-familiarFor), Most: familiarSessions,
	})
	if err != nil {
		return nil, err
	}
	if known.Device {
		return []side{{deviceRule, account + "/" + base64.RawURLEncoding.EncodeToString(device), account}}, nil
	}
	here := side{placeRule, account + "/" + network, account}
	if known.Place && network != unknownOrigin {
		return []side{here, {addressRule, network, ""}}, nil
	}
	all := side{siteRule, "site", ""}
	if known.Near {
		all = side{neighboursRule, "site", ""}
	}
	return []side{here, {accountRule, account, account}, {addressRule, network, ""}, {networkRule, neighbourhood, ""}, all}, nil
}

// accountKey names an account in the counters. A login is kept as its hash only: people type passwords
// into the wrong field.
func accountKey(login string) string {
	sum := sha256.Sum256([]byte(login))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// deviceHash is under which a browser's own key is stored; nil for none. The key is random, so a fast
// hash is enough.
func deviceHash(key string) []byte {
	if len(key) < 32 || len(key) > 200 {
		return nil
	}
	sum := sha256.Sum256([]byte(key))
	return sum[:]
}

// networkOf names where an attempt comes from. Of an IPv6 address the network counts, since one
// household has 2^64 of the rest.
func networkOf(address string) string {
	ip, err := netip.ParseAddr(address)
	if err != nil {
		return unknownOrigin
	}
	if ip = ip.Unmap(); ip.Is4() {
		return ip.String()
	}
	return prefixOf(ip, 64)
}

// neighbourhoodOf names what one provider hands out as neighbours: 256 addresses of IPv4, or the /48 that a customer of
// IPv6 gets; empty where nobody knows.
func neighbourhoodOf(address string) string {
	ip, err := netip.ParseAddr(address)
	if err != nil {
		return ""
	}
	if ip = ip.Unmap(); ip.Is4() {
		return prefixOf(ip, 24)
	}
	return prefixOf(ip, 48)
}

func prefixOf(ip netip.Addr, bits int) string {
	prefix, err := ip.WithZone("").Prefix(bits)
	if err != nil {
		return unknownOrigin
	}
	return prefix.String()
}

// waitText says how long a wait is, rounded up to what people say.
func waitText(d time.Duration) lang.Text {
	if seconds := int((d + time.Second - 1) / time.Second); seconds < 60 {
		return plural(seconds, "초", "second")
	}
	return plural(int((d+time.Minute-1)/time.Minute), "분", "minute")
}

func plural(n int, ko, en string) lang.Text {
	count := strconv.Itoa(n)
	if n != 1 {
		en += "s"
	}
	return lang.Text{Ko: count + ko, En: count + " " + en}
}
