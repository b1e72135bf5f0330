//! Ports that tests in parallel, in this and in other processes, don't take from each other.
//!
//! A port is claimed by a locked file for as long as the claim lives (the system lets go of it if the process dies), and lies below the
//! range from which the system takes the local ports of outgoing connections: such a connection could sit on the port of a
//! broker that is down, and it could not come back.

use std::fs::{File, OpenOptions};
use std::net::TcpListener;
use std::sync::atomic::{AtomicU32, Ordering};

const FIRST: u32 = 15_000;
const COUNT: u32 = 15_000;

/// A port on 127.0.0.1 that is ours while this lives.
pub struct Port {
    /// Its number.
    pub number: u16,
    /// Held for its lock.
    _claim: File,
}

/// Claims a port that nothing listens on.
pub fn claim() -> Port {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let folder = std::env::temp_dir().join("copydesk-test-ports");
    std::fs::create_dir_all(&folder).expect("a folder for the claims of ports");
    // Processes begin at different places, so that they rarely meet.
    let start = std::process::id().wrapping_mul(7919);
    for _ in 0..COUNT {
        let step = NEXT.fetch_add(1, Ordering::Relaxed);
        let number = u16::try_from(FIRST + start.wrapping_add(step) % COUNT).expect("below 30,000");
        let open = OpenOptions::new().create(true).write(true).truncate(false).open(folder.join(number.to_string()));
        let Ok(claim) = open else { continue };
        if claim.try_lock().is_ok() && TcpListener::bind(("127.0.0.1", number)).is_ok() {
            return Port { number, _claim: claim };
        }
    }
    panic!("no free port from {FIRST} to {}", FIRST + COUNT);
}
