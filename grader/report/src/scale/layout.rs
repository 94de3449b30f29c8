//! Where the parts of a design stand: a column of clients, one of nodes, one of whatever nodes ask, each sorted by name.
//!
//! What was asked is a row of the box that was asked; its arrow ends there. So no label stands on a line, and none can meet
//! another. All in pixels, from the top left.

use kata_check::Measured;
use kata_check::measured::{Arrow, Place};
use std::collections::BTreeMap;

/// The width of a drawing.
pub(crate) const WIDTH: f64 = 580.0;
/// Of each column: where it begins, and how wide it is.
const COLUMNS: [(f64, f64); 3] = [(0.0, 58.0), (84.0, 226.0), (346.0, 234.0)];
/// How high a box is without rows, and a row of each kind.
const HEAD: f64 = 24.0;
const ROW: f64 = 18.0;
const TROUBLE: f64 = 14.0;
const STRIP: f64 = 20.0;
/// Below the last row of a box, and between boxes.
const FOOT: f64 = 5.0;
const GAP: f64 = 14.0;

/// What stands in which column.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    /// Whoever calls.
    Clients,
    /// The submission.
    Nodes,
    /// Whoever nodes ask.
    Store,
}

/// A whole drawing.
#[derive(Debug)]
pub(crate) struct Layout<'a> {
    pub(crate) height: f64,
    pub(crate) parties: Vec<Party<'a>>,
    pub(crate) flows: Vec<Flow<'a>>,
}

/// A box: somebody who asks or is asked.
#[derive(Debug)]
pub(crate) struct Party<'a> {
    pub(crate) name: &'a str,
    pub(crate) kind: Kind,
    /// How many parts of it were busy; 0 if it has none.
    pub(crate) parts: u64,
    pub(crate) x: f64,
    pub(crate) y: f64,
    pub(crate) width: f64,
    pub(crate) height: f64,
    /// What it was asked, with the middle of each row.
    pub(crate) rows: Vec<(&'a Arrow, f64)>,
    /// How busy its parts were, with the top of each strip.
    pub(crate) strips: Vec<(Vec<&'a Place>, f64)>,
}

/// An arrow from one box to a row of another.
#[derive(Debug)]
pub(crate) struct Flow<'a> {
    pub(crate) arrow: &'a Arrow,
    pub(crate) from: (f64, f64),
    pub(crate) to: (f64, f64),
}

/// The drawing of a design as its traffic shows it.
pub(crate) fn layout(measured: &Measured) -> Layout<'_> {
    let mut columns: BTreeMap<Kind, BTreeMap<&str, Party<'_>>> = BTreeMap::new();
    let named = measured.arrows.iter().flat_map(|arrow| [arrow.from.as_str(), arrow.to.as_str()]);
    for name in named.chain(measured.places.iter().map(party_of)) {
        let party = Party::new(name, measured);
        columns.entry(party.kind).or_default().entry(name).or_insert(party);
    }
    let height_of = |column: &BTreeMap<&str, Party<'_>>| {
        column.values().map(|party| party.height + GAP).sum::<f64>() - GAP
    };
    let height = columns.values().map(height_of).fold(0.0, f64::max);
    let mut parties = Vec::new();
    for column in columns.into_values() {
        let mut top = (height - height_of(&column)) / 2.0;
        for mut party in column.into_values() {
            party.move_down(top);
            top += party.height + GAP;
            parties.push(party);
        }
    }
    let flows = flows(&parties);
    // Half a pixel on each side, so that lines on the edge are whole.
    Layout { height: height + 1.0, parties, flows }
}

/// The box that a place is part of.
fn party_of(place: &Place) -> &str {
    if place.what == CORE { NODES } else { &place.store }
}

const CLIENTS: &str = "clients";
const NODES: &str = "nodes";
const CORE: &str = "core";

