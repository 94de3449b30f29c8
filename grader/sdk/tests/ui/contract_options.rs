//! Options of a contract.

mod without_options {
    #[kata::contract()]
    pub trait Shop {
        fn sum(&self) -> Result<u64, super::ShopError>;
    }
}

mod unknown_port {
    #[kata::contract(config = (), ports(table, databse, table, Clock))]
    pub trait Shop {
        fn sum(&self) -> Result<u64, super::ShopError>;
    }
}

mod unknown_option {
    #[kata::contract(config = (), gateway(Payments))]
    pub trait Shop {
        fn sum(&self) -> Result<u64, super::ShopError>;
    }
}

mod twice {
    #[kata::contract(config = (), config = u8, gateways(Payments, Payments))]
    pub trait Shop {
        fn sum(&self) -> Result<u64, super::ShopError>;
    }
}

mod no_trait {
    #[kata::contract(config = ())]
    pub struct Shop;
}

fn main() {}
