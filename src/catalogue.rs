//! What is sold: producers, products, variants, pictures, certificates; how sheets of them are read.
//!
//! Pure: no I/O, no clock. Bytes, the store's present state and `today` come in; values and a plan go out.
