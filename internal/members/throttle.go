package members

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"net/netip"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"

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
	freeFailures  = 5
	firstLock     = time.Minute
	longestLock   = time.Hour
	forgetAfter   = 6 * time.Hour // without another failure
	accountSide   = "account"
	addressSide   = "address"
	unknownOrigin = "unknown"
)

// attempt is one try to sign in, as the two counters see it.
type attempt struct {
	account string
	address string
}

// newAttempt names the counters of a login and an address. A login is kept as its hash only: people
// type passwords into the wrong field. Of an IPv6 address the network counts, since one household
// has 2^64 of the rest.
func newAttempt(login, address string) attempt {
	sum := sha256.Sum256([]byte(login))
	return attempt{account: base64.RawURLEncoding.EncodeToString(sum[:]), address: networkOf(address)}
}

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

// begin counts the attempt as a failure before the password is looked at, so that many attempts at
// once do not all slip through before the first has failed; succeeded takes it back. It returns
// ErrLocked, and counts nothing, while either side is locked.
func (a attempt) begin(ctx context.Context, tx pgx.Tx, now time.Time) error {
	q := membersdb.New(tx)
	sides := []struct{ kind, subject string }{{accountSide, a.account}, {addressSide, a.address}}
	counters := make([]counter, len(sides))
	var locked time.Time
	for i, side := range sides {
		if err := q.EnsureFailureRow(ctx, side.kind, side.subject, now); err != nil {
			return err
		}
		row, err := q.FailureForUpdate(ctx, side.kind, side.subject)
		if err != nil {
			return err
		}
		counters[i] = counter{failures: row.Failures, last: row.LastAt, lockedUntil: row.LockedUntil}
		if until := counters[i].lockedUntil; until != nil && until.After(now) && until.After(locked) {
			locked = *until
		}
	}
	if !locked.IsZero() {
		return ErrLocked.WithText("wait", waitText(locked.Sub(now)))
	}
	for i, side := range sides {
		next := counters[i].failedAgain(now)
		if err := q.UpdateFailure(ctx, membersdb.UpdateFailureParams{
			Failures: next.failures, LastAt: next.last, LockedUntil: next.lockedUntil, Kind: side.kind, Subject: side.subject,
		}); err != nil {
			return err
		}
	}
	return nil
}

// succeeded takes the attempt back. The account starts afresh. The address does not: otherwise
// somebody with an account of their own could go on guessing those of others.
func (a attempt) succeeded(ctx context.Context, tx pgx.Tx) error {
	q := membersdb.New(tx)
	if err := q.ForgetFailures(ctx, accountSide, a.account); err != nil {
		return err
	}
	row, err := q.FailureForUpdate(ctx, addressSide, a.address)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil
	}
	if err != nil {
		return err
	}
	return q.UpdateFailure(ctx, membersdb.UpdateFailureParams{
		Failures: max(0, row.Failures-1), LastAt: row.LastAt, LockedUntil: nil, Kind: addressSide, Subject: a.address,
	})
}

// counter is how often one side has failed.
type counter struct {
	failures    int32
	last        time.Time
	lockedUntil *time.Time
}

// failedAgain returns the counter after one more failure: from the fifth on, the side is locked for a
// minute, then for twice as long each time, up to an hour. Failures long ago are forgotten.
func (c counter) failedAgain(now time.Time) counter {
	if now.Sub(c.last) > forgetAfter {
		c.failures = 0
	}
	next := counter{failures: c.failures + 1, last: now}
	if next.failures < freeFailures {
		return next
	}
	lock := longestLock
	if doublings := next.failures - freeFailures; doublings < 6 {
		lock = min(longestLock, firstLock<<doublings)
	}
	until := now.Add(lock)
	next.lockedUntil = &until
	return next
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
