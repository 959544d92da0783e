//! What the operating system says of this process.

use std::time::Duration;

/// Resident memory in bytes; 0 where the system does not tell.
pub fn memory_bytes() -> u64 {
    let pages = std::fs::read_to_string("/proc/self/statm")
        .ok()
        .and_then(|text| text.split_whitespace().nth(1).and_then(|pages| pages.parse::<u64>().ok()));
    // Every Linux this runs on has pages of 4 KiB; a wrong guess only misreports memory.
    pages.unwrap_or(0) * 4096
}

/// The busiest thread's share of the time between two readings, in thousandths of a core.
pub fn busiest_permille(before: &[Duration], after: &[Duration], elapsed: Duration) -> u32 {
    let spent = before.iter().zip(after).map(|(before, after)| after.saturating_sub(*before)).max();
    let share = spent.unwrap_or_default().as_secs_f64() / elapsed.as_secs_f64().max(1e-6);
    (share * 1000.0).round().clamp(0.0, 1000.0) as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_busiest_thread_counts() {
        let at = |ms: &[u64]| ms.iter().map(|ms| Duration::from_millis(*ms)).collect::<Vec<_>>();
        let second = Duration::from_secs(1);
        assert_eq!(busiest_permille(&at(&[0, 100]), &at(&[250, 1000]), second), 900);
        assert_eq!(busiest_permille(&[], &[], second), 0);
    }
}
