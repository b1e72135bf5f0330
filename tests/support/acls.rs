//! Access rules of a cluster: who may do what.
//!
//! rdkafka has no safe call for them, and the tools that have one are not in the jars. So this file, and no other, calls
//! librdkafka's own functions; it is never part of the product.
#![allow(unsafe_code)]

use std::ffi::{CStr, CString};
use std::ptr;

use copydesk::kafka::client::Connection;
use rdkafka::bindings::{
    RD_KAFKA_EVENT_CREATEACLS_RESULT, rd_kafka_AclBinding_destroy, rd_kafka_AclBinding_new, rd_kafka_AclOperation_t as Op,
    rd_kafka_AclPermissionType_t as Permission, rd_kafka_CreateAcls, rd_kafka_CreateAcls_result_acls, rd_kafka_ResourcePatternType_t as Pattern,
    rd_kafka_ResourceType_t as Kind, rd_kafka_acl_result_error, rd_kafka_error_string, rd_kafka_event_CreateAcls_result, rd_kafka_event_destroy,
    rd_kafka_event_error_string, rd_kafka_event_type, rd_kafka_queue_destroy, rd_kafka_queue_new, rd_kafka_queue_poll,
};
use rdkafka::consumer::{BaseConsumer, Consumer};

/// Something with a name that is guarded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Resource {
    /// A topic.
    Topic,
    /// A consumer group.
    Group,
    /// A transactional id.
    TransactionalId,
}

/// What may be done with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    /// Read, and be told of.
    Read,
    /// Write, and be told of.
    Write,
    /// Make.
    Create,
    /// Be told of.
    Describe,
    /// Read its settings.
    DescribeConfigs,
}

/// Allows `user` these operations on the resources with exactly these names. `admin` is a connection that may do so.
pub fn allow(admin: &Connection, user: &str, rules: &[(Resource, &str, Operation)]) {
    let client: BaseConsumer = admin.config("acls").create().expect("good settings");
    let principal = CString::new(format!("User:{user}")).expect("no zero");
    let names: Vec<CString> = rules.iter().map(|(_, name, _)| CString::new(*name).expect("no zero")).collect();
    let any_host = c"*";
    // SAFETY: the pointers come from librdkafka or from values that outlive the calls; each object is checked against null where the
    // function may give one, used on this thread only, and destroyed once, the client after all of them.
    unsafe {
        let mut bindings = Vec::with_capacity(rules.len());
        for ((resource, _, operation), name) in rules.iter().zip(&names) {
            let mut words = [0; 256];
            let binding = rd_kafka_AclBinding_new(
                kind(*resource),
                name.as_ptr(),
                Pattern::RD_KAFKA_RESOURCE_PATTERN_LITERAL,
                principal.as_ptr(),
                any_host.as_ptr(),
                op(*operation),
                Permission::RD_KAFKA_ACL_PERMISSION_TYPE_ALLOW,
                words.as_mut_ptr(),
                words.len(),
            );
            assert!(!binding.is_null(), "bad rule: {}", CStr::from_ptr(words.as_ptr()).to_string_lossy());
            bindings.push(binding);
        }
        let queue = rd_kafka_queue_new(client.client().native_ptr());
        rd_kafka_CreateAcls(client.client().native_ptr(), bindings.as_mut_ptr(), bindings.len(), ptr::null(), queue);
        let event = rd_kafka_queue_poll(queue, 60_000);
        assert!(!event.is_null(), "no answer to the access rules");
        let expected = rd_kafka_event_type(event) == RD_KAFKA_EVENT_CREATEACLS_RESULT;
        assert!(expected, "{}", CStr::from_ptr(rd_kafka_event_error_string(event)).to_string_lossy());
        let answer = rd_kafka_event_CreateAcls_result(event);
        let mut count = 0;
        let results = rd_kafka_CreateAcls_result_acls(answer, &mut count);
        assert_eq!(count, rules.len(), "{}", CStr::from_ptr(rd_kafka_event_error_string(event)).to_string_lossy());
        for (index, rule) in rules.iter().enumerate() {
            let error = rd_kafka_acl_result_error(*results.add(index));
            assert!(error.is_null(), "{rule:?}: {}", CStr::from_ptr(rd_kafka_error_string(error)).to_string_lossy());
        }
        rd_kafka_event_destroy(event);
        rd_kafka_queue_destroy(queue);
        for binding in bindings {
            rd_kafka_AclBinding_destroy(binding);
        }
    }
}

fn kind(resource: Resource) -> Kind {
    match resource {
        Resource::Topic => Kind::RD_KAFKA_RESOURCE_TOPIC,
        Resource::Group => Kind::RD_KAFKA_RESOURCE_GROUP,
        Resource::TransactionalId => Kind::RD_KAFKA_RESOURCE_TRANSACTIONAL_ID,
    }
}

fn op(operation: Operation) -> Op {
    match operation {
        Operation::Read => Op::RD_KAFKA_ACL_OPERATION_READ,
        Operation::Write => Op::RD_KAFKA_ACL_OPERATION_WRITE,
        Operation::Create => Op::RD_KAFKA_ACL_OPERATION_CREATE,
        Operation::Describe => Op::RD_KAFKA_ACL_OPERATION_DESCRIBE,
        Operation::DescribeConfigs => Op::RD_KAFKA_ACL_OPERATION_DESCRIBE_CONFIGS,
    }
}
