-- name: LockDraft :one
SELECT currency
FROM catalog.franchise
FOR UPDATE;

-- name: SetCurrency :exec
UPDATE catalog.franchise
SET currency = @currency;

-- name: Currency :one
SELECT currency
FROM catalog.franchise;

-- name: Categories :many
SELECT category_id, code, name_ko, name_en, icon, position, revision, changed_at, changed_by
FROM catalog.category
ORDER BY position, code;

-- name: InsertCategory :exec
INSERT INTO catalog.category (category_id, code, name_ko, name_en, icon, position, revision, changed_at, changed_by)
VALUES (@category_id, @code, @name_ko, @name_en, @icon, @position, 1, @changed_at, @changed_by);

-- name: UpdateCategory :exec
UPDATE catalog.category
SET name_ko = @name_ko, name_en = @name_en, icon = @icon, position = @position,
    revision = revision + 1, changed_at = @changed_at, changed_by = @changed_by
WHERE category_id = @category_id;

-- name: Items :many
SELECT i.item_id, i.code, c.code AS category, i.name_ko, i.name_en, i.icon, i.tax_free, i.on_sale, i.position,
    i.allergens, i.revision, i.changed_at, i.changed_by
FROM catalog.item AS i
JOIN catalog.category AS c ON c.category_id = i.category_id
ORDER BY c.position, c.code, i.position, i.code;

-- name: ItemByCode :one
SELECT i.item_id, i.code, c.code AS category, i.name_ko, i.name_en, i.icon, i.tax_free, i.on_sale, i.position,
    i.allergens, i.revision, i.changed_at, i.changed_by
FROM catalog.item AS i
JOIN catalog.category AS c ON c.category_id = i.category_id
WHERE i.code = @code;

-- name: LastItemPosition :one
SELECT COALESCE(max(position), 0)::int AS position
FROM catalog.item;

-- name: InsertItem :exec
INSERT INTO catalog.item (
    item_id, code, category_id, name_ko, name_en, icon, tax_free, on_sale, position, allergens, revision, changed_at, changed_by
)
VALUES (
    @item_id, @code, @category_id, @name_ko, @name_en, @icon, @tax_free, @on_sale, @position, @allergens, 1, @changed_at, @changed_by
);

-- name: UpdateItem :exec
UPDATE catalog.item
SET category_id = @category_id, name_ko = @name_ko, name_en = @name_en, icon = @icon, tax_free = @tax_free,
    on_sale = @on_sale, position = @position, allergens = @allergens,
    revision = revision + 1, changed_at = @changed_at, changed_by = @changed_by
WHERE item_id = @item_id;

-- name: TouchItem :exec
UPDATE catalog.item
SET revision = revision + 1, changed_at = @changed_at, changed_by = @changed_by
WHERE item_id = @item_id;

-- name: Sizes :many
SELECT size_id, item_id, code, name_ko, name_en, price, position, nutrition
FROM catalog.item_size
ORDER BY item_id, position, code;

-- name: SizesOfItem :many
SELECT size_id, item_id, code, name_ko, name_en, price, position, nutrition
FROM catalog.item_size
WHERE item_id = @item_id
ORDER BY position, code;

-- name: PutSize :exec
INSERT INTO catalog.item_size (size_id, item_id, code, name_ko, name_en, price, position, nutrition)
VALUES (@size_id, @item_id, @code, @name_ko, @name_en, @price, @position, @nutrition)
ON CONFLICT (item_id, code) DO UPDATE
SET name_ko = excluded.name_ko, name_en = excluded.name_en, price = excluded.price, position = excluded.position,
    nutrition = excluded.nutrition;

-- name: DeleteOtherSizes :exec
DELETE FROM catalog.item_size
WHERE item_id = @item_id
    AND NOT (code = ANY (@keep::text[]));

-- name: GroupsOfItems :many
SELECT l.item_id, g.code
FROM catalog.item_option_group AS l
JOIN catalog.option_group AS g ON g.group_id = l.group_id
ORDER BY l.item_id, l.position, g.code;

-- name: GroupsOfItem :many
SELECT g.code
FROM catalog.item_option_group AS l
JOIN catalog.option_group AS g ON g.group_id = l.group_id
WHERE l.item_id = @item_id
ORDER BY l.position, g.code;

-- name: DeleteGroupsOfItem :exec
DELETE FROM catalog.item_option_group
WHERE item_id = @item_id;

-- name: AddGroupToItem :exec
INSERT INTO catalog.item_option_group (item_id, group_id, position)
VALUES (@item_id, @group_id, @position);

-- name: OptionGroups :many
SELECT group_id, code, name_ko, name_en, least, most, position, revision, changed_at, changed_by
FROM catalog.option_group
ORDER BY position, code;

-- name: InsertOptionGroup :exec
INSERT INTO catalog.option_group (group_id, code, name_ko, name_en, least, most, position, revision, changed_at, changed_by)
VALUES (@group_id, @code, @name_ko, @name_en, @least, @most, @position, 1, @changed_at, @changed_by);

-- name: UpdateOptionGroup :exec
UPDATE catalog.option_group
SET name_ko = @name_ko, name_en = @name_en, least = @least, most = @most, position = @position,
    revision = revision + 1, changed_at = @changed_at, changed_by = @changed_by
WHERE group_id = @group_id;

-- name: Options :many
SELECT option_id, group_id, code, name_ko, name_en, price, preselected, max_quantity, position
FROM catalog.option
ORDER BY group_id, position, code;

-- name: PutOption :exec
INSERT INTO catalog.option (option_id, group_id, code, name_ko, name_en, price, preselected, max_quantity, position)
VALUES (@option_id, @group_id, @code, @name_ko, @name_en, @price, @preselected, @max_quantity, @position)
ON CONFLICT (group_id, code) DO UPDATE
SET name_ko = excluded.name_ko, name_en = excluded.name_en, price = excluded.price, preselected = excluded.preselected,
    max_quantity = excluded.max_quantity, position = excluded.position;

-- name: DeleteOtherOptions :exec
DELETE FROM catalog.option
WHERE group_id = @group_id
    AND NOT (code = ANY (@keep::text[]));
