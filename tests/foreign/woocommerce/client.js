// A look around with WooCommerce's own client for Node, as it is published. Prints what it saw, as JSON, in its last line.
const WooCommerceRestApi = require('@woocommerce/woocommerce-rest-api').default

const keys = JSON.parse(process.argv[2])
const api = new WooCommerceRestApi({
  url: keys.base_url,
  consumerKey: keys.consumer_key,
  consumerSecret: keys.consumer_secret,
  version: 'wc/v3',
})

const main = async () => {
  const { data: products, headers } = await api.get('products', { sku: 'TRA-SHAN', per_page: 20, status: 'any' })
  const [product] = products
  await api.put(`products/${product.id}`, { regular_price: '125000', stock_quantity: 7 })
  await api.post('products', { name: 'Mật ong', sku: 'MAT-ONG', regular_price: '90000', status: 'draft' })

  const { data: orders } = await api.get('orders', { orderby: 'modified', order: 'asc' })
  const refused = await api.get('products/999999').catch(error => error.response.data.code)
  console.log(JSON.stringify({
    skus: products.map(one => one.sku),
    total: headers['x-wp-total'],
    orders: orders.map(one => String(one.id)),
    refused,
  }))
}

main().catch(error => {
  console.error(error.response ? error.response.data : error)
  process.exit(1)
})
