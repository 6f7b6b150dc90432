-- name: LoginOf :one
SELECT login
FROM members.member
WHERE member_id = @member_id;
