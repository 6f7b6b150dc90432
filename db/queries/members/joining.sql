-- name: InsertApplication :exec
INSERT INTO members.application (
    application_id, number_hash, business_no, name, phone, email, store_wish, address, state, applied_at
)
VALUES (
    @application_id, @number_hash, @business_no, @name, @phone, @email, @store_wish, @address, 'waiting', @applied_at
);

-- name: RecentApplications :one
SELECT count(*) AS everywhere, count(*) FILTER (WHERE address = @address) AS here
FROM members.application
WHERE applied_at > @after;

-- name: ApplicationByNumber :one
SELECT application_id, name, business_no, store_wish, state, reason, applied_at, decided_at
FROM members.application
WHERE number_hash = @number_hash;

-- name: ApplicationByID :one
SELECT application_id, business_no, name, phone, email, store_wish, state, reason, applied_at, decided_at, decided_by
FROM members.application
WHERE application_id = @application_id;

-- name: ApplicationForUpdate :one
SELECT application_id, business_no, name, phone, email, store_wish, state
FROM members.application
WHERE application_id = @application_id
FOR UPDATE;

-- name: DecideApplication :exec
UPDATE members.application
SET state = @state,
    reason = @reason,
    decided_at = @decided_at,
    decided_by = @decided_by
WHERE application_id = @application_id;

-- name: WaitingApplications :many
SELECT a.application_id, a.business_no, a.name, a.phone, a.email, a.store_wish, a.state, a.reason, a.applied_at, a.decided_at, a.decided_by,
    (SELECT count(*) FROM members.application AS o WHERE o.business_no = a.business_no AND o.application_id <> a.application_id) AS others
FROM members.application AS a
WHERE a.state = 'waiting'
    AND (a.applied_at, a.application_id) > (@applied_after, @after_id::uuid)
ORDER BY a.applied_at, a.application_id
LIMIT @most;

-- name: DecidedApplications :many
SELECT a.application_id, a.business_no, a.name, a.phone, a.email, a.store_wish, a.state, a.reason, a.applied_at, a.decided_at, a.decided_by,
    (SELECT count(*) FROM members.application AS o WHERE o.business_no = a.business_no AND o.application_id <> a.application_id) AS others
FROM members.application AS a
WHERE a.state = @state
    AND (a.applied_at, a.application_id) < (@applied_before, @before_id::uuid)
ORDER BY a.applied_at DESC, a.application_id DESC
LIMIT @most;

-- name: CountWaitingApplications :one
SELECT count(*)
FROM members.application
WHERE state = 'waiting';

-- name: InsertLink :exec
INSERT INTO members.link (
    link_id, token_hash, kind, member_id, role, name, email, phone, business_no, owner_since, application_id, made_at, made_by, made_by_id, takes_over,
    expires_at
)
VALUES (
    @link_id, @token_hash, @kind, sqlc.narg(member_id), @role, @name, @email, @phone, @business_no, sqlc.narg(owner_since),
    sqlc.narg(application_id), @made_at, @made_by, sqlc.narg(made_by_id), @takes_over, @expires_at
);

-- name: InsertLinkStores :execrows
INSERT INTO members.link_store (link_id, store_id)
SELECT @link_id, store.store_id
FROM members.store
WHERE store.store_id = ANY (@ids::uuid[]);

-- name: LinkByToken :one
SELECT link_id, kind, member_id, role, name, email, phone, business_no, owner_since, application_id, made_by, made_by_id, takes_over,
    expires_at
FROM members.link
WHERE token_hash = @token_hash
    AND kind = @kind
    AND used_at IS NULL
    AND revoked_at IS NULL
    AND expires_at > @now;

-- name: LinkStores :many
SELECT store_id
FROM members.link_store
WHERE link_id = @link_id
ORDER BY store_id;

-- name: UseLink :execrows
UPDATE members.link
SET used_at = @used_at,
    member_id = @member_id,
    used_device = @used_device,
    used_address = @used_address,
    used_network = @used_network
WHERE link_id = @link_id
    AND used_at IS NULL
    AND revoked_at IS NULL
    AND expires_at > @used_at;

-- name: RevokeLink :execrows
UPDATE members.link
SET revoked_at = @revoked_at
WHERE link_id = @link_id
    AND used_at IS NULL
    AND revoked_at IS NULL;

-- name: RevokeResets :exec
UPDATE members.link
SET revoked_at = @revoked_at
WHERE member_id = @member_id
    AND kind = 'reset'
    AND used_at IS NULL
    AND revoked_at IS NULL;

-- name: RevokeInvitationsOfApplication :exec
UPDATE members.link
SET revoked_at = @revoked_at
WHERE application_id = @application_id
    AND used_at IS NULL
    AND revoked_at IS NULL;

-- name: InvitationsToStore :many
SELECT link.link_id, link.role, link.name, link.email, link.made_at, link.made_by, link.expires_at
FROM members.link_store
JOIN members.link ON link.link_id = link_store.link_id
WHERE link_store.store_id = @store_id
    AND link.kind = 'invitation'
    AND link.used_at IS NULL
    AND link.revoked_at IS NULL
    AND link.expires_at > @now
