//! Certificate policies along a path (RFC 5280 section 6.1, with the graph of RFC 9618 that cannot grow beyond bounds).

use super::certificate::Certificate;
use der::asn1::ObjectIdentifier;
use std::collections::{BTreeMap, BTreeSet};

const ANY_POLICY: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.32.0");
/// More policies in one certificate than any profile has; with more, graph and time would grow.
const MAX_POLICIES: usize = 256;

/// What the office asks of certificate policies (RFC 5280 section 6.1.1 (c), (e) to (g)).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PolicyRules {
    /// The policies of which at least one must hold for the whole path, where a policy is asked for; empty takes any.
    pub acceptable: Vec<ObjectIdentifier>,
    /// Whether a policy must hold for the whole path even when no certificate of it asks for that.
    pub require: bool,
    /// Whether policies may not be mapped to others.
    pub inhibit_mapping: bool,
    /// Whether anyPolicy in a certificate counts for nothing.
    pub inhibit_any: bool,
}

impl PolicyRules {
    /// One of these policies must hold for the whole path.
    pub fn one_of(acceptable: Vec<ObjectIdentifier>) -> Self {
        Self {
            acceptable,
            require: true,
            ..Self::default()
        }
    }
}

/// What the policies of a path say against it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Objection {
    /// A policy is required and none holds for the whole path.
    NoPolicy,
    /// A mapping from or to anyPolicy, which is forbidden.
    MappingOfAny,
    /// More policies than [`MAX_POLICIES`].
    TooMany,
}

#[derive(Debug, Default, Clone)]
struct Node {
    parents: BTreeSet<ObjectIdentifier>,
    expected: BTreeSet<ObjectIdentifier>,
}

type Level = BTreeMap<ObjectIdentifier, Node>;

/// The state of policy processing between two certificates.
#[derive(Debug)]
pub struct Policies {
    /// One level a certificate, the anchor's first; `None` once no policy can hold any more.
    graph: Option<Vec<Level>>,
    explicit_policy: usize,
    policy_mapping: usize,
    inhibit_any: usize,
}

impl Policies {
    /// The state before the first certificate of a path of `length`.
    pub fn new(length: usize, rules: &PolicyRules) -> Self {
        let any = Node {
            parents: BTreeSet::new(),
            expected: BTreeSet::from([ANY_POLICY]),
        };
        let until = |from_the_start: bool| if from_the_start { 0 } else { length + 1 };
        Self {
            graph: Some(vec![BTreeMap::from([(ANY_POLICY, any)])]),
            explicit_policy: until(rules.require),
            policy_mapping: until(rules.inhibit_mapping),
            inhibit_any: until(rules.inhibit_any),
        }
    }

    /// Takes in the policies of the next certificate (section 6.1.3 (d) to (f)).
    ///
    /// # Errors
    /// When a policy is required and none is left, or there are too many.
    pub fn enter(&mut self, certificate: &Certificate, last: bool) -> Result<(), Objection> {
        match (&certificate.extensions().policies, self.graph.take()) {
            (Some(policies), Some(mut graph)) => {
                if policies.0.len() > MAX_POLICIES {
                    return Err(Objection::TooMany);
                }
                let own: Vec<ObjectIdentifier> = policies.0.iter().map(|p| p.policy_identifier).collect();
                let any_counts = self.inhibit_any > 0 || (!last && certificate.is_self_issued());
                let level = next_level(graph.last(), &own, any_counts);
                graph.push(level);
                self.graph = prune(graph);
            }
            _ => self.graph = None,
        }
        if self.explicit_policy == 0 && self.graph.is_none() {
            Err(Objection::NoPolicy)
        } else {
            Ok(())
        }
    }

    /// Prepares for the certificate after this one (section 6.1.4 (a), (b), (h) to (j)).
    ///
    /// # Errors
    /// When anyPolicy is mapped.
    pub fn prepare(&mut self, certificate: &Certificate) -> Result<(), Objection> {
        let extensions = certificate.extensions();
        if let Some(mappings) = &extensions.policy_mappings {
            if mappings.0.len() > MAX_POLICIES {
                return Err(Objection::TooMany);
            }
            let mut mapped: BTreeMap<ObjectIdentifier, BTreeSet<ObjectIdentifier>> = BTreeMap::new();
            for mapping in &mappings.0 {
                if mapping.issuer_domain_policy == ANY_POLICY || mapping.subject_domain_policy == ANY_POLICY {
                    return Err(Objection::MappingOfAny);
                }
                mapped
                    .entry(mapping.issuer_domain_policy)
                    .or_default()
                    .insert(mapping.subject_domain_policy);
            }
            if let Some(mut graph) = self.graph.take() {
                if let Some(level) = graph.last_mut() {
                    self.map(level, mapped);
                }
                self.graph = prune(graph);
            }
        }
        if !certificate.is_self_issued() {
            self.explicit_policy = self.explicit_policy.saturating_sub(1);
            self.policy_mapping = self.policy_mapping.saturating_sub(1);
            self.inhibit_any = self.inhibit_any.saturating_sub(1);
        }
        if let Some(constraints) = &extensions.policy_constraints {
            lower(&mut self.explicit_policy, constraints.require_explicit_policy);
            lower(&mut self.policy_mapping, constraints.inhibit_policy_mapping);
        }
        lower(&mut self.inhibit_any, extensions.inhibit_any_policy);
        Ok(())
    }

