//! The program that the grader runs.

kata::main!(count_min_sketch::CountMinSketch => count_min_sketch_solution::Solution);
