"""One shop's day on the simulated TikTok Shop, told by a client that we did not write."""

import io
import json
import struct
import sys
import threading
import urllib.request
import zlib
from http.server import BaseHTTPRequestHandler, HTTPServer

from tiktok_shop_api import TikTokShop, TikTokShopAuth, TikTokShopError, Webhooks
from tiktok_shop_api.generated import models
from tiktok_shop_api.generated.types import File

KEYS = json.loads(sys.argv[1])
BASE = KEYS["base_url"]
SHOP = KEYS["shops"][0]


def control(method, path, body=None):
    """A control call: what buyers, auditors and carriers do."""
    data = json.dumps(body or {}).encode()
    request = urllib.request.Request(f"{BASE}/_sandbox/{path}", data, {"content-type": "application/json"}, method=method)
    with urllib.request.urlopen(request) as reply:
        return json.load(reply)


def picture():
    """A plain PNG of 400 by 400."""
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = (b"\0" + bytes([200, 180, 150]) * 400) * 400
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", 400, 400, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def refused(code, call):
    """The call must be refused with this code."""
    try:
        call()
    except TikTokShopError as error:
        assert error.code == code, error
        assert error.request_id, "a refusal has a request id"
        return
    raise AssertionError(f"{code} expected")


class Receiver(BaseHTTPRequestHandler):
    """Takes webhooks."""

    taken = []
    has_some = threading.Event()

    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        self.taken.append((self.headers["authorization"], body))
        self.has_some.set()
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_):
        """Stays quiet."""


def consent():
    """A code becomes tokens, tokens name a shop, a refresh changes both."""
    auth = TikTokShopAuth(app_key=KEYS["app_key"], app_secret=KEYS["app_secret"], base_url=KEYS["auth_url"])
    first = auth.exchange_code(SHOP["code"])
    assert first.user_type == 0 and first.seller_base_region == "VN", first
    refused(36004004, lambda: auth.exchange_code(SHOP["code"]))
    tokens = auth.refresh(first.refresh_token)
    refused(36004001, lambda: auth.refresh(first.refresh_token))
    client = TikTokShop(KEYS["app_key"], KEYS["app_secret"], access_token=tokens.access_token, base_url=BASE)
    shops = client.authorization.get_authorized_shops().data.shops
    assert [shop.id for shop in shops] == [SHOP["shop_id"]], shops
    assert [shop.id for shop in client.seller.get_active_shops().data.shops] == [SHOP["shop_id"]]
    return client.with_shop(shop_cipher=shops[0].cipher)


def listing(client):
    """Categories, rules, a picture, a product with two SKUs."""
    warehouse = next(one for one in client.logistics.get_warehouse_list().data.warehouses if one.type_ == "SALES_WAREHOUSE")
    categories = client.products.get_categories(category_version="v2").data.categories
    leaf = next(one for one in categories if one.id == "602284")
    assert leaf.is_leaf and leaf.parent_id == "600024", leaf
    attributes = client.products.get_category_attributes(leaf.id, category_version="v2").data.attributes
    assert any(one.id == "100157" for one in attributes), attributes
    client.products.get_category_rules(leaf.id, category_version="v2")
    brands = client.products.get_brands(page_size=2, category_version="v2").data
    more = client.products.get_brands(page_size=2, category_version="v2", page_token=brands.next_page_token).data
    assert brands.total_count == len(brands.brands) + len(more.brands), "a token with + / = in it came through"

    form = models.UploadProductImageRequest(data=File(payload=io.BytesIO(picture()), file_name="bat.png", mime_type="image/png"))
    uri = client.products.upload_product_image(body=form).data.uri

    def sku(name, price):
        return {
            "seller_sku": f"BAT-{name}", "external_sku_id": f"V-{name}",
            "sales_attributes": [{"name": "Men", "value_name": f"Men {name}"}],
            "price": {"amount": price, "currency": "VND"},
            "inventory": [{"warehouse_id": warehouse.id, "quantity": 40}],
        }

    body = {
        "save_mode": "LISTING", "idempotency_key": "0f5a3a1e-6f7a-4a5c-9d0d-1b2c3d4e5f60", "category_version": "v2",
        "title": "Bát gốm men lam Bát Tràng vẽ tay, bộ 4 chiếc", "description": "<p>Bộ 4 bát ăn cơm men lam.</p>",
        "category_id": leaf.id, "main_images": [{"uri": uri}], "external_product_id": "P-1",
        "package_weight": {"value": "1.250", "unit": "KILOGRAM"},
        "product_attributes": [{"id": "100157", "values": [{"id": "1000057"}]}, {"id": "101610", "values": [{"name": "Gốm sứ"}]}],
        "skus": [sku("LAM", "189000"), sku("NAU", "179000")],
    }
    made = client.products.create_product(body=models.CreateProductRequest.from_dict(body)).data
    again = client.products.create_product(body=models.CreateProductRequest.from_dict(body)).data
    assert made.product_id == again.product_id, "the same key, the same product"
    short = {**body, "title": "Bát gốm", "idempotency_key": "2"}
    refused(12052051, lambda: client.products.create_product(body=models.CreateProductRequest.from_dict(short)))
    seen = client.products.get_product(made.product_id).data
    assert seen.status == "ACTIVATE" and seen.skus[0].price.sale_price == "189000", seen
    return made.product_id, [one.id for one in made.skus], warehouse.id


