//! Where one part of a test's world leaves values for another.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;
use std::task::{Poll, Waker};

/// Values in order, and whoever waits for the next one. Clones are the same inbox.
pub(super) struct Inbox<T>(Rc<RefCell<State<T>>>);

struct State<T> {
    values: VecDeque<T>,
    waiting: Option<Waker>,
}

impl<T> Inbox<T> {
    pub(super) fn new() -> Inbox<T> {
        Inbox(Rc::new(RefCell::new(State { values: VecDeque::new(), waiting: None })))
    }

    /// Leaves a value.
    pub(super) fn put(&self, value: T) {
        let waiting = {
            let mut state = self.0.borrow_mut();
            state.values.push_back(value);
            state.waiting.take()
        };
        if let Some(waiting) = waiting {
            waiting.wake();
        }
    }

    /// Waits for the next value and takes it.
    pub(super) async fn take(&self) -> T {
        std::future::poll_fn(|task| {
            let mut state = self.0.borrow_mut();
            match state.values.pop_front() {
                Some(value) => Poll::Ready(value),
                None => {
                    state.waiting = Some(task.waker().clone());
                    Poll::Pending
                }
            }
        })
        .await
    }
}

impl<T> Clone for Inbox<T> {
    fn clone(&self) -> Inbox<T> {
        Inbox(Rc::clone(&self.0))
    }
}
