//! The schemas of the contract, to hold values against. That the files in `schema/` are these, a test of `cli/schema.rs` says.

// Each test file uses a part of it.
#![allow(dead_code)]

use std::sync::LazyLock;

use copydesk::article::schema;
use jsonschema::Validator;
use serde_json::Value;

pub static EVENT: LazyLock<Validator> = LazyLock::new(|| jsonschema::validator_for(&schema::event(false)).expect("a schema"));
pub static INPUT: LazyLock<Validator> = LazyLock::new(|| jsonschema::validator_for(&schema::input()).expect("a schema"));

/// Panics with what of an event does not fit its schema.
pub fn check_event(name: &str, event: &Value) {
    let errors: Vec<String> = EVENT.iter_errors(event).map(|e| format!("{e:.200} at {}", e.instance_path())).collect();
    assert!(errors.is_empty(), "{name}: {errors:?}");
}
