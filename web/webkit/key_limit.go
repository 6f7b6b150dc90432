package webkit

import (
	"math"
	"strconv"
	"sync"
	"time"

	"github.com/labstack/echo/v4"

	"maru/internal/kernel/ids"
)

// keyLimits counts the requests of API keys on this replica, each in a bucket that holds a minute's worth
// and fills evenly. Replicas count by themselves: behind a balancer that spreads evenly, a key gets its
// limit times their number.
type keyLimits struct {
	mu      sync.Mutex
	buckets map[ids.KeyID]keyBucket
}

type keyBucket struct {
	left float64
	at   time.Time
}

// maxBuckets bounds the memory; above it all keys begin anew with a full bucket.
const maxBuckets = 20_000

// take takes one request from the key's bucket and returns what is left, and how long until there is
// one where there is none.
func (k *keyLimits) take(key ids.KeyID, perMinute int, now time.Time) (left int, reset, wait time.Duration) {
	k.mu.Lock()
	defer k.mu.Unlock()
	limit, rate := float64(perMinute), float64(perMinute)/60
	b, known := k.buckets[key]
	if !known {
		if k.buckets == nil || len(k.buckets) >= maxBuckets {
			k.buckets = map[ids.KeyID]keyBucket{}
		}
		b = keyBucket{left: limit, at: now}
	}
	b.left = math.Min(limit, b.left+math.Max(0, now.Sub(b.at).Seconds())*rate)
	b.at = now
	if b.left >= 1 {
		b.left--
	} else {
		wait = time.Duration((1 - b.left) / rate * float64(time.Second))
	}
	k.buckets[key] = b
	return int(b.left), time.Duration((limit - b.left) / rate * float64(time.Second)), wait
}

// limitKeys tells programs with an API key what they have left, by the headers RateLimit-Limit,
// -Remaining, -Reset (seconds until all is there again) and -Policy of the IETF's draft, and answers
// 429 with Retry-After to those that have nothing left.
func (s *Site) limitKeys(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		p := viewOf(c).principal
		if !p.IsKey() {
			return next(c)
		}
		left, reset, wait := s.keys.take(p.Key, p.PerMinute, s.Now())
		h := c.Response().Header()
		h.Set("RateLimit-Limit", strconv.Itoa(p.PerMinute))
		h.Set("RateLimit-Remaining", strconv.Itoa(left))
		h.Set("RateLimit-Reset", seconds(reset))
		h.Set("RateLimit-Policy", strconv.Itoa(p.PerMinute)+";w=60")
		if wait > 0 {
			return ErrTooMany.After(wait)
		}
		return next(c)
	}
}

func seconds(d time.Duration) string { return strconv.Itoa(int(math.Ceil(d.Seconds()))) }
