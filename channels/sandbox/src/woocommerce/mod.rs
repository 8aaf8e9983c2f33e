//! A simulated WooCommerce shop.
