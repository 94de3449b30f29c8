//! Panics become acts of the node they happen on.

use super::node::act_of_running;
use crate::context::cause;
use kata_ports::wire::Act;
use std::sync::Once;

/// From now on every panic of a node's task is an act of its node instead of being printed. Panics elsewhere are printed as
/// before.
pub fn report_panics() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let print = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            let message = panic.payload_as_str().unwrap_or("a panic without a message").to_owned();
            let location = panic.location().map(ToString::to_string).unwrap_or_default();
            if !act_of_running(Act::Panicked { cause: cause(), message, location }) {
                print(panic);
            }
        }));
    });
}
