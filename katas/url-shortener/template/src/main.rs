//! The program that the grader runs.

kata::main!(url_shortener::UrlShortener => url_shortener_solution::Shortener);
