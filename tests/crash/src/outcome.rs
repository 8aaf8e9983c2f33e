//! What a run found, and the closing table.

use comfy_table::{Table, presets};
use std::time::Duration;

/// What the comparison of books found.
#[derive(Debug, Clone, Default)]
pub struct Sums {
    pub orders_there: usize,
    pub orders_stored: usize,
    pub lost: usize,
    pub stored_twice: usize,
    /// Orders with at least one effect of each kind.
    pub effects: i64,
    pub doubled: usize,
    pub papers: usize,
    pub papers_wrong: usize,
    pub listings_there: usize,
    pub twins: usize,
    pub offers: usize,
    pub in_step: usize,
    pub parked: usize,
    /// Units that a marketplace sold beyond what it showed.
    pub oversold: i64,
    /// Units that the ledger notes as sold beyond what there was.
    pub oversold_noted: i64,
    /// One line for each thing that is not as it must be.
    pub differences: Vec<String>,
}

impl Sums {
    /// One more difference.
    pub fn differs(&mut self, line: String) {
        self.differences.push(line);
    }
}

/// One run.
#[derive(Debug, Clone, Default)]
pub struct Outcome {
    pub seed: u64,
    pub kills: u64,
    /// Of these: the daemon was not ready yet.
    pub before_ready: u64,
    /// Of these: a write of figures was on its way.
    pub in_flight: u64,
    /// Of these: a create had left or was about to.
    pub intended: u64,
    /// Of these: a listing was half made.
    pub half_made: u64,
    /// Of these: figures waited to be sent.
    pub dirty: u64,
    /// Bytes that power cuts took, and the cuts that took any.
    pub bytes_lost: u64,
    pub cuts: u64,
    /// Commands of the merchant that were killed too.
    pub commands_cut: u64,
    pub slowest_start: Duration,
    /// Calls of ours that reached the marketplaces: creates, writes of figures.
    pub creates: u64,
    pub writes: u64,
    pub refused: u64,
    /// From the last kill until everything was at rest.
    pub to_rest: Duration,
    pub took: Duration,
    pub sums: Sums,
}

impl Outcome {
    /// True when nothing differs.
    pub const fn agrees(&self) -> bool {
        self.sums.differences.is_empty()
    }

    /// The closing table.
    pub fn table(&self) -> String {
        let sums = &self.sums;
        let seconds = |time: Duration| format!("{:.1} s", time.as_secs_f64());
        let mut table = Table::new();
        table.load_style(presets::ASCII_MARKDOWN).set_header(["what", "measured", "wanted"]);
        let any = String::new();
        for (what, measured, wanted) in [
            ("seed", self.seed.to_string(), any.clone()),
            ("kills", self.kills.to_string(), any.clone()),
            ("  before the daemon was ready", self.before_ready.to_string(), any.clone()),
            ("  with a write of figures on its way", self.in_flight.to_string(), any.clone()),
            ("  with a create that had left or was about to", self.intended.to_string(), any.clone()),
            ("  with a listing half made", self.half_made.to_string(), any.clone()),
            ("  with figures waiting to be sent", self.dirty.to_string(), any.clone()),
            (
                "  where the power cut took unsynced bytes",
                format!("{} ({} bytes)", self.cuts, self.bytes_lost),
                any.clone(),
            ),
            ("commands of the merchant killed", self.commands_cut.to_string(), any.clone()),
            ("slowest start until ready", seconds(self.slowest_start), any.clone()),
            ("orders at the marketplaces", sums.orders_there.to_string(), any.clone()),
            ("  stored", sums.orders_stored.to_string(), sums.orders_there.to_string()),
            ("  lost", sums.lost.to_string(), "0".into()),
            ("  stored twice", sums.stored_twice.to_string(), "0".into()),
            ("effects on the ledger compared", sums.effects.to_string(), any.clone()),
            ("  orders with a double effect", sums.doubled.to_string(), "0".into()),
            ("papers of the merchant", sums.papers.to_string(), any.clone()),
            ("  SKUs where they count wrongly", sums.papers_wrong.to_string(), "0".into()),
            ("listings at the marketplaces", sums.listings_there.to_string(), any.clone()),
            ("  twins", sums.twins.to_string(), "0".into()),
            ("offers", sums.offers.to_string(), any.clone()),
            ("  with stock and price as wanted", sums.in_step.to_string(), sums.offers.to_string()),
            ("waiting for somebody", sums.parked.to_string(), "0".into()),
            ("units sold beyond what there was, noted", sums.oversold_noted.to_string(), "counted".into()),
            ("purchases refused for lack of stock", self.refused.to_string(), any.clone()),
            ("calls that create", self.creates.to_string(), any.clone()),
            ("calls that write figures", self.writes.to_string(), any.clone()),
            ("last kill until all is at rest", seconds(self.to_rest), any.clone()),
            ("time", seconds(self.took), any.clone()),
            ("differences of any kind", sums.differences.len().to_string(), "0".into()),
        ] {
            table.add_row([what.to_owned(), measured, wanted]);
        }
        table.to_string()
    }
}
