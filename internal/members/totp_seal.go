package members

import (
	"context"
	"encoding/base64"
	"fmt"
	"strings"

	"maru/internal/kernel/ids"
	"maru/internal/members/internal/membersdb"
)

// Secrets of authenticator apps are stored sealed under MARU_SECRET: "sealed:" and base64. Without the mark they
// are of an older program, and plain.
const (
	sealedMark  = "sealed:"
	totpPurpose = "totp secret of "
)

func (s *Service) sealTOTP(member ids.MemberID, secret string) string {
	return sealedMark + base64.RawStdEncoding.EncodeToString(s.tokens.Encrypt(totpPurpose+member.String(), []byte(secret)))
}

// openTOTP returns the secret, or auth.ErrSealed where it was sealed under a secret that the program has no more.
func (s *Service) openTOTP(member ids.MemberID, stored string) (string, error) {
	text, sealed := strings.CutPrefix(stored, sealedMark)
	if !sealed {
		return stored, nil
	}
	raw, err := base64.RawStdEncoding.DecodeString(text)
	if err != nil {
		return "", fmt.Errorf("secret of the app: %w", err)
	}
	plain, err := s.tokens.Decrypt(totpPurpose+member.String(), raw)
	if err != nil {
		return "", fmt.Errorf("secret of the app: %w", err)
	}
	return string(plain), nil
}

// sealSecrets seals what is plain, and seals anew what is under an older secret, so that the old one can be taken
// away. Secrets that cannot be opened stay as they are: their people use recovery codes, or headquarters resets them.
func (s *Service) sealSecrets(ctx context.Context) error {
	q := membersdb.New(s.db)
	rows, err := q.AllTOTP(ctx)
	if err != nil {
		return fmt.Errorf("secrets to seal: %w", err)
	}
	for _, row := range rows {
		if text, sealed := strings.CutPrefix(row.Secret, sealedMark); sealed {
			if raw, err := base64.RawStdEncoding.DecodeString(text); err == nil && s.tokens.Current(raw) {
				continue
			}
		}
		secret, err := s.openTOTP(row.MemberID, row.Secret)
		if err != nil {
			continue
		}
		if err := q.ReplaceTOTPSecret(ctx, s.sealTOTP(row.MemberID, secret), row.MemberID, row.Secret); err != nil {
			return fmt.Errorf("seal secret: %w", err)
		}
	}
	return nil
}
