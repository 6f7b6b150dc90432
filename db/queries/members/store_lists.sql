-- name: InsertStoreList :exec
INSERT INTO members.store_list (list_id, name, content, layout, state, made_at, made_by)
VALUES (@list_id, @name, @content, @layout, 'draft', @made_at, @made_by);

-- name: StoreListByID :one
SELECT list_id, name, content, layout, state, made_at, made_by, seen, lines, done, counts, refused, finished_at, reason
FROM members.store_list
WHERE list_id = @list_id;

-- name: StoreListForUpdate :one
SELECT list_id, name, content, layout, state, made_at, made_by, seen, lines, done, counts, refused, finished_at, reason
FROM members.store_list
WHERE list_id = @list_id
FOR UPDATE;

-- name: RecentStoreLists :many
SELECT list_id, name, state, made_at, made_by, lines, done, counts, finished_at
FROM members.store_list
ORDER BY made_at DESC, list_id DESC
LIMIT @most;

-- name: SetStoreListLayout :execrows
UPDATE members.store_list
SET layout = @layout
WHERE list_id = @list_id
    AND state = 'draft';

-- name: StartStoreList :exec
UPDATE members.store_list
SET state = 'running',
    seen = @seen,
    lines = @lines,
    reason = @reason
WHERE list_id = @list_id;

-- name: AdvanceStoreList :exec
UPDATE members.store_list
SET done = @done,
    counts = @counts,
    refused = @refused,
    state = @state,
    finished_at = sqlc.narg(finished_at)
WHERE list_id = @list_id;

-- name: DeleteStoreList :execrows
DELETE FROM members.store_list
WHERE list_id = @list_id
    AND state = 'draft';

-- name: DeleteOldStoreLists :execrows
DELETE FROM members.store_list
WHERE made_at < @before;
