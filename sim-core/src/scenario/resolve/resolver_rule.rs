//! Rules of Route 53 Resolver.

use crate::aws::{ResolverRule, RuleAction};
use crate::scenario::diagnostic::Code;
use crate::scenario::problem::{At, Problem, Problems};
use crate::scenario::sections::{LabText, ResolverRuleText, RuleTypeText};

use super::cloud::Draft;
use super::endpoint::domain_name;
use super::scope::Scope;

/// Fills the Resolver rules.
pub(super) fn fill(lab: &LabText, scope: &mut Scope, draft: &mut Draft, problems: &mut Problems) {
    for entry in &lab.resolver_rules {
        let id = scope.resolver_rules.declare(&entry.name, problems);
        let Some(text) = &entry.body else { continue };
        let (Some(domain), Some(action)) = (text.domain.get(), action(&entry.name, text, scope, problems))
        else {
            continue;
        };
        let row = ResolverRule {
            name: entry.name.value.clone(),
            domain: domain_name(&domain.value),
            action,
            vpcs: scope.vpcs.find_all(&text.vpcs, problems),
        };
        draft.resolver_rules.set(id, row);
    }
}

fn action(
    name: &At<String>,
    text: &ResolverRuleText,
    scope: &Scope,
    problems: &mut Problems,
) -> Option<RuleAction> {
    match (text.rule_type.as_ref(), &text.endpoint) {
        (Some(RuleTypeText::System), None) if text.targets.is_empty() => Some(RuleAction::System),
        (Some(RuleTypeText::System), endpoint) => {
            let place = endpoint.as_ref().map_or(name.place, |it| it.place);
            let message = format!("SYSTEM rule `{}` asks nobody", name.value);
            problems.push(
                Problem::error(Code::Refused, place, message)
                    .help("leave endpoint and targets out, or make it rule_type: forward"),
            );
            None
        }
        (Some(RuleTypeText::Forward) | None, Some(endpoint)) => {
            let endpoint = scope.resolver_endpoints.find(endpoint, problems)?;
            Some(RuleAction::Forward {
                endpoint,
                targets: text.targets.clone(),
            })
        }
        (Some(RuleTypeText::Forward) | None, None) => {
            let message = format!(
                "Resolver rule `{}` does not say through which endpoint it asks",
                name.value
            );
            problems.push_lacking(
                Problem::error(Code::MissingField, name.place, message)
                    .help("name an outbound Resolver endpoint, such as endpoint: \"outbound\""),
            );
            None
        }
    }
}
