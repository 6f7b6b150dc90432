-- name: LimitForUpdate :one
-- Makes the row where there is none, and locks it.
INSERT INTO members.attempt_limit AS l (kind, subject, account, failures, last_at, pending, pending_until)
VALUES (@kind, @subject, @account, 0, @now, 0, @now)
ON CONFLICT (kind, subject) DO UPDATE SET account = excluded.account
RETURNING l.failures, l.last_at, l.locked_until, l.pending, l.pending_until;

-- name: UpdateLimit :exec
UPDATE members.attempt_limit
SET failures = @failures,
    last_at = @last_at,
    locked_until = @locked_until,
    pending = @pending,
    pending_until = @pending_until
WHERE kind = @kind
    AND subject = @subject;

-- name: LimitsOfAccount :many
SELECT kind, subject, failures, last_at, locked_until, pending, pending_until
FROM members.attempt_limit
WHERE account = @account
    AND account <> ''
ORDER BY kind, subject;

-- name: ForgetLimitsOfAccount :execrows
DELETE FROM members.attempt_limit
WHERE account = @account
    AND account <> '';

-- name: DeleteOldLimits :execrows
DELETE FROM members.attempt_limit
WHERE last_at < @before
    AND pending_until < @before;

-- name: Familiar :one
-- Whether a login was used before from this device, and from this address. An account that does not
-- exist is asked for in the same way.
SELECT
    EXISTS (
        SELECT 1
        FROM members.session
        JOIN members.member ON member.member_id = session.member_id
        WHERE member.login = @login
            AND session.device_hash = @device_hash
            AND session.device_hash <> ''
            AND (session.end_reason IS NULL OR session.end_reason NOT IN ('token_reused', 'ended_by_member', 'ended_by_hq'))
    ) AS device,
    EXISTS (
        SELECT 1
        FROM members.session
        JOIN members.member ON member.member_id = session.member_id
        WHERE member.login = @login
            AND session.address = @address
            AND session.started_at > @since
            AND (session.end_reason IS NULL OR session.end_reason NOT IN ('token_reused', 'ended_by_member', 'ended_by_hq'))
    ) AS place;
