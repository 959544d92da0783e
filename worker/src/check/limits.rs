//! From what a machine says of itself to how many users it has room for. Pure.

use std::time::Duration;

use common::text::number::{bytes, count, duration, percent};

use super::clock::clock;
use super::{Finding, Findings, Machine, Verdict};

/// Files that a worker has open beside its users' connections: its links, threads and log.
const OWN_FILES: u64 = 64;
/// Memory of a user whose connection is open, or whose stream is being read, in bytes: measured as 4,900
/// and 5,100 by `bench`, and the buffers of the kernel on top, which `bench` does not see.
const USER_BYTES: u64 = 16 * 1024;
/// Memory of the worker itself.
const OWN_BYTES: u64 = 64 * 1024 * 1024;
/// Requests a second that a core sends with room to spare: `bench` measures more than twice as many.
const CORE_RATE: u64 = 40_000;
/// Timers later than this make latencies that are partly the worker's own.
const TIMELY: Duration = Duration::from_millis(3);
/// Connections that arrive in one burst when a service runs on this machine.
const BURST: u64 = 1024;

/// What the limits mean for `wanted` users at a time on one worker.
pub fn assess(machine: &Machine, wanted: u64) -> Findings {
    let mut all = vec![files(machine), ports(machine), memory(machine), cores(machine)];
    for finding in &mut all {
        finding.verdict = match finding.users {
            None => Verdict::Unknown,
            Some(users) if users < wanted => Verdict::Cannot,
            Some(_) => Verdict::Fine,
        };
    }
    all.extend([
        quota(machine),
        timers(machine),
        clock(machine.clock.as_ref()),
        stamps(machine),
        queue(machine),
    ]);
    Findings { wanted, all }
}

fn files(machine: &Machine) -> Finding {
    Finding {
        what: "open files",
        here: machine.files.map_or_else(not_reported, |(soft, hard)| match soft < hard {
            true => format!("{} (now {}; it is raised)", count(hard), count(soft)),
            false => count(hard),
        }),
        users: machine.files.map(|(_, hard)| hard.saturating_sub(OWN_FILES)),
        verdict: Verdict::Fine,
        advice:
            "each user is a connection: raise `ulimit -Hn` (LimitNOFILE of a unit, ulimits of a container)"
                .to_owned(),
    }
}

fn ports(machine: &Machine) -> Finding {
    let room =
        |(first, last): (u16, u16)| (u64::from(last - first) + 1).saturating_sub(machine.reserved_ports);
    Finding {
        what: "local ports",
        here: machine.ports.map_or_else(not_reported, |(first, last)| format!("{first} to {last}")),
        users: machine.ports.map(room),
        verdict: Verdict::Fine,
        advice: "each connection to one address of the service takes one: `sysctl -w \
                 net.ipv4.ip_local_port_range=\"1024 65535\"`, a service with several addresses, or more workers"
            .to_owned(),
    }
}

fn memory(machine: &Machine) -> Finding {
    Finding {
        what: "memory",
        here: machine.memory.map_or_else(not_reported, |left| format!("{} left", bytes(left))),
        users: machine.memory.map(|bytes| bytes.saturating_sub(OWN_BYTES) / USER_BYTES),
        verdict: Verdict::Fine,
        advice:
            "a user takes up to 16 KiB with the kernel's buffers: give the container more, or add workers"
                .to_owned(),
    }
}

fn cores(machine: &Machine) -> Finding {
    Finding {
        what: "cores",
        here: count(machine.cores),
        users: Some(machine.cores * CORE_RATE),
        verdict: Verdict::Fine,
        advice: "this is at one request a second each, as with the default think time: without think time a \
                 few users fill a core; add workers when reports speak of saturated CPU"
            .to_owned(),
    }
}

/// Processor time that is given by the period: whoever has used it up stands still until the next.
fn quota(machine: &Machine) -> Finding {
    let what = "CPU quota";
    let Some(quota) = machine.cpu_quota else { return Finding::fine(what, "none") };
    Finding::change(
        what,
        format!("{} of a core's time", percent(quota)),
        "who has used up a period's share stands still until the next, and so do its users: give whole cores \
         instead (--cpuset-cpus of a container, AllowedCPUs= of a unit)",
    )
}

