-- name: InsertSession :exec
INSERT INTO members.session (
    session_id, member_id, device, device_hash, address, network, started_at, generation, token_hash, chain_key, refreshed_at, expires_at,
    by_passkey
)
VALUES (
    @session_id, @member_id, @device, @device_hash, @address, @network, @started_at, 0, @token_hash, @chain_key, @refreshed_at, @expires_at,
    @by_passkey
);

-- name: LiveSessions :many
-- Of people, with where they work: a shared device has none, so the join passes it over.
SELECT session.session_id, session.member_id, session.expires_at, member.name, member.role,
    (
        NOT session.by_passkey
        AND EXISTS (SELECT 1 FROM members.second_factor_rule WHERE second_factor_rule.role = member.role)
        AND NOT EXISTS (SELECT 1 FROM members.totp WHERE totp.member_id = member.member_id AND totp.confirmed_at IS NOT NULL)
    )::boolean AS needs_factor,
    ARRAY(
        SELECT workplace.store_id
        FROM members.workplace
        WHERE workplace.member_id = member.member_id
        ORDER BY workplace.store_id
    )::uuid[] AS stores
FROM members.session
JOIN members.member ON member.member_id = session.member_id
WHERE session.session_id = ANY (@session_ids::uuid[])
    AND session.ended_at IS NULL
    AND session.expires_at > @now
    AND member.state = 'active';

-- name: SessionForUpdate :one
SELECT session_id, coalesce(member_id, '00000000-0000-0000-0000-000000000000')::uuid AS who, started_at, generation, token_hash,
    chain_key, refreshed_at, expires_at, ended_at, end_reason, shared_store, device_name, lock_seconds, acting_id, acting_since
FROM members.session
WHERE session_id = @session_id
FOR UPDATE;

-- name: RotateToken :exec
UPDATE members.session
SET generation = @generation,
    token_hash = @token_hash,
    refreshed_at = @refreshed_at,
    expires_at = @expires_at
WHERE session_id = @session_id;

-- name: EndSession :execrows
UPDATE members.session
SET ended_at = @ended_at,
    end_reason = @end_reason
WHERE session_id = @session_id
    AND ended_at IS NULL;

-- name: EndForNew :one
-- Ends a session and returns what the one that takes its place has of it.
UPDATE members.session
SET ended_at = @ended_at,
    end_reason = @end_reason
WHERE session_id = @session_id
    AND member_id = @member_id
    AND ended_at IS NULL
RETURNING device, device_hash, address, network, started_at, by_passkey;

-- name: DeleteOldSessions :execrows
DELETE FROM members.session
WHERE expires_at < @before;
