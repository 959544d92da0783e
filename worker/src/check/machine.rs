//! What the machine says of itself.

use std::time::{Duration, Instant};

use super::cgroup::Quotas;
use super::{Clock, Finding, proxies};

/// Naps that are timed.
const NAPS: u32 = 200;
/// Length of each: a user's shortest wait is far longer, the runtime's granularity is 1 ms.
const NAP: Duration = Duration::from_millis(5);

/// The limits that a worker meets. `None` is what the system does not report.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Machine {
    /// Files that a process may have open now, and after it has raised that itself.
    pub files: Option<(u64, u64)>,
    /// First and last local port of outgoing connections.
    pub ports: Option<(u16, u16)>,
    /// Of those, ports set aside.
    pub reserved_ports: u64,
    /// Memory that is left, in bytes: the machine's, or the container's when that is less.
    pub memory: Option<u64>,
    /// Connections that may wait to be accepted by a listener here.
    pub somaxconn: Option<u64>,
    /// Cores that this process may use.
    pub cores: u64,
    /// Processor time that a container or unit is given, in cores.
    pub cpu_quota: Option<f64>,
    /// How late timers were.
    pub timers: Option<Timers>,
    /// The clocks.
    pub clock: Option<Clock>,
    /// Whether the kernel stamps what is received.
    pub stamps: Option<bool>,
    /// Variables that name a proxy.
    pub proxies: Vec<&'static str>,
}

/// How late timers were.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Timers {
    /// 99 of 100 were at most this late.
    pub p99: Duration,
    /// None was later.
    pub max: Duration,
}

impl Machine {
    /// Reads what is written in files. `read` gives a file's text, if there is one.
    pub fn read(read: impl Fn(&str) -> Option<String>) -> Machine {
        let number = |path: &str| read(path).and_then(|text| text.trim().parse::<u64>().ok());
        let reserved = read("/proc/sys/net/ipv4/ip_local_reserved_ports").unwrap_or_default();
        let ports = read("/proc/sys/net/ipv4/ip_local_port_range").as_deref().and_then(range);
        let quotas = Quotas::read(&read);
        let free = read("/proc/meminfo").as_deref().and_then(available);
        Machine {
            files: Some(crate::open_files::limits()),
            ports,
            reserved_ports: ports.map_or(0, |ports| within(&reserved, ports)),
            memory: quotas.memory.into_iter().chain(free).min(),
            cpu_quota: quotas.cpu,
            somaxconn: number("/proc/sys/net/core/somaxconn"),
            cores: std::thread::available_parallelism().map_or(1, |cores| cores.get() as u64),
            timers: None,
            clock: None,
            stamps: None,
            proxies: Vec::new(),
        }
    }

    /// Reads everything, and tries out what can only be tried; takes a little over a second.
    pub async fn look() -> Machine {
        let read = |path: &str| std::fs::read_to_string(path).ok();
        Machine {
            clock: Some(Clock::measure(&read)),
            stamps: crate::http::are_stamped().await.ok(),
            proxies: proxies::named(|name| std::env::var(name).ok()),
            timers: Some(Timers::measure().await),
            ..Machine::read(read)
        }
    }

    /// What the proxies of the environment mean where what is asked for was `reached` without them, or not, or
    /// nothing was asked for.
    pub fn proxies(&self, reached: Option<bool>) -> Finding {
        proxies::proxies(&self.proxies, reached)
    }
}

impl Timers {
    /// Sleeps many times on the runtime that users sleep on; takes a little over a second.
    pub async fn measure() -> Timers {
        let mut late = Vec::with_capacity(NAPS as usize);
        for _ in 0..NAPS {
            let due = Instant::now() + NAP;
            tokio::time::sleep_until(due.into()).await;
            late.push(due.elapsed());
        }
        Timers::of(late)
    }

    /// The figures of these delays.
    pub fn of(mut late: Vec<Duration>) -> Timers {
        late.sort_unstable();
        let rank = (late.len() * 99).div_ceil(100).max(1) - 1;
        Timers {
            p99: late.get(rank).copied().unwrap_or_default(),
            max: late.last().copied().unwrap_or_default(),
        }
    }
}

