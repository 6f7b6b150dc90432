-- name: SearchMembers :many
SELECT member_id, login, name, role, state, phone, business_no, created_at
FROM members.member
WHERE (@pattern::text = '' OR search LIKE @pattern OR member_id IN (
        SELECT workplace.member_id FROM members.workplace WHERE workplace.store_id = ANY (@stores::uuid[])
    ))
    AND (@any_role::boolean OR role = ANY (@roles::text[]))
    AND (@any_state::boolean OR state = @state)
    AND (name COLLATE "C", member_id) > (@after_name::text, @after_id::uuid)
ORDER BY name COLLATE "C", member_id
LIMIT @most;

-- name: SearchMembersBack :many
SELECT member_id, login, name, role, state, phone, business_no, created_at
FROM members.member
WHERE (@pattern::text = '' OR search LIKE @pattern OR member_id IN (
        SELECT workplace.member_id FROM members.workplace WHERE workplace.store_id = ANY (@stores::uuid[])
    ))
    AND (@any_role::boolean OR role = ANY (@roles::text[]))
    AND (@any_state::boolean OR state = @state)
    AND (name COLLATE "C", member_id) < (@before_name::text, @before_id::uuid)
ORDER BY name COLLATE "C" DESC, member_id DESC
LIMIT @most;

-- name: CountMembers :one
SELECT count(*)
FROM members.member
WHERE (@pattern::text = '' OR search LIKE @pattern OR member_id IN (
        SELECT workplace.member_id FROM members.workplace WHERE workplace.store_id = ANY (@stores::uuid[])
    ))
    AND (@any_role::boolean OR role = ANY (@roles::text[]))
    AND (@any_state::boolean OR state = @state);

-- name: LastSeen :many
SELECT member_id, max(refreshed_at)::timestamptz AS at
FROM members.session
WHERE member_id = ANY (@ids::uuid[])
GROUP BY member_id;

-- name: SearchStores :many
SELECT store_id, code, name_ko, name_en, region, address, phone, time_zone, cutoff_minutes, opened_at, changed_at, status, hours
FROM members.store
WHERE (@pattern::text = '' OR lower(code || E'\n' || name_ko || E'\n' || name_en || E'\n' || region || E'\n' || address || E'\n' || phone) LIKE @pattern)
    AND (@region::text = '' OR region = @region)
    AND (@any_status::boolean OR status = @status)
    AND (name_ko COLLATE "C", store_id) > (@after_name::text, @after_id::uuid)
ORDER BY name_ko COLLATE "C", store_id
LIMIT @most;

-- name: SearchStoresBack :many
SELECT store_id, code, name_ko, name_en, region, address, phone, time_zone, cutoff_minutes, opened_at, changed_at, status, hours
FROM members.store
WHERE (@pattern::text = '' OR lower(code || E'\n' || name_ko || E'\n' || name_en || E'\n' || region || E'\n' || address || E'\n' || phone) LIKE @pattern)
    AND (@region::text = '' OR region = @region)
    AND (@any_status::boolean OR status = @status)
    AND (name_ko COLLATE "C", store_id) < (@before_name::text, @before_id::uuid)
ORDER BY name_ko COLLATE "C" DESC, store_id DESC
LIMIT @most;

-- name: CountStores :one
SELECT count(*)
FROM members.store
WHERE (@pattern::text = '' OR lower(code || E'\n' || name_ko || E'\n' || name_en || E'\n' || region || E'\n' || address || E'\n' || phone) LIKE @pattern)
    AND (@region::text = '' OR region = @region)
    AND (@any_status::boolean OR status = @status);

-- name: OwnersNow :many
SELECT DISTINCT ON (ownership.store_id) ownership.store_id, ownership.member_id, member.name, member.login
FROM members.ownership
JOIN members.member ON member.member_id = ownership.member_id
WHERE ownership.store_id = ANY (@ids::uuid[])
    AND ownership.applied_at IS NOT NULL
ORDER BY ownership.store_id, ownership.since DESC;

-- name: StoreByCode :one
SELECT store_id, code, name_ko, name_en, region, address, phone, time_zone, cutoff_minutes, opened_at, changed_at, status, hours
FROM members.store
WHERE code = @code;
