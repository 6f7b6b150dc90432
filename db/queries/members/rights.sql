-- name: HoldStores :many
-- No owner of the stores can change until the transaction ends.
SELECT store_id
FROM members.store
WHERE store_id = ANY (@ids::uuid[])
ORDER BY store_id
FOR SHARE;

-- name: HoldAccount :one
-- Neither the account's state nor its role, permissions or workplaces can change until the transaction ends.
SELECT name, role
FROM members.member
WHERE member_id = @member_id
    AND state = 'active'
FOR SHARE;

-- name: HoldSession :one
-- The session cannot end until the transaction does.
SELECT session_id
FROM members.session
WHERE session_id = @session_id
    AND member_id = @member_id
    AND ended_at IS NULL
    AND expires_at > @now
FOR SHARE;

-- name: OneAtATime :exec
-- Others who name the same thing wait until the transaction ends.
SELECT pg_advisory_xact_lock(hashtextextended(@thing::text, 0));
