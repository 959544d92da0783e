//! What the control groups of this process allow it: those of a container, of a unit, of a session.

/// Quotas. `None` is no limit, or none that the system reports.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Quotas {
    /// Memory that is left, in bytes.
    pub memory: Option<u64>,
    /// Processor time, in cores.
    pub cpu: Option<f64>,
}

/// Where groups of the second version, and of the first one by controller, are mounted.
const ROOT: &str = "/sys/fs/cgroup";

impl Quotas {
    /// The least of what any group allows, from this process's own up to the root. `read` gives a file's text.
    pub(super) fn read(read: &impl Fn(&str) -> Option<String>) -> Quotas {
        let own = read("/proc/self/cgroup").unwrap_or_default();
        let number = |path: String| read(&path).and_then(|text| text.trim().parse::<u64>().ok());
        let left = |limit: String, usage: String| Some(number(limit)?.saturating_sub(number(usage)?));
        let second = folders(ROOT, path(&own, ""));
        let memory_1 = folders("/sys/fs/cgroup/memory", path(&own, "memory"));
        let cpu_1 = folders("/sys/fs/cgroup/cpu", path(&own, "cpu"));
        let memory = second
            .iter()
            .filter_map(|group| left(format!("{group}/memory.max"), format!("{group}/memory.current")));
        let memory = memory.chain(memory_1.iter().filter_map(|group| {
            left(format!("{group}/memory.limit_in_bytes"), format!("{group}/memory.usage_in_bytes"))
        }));
        let cpu = second.iter().filter_map(|group| share(&read(&format!("{group}/cpu.max"))?));
        let cpu = cpu.chain(cpu_1.iter().filter_map(|group| {
            let words =
                ["cpu.cfs_quota_us", "cpu.cfs_period_us"].map(|file| read(&format!("{group}/{file}")));
            share(&words.map(Option::unwrap_or_default).join(" "))
        }));
        Quotas { memory: memory.min(), cpu: cpu.min_by(f64::total_cmp) }
    }
}

/// The path of this process in the hierarchy of a controller; that of the second version has no name.
fn path<'a>(own: &'a str, controller: &str) -> &'a str {
    let lines = own.lines().filter_map(|line| line.split_once(':')?.1.split_once(':'));
    let mut its = lines.filter(|(names, _)| names.split(',').any(|name| name == controller));
    its.next().map_or("", |(_, path)| path)
}

/// The groups from the root to a path. What lies outside of a container's view is not there to be read.
fn folders(root: &str, path: &str) -> Vec<String> {
    let mut all = vec![root.to_owned()];
    for part in path.split('/').filter(|part| !part.is_empty() && *part != "..") {
        let last = all.last().map_or(root, String::as_str);
        all.push(format!("{last}/{part}"));
    }
    all
}

/// Cores of `150000 100000`: a quota and its period in microseconds. Without one it is `max` or below zero.
fn share(text: &str) -> Option<f64> {
    let mut words = text.split_whitespace().map(str::parse::<u64>);
    let (quota, period) = (words.next()?.ok()?, words.next()?.ok()?);
    (period > 0).then(|| quota as f64 / period as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tightest_group_above_a_process_counts() {
        let unit = ("/proc/self/cgroup", "0::/system.slice/load.service\n");
        let container = ("/proc/self/cgroup", "0::/\n");
        let first = ("/proc/self/cgroup", "4:memory:/d/1\n3:cpu,cpuacct:/d/1\n0::/\n");
        let quotas = |memory, cpu| Quotas { memory, cpu };
        let table: [(&[(&str, &str)], Quotas); 8] = [
            (&[], Quotas::default()),
            (&[container, ("/sys/fs/cgroup/cpu.max", "max 100000\n")], Quotas::default()),
            (&[container, ("/sys/fs/cgroup/cpu.max", "150000 100000\n")], quotas(None, Some(1.5))),
            (
                &[unit, ("/sys/fs/cgroup/system.slice/load.service/cpu.max", "1000 2000\n")],
                quotas(None, Some(0.5)),
            ),
            (
                &[
                    unit,
                    ("/sys/fs/cgroup/system.slice/memory.max", "5000\n"),
                    ("/sys/fs/cgroup/system.slice/memory.current", "2000\n"),
                    ("/sys/fs/cgroup/system.slice/load.service/memory.max", "max\n"),
                    ("/sys/fs/cgroup/system.slice/load.service/memory.current", "9\n"),
                ],
                quotas(Some(3000), None),
            ),
            (
                &[
                    first,
                    ("/sys/fs/cgroup/memory/d/1/memory.limit_in_bytes", "9000\n"),
                    ("/sys/fs/cgroup/memory/d/1/memory.usage_in_bytes", "9500\n"),
                    ("/sys/fs/cgroup/cpu/d/1/cpu.cfs_quota_us", "200000\n"),
                    ("/sys/fs/cgroup/cpu/d/1/cpu.cfs_period_us", "100000\n"),
                ],
                quotas(Some(0), Some(2.0)),
            ),
            (&[first, ("/sys/fs/cgroup/cpu/cpu.cfs_quota_us", "-1\n")], Quotas::default()),
            (
                &[("/proc/self/cgroup", "0::/../..\nnonsense\n:\n"), ("/sys/fs/cgroup/cpu.max", "1 0")],
                Quotas::default(),
            ),
        ];
        for (files, expected) in table {
            let read = |path: &str| files.iter().find(|file| file.0 == path).map(|file| file.1.to_owned());
            assert_eq!(Quotas::read(&read), expected, "{files:?}");
        }
    }
}
