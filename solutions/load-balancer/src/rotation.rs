//! One after the other: whose turn it is.

/// Whose turn it is, among backends by their positions.
pub(super) struct Rotation {
    /// Who is asked first whether it is their turn.
    next: usize,
    /// What each is owed, in thousandths of a request and times the weight of all.
    credits: Vec<i64>,
}

impl Rotation {
    pub(super) fn new(backends: usize) -> Rotation {
        Rotation { next: 0, credits: vec![0; backends] }
    }

    /// The first candidate from the one whose turn it is, in a circle. They are in order.
    pub(super) fn next(&mut self, candidates: &[usize]) -> usize {
        let later = candidates.iter().find(|position| **position >= self.next);
        let chosen = *later.unwrap_or(&candidates[0]);
        self.next = chosen + 1;
        chosen
    }

    /// Smooth weighted round robin, as nginx has it: each is owed its weight more, who is owed most has the turn, and pays for it what
    /// all together were given.
    pub(super) fn next_by_weight(&mut self, candidates: &[usize], weights: &[i64]) -> usize {
        let mut chosen = candidates[0];
        for (&position, weight) in candidates.iter().zip(weights) {
            self.credits[position] += weight;
            if self.credits[position] > self.credits[chosen] {
                chosen = position;
            }
        }
        self.credits[chosen] -= weights.iter().sum::<i64>();
        chosen
    }

    /// Who comes back is owed nothing.
    pub(super) fn forget(&mut self, position: usize) {
        self.credits[position] = 0;
    }
}
