//! Stories through the whole market, over its own door: HTTP, signed as spec 2 says.
