-- name: InsertKey :exec
INSERT INTO members.api_key (
    key_id, of_store, name, prefix, secret_hash, permissions, per_minute, created_at, created_by, created_by_id, expires_at
)
VALUES (
    @key_id, @of_store, @name, @prefix, @secret_hash, @permissions, @per_minute, @created_at, @created_by, sqlc.narg('created_by_id'), @expires_at
);

-- name: LiveKey :one
SELECT key_id, of_store, name, secret_hash, permissions, per_minute, expires_at, last_used_at
FROM members.api_key
WHERE prefix = @prefix
    AND revoked_at IS NULL
    AND expires_at > @now;

-- name: KeyUsed :exec
UPDATE members.api_key
SET last_used_at = @now,
    last_used_from = @address
WHERE key_id = @key_id;

-- name: KeysOf :many
SELECT api_key.key_id, api_key.name, api_key.prefix, api_key.permissions, api_key.per_minute, api_key.created_at, api_key.created_by,
    api_key.expires_at, api_key.last_used_at, api_key.last_used_from, api_key.revoked_at, api_key.revoked_for,
    (maker.state IS NOT NULL AND maker.state <> 'active')::boolean AS maker_gone
FROM members.api_key
LEFT JOIN members.member AS maker ON maker.member_id = api_key.created_by_id
WHERE api_key.of_store IS NOT DISTINCT FROM sqlc.narg('of_store')
ORDER BY api_key.created_at DESC
LIMIT 200;

-- name: CountKeys :one
SELECT count(*)
FROM members.api_key
WHERE of_store IS NOT DISTINCT FROM sqlc.narg('of_store')
    AND revoked_at IS NULL
    AND expires_at > @now;

-- name: RevokeKey :one
UPDATE members.api_key
SET revoked_at = @revoked_at
WHERE key_id = @key_id
    AND of_store IS NOT DISTINCT FROM sqlc.narg('of_store')
    AND revoked_at IS NULL
RETURNING name, prefix;

-- name: RevokeKeysOfStore :many
-- Expired ones too: nobody has to find out whether a key was still good that day.
UPDATE members.api_key
SET revoked_at = @revoked_at,
    revoked_for = @revoked_for
WHERE of_store = @of_store
    AND revoked_at IS NULL
RETURNING name, prefix;
