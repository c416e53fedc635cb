//! The processor time of the process that is running.

/// The processor time of this process so far, in seconds.
pub fn time() -> f64 {
    // SAFETY: all zeroes are a valid `timespec`, and the pointer lives through the call.
    let time = unsafe {
        let mut time: libc::timespec = std::mem::zeroed();
        libc::clock_gettime(libc::CLOCK_PROCESS_CPUTIME_ID, &raw mut time);
        time
    };
    time.tv_sec as f64 + time.tv_nsec as f64 / 1e9
}