impl<'a> Party<'a> {
    fn new(name: &'a str, measured: &'a Measured) -> Party<'a> {
        let kind = match name {
            CLIENTS => Kind::Clients,
            NODES => Kind::Nodes,
            _ => Kind::Store,
        };
        let (x, width) = COLUMNS[kind as usize];
        let mut height = HEAD;
        let mut rows = Vec::new();
        for arrow in measured.arrows.iter().filter(|arrow| arrow.to == name) {
            rows.push((arrow, height + ROW / 2.0));
            height += ROW + if arrow.failed > 0 { TROUBLE } else { 0.0 };
        }
        let mut alike: BTreeMap<&str, Vec<&Place>> = BTreeMap::new();
        for place in measured.places.iter().filter(|place| party_of(place) == name) {
            alike.entry(&place.what).or_default().push(place);
        }
        let parts = match kind {
            Kind::Nodes => measured.nodes.into(),
            _ => alike.values().flatten().map(|place| place.of).max().unwrap_or_default(),
        };
        let mut strips = Vec::new();
        for places in alike.into_values() {
            strips.push((places, height));
            height += STRIP;
        }
        let foot = if rows.is_empty() && strips.is_empty() { 0.0 } else { FOOT };
        Party { name, kind, parts, x, y: 0.0, width, height: height + foot, rows, strips }
    }

    fn move_down(&mut self, by: f64) {
        self.y += by;
        self.rows.iter_mut().for_each(|(_, y)| *y += by);
        self.strips.iter_mut().for_each(|(_, y)| *y += by);
    }
}

/// Arrows leave a box evenly, in the order in which they arrive.
fn flows<'a>(parties: &[Party<'a>]) -> Vec<Flow<'a>> {
    let mut flows = Vec::new();
    for from in parties {
        let asked = parties.iter().filter(|to| to.name != from.name).flat_map(|to| {
            let rows = to.rows.iter().filter(|(arrow, _)| arrow.from == from.name);
            rows.map(move |&(arrow, y)| (arrow, to, y))
        });
        let asked: Vec<_> = asked.collect();
        let apart = from.height / (asked.len() + 1) as f64;
        for (position, (arrow, to, y)) in asked.into_iter().enumerate() {
            let start = from.y + apart * (position + 1) as f64;
            let ends =
                if from.kind <= to.kind { (from.x + from.width, to.x) } else { (from.x, to.x + to.width) };
            flows.push(Flow { arrow, from: (ends.0, start), to: (ends.1, y) });
        }
    }
    flows
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures;

    fn check(measured: &Measured) {
        let layout = layout(measured);
        for (at, one) in layout.parties.iter().enumerate() {
            let inside = one.x >= 0.0 && one.x + one.width <= WIDTH;
            assert!(inside && one.y >= 0.0 && one.y + one.height <= layout.height, "{one:?}");
            for other in &layout.parties[at + 1..] {
                let beside = one.x + one.width <= other.x || other.x + other.width <= one.x;
                let above = one.y + one.height <= other.y || other.y + other.height <= one.y;
                assert!(beside || above, "{} meets {}", one.name, other.name);
            }
            for (arrow, y) in &one.rows {
                assert!(*y > one.y && *y < one.y + one.height, "{arrow:?}");
            }
        }
        assert_eq!(layout.flows.len(), measured.arrows.len());
        for flow in &layout.flows {
            assert!(flow.from.0 < flow.to.0, "{flow:?}");
        }
    }

    #[test]
    fn boxes_stand_apart_and_hold_their_rows() {
        check(&fixtures::measured());
        check(&fixtures::overloaded());
        check(&Measured::default());
    }

    #[test]
    fn columns_are_sorted_by_name() {
        let measured = fixtures::measured();
        let layout = layout(&measured);
        let names: Vec<&str> = layout.parties.iter().map(|party| party.name).collect();
        assert_eq!(names, ["clients", "nodes", "cache", "log clicks", "table clicks", "table links"]);
        let parts: Vec<u64> = layout.parties.iter().map(|party| party.parts).collect();
        assert_eq!(parts, [0, 6, 2, 32, 296, 300]);
    }

    #[test]
    fn whoever_calls_back_points_back() {
        let mut measured = fixtures::measured();
        let template = measured.arrows[0].clone();
        measured.arrows.push(Arrow {
            from: "payments".to_owned(),
            to: "nodes".to_owned(),
            verb: "paid".to_owned(),
            ..template
        });
        let layout = layout(&measured);
        let back = layout.flows.iter().find(|flow| flow.arrow.verb == "paid").unwrap();
        assert!(back.from.0 > back.to.0, "{back:?}");
    }
}
