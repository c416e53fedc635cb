//! The door: what is let in, what is not, and what is told.
