//! The ring: every node at many points, and a key belongs to the first point at or after its own.

use super::hash::{hash, point};

/// How many points a node has for each unit of its weight. Shares deviate by 1 / sqrt(points), about 8 %.
const POINTS: u32 = 150;

/// Points in order, in two columns: a search looks at positions only, and eight of them fit a cache line.
#[derive(Default)]
pub(crate) struct Ring {
    positions: Vec<u64>,
    /// The node at each, by number.
    numbers: Vec<u32>,
}

impl Ring {
    /// Adds the points of a node. `names` are those of all nodes, by number.
    pub(crate) fn add(&mut self, number: u32, weight: u32, names: &[String]) {
        let name = &names[number as usize];
        let seed = hash(name.as_bytes());
        // Points depend on the name alone, so a greater weight only adds to those of a smaller one.
        let mut new: Vec<u64> = (0..POINTS * weight).map(|index| point(seed, index)).collect();
        new.sort_unstable();

        // Where two nodes meet in one point, the lesser name comes first: whoever was added first must not matter.
        let (mut positions, mut numbers) = (Vec::new(), Vec::new());
        positions.reserve_exact(self.positions.len() + new.len());
        numbers.reserve_exact(self.numbers.len() + new.len());
        let mut new = new.into_iter().peekable();
        for (&position, &other) in self.positions.iter().zip(&self.numbers) {
            let comes_first = |mine: &u64| (*mine, name) < (position, &names[other as usize]);
            while let Some(mine) = new.next_if(comes_first) {
                positions.push(mine);
                numbers.push(number);
            }
            positions.push(position);
            numbers.push(other);
        }
        numbers.resize(numbers.len() + new.len(), number);
        positions.extend(new);
        (self.positions, self.numbers) = (positions, numbers);
    }

    /// Removes all points of a node.
    pub(crate) fn remove(&mut self, number: u32) {
        let mut others = self.numbers.iter().map(|&other| other != number);
        self.positions.retain(|_| others.next().unwrap_or(false));
        self.numbers.retain(|&other| other != number);
    }

    /// The node that a key belongs to.
    pub(crate) fn first(&self, key: &[u8]) -> Option<u32> {
        // Behind the last point comes the first again.
        self.numbers.get(self.start(key)).or(self.numbers.first()).copied()
    }

    /// All nodes, each where it is met first on the way around from the key. There are `nodes` of them, with numbers below
    /// `numbers`.
    pub(crate) fn order(&self, key: &[u8], numbers: usize, nodes: usize) -> impl Iterator<Item = u32> {
        let start = self.start(key);
        let around = self.numbers[start..].iter().chain(&self.numbers[..start]).copied();
        let mut met = vec![false; numbers];
        around.filter(move |&number| !std::mem::replace(&mut met[number as usize], true)).take(nodes)
    }

    /// The position in the columns from which a key's way begins.
    fn start(&self, key: &[u8]) -> usize {
        let position = hash(key);
        self.positions.partition_point(|&point| point < position)
    }
}
