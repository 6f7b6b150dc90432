-- name: InsertVersion :exec
INSERT INTO catalog.menu_version (version, menu, recipes, fingerprint, note, published_at, published_by)
VALUES (@version, @menu, @recipes, @fingerprint, @note, @published_at, @published_by);

-- name: LatestVersion :one
SELECT version, menu, recipes, fingerprint, note, published_at, published_by
FROM catalog.menu_version
ORDER BY version DESC
LIMIT 1;

-- name: LatestFingerprint :one
SELECT version, fingerprint
FROM catalog.menu_version
ORDER BY version DESC
LIMIT 1;

-- name: VersionByNumber :one
SELECT version, menu, recipes, fingerprint, note, published_at, published_by
FROM catalog.menu_version
WHERE version = @version;

-- name: VersionHeads :many
SELECT version, note, published_at, published_by
FROM catalog.menu_version
WHERE version < @before
ORDER BY version DESC
LIMIT @page_size;
