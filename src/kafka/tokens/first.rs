//! The first token of a client. A client asks for one by an event that somebody must poll for, while nothing can be asked of the brokers; the binding's
//! admin client polls for none.
//!
//! With `headers` the only unsafe code: it asks librdkafka itself.

#![expect(unsafe_code, reason = "the binding has no way to give a client a token that it did not ask for")]

use std::ffi::{CString, c_char};
use std::ptr;

use rdkafka::bindings::{rd_kafka_oauthbearer_set_token, rd_kafka_resp_err_t};
use rdkafka::client::{Client, ClientContext};

/// Sets it. `expires` is in milliseconds since 1970. The error is the library's sentence.
pub fn set<C: ClientContext>(client: &Client<C>, token: &str, principal: &str, expires: i64) -> Result<(), String> {
    let token = CString::new(token).map_err(|_| "the token has a NUL".to_owned())?;
    let principal = CString::new(principal).map_err(|_| "the token's subject has a NUL".to_owned())?;
    let mut reason = [0u8; 512];
    // SAFETY: the client lives as long as the reference to it, the two C strings until the call returns, which copies them; there are no extensions,
    // and `reason` has the size that is given with it.
    let code = unsafe {
        rd_kafka_oauthbearer_set_token(
            client.native_ptr(),
            token.as_ptr(),
            expires,
            principal.as_ptr(),
            ptr::null_mut(),
            0,
            reason.as_mut_ptr().cast::<c_char>(),
            reason.len(),
        )
    };
    if code == rd_kafka_resp_err_t::RD_KAFKA_RESP_ERR_NO_ERROR {
        return Ok(());
    }
    let end = reason.iter().position(|byte| *byte == 0).unwrap_or(reason.len());
    Err(format!("the Kafka client refuses the token: {}", String::from_utf8_lossy(&reason[..end])))
}
