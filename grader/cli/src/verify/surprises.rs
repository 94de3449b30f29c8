//! What a suite should have said, compared with what it said.

use kata_report::verify::{RequirementName, Role, Surprise, Variant};

/// Everything that is not as it should be, in the order of `variants`.
pub(crate) fn surprises(requirements: &[RequirementName], variants: &[Variant]) -> Vec<Surprise> {
    variants.iter().flat_map(|variant| of_variant(requirements, variant)).collect()
}

/// What nothing shows to demand anything, if these are all variants: requirements that no fault names, and bonuses that no
/// right solution misses.
pub(crate) fn unproven(requirements: &[RequirementName], variants: &[Variant]) -> Vec<Surprise> {
    let proves = |variant: &Variant, requirement: &RequirementName| match &variant.role {
        Role::Fault { caught_by } => !requirement.bonus && *caught_by == requirement.id,
        Role::Alternative => requirement.bonus && variant.misses(&requirement.id),
        Role::Reference | Role::Stub => false,
    };
    let unproven = requirements
        .iter()
        .filter(|requirement| !variants.iter().any(|variant| proves(variant, requirement)));
    unproven
        .map(|RequirementName { id, bonus, .. }| Surprise::Unproven {
            requirement: id.clone(),
            bonus: *bonus,
        })
        .collect()
}

fn of_variant(requirements: &[RequirementName], variant: &Variant) -> Vec<Surprise> {
    let mut found: Vec<Surprise> = match &variant.role {
        Role::Reference => reference(variant),
        Role::Stub => stub(requirements, variant),
        Role::Alternative => alternative(variant),
        Role::Fault { caught_by } => fault(variant, caught_by).into_iter().collect(),
    };
    found.extend(variant.inconclusive.iter().map(|requirement| Surprise::Inconclusive {
        id: variant.id.clone(),
        requirement: requirement.clone(),
    }));
    found
}

fn reference(variant: &Variant) -> Vec<Surprise> {
    let fails = variant.failed.iter().chain(&variant.missed).cloned();
    fails
        .map(|failed| Surprise::ReferenceFails { requirement: failed.requirement, why: failed.why })
        .collect()
}

fn alternative(variant: &Variant) -> Vec<Surprise> {
    let fails = variant.failed.iter().cloned();
    fails
        .map(|failed| Surprise::AlternativeFails {
            id: variant.id.clone(),
            requirement: failed.requirement,
            why: failed.why,
        })
        .collect()
}

fn stub(requirements: &[RequirementName], variant: &Variant) -> Vec<Surprise> {
    let ids = requirements.iter().map(|requirement| &requirement.id);
    ids.filter(|id| !variant.fails(id) && !variant.misses(id) && !variant.inconclusive.contains(id))
        .map(|id| Surprise::StubPasses { requirement: id.clone() })
        .collect()
}

