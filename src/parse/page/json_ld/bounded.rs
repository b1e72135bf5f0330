//! JSON values within a budget: a value in memory takes up to a hundred times the bytes that it takes on the page, so values are counted
//! while they are read, and what goes beyond is passed over. Values that were read before stay.

use std::cell::Cell;
use std::fmt;

use serde::de::{Deserialize, DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

/// How many values may still be read.
#[derive(Debug)]
pub(in crate::parse) struct Budget {
    left: Cell<usize>,
    is_cut: Cell<bool>,
}

impl Budget {
    pub(in crate::parse) fn new(values: usize) -> Budget {
        Budget { left: Cell::new(values), is_cut: Cell::new(false) }
    }

    /// What is left of it.
    pub(in crate::parse) fn left(&self) -> usize {
        self.left.get()
    }

    /// Values were passed over.
    pub(in crate::parse) fn is_cut(&self) -> bool {
        self.is_cut.get()
    }

    /// Reads the next value of a text.
    pub(in crate::parse) fn read<'de, D: Deserializer<'de>>(&self, deserializer: D) -> Result<Value, D::Error> {
        Reader(self).deserialize(deserializer)
    }

    /// Takes one; `false` where there is none.
    fn take(&self) -> bool {
        match self.left.get().checked_sub(1) {
            Some(left) => self.left.set(left),
            None => self.is_cut.set(true),
        }
        !self.is_cut()
    }
}

/// Reads one value.
#[derive(Clone, Copy)]
struct Reader<'b>(&'b Budget);

impl<'de> DeserializeSeed<'de> for Reader<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        if self.0.take() { deserializer.deserialize_any(self) } else { IgnoredAny::deserialize(deserializer).map(|_| Value::Null) }
    }
}

impl<'de> Visitor<'de> for Reader<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(Number::from_f64(value).map_or(Value::Null, Value::Number))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(Value::String(value))
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut read = Vec::new();
        while !self.0.is_cut() {
            match items.next_element_seed(self)? {
                Some(item) => read.push(item),
                None => return Ok(Value::Array(read)),
            }
        }
        while items.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Value::Array(read))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let mut read = Map::new();
        while !self.0.is_cut() {
            match entries.next_key::<String>()? {
                Some(key) => read.insert(key, entries.next_value_seed(self)?),
                None => return Ok(Value::Object(read)),
            };
        }
        while entries.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Value::Object(read))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(text: &str, values: usize) -> (Option<Value>, Budget) {
        let budget = Budget::new(values);
        let value = budget.read(&mut serde_json::Deserializer::from_str(text)).ok();
        (value, budget)
    }

    #[test]
    fn what_goes_beyond_is_passed_over() {
        let (value, budget) = read(r#"{"a":[1,{"b":2},3],"c":"d"}"#, 4);
        assert_eq!(value.unwrap().to_string(), r#"{"a":[1,{"b":null}]}"#);
        assert!(budget.is_cut() && budget.left() == 0);
        // What follows must be JSON all the same.
        assert_eq!(read("[1,2,", 1).0, None);
        let deep = format!("{}1{}", "[".repeat(100_000), "]".repeat(100_000));
        assert_eq!(read(&deep, 1000).0, None);
    }

    proptest! {
        #[test]
        fn within_the_budget_it_is_what_serde_json_reads(text in r#"[\[\]{},:"a0-9.eE\\ tfn-]{0,40}|(\{"[ab]":(\[1,-2.5e3,"x\\n",null,true\]|\{"c":\[\]\})(,"[ab]":"é")?\})"#) {
            let (value, budget) = read(&text, 1000);
            let plain: Option<Value> = serde_json::Deserializer::from_str(&text).into_iter().next().and_then(Result::ok);
            prop_assert!(!budget.is_cut());
            if let Some(plain) = plain {
                prop_assert_eq!(value, Some(plain));
            }
        }
    }
}
