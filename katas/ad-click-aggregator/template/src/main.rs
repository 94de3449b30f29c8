//! The program that the grader runs.

kata::main!(ad_click_aggregator::AdClickAggregator => ad_click_aggregator_solution::Aggregator);
