//! The merchant: new goods, new prices, units with their papers, each by the command line beside the daemon. Whoever pulls the plug kills
//! these commands too; what was not certainly done is repeated, as a person would.

use crate::base::Base;
use crate::dice::Dice;
use crate::goods::{Good, PRODUCERS};
use crate::trade::Shared;
use anyhow::{Context as _, Result, bail};
use std::process::{Child, ExitStatus, Stdio};
use std::time::Duration;

/// What is to be done next.
#[derive(Debug, Clone)]
enum Chore {
    /// A new good, or a good at another price.
    Import(Good),
    Receive {
        paper: String,
        sku: String,
        units: i64,
    },
}

/// Does one thing after the other.
#[derive(Debug)]
pub struct Merchant {
    dice: Dice,
    shared: Shared,
    chores: Vec<Chore>,
    child: Option<Child>,
    goods: u64,
    most_goods: u64,
    papers: u64,
    /// How often one command had to be repeated because it was killed.
    pub cut: u64,
}

impl Merchant {
    /// Nothing is done yet. `most_goods`: how many goods there will be at most.
    pub const fn new(dice: Dice, shared: Shared, most_goods: u64) -> Self {
        Self { dice, shared, chores: Vec::new(), child: None, goods: 0, most_goods, papers: 0, cut: 0 }
    }

    /// The goods that there are before any shop is connected.
    pub async fn opens(&mut self, base: &Base, goods: u64) -> Result<()> {
        base.write("producers.csv", PRODUCERS)?;
        std::fs::create_dir(base.path("pictures"))?;
        std::fs::write(base.path("pictures/thu-cong.jpg"), PICTURE)?;
        for _ in 0..goods {
            self.new_good();
        }
        while !self.chores.is_empty() {
            self.one(base).await?;
        }
        Ok(())
    }

    /// This merchant; another, who never does anything, stands in its place.
    pub fn leave(&mut self) -> Self {
        let stand_in = Self::new(Dice::new(0, 0), self.shared.clone(), 0);
        std::mem::replace(self, stand_in)
    }

    /// Works until dropped; then [`Merchant::kill`].
    pub async fn work(&mut self, base: &Base) -> Result<()> {
        loop {
            if self.chores.is_empty() {
                self.plan();
            }
            self.one(base).await?;
            tokio::time::sleep(Duration::from_millis(200 + self.dice.below(800))).await;
        }
    }

    /// The command under way dies; it is repeated later.
    pub fn kill(&mut self) -> Result<()> {
        if let Some(mut child) = self.child.take() {
            // It may have ended a moment ago.
            child.kill().context("a command cannot be killed")?;
            child.wait()?;
            self.cut += 1;
        }
        Ok(())
    }

    /// Does what was begun.
    pub async fn finish(&mut self, base: &Base) -> Result<()> {
        while !self.chores.is_empty() {
            self.one(base).await?;
        }
        Ok(())
    }

    fn plan(&mut self) {
        let known: Vec<Good> = self.shared.lock().goods.values().cloned().collect();
        match self.dice.below(10) {
            0..=2 if self.goods < self.most_goods => self.new_good(),
            3 | 4 => {
                if let Some(good) = self.dice.choose(&known) {
                    let step = i64::try_from(self.dice.below(5)).unwrap_or(0) * 1_000;
                    self.chores
                        .push(Chore::Import(Good { price: good.price + 1_000 + step, ..good.clone() }));
                }
            }
            _ => {
                if let Some(good) = self.dice.choose(&known) {
                    self.receive(&good.sku.clone());
                }
            }
        }
    }

    fn new_good(&mut self) {
        let good = Good::numbered(self.goods);
        self.goods += 1;
        // Done from the end.
        self.receive(&good.sku.clone());
        self.chores.push(Chore::Import(good));
    }

    fn receive(&mut self, sku: &str) {
        self.papers += 1;
        let units = 20 + i64::try_from(self.dice.below(20)).unwrap_or(0);
        self.chores.push(Chore::Receive {
            paper: format!("PN-{:05}", self.papers),
            sku: sku.to_owned(),
            units,
        });
    }

    /// Waits for the command under way. Cancelling it leaves the command alone.
    async fn ended(&mut self) -> Result<ExitStatus> {
        loop {
            let child = self.child.as_mut().context("a command is under way")?;
            if let Some(status) = child.try_wait()? {
                self.child = None;
                return Ok(status);
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    async fn one(&mut self, base: &Base) -> Result<()> {
        let Some(chore) = self.chores.last().cloned() else { return Ok(()) };
        let mut command = match &chore {
            Chore::Import(good) => {
                let is_new = !self.shared.lock().goods.contains_key(&good.sku);
                base.write("goods.csv", &good.sheet(is_new))?;
                let files = ["import", "goods.csv", "--producers", "producers.csv", "--pictures", "pictures"];
                base.command(&[&files[..], &["--apply", "--allow-blast"]].concat())
            }
            Chore::Receive { paper, sku, units } => {
                let units = units.to_string();
                base.command(&["stock", "receive", sku, &units, "--reason", "nhập kho", "--paper", paper])
            }
        };
        let errors = base.path("merchant.log");
        let file = std::fs::File::create(&errors)?;
        let child =
            command.stdout(Stdio::null()).stderr(file).spawn().context("the program does not start")?;
        self.child = Some(child);
        let status = self.ended().await?;
        if !status.success() {
            bail!("{chore:?} ended with {status}: {}", std::fs::read_to_string(errors).unwrap_or_default());
        }
        let mut memory = self.shared.lock();
        match chore {
            Chore::Import(good) => {
                memory.goods.insert(good.sku.clone(), good);
            }
            Chore::Receive { paper, sku, units } => {
                memory.papers.insert(paper, (sku, units));
            }
        }
        drop(memory);
        self.chores.pop();
        Ok(())
    }
}

impl Drop for Merchant {
    fn drop(&mut self) {
        // Nothing is to outlive the test.
        let _ = self.kill();
    }
}

const PICTURE: &[u8] = include_bytes!("../../../examples/images/thu-cong.jpg");
