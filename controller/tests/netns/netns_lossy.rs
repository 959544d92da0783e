//! A control link with 200 ms of delay each way, 5 % loss and reordering: the totals are exact.
//!
//! Not by `tc netem`, which many kernels lack, but by a relay of our own under a tunnel, which treats
//! single IP packets the same way.

use std::sync::atomic::Ordering;
use std::time::Duration;

use testkit::runs::chaos;
use testkit::runs::impaired::{Impaired, Impairment};
use testkit::runs::lab::Lab;
use testkit::runs::netns;
use testkit::runs::sandbox::QUICK;
use testkit::runs::{RUN, START, have_or_skip};

const LINK: Impairment =
    Impairment { delay: Duration::from_millis(200), jitter: Duration::from_millis(40), loss: 0.05 };

#[test]
fn delay_loss_and_reordering_on_the_control_link_change_no_count() {
    if have_or_skip(netns::available()).is_none() {
        return;
    }
    let load = ["-u", "30", "-r", "10", "-t", "20s", "--think", "20ms..80ms", "--seed", "9"];
    let mut lab = Lab::start(2, QUICK, &load);
    let mut links = Vec::new();
    for number in 1..=2 {
        let (controller, worker, bridge) =
            (lab.controller_host(), lab.worker_host(number), lab.network.host(0));
        let port = 4790 + number as u16;
        let [address, _] = controller.tunnel_to(worker, bridge, port);
        links.push(Impaired::start(bridge, [controller.ip, worker.ip], port, LINK, number as u64));
        lab.worker(Some(address));
    }
    lab.controller.wait(RUN).expect_code(0);
    for worker in &mut lab.workers {
        worker.wait(START).expect_code(0);
    }
    let results = lab.results();
    chaos::expect_exact(&results, &lab.counts()());
    assert!(chaos::users_by_second(&results).iter().all(|users| *users <= 30));
    for (link, name) in links.iter().zip(["w1", "w2"]) {
        let read = |count: &std::sync::atomic::AtomicU64| count.load(Ordering::Relaxed);
        let (lost, overtook) = (read(&link.fates.lost), read(&link.fates.overtook));
        assert!(lost > 0 && overtook > 0, "the link of {name} was none of a bad one: {:?}", link.fates);
        let row = chaos::worker(&results, name);
        assert_eq!((row["State"].as_str(), row["Lost Spans"].as_str()), ("finished", ""), "{row:?}");
    }
}