fn fault(variant: &Variant, caught_by: &str) -> Option<Surprise> {
    let (id, caught_by_name) = (variant.id.clone(), caught_by.to_owned());
    if variant.fails(caught_by) {
        None
    } else if variant.failed.is_empty() {
        Some(Surprise::FaultSlipsThrough { id, caught_by: caught_by_name })
    } else {
        let failed = variant.failed.iter().map(|failed| failed.requirement.clone()).collect();
        Some(Surprise::CaughtByAnother { id, caught_by: caught_by_name, failed })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kata_report::verify::Failed;

    fn requirements() -> [RequirementName; 2] {
        ["a", "b"].map(|id| RequirementName { id: id.to_owned(), stage: "count".to_owned(), bonus: false })
    }

    fn variant(role: Role, failed: &[&str], inconclusive: &[&str]) -> Variant {
        let wrong = |id: &&str| Failed { requirement: (*id).to_owned(), why: "it is 2".to_owned() };
        Variant {
            id: "x".to_owned(),
            role,
            failed: failed.iter().map(wrong).collect(),
            missed: Vec::new(),
            inconclusive: inconclusive.iter().map(|id| (*id).to_owned()).collect(),
            undecided: Vec::new(),
            untried: Vec::new(),
        }
    }

    fn check(role: Role, failed: &[&str], inconclusive: &[&str], expected: &[Surprise]) {
        assert_eq!(surprises(&requirements(), &[variant(role, failed, inconclusive)]), expected);
    }

    fn caught_by_a() -> Role {
        Role::Fault { caught_by: "a".to_owned() }
    }

    #[test]
    fn what_is_as_it_should_be_surprises_nobody() {
        check(Role::Reference, &[], &[], &[]);
        check(Role::Alternative, &[], &[], &[]);
        check(Role::Stub, &["a", "b"], &[], &[]);
        check(caught_by_a(), &["a", "b"], &[], &[]);
    }

    #[test]
    fn right_solutions_fail_nothing() {
        let (requirement, why) = ("b".to_owned(), "it is 2".to_owned());
        let id = "x".to_owned();
        let reference = Surprise::ReferenceFails { requirement: requirement.clone(), why: why.clone() };
        check(Role::Reference, &["b"], &[], &[reference]);
        check(Role::Alternative, &["b"], &[], &[Surprise::AlternativeFails { id, requirement, why }]);
    }

    #[test]
    fn the_stub_passes_nothing() {
        check(Role::Stub, &["a"], &[], &[Surprise::StubPasses { requirement: "b".to_owned() }]);
    }

    #[test]
    fn a_fault_is_caught_by_the_requirement_it_names() {
        let (id, caught_by) = ("x".to_owned(), "a".to_owned());
        let slips = Surprise::FaultSlipsThrough { id: id.clone(), caught_by: caught_by.clone() };
        check(caught_by_a(), &[], &[], &[slips]);
        let other = Surprise::CaughtByAnother { id, caught_by, failed: vec!["b".to_owned()] };
        check(caught_by_a(), &["b"], &[], &[other]);
    }

    #[test]
    fn a_requirement_is_named_by_a_fault() {
        let fault = |caught_by: &str| variant(Role::Fault { caught_by: caught_by.to_owned() }, &[], &[]);
        assert_eq!(unproven(&requirements(), &["b", "a", "b"].map(fault)), []);
        let unproven = unproven(&requirements(), &[fault("b"), variant(Role::Reference, &[], &[])]);
        assert_eq!(unproven, [Surprise::Unproven { requirement: "a".to_owned(), bonus: false }]);
    }

    /// A variant that misses the bonus `b`, and what surprises about it.
    fn missing(role: Role, failed: &[&str]) -> (Variant, Vec<Surprise>) {
        let missed = variant(Role::Stub, &["b"], &[]).failed;
        let variant = Variant { missed, ..variant(role, failed, &[]) };
        let found = surprises(&with_bonus(), std::slice::from_ref(&variant));
        (variant, found)
    }

    fn with_bonus() -> [RequirementName; 2] {
        let [a, b] = requirements();
        [a, RequirementName { bonus: true, ..b }]
    }

    #[test]
    fn a_bonus_may_be_missed_and_catches_nothing() {
        let (requirement, why) = ("b".to_owned(), "it is 2".to_owned());
        assert_eq!(missing(Role::Alternative, &[]).1, []);
        assert_eq!(missing(Role::Stub, &["a"]).1, []);
        assert_eq!(missing(caught_by_a(), &["a"]).1, []);
        assert_eq!(missing(Role::Reference, &[]).1, [Surprise::ReferenceFails { requirement, why }]);
        let (id, caught_by) = ("x".to_owned(), "b".to_owned());
        let fault = Role::Fault { caught_by: caught_by.clone() };
        assert_eq!(missing(fault, &[]).1, [Surprise::FaultSlipsThrough { id, caught_by }]);
    }

    #[test]
    fn a_bonus_is_missed_by_a_right_solution() {
        let bonus = Surprise::Unproven { requirement: "b".to_owned(), bonus: true };
        let (fault, names_b) =
            (variant(caught_by_a(), &["a"], &[]), Role::Fault { caught_by: "b".to_owned() });
        let others = [fault.clone(), missing(names_b, &[]).0, variant(Role::Alternative, &[], &[])];
        assert_eq!(unproven(&with_bonus(), &others), [bonus]);
        assert_eq!(unproven(&with_bonus(), &[fault, missing(Role::Alternative, &[]).0]), []);
    }

    #[test]
    fn not_knowing_is_a_surprise() {
        let unclear = Surprise::Inconclusive { id: "x".to_owned(), requirement: "b".to_owned() };
        check(Role::Reference, &[], &["b"], &[unclear]);
    }
}
