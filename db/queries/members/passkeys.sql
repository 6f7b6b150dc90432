-- name: PasskeysOf :many
SELECT credential_id, name, credential, added_at, used_at
FROM members.passkey
WHERE member_id = @member_id
ORDER BY added_at, credential_id;

-- name: InsertPasskey :execrows
INSERT INTO members.passkey (credential_id, member_id, name, credential, added_at)
VALUES (@credential_id, @member_id, @name, @credential, @added_at)
ON CONFLICT (credential_id) DO NOTHING;

-- name: UsePasskey :execrows
UPDATE members.passkey
SET credential = @credential,
    used_at = @used_at
WHERE credential_id = @credential_id
    AND member_id = @member_id;

-- name: DeletePasskey :execrows
DELETE FROM members.passkey
WHERE credential_id = @credential_id
    AND member_id = @member_id;

-- name: SpendChallenge :execrows
INSERT INTO members.spent_challenge (challenge_hash, expires_at)
VALUES (@challenge_hash, @expires_at)
ON CONFLICT (challenge_hash) DO NOTHING;

-- name: DeleteSpentChallenges :execrows
DELETE FROM members.spent_challenge
WHERE expires_at < @before;

-- name: DeletePasskeysOf :exec
DELETE FROM members.passkey
WHERE member_id = @member_id;
