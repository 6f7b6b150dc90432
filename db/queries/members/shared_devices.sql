-- name: InsertSharedDevice :exec
INSERT INTO members.session (
    session_id, device, address, started_at, generation, token_hash, chain_key, refreshed_at, expires_at,
    shared_store, device_name, set_up_by, lock_seconds
)
VALUES (
    @session_id, @device, @address, @started_at, 0, @token_hash, @chain_key, @started_at, @expires_at,
    @store::uuid, @device_name::text, @set_up_by::uuid, @lock_seconds::integer
);

-- name: LiveSharedDevice :one
-- Of a store that is closed for good no device lives.
SELECT session.expires_at, store.store_id, session.device_name::text AS device_name, session.lock_seconds::integer AS lock_seconds,
    session.acting_id, session.acting_since, session.acting_until
FROM members.session
JOIN members.store ON store.store_id = session.shared_store
WHERE session.session_id = @session_id
    AND session.ended_at IS NULL
    AND session.expires_at > @now
    AND store.status <> 'closed';

-- name: PersonOnDevice :one
-- Who may go on working on a shared device of the store since a moment: their PIN is the one with which
-- they came.
SELECT member.name, member.role
FROM members.pin
JOIN members.member ON member.member_id = pin.member_id
WHERE pin.store_id = @store_id
    AND pin.member_id = @member_id
    AND pin.chosen_at <= @since
    AND member.state = 'active'
    AND member.role IN ('owner', 'manager', 'staff');

-- name: WhoIsOnDevices :many
-- LiveSharedDevice and PersonOnDevice for many at once: who works on each device that lives, or the zero uuid.
SELECT session.session_id, store.store_id,
    coalesce(person.member_id, '00000000-0000-0000-0000-000000000000')::uuid AS who
FROM members.session
JOIN members.store ON store.store_id = session.shared_store
LEFT JOIN members.pin ON pin.store_id = store.store_id
    AND pin.member_id = session.acting_id
    AND pin.chosen_at <= session.acting_since
    AND session.acting_until > @now::timestamptz
LEFT JOIN members.member AS person ON person.member_id = pin.member_id
    AND person.state = 'active'
    AND person.role IN ('owner', 'manager', 'staff')
WHERE session.session_id = ANY (@session_ids::uuid[])
    AND session.ended_at IS NULL
    AND session.expires_at > @now::timestamptz
    AND store.status <> 'closed';

-- name: TakeDevice :execrows
UPDATE members.session
SET acting_id = @acting_id,
    acting_since = @acting_since,
    acting_until = @acting_until
WHERE session_id = @session_id
    AND shared_store IS NOT NULL
    AND ended_at IS NULL;

-- name: LockDevice :execrows
UPDATE members.session
SET acting_id = NULL,
    acting_since = NULL,
    acting_until = NULL
WHERE session_id = @session_id
    AND acting_id IS NOT NULL;

-- name: LeaveDevicesOf :exec
-- Ends the work of a person on every shared device.
UPDATE members.session
SET acting_id = NULL,
    acting_since = NULL,
    acting_until = NULL
WHERE acting_id = @member_id;

-- name: LeaveDevicesOfStore :exec
UPDATE members.session
SET acting_id = NULL,
    acting_since = NULL,
    acting_until = NULL
WHERE shared_store = @store::uuid
    AND acting_id = @member_id;

-- name: CountSharedDevices :one
SELECT count(*)
FROM members.session
WHERE shared_store = @store::uuid
    AND ended_at IS NULL
    AND expires_at > @now;

-- name: KeepDeviceOpen :execrows
UPDATE members.session
SET acting_until = @acting_until
WHERE session_id = @session_id
    AND acting_id = @acting_id
    AND acting_until > @now::timestamptz
    AND ended_at IS NULL;

-- name: SharedDevicesOf :many
SELECT session.session_id, session.device, session.device_name::text AS device_name, session.address, session.started_at, session.refreshed_at,
    session.lock_seconds::integer AS lock_seconds, setter.name AS set_up_by,
    coalesce(acting.name, '')::text AS acting, session.acting_until
FROM members.session
JOIN members.member AS setter ON setter.member_id = session.set_up_by
LEFT JOIN members.member AS acting ON acting.member_id = session.acting_id
WHERE session.shared_store = @store::uuid
    AND session.ended_at IS NULL
    AND session.expires_at > @now
ORDER BY session.device_name, session.session_id;

-- name: CopiedDevicesOf :many
SELECT session_id, device_name::text AS device_name, address, started_at, ended_at
FROM members.session
WHERE shared_store = @store::uuid
    AND end_reason = 'token_reused'
    AND ended_at > @since::timestamptz
ORDER BY ended_at DESC, session_id;

-- name: EndSharedDevice :one
UPDATE members.session
SET ended_at = @ended_at,
    end_reason = @end_reason
WHERE session_id = @session_id
    AND shared_store = @store::uuid
    AND ended_at IS NULL
RETURNING device_name::text AS device_name;

-- name: ChangeSharedDevice :one
UPDATE members.session
SET lock_seconds = @lock_seconds::integer
WHERE session_id = @session_id
    AND shared_store = @store::uuid
    AND ended_at IS NULL
RETURNING device_name::text AS device_name;

-- name: PeopleWithPIN :many
-- Who works in the store, and since when they have a PIN.
SELECT member.member_id, member.name, member.role, pin.chosen_at AS pin_since
FROM members.workplace
JOIN members.member ON member.member_id = workplace.member_id
LEFT JOIN members.pin ON pin.member_id = workplace.member_id AND pin.store_id = workplace.store_id
WHERE workplace.store_id = @store_id
    AND member.state = 'active'
ORDER BY member.name COLLATE "C", member.member_id
LIMIT 500;

-- name: PIN :one
SELECT pin.sealed, member.name, member.role
FROM members.pin
JOIN members.member ON member.member_id = pin.member_id
WHERE pin.store_id = @store_id
    AND pin.member_id = @member_id
    AND member.state = 'active'
    AND member.role IN ('owner', 'manager', 'staff');

-- name: PINsOf :many
SELECT store_id, chosen_at
FROM members.pin
WHERE member_id = @member_id
ORDER BY store_id;

-- name: PutPIN :exec
INSERT INTO members.pin (store_id, member_id, sealed, chosen_at)
VALUES (@store_id, @member_id, @sealed, @chosen_at)
ON CONFLICT (store_id, member_id) DO UPDATE
SET sealed = excluded.sealed,
    chosen_at = excluded.chosen_at;

-- name: PINForUpdate :one
SELECT sealed, wrong
FROM members.pin
WHERE store_id = @store_id
    AND member_id = @member_id
FOR UPDATE;

-- name: CountWrongPIN :exec
UPDATE members.pin
SET wrong = wrong + 1
WHERE store_id = @store_id
    AND member_id = @member_id;

-- name: ForgetWrongPINs :exec
UPDATE members.pin
SET wrong = 0
WHERE store_id = @store_id
    AND member_id = @member_id;

-- name: SealPINAnew :exec
UPDATE members.pin
SET sealed = @sealed
WHERE store_id = @store_id
    AND member_id = @member_id
    AND sealed = @old;

-- name: DeletePIN :execrows
DELETE FROM members.pin
WHERE store_id = @store_id
    AND member_id = @member_id;

-- name: DeletePINsOf :exec
DELETE FROM members.pin
WHERE member_id = @member_id;
