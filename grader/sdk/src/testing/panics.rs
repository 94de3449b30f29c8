//! Panics of nodes, which tokio catches, end the test all the same.

use std::cell::RefCell;
use std::sync::Once;

thread_local! {
    static LAST: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// From now on, panics are remembered, besides what was done about them before. Nodes run on their test's thread.
pub(super) fn remember() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            LAST.set(Some(panic.payload_as_str().unwrap_or("a panic without a message").to_owned()));
            before(panic);
        }));
    });
}

/// Forgets this thread's panics so far: the test's own.
pub(super) fn forget() {
    LAST.set(None);
}

/// The message of this thread's last panic, if there was one.
pub(super) fn take() -> Option<String> {
    LAST.take()
}
