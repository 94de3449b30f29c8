//! Data and errors.

#[kata::data]
pub struct Generic<T>(T);

#[kata::data(Eq, Clone)]
pub struct Derives;

#[kata::data]
pub union Bits {
    one: u8,
}

#[kata::data]
pub struct Flat {
    #[serde(default, flatten)]
    inner: Derives,
}

#[kata::data]
pub enum Tagged {
    #[serde(untagged)]
    One(u8),
}

#[kata::error]
pub struct NotAnEnum;

#[kata::error]
pub enum WithoutFailure {
    Taken,
}

#[kata::error]
pub enum OtherFailure {
    Failed(String),
}

fn main() {}
