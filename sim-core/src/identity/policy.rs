//! Policy documents: statements that allow or deny actions on resources.
//!
//! The shape is that of IAM policy documents, cut down to what endpoint and key policies of a
//! migration use: effect, principals, actions and resources, each with `*` wildcards; conditions
//! are not modelled. Source: "IAM JSON policy reference", AWS Identity and Access Management User
//! Guide.

/// Whether a statement allows or denies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub enum Effect {
    /// Requests that match are allowed, unless another statement denies them.
    Allow,
    /// Requests that match are denied, whatever else allows them.
    Deny,
}

/// One statement of a policy.
#[derive(Debug, Clone, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
pub struct Statement {
    /// Whether it allows or denies.
    pub effect: Effect,
    /// Who it speaks of; `*` is anybody.
    pub principals: Vec<String>,
    /// Actions such as `s3:GetObject`, with `*` wildcards.
    pub actions: Vec<String>,
    /// Resource names such as `arn:aws:s3:::bucket/*`, with `*` wildcards.
    pub resources: Vec<String>,
}

/// A policy document.
#[derive(Debug, Clone, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
pub struct Policy {
    /// The statements, in the order of the document.
    pub statements: Vec<Statement>,
}

impl Policy {
    /// The policy that an endpoint has when none is given: everybody may do everything.
    #[must_use]
    pub fn full_access() -> Self {
        let any = || vec!["*".to_owned()];
        Self {
            statements: vec![Statement {
                effect: Effect::Allow,
                principals: any(),
                actions: any(),
                resources: any(),
            }],
        }
    }
}
