//! Bugs on purpose, by name, to show that the simulation finds them. Without the feature `simulation` each is the constant `false`.

/// True while the named bug is switched on.
#[cfg(feature = "simulation")]
macro_rules! mutant {
    ($name:literal) => {
        $crate::mutant::is_on($name)
    };
}

#[cfg(not(feature = "simulation"))]
macro_rules! mutant {
    ($name:literal) => {
        false
    };
}
#[cfg(feature = "simulation")]
mod switch {
    use std::sync::atomic::{AtomicUsize, Ordering};

    /// The bugs that can be switched on, with what each does wrong.
    pub const MUTANTS: &[(&str, &str)] = &[
        ("cursor_before_orders", "the watermark of a window is stored before its orders"),
        ("flag_without_revision", "an answer clears the dirty flag of figures that were never sent"),
        ("create_without_find", "after an unknown outcome a listing is created again without looking"),
        ("release_twice", "a cancelled line is released again whenever it is read"),
        ("raise_without_gate", "a raise does not wait for the shop's orders"),
        ("price_after_raise", "a raise does not wait for a pending price"),
        ("refresh_without_lease", "a token is renewed whoever else is at it"),
        ("batch_result_inverted", "the outcomes of a batch are read from its end"),
        ("carried_is_desired", "a carried figure is the desired one"),
        ("stale_read_believed", "a reading proves something however early it left"),
        ("depart_in_flight", "a second write leaves while the first is unanswered"),
        ("fence_open", "a stale owner's writes to the store are let through"),
        ("slack_ignored", "a raise in strict allocation is never refused"),
        ("bracket_ignored", "a sale inside the bracket of a write counts as one after it"),
        ("cut_is_not_applied", "a write of unknown outcome counts as not applied"),
        ("crash_forgets_flight", "what a dead owner left in flight counts as never sent"),
        ("harm_reversed", "the least harmful work goes first"),
        ("old_reading_wins", "an older reading of an order replaces a newer one"),
        ("part_cancel_ignored", "units cancelled out of a line are not given back"),
        ("unpaid", "calls leave without paying their quota"),
    ];

    static ON: AtomicUsize = AtomicUsize::new(usize::MAX);

    /// Switches the named bug on in this process, or all off. False for a name that nobody knows.
    pub fn switch(name: Option<&str>) -> bool {
        let index = name.map(|name| MUTANTS.iter().position(|(known, _)| *known == name));
        ON.store(index.flatten().unwrap_or(usize::MAX), Ordering::Relaxed);
        index.is_none_or(|index| index.is_some())
    }

    pub(crate) fn is_on(name: &str) -> bool {
        let on = ON.load(Ordering::Relaxed);
        on != usize::MAX && MUTANTS.get(on).is_some_and(|(known, _)| *known == name)
    }
}

#[cfg(feature = "simulation")]
pub(crate) use switch::is_on;
#[cfg(feature = "simulation")]
pub use switch::{MUTANTS, switch};
