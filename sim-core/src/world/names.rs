//! Names live here once: for the text edge, diagnostics and screens.

use std::collections::BTreeMap;

use crate::resource::ResourceRef;

/// The names of everything in a lab, both ways.
#[derive(Debug, Clone, Default)]
pub struct Names {
    by_ref: BTreeMap<ResourceRef, String>,
    by_name: BTreeMap<String, Vec<ResourceRef>>,
}

impl Names {
    /// Gives `resource` its name; things of different kinds may share one.
    pub fn insert(&mut self, resource: impl Into<ResourceRef>, name: impl Into<String>) {
        let (resource, name) = (resource.into(), name.into());
        self.by_name.entry(name.clone()).or_default().push(resource);
        self.by_ref.insert(resource, name);
    }
    /// The name of `resource`, or its kind where it has none.
    #[must_use]
    pub fn of(&self, resource: impl Into<ResourceRef>) -> String {
        let resource = resource.into();
        self.by_ref
            .get(&resource)
            .cloned()
            .unwrap_or_else(|| match resource {
                ResourceRef::Lab => "the lab".to_owned(),
                other => format!("unnamed {}", other.kind()),
            })
    }
    /// Everything of that name, in the order in which it was named.
    #[must_use]
    pub fn find(&self, name: &str) -> &[ResourceRef] {
        self.by_name.get(name).map_or(&[], Vec::as_slice)
    }
    /// All things that have names, in order.
    pub fn iter(&self) -> impl Iterator<Item = (ResourceRef, &str)> {
        self.by_ref
            .iter()
            .map(|(resource, name)| (*resource, name.as_str()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::Id;
    use crate::resource::{HostId, VpcId};

    #[test]
    fn names_lead_both_ways() {
        let mut names = Names::default();
        let (host, vpc): (HostId, VpcId) = (Id::from_index(0), Id::from_index(0));
        names.insert(host, "app-1");
        names.insert(vpc, "app-1");
        assert_eq!(names.of(host), "app-1");
        assert_eq!(
            names.find("app-1"),
            [ResourceRef::from(host), ResourceRef::from(vpc)]
        );
        assert_eq!(names.of(HostId::from_index(7)), "unnamed host");
    }
}
