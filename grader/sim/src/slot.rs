//! A value that a scenario waits for and the world fills in.

use std::cell::RefCell;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

/// The world's end.
pub(crate) struct Slot<T>(Rc<RefCell<State<T>>>);

/// The scenario's end: resolves once to what was filled in.
pub(crate) struct Filled<T>(Rc<RefCell<State<T>>>);

struct State<T> {
    value: Option<T>,
    waker: Option<Waker>,
}

/// A slot and the future that waits for it.
pub(crate) fn slot<T>() -> (Slot<T>, Filled<T>) {
    let state = Rc::new(RefCell::new(State { value: None, waker: None }));
    (Slot(Rc::clone(&state)), Filled(state))
}

impl<T> Slot<T> {
    /// Fills the slot.
    pub(crate) fn fill(self, value: T) {
        let mut state = self.0.borrow_mut();
        state.value = Some(value);
        if let Some(waker) = state.waker.take() {
            waker.wake();
        }
    }
}

impl<T> Future for Filled<T> {
    type Output = T;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<T> {
        let mut state = self.0.borrow_mut();
        match state.value.take() {
            Some(value) => Poll::Ready(value),
            None => {
                state.waker = Some(context.waker().clone());
                Poll::Pending
            }
        }
    }
}
