//! What `kata clean` says.

use crate::text::count;

/// What was removed.
pub fn removed(what: &[String]) -> String {
    match what {
        [] => "nothing was left behind\n".to_owned(),
        what => format!("removed {}: {}\n", count(what.len() as u64, "container"), what.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_what_went() {
        assert_eq!(removed(&[]), "nothing was left behind\n");
        assert_eq!(removed(&["redis:8".to_owned()]), "removed 1 container: redis:8\n");
    }
}
