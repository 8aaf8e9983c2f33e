//! Dividing what a channel counts for a whole app among the nodes that call it.
//!
//! Each node holds a row for each quota it uses, extends it with every beat, and uses one part of as many as there are rows. The sum of all
//! parts must never exceed the quota, so room is made before it is taken:
//!
//! ```text
//!   newcomer: joins with number j, uses nothing ─────────────────────────▶ every live row has seen ≥ j: uses its part
//!   others:   read the rows ─▶ use the smaller part ─▶ write seen = the newest number that was read
//!   dead:     its row runs out (a margin later for the others, a margin earlier for itself) ─▶ its part comes back
//! ```
//!
//! A node whose row ran out was counted out: it joins anew.

use super::Store;
use super::error::Result;
use super::lease::later;
use super::tx::{Arg, Row, args, json};
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeMap;

/// How far the clocks of two nodes may be apart.
pub const CLOCKS_APART: SignedDuration = SignedDuration::from_secs(2);

/// The users of one quota as one node sees them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct QuotaUsers {
    /// Live nodes, this one included if it has joined.
    pub live: u32,
    /// All of them leave room for this node: it may use one part of `live`.
    pub has_room: bool,
    /// The number of the newest node that is counted here.
    pub newest: i64,
}

#[derive(Debug)]
struct User {
    quota: String,
    node: String,
    joined: i64,
    seen: i64,
    until: Timestamp,
}

impl Store {
    /// Who uses these quotas now.
    pub async fn quota_users(
        &self,
        node: &str,
        quotas: &[String],
        now: Timestamp,
    ) -> Result<BTreeMap<String, QuotaUsers>> {
        let rows = self.read().rows(SELECT, args![named(quotas)]).await?;
        let users: Vec<User> = rows.iter().map(user).collect::<Result<_>>()?;
        Ok(quotas.iter().map(|quota| (quota.clone(), count(&users, quota, node, now))).collect())
    }

    /// Joins the users of these quotas or stays among them until `now + ttl`, leaves room for every node up to the given number, and
    /// forgets what ran out long ago. Returns who uses them, this node included.
    pub async fn use_quotas(
        &self,
        node: &str,
        quotas: &BTreeMap<String, QuotaUsers>,
        now: Timestamp,
        ttl: SignedDuration,
    ) -> Result<BTreeMap<String, QuotaUsers>> {
        let names: Vec<String> = quotas.keys().cloned().collect();
        let mut tx = self.write().await?;
        // In the order of names, on all nodes; holds off every other node that would join or stay at the same time.
        tx.rows(
            "INSERT INTO app_quota (quota, newest) SELECT value->>0, 0 FROM json_each($1) WHERE true ORDER BY value->>0
             ON CONFLICT (quota) DO UPDATE SET newest = app_quota.newest RETURNING quota",
            args![named(&names)],
        )
        .await?;
        for (quota, users) in quotas {
            let stayed = tx
                .rows(
                    "UPDATE app_quota_user SET seen = CASE WHEN seen < $3 THEN $3 ELSE seen END, until_at = $5
                     WHERE quota = $1 AND node = $2 AND until_at > $4 RETURNING joined",
                    args![quota.as_str(), node, users.newest, now, later(now, ttl)],
                )
                .await?;
            if stayed.is_empty() {
                tx.execute(
                    "UPDATE app_quota SET newest = newest + 1 WHERE quota = $1",
                    args![quota.as_str()],
                )
                .await?;
                // It uses nothing yet, so it leaves room for everybody.
                tx.execute(
                    "INSERT INTO app_quota_user (quota, node, joined, seen, until_at)
                     SELECT quota, $2, newest, newest, $3 FROM app_quota WHERE quota = $1
                     ON CONFLICT (quota, node) DO UPDATE SET joined = excluded.joined, seen = excluded.seen,
                         until_at = excluded.until_at",
                    args![quota.as_str(), node, later(now, ttl)],
                )
                .await?;
            }
            tx.execute(
                "DELETE FROM app_quota_user WHERE quota = $1 AND until_at < $2",
                args![quota.as_str(), earlier(now, ttl + CLOCKS_APART + CLOCKS_APART)],
            )
            .await?;
        }
        let rows = tx.rows(SELECT, args![named(&names)]).await?;
        tx.commit().await?;
        let users: Vec<User> = rows.iter().map(user).collect::<Result<_>>()?;
        Ok(quotas.keys().map(|quota| (quota.clone(), count(&users, quota, node, now))).collect())
    }

    /// Leaves the users of these quotas; the node must not use them any more.
    pub async fn leave_quotas(&self, node: &str, quotas: &[String]) -> Result<()> {
        let mut tx = self.write().await?;
        tx.execute(
            "DELETE FROM app_quota_user WHERE node = $1 AND quota IN (SELECT value->>0 FROM json_each($2))",
            args![node, named(quotas)],
        )
        .await?;
        tx.commit().await
    }
}

// Walks the primary key.
const SELECT: &str = "SELECT u.quota, u.node, u.joined, u.seen, u.until_at FROM json_each($1) AS named
    CROSS JOIN app_quota_user AS u WHERE u.quota = named.value->>0";

fn named(quotas: &[String]) -> Arg {
    json(&quotas.iter().map(|quota| [quota]).collect::<Vec<_>>())
}

fn user(row: &Row) -> Result<User> {
    Ok(User {
        quota: row.text("quota")?,
        node: row.text("node")?,
        joined: row.int("joined")?,
        seen: row.int("seen")?,
        until: row.at("until_at")?,
    })
}

fn count(users: &[User], quota: &str, node: &str, now: Timestamp) -> QuotaUsers {
    let mine = users.iter().find(|user| user.quota == quota && user.node == node);
    let others = users
        .iter()
        .filter(|user| user.quota == quota && user.node != node && later(user.until, CLOCKS_APART) > now);
    let mut counted = QuotaUsers {
        live: u32::from(mine.is_some()),
        has_room: mine.is_some_and(|mine| earlier(mine.until, CLOCKS_APART) > now),
        newest: mine.map_or(0, |mine| mine.joined),
    };
    for other in others {
        counted.live += 1;
        counted.newest = counted.newest.max(other.joined);
        counted.has_room &= mine.is_some_and(|mine| other.seen >= mine.joined);
    }
    counted
}

fn earlier(at: Timestamp, by: SignedDuration) -> Timestamp {
    at.checked_sub(by).unwrap_or(Timestamp::MIN)
}
