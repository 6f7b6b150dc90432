-- name: InsertSession :exec
INSERT INTO members.session (
    session_id, member_id, device, device_hash, address, started_at, generation, token_hash, chain_key, refreshed_at, expires_at,
    shared_store, by_passkey
)
VALUES (
    @session_id, @member_id, @device, @device_hash, @address, @started_at, 0, @token_hash, @chain_key, @started_at, @expires_at,
    @shared_store, @by_passkey
);

-- name: LiveSession :one
SELECT session.session_id, session.member_id, session.expires_at, member.name, member.role,
    session.shared_store, session.acting_id,
    (
        NOT session.by_passkey
        AND EXISTS (SELECT 1 FROM members.second_factor_rule WHERE second_factor_rule.role = member.role)
        AND NOT EXISTS (SELECT 1 FROM members.totp WHERE totp.member_id = member.member_id AND totp.confirmed_at IS NOT NULL)
    )::boolean AS needs_factor
FROM members.session
JOIN members.member ON member.member_id = session.member_id
WHERE session.session_id = @session_id
    AND session.ended_at IS NULL
    AND session.expires_at > @now
    AND member.state = 'active';

-- name: SessionForUpdate :one
SELECT session_id, member_id, started_at, generation, token_hash, chain_key, refreshed_at, expires_at, ended_at
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

-- name: DeleteOldSessions :execrows
DELETE FROM members.session
WHERE expires_at < @before;
