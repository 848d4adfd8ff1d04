//! What a resolver remembers.

use std::collections::BTreeMap;

use crate::reason::Reason;
use crate::units::{SimTime, Span};

use super::{Answer, NEGATIVE_TTL, Name, Response};

/// Answers that are still good: plain data, cloned with the world.
///
/// Names that do not exist are remembered too (RFC 2308); failures to find out are not. When the
/// cache is full, what expires first makes room.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Cache {
    entries: BTreeMap<Name, (SimTime, Response)>,
}

impl Cache {
    /// How many names are remembered at most.
    pub const CAPACITY: usize = 4_096;

    /// What is remembered of `name`, with the time-to-live that is left at `now`.
    #[must_use]
    pub fn get(&self, name: &Name, now: SimTime) -> Option<Response> {
        let (until, response) = self.entries.get(name)?;
        (now < *until).then(|| {
            response.clone().map(|answer| Answer {
                ttl: until.since(now),
                ..answer
            })
        })
    }

    /// Remembers a response, where it may be remembered.
    pub fn put(&mut self, name: Name, response: Response, now: SimTime) {
        let keep = match &response {
            Ok(answer) => answer.ttl,
            Err(refusal)
                if matches!(
                    refusal.reason,
                    Reason::DnsNxDomain | Reason::DnsShadowed | Reason::DnsRuleOverridesZone
                ) =>
            {
                NEGATIVE_TTL
            }
            Err(_) => Span::ZERO,
        };
        if keep.is_zero() {
            self.entries.remove(&name);
            return;
        }
        if self.entries.len() >= Self::CAPACITY && !self.entries.contains_key(&name) {
            self.make_room(now);
        }
        self.entries.insert(name, (now + keep, response));
    }

    /// Forgets everything.
    pub fn clear(&mut self) {
        self.entries.clear();
    }
    /// How many names are remembered, those included whose time is over.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries.len()
    }
    /// Whether nothing is remembered.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    fn make_room(&mut self, now: SimTime) {
        self.entries.retain(|_, (until, _)| now < *until);
        if self.entries.len() >= Self::CAPACITY {
            let first = self.entries.iter().min_by_key(|(_, (until, _))| *until);
            if let Some(name) = first.map(|(name, _)| name.clone()) {
                self.entries.remove(&name);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;
    use crate::resource::ResourceRef;
    use crate::verdict::Refusal;

    fn name(text: &str) -> Name {
        text.parse().expect("a name")
    }

    fn answer(text: &str, ttl: Span) -> Response {
        Ok(Answer {
            name: name(text),
            addresses: vec![Ipv4Addr::LOCALHOST],
            ttl,
        })
    }

    fn at(secs: u64) -> SimTime {
        SimTime::at(Span::secs(secs))
    }

    #[test]
    fn answers_age_and_end() {
        let mut cache = Cache::default();
        cache.put(name("a"), answer("a", Span::secs(60)), at(10));
        let left = cache
            .get(&name("a"), at(30))
            .expect("remembered")
            .expect("an answer");
        assert_eq!(left.ttl, Span::secs(40));
        assert_eq!(cache.get(&name("a"), at(70)), None);
    }

    #[test]
    fn that_a_name_does_not_exist_is_remembered_but_not_a_failure() {
        let mut cache = Cache::default();
        let failure = |reason| Err(Refusal::at(reason, ResourceRef::Lab));
        cache.put(name("a"), failure(Reason::DnsNxDomain), at(0));
        cache.put(name("b"), failure(Reason::DnsServFail), at(0));
        assert!(cache.get(&name("a"), at(899)).is_some());
        assert!(cache.get(&name("a"), at(900)).is_none());
        assert_eq!(cache.get(&name("b"), at(0)), None);
    }

    #[test]
    fn the_cache_is_bounded() {
        let mut cache = Cache::default();
        for n in 0..Cache::CAPACITY + 10 {
            let text = format!("h{n}");
            cache.put(name(&text), answer(&text, Span::secs(60 + n as u64)), at(0));
        }
        assert_eq!(cache.len(), Cache::CAPACITY);
        assert!(
            cache.get(&name("h9"), at(0)).is_none(),
            "it would have expired first"
        );
        assert!(cache.get(&name("h10"), at(0)).is_some());
    }
}
