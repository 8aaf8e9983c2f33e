BEGIN;
INSERT INTO producer (id, code, name, kind, created_at, updated_at) VALUES
    (1, 'BATTRANG', 'HTX Gốm Bát Tràng', 'cooperative', {now}, {now}),
    (2, 'HAGIANG', 'Hộ kinh doanh <script>alert(1)</script>', 'household', {now}, {now});
INSERT INTO place (id, producer_id, code, name, kind, sells_online) VALUES
    (1, 1, 'KHO', 'Kho chính', 'warehouse', 1), (2, 1, 'HOICHO', 'Hội chợ Xuân', 'fair', 0);
INSERT INTO product (id, producer_id, code, kind, name, search_key, description, storage, pictures, created_at, updated_at) VALUES
    (1, 1, 'GOM-BT', 'single', 'Ấm gốm Bát Tràng men lam', 'am gom', 'Ấm trà', 'ambient', '[]', {now}, {now}),
    (2, 2, 'TRA-SHAN', 'single', 'Trà Shan tuyết cổ thụ', 'tra shan', 'Trà', 'ambient', '[]', {now}, {now});
INSERT INTO variant (id, product_id, producer_id, position, sku, sku_key, price_vnd, grams, created_at, updated_at) VALUES
    (1, 1, 1, 0, 'GOM-BT-01', 'gom-bt-01', 1250000, 900, {now}, {now}),
    (2, 2, 2, 0, 'TRA-SHAN-100', 'tra-shan-100', 180000, 100, {now}, {now});
INSERT INTO balance (variant_id, place_id, on_hand, reserved, updated_at) VALUES (1, 1, 35, 3, {now}), (1, 2, 5, 0, {now});
INSERT INTO movement (variant_id, place_id, kind, units, on_hand_change, reserved_change, cause, who, at) VALUES
    (1, 1, 'receive', 35, 35, 0, 'import 1', 'import', {now} - 86400000),
    (1, 1, 'reserve', 3, 0, 3, 'order 1', 'sync', {now} - 60000);
INSERT INTO picture (sha256, mime, width, height, bytes) VALUES
    ('5555555555555555555555555555555555555555555555555555555555555555', 'image/png', 1, 1, X'89504E47');
INSERT INTO platform (id, channel, handle, base_url, settings, created_at) VALUES (1, 'chan', 'app', 'http://127.0.0.1:1', '{}', {now});
INSERT INTO consent (id, platform_id, grant_sealed, renewal, updated_at) VALUES (1, 1, X'6163636573732D746F6B656E2D776F726473', 'never', {now});
INSERT INTO shop (id, producer_id, platform_id, consent_id, channel, handle, remote_id, title, state, state_reason, settings,
    orders_since_at, orders_until_at, orders_read_at, created_at, updated_at) VALUES
    (1, NULL, 1, 1, 'chan', 'chan/tinh', 'r1', 'Sàn OCOP Thái Bình', 'active', NULL, '{}', {now}, {now}, {now} - 8000, {now}, {now}),
    (2, 1, 1, 1, 'chan', 'chan/gom', 'r2', 'Gốm Bát Tràng', 'active', NULL, '{}', {now}, {now}, {now} - 21000, {now}, {now}),
    (3, 2, 1, 1, 'chan', 'chan/hagiang', 'r3', 'Đặc sản Hà Giang', 'revoked', 'cần nối lại gian hàng', '{}', {now}, {now}, {now} - 7200000, {now}, {now}),
    (4, 2, 1, 1, 'chan', 'chan/moi', 'r4', 'Gian hàng <script>mới</script>', 'new', NULL, '{}', {now}, {now}, 0, {now}, {now});
INSERT INTO listing (id, shop_id, product_id, code, remote_id, state, parked_kind, parked_actor, parked_said, parked_at, created_at, updated_at) VALUES
    (1, 1, 1, 'GOM-BT', 'L1', 'live', NULL, NULL, NULL, NULL, {now}, {now}),
    (2, 2, 1, 'GOM-BT', 'L2', 'live', NULL, NULL, NULL, NULL, {now}, {now}),
    (3, 2, 2, 'TRA-SHAN', NULL, 'wanted', 'refused', 'producer', 'Mô tả ngắn hơn 100 ký tự: hãy viết thêm về cách pha và bảo quản', {now} - 300000, {now}, {now});
INSERT INTO offer (id, listing_id, shop_id, variant_id, remote_listing_id, remote_offer_id, remote_kind, desired_price, desired_stock,
    desired_on_sale, stock_rev, stock_based_at, acked_price, acked_stock, acked_on_sale, price_acked_rev, stock_acked_rev,
    on_sale_acked_rev, sent_at, sent_stock, observed_stock, observed_price, observed_on_sale, observed_at, dirty_since_at, harm, updated_at) VALUES
    (1, 1, 1, 1, 'L1', 'O1', 'alone', 1250000, 9, 1, 4, {now}, 1250000, 9, 1, 1, 4, 1, NULL, NULL, 9, 1250000, 1, {now} - 4000, NULL, 9, {now}),
    (2, 2, 2, 1, 'L2', 'O2', 'alone', 1250000, 32, 1, 7, {now}, 1250000, 35, 1, 1, 6, 1, {now} - 500, 32, 35, 1250000, 1, {now} - 90000, {now} - 2000, 2, {now});
INSERT INTO shop_order (id, shop_id, remote_id, raw_sealed, raw_sha256, readable, stage, total_vnd, placed_at, changed_at,
    first_seen_at, read_at, in_ledger, unmapped_lines) VALUES
    (1, 2, '251122GQ7K0MTH', CAST('Nguyễn Thị Người Mua' AS BLOB), 'x', 1, 'ready', 1250000, {now} - 60000, {now} - 60000, {now} - 58000, {now} - 58000, 1, 0),
    (2, 1, '1042', X'00', 'y', 1, 'shipped', 2500000, {now} - 7200000, {now} - 3600000, {now}, {now}, 1, 0);
INSERT INTO order_line (order_id, remote_id, variant_id, sku, stage, units, cancelled, returned, unit_price_vnd, stocked_by_channel) VALUES
    (1, '1', 1, 'GOM-BT-01', 'ready', 1, 0, 0, 1250000, 0), (2, '1', 1, 'GOM-BT-01', 'shipped', 2, 0, 0, 1250000, 0);
COMMIT;
