-- name: TOTP :one
SELECT secret, confirmed_at, last_step, begun_at
FROM members.totp
WHERE member_id = @member_id;

-- name: TOTPForUpdate :one
SELECT secret, confirmed_at, last_step, begun_at
FROM members.totp
WHERE member_id = @member_id
FOR UPDATE;

-- name: BeginTOTP :execrows
-- Does nothing where a confirmed one is there.
INSERT INTO members.totp AS t (member_id, secret, begun_at, last_step)
VALUES (@member_id, @secret, @begun_at, 0)
ON CONFLICT (member_id) DO UPDATE
SET secret = excluded.secret,
    begun_at = excluded.begun_at,
    last_step = 0
WHERE t.confirmed_at IS NULL;

-- name: UseTOTP :exec
UPDATE members.totp
SET last_step = @last_step,
    confirmed_at = @confirmed_at
WHERE member_id = @member_id;

-- name: DeleteTOTPInProgress :exec
DELETE FROM members.totp
WHERE member_id = @member_id
    AND confirmed_at IS NULL;

-- name: DeleteTOTP :exec
DELETE FROM members.totp
WHERE member_id = @member_id;

-- name: DeleteRecoveryCodes :exec
DELETE FROM members.recovery_code
WHERE member_id = @member_id;

-- name: InsertRecoveryCode :exec
INSERT INTO members.recovery_code (member_id, code_hash, made_at)
VALUES (@member_id, @code_hash, @made_at);

-- name: UseRecoveryCode :execrows
UPDATE members.recovery_code
SET used_at = @used_at
WHERE member_id = @member_id
    AND code_hash = @code_hash
    AND used_at IS NULL;

-- name: RecoveryCodesLeft :one
SELECT count(*)
FROM members.recovery_code
WHERE member_id = @member_id
    AND used_at IS NULL;

-- name: SecondFactorRules :many
SELECT role, since, set_by
FROM members.second_factor_rule
ORDER BY role;

-- name: SetSecondFactorRule :execrows
INSERT INTO members.second_factor_rule (role, since, set_by)
VALUES (@role, @since, @set_by)
ON CONFLICT (role) DO NOTHING;

-- name: LiftSecondFactorRule :execrows
DELETE FROM members.second_factor_rule
WHERE role = @role;

-- name: SecondFactorCounts :many
SELECT member.role, count(*) AS people, count(totp.member_id) AS with_codes
FROM members.member
LEFT JOIN members.totp ON totp.member_id = member.member_id AND totp.confirmed_at IS NOT NULL
GROUP BY member.role
ORDER BY member.role;

-- name: AllTOTP :many
SELECT member_id, secret
FROM members.totp
ORDER BY member_id;

-- name: ReplaceTOTPSecret :exec
-- Only where nobody has begun anew meanwhile.
UPDATE members.totp
SET secret = @secret
WHERE member_id = @member_id
    AND secret = @was;
