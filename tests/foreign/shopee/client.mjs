// A seller's day with a client from npm, as it is published. Prints what it saw, as JSON, in its last line.
import { crc32, deflateSync } from 'node:zlib'
import { ShopeeSDK } from '@congminh1254/shopee-sdk'

const keys = JSON.parse(process.argv[2])
const shop = keys.shops[0]

// A store of tokens that this client asks for.
const store = () => {
  let held = null
  return { store: async token => { held = token }, get: async () => held, clear: async () => { held = null } }
}
const client = (partner_key, tokens) =>
  new ShopeeSDK(
    { partner_id: keys.partner_id, partner_key, shop_id: shop.shop_id, base_url: keys.base_url + '/api/v2', base_auth_url: keys.auth_url },
    tokens,
  )

const done = answer => {
  if (answer.error) throw new Error(JSON.stringify(answer))
  return answer.response
}

// A buyer of the sandbox.
const buy = async (sku, units) => {
  const wish = { lines: [{ sku, units }], paid: true }
  const asked = { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(wish) }
  return (await (await fetch(keys.base_url + '/_sandbox/orders', asked)).json()).id
}

// A grey square as PNG.
const picture = side => {
  const chunk = (kind, content) => {
    const body = Buffer.concat([Buffer.from(kind), content])
    const [size, sum] = [Buffer.alloc(4), Buffer.alloc(4)]
    size.writeUInt32BE(content.length)
    sum.writeUInt32BE(crc32(body))
    return Buffer.concat([size, body, sum])
  }
  const head = Buffer.alloc(13)
  head.writeUInt32BE(side, 0)
  head.writeUInt32BE(side, 4)
  head[8] = 8
  const rows = Buffer.alloc((side + 1) * side, 0x80)
  for (let row = 0; row < side; row++) rows[row * (side + 1)] = 0
  const mark = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])
  return Buffer.concat([mark, chunk('IHDR', head), chunk('IDAT', deflateSync(rows)), chunk('IEND', Buffer.alloc(0))])
}

// Tokens: the code of the consent, then a renewal.
const tokens = store()
const sdk = client(keys.partner_key, tokens)
await sdk.authenticateWithCode(shop.code, shop.shop_id)
const first = await sdk.getAuthToken()
await sdk.refreshToken(shop.shop_id)
const second = await sdk.getAuthToken()

// What the category asks for.
const categories = done(await sdk.product.getCategory({ language: 'vi' })).category_list
const coffee = categories.find(one => one.category_id === 100659)
const tree = done(await sdk.product.getAttributeTree({ category_id_list: [coffee.category_id], language: 'vi' })).list[0].attribute_tree
const attribute_list = tree
  .filter(one => one.mandatory)
  .map(one => ({ attribute_id: one.attribute_id, attribute_value_list: [{ value_id: one.attribute_value_list[0].value_id }] }))
const logistics = done(await sdk.logistics.getChannelList()).logistics_channel_list.filter(one => one.enabled)

// A picture, an item, its two sizes.
const upload = { image: new File([picture(600)], 'a.png', { type: 'image/png' }) }
const image = done(await sdk.mediaSpace.uploadImage(upload)).image_info.image_id
const { item_id } = done(
  await sdk.product.addItem({
    item_name: 'Cà phê Robusta rang mộc Buôn Ma Thuột',
    description: 'Cà phê nguyên chất rang mộc, đóng gói van một chiều. '.repeat(3),
    original_price: 145000,
    weight: 0.55,
    category_id: coffee.category_id,
    image: { image_id_list: [image] },
    logistic_info: [{ logistic_id: logistics[0].logistics_channel_id, enabled: true }],
    seller_stock: [{ stock: 40 }],
    brand: { brand_id: 0, original_brand_name: 'NoBrand' },
    condition: 'NEW',
    item_sku: 'CF-ROB',
    attribute_list,
  }),
)
const model = (tier, model_sku, original_price, stock) => ({ tier_index: [tier], model_sku, original_price, seller_stock: [{ stock }] })
const option = variation_option_name => ({ variation_option_id: 0, variation_option_name })
const variation = { variation_id: 0, variation_name: 'Khối lượng', variation_option_list: [option('250g'), option('500g')] }
done(
  await sdk.product.initTierVariation({
    item_id,
    standardise_tier_variation: [variation],
    model: [model(0, 'CF-250', 79000, 25), model(1, 'CF-500', 145000, 40)],
  }),
)
const models = done(await sdk.product.getModelList({ item_id })).model
const small = models.find(one => one.model_sku === 'CF-250').model_id

// Price and stock.
done(await sdk.product.updatePrice({ item_id, price_list: [{ model_id: small, original_price: 82000 }] }))
const stocked = done(await sdk.product.updateStock({ item_id, stock_list: [{ model_id: small, seller_stock: [{ stock: 15 }] }] }))

// An order: listed, read.
const order = await buy('CF-250', 2)
const now = Math.floor(Date.now() / 1000)
const window = { time_range_field: 'update_time', time_from: now - 86400, time_to: now + 60, page_size: 50 }
const listed = done(await sdk.order.getOrderList(window)).order_list.map(one => one.order_sn)
const asked = { order_sn_list: listed, response_optional_fields: ['item_list', 'total_amount'] }
const [detail] = done(await sdk.order.getOrderDetail(asked)).order_list

// What is refused.
const refused = []
await client('another key', tokens).product.getCategory({}).catch(error => refused.push(error.data?.error ?? error.message))
const zero = { item_id, price_list: [{ model_id: small, original_price: 0 }] }
await sdk.product
  .updatePrice(zero)
  .then(answer => refused.push(answer.response.failure_list?.length))
  .catch(error => refused.push(error.data?.error ?? error.message))

console.log(
  JSON.stringify({
    renewed: first.refresh_token !== second.refresh_token,
    refused,
    failed: stocked.failure_list ?? [],
    listed,
    order,
    bought: detail.item_list.map(one => [one.model_sku, one.model_quantity_purchased]),
  }),
)
