//! Handles on the ports.
