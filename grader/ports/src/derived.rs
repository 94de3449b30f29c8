//! The mark of derived stores: those that a solution can rebuild from its other stores.
//!
//! A learner marks a table, a cache or a topic as derived; a suite may then wipe it, and what it held must come
//! back. The mark is part of the name under which the service knows the store, so it needs no place in any
//! request. This file is the only one that knows what the mark looks like.

/// What a derived store's name ends with.
const MARK: &str = "~derived";

/// The name under which a derived store is kept. Marking twice is marking once.
pub fn mark(name: &str) -> String {
    if is_marked(name) { name.to_owned() } else { format!("{name}{MARK}") }
}

/// True if the store of that name is derived.
pub fn is_marked(name: &str) -> bool {
    name.ends_with(MARK)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_once() {
        assert!(!is_marked("feed"));
        assert!(is_marked(&mark("feed")));
        assert_eq!(mark(&mark("feed")), mark("feed"));
    }
}
