//! The program that the grader runs.

kata::main!(ticket_booking::TicketBooking => ticket_booking_solution::BoxOffice);
