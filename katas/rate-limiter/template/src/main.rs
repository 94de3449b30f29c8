//! The program that the grader runs.

kata::main!(rate_limiter::RateLimiter => rate_limiter_solution::Limiter);
