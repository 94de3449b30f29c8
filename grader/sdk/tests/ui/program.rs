//! Programs that do not say which type implements which contract.

mod nothing {
    kata::main!();
}

mod no_contract {
    kata::main!(Shortener);
}

mod two {
    kata::main!(url_shortener::UrlShortener => Shortener; other::Other => Other);
}

fn main() {}
