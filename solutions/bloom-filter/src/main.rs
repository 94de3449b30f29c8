//! The program that the grader runs.

kata::main!(bloom_filter::BloomFilter => bloom_filter_solution::Solution);
