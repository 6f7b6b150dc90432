-- name: InsertMember :execrows
INSERT INTO members.member (member_id, login, name, role, password_hash, created_at)
VALUES (@member_id, @login, @name, @role, @password_hash, @created_at)
ON CONFLICT (login) DO NOTHING;

-- name: InsertWorkplaces :execrows
INSERT INTO members.workplace (member_id, store_id, since)
SELECT @member_id, store.store_id, @since
FROM members.store
WHERE store.store_id = ANY (@ids::uuid[]);

-- name: MemberByLogin :one
SELECT member_id, name, role, password_hash, password_changed_at
FROM members.member
WHERE login = @login
    AND state = 'active';

-- name: Workplaces :many
SELECT store_id
FROM members.workplace
WHERE member_id = @member_id
ORDER BY store_id;

-- name: HoldPassword :one
-- The account, if its password is still the one that was seen: until the transaction ends it stays so.
SELECT member_id
FROM members.member
WHERE member_id = @member_id
    AND state = 'active'
    AND password_changed_at IS NOT DISTINCT FROM sqlc.narg(changed_at)
FOR NO KEY UPDATE;

-- name: UpdatePasswordHash :exec
UPDATE members.member
SET password_hash = @password_hash
WHERE member_id = @member_id
    AND password_hash = @old_hash;
