//! The program that the grader runs.

kata::main!(first_steps::Counter => first_steps_solution::Counters);
