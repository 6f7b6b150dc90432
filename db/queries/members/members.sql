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
SELECT member_id, name, role, password_hash
FROM members.member
WHERE login = @login
    AND state = 'active';

-- name: Workplaces :many
SELECT store_id
FROM members.workplace
WHERE member_id = @member_id
ORDER BY store_id;

-- name: UpdatePasswordHash :exec
UPDATE members.member
SET password_hash = @password_hash
WHERE member_id = @member_id
    AND password_hash = @old_hash;
