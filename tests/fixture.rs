//! Tests of the test fixture itself, and of topics and audit, on real brokers.

mod support;

use support::shared_cluster;

#[test]
fn a_broker_starts() {
    let started = std::time::Instant::now();
    let cluster = shared_cluster();
    println!("{:?} {}", started.elapsed(), cluster.bootstrap());
}
