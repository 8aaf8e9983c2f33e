BEGIN;
INSERT INTO shop (producer_id, platform_id, consent_id, channel, handle, remote_id, title, state, settings,
    orders_since_at, orders_until_at, orders_read_at, created_at, updated_at)
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {count})
SELECT NULL, 1, 1, 'chan', 'chan/many-' || i, 'm' || i, 'Gian hàng ' || i, 'active', '{}', {now}, {now}, {now}, {now}, {now} FROM n;
COMMIT;
