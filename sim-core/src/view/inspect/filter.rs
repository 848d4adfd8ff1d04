//! Facts about security groups and network ACLs.

use crate::analysis::wording::{acl_rule_text, group_rule_text};
use crate::resource::{NetworkAclId, SecurityGroupId};
use crate::verdict::Direction;
use crate::view::describe::Words;
use crate::view::facts::Facts;

/// Both directions with their headings.
const DIRECTIONS: [(Direction, &str); 2] = [(Direction::Ingress, "Inbound"), (Direction::Egress, "Outbound")];

pub(super) fn security_group(id: SecurityGroupId, words: &Words<'_>, facts: &mut Facts) {
    let (cloud, names) = (&words.network.cloud, words.names);
    let Some(group) = cloud.security_groups.get(id) else {
        return;
    };
    facts.lead("VPC", names.of(group.vpc), group.vpc);
    for (direction, heading) in DIRECTIONS {
        facts.section(heading);
        let rules = group.rules(direction);
        for rule in rules {
            facts.add("allow", group_rule_text(direction, rule, names));
        }
        if rules.is_empty() {
            facts.add("no rule", "nothing is allowed");
        }
    }
    facts.section("Carried by");
    for (_, interface) in cloud
        .interfaces
        .iter()
        .filter(|(_, it)| it.security_groups.contains(&id))
    {
        facts.add("interface", format!("{}  {}", interface.name, interface.address));
    }
}

pub(super) fn network_acl(id: NetworkAclId, words: &Words<'_>, facts: &mut Facts) {
    let (cloud, names) = (&words.network.cloud, words.names);
    let Some(acl) = cloud.network_acls.get(id) else {
        return;
    };
    facts.lead("VPC", names.of(acl.vpc), acl.vpc);
    for (direction, heading) in DIRECTIONS {
        facts.section(heading);
        for rule in acl.rules(direction) {
            facts.add("", acl_rule_text(direction, rule));
        }
        facts.add("", "rule * deny all traffic");
    }
    facts.section("Used by");
    for (subnet, _) in cloud
        .subnets
        .iter()
        .filter(|(_, subnet)| subnet.network_acl == id)
    {
        facts.lead("subnet", names.of(subnet), subnet);
    }
}
