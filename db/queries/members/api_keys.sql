-- name: InsertKey :exec
INSERT INTO members.api_key (
    key_id, of_store, name, prefix, secret_hash, permissions, per_minute, created_at, created_by, expires_at
)
VALUES (
    @key_id, @of_store, @name, @prefix, @secret_hash, @permissions, @per_minute, @created_at, @created_by, @expires_at
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
SELECT key_id, name, prefix, permissions, per_minute, created_at, created_by, expires_at, last_used_at, last_used_from, revoked_at
FROM members.api_key
WHERE of_store IS NOT DISTINCT FROM sqlc.narg('of_store')
ORDER BY created_at DESC
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
