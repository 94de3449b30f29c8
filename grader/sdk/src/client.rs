//! The client side of a contract: what suites and examples drive.

use crate::failure::{ContractError, Failure};
use std::convert::Infallible;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;

/// What a client learns of its call.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub enum Answer<T, E> {
    /// The method returned `Ok`.
    Ok(T),
    /// The method returned an error, and with it the promise that the call had no effect beyond what the error says.
    Refused(E),
    /// Nobody knows: the method said `Failed(Unknown)`, its node crashed, or the client gave up waiting. The call may
    /// have had its effect, or may yet have it.
    Unknown,
}

impl<T, E> Answer<T, E> {
    /// The value, if the method returned one.
    pub fn ok(self) -> Option<T> {
        match self {
            Answer::Ok(value) => Some(value),
            Answer::Refused(_) | Answer::Unknown => None,
        }
    }

    /// True if the method returned a value.
    pub fn is_ok(&self) -> bool {
        matches!(self, Answer::Ok(_))
    }

    /// True if nobody knows whether the call had its effect.
    pub fn is_unknown(&self) -> bool {
        matches!(self, Answer::Unknown)
    }
}

impl<T, E: ContractError> Answer<T, E> {
    /// From what came back; `None` is no answer at all.
    pub fn from_result(result: Option<Result<T, E>>) -> Answer<T, E> {
        match result {
            Some(Ok(value)) => Answer::Ok(value),
            Some(Err(error)) if error.failure() == Some(Failure::Unknown) => Answer::Unknown,
            Some(Err(error)) => Answer::Refused(error),
            None => Answer::Unknown,
        }
    }
}

/// `Ok(..)`, `Err(..)` or `unknown`, as histories show it.
impl<T: fmt::Debug, E: fmt::Debug> fmt::Display for Answer<T, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Answer::Ok(value) => write!(f, "Ok({value:?})"),
            Answer::Refused(error) => write!(f, "Err({error:?})"),
            Answer::Unknown => f.write_str("unknown"),
        }
    }
}

/// The way from one client to a deployment. The simulated datacentre, the real one and the in-process one each
/// have theirs.
pub trait Channel {
    /// Calls a method. `shown` renders the arguments for histories and is called only when one is kept.
    /// Resolves to the encoded result, or to `None` if there will be none.
    fn call(&self, call: OutgoingCall<'_>) -> Pin<Box<dyn Future<Output = Returned>>>;

    /// Calls a method that pushes into a sink.
    fn subscribe(&self, call: OutgoingCall<'_>) -> Pin<Box<dyn ItemStream>>;
}

/// A call as it leaves a client.
pub struct OutgoingCall<'a> {
    /// Position in the trait.
    pub method: u16,
    /// The method's name.
    pub name: &'static str,
    /// The arguments, encoded with postcard as a tuple.
    pub args: Vec<u8>,
    /// Renders the arguments for a history.
    pub shown: &'a dyn Fn() -> String,
}

/// A call that came back.
pub struct Returned {
    /// The encoded result; `None` if there will be none.
    pub result: Option<Vec<u8>>,
    /// Takes the decoded result's rendering for the history, where one is kept.
    pub show: Option<Box<dyn FnOnce(String)>>,
}

impl Returned {
    /// Decodes the result and shows it in the history. A result that does not decode counts as none: a process that
    /// bends its frames gains nothing by it.
    pub fn answer<T, E>(self) -> Answer<T, E>
    where
        T: serde::de::DeserializeOwned + fmt::Debug,
        E: serde::de::DeserializeOwned + fmt::Debug + ContractError,
    {
        let result =
            self.result.as_deref().and_then(|bytes| postcard::from_bytes::<Result<T, E>>(bytes).ok());
        self.shown(Answer::from_result(result))
    }

    /// The same for a method that cannot fail.
    pub fn value<T>(self) -> Answer<T, Infallible>
    where
        T: serde::de::DeserializeOwned + fmt::Debug,
    {
        let value = self.result.as_deref().and_then(|bytes| postcard::from_bytes::<T>(bytes).ok());
        self.shown(Answer::from_result(value.map(Ok)))
    }

    fn shown<T: fmt::Debug, E: fmt::Debug>(self, answer: Answer<T, E>) -> Answer<T, E> {
        if let Some(show) = self.show {
            show(answer.to_string());
        }
        answer
    }
}

/// The items that a sink pushes to one client, encoded.
pub trait ItemStream {
    /// The next item; `None` when the method returned or its node died. Gives the sink credit for one more item.
    fn next(self: Pin<&mut Self>) -> Pin<Box<dyn Future<Output = Option<Vec<u8>>> + '_>>;
}

/// A typed stream of pushed items. Dropping it is the client going away.
pub struct Subscription<T> {
    items: Pin<Box<dyn ItemStream>>,
    item: std::marker::PhantomData<T>,
}

impl<T: serde::de::DeserializeOwned> Subscription<T> {
    /// Wraps the encoded items.
    pub fn new(items: Pin<Box<dyn ItemStream>>) -> Subscription<T> {
        Subscription { items, item: std::marker::PhantomData }
    }

    /// The next item in order; `None` when the method returned or its node died.
    pub async fn next(&mut self) -> Option<T> {
        let bytes = self.items.as_mut().next().await?;
        postcard::from_bytes(&bytes).ok()
    }
}

/// A typed client of one contract, as [`macro@crate::contract`] makes it.
pub trait Client: Sized {
    /// The contract's configuration.
    type Config: serde::Serialize;

    /// The trait's name.
    const CONTRACT: &'static str;

    /// The hash over the contract's wire shape.
    fn hash() -> u64;

    /// A client that calls through `channel`.
    fn new(channel: Rc<dyn Channel>) -> Self;
}
