"""A shopkeeper's day with WooCommerce's own client, as it is published. Prints what it saw, as JSON, in its last line."""

import http.server
import json
import struct
import sys
import threading
import urllib.request
import zlib

from woocommerce import API

keys = json.loads(sys.argv[1])


def shop(secret):
    return API(url=keys["base_url"], consumer_key=keys["consumer_key"], consumer_secret=secret, version="wc/v3", timeout=60)


api = shop(keys["consumer_secret"])


def done(answer):
    assert answer.status_code in (200, 201), answer.text
    return answer.json()


def buy(sku, units):
    """A buyer of the sandbox."""
    wish = json.dumps({"lines": [{"sku": sku, "units": units}], "paid": True}).encode()
    asked = urllib.request.Request(keys["base_url"] + "/_sandbox/orders", wish, {"Content-Type": "application/json"})
    return json.load(urllib.request.urlopen(asked))["id"]


class PictureHost(http.server.BaseHTTPRequestHandler):
    """Where the shop fetches the pictures from: every path is a grey square."""

    def do_GET(self):
        rows = b"".join(b"\0" + b"\x80" * 600 for _ in range(600))

        def chunk(kind, content):
            return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

        head = struct.pack(">IIBBBBB", 600, 600, 8, 0, 0, 0, 0)
        png = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
        self.send_response(200)
        self.send_header("Content-Type", "image/png")
        self.send_header("Content-Length", str(len(png)))
        self.end_headers()
        self.wfile.write(png)

    def log_message(self, *_):
        pass


host = http.server.ThreadingHTTPServer(("127.0.0.1", 0), PictureHost)
threading.Thread(target=host.serve_forever, daemon=True).start()
picture = "http://127.0.0.1:%d/nuoc-mam.png" % host.server_port

# Who we are, and what the shop is.
assert done(api.get("settings/general/woocommerce_currency"))["value"] == "VND"

# A category, a product with a picture in it, a product in two sizes.
tea = done(api.post("products/categories", {"name": "Trà & cà phê"}))["id"]
made = done(
    api.post(
        "products",
        {
            "name": "Nước mắm Phú Quốc 40°N & ớt",
            "sku": "NM-PQ-500",
            "regular_price": "98000",
            "manage_stock": True,
            "stock_quantity": 20,
            "images": [{"src": picture, "alt": "Chai nước mắm"}],
        },
    )
)
sizes = done(
    api.post(
        "products",
        {
            "name": "Trà Shan tuyết",
            "type": "variable",
            "categories": [{"id": tea}],
            "attributes": [{"name": "Khối lượng", "variation": True, "visible": True, "options": ["100 g", "500 g"]}],
        },
    )
)["id"]
batch = done(
    api.post(
        "products/%d/variations/batch" % sizes,
        {
            "create": [
                {
                    "sku": "TRA-" + size.replace(" ", ""),
                    "regular_price": price,
                    "manage_stock": True,
                    "stock_quantity": 5,
                    "attributes": [{"name": "Khối lượng", "option": size}],
                }
                for size, price in (("100 g", "120000"), ("500 g", "500000"))
            ]
        },
    )
)
assert [row["sku"] for row in batch["create"]] == ["TRA-100g", "TRA-500g"], batch

# Price and stock, alone and in a batch.
done(api.put("products/%d" % made["id"], {"regular_price": "99000"}))
stocked = done(api.post("products/batch", {"update": [{"id": made["id"], "stock_quantity": 15}]}))
assert stocked["update"][0]["stock_quantity"] == 15, stocked

# Reading back: with parameters, which this client sends twice over plain HTTP.
found = done(api.get("products", params={"sku": "NM-PQ-500", "per_page": 5}))
assert [row["id"] for row in found] == [made["id"]], found

# An order: read and completed.
order = buy("NM-PQ-500", 2)
listed = done(api.get("orders", params={"status": "processing", "after": "2020-01-01T00:00:00"}))
assert [str(row["id"]) for row in listed] == [order], listed
assert listed[0]["line_items"][0]["quantity"] == 2
assert done(api.put("orders/" + order, {"status": "completed"}))["status"] == "completed"

# What is refused.
twin = api.post("products", {"name": "Đôi", "sku": "NM-PQ-500"})
refused = [twin.json()["code"], shop("another secret").get("products").json()["code"]]
refused.append(api.get("products/999999").json()["code"])

print(json.dumps({"order": order, "pages": api.get("products").headers["X-WP-TotalPages"], "refused": refused}))
