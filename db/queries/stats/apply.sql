-- The rows come sorted by key, so that two batches lock common rows in the same order.

-- name: AddSalesHours :exec
INSERT INTO stats.sales_hour AS h (
    store_id, business_date, hour, orders, units, revenue, tax,
    cancelled_orders, cancelled_units, cancelled_revenue, cancelled_tax)
SELECT
    unnest(@store_ids::uuid[]),
    unnest(@dates::date[]),
    unnest(@hours::smallint[]),
    unnest(@orders::bigint[]),
    unnest(@units::bigint[]),
    unnest(@revenues::bigint[]),
    unnest(@taxes::bigint[]),
    unnest(@cancelled_orders::bigint[]),
    unnest(@cancelled_units::bigint[]),
    unnest(@cancelled_revenues::bigint[]),
    unnest(@cancelled_taxes::bigint[])
ON CONFLICT (store_id, business_date, hour) DO UPDATE SET
    orders = h.orders + excluded.orders,
    units = h.units + excluded.units,
    revenue = h.revenue + excluded.revenue,
    tax = h.tax + excluded.tax,
    cancelled_orders = h.cancelled_orders + excluded.cancelled_orders,
    cancelled_units = h.cancelled_units + excluded.cancelled_units,
    cancelled_revenue = h.cancelled_revenue + excluded.cancelled_revenue,
    cancelled_tax = h.cancelled_tax + excluded.cancelled_tax;

-- name: AddSalesItems :exec
INSERT INTO stats.sales_item AS i (
    store_id, business_date, item_id, category_id, units, revenue, cancelled_units, cancelled_revenue)
SELECT
    unnest(@store_ids::uuid[]),
    unnest(@dates::date[]),
    unnest(@item_ids::uuid[]),
    unnest(@category_ids::uuid[]),
    unnest(@units::bigint[]),
    unnest(@revenues::bigint[]),
    unnest(@cancelled_units::bigint[]),
    unnest(@cancelled_revenues::bigint[])
ON CONFLICT (store_id, business_date, item_id, category_id) DO UPDATE SET
    units = i.units + excluded.units,
    revenue = i.revenue + excluded.revenue,
    cancelled_units = i.cancelled_units + excluded.cancelled_units,
    cancelled_revenue = i.cancelled_revenue + excluded.cancelled_revenue;

-- name: PutStore :exec
INSERT INTO stats.store (store_id, code, name_ko, name_en, region, time_zone)
VALUES (@store_id, @code, @name_ko, @name_en, @region, @time_zone)
ON CONFLICT (store_id) DO UPDATE SET
    code = excluded.code,
    name_ko = excluded.name_ko,
    name_en = excluded.name_en,
    region = excluded.region,
    time_zone = excluded.time_zone;

-- name: PutCategories :exec
INSERT INTO stats.category AS c (category_id, code, name_ko, name_en, menu_version)
SELECT
    unnest(@category_ids::uuid[]),
    unnest(@codes::text[]),
    unnest(@names_ko::text[]),
    unnest(@names_en::text[]),
    @menu_version::bigint
ON CONFLICT (category_id) DO UPDATE SET
    code = excluded.code,
    name_ko = excluded.name_ko,
    name_en = excluded.name_en,
    menu_version = excluded.menu_version
WHERE c.menu_version <= excluded.menu_version;

-- name: PutItems :exec
INSERT INTO stats.item AS i (item_id, code, name_ko, name_en, menu_version)
SELECT
    unnest(@item_ids::uuid[]),
    unnest(@codes::text[]),
    unnest(@names_ko::text[]),
    unnest(@names_en::text[]),
    @menu_version::bigint
ON CONFLICT (item_id) DO UPDATE SET
    code = excluded.code,
    name_ko = excluded.name_ko,
    name_en = excluded.name_en,
    menu_version = excluded.menu_version
WHERE i.menu_version <= excluded.menu_version;
