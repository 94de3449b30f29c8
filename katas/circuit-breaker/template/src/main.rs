//! The program that the grader runs.

kata::main!(circuit_breaker::CircuitBreaker => circuit_breaker_solution::Breakers);
