-- name: LoginOf :one
SELECT login
FROM members.member
WHERE member_id = @member_id;

-- name: Account :one
SELECT member_id, login, name, role, password_hash, password_changed_at
FROM members.member
WHERE member_id = @member_id;

-- name: StorePlainNamesOf :many
SELECT store.name_ko, store.name_en, store.code
FROM members.workplace
JOIN members.store ON store.store_id = workplace.store_id
WHERE workplace.member_id = @member_id
ORDER BY store.code;

-- name: ChangePasswordHash :exec
UPDATE members.member
SET password_hash = @password_hash,
    password_changed_at = @password_changed_at
WHERE member_id = @member_id;
