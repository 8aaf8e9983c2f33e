"""A seller's day with the official SDK, as it is published. Prints what it saw, as JSON, in its last line."""

import base64
import json
import struct
import sys
import urllib.request
import zlib

from lazop_sdk import LazopClient, LazopRequest

keys = json.loads(sys.argv[1])
shop = keys["shops"][0]
client = LazopClient(keys["api_url"], keys["app_key"], keys["app_secret"])


def call(path, verb, token, files=None, **params):
    request = LazopRequest(path, verb)
    for name, text in params.items():
        request.add_api_param(name, text)
    for name, content in (files or {}).items():
        request.add_file_param(name, content)
    return client.execute(request, token).body


def done(answer):
    assert answer["code"] == "0", answer
    return answer


def buy(sku, units):
    """A buyer of the sandbox."""
    wish = json.dumps({"lines": [{"sku": sku, "units": units}], "paid": True}).encode()
    asked = urllib.request.Request(keys["base_url"] + "/_sandbox/orders", wish, {"Content-Type": "application/json"})
    return json.load(urllib.request.urlopen(asked))["id"]


def picture(side):
    """A grey square as PNG."""
    rows = b"".join(b"\0" + b"\x80" * side for _ in range(side))

    def chunk(kind, content):
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    head = struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


# Tokens: the code of the consent, then a renewal.
tokens = done(call("/auth/token/create", "POST", None, code=shop["code"]))
tokens = done(call("/auth/token/refresh", "POST", None, refresh_token=tokens["refresh_token"]))
token = tokens["access_token"]
assert tokens["country_user_info"][0]["seller_id"] == shop["seller_id"]
assert done(call("/seller/get", "GET", token))["data"]["short_code"] == shop["short_code"]

# What the category asks for.
wanted = done(call("/category/attributes/get", "GET", None, primary_category_id="9101"))["data"]
mandatory = {row["name"] for row in wanted if row["is_mandatory"] == 1 and row["attribute_type"] == "normal"}
assert mandatory == {"name", "brand", "volume", "country_origin"}, mandatory

# A picture, then the product, in XML.
url = done(call("/image/upload", "POST", token, files={"image": ("a.png", picture(600))}))["data"]["image"]["url"]
product = (
    "<Request><Product><PrimaryCategory>9101</PrimaryCategory><Images><Image>%s</Image></Images>"
    "<Attributes><name>Nước mắm Phú Quốc 40°N &amp; ớt</name><brand_id>60001</brand_id><volume>500 ml</volume>"
    "<country_origin>Vietnam</country_origin><description><![CDATA[<p>Nước mắm nhĩ</p>]]></description></Attributes>"
    "<Skus><Sku><SellerSku>NM-PQ-500</SellerSku><quantity>20</quantity><price>98000</price><package_weight>0.75</package_weight>"
    "<package_length>10</package_length><package_width>10</package_width><package_height>26</package_height></Sku></Skus></Product></Request>"
) % url
made = done(call("/product/create", "POST", token, payload=product))["data"]
item, sku = made["item_id"], made["sku_list"][0]["sku_id"]
found = done(call("/products/get", "GET", token, filter="all", sku_seller_list='["NM-PQ-500"]'))["data"]
assert found["products"][0]["item_id"] == item
assert found["products"][0]["attributes"]["name"] == "Nước mắm Phú Quốc 40°N & ớt"

# Price and stock.
row = "<Request><Product><Skus><Sku><ItemId>%s</ItemId><SkuId>%s</SkuId>%s</Sku></Skus></Product></Request>"
done(call("/product/price_quantity/update", "POST", token, payload=row % (item, sku, "<Price>99000</Price>")))
done(call("/product/stock/sellable/update", "POST", token, payload=row % (item, sku, "<SellableQuantity>15</SellableQuantity>")))

# An order: read, packed, labelled, handed over.
order = buy("NM-PQ-500", 2)
listed = done(call("/orders/get", "GET", token, update_after="2026-01-01T00:00:00+07:00", sort_by="updated_at", sort_direction="ASC"))
assert [str(row["order_id"]) for row in listed["data"]["orders"]] == [order]
rows = done(call("/order/items/get", "GET", token, order_id=order))["data"]
assert len(rows) == 2 and rows[0]["sku"] == "NM-PQ-500"
request = {
    "pack_order_list": [{"order_id": order, "order_item_list": [row["order_item_id"] for row in rows]}],
    "delivery_type": "dropship",
    "shipping_allocate_type": "TFS",
}
packed = done(call("/order/fulfill/pack", "POST", token, packReq=json.dumps(request)))["result"]["data"]["pack_order_list"][0]
package = packed["order_item_list"][0]["package_id"]
label = {"doc_type": "PDF", "packages": [{"package_id": package}]}
label = done(call("/order/package/document/get", "POST", token, getDocumentReq=json.dumps(label)))["result"]["data"]
assert label["pdf_url"] in base64.b64decode(label["file"]).decode()
ready = done(call("/order/package/rts", "POST", token, readyToShipReq=json.dumps({"packages": [{"package_id": package}]})))
assert ready["result"]["data"]["packages"][0]["item_err_code"] == "0"

# What is refused.
refused = [call("/seller/get", "GET", "nobody")["code"]]
stranger = LazopClient(keys["api_url"], keys["app_key"], "another secret")
refused.append(stranger.execute(LazopRequest("/seller/get", "GET"), token).code)
refused.append(call("/product/price_quantity/update", "POST", token, payload=row % (item, sku, "<Price>0</Price>"))["code"])

print(json.dumps({"order": order, "refused": refused}))
