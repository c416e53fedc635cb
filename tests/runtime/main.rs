//! The embedded runtime, tried from outside: what it keeps is what a dry run of the same inputs
//! comes to, whatever happens to the process, the disk and the clock.

#![cfg(feature = "runtime")]

mod clock;
mod door;
mod drivers;
mod kill;
mod program;
mod side;
mod torn;
mod world;
