//! The headers of a record as bytes. Kafka's protocol does not say that a header's name is UTF-8; the binding panics where it reads one that is
//! not, and can't write it.
//!
//! With `tokens/first` the only unsafe code: it asks librdkafka itself. It must never keep a pointer longer than the message or the headers live.

#![expect(unsafe_code, reason = "the binding has no way to a header's name that is no UTF-8")]

use std::ffi::{CStr, c_char, c_void};
use std::ptr;

use rdkafka::bindings::{rd_kafka_header_add, rd_kafka_header_get_all, rd_kafka_headers_t, rd_kafka_resp_err_t};
use rdkafka::message::{BorrowedHeaders, BorrowedMessage, Headers, Message, OwnedHeaders};

/// The names and values of all headers, in their order. A name ends at its first NUL, as librdkafka hands it out.
pub fn all<'a>(message: &'a BorrowedMessage<'_>) -> impl Iterator<Item = (&'a [u8], Option<&'a [u8]>)> {
    let headers = message.headers();
    let count = headers.map_or(0, Headers::count);
    headers.into_iter().flat_map(move |headers| (0..count).map_while(move |place| at(headers, place)))
}

/// These names and values as the headers of a record that goes out.
pub fn owned<'a>(headers: impl ExactSizeIterator<Item = (&'a [u8], Option<&'a [u8]>)>) -> OwnedHeaders {
    let made = OwnedHeaders::new_with_capacity(headers.len());
    for (name, value) in headers {
        let (bytes, size) = value.map_or((ptr::null(), 0), |value| (value.as_ptr().cast::<c_void>(), value.len()));
        // SAFETY: `made` owns the headers, nothing else has them yet, and `native` leads to them (see `native`). Name and value are copied before
        // the call returns, and a size is given with each, so that no NUL need end them. The sizes of slices fit in an `isize`.
        unsafe {
            rd_kafka_header_add(native(made.as_borrowed()).cast_mut(), name.as_ptr().cast::<c_char>(), name.len() as isize, bytes, size as isize);
        }
    }
    made
}

fn at(headers: &BorrowedHeaders, place: usize) -> Option<(&[u8], Option<&[u8]>)> {
    let (mut name, mut value, mut size): (*const c_char, *const c_void, usize) = (ptr::null(), ptr::null(), 0);
    // SAFETY: `native` leads to the headers that `headers` is a reference to. On success the name is a C string and the value, where it is not null,
    // has `size` bytes, both within the headers, which live as long as the reference.
    unsafe {
        if rd_kafka_header_get_all(native(headers), place, &mut name, &mut value, &mut size) != rd_kafka_resp_err_t::RD_KAFKA_RESP_ERR_NO_ERROR {
            return None;
        }
        let value = (!value.is_null()).then(|| std::slice::from_raw_parts(value.cast::<u8>(), size));
        Some((CStr::from_ptr(name).to_bytes(), value))
    }
}

/// librdkafka's own headers: a `BorrowedHeaders` is a name for them, made by a cast of the pointer (rdkafka: `BorrowedHeaders::from_native_ptr`).
fn native(headers: &BorrowedHeaders) -> *const rd_kafka_headers_t {
    ptr::from_ref(headers).cast()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_values_of_any_bytes_are_kept() {
        let given: [(&[u8], Option<&[u8]>); 5] =
            [(b"url", Some(b"https://a.example/")), (b"\xff\xfe", Some(b"x")), (b"", None), (b"empty", Some(b"")), (b"nul", Some(b"a\0b"))];
        let made = owned(given.into_iter());
        let read: Vec<_> = (0..made.count()).filter_map(|place| at(made.as_borrowed(), place)).collect();
        assert_eq!(read, given);
        assert_eq!(at(made.as_borrowed(), 5), None);
    }
}
