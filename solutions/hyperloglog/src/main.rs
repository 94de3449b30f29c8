//! The program that the grader runs.

kata::main!(hyperloglog::HyperLogLog => hyperloglog_solution::Solution);
