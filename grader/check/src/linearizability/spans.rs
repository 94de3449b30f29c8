//! When an object was in which state, over all attempts to order its operations.

/// When an object was in which state. For each state, positions between which it was met; it need not have lasted all the time.
#[derive(Clone, Debug, Default)]
pub(super) struct Spans(Vec<Option<Span>>);

#[derive(Clone, Copy, Debug)]
struct Span {
    first: u32,
    last: u32,
}

impl Spans {
    /// Notes that the first return not done moved from position `from` to `to`, and left the object in `state`.
    pub(super) fn note(&mut self, state: u32, from: u32, to: u32) {
        let index = state as usize;
        if index >= self.0.len() {
            self.0.resize(index + 1, None);
        }
        let span = self.0[index].get_or_insert(Span { first: from, last: to });
        span.first = span.first.min(from);
        span.last = span.last.max(to);
    }

    /// The states in which the object may have been once everything that returned before `position` was done, and those it was
    /// in at other times, the nearest first, up to `count` states.
    pub(super) fn around(&self, position: u32, count: usize) -> Vec<u32> {
        let distance = |span: Span| match () {
            () if position <= span.first => 1 + span.first - position,
            () if span.last < position => position - span.last,
            () => 0,
        };
        let met = (0..).zip(&self.0).filter_map(|(state, span)| Some((distance((*span)?), state)));
        let mut states: Vec<(u32, u32)> = met.collect();
        states.sort_unstable();
        let certain = states.partition_point(|&(distance, _)| distance == 0);
        states.truncate(count.max(certain));
        states.into_iter().map(|(_, state)| state).collect()
    }
}
