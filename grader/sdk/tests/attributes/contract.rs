//! The hash, the dispatcher and the client's rendering.

use crate::shop::{Corner, ShopClient, ShopContract};
use kata::client::{Channel, Client, ItemStream, OutgoingCall, Returned};
use kata::contract::Contract;
use std::cell::RefCell;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;

#[test]
fn names_and_hash_agree_on_both_sides() {
    assert_eq!(ShopContract::<Corner>::NAME, ShopClient::CONTRACT);
    assert_eq!(ShopContract::<Corner>::hash(), ShopClient::hash());
    assert_eq!(ShopContract::<Corner>::METHODS, ["buy", "sold", "sum", "count", "note", "notes", "ping"]);
}

// Only their hashes are of interest.
#[allow(dead_code)]
mod same_wire {
    use kata::Failure;

    #[kata::data]
    pub(crate) struct Config {}

    #[kata::data(Eq)]
    pub(crate) struct Order {
        pub count: u64,
    }

    #[kata::error]
    pub(crate) enum BuyError {
        Failed(Failure),
    }

    macro_rules! shop {
        ($name:ident, $doc:literal, ($($ports:tt)*), $result:ty) => {
            pub(crate) mod $name {
                use super::*;

                #[doc = $doc]
                #[kata::contract(config = Config, $($ports)*)]
                pub(crate) trait Shop {
                    #[doc = $doc]
                    async fn buy(&self, order: Order) -> Result<$result, BuyError>;
                }
            }
        };
    }

    shop!(one, "One.", (), u64);
    shop!(documented, "Another text.", (), u64);
    shop!(with_ports, "One.", (ports(table, clock), env = ShopEnv), u64);
    shop!(other_result, "One.", (), u32);
    shop!(wider_result, "One.", (), Option<u64>);

    pub(crate) mod other_name {
        use super::{BuyError, Config, Order};

        #[kata::contract(config = Config)]
        pub(crate) trait Shop {
            fn order(&self, order: Order) -> Result<u64, BuyError>;
        }
    }

    pub(crate) mod other_field {
        use super::{BuyError, Config};

        #[kata::data]
        pub(crate) struct Order {
            pub count: u64,
            pub gift: bool,
        }

        #[kata::contract(config = Config)]
        pub(crate) trait Shop {
            async fn buy(&self, order: Order) -> Result<u64, BuyError>;
        }
    }
}

#[test]
fn the_hash_sees_the_wire_and_nothing_else() {
    use same_wire::*;
    let hash = one::ShopClient::hash();
    assert_eq!(hash, documented::ShopClient::hash());
    assert_eq!(hash, with_ports::ShopClient::hash());
    assert_ne!(hash, other_result::ShopClient::hash());
    assert_ne!(hash, wider_result::ShopClient::hash());
    assert_ne!(hash, other_name::ShopClient::hash());
    assert_ne!(hash, other_field::ShopClient::hash());
}

/// Keeps what leaves a client; answers nothing.
#[derive(Default)]
struct Kept(RefCell<Vec<(u16, &'static str, String)>>);

impl Channel for Kept {
    fn call(&self, call: OutgoingCall<'_>) -> Pin<Box<dyn Future<Output = Returned>>> {
        self.0.borrow_mut().push((call.method, call.name, (call.shown)()));
        Box::pin(async { Returned { result: None, show: None } })
    }

    fn subscribe(&self, call: OutgoingCall<'_>) -> Pin<Box<dyn ItemStream>> {
        self.0.borrow_mut().push((call.method, call.name, (call.shown)()));
        Box::pin(Nothing)
    }
}

struct Nothing;

impl ItemStream for Nothing {
    fn next(self: Pin<&mut Self>) -> Pin<Box<dyn Future<Output = Option<Vec<u8>>> + '_>> {
        Box::pin(async { None })
    }
}

#[test]
fn histories_show_arguments_without_caller_and_sink() {
    let kept = Rc::new(Kept::default());
    let client = ShopClient::new(Rc::clone(&kept) as Rc<dyn Channel>);
    let buy = std::pin::pin!(client.buy(crate::shop::order("tea"), 7));
    let poll = buy.poll(&mut std::task::Context::from_waker(std::task::Waker::noop()));
    assert!(matches!(poll, std::task::Poll::Ready(kata::Answer::Unknown)));
    drop(client.count(3));
    let expected =
        [(0, "buy", "Order { count: 1, what: \"tea\" }, 7".to_owned()), (3, "count", "3".to_owned())];
    assert_eq!(*kept.0.borrow(), expected);
}