fn stamps(machine: &Machine) -> Finding {
    let what = "stamps";
    match machine.stamps {
        Some(true) => Finding::fine(what, "the kernel says when an answer came"),
        Some(false) => Finding::change(
            what,
            "the kernel does not say when an answer came",
            "times then hold this program's own lateness, and reports say how sure they are: let it use \
             SO_TIMESTAMPNS (a kernel of Linux; no sandbox such as gVisor)",
        ),
        None => unknown(what),
    }
}

/// Not a limit of a worker, but of a service that is tried out on the same machine.
fn queue(machine: &Machine) -> Finding {
    let what = "listen queue";
    let advice = "it counts where the service listens: a burst of more connections is turned away; `sysctl -w \
                  net.core.somaxconn=4096` there";
    let Some(most) = machine.somaxconn else { return unknown(what) };
    let here = format!("somaxconn {}", count(most));
    if most < BURST { Finding::change(what, here, advice) } else { Finding::fine(what, here) }
}

fn timers(machine: &Machine) -> Finding {
    let what = "timers";
    let Some(timers) = machine.timers else { return unknown(what) };
    let here = format!("99 % within {}, all within {}", duration(timers.p99), duration(timers.max));
    let advice = "late timers make users late, and reports say so: give the worker cores of its own, and no CPU \
                  quota that stops it in mid-second";
    if timers.p99 > TIMELY { Finding::change(what, here, advice) } else { Finding::fine(what, here) }
}

/// What the system does not report.
pub(super) fn unknown(what: &'static str) -> Finding {
    Finding { verdict: Verdict::Unknown, ..Finding::fine(what, not_reported()) }
}

fn not_reported() -> String {
    "this system does not say".to_owned()
}

#[cfg(test)]
mod tests {
    use super::super::Timers;
    use super::*;

    fn machine() -> Machine {
        let ms = Duration::from_millis;
        Machine {
            files: Some((1024, 524_288)),
            ports: Some((32_768, 60_999)),
            reserved_ports: 0,
            memory: Some(8 << 30),
            somaxconn: Some(4096),
            cores: 2,
            timers: Some(Timers { p99: ms(1), max: ms(2) }),
            cpu_quota: None,
            clock: None,
            stamps: Some(true),
            proxies: Vec::new(),
        }
    }

    #[test]
    fn the_limit_with_the_least_room_binds_first() {
        type Change = fn(&mut Machine);
        let change: [(Change, &str, u64); 5] = [
            (|_| {}, "local ports", 28_232),
            (|m| m.reserved_ports = 32, "local ports", 28_200),
            (|m| m.files = Some((1024, 1024)), "open files", 960),
            (|m| m.memory = Some(OWN_BYTES + 1600 * 1024), "memory", 100),
            (|m| (m.cores, m.ports) = (1, Some((1024, 65_535))), "cores", 40_000),
        ];
        for (change, what, users) in change {
            let mut machine = machine();
            change(&mut machine);
            let findings = assess(&machine, 10_000);
            let first = findings.first().unwrap();
            assert_eq!((first.what, first.users), (what, Some(users)));
            assert_eq!(findings.suffices(), users >= 10_000, "{what}");
        }
    }

    #[test]
    fn exactly_enough_is_enough() {
        assert!(assess(&machine(), 28_232).suffices());
        assert!(!assess(&machine(), 28_233).suffices());
    }

    #[test]
    fn what_only_spoils_numbers_is_no_lack_of_room() {
        let mut machine = machine();
        machine.timers = Some(Timers { p99: Duration::from_millis(4), max: Duration::from_millis(9) });
        machine.somaxconn = Some(128);
        (machine.stamps, machine.cpu_quota) = (Some(false), Some(0.5));
        let findings = assess(&machine, 10_000);
        let beware = findings.all.iter().filter(|finding| finding.verdict == Verdict::Change);
        assert_eq!(
            beware.map(|finding| finding.what).collect::<Vec<_>>(),
            ["CPU quota", "timers", "stamps", "listen queue"]
        );
        assert!(findings.suffices());
    }

    #[test]
    fn what_is_not_reported_is_neither_room_nor_lack_of_it() {
        let findings = assess(&Machine { cores: 1, ..Machine::default() }, 10_000);
        let unknown = findings.all.iter().filter(|finding| finding.verdict == Verdict::Unknown).count();
        assert_eq!((unknown, findings.suffices()), (7, true));
        assert_eq!(findings.first().unwrap().what, "cores");
    }

    #[test]
    fn thousands_are_set_apart() {
        for (number, text) in [(0, "0"), (999, "999"), (1000, "1,000"), (1_234_567, "1,234,567")] {
            assert_eq!(count(number), text);
        }
    }
}
