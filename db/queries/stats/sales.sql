-- Each read is for one store or, with every_store, for the chain.

-- name: SalesTotals :one
SELECT
    COALESCE(SUM(orders), 0)::bigint AS orders,
    COALESCE(SUM(units), 0)::bigint AS units,
    COALESCE(SUM(revenue), 0)::bigint AS revenue,
    COALESCE(SUM(tax), 0)::bigint AS tax,
    COALESCE(SUM(cancelled_orders), 0)::bigint AS cancelled_orders,
    COALESCE(SUM(cancelled_units), 0)::bigint AS cancelled_units,
    COALESCE(SUM(cancelled_revenue), 0)::bigint AS cancelled_revenue,
    COALESCE(SUM(cancelled_tax), 0)::bigint AS cancelled_tax
FROM stats.sales_hour
WHERE (@every_store::boolean OR store_id = @store_id)
    AND business_date BETWEEN @from_date::date AND @to_date::date
    AND hour = ANY(@hours::smallint[]);

-- name: SalesByDay :many
SELECT
    business_date,
    SUM(orders)::bigint AS orders,
    SUM(units)::bigint AS units,
    SUM(revenue)::bigint AS revenue,
    SUM(tax)::bigint AS tax,
    SUM(cancelled_orders)::bigint AS cancelled_orders,
    SUM(cancelled_units)::bigint AS cancelled_units,
    SUM(cancelled_revenue)::bigint AS cancelled_revenue,
    SUM(cancelled_tax)::bigint AS cancelled_tax
FROM stats.sales_hour
WHERE (@every_store::boolean OR store_id = @store_id)
    AND business_date BETWEEN @from_date::date AND @to_date::date
    AND hour = ANY(@hours::smallint[])
GROUP BY business_date
ORDER BY business_date;

-- name: SalesByMonth :many
SELECT
    date_trunc('month', business_date::timestamp)::date AS month,
    SUM(orders)::bigint AS orders,
    SUM(units)::bigint AS units,
    SUM(revenue)::bigint AS revenue,
    SUM(tax)::bigint AS tax,
    SUM(cancelled_orders)::bigint AS cancelled_orders,
    SUM(cancelled_units)::bigint AS cancelled_units,
    SUM(cancelled_revenue)::bigint AS cancelled_revenue,
    SUM(cancelled_tax)::bigint AS cancelled_tax
FROM stats.sales_hour
WHERE (@every_store::boolean OR store_id = @store_id)
    AND business_date BETWEEN @from_date::date AND @to_date::date
    AND hour = ANY(@hours::smallint[])
GROUP BY month
ORDER BY month;

-- name: SalesByHour :many
SELECT
    hour,
    SUM(orders)::bigint AS orders,
    SUM(units)::bigint AS units,
    SUM(revenue)::bigint AS revenue,
    SUM(tax)::bigint AS tax,
    SUM(cancelled_orders)::bigint AS cancelled_orders,
    SUM(cancelled_units)::bigint AS cancelled_units,
    SUM(cancelled_revenue)::bigint AS cancelled_revenue,
    SUM(cancelled_tax)::bigint AS cancelled_tax
FROM stats.sales_hour
WHERE (@every_store::boolean OR store_id = @store_id)
    AND business_date BETWEEN @from_date::date AND @to_date::date
    AND hour = ANY(@hours::smallint[])
GROUP BY hour
ORDER BY hour;

-- name: SalesByStore :many
SELECT
    h.store_id,
    COALESCE(s.code, '')::text AS code,
    COALESCE(s.name_ko, '')::text AS name_ko,
    COALESCE(s.name_en, '')::text AS name_en,
    COALESCE(s.region, '')::text AS region,
    h.orders, h.units, h.revenue, h.tax,
    h.cancelled_orders, h.cancelled_units, h.cancelled_revenue, h.cancelled_tax
FROM (
    SELECT
        store_id,
        SUM(orders)::bigint AS orders,
        SUM(units)::bigint AS units,
        SUM(revenue)::bigint AS revenue,
        SUM(tax)::bigint AS tax,
        SUM(cancelled_orders)::bigint AS cancelled_orders,
        SUM(cancelled_units)::bigint AS cancelled_units,
        SUM(cancelled_revenue)::bigint AS cancelled_revenue,
        SUM(cancelled_tax)::bigint AS cancelled_tax
    FROM stats.sales_hour
    WHERE (@every_store::boolean OR store_id = @only_store::uuid)
        AND business_date BETWEEN @from_date::date AND @to_date::date
        AND hour = ANY(@hours::smallint[])
    GROUP BY store_id
) h
LEFT JOIN stats.store s ON s.store_id = h.store_id
ORDER BY h.revenue - h.cancelled_revenue DESC, s.code, h.store_id;

-- name: SalesByCategory :many
SELECT
    i.category_id,
    COALESCE(c.code, '')::text AS code,
    COALESCE(c.name_ko, '')::text AS name_ko,
    COALESCE(c.name_en, '')::text AS name_en,
    i.units, i.revenue, i.cancelled_units, i.cancelled_revenue
FROM (
    SELECT
        category_id,
        SUM(units)::bigint AS units,
        SUM(revenue)::bigint AS revenue,
        SUM(cancelled_units)::bigint AS cancelled_units,
        SUM(cancelled_revenue)::bigint AS cancelled_revenue
    FROM stats.sales_item
    WHERE (@every_store::boolean OR store_id = @store_id)
        AND business_date BETWEEN @from_date::date AND @to_date::date
    GROUP BY category_id
) i
LEFT JOIN stats.category c ON c.category_id = i.category_id
ORDER BY i.revenue - i.cancelled_revenue DESC, c.code, i.category_id;

-- name: SalesByItem :many
SELECT
    i.item_id,
    COALESCE(n.code, '')::text AS code,
    COALESCE(n.name_ko, '')::text AS name_ko,
    COALESCE(n.name_en, '')::text AS name_en,
    i.units, i.revenue, i.cancelled_units, i.cancelled_revenue
FROM (
    SELECT
        item_id,
        SUM(units)::bigint AS units,
        SUM(revenue)::bigint AS revenue,
        SUM(cancelled_units)::bigint AS cancelled_units,
        SUM(cancelled_revenue)::bigint AS cancelled_revenue
    FROM stats.sales_item
    WHERE (@every_store::boolean OR store_id = @store_id)
        AND business_date BETWEEN @from_date::date AND @to_date::date
    GROUP BY item_id
) i
LEFT JOIN stats.item n ON n.item_id = i.item_id
ORDER BY
    CASE WHEN @by_units::boolean THEN i.units - i.cancelled_units ELSE i.revenue - i.cancelled_revenue END DESC,
    n.code, i.item_id
LIMIT @row_limit;

-- name: SoldDays :one
SELECT
    COALESCE(MIN(business_date), '0001-01-01')::date AS first_day,
    COALESCE(MAX(business_date), '0001-01-01')::date AS last_day
FROM stats.sales_hour
WHERE (@every_store::boolean OR store_id = @store_id);