    fn map(&self, level: &mut Level, mapped: BTreeMap<ObjectIdentifier, BTreeSet<ObjectIdentifier>>) {
        for (issuer, subjects) in mapped {
            if self.policy_mapping == 0 {
                level.remove(&issuer);
            } else if let Some(node) = level.get_mut(&issuer) {
                node.expected = subjects;
            } else if level.contains_key(&ANY_POLICY) {
                level.insert(
                    issuer,
                    Node {
                        parents: BTreeSet::from([ANY_POLICY]),
                        expected: subjects,
                    },
                );
            }
        }
    }

    /// The verdict after the last certificate (section 6.1.5 (a), (b), (g)): empty `acceptable` takes any policy.
    ///
    /// # Errors
    /// When a policy is required and none of the acceptable ones holds.
    pub fn finish(mut self, last: &Certificate, acceptable: &[ObjectIdentifier]) -> Result<(), Objection> {
        // Section 6.1.5 (a): wrap-up counts down without looking at self-issued.
        self.explicit_policy = self.explicit_policy.saturating_sub(1);
        if let Some(constraints) = &last.extensions().policy_constraints
            && constraints.require_explicit_policy == Some(0)
        {
            self.explicit_policy = 0;
        }
        if !acceptable.is_empty() {
            self.graph = self.graph.filter(|graph| intersects(graph, acceptable));
        }
        if self.explicit_policy == 0 && self.graph.is_none() {
            Err(Objection::NoPolicy)
        } else {
            Ok(())
        }
    }
}

fn lower(counter: &mut usize, to: Option<u32>) {
    if let Some(to) = to {
        *counter = (*counter).min(to as usize);
    }
}

fn next_level(above: Option<&Level>, own: &[ObjectIdentifier], any_counts: bool) -> Level {
    let Some(above) = above else { return Level::new() };
    let mut level = Level::new();
    let parents_expecting = |policy: &ObjectIdentifier| -> BTreeSet<ObjectIdentifier> {
        above
            .iter()
            .filter(|(_, node)| node.expected.contains(policy))
            .map(|(id, _)| *id)
            .collect()
    };
    for policy in own.iter().filter(|p| **p != ANY_POLICY) {
        let mut parents = parents_expecting(policy);
        if parents.is_empty() && above.contains_key(&ANY_POLICY) {
            parents.insert(ANY_POLICY);
        }
        if !parents.is_empty() {
            level.insert(
                *policy,
                Node {
                    parents,
                    expected: BTreeSet::from([*policy]),
                },
            );
        }
    }
    if any_counts && own.contains(&ANY_POLICY) {
        let wanted: BTreeSet<_> = above
            .values()
            .flat_map(|node| node.expected.iter().copied())
            .collect();
        for policy in wanted {
            level.entry(policy).or_insert_with(|| Node {
                parents: parents_expecting(&policy),
                expected: BTreeSet::from([policy]),
            });
        }
    }
    level
}

/// Takes away nodes without children, from the last level but one upwards; nothing is left when the last level is empty.
fn prune(mut graph: Vec<Level>) -> Option<Vec<Level>> {
    if graph.last()?.is_empty() {
        return None;
    }
    for depth in (0..graph.len() - 1).rev() {
        let (upper, lower) = graph.split_at_mut(depth + 1);
        let used: BTreeSet<_> = lower[0]
            .values()
            .flat_map(|node| node.parents.iter().copied())
            .collect();
        upper[depth].retain(|id, _| used.contains(id));
    }
    Some(graph)
}

/// Whether one of the acceptable policies is named by the anchor's side of the graph (RFC 9618 section 5.4): the first policies
/// on a way that was anyPolicy until there.
fn intersects(graph: &[Level], acceptable: &[ObjectIdentifier]) -> bool {
    if acceptable.contains(&ANY_POLICY) {
        return true;
    }
    if graph.last().is_some_and(|level| level.contains_key(&ANY_POLICY)) {
        return true;
    }
    graph.iter().flat_map(|level| level.iter()).any(|(policy, node)| {
        *policy != ANY_POLICY && node.parents.contains(&ANY_POLICY) && acceptable.contains(policy)
    })
}
