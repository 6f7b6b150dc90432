package auth

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// Sealed texts are what a browser keeps for the next step of something, such as signing in with a second
// factor: readable, but ours, for one purpose, and not for long. The purpose is the token's audience, so
// that none passes for another, nor for an access token.

type sealedClaims struct {
	jwt.RegisteredClaims
	Data json.RawMessage `json:"dat"`
}

// Seal returns a token that carries data, as JSON, for one purpose and for as long as life.
func (t *Tokens) Seal(purpose string, life time.Duration, data any) (string, error) {
	doc, err := json.Marshal(data)
	if err != nil {
		return "", fmt.Errorf("auth: seal: %w", err)
	}
	now := t.now()
	unsigned := jwt.NewWithClaims(jwt.SigningMethodHS256, sealedClaims{
		RegisteredClaims: jwt.RegisteredClaims{
			Issuer: issuer, Audience: jwt.ClaimStrings{audience + " " + purpose},
			IssuedAt: jwt.NewNumericDate(now), ExpiresAt: jwt.NewNumericDate(now.Add(life)),
		},
		Data: doc,
	})
	unsigned.Header["kid"] = t.signing.id
	return unsigned.SignedString(t.signing.secret)
}

// Unseal reads what Seal has sealed for the same purpose into data, and returns when. It returns ErrToken
// for anything else.
func (t *Tokens) Unseal(purpose, token string, data any) (at time.Time, err error) {
	var claims sealedClaims
	parser := jwt.NewParser(append(t.rules(), jwt.WithAudience(audience+" "+purpose))...)
	if _, err := parser.ParseWithClaims(token, &claims, t.keyOf); err != nil {
		return time.Time{}, ErrToken
	}
	if err := json.Unmarshal(claims.Data, data); err != nil || claims.IssuedAt == nil {
		return time.Time{}, ErrToken
	}
	return claims.IssuedAt.Time, nil
}
