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

const (
	unknownOrigin = "unknown"
	// familiarFor is how long an address counts as the account's own after a sign-in there.
	familiarFor = 30 * 24 * time.Hour
)

// sidesOf says what an attempt to sign in is counted in. A device on which the account was used before
// has a lock of its own, so that nobody who fails on purpose elsewhere can lock its owner out; the same
// for an address from which the account was used lately. Everybody else shares budgets: of the account,
// of the address, and of the whole site.
func (s *Service) sidesOf(ctx context.Context, login, deviceKey, address string) ([]side, error) {
	account, network, device := accountKey(login), networkOf(address), deviceHash(deviceKey)
	lookedFor := login
	if !loginForm.MatchString(login) { // no account can have it, and the database might not take it
		lookedFor = ""
	}
	known, err := membersdb.New(s.db).Familiar(ctx, membersdb.FamiliarParams{
		Login: lookedFor, DeviceHash: device, Address: network, Since: s.now().Add(-familiarFor),
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
	return []side{here, {accountRule, account, account}, {addressRule, network, ""}, {siteRule, "site", ""}}, nil
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
	ip = ip.Unmap().WithZone("")
	if ip.Is4() {
		return ip.String()
	}
	network, err := ip.Prefix(64)
	if err != nil {
		return unknownOrigin
	}
	return network.String()
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