/// First and last port, as in `32768 60999`.
fn range(text: &str) -> Option<(u16, u16)> {
    let mut words = text.split_whitespace().map(str::parse::<u16>);
    let (first, last) = (words.next()?.ok()?, words.next()?.ok()?);
    (first <= last).then_some((first, last))
}

/// How many ports of a list such as `8080,9100-9110` lie in a range.
fn within(list: &str, (first, last): (u16, u16)) -> u64 {
    let spans = list.trim().split(',').filter_map(|span| {
        let (from, to) = span.split_once('-').unwrap_or((span, span));
        Some((from.parse::<u16>().ok()?.max(first), to.parse::<u16>().ok()?.min(last)))
    });
    spans.filter(|(from, to)| from <= to).map(|(from, to)| u64::from(to - from) + 1).sum()
}

/// `MemAvailable:   23117216 kB`.
fn available(meminfo: &str) -> Option<u64> {
    let line = meminfo.lines().find_map(|line| line.strip_prefix("MemAvailable:"))?;
    line.split_whitespace().next()?.parse::<u64>().ok().map(|kib| kib * 1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn machine(files: &[(&str, &str)]) -> Machine {
        Machine::read(|path| files.iter().find(|file| file.0 == path).map(|file| file.1.to_owned()))
    }

    #[test]
    fn what_the_kernel_writes_is_read() {
        let machine = machine(&[
            ("/proc/sys/net/ipv4/ip_local_port_range", "32768\t60999\n"),
            ("/proc/sys/net/ipv4/ip_local_reserved_ports", "8080,60000-60009,60999\n"),
            ("/proc/sys/net/core/somaxconn", "4096\n"),
            ("/proc/meminfo", "MemTotal: 9 kB\nMemAvailable:   1000 kB\n"),
        ]);
        assert_eq!((machine.ports, machine.reserved_ports), (Some((32_768, 60_999)), 11));
        assert_eq!((machine.somaxconn, machine.memory), (Some(4096), Some(1_024_000)));
        assert!(machine.cores >= 1 && machine.files.is_some());
    }

    #[test]
    fn a_container_has_the_memory_it_was_given() {
        let meminfo = ("/proc/meminfo", "MemAvailable: 1000000 kB\n");
        let two =
            [meminfo, ("/sys/fs/cgroup/memory.max", "5000\n"), ("/sys/fs/cgroup/memory.current", "2000\n")];
        assert_eq!(machine(&two).memory, Some(3000));
        let endless =
            [meminfo, ("/sys/fs/cgroup/memory.max", "max\n"), ("/sys/fs/cgroup/memory.current", "9\n")];
        assert_eq!(machine(&endless).memory, Some(1_024_000_000));
        let one = [
            ("/sys/fs/cgroup/memory/memory.limit_in_bytes", "9000\n"),
            ("/sys/fs/cgroup/memory/memory.usage_in_bytes", "8000\n"),
        ];
        assert_eq!(machine(&one).memory, Some(1000));
        let quota = [("/sys/fs/cgroup/cpu.max", "50000 100000\n")];
        assert_eq!(machine(&quota).cpu_quota, Some(0.5));
    }

    #[test]
    fn what_is_not_reported_or_makes_no_sense_is_none() {
        let nothing = machine(&[]);
        assert_eq!((nothing.ports, nothing.memory, nothing.somaxconn), (None, None, None));
        for text in ["", "1", "a b", "9 8", "1 70000"] {
            assert_eq!(range(text), None, "{text:?}");
        }
    }

    #[test]
    fn delays_are_ranked() {
        let late = (1..=200).rev().map(Duration::from_micros).collect();
        let timers = Timers { p99: Duration::from_micros(198), max: Duration::from_micros(200) };
        assert_eq!(Timers::of(late), timers);
        assert_eq!(Timers::of(Vec::new()), Timers::default());
    }
}
