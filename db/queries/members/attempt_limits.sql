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

-- name: KnownFrom :one
-- Whether a login was used before, or a link to it redeemed, on this device, from this address, and in its neighbourhood. An
-- account that does not exist is asked for in the same way. What was done in a browser before it was disowned counts for
-- nothing, however those sessions ended; a change of password disowns all browsers but those that are signed in with the new one. Of the sessions since only the newest @most are read, and the newest on the device.
WITH person AS MATERIALIZED (
    SELECT member_id
    FROM members.member
    WHERE login = @login
),
disowned AS (
    SELECT device_hash, max(ended_at) AS at
    FROM members.session
    WHERE member_id = (SELECT member_id FROM person)
        AND (
            end_reason IN ('token_reused', 'ended_by_member', 'ended_by_hq')
            OR end_reason = 'password_changed'
                AND NOT EXISTS (
                    SELECT 1
                    FROM members.session AS live
                    WHERE live.member_id = session.member_id
                        AND live.device_hash = session.device_hash
                        AND live.ended_at IS NULL
                )
        )
    GROUP BY device_hash
),
recent AS (
    SELECT device_hash, started_at, (session.address = @address)::boolean AS place,
        (session.network = @network AND session.network <> '')::boolean AS near
    FROM members.session
    WHERE member_id = (SELECT member_id FROM person)
        AND session.started_at > @since
        AND (end_reason IS NULL OR end_reason NOT IN ('token_reused', 'ended_by_member', 'ended_by_hq'))
    ORDER BY started_at DESC
    LIMIT @most
),
here AS (
    SELECT device_hash, started_at
    FROM members.session
    WHERE member_id = (SELECT member_id FROM person)
        AND session.device_hash = @device_hash
    ORDER BY started_at DESC
    LIMIT 1
),
used AS (
    SELECT device_hash AS browser, started_at AS at, false AS device, place, near
    FROM recent
    UNION ALL
    SELECT device_hash, started_at, true, false, false
    FROM here
    UNION ALL
    SELECT used_device, used_at, link.used_device = @device_hash,
        link.used_address = @address AND link.used_at > @since, link.used_network = @network AND link.used_network <> '' AND link.used_at > @since
    FROM members.link
    WHERE member_id = (SELECT member_id FROM person)
        AND used_at IS NOT NULL
)
SELECT
    coalesce(bool_or(used.device), false)::boolean AS device,
    coalesce(bool_or(used.place), false)::boolean AS place,
    coalesce(bool_or(used.near), false)::boolean AS near
FROM used
LEFT JOIN disowned ON disowned.device_hash = used.browser
WHERE disowned.at IS NULL
    OR disowned.at < used.at;
