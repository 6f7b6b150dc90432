-- name: LiveSessionsOf :many
SELECT session_id, device, address, started_at, refreshed_at
FROM members.session
WHERE member_id = @member_id
    AND ended_at IS NULL
    AND expires_at > @now
ORDER BY refreshed_at DESC, session_id;

-- name: CopiedSessionsOf :many
-- Sessions that were ended because somebody used a copy of them, and of which the person has not taken
-- note yet.
SELECT session_id, device, address, started_at, ended_at
FROM members.session
WHERE member_id = @member_id
    AND end_reason = 'token_reused'
    AND noticed_at IS NULL
ORDER BY ended_at DESC, session_id;

-- name: NoteCopiedSessions :execrows
UPDATE members.session
SET noticed_at = @noticed_at
WHERE member_id = @member_id
    AND end_reason = 'token_reused'
    AND noticed_at IS NULL;

-- name: EndSessionOf :execrows
UPDATE members.session
SET ended_at = @ended_at,
    end_reason = @end_reason
WHERE session_id = @session_id
    AND member_id = @member_id
    AND ended_at IS NULL;

-- name: EndOtherSessionsOf :execrows
UPDATE members.session
SET ended_at = @ended_at,
    end_reason = @end_reason
WHERE member_id = @member_id
    AND session_id <> sqlc.arg(keep)::uuid
    AND ended_at IS NULL;
