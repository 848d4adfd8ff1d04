//! Policy documents: statements that allow or deny actions on resources.
//!
//! The shape is that of IAM policy documents, cut down to what endpoint and key policies of a
//! migration use: effect, principals, actions and resources, each with `*` and `?` wildcards.
//! Left out: conditions, `NotAction`, `NotResource`, `NotPrincipal` and policy variables. Sources:
//! "IAM JSON policy reference" and "Policy evaluation logic", AWS Identity and Access Management
//! User Guide.

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

    /// Whether `principal` may do `action` (such as `s3:GetObject`) on `resource` (an ARN).
    ///
    /// A matching deny wins over every allow, and what no statement allows is not allowed
    /// ("Policy evaluation logic"). Where several statements of the winning effect match, the
    /// first is named.
    #[must_use]
    pub fn evaluate(&self, principal: &str, action: &str, resource: &str) -> Decision {
        let first = |effect| {
            self.statements
                .iter()
                .position(|s| s.effect == effect && s.matches(principal, action, resource))
        };
        if let Some(statement) = first(Effect::Deny) {
            Decision::ExplicitlyDenied { statement }
        } else if let Some(statement) = first(Effect::Allow) {
            Decision::Allowed { statement }
        } else {
            Decision::NotAllowed
        }
    }
}

impl Statement {
    /// Actions compare without regard to case, principals and resources with it, as IAM does.
    fn matches(&self, principal: &str, action: &str, resource: &str) -> bool {
        let action = action.to_ascii_lowercase();
        self.principals.iter().any(|p| wildcard(p, principal))
            && self
                .actions
                .iter()
                .any(|a| wildcard(&a.to_ascii_lowercase(), &action))
            && self.resources.iter().any(|r| wildcard(r, resource))
    }
}

/// What a policy says of one request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub enum Decision {
    /// A statement allows it and none denies it.
    Allowed {
        /// The place of the first statement that allows it, from 0.
        statement: usize,
    },
    /// A statement denies it.
    ExplicitlyDenied {
        /// The place of the first statement that denies it, from 0.
        statement: usize,
    },
    /// No statement speaks of it.
    NotAllowed,
}

impl Decision {
    /// Whether the request may go on.
    #[must_use]
    pub const fn is_allowed(self) -> bool {
        matches!(self, Self::Allowed { .. })
    }
    /// The statement that decided, where one did.
    #[must_use]
    pub const fn statement(self) -> Option<usize> {
        match self {
            Self::Allowed { statement } | Self::ExplicitlyDenied { statement } => Some(statement),
            Self::NotAllowed => None,
        }
    }
}

/// Whether `text` matches `pattern`, in which `*` stands for any run of characters and `?` for one.
///
/// At a mismatch only the last `*` needs to be tried again one character further on, so the time
/// is at most the product of the lengths, whatever the pattern.
fn wildcard(pattern: &str, text: &str) -> bool {
    let (pattern, text) = (pattern.as_bytes(), text.as_bytes());
    let (mut p, mut t) = (0, 0);
    let mut retry: Option<(usize, usize)> = None;
    while let Some(&have) = text.get(t) {
        match pattern.get(p) {
            Some(b'*') => {
                retry = Some((p + 1, t));
                p += 1;
            }
            Some(&want) if want == b'?' || want == have => {
                p += 1;
                t += 1;
            }
            Some(_) | None => match retry {
                Some((after_star, from)) => {
                    p = after_star;
                    t = from + 1;
                    retry = Some((after_star, from + 1));
                }
                None => return false,
            },
        }
    }
    pattern.iter().skip(p).all(|&byte| byte == b'*')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn statement(effect: Effect, action: &str, resource: &str) -> Statement {
        Statement {
            effect,
            principals: vec!["*".to_owned()],
            actions: vec![action.to_owned()],
            resources: vec![resource.to_owned()],
        }
    }

    #[test]
    fn wildcards_stand_for_runs_and_single_characters() {
        let cases = [
            ("*", "", true),
            ("*", "anything", true),
            ("s3:Get*", "s3:GetObject", true),
            ("s3:Get*", "s3:PutObject", false),
            ("a?c", "abc", true),
            ("a?c", "ac", false),
            ("arn:aws:s3:::b/*/x", "arn:aws:s3:::b/1/2/x", true),
            ("*ab*ab", "abab", true),
            ("*ab*ab", "ab", false),
            ("abc", "abcd", false),
            ("", "", true),
        ];
        for (pattern, text, matches) in cases {
            assert_eq!(wildcard(pattern, text), matches, "{pattern} on {text}");
        }
    }

    #[test]
    fn a_deny_wins_and_silence_does_not_allow() {
        let policy = Policy {
            statements: vec![
                statement(Effect::Allow, "s3:GetObject", "arn:aws:s3:::clients/*"),
                statement(Effect::Allow, "s3:*", "arn:aws:s3:::logs/*"),
                statement(Effect::Deny, "S3:delete*", "*"),
            ],
        };
        let ask = |action, resource| policy.evaluate("anybody", action, resource);
        assert_eq!(
            ask("s3:GetObject", "arn:aws:s3:::clients/a"),
            Decision::Allowed { statement: 0 }
        );
        assert_eq!(
            ask("s3:DeleteObject", "arn:aws:s3:::logs/a"),
            Decision::ExplicitlyDenied { statement: 2 }
        );
        assert_eq!(
            ask("s3:PutObject", "arn:aws:s3:::clients/a"),
            Decision::NotAllowed
        );
        assert!(
            Policy::full_access()
                .evaluate("x", "ec2:Anything", "y")
                .is_allowed()
        );
    }

    #[test]
    fn a_statement_speaks_only_of_its_principals() {
        let mut only_mgn = statement(Effect::Allow, "*", "*");
        only_mgn.principals = vec!["arn:aws:iam::111122223333:role/mgn-*".to_owned()];
        let policy = Policy {
            statements: vec![only_mgn],
        };
        let ask = |principal| policy.evaluate(principal, "s3:GetObject", "*").is_allowed();
        assert!(ask("arn:aws:iam::111122223333:role/mgn-agent"));
        assert!(!ask("arn:aws:iam::111122223333:role/other"));
    }
}
