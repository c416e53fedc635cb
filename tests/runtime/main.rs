//! The embedded runtime, tried from outside: what it keeps is what a dry run of the same inputs
//! comes to, whatever happens to the process, the disk and the clock.

#![cfg(feature = "runtime")]

mod clock;
mod damaged;
mod deploy;
mod door;
mod drivers;
mod kept;
mod kill;
mod program;
mod rude;
mod scenarios;
mod side;
mod stage;
mod torn;
mod wall;
mod window;
mod world;
