//! The program that the grader runs.

kata::main!(chat::Chat => chat_solution::Solution);
