//! Reads which type implements which contract out of a solution's `main.rs`.

/// Turns the `kata::main!` of `source` into the expression of the program's roles, for use within the library called
/// `library`. None if it holds none, or something that cannot be turned.
pub(super) fn roles(source: &str, library: &str) -> Option<String> {
    let (_, rest) = source.split_once("kata::main!(")?;
    let (inside, _) = rest.split_once(')')?;
    let mut roles = Vec::new();
    for role in inside.split(',').map(str::trim).filter(|role| !role.is_empty()) {
        let (contract, solution) = role.split_once("=>")?;
        let solution = solution.trim().strip_prefix(library)?.strip_prefix("::")?;
        roles.push(format!("::kata::runtime::role::<{}Contract<crate::{solution}>>()", contract.trim()));
    }
    (!roles.is_empty()).then(|| roles.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_one_role_or_several() {
        let one = "//! Run.\n\nkata::main!(counter::Counter => mine::Counters);\n";
        assert_eq!(
            roles(one, "mine").as_deref(),
            Some("::kata::runtime::role::<counter::CounterContract<crate::Counters>>()")
        );
        let two =
            "kata::main!(\n    video::Api => mine::Api,\n    video::Worker => mine::worker::Worker,\n);";
        assert_eq!(
            roles(two, "mine").as_deref(),
            Some(
                "::kata::runtime::role::<video::ApiContract<crate::Api>>(), \
                 ::kata::runtime::role::<video::WorkerContract<crate::worker::Worker>>()"
            )
        );
    }

    #[test]
    fn reads_nothing_out_of_anything_else() {
        for source in
            ["", "fn main() {}", "kata::main!();", "kata::main!(counter::Counter => other::Counters);"]
        {
            assert_eq!(roles(source, "mine"), None, "{source}");
        }
    }
}
