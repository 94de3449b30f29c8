//! The wire shape of types, from which a contract's hash is made.
//!
//! Two builds of a contract agree on the wire exactly if their shapes are equal; docs and code bodies do
//! not matter. [`macro@crate::data`] and [`macro@crate::error`] implement [`Shape`] for a contract's own types.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// A type whose wire shape can be told.
pub trait Shape {
    /// The type's name in shapes. Types of one contract with equal names must be the same type.
    fn name() -> String;

    /// Adds the type's definition, and those of the types it is made of, unless they are there already.
    fn define(shapes: &mut Shapes);
}

/// Definitions by type name.
#[derive(Debug, Default)]
pub struct Shapes(BTreeMap<String, String>);

impl Shapes {
    /// Adds `T` and what it is made of.
    pub fn add<T: Shape>(&mut self) {
        T::define(self);
    }

    /// Adds the definition of a struct or enum, once; `parts` then adds what it is made of.
    pub fn define(&mut self, name: &str, definition: String, parts: impl FnOnce(&mut Shapes)) {
        if self.0.insert(name.to_owned(), definition).is_none() {
            parts(self);
        }
    }

    /// A hash over `signature` and all definitions. FNV-1a, 64 bits.
    pub fn hash(&self, signature: &str) -> u64 {
        let definitions = self.0.iter().map(|(name, definition)| format!(";{name}={definition}"));
        std::iter::once(signature.to_owned())
            .chain(definitions)
            .flat_map(String::into_bytes)
            .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
    }
}

macro_rules! primitive {
    ($($type:ty => $name:literal),* $(,)?) => {$(
        impl Shape for $type {
            fn name() -> String {
                $name.to_owned()
            }

            fn define(_shapes: &mut Shapes) {}
        }
    )*};
}

primitive! {
    () => "()", bool => "bool", char => "char", String => "str",
    u8 => "u8", u16 => "u16", u32 => "u32", u64 => "u64", u128 => "u128", usize => "u64",
    i8 => "i8", i16 => "i16", i32 => "i32", i64 => "i64", i128 => "i128", isize => "i64",
    f32 => "f32", f64 => "f64", Duration => "duration", kata_ports::Time => "time",
    crate::Failure => "failure",
}

macro_rules! generic {
    ($($type:ident<$($parameter:ident),+> => $format:literal),* $(,)?) => {$(
        impl<$($parameter: Shape),+> Shape for $type<$($parameter),+> {
            fn name() -> String {
                format!($format, $($parameter::name()),+)
            }

            fn define(shapes: &mut Shapes) {
                $(shapes.add::<$parameter>();)+
            }
        }
    )*};
}

generic! {
    Option<T> => "option<{}>", Vec<T> => "seq<{}>", BTreeSet<T> => "seq<{}>",
    BTreeMap<K, V> => "map<{},{}>", Result<T, E> => "result<{},{}>",
}

macro_rules! tuple {
    ($(($($parameter:ident),+)),* $(,)?) => {$(
        impl<$($parameter: Shape),+> Shape for ($($parameter,)+) {
            fn name() -> String {
                format!("({})", [$($parameter::name()),+].join(","))
            }

            fn define(shapes: &mut Shapes) {
                $(shapes.add::<$parameter>();)+
            }
        }
    )*};
}

tuple! { (A), (A, B), (A, B, C), (A, B, C, D) }
