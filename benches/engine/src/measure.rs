//! A child process run to its end: its processor time, wall time and largest resident size.

use std::io;
use std::process::{Command, Stdio};
use std::time::Instant;

/// What one run took.
#[derive(Clone, Copy, Debug, Default)]
pub struct Cost {
    /// User and system time, in milliseconds.
    pub cpu: f64,
    /// In milliseconds.
    pub wall: f64,
    /// In MiB.
    pub memory: f64,
}

/// Runs a command with its output thrown away. An exit code above 1 is an error: nothing was
/// measured.
pub fn run(command: &mut Command) -> io::Result<Cost> {
    let start = Instant::now();
    let child = command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()?;
    let mut status = 0;
    // SAFETY: `rusage` is plain data, for which all zeroes are valid; both pointers live through
    // the call, and the child is waited for here alone.
    let (usage, waited) = unsafe {
        let mut usage: libc::rusage = std::mem::zeroed();
        let waited = libc::wait4(child.id().cast_signed(), &raw mut status, 0, &raw mut usage);
        (usage, waited)
    };
    let wall = start.elapsed().as_secs_f64() * 1e3;
    if waited < 0 {
        return Err(io::Error::last_os_error());
    }
    if !libc::WIFEXITED(status) || libc::WEXITSTATUS(status) > 1 {
        return Err(io::Error::other(format!("{command:?} failed")));
    }
    let millis = |time: libc::timeval| time.tv_sec as f64 * 1e3 + time.tv_usec as f64 / 1e3;
    Ok(Cost {
        cpu: millis(usage.ru_utime) + millis(usage.ru_stime),
        wall,
        // Linux counts in KiB.
        memory: usage.ru_maxrss as f64 / 1024.0,
    })
}

/// The middle of some numbers.
pub fn median(mut numbers: Vec<f64>) -> f64 {
    numbers.sort_by(f64::total_cmp);
    numbers.get(numbers.len() / 2).copied().unwrap_or(f64::NAN)
}

/// The processor time of this process so far, in seconds.
pub fn processor() -> f64 {
    // SAFETY: all zeroes are a valid `timespec`, and the pointer lives through the call.
    let time = unsafe {
        let mut time: libc::timespec = std::mem::zeroed();
        libc::clock_gettime(libc::CLOCK_PROCESS_CPUTIME_ID, &raw mut time);
        time
    };
    time.tv_sec as f64 + time.tv_nsec as f64 / 1e9
}
