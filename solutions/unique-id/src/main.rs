//! The program that the grader runs.

kata::main!(unique_id::UniqueId => unique_id_solution::Mint);
