//! The program that the grader runs.

kata::main!(consistent_hashing::ConsistentHashing => consistent_hashing_solution::Solution);
