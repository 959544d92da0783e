//! `cgroup:PATH`: what the system says of a control group, of either version.

use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};

use super::process::Busiest;
use super::rates::Sample;

/// Where the groups are.
const ROOT: &str = "/sys/fs/cgroup";
/// Longest file that is read; theirs have a few lines.
const LONGEST: u64 = 64 * 1024;
/// Where version 1 may keep each controller.
const CPU: [&str; 2] = ["cpu", "cpu,cpuacct"];
const CPUACCT: [&str; 2] = ["cpuacct", "cpu,cpuacct"];
/// A limit of version 1 that is none is this great or greater, bytes.
const NO_LIMIT: f64 = 9e18;

/// A control group, and how often it had been throttled at the last look.
#[derive(Debug)]
pub(super) struct Cgroup {
    root: PathBuf,
    path: PathBuf,
    periods: Option<(f64, f64)>,
    busiest: Busiest,
}

impl Cgroup {
    /// The group at this path below the root of all.
    pub(super) fn at(path: &Path) -> Cgroup {
        Cgroup::below(Path::new(ROOT), path)
    }

    fn below(root: &Path, path: &Path) -> Cgroup {
        Cgroup { root: root.to_owned(), path: path.to_owned(), periods: None, busiest: Busiest::default() }
    }

    /// Looks once.
    ///
    /// # Errors
    /// There is no such group.
    pub(super) fn look(&mut self) -> Result<Vec<Sample>, String> {
        let mut samples = match self.root.join("cgroup.controllers").exists() {
            true => self.version_2(),
            false => self.version_1(),
        };
        if samples.is_empty() {
            return Err(format!("there is no control group {}; look below {ROOT}", self.path.display()));
        }
        samples.extend(self.busiest.cores_of(&self.processes()));
        samples.retain(|sample| sample.value.is_finite());
        Ok(samples)
    }

    /// The numbers of its processes, without those of groups below it.
    fn processes(&self) -> Vec<u32> {
        let places = [PathBuf::new()].into_iter().chain(CPU.map(PathBuf::from));
        let mut texts =
            places.filter_map(|place| read(&self.root.join(place).join(&self.path).join("cgroup.procs")));
        let text = texts.next().unwrap_or_default();
        text.lines().filter_map(|line| line.parse().ok()).collect()
    }

    fn version_2(&mut self) -> Vec<Sample> {
        let folder = self.root.join(&self.path);
        let text = |name: &str| read(&folder.join(name));
        let mut samples = Vec::new();
        if let Some(stat) = text("cpu.stat") {
            samples.extend(field(&stat, "usage_usec").map(|us| Sample::spent("cpu_cores", us / 1e6)));
            samples.extend(self.throttling(&stat));
        }
        samples.extend(
            text("cpu.max").and_then(|max| quota(&max)).map(|cores| Sample::gauge("cpu_quota_cores", cores)),
        );
        for (file, series) in [
            ("memory.current", "memory_bytes"),
            ("memory.max", "memory_max_bytes"),
            ("pids.current", "threads"),
        ] {
            samples
                .extend(text(file).and_then(|text| number(&text)).map(|value| Sample::gauge(series, value)));
        }
        for (file, series) in [
            ("cpu.pressure", "cpu_pressure"),
            ("memory.pressure", "memory_pressure"),
            ("io.pressure", "io_pressure"),
        ] {
            // A second of it in a second: somebody waited all the time.
            samples
                .extend(text(file).and_then(|text| waited(&text)).map(|us| Sample::spent(series, us / 1e6)));
        }
        samples
    }

    fn version_1(&mut self) -> Vec<Sample> {
        let text = |controllers: &[&str], name: &str| {
            controllers
                .iter()
                .find_map(|controller| read(&self.root.join(controller).join(&self.path).join(name)))
        };
        let one = |controllers: &[&str], name: &str| text(controllers, name).and_then(|text| number(&text));
        let mut samples = Vec::new();
        samples.extend(one(&CPUACCT, "cpuacct.usage").map(|ns| Sample::spent("cpu_cores", ns / 1e9)));
        let quota = one(&CPU, "cpu.cfs_quota_us").zip(one(&CPU, "cpu.cfs_period_us"));
        let quota = quota.filter(|(quota, period)| *quota > 0.0 && *period > 0.0);
        samples.extend(quota.map(|(quota, period)| Sample::gauge("cpu_quota_cores", quota / period)));
        samples.extend(
            one(&["memory"], "memory.usage_in_bytes").map(|bytes| Sample::gauge("memory_bytes", bytes)),
        );
        let most = one(&["memory"], "memory.limit_in_bytes").filter(|bytes| *bytes < NO_LIMIT);
        samples.extend(most.map(|bytes| Sample::gauge("memory_max_bytes", bytes)));
        samples.extend(one(&["pids"], "pids.current").map(|count| Sample::gauge("threads", count)));
        let stat = text(&CPU, "cpu.stat");
        samples.extend(stat.and_then(|stat| self.throttling(&stat)));
        samples
    }

    /// The share of the periods since the last look in which its quota was used up; without a quota there are none.
    fn throttling(&mut self, stat: &str) -> Option<Sample> {
        let now = (field(stat, "nr_periods")?, field(stat, "nr_throttled")?);
        let before = self.periods.replace(now)?;
        let (periods, throttled) = (now.0 - before.0, now.1 - before.1);
        if periods < 0.0 || throttled < 0.0 {
            return None;
        }
        let share = if periods > 0.0 { (throttled / periods).min(1.0) } else { 0.0 };
        (now.0 > 0.0).then(|| Sample::gauge("throttled_share", share))
    }
}

