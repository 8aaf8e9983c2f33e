//! Layers of rules: offer over product over shop over producer over default, each field by itself.

use serde::{Deserialize, Serialize};

/// Where a rule was written, the weakest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    Default,
    Producer,
    Shop,
    Product,
    Offer,
}

impl Scope {
    /// All scopes, the weakest first.
    pub const ALL: [Self; 5] = [Self::Default, Self::Producer, Self::Shop, Self::Product, Self::Offer];

    /// The word that the store keeps.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Default => "default",
            Self::Producer => "producer",
            Self::Shop => "shop",
            Self::Product => "product",
            Self::Offer => "offer",
        }
    }

    /// Reads the store's word back; `None` for any other.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|scope| scope.as_str() == word)
    }
}

/// A setting together with the layer that decided it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ruled<T> {
    pub is: T,
    pub scope: Scope,
}

impl<T> Ruled<T> {
    /// What holds when no layer says anything.
    pub const fn unless_said(is: T) -> Self {
        Self { is, scope: Scope::Default }
    }
}

/// The rules that concern one offer, one set for each layer that has any; their order does not matter.
#[derive(Debug, Clone, Copy)]
pub struct Layers<'a, R>(pub &'a [(Scope, &'a R)]);

impl<R> Layers<'_, R> {
    /// The strongest layer's word on one field.
    pub fn find<T>(&self, field: impl Fn(&R) -> Option<T>) -> Option<Ruled<T>> {
        self.0
            .iter()
            .filter_map(|(scope, rules)| field(rules).map(|is| Ruled { is, scope: *scope }))
            .max_by_key(|ruled| ruled.scope)
    }
}

/// A rule that makes no sense, told to whoever writes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {mend}")]
pub struct RuleFault {
    pub field: &'static str,
    pub mend: &'static str,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_narrowest_layer_wins_and_is_named() {
        let layers = [(Scope::Offer, &None), (Scope::Shop, &Some(7)), (Scope::Default, &Some(1))];

        assert_eq!(Layers(&layers).find(|rule| *rule), Some(Ruled { is: 7, scope: Scope::Shop }));
    }

    #[test]
    fn every_scope_reads_back_from_its_word() {
        assert!(Scope::ALL.iter().all(|scope| Scope::parse(scope.as_str()) == Some(*scope)));
    }
}
