//! How many requests are under way, and how many more a node takes.

/// Requests under way at every node, by its number.
#[derive(Default)]
pub(crate) struct Loads {
    nodes: Vec<Load>,
    requests: u64,
    weight: u64,
}

/// A node's part. A number that nobody has weighs nothing.
#[derive(Clone, Default)]
struct Load {
    requests: u64,
    weight: u64,
}

impl Loads {
    /// Gives a node its weight; it may be new.
    pub(crate) fn set_weight(&mut self, number: u32, weight: u32) {
        let number = number as usize;
        if number >= self.nodes.len() {
            self.nodes.resize(number + 1, Load::default());
        }
        let load = &mut self.nodes[number];
        self.weight = self.weight - load.weight + u64::from(weight);
        load.weight = u64::from(weight);
    }

    /// Forgets a node.
    pub(crate) fn remove(&mut self, number: u32) {
        let load = std::mem::take(&mut self.nodes[number as usize]);
        self.requests -= load.requests;
        self.weight -= load.weight;
    }

    /// Whether a node may begin one more request.
    pub(crate) fn has_room(&self, number: u32, load_percent: u32) -> bool {
        let load = &self.nodes[number as usize];
        let bound = u128::from(load_percent) * u128::from(self.requests + 1) * u128::from(load.weight);
        u128::from(load.requests) < bound.div_ceil(100 * u128::from(self.weight))
    }

    /// Begins a request at a node.
    pub(crate) fn begin(&mut self, number: u32) {
        self.nodes[number as usize].requests += 1;
        self.requests += 1;
    }

    /// Ends one; false if there is none.
    pub(crate) fn end(&mut self, number: u32) -> bool {
        let load = &mut self.nodes[number as usize];
        if load.requests == 0 {
            return false;
        }
        load.requests -= 1;
        self.requests -= 1;
        true
    }
}
