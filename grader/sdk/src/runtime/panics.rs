//! Panics become acts of the node they happen on.

use super::node::act_of_running;
use crate::context::cause;
use kata_ports::wire::Act;

/// Reports every panic of a node's task to the grader instead of printing it.
pub(super) fn report_to_grader() {
    std::panic::set_hook(Box::new(|panic| {
        let message = panic.payload_as_str().unwrap_or("a panic without a message").to_owned();
        let location = panic.location().map(ToString::to_string).unwrap_or_default();
        let shown = format!("panicked at {location}: {message}\n");
        if !act_of_running(Act::Panicked { cause: cause(), message, location }) {
            eprint!("{shown}");
        }
    }));
}
