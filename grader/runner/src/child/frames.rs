//! The frames of [`kata_ports::wire`] as the runner reads and writes them: without copies on the way out, and with a
//! bound on the way in.

use kata_ports::wire::{Act, Delivery, Role};
use serde::de::{self, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use std::fmt;

/// More acts than any honest step has. A frame of 16 MiB could hold 16 million empty ones, which would take up
/// gigabytes here.
const ACTS_MAX: usize = 1 << 18;

/// [`kata_ports::wire::ToChild`], borrowed.
#[derive(Serialize)]
pub(super) enum ToChild<'a> {
    Begin,
    Deliver(&'a Delivery),
    End,
}

/// [`kata_ports::wire::FromChild`], bounded.
#[derive(Deserialize)]
pub(super) enum FromChild {
    Hello { protocol: u32, roles: Vec<Role> },
    Report(Acts),
}

/// At most [`ACTS_MAX`] acts.
pub(super) struct Acts(pub(super) Vec<Act>);

impl<'de> Deserialize<'de> for Acts {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Acts, D::Error> {
        deserializer.deserialize_seq(ActsVisitor)
    }
}

struct ActsVisitor;

impl<'de> Visitor<'de> for ActsVisitor {
    type Value = Acts;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "at most {ACTS_MAX} acts")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<Acts, A::Error> {
        let mut acts = Vec::new();
        while let Some(act) = sequence.next_element()? {
            if acts.len() == ACTS_MAX {
                return Err(de::Error::custom("too many acts"));
            }
            acts.push(act);
        }
        Ok(Acts(acts))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kata_ports::wire::{self, Event};
    use kata_ports::{NodeId, Time};

    #[test]
    fn writes_what_the_wire_says() {
        let delivery =
            Delivery { node: NodeId(2), now: Time::from_secs(5), event: Event::Wake { timer: 300 } };
        let frames = [
            (wire::ToChild::Begin, ToChild::Begin),
            (wire::ToChild::Deliver(delivery.clone()), ToChild::Deliver(&delivery)),
            (wire::ToChild::End, ToChild::End),
        ];
        for (theirs, ours) in frames {
            assert_eq!(wire::encode(&theirs, Vec::new()), wire::encode(&ours, Vec::new()));
        }
    }

    #[test]
    fn reads_what_the_wire_says() {
        let roles = vec![Role { contract: "Counter".to_owned(), hash: 9 }];
        let hello = wire::encode(&wire::FromChild::Hello { protocol: 1, roles: roles.clone() }, Vec::new());
        assert!(
            matches!(wire::decode(&hello), Ok(FromChild::Hello { protocol: 1, roles: read }) if read == roles)
        );
        let acts = vec![Act::BackgroundEnded, Act::Cancel { timer: 4 }];
        let report = wire::encode(&wire::FromChild::Report(acts.clone()), Vec::new());
        assert!(matches!(wire::decode(&report), Ok(FromChild::Report(Acts(read))) if read == acts));
    }

    #[test]
    fn refuses_more_acts_than_anyone_has() {
        let report = wire::FromChild::Report(vec![Act::BackgroundEnded; ACTS_MAX + 1]);
        assert!(wire::decode::<FromChild>(&wire::encode(&report, Vec::new())).is_err());
    }
}
