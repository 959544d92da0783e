//! From what a machine says of itself to how many users it has room for. Pure.

use std::time::Duration;

use super::Machine;

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

/// Whether a limit leaves room.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LimitVerdict {
    /// There is room.
    Fine,
    /// It spoils numbers, or would in other circumstances.
    Beware,
    /// There is no room for so many users.
    Binds,
    /// The system does not report it.
    Unknown,
}

/// One limit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MachineLimit {
    /// What is limited.
    pub what: &'static str,
    /// What the machine says.
    pub here: String,
    /// Users at a time that it has room for; `None` where the limit is not one of users.
    pub users: Option<u64>,
    /// Whether that is enough.
    pub verdict: LimitVerdict,
    /// What to do when it is not.
    pub advice: &'static str,
}

/// All limits, and the users there is to be room for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MachineLimits {
    /// Users at a time that are wanted.
    pub wanted: u64,
    /// Every limit.
    pub all: Vec<MachineLimit>,
}

impl MachineLimits {
    /// The limit that binds first, of those that are limits of users.
    pub fn first(&self) -> Option<&MachineLimit> {
        self.all.iter().filter(|finding| finding.users.is_some()).min_by_key(|finding| finding.users)
    }

    /// Whether there is room for the users that are wanted.
    pub(crate) fn suffices(&self) -> bool {
        self.all.iter().all(|finding| finding.verdict != LimitVerdict::Binds)
    }
}

/// What the limits mean for `wanted` users at a time on one worker.
pub fn assess(machine: &Machine, wanted: u64) -> MachineLimits {
    let mut all = vec![files(machine), ports(machine), memory(machine), cores(machine)];
    for finding in &mut all {
        finding.verdict = match finding.users {
            None => LimitVerdict::Unknown,
            Some(users) if users < wanted => LimitVerdict::Binds,
            Some(_) => LimitVerdict::Fine,
        };
    }
    all.extend([queue(machine), timers(machine)]);
    MachineLimits { wanted, all }
}

fn files(machine: &Machine) -> MachineLimit {
    MachineLimit {
        what: "open files",
        here: machine.files.map_or_else(unknown, |(soft, hard)| match soft < hard {
            true => format!("{} (now {soft}; a worker raises it)", count(hard)),
            false => count(hard),
        }),
        users: machine.files.map(|(_, hard)| hard.saturating_sub(OWN_FILES)),
        verdict: LimitVerdict::Fine,
        advice: "each user is a connection: raise `ulimit -Hn` (LimitNOFILE of a unit, ulimits of a container)",
    }
}

fn ports(machine: &Machine) -> MachineLimit {
    let room =
        |(first, last): (u16, u16)| (u64::from(last - first) + 1).saturating_sub(machine.reserved_ports);
    MachineLimit {
        what: "local ports",
        here: machine.ports.map_or_else(unknown, |(first, last)| format!("{first} to {last}")),
        users: machine.ports.map(room),
        verdict: LimitVerdict::Fine,
        advice: "each connection to one address of the service takes one: `sysctl -w \
                 net.ipv4.ip_local_port_range=\"1024 65535\"`, a service with several addresses, or more workers",
    }
}

fn memory(machine: &Machine) -> MachineLimit {
    MachineLimit {
        what: "memory",
        here: machine
            .memory
            .map_or_else(unknown, |bytes| format!("{} MiB left", count(bytes / (1024 * 1024)))),
        users: machine.memory.map(|bytes| bytes.saturating_sub(OWN_BYTES) / USER_BYTES),
        verdict: LimitVerdict::Fine,
        advice: "a user takes up to 16 KiB with the kernel's buffers: give the container more, or add workers",
    }
}

fn cores(machine: &Machine) -> MachineLimit {
    MachineLimit {
        what: "cores",
        here: count(machine.cores),
        users: Some(machine.cores * CORE_RATE),
        verdict: LimitVerdict::Fine,
        advice: "this is at one request a second each, as with the default think time: without think time a \
                 few users fill a core; add workers when reports speak of saturated CPU",
    }
}

/// Not a limit of a worker, but of a service that is tried out on the same machine.
fn queue(machine: &Machine) -> MachineLimit {
    MachineLimit {
        what: "listen queue",
        here: machine.somaxconn.map_or_else(unknown, |most| format!("somaxconn {}", count(most))),
        users: None,
        verdict: match machine.somaxconn {
            None => LimitVerdict::Unknown,
            Some(most) if most < BURST => LimitVerdict::Beware,
            Some(_) => LimitVerdict::Fine,
        },
        advice: "it counts where the service listens: a burst of more connections is turned away; `sysctl -w \
                 net.core.somaxconn=4096` there",
    }
}

fn timers(machine: &Machine) -> MachineLimit {
    let ms = |time: Duration| time.as_secs_f64() * 1000.0;
    let shown = |timers: super::Timers| {
        format!("99 % within {:.1} ms, all within {:.1} ms", ms(timers.p99), ms(timers.max))
    };
    MachineLimit {
        what: "timers",
        here: machine.timers.map_or_else(unknown, shown),
        users: None,
        verdict: match machine.timers {
            None => LimitVerdict::Unknown,
            Some(timers) if timers.p99 > TIMELY => LimitVerdict::Beware,
            Some(_) => LimitVerdict::Fine,
        },
        advice: "late timers make users late, and reports say so: give the worker cores of its own, and no CPU \
                 quota that stops it in mid-second",
    }
}

fn unknown() -> String {
    "not known on this system".to_owned()
}

/// A number with a comma at every thousand.
pub(super) fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
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
        let findings = assess(&machine, 10_000);
        let beware = findings.all.iter().filter(|finding| finding.verdict == LimitVerdict::Beware);
        assert_eq!(beware.map(|finding| finding.what).collect::<Vec<_>>(), ["listen queue", "timers"]);
        assert!(findings.suffices());
    }

    #[test]
    fn what_is_not_reported_is_neither_room_nor_lack_of_it() {
        let findings = assess(&Machine { cores: 1, ..Machine::default() }, 10_000);
        let unknown = findings.all.iter().filter(|finding| finding.verdict == LimitVerdict::Unknown).count();
        assert_eq!((unknown, findings.suffices()), (5, true));
        assert_eq!(findings.first().unwrap().what, "cores");
    }

    #[test]
    fn thousands_are_set_apart() {
        for (number, text) in [(0, "0"), (999, "999"), (1000, "1,000"), (1_234_567, "1,234,567")] {
            assert_eq!(count(number), text);
        }
    }
}
