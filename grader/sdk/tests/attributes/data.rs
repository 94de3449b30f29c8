//! Shapes, derives and errors.

use crate::shop::{BuyError, Order};
use kata::contract::OpenError;
use kata::private::ContractError;
use kata::shape::{Shape, Shapes};
use kata::{Failure, GatewayError, Trouble};

#[kata::data]
enum Event {
    Nothing,
    Bought(u64, Order),
    #[serde(rename = "x")]
    Moved {
        from: Option<String>,
    },
}

#[kata::data(Copy, Ord, Hash, Default)]
struct Unit;

fn shapes_of<T: Shape>() -> String {
    let mut shapes = Shapes::default();
    shapes.add::<T>();
    format!("{shapes:?}")
}

#[test]
fn shapes_tell_fields_and_what_they_are_made_of() {
    assert_eq!(shapes_of::<Unit>(), r#"Shapes({"Unit": "struct"})"#);
    let order = r#""Order": "struct{count:u64,what:str,}""#;
    assert_eq!(shapes_of::<Order>(), format!("Shapes({{{order}}})"));
    let event = r#""Event": "enum{Nothing;Bought(u64,Order,);Moved{from:option<str>,};}""#;
    assert_eq!(shapes_of::<Event>(), format!("Shapes({{{event}, {order}}})"));
}

#[test]
fn derives_come_with_what_they_rest_on() {
    assert!(Order::default() < crate::shop::order(""));
    assert_eq!(Unit.cmp(&Unit), std::cmp::Ordering::Equal);
}

#[test]
fn errors_say_the_first_sentence_of_their_docs() {
    let check = |error: BuyError, expected: &str| assert_eq!(error.to_string(), expected);
    check(BuyError::Declined, "the buyer's card was declined");
    check(BuyError::Unknown { what: "tea".to_owned() }, "SKU is unknown");
    check(BuyError::SoldOut(3), "sold out");
    check(BuyError::Failed(Failure::Unknown), "failed, effect unknown");
}

#[test]
fn every_port_error_becomes_an_unknown_failure() {
    let declined: Result<(), GatewayError<String>> = Err(GatewayError::Trouble(Trouble::Unavailable));
    let error = (|| -> Result<(), BuyError> { Ok(declined?) })().unwrap_err();
    assert_eq!(error, BuyError::Failed(Failure::Unknown));
    assert_eq!(error.failure(), Some(Failure::Unknown));
    assert_eq!(BuyError::Declined.failure(), None);
    assert_eq!(OpenError::from(error).to_string(), "failed, effect unknown");
}
