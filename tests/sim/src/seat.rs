//! A history and the thread of its SQLite stay on one core: they take turns anyway, and a turn on the same core costs a fraction.

/// Keeps this thread, and the threads that it starts from now on, on one of the cores that the process may use. Without that right, or on a
/// system that has no such call, it is only slower.
#[cfg(target_os = "linux")]
pub fn keep_to(index: usize) {
    use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};
    let Ok(allowed) = sched_getaffinity(None) else { return };
    let cores: Vec<usize> = (0..CpuSet::MAX_CPU).filter(|core| allowed.is_set(*core)).collect();
    if cores.is_empty() {
        return;
    }
    let mut one = CpuSet::new();
    one.set(cores[index % cores.len()]);
    // Refused: it stays where the system puts it.
    let _ = sched_setaffinity(None, &one);
}

#[cfg(not(target_os = "linux"))]
pub fn keep_to(_index: usize) {}