def figures(client, product, skus, warehouse):
    """Price, stock, text, off sale and on again."""
    price = {"skus": [{"id": skus[0], "price": {"amount": "175000", "currency": "VND"}}]}
    client.products.update_price(product, body=models.UpdatePriceRequest.from_dict(price))
    stock = {"skus": [{"id": skus[0], "inventory": [{"warehouse_id": warehouse, "quantity": 7}]}, {"id": "99", "inventory": [{"warehouse_id": warehouse, "quantity": 7}]}]}
    answer = client.products.update_inventory(product, body=models.UpdateInventoryRequest.from_dict(stock)).data
    assert [error.code for error in answer.errors] == [12052556], answer
    found = client.products.inventory_search(body=models.InventorySearchRequest.from_dict({"sku_ids": [skus[0]]})).data
    assert found.inventory[0].skus[0].total_available_quantity == 7, found
    text = {"title": "Bát gốm men lam Bát Tràng vẽ tay, bộ 6 chiếc"}
    client.products.partial_edit_product(product, body=models.PartialEditProductRequest.from_dict(text))
    ids = {"product_ids": [product]}
    client.products.deactivate_products(body=models.DeactivateProductsRequest.from_dict(ids))
    client.products.activate_products(body=models.ActivateProductsRequest.from_dict(ids))
    query = models.SearchProductsRequest.from_dict({"status": "ALL", "seller_skus": ["BAT-LAM"]})
    rows = client.products.search_products(page_size=10, body=query).data.products
    assert [(row.id, row.title, row.status) for row in rows] == [(product, text["title"], "ACTIVATE")], rows


def trade(client, skus):
    """An order is read, shipped and labelled; another is cancelled; a third comes back."""
    wish = {"lines": [{"offer": skus[0], "units": 2}], "paid": True}
    order = control("POST", "orders", wish)["id"]
    query = models.GetOrderListRequest.from_dict({"update_time_ge": 0})
    listed = client.orders.get_order_list(page_size=10, body=query).data
    assert [one.id for one in listed.orders] == [order], listed
    seen = client.orders.get_order_detail(ids=[order]).data.orders[0]
    assert (seen.status, len(seen.line_items), seen.payment.sub_total) == ("AWAITING_SHIPMENT", 2, "350000"), seen
    package = seen.packages[0].id
    assert client.fulfillment.get_package_detail(package).data.package_status == "TO_FULFILL"
    client.fulfillment.get_package_handover_time_slots(package)
    ship = models.ShipPackageRequest.from_dict({"handover_method": "DROP_OFF"})
    client.fulfillment.ship_package(package, body=ship)
    refused(21011006, lambda: client.fulfillment.ship_package(package, body=ship))
    label = client.fulfillment.get_package_shipping_document(package, document_type="SHIPPING_LABEL").data
    with urllib.request.urlopen(label.doc_url) as reply:
        assert reply.read(5) == b"%PDF-"
    control("POST", f"orders/{order}/deliver")
    control("POST", f"orders/{order}/return")
    returns = client.return_and_refund.search_returns().data
    assert [one.order_id for one in returns.return_orders] == [order], returns

    second = control("POST", "orders", wish)["id"]
    eligible = client.return_and_refund.get_aftersale_eligibility(second).data.sku_eligibility[0].line_item_eligibility[0]
    reason = eligible.available_reason_names[0]
    body = models.CancelOrderRequest.from_dict({"order_id": second, "cancel_reason": reason})
    client.return_and_refund.cancel_order(body=body)
    third = control("POST", "orders", wish)["id"]
    asked = control("POST", f"orders/{third}/ask_cancel")["cancel_id"]
    waiting = models.SearchCancellationsRequest.from_dict({"cancel_status": ["CANCELLATION_REQUEST_PENDING"]})
    rows = client.return_and_refund.search_cancellations(body=waiting).data.cancellations
    assert [row.cancel_id for row in rows] == [asked], rows
    client.return_and_refund.approve_cancellation(asked, idempotency_key="k1")
    both = client.orders.get_order_detail(ids=[second, third]).data.orders
    assert {one.status for one in both} == {"CANCELLED"}, both


def hooks(client, skus):
    """A webhook is subscribed to, comes, and is signed as the package checks it."""
    server = HTTPServer(("127.0.0.1", 0), Receiver)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    body = {"event_type": "ORDER_STATUS_CHANGE", "address": f"http://127.0.0.1:{server.server_port}/hook"}
    client.event.update_shop_webhook(body=models.UpdateShopWebhookRequest.from_dict(body))
    assert client.event.get_shop_webhooks().data.total_count == 1
    order = control("POST", "orders", {"lines": [{"offer": skus[0], "units": 1}], "cod": True})["id"]
    assert Receiver.has_some.wait(10), "no webhook came"
    sign, raw = Receiver.taken[0]
    event = Webhooks.verify_and_parse(app_key=KEYS["app_key"], app_secret=KEYS["app_secret"], raw_body=raw, signature=sign)
    assert event.data.order_id == order, event
    server.shutdown()


def main():
    client = consent()
    product, skus, warehouse = listing(client)
    figures(client, product, skus, warehouse)
    trade(client, skus)
    hooks(client, skus)
    client.products.delete_products(body=models.DeleteProductsRequest.from_dict({"product_ids": [product]}))
    assert client.products.get_product(product).data.status == "DELETED"
    client.close()
    print("tiktok-shop-api 0.1.0: the whole day")


main()
