//! What pays for further tries.

/// Further tries that are paid for, in hundredths.
pub(super) struct Purse {
    holds: u32,
    most: u32,
    percent: u32,
}

/// What one try costs.
const TRY: u32 = 100;

impl Purse {
    pub(super) fn new(tries: u32, percent: u32) -> Purse {
        let most = tries.saturating_mul(TRY);
        Purse { holds: most, most, percent }
    }

    /// A request has come.
    pub(super) fn earn(&mut self) {
        self.holds = self.holds.saturating_add(self.percent).min(self.most);
    }

    /// Takes one try out, if there is one.
    pub(super) fn pay(&mut self) -> bool {
        let is_paid = self.holds >= TRY;
        if is_paid {
            self.holds -= TRY;
        }
        is_paid
    }
}
