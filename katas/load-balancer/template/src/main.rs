//! The program that the grader runs.

kata::main!(load_balancer::LoadBalancer => load_balancer_solution::Balancer);