fn read(path: &Path) -> Option<String> {
    let mut text = Vec::new();
    File::open(path).ok()?.take(LONGEST).read_to_end(&mut text).ok()?;
    Some(String::from_utf8_lossy(&text).into_owned())
}

/// The control group of a process, as the system names it below the root.
pub(super) fn of_process(number: u32) -> Option<PathBuf> {
    let text = fs::read_to_string(format!("/proc/{number}/cgroup")).ok()?;
    group(&text, Path::new(ROOT).join("cgroup.controllers").exists())
}

/// In `/proc/N/cgroup`: the line of version 2, or that of the controller `cpu`.
fn group(text: &str, version_2: bool) -> Option<PathBuf> {
    let is_ours = |controllers: &str| match version_2 {
        true => controllers.is_empty(),
        false => controllers.split(',').any(|controller| controller == "cpu"),
    };
    let path = text.lines().find_map(|line| {
        let mut parts = line.splitn(3, ':');
        let (_, controllers, path) = (parts.next()?, parts.next()?, parts.next()?);
        is_ours(controllers).then_some(path)
    })?;
    let path = path.trim_start_matches('/');
    (!path.is_empty() && !path.contains("..")).then(|| PathBuf::from(path))
}

fn number(text: &str) -> Option<f64> {
    text.trim().parse().ok()
}

/// `name value` in a line.
fn field(text: &str, name: &str) -> Option<f64> {
    text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' ')).and_then(number)
}

/// `quota period` in microseconds as cores; none where it is `max`.
fn quota(text: &str) -> Option<f64> {
    let (quota, period) = text.trim().split_once(' ')?;
    let (quota, period) = (number(quota)?, number(period)?);
    (period > 0.0).then(|| quota / period)
}

/// Microseconds in which some waited, of a file of pressures.
fn waited(text: &str) -> Option<f64> {
    let some = text.lines().find(|line| line.starts_with("some "))?;
    some.split_whitespace().find_map(|word| word.strip_prefix("total=")).and_then(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(folder: &Path, files: &[(&str, &str)]) {
        for (name, text) in files {
            let path = folder.join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
    }

    fn seen(group: &mut Cgroup) -> Vec<(String, f64)> {
        group.look().unwrap().into_iter().map(|sample| (sample.series, sample.value)).collect()
    }

    #[test]
    fn a_group_of_version_2_has_its_share_of_throttled_periods() {
        let root = tempfile::tempdir().unwrap();
        write(
            root.path(),
            &[
                ("cgroup.controllers", "cpu memory"),
                ("a/cpu.stat", "usage_usec 1500000\nnr_periods 10\nnr_throttled 2\n"),
                ("a/cpu.max", "50000 100000\n"),
                ("a/memory.current", "4096\n"),
                ("a/memory.max", "max\n"),
                ("a/cpu.pressure", "some avg10=0.00 total=2000000\nfull avg10=0.00 total=9\n"),
            ],
        );
        let mut group = Cgroup::below(root.path(), Path::new("a"));
        let own = |name: &str, value: f64| (name.to_owned(), value);
        let first = [
            own("cpu_cores", 1.5),
            own("cpu_quota_cores", 0.5),
            own("memory_bytes", 4096.0),
            own("cpu_pressure", 2.0),
        ];
        assert_eq!(seen(&mut group), first);
        write(root.path(), &[("a/cpu.stat", "usage_usec 2000000\nnr_periods 20\nnr_throttled 9\n")]);
        assert!(seen(&mut group).contains(&own("throttled_share", 0.7)));
        assert!(Cgroup::below(root.path(), Path::new("b")).look().is_err());
    }

    #[test]
    fn a_group_of_version_1_has_the_same_series() {
        let root = tempfile::tempdir().unwrap();
        write(
            root.path(),
            &[
                ("cpu,cpuacct/a/cpu.stat", "nr_periods 0\nnr_throttled 0\nthrottled_time 0\n"),
                ("cpu,cpuacct/a/cpuacct.usage", "2500000000\n"),
                ("cpu,cpuacct/a/cpu.cfs_quota_us", "-1\n"),
                ("cpu,cpuacct/a/cpu.cfs_period_us", "100000\n"),
                ("memory/a/memory.usage_in_bytes", "4096\n"),
                ("memory/a/memory.limit_in_bytes", "9223372036854771712\n"),
                ("pids/a/pids.current", "7\n"),
            ],
        );
        let mut group = Cgroup::below(root.path(), Path::new("a"));
        let own = |name: &str, value: f64| (name.to_owned(), value);
        assert_eq!(
            seen(&mut group),
            [own("cpu_cores", 2.5), own("memory_bytes", 4096.0), own("threads", 7.0)]
        );
    }

    #[test]
    fn a_process_is_in_the_group_of_its_version() {
        let both = "8:pids:/\n2:cpuacct:/docker/x\n1:cpu:/docker/abc\n0::/docker/def\n";
        assert_eq!(group(both, false), Some(PathBuf::from("docker/abc")));
        assert_eq!(group(both, true), Some(PathBuf::from("docker/def")));
        assert_eq!(group("4:cpu,cpuacct:/a.slice\n", false), Some(PathBuf::from("a.slice")));
        for bad in ["", "1:cpu:/", "1:cpu:/../x", "x"] {
            assert_eq!(group(bad, false), None, "{bad}");
        }
    }
}
