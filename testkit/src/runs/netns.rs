//! Hosts of their own on one machine: network namespaces on a bridge, gone with the value.

use std::fs::File;
use std::net::Ipv4Addr;
use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};

use rustix::fd::AsFd;
use rustix::thread::{LinkNameSpaceType, move_into_link_name_space};

use crate::prerequisite;

/// Where `ip netns` keeps its names.
const NAMES: &str = "/var/run/netns";
/// Beginning of every namespace's name; the process id of its test follows.
const PREFIX: &str = "lt-";

/// A network of hosts. All of it, the bridge too, is inside namespaces: the machine's own routes,
/// bridges and filters neither see nor disturb it.
#[derive(Debug)]
pub struct Network {
    name: String,
    hosts: Vec<Host>,
}

/// A host of a network.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Host {
    /// Its namespace.
    pub namespace: String,
    /// Its address.
    pub ip: Ipv4Addr,
}

/// Whether namespaces can be made here.
pub fn available() -> Result<(), String> {
    prerequisite::root()?;
    match Command::new("ip").arg("-V").output() {
        Ok(output) if output.status.success() => Ok(()),
        _ => Err("this test makes network namespaces; install iproute2".to_owned()),
    }
}

impl Network {
    /// A bridge with `hosts` hosts on it: 10.77.0.1, 10.77.0.2 and so on. The bridge itself is host 0
    /// of [`Network::host`], 10.77.0.254.
    pub fn new(hosts: u8) -> Network {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        remove_orphans();
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let name = format!("{PREFIX}{}-{number}", std::process::id());
        let mut network = Network { name, hosts: Vec::new() };
        let bridge = network.add_host(254);
        ip(&format!("-n {} link add br0 type bridge", bridge.namespace));
        ip(&format!("-n {} addr add {}/24 dev br0", bridge.namespace, bridge.ip));
        ip(&format!("-n {} link set br0 up", bridge.namespace));
        for place in 1..=hosts {
            let host = network.add_host(place);
            let (inside, outside) = (&host.namespace, &bridge.namespace);
            ip(&format!("link add eth0 netns {inside} type veth peer name h{place} netns {outside}"));
            ip(&format!("-n {outside} link set h{place} master br0 up"));
            ip(&format!("-n {inside} addr add {}/24 dev eth0", host.ip));
            ip(&format!("-n {inside} link set eth0 up"));
        }
        network
    }

    fn add_host(&mut self, place: u8) -> Host {
        let host = Host { namespace: format!("{}-{place}", self.name), ip: Ipv4Addr::new(10, 77, 0, place) };
        ip(&format!("netns add {}", host.namespace));
        self.hosts.push(host.clone());
        ip(&format!("-n {} link set lo up", host.namespace));
        host
    }

    /// A host by its number; 0 is the bridge.
    pub fn host(&self, number: usize) -> &Host {
        &self.hosts[number]
    }
}

impl Drop for Network {
    fn drop(&mut self) {
        for host in &self.hosts {
            // Interfaces go with their namespace; it may never have come to be.
            let _ = Command::new("ip").args(["netns", "del", &host.namespace]).output();
        }
    }
}

/// Removes what tests left behind that were killed before they could.
fn remove_orphans() {
    let Ok(names) = std::fs::read_dir(NAMES) else { return };
    for name in names.filter_map(|entry| entry.ok()?.file_name().into_string().ok()) {
        let owner = name.strip_prefix(PREFIX).and_then(|rest| rest.split('-').next());
        if owner.is_some_and(|pid| !Path::new("/proc").join(pid).exists()) {
            let _ = Command::new("ip").args(["netns", "del", &name]).output();
        }
    }
}

impl Host {
    /// The same command, to be run on this host.
    pub fn command(&self, command: &Command) -> Command {
        let mut inside = Command::new("ip");
        inside.args(["netns", "exec", &self.namespace]).arg(command.get_program()).args(command.get_args());
        for (name, value) in command.get_envs() {
            match value {
                Some(value) => inside.env(name, value),
                None => inside.env_remove(name),
            };
        }
        if let Some(folder) = command.get_current_dir() {
            inside.current_dir(folder);
        }
        inside
    }

    /// Does something on this host, on a thread of its own. Sockets made there stay there.
    pub fn inside<T: Send>(&self, work: impl FnOnce() -> T + Send) -> T {
        let namespace = File::open(Path::new(NAMES).join(&self.namespace)).unwrap();
        std::thread::scope(|scope| {
            let thread = scope.spawn(|| {
                move_into_link_name_space(namespace.as_fd(), Some(LinkNameSpaceType::Network)).unwrap();
                work()
            });
            thread.join().unwrap()
        })
    }

    /// Nothing that this host sends reaches `other` any more; what `other` sends still arrives here.
    pub fn cut_from(&self, other: &Host) {
        ip(&format!("-n {} route add blackhole {}/32", self.namespace, other.ip));
    }

    /// Undoes [`Host::cut_from`].
    pub fn join_to(&self, other: &Host) {
        ip(&format!("-n {} route del blackhole {}/32", self.namespace, other.ip));
    }

    /// A further link between two hosts with addresses of its own, which are returned, this host's first.
    /// Each of its packets is carried in a UDP datagram to `port` of `via`, which is to pass it on.
    pub fn tunnel_to(&self, other: &Host, via: &Host, port: u16) -> [Ipv4Addr; 2] {
        let (name, id) = (format!("t{port}"), port);
        let subnet = self.ip.octets()[3].wrapping_add(other.ip.octets()[3]);
        let ends = [(self, Ipv4Addr::new(10, 78, subnet, 1)), (other, Ipv4Addr::new(10, 78, subnet, 2))];
        for (host, address) in ends {
            let (namespace, local, remote) = (&host.namespace, host.ip, via.ip);
            let ends = format!("local {local} remote {remote} dstport {port}");
            ip(&format!("-n {namespace} link add {name} type vxlan id {id} {ends} nolearning"));
            ip(&format!("-n {namespace} addr add {address}/24 dev {name}"));
            // One segment at a time: a bundle of them is not split before it reaches a program.
            ip(&format!("-n {namespace} link set {name} gso_max_segs 1 up"));
        }
        ends.map(|(_, address)| address)
    }
}

/// Runs `ip` with the words of `arguments`.
fn ip(arguments: &str) {
    let output = Command::new("ip").args(arguments.split(' ')).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "ip {arguments}: {said}");
}
