// A seller's look around with a client from npm, as it is published. Prints what it saw, as JSON, in its last line.
const LazadaAPI = require('lazada-open-platform-sdk')

const keys = JSON.parse(process.argv[2])
const shop = keys.shops[0]
const gateway = keys.api_url.replace('http://', '')
const { client } = new LazadaAPI(keys.app_key, keys.app_secret, 'VIETNAM')
const call = (name, token, payload, verb) =>
  client[name](keys.app_key, keys.app_secret, gateway, token, payload, verb, 'HTTP')

const main = async () => {
  // This client knows no other host for tokens than the platform's own: the shop's token is given.
  const token = shop.access_token

  const tree = await call('getCategoryTree', undefined, {}, 'GET')
  if (!tree.data.some(branch => branch.children.some(leaf => leaf.category_id === 9111))) throw new Error('no tea')

  const { data } = await call('getProducts', token, { filter: 'live', limit: 50, offset: 0 }, 'GET')
  const [product] = data.products
  const [sku] = product.skus
  const payload =
    `<Request><Product><Skus><Sku><ItemId>${product.item_id}</ItemId><SkuId>${sku.SkuId}</SkuId>` +
    '<Price>125000</Price></Sku></Skus></Product></Request>'
  await call('updatePriceQuantity', token, { payload }, 'POST')

  const list = await call('getOrders', token, { created_after: '2026-01-01T00:00:00+07:00', limit: 100 }, 'GET')
  const orders = list.data.orders.map(order => String(order.order_id))
  const rows = await call('getOrderItems', token, { order_id: orders[0] }, 'GET')
  console.log(JSON.stringify({ skus: product.skus.map(one => one.SellerSku), orders, rows: rows.data.length }))
}

main().catch(error => {
  console.error(error)
  process.exit(1)
})
