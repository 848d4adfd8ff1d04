//! Labelled facts about any one thing, for inspectors that know nothing of its kind.

use crate::resource::ResourceRef;

use super::Health;

/// One fact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fact {
    /// What it is about.
    pub label: &'static str,
    /// What is so.
    pub value: String,
    /// How good or bad that is, where it is either.
    pub health: Option<Health>,
    /// The thing that the value names, where it names one: a way to go on.
    pub leads_to: Option<ResourceRef>,
}

/// Facts under one heading.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Section {
    /// The heading; empty for the first.
    pub title: &'static str,
    /// The facts, in the order in which a person would ask for them.
    pub facts: Vec<Fact>,
}

/// Everything that can be said about one thing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inspection {
    /// The thing.
    pub about: ResourceRef,
    /// Its name.
    pub name: String,
    /// Its kind, in the field's words.
    pub kind: &'static str,
    /// How well it does.
    pub health: Health,
    /// What there is to say.
    pub sections: Vec<Section>,
}

/// Collects facts in order.
#[derive(Debug, Default)]
pub(super) struct Facts {
    sections: Vec<Section>,
}

impl Facts {
    /// Begins a heading; what follows stands under it.
    pub(super) fn section(&mut self, title: &'static str) {
        self.sections.push(Section {
            title,
            facts: Vec::new(),
        });
    }
    /// Adds a fact.
    pub(super) fn add(&mut self, label: &'static str, value: impl ToString) {
        self.push(Fact {
            label,
            value: value.to_string(),
            health: None,
            leads_to: None,
        });
    }
    /// Adds a fact that is good or bad.
    pub(super) fn judge(&mut self, label: &'static str, value: impl ToString, health: Health) {
        self.push(Fact {
            label,
            value: value.to_string(),
            health: Some(health),
            leads_to: None,
        });
    }
    /// Adds a fact that names another thing.
    pub(super) fn lead(&mut self, label: &'static str, name: String, to: impl Into<ResourceRef>) {
        self.push(Fact {
            label,
            value: name,
            health: None,
            leads_to: Some(to.into()),
        });
    }
    /// What was collected, headings without facts left out.
    pub(super) fn finish(self) -> Vec<Section> {
        self.sections
            .into_iter()
            .filter(|section| !section.facts.is_empty())
            .collect()
    }
    fn push(&mut self, fact: Fact) {
        if self.sections.is_empty() {
            self.section("");
        }
        if let Some(section) = self.sections.last_mut() {
            section.facts.push(fact);
        }
    }
}
