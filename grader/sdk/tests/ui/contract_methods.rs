//! Methods of a contract.

#[kata::contract(config = ())]
pub trait Receivers {
    async fn owned(self) -> Result<u64, ShopError>;
    async fn exclusive(&mut self) -> Result<u64, ShopError>;
    async fn boxed(self: Box<Self>) -> Result<u64, ShopError>;
    async fn nobody() -> Result<u64, ShopError>;
    async fn nobody_with_arguments(order: Order) -> Result<u64, ShopError>;
}

#[kata::contract(config = ())]
pub trait Arguments {
    async fn borrowed(&self, what: &str) -> Result<u64, ShopError>;
    async fn late_caller(&self, what: String, caller: &Caller) -> Result<u64, ShopError>;
    async fn pattern(&self, (what, count): (String, u64)) -> Result<u64, ShopError>;
    async fn mutable(&self, mut what: String) -> Result<u64, ShopError>;
    async fn two_sinks(&self, one: Sink<u64>, two: Sink<u64>) -> Result<u64, ShopError>;
}

#[kata::contract(config = ())]
pub trait Results {
    async fn nothing(&self);
    async fn value(&self) -> u64;
    async fn option(&self) -> Option<u64>;
    async fn alias(&self) -> std::io::Result<u64>;
}

#[kata::contract(config = ())]
pub trait Names {
    async fn open(&self) -> Result<u64, ShopError>;
    async fn background(&self) -> Result<u64, ShopError>;
    async fn twice(&self) -> Result<u64, ShopError>;
    fn twice(&self) -> Result<u64, ShopError>;
}

#[kata::contract(config = ())]
pub trait Bodies<T: Clone>: Clone
where
    T: Send,
{
    const LIMIT: u64;
    async fn generic<U>(&self, what: U) -> Result<u64, ShopError>;
    async fn with_body(&self) -> Result<u64, ShopError> {
        Ok(1)
    }
}

#[kata::contract(config = ())]
pub trait Empty {}

#[kata::contract(config = ())]
pub trait Plain {
    fn exclusive(&self, what: &mut [u8]);
    fn slice_of_others(&self, what: &[u64]);
    fn borrowed(&self) -> &[u8];
    fn alias(&self) -> std::io::Result<u64>;
}

#[kata::contract(config = ())]
pub trait Drives {
    #[drive]
    fn without_body(&self) -> u64;
    #[drive]
    async fn waiting(&self) -> Result<u64, ShopError> {
        Ok(1)
    }
}

fn main() {}
