//! The headers of a record as bytes. Kafka's protocol does not say that a header's name is UTF-8, and the binding panics at one that is not.
//!
//! The one place with unsafe code: it asks librdkafka itself. It must never keep a pointer longer than the message lives.

#![expect(unsafe_code, reason = "the binding has no way to read a header's name that is no UTF-8")]

use std::ffi::{CStr, c_char, c_void};
use std::ptr;

use rdkafka::bindings::{rd_kafka_header_get_all, rd_kafka_headers_t, rd_kafka_resp_err_t};
use rdkafka::message::{BorrowedHeaders, BorrowedMessage, Headers, Message};

/// The names and values of all headers, in their order. A name ends at its first NUL, as librdkafka hands it out.
pub(super) fn all<'a>(message: &'a BorrowedMessage<'_>) -> impl Iterator<Item = (&'a [u8], Option<&'a [u8]>)> {
    let headers = message.headers();
    let count = headers.map_or(0, Headers::count);
    headers.into_iter().flat_map(move |headers| (0..count).map_while(move |place| at(headers, place)))
}

fn at(headers: &BorrowedHeaders, place: usize) -> Option<(&[u8], Option<&[u8]>)> {
    let (mut name, mut value, mut size): (*const c_char, *const c_void, usize) = (ptr::null(), ptr::null(), 0);
    // SAFETY: a `BorrowedHeaders` is never made but as a reference to librdkafka's own headers (rdkafka: `BorrowedHeaders::from_native_ptr`), which
    // live as long as their message. On success the name is a C string and the value, where it is not null, has `size` bytes, both within the headers.
    unsafe {
        let native = ptr::from_ref(headers).cast::<rd_kafka_headers_t>();
        if rd_kafka_header_get_all(native, place, &mut name, &mut value, &mut size) != rd_kafka_resp_err_t::RD_KAFKA_RESP_ERR_NO_ERROR {
            return None;
        }
        let value = (!value.is_null()).then(|| std::slice::from_raw_parts(value.cast::<u8>(), size));
        Some((CStr::from_ptr(name).to_bytes(), value))
    }
}
