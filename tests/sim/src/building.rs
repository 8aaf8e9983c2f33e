//! How a listing comes to be at a stall: in one step, in two, or after a review.

use crate::market::{Fate, Flight, fate_word, flight};
use crate::plan::Steps;
use crate::remote::{offer_name, throttled};
use crate::stall::{Item, Shown, Slot, Stall, Stand};
use crate::world::World;
use ganh_contract::{
    Draft, Fault, FaultKind, Link, Linked, Progress, Result, Sku, Stage, Start, Thing, Ticket,
};
use std::collections::VecDeque;
use std::time::Duration;
use tokio::sync::oneshot;

/// Takes one step towards a listing.
pub async fn create(
    world: &World,
    (shop, access): (usize, &str),
    draft: &Draft,
    start: Start<'_>,
) -> Result<Progress<Link>> {
    let verb = "create";
    let Flight { fate, lands_in, answers_in } = flight(world, shop, access);
    world.mix(50 + fate_word(fate), shop as u64);
    world.tell(|| {
        let step = match start {
            Start::Fresh(_) => "fresh".to_owned(),
            Start::Resume(ticket) => format!("resume {}", ticket.as_str()),
            Start::Adopt(listing) => format!("adopt {}", listing.as_str()),
        };
        format!(
            "s{shop}: create {} {step}{}",
            draft.code.as_str(),
            if fate == Fate::Fine { String::new() } else { format!(" -- {fate:?}") }
        )
    });
    let fault = match fate {
        Fate::Fine | Fate::CutApplied | Fate::CutLate | Fate::Down { applied: true } => None,
        Fate::Lost => Some(FaultKind::Interrupted),
        Fate::Down { applied: false } => Some(FaultKind::Down),
        // A refusal of a create is a matter for people; here it is the way that is bad.
        Fate::Refused => Some(FaultKind::Unreachable),
        Fate::Expired => Some(FaultKind::Expired),
        Fate::Throttled => {
            world.clock().pass(answers_in).await;
            return Err(throttled(verb));
        }
    };
    if let Some(kind) = fault {
        world.clock().pass(answers_in).await;
        return Err(Fault::new(verb, kind));
    }
    let step = match start {
        Start::Fresh(_) => Step::Fresh,
        Start::Resume(ticket) => {
            Step::Of(ticket.as_str().trim_start_matches('t').parse().unwrap_or(usize::MAX))
        }
        Start::Adopt(listing) => {
            Step::Of(world.inner().stalls[shop].item_at(listing.as_str()).unwrap_or(usize::MAX))
        }
    };
    let (told, landed) = oneshot::channel();
    let (there, wish) = (world.clone(), draft.clone());
    tokio::spawn(async move {
        there.clock().pass(lands_in).await;
        let progress = build(&there, shop, &wish, step);
        // The caller may have given up or died.
        let _ = told.send(progress);
    });
    if fate == Fate::CutLate {
        world.clock().pass(answers_in).await;
        return Err(Fault::new(verb, FaultKind::Interrupted));
    }
    let progress = landed.await.map_err(|_| Fault::new(verb, FaultKind::Interrupted))?;
    world.clock().pass(answers_in).await;
    match fate {
        Fate::CutApplied => Err(Fault::new(verb, FaultKind::Interrupted)),
        Fate::Down { .. } => Err(Fault::new(verb, FaultKind::Down)),
        Fate::Fine | Fate::Lost | Fate::CutLate | Fate::Throttled | Fate::Refused | Fate::Expired => progress,
    }
}

#[derive(Debug, Clone, Copy)]
enum Step {
    Fresh,
    Of(usize),
}

/// A step lands.
fn build(world: &World, shop: usize, draft: &Draft, step: Step) -> Result<Progress<Link>> {
    let now = world.ms();
    let mut twin = None;
    let progress = {
        let mut inner = world.inner();
        let inner = &mut *inner;
        let stall = &mut inner.stalls[shop];
        stall.settle(now);
        let number = match step {
            Step::Of(number) => number,
            Step::Fresh => {
                twin =
                    stall.items.iter().find(|item| item.code == draft.code.as_str()).map(|item| item.number);
                let number = stall.items.len();
                stall.items.push(Item {
                    number,
                    code: draft.code.as_str().to_owned(),
                    standing: Stand::Shell,
                    found_from: now
                        + if stall.plan.search_lag_ms > 0 {
                            inner.dice.between(0, stall.plan.search_lag_ms)
                        } else {
                            0
                        },
                    seen_from: now
                        + if stall.plan.read_lag_ms > 0 {
                            inner.dice.between(0, stall.plan.read_lag_ms)
                        } else {
                            0
                        },
                    is_alone: draft.offers.len() == 1,
                    slots: Vec::new(),
                    past: VecDeque::new(),
                    locked_until: 0,
                });
                number
            }
        };
        if number >= stall.items.len() {
            return Err(Fault::new("create", FaultKind::Missing(Thing::Ticket)));
        }
        let plan = stall.plan.clone();
        let is_half = matches!(step, Step::Fresh) && plan.steps == Steps::Two;
        let item = &mut stall.items[number];
        if item.slots.is_empty() && !is_half {
            fill(item, draft, &plan, &inner.goods.by_sku);
            item.standing = match plan.steps {
                Steps::One | Steps::Two => Stand::Live,
                Steps::Reviewed => Stand::Reviewed { until: now + inner.dice.between(20_000, 400_000) },
            };
        }
        let ticket = Ticket::new(format!("t{number}"));
        let seen = Some(Stall::item_id(number).into());
        match item.standing {
            Stand::Shell => {
                Progress::Later { stage: Stage::Building, ticket, seen, wait: Duration::from_secs(1) }
            }
            Stand::Reviewed { .. } => {
                Progress::Later { stage: Stage::Reviewing, ticket, seen, wait: Duration::from_secs(30) }
            }
            Stand::Live => Progress::Done(link(item, draft)),
        }
    };
    world.mix(60, shop as u64);
    if let Some(twin) = twin {
        world.broken("I3", format!("s{shop}: {} is listed again beside i{twin}", draft.code.as_str()));
    }
    Ok(progress)
}

fn fill(
    item: &mut Item,
    draft: &Draft,
    plan: &crate::plan::ShopPlan,
    by_sku: &std::collections::BTreeMap<String, usize>,
) {
    item.slots = draft
        .offers
        .iter()
        .filter_map(|offer| {
            let variant = *by_sku.get(offer.sku.as_str())?;
            let shown = Shown {
                price: offer.price.list.get(),
                stock: offer.stock.total(),
                on_sale: !plan.born_hidden,
            };
            Some(Slot { variant, shown, taken: 0, known: 0, over: 0 })
        })
        .collect();
}

fn link(item: &Item, draft: &Draft) -> Link {
    let offers = draft.offers.iter().enumerate().map(|(slot, offer)| Linked {
        sku: Sku::new(offer.sku.as_str()),
        offer: offer_name(item, slot),
        note: String::new(),
    });
    Link { offers: offers.collect(), retired: Vec::new() }
}