ORDER BY link.made_at DESC, link.link_id
LIMIT 200;

-- name: SearchInvitations :many
-- Open ones are those of a few days: they are found first and sorted then. found_in_all counts them on all pages.
WITH found AS MATERIALIZED (
    SELECT link.link_id, link.role, link.name, link.email, link.made_at, link.made_by, link.expires_at
    FROM members.link
    WHERE link.kind = 'invitation'
        AND link.used_at IS NULL
        AND link.revoked_at IS NULL
        AND link.expires_at > @now
        AND (@any_role::boolean OR link.role = ANY (@roles::text[]))
        AND (@pattern::text = ''
            OR lower(link.name || E'\n' || link.email || E'\n' || link.phone || E'\n' || link.business_no || E'\n' || link.made_by) LIKE @pattern
            OR link.link_id IN (SELECT link_store.link_id FROM members.link_store WHERE link_store.store_id = ANY (@stores::uuid[])))
)
SELECT found.link_id, found.role, found.name, found.email, found.made_at, found.made_by, found.expires_at, (SELECT count(*) FROM found) AS found_in_all
FROM found
WHERE CASE WHEN @back::boolean THEN (found.name COLLATE "C", found.link_id) < (@place_name::text, @place_id::uuid)
    ELSE (found.name COLLATE "C", found.link_id) > (@place_name::text, @place_id::uuid) END
ORDER BY
    CASE WHEN @back::boolean THEN found.name COLLATE "C" END DESC, CASE WHEN @back::boolean THEN found.link_id END DESC,
    found.name COLLATE "C", found.link_id
LIMIT @most;

-- name: StoresOfLinks :many
SELECT link_store.link_id, store.store_id, store.code, store.name_ko, store.name_en
FROM members.link_store
JOIN members.store ON store.store_id = link_store.store_id
WHERE link_store.link_id = ANY (@ids::uuid[])
ORDER BY store.name_ko COLLATE "C", store.store_id;

-- name: InvitationByID :one
SELECT link_id, role, name, email, expires_at
FROM members.link
WHERE link_id = @link_id
    AND kind = 'invitation'
    AND used_at IS NULL
    AND revoked_at IS NULL;

-- name: DeleteOldLinks :execrows
DELETE FROM members.link
WHERE expires_at < @before;

-- name: InsertMail :exec
INSERT INTO members.mail (mail_id, kind, sealed, queued_at, next_at)
VALUES (@mail_id, @kind, @sealed, @queued_at, @queued_at);

-- name: NextMail :one
SELECT mail_id, kind, sealed, queued_at, attempts
FROM members.mail
WHERE done_at IS NULL
    AND next_at <= @now
ORDER BY next_at
LIMIT 1
FOR UPDATE SKIP LOCKED;

-- name: PutOffMail :exec
UPDATE members.mail
SET attempts = @attempts,
    next_at = @next_at,
    last_error = @last_error
WHERE mail_id = @mail_id;

-- name: FinishMail :exec
UPDATE members.mail
SET done_at = @done_at,
    given_up = @given_up,
    sealed = '',
    last_error = @last_error
WHERE mail_id = @mail_id;

-- name: DeleteOldMail :execrows
DELETE FROM members.mail
WHERE done_at < @before;

-- name: LateMail :one
SELECT count(*)
FROM members.mail
WHERE done_at IS NULL
    AND queued_at < @before;

-- name: RecentResets :one
SELECT count(*)
FROM members.link
WHERE member_id = @member_id
    AND kind = 'reset'
    AND made_at > @after;

-- name: LatestInvitationOf :one
SELECT link_id, owner_since, takes_over, used_at
FROM members.link
WHERE application_id = @application_id
ORDER BY made_at DESC
LIMIT 1;

-- name: RevokeLinksOfMaker :many
-- Invitations and links for new passwords that somebody made and nobody has used yet.
UPDATE members.link
SET revoked_at = @revoked_at
WHERE made_by_id = @made_by_id
    AND used_at IS NULL
    AND revoked_at IS NULL
    AND expires_at > @revoked_at
RETURNING link_id, kind, name;

-- name: RevokeLinksOfStore :many
-- Invitations of staff to a store, and new passwords of who works there, that nobody has used yet.
UPDATE members.link
SET revoked_at = @revoked_at
WHERE used_at IS NULL
    AND revoked_at IS NULL
    AND expires_at > @revoked_at
    AND (
        kind = 'invitation'
            AND role IN ('manager', 'staff')
            AND EXISTS (SELECT 1 FROM members.link_store WHERE link_store.link_id = link.link_id AND link_store.store_id = @store_id)
        OR kind = 'reset'
            AND EXISTS (
                SELECT 1
                FROM members.workplace
                JOIN members.member ON member.member_id = workplace.member_id
                WHERE workplace.member_id = link.member_id
                    AND workplace.store_id = @store_id
                    AND member.role IN ('manager', 'staff')
            )
    )
RETURNING link_id, kind, name;
