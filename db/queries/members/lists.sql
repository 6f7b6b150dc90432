-- name: SearchMembers :many
-- found_in_all counts them on all pages. Whom the search finds is looked up first: they are few, and are sorted then.
WITH found AS MATERIALIZED (
    SELECT member.member_id, member.login, member.name, member.role, member.state, member.phone, member.business_no, member.created_at
    FROM members.member
    WHERE member.member_id IN (
            SELECT known.member_id FROM members.member_search AS known
            WHERE (cardinality(@bigrams::text[]) = 0 OR known.bigrams @> @bigrams::text[]) AND known.search LIKE @pattern
            UNION
            SELECT workplace.member_id FROM members.workplace WHERE workplace.store_id = ANY (@stores::uuid[])
        )
        AND (@any_role::boolean OR member.role = ANY (@roles::text[]))
        AND (@any_state::boolean OR member.state = @state)
)
SELECT found.member_id, found.login, found.name, found.role, found.state, found.phone, found.business_no, found.created_at, (SELECT count(*) FROM found) AS found_in_all
FROM found
WHERE CASE WHEN @back::boolean THEN (found.name COLLATE "C", found.member_id) < (@place_name::text, @place_id::uuid)
    ELSE (found.name COLLATE "C", found.member_id) > (@place_name::text, @place_id::uuid) END
ORDER BY
    CASE WHEN @back::boolean THEN found.name COLLATE "C" END DESC, CASE WHEN @back::boolean THEN found.member_id END DESC,
    found.name COLLATE "C", found.member_id
LIMIT @most;

-- name: ListMembers :many
SELECT member_id, login, name, role, state, phone, business_no, created_at
FROM members.member
WHERE (@any_role::boolean OR role = ANY (@roles::text[]))
    AND (@any_state::boolean OR state = @state)
    AND (name COLLATE "C", member_id) > (@after_name::text, @after_id::uuid)
ORDER BY name COLLATE "C", member_id
LIMIT @most;

-- name: ListMembersBack :many
SELECT member_id, login, name, role, state, phone, business_no, created_at
FROM members.member
WHERE (@any_role::boolean OR role = ANY (@roles::text[]))
    AND (@any_state::boolean OR state = @state)
    AND (name COLLATE "C", member_id) < (@before_name::text, @before_id::uuid)
ORDER BY name COLLATE "C" DESC, member_id DESC
LIMIT @most;

-- name: CountMembers :one
SELECT count(*)
FROM members.member
WHERE (@any_role::boolean OR role = ANY (@roles::text[]))
    AND (@any_state::boolean OR state = @state);

-- name: LastSeen :many
SELECT member_id, max(refreshed_at)::timestamptz AS at
FROM members.session
WHERE member_id = ANY (@ids::uuid[])
GROUP BY member_id;

-- name: SearchStores :many
-- Forwards, backwards and the count are three: of 5,000 stores a page and the count take 1.2 ms so, and 10 ms as one
-- statement that sorts what it counts.
SELECT store_id, code, name_ko, name_en, region, address, phone, time_zone, cutoff_minutes, opened_at, changed_at, status, hours,
    revision, status_note, status_since
FROM members.store
WHERE (@pattern::text = '' OR store_id = ANY (@owned::uuid[])
        OR lower(code || E'\n' || name_ko || E'\n' || name_en || E'\n' || region || E'\n' || address || E'\n' || phone) LIKE @pattern)
    AND (@region::text = '' OR region = @region)
    AND (@any_status::boolean OR status = ANY (@statuses::text[]))
    AND (@any_owner::boolean OR @has_owner::boolean = EXISTS (
        SELECT 1 FROM members.ownership WHERE ownership.store_id = store.store_id AND ownership.applied_at IS NOT NULL
    ))
    AND (name_ko COLLATE "C", store_id) > (@after_name::text, @after_id::uuid)
ORDER BY name_ko COLLATE "C", store_id
LIMIT @most;

-- name: SearchStoresBack :many
SELECT store_id, code, name_ko, name_en, region, address, phone, time_zone, cutoff_minutes, opened_at, changed_at, status, hours,
    revision, status_note, status_since
FROM members.store
WHERE (@pattern::text = '' OR store_id = ANY (@owned::uuid[])
        OR lower(code || E'\n' || name_ko || E'\n' || name_en || E'\n' || region || E'\n' || address || E'\n' || phone) LIKE @pattern)
    AND (@region::text = '' OR region = @region)
    AND (@any_status::boolean OR status = ANY (@statuses::text[]))
    AND (@any_owner::boolean OR @has_owner::boolean = EXISTS (
        SELECT 1 FROM members.ownership WHERE ownership.store_id = store.store_id AND ownership.applied_at IS NOT NULL
    ))
    AND (name_ko COLLATE "C", store_id) < (@before_name::text, @before_id::uuid)
ORDER BY name_ko COLLATE "C" DESC, store_id DESC
LIMIT @most;

-- name: CountStores :one
SELECT count(*)
FROM members.store
WHERE (@pattern::text = '' OR store_id = ANY (@owned::uuid[])
        OR lower(code || E'\n' || name_ko || E'\n' || name_en || E'\n' || region || E'\n' || address || E'\n' || phone) LIKE @pattern)
    AND (@region::text = '' OR region = @region)
    AND (@any_status::boolean OR status = ANY (@statuses::text[]))
    AND (@any_owner::boolean OR @has_owner::boolean = EXISTS (
        SELECT 1 FROM members.ownership WHERE ownership.store_id = store.store_id AND ownership.applied_at IS NOT NULL
    ));

-- name: OwnersNow :many
SELECT DISTINCT ON (ownership.store_id) ownership.store_id, ownership.member_id, member.name, member.login
FROM members.ownership
JOIN members.member ON member.member_id = ownership.member_id
WHERE ownership.store_id = ANY (@ids::uuid[])
    AND ownership.applied_at IS NOT NULL
ORDER BY ownership.store_id, ownership.since DESC;

-- name: StoreByCode :one
SELECT store_id, code, name_ko, name_en, region, address, phone, time_zone, cutoff_minutes, opened_at, changed_at, status, hours,
    revision, status_note, status_since
FROM members.store
WHERE code = @code;

-- name: StoresOwnedBy :many
SELECT latest.store_id
FROM (
    SELECT DISTINCT ON (ownership.store_id) ownership.store_id, ownership.member_id
    FROM members.ownership
    WHERE ownership.applied_at IS NOT NULL
        AND ownership.store_id IN (
            SELECT mine.store_id FROM members.ownership AS mine WHERE mine.member_id = ANY (@owners::uuid[])
        )
    ORDER BY ownership.store_id, ownership.since DESC
) AS latest
WHERE latest.member_id = ANY (@owners::uuid[]);

-- name: OwnersLike :many
SELECT member_id, login, name, phone
FROM members.member
WHERE role = 'owner'
    AND state = 'active'
    AND (@pattern::text = '' OR search LIKE @pattern)
ORDER BY name COLLATE "C", member_id
LIMIT @most;
