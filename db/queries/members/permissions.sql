-- name: ExceptionsOf :many
SELECT store_id, permission, granted
FROM members.permission_exception
WHERE member_id = @member_id
ORDER BY store_id, permission;

-- name: ExceptionsOfMany :many
SELECT member_id, store_id, permission, granted
FROM members.permission_exception
WHERE member_id = ANY (@member_ids::uuid[])
ORDER BY member_id, store_id, permission;

-- name: WorkerForUpdate :one
SELECT member.name, member.role
FROM members.workplace
JOIN members.member ON member.member_id = workplace.member_id
WHERE workplace.member_id = @member_id
    AND workplace.store_id = @store_id
FOR UPDATE;

-- name: Worker :one
SELECT member.name, member.role
FROM members.workplace
JOIN members.member ON member.member_id = workplace.member_id
WHERE workplace.member_id = @member_id
    AND workplace.store_id = @store_id;

-- name: PutException :exec
INSERT INTO members.permission_exception (member_id, store_id, permission, granted, set_at)
VALUES (@member_id, @store_id, @permission, @granted, @set_at)
ON CONFLICT (member_id, store_id, permission) DO UPDATE
SET granted = excluded.granted,
    set_at = excluded.set_at;

-- name: DeleteException :exec
DELETE FROM members.permission_exception
WHERE member_id = @member_id
    AND store_id = @store_id
    AND permission = @permission;
