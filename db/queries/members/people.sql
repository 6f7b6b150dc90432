-- name: MemberByID :one
SELECT member_id, login, name, role, state, state_note, state_since, email, phone, business_no, created_at
FROM members.member
WHERE member_id = @member_id;

-- name: MemberForUpdate :one
SELECT member_id, login, name, role, state, email, phone, business_no
FROM members.member
WHERE member_id = @member_id
FOR UPDATE;

-- name: MemberForReset :one
SELECT member_id, name, email
FROM members.member
WHERE login = @login
    AND state = 'active'
    AND email <> '';

-- name: UpdateProfile :exec
UPDATE members.member
SET name = @name,
    email = @email,
    phone = @phone,
    business_no = @business_no
WHERE member_id = @member_id;

-- name: SetMemberState :exec
UPDATE members.member
SET state = @state,
    state_note = @state_note,
    state_since = @state_since
WHERE member_id = @member_id;

-- name: WorkplacesOf :many
SELECT workplace.member_id, workplace.store_id, store.code, store.name_ko, store.name_en
FROM members.workplace
JOIN members.store ON store.store_id = workplace.store_id
WHERE workplace.member_id = ANY (@ids::uuid[])
ORDER BY store.name_ko COLLATE "C", store.store_id;

-- name: DeleteWorkplaces :exec
DELETE FROM members.workplace
WHERE member_id = @member_id
    AND store_id = ANY (@ids::uuid[]);

-- name: AddWorkplaces :execrows
INSERT INTO members.workplace (member_id, store_id, since)
SELECT @member_id, store.store_id, @since
FROM members.store
WHERE store.store_id = ANY (@ids::uuid[])
ON CONFLICT (member_id, store_id) DO NOTHING;

-- name: PeopleOfStore :many
SELECT member.member_id, member.login, member.name, member.role, member.state, member.state_note, member.state_since,
    member.email, member.phone, member.created_at
FROM members.workplace
JOIN members.member ON member.member_id = workplace.member_id
WHERE workplace.store_id = @store_id
    AND member.state <> 'closed'
ORDER BY member.name COLLATE "C", member.member_id
LIMIT 500;

-- name: MemberIDByLogin :one
SELECT member_id, name, role, state
FROM members.member
WHERE login = @login;

-- name: EndSessionsOf :exec
UPDATE members.session
SET ended_at = @ended_at,
    end_reason = @end_reason
WHERE member_id = @member_id
    AND ended_at IS NULL;
