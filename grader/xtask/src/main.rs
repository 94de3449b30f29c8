//! Soon.
fn main(){}
