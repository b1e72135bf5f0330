//! Which broker coordinates the transactions of a name.
//!
//! Neither the client library nor the tools ask for it, so it is asked for by the protocol itself: one FindCoordinator request.
//! Source: the Kafka protocol guide, FindCoordinator version 1.

use std::io::{Read, Write};
use std::net::TcpStream;

use copydesk::kafka::client::Connection;

/// The id of the broker that coordinates this transactional id.
pub fn of_transactions(connection: &Connection, transactional_id: &str) -> usize {
    let address = connection.bootstrap.split(',').next().expect("an address");
    let mut stream = TcpStream::connect(address).expect("a broker answers");
    let mut request = Vec::new();
    request.extend(10i16.to_be_bytes());
    request.extend(1i16.to_be_bytes());
    request.extend(7i32.to_be_bytes());
    string(&mut request, "test");
    string(&mut request, transactional_id);
    // 1: transactions.
    request.push(1);
    let mut framed = i32::try_from(request.len()).expect("short").to_be_bytes().to_vec();
    framed.extend(request);
    stream.write_all(&framed).expect("written");
    let mut length = [0; 4];
    stream.read_exact(&mut length).expect("an answer");
    let mut answer = vec![0; usize::try_from(i32::from_be_bytes(length)).expect("a length")];
    stream.read_exact(&mut answer).expect("an answer");
    // Correlation id, throttle time, error code, error message, node id.
    let error = i16::from_be_bytes([answer[8], answer[9]]);
    assert_eq!(error, 0, "no coordinator");
    let message = i16::from_be_bytes([answer[10], answer[11]]);
    let at = 12 + usize::try_from(message).unwrap_or(0);
    let node = i32::from_be_bytes([answer[at], answer[at + 1], answer[at + 2], answer[at + 3]]);
    usize::try_from(node).expect("a broker's id")
}

fn string(request: &mut Vec<u8>, text: &str) {
    request.extend(i16::try_from(text.len()).expect("short").to_be_bytes());
    request.extend(text.as_bytes());
}
