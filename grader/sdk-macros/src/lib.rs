//! The attributes of Kata, on syn and quote.
//!
//! `kata` and `kata_sim` re-export them; name them through those. Each attribute is one module that reads an item
//! (and refuses with a sentence at the right place what it cannot use) and one function that writes code.
//! Generated code names only `::kata` and `::kata_sim`, so that is all a crate using them must depend on.
//!
//! Start with [`macro@contract`].

mod contract;
mod data;
mod error;
mod gateway;
mod main_macro;
mod method;
mod problems;
mod requirement;
mod words;

use proc_macro::TokenStream;

/// Makes a trait the contract of a kata.
///
/// ```ignore
/// #[kata::contract(config = Config, ports(table, cache, clock), gateways(Payments))]
/// pub trait TicketBooking {
///     /// Holds all of the request's seats for the caller, or none of them.
///     async fn reserve(&self, caller: &Caller, request: Reserve) -> Result<Hold, ReserveError>;
///     /// Sends seat changes of an event until the client goes away.
///     async fn watch(&self, event: EventId, changes: Sink<SeatChange>) -> Result<(), WatchError>;
/// }
/// ```
///
/// Methods take `&self`, then `caller: &Caller` if they care who calls, then owned arguments, at most one of them a
/// `Sink<T>`; they return `Result<T, E>` where `E` is made by `#[kata::error]`. Arguments, results and the
/// configuration are made by `#[kata::data]` or are plain types of the standard library. A method without `async` may also
/// take `&[u8]` and `&str`, and return anything that is data: what needs no infrastructure cannot fail.
///
/// A method under `#[drive]` has a body and is not the learner's to write: it is what the grader does with any solution
/// inside its process in one call, such as adding a million keys that are made there. It has no `async`.
///
/// Options: `config = Type`, needed. `ports(..)`: any of `table`, `cache`, `log`, `queue`, `pubsub`, `disk`, `clock`, `random`.
/// `gateways(..)`: traits made by `#[kata::gateway]`. `env = Name`: what to call the `Env` where one crate holds the
/// contracts of several roles.
///
/// Besides the trait, to which it adds `open` and a defaulted `background`, it makes `Env` (the ports, and no others),
/// `TicketBookingClient` (for examples and suites), `TicketBookingContract<S>` (for the runtime) and, if there are drives,
/// the trait `TicketBookingDrives` that has them.
#[proc_macro_attribute]
pub fn contract(options: TokenStream, item: TokenStream) -> TokenStream {
    problems::or_errors(contract::expand(options.into(), item.into()))
}

/// Makes a trait an outside service that the suite plays.
///
/// ```ignore
/// #[kata::gateway]
/// pub trait Payments {
///     /// Takes the money. The same key again takes nothing more and gives the same receipt.
///     async fn charge(&self, request: Charge) -> Result<Receipt, ChargeError>;
/// }
/// ```
///
/// It makes `Payments`, a handle whose methods return `Result<T, GatewayError<E>>`; `PaymentsModel`, the trait that a
/// suite implements to play the service; and `PaymentsService<M>`, which serves such a model to a datacentre.
/// Arguments and results are data as in a contract; the error needs no variant `Failed` and may be `#[kata::data]`.
#[proc_macro_attribute]
pub fn gateway(options: TokenStream, item: TokenStream) -> TokenStream {
    problems::or_errors(gateway::expand(options.into(), item.into()))
}

/// Makes a struct or enum data that contracts and ports carry.
///
/// It derives `Clone`, `Debug`, `PartialEq`, serde's `Serialize` and `Deserialize`, and `kata::shape::Shape`. Name more
/// derives in brackets, of `Copy`, `Default`, `Eq`, `Hash`, `Ord` and `PartialOrd`: `#[kata::data(Copy, Ord)]`. What
/// they rest on comes along.
#[proc_macro_attribute]
pub fn data(options: TokenStream, item: TokenStream) -> TokenStream {
    problems::or_errors(data::expand(options.into(), item.into()))
}

/// Makes an enum the error of a contract's method.
///
/// ```ignore
/// #[kata::error]
/// pub enum ReserveError {
///     /// Somebody else holds one of the seats.
///     Taken,
///     /// Infrastructure failed.
///     Failed(Failure),
/// }
/// ```
///
/// The enum is data (see [`macro@data`], whose options it takes) and has a variant `Failed(Failure)`, into which `?` turns
/// every error of a port, with `Failure::Unknown`. What it displays is the first sentence of each variant's documentation.
///
/// With the option `definite` it has no such variant: for methods that need no infrastructure.
#[proc_macro_attribute]
pub fn error(options: TokenStream, item: TokenStream) -> TokenStream {
    problems::or_errors(error::expand(options.into(), item.into()))
}

/// The `main` of a solution: which type implements which contract.
///
/// ```ignore
/// kata::main!(url_shortener::UrlShortener => my_shortener::Shortener);
/// ```
///
/// A solution with several roles names each, separated by commas.
#[proc_macro]
pub fn main(roles: TokenStream) -> TokenStream {
    main_macro::expand(roles.into()).into()
}

/// Makes a function a requirement of a suite.
///
/// ```ignore
/// /// Two buyers race for one seat: exactly one holds it, whatever the interleaving.
/// #[requirement(stage = "races", level = concurrency, points = 10, schedules = 2_000)]
/// async fn one_seat_one_buyer(dc: &Datacentre) -> Outcome { .. }
/// ```
///
/// The documentation is the story that `kata show` prints. `stage`, `level` and `points` are needed. `schedules` says how
/// many to explore; `sweep = crashes` (or a list in brackets) asks for a sweep over every step. `native` is for what runs on
/// threads or measures in real time. The points of a `bonus` come on top: a right solution may miss it.
#[proc_macro_attribute]
pub fn requirement(options: TokenStream, item: TokenStream) -> TokenStream {
    problems::or_errors(requirement::expand(options.into(), item.into()))
}
