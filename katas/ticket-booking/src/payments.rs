//! The payment provider.

/// The payment provider, as providers are: it remembers every key for ever, and each of its methods may be repeated.
///
/// A call may time out before it has its effect or after. A call that timed out may even have its effect seconds later, when
/// everybody has given up on it.
#[kata::gateway]
pub trait Payments {
    /// Takes money from an account, or declines to.
    ///
    /// The same key again, with the same account and amount, takes nothing more and gives the same answer, a decline
    /// included: who wants to try again after a decline takes another key.
    async fn charge(&self, charge: Charge) -> Result<Receipt, PaymentError>;

    /// Pays back what was charged with a key, if anything was, and closes the key: a charge that arrives later is refused with
    /// [`PaymentError::Closed`]. Never declined; again, it gives the same answer.
    async fn refund(&self, key: String) -> Result<Refund, PaymentError>;

    /// What became of a key so far. A charge still on its way may change that.
    async fn look_up(&self, key: String) -> Result<PaymentState, PaymentError>;
}

/// What to charge.
#[kata::data(Eq)]
pub struct Charge {
    /// Names this charge among all that the box office ever asks for. 1 to 255 bytes.
    pub key: String,
    /// Whose money.
    pub account: String,
    /// How much. At least 1.
    pub amount_cents: u64,
}

/// Money was taken.
#[kata::data(Eq)]
pub struct Receipt {
    /// The charge's key.
    pub key: String,
    /// How much was taken.
    pub amount_cents: u64,
}

/// A key is closed.
#[kata::data(Copy, Eq)]
pub struct Refund {
    /// How much was paid back; 0 if nothing was charged.
    pub amount_cents: u64,
}

/// What became of a key.
#[kata::data(Copy, Eq)]
pub enum PaymentState {
    /// No charge with this key has arrived.
    Unknown,
    /// Money was taken.
    Charged,
    /// The charge was declined.
    Declined,
    /// The key is closed: what was taken, if anything, was paid back.
    Closed,
}

/// Why the provider did not do as asked. All of them are definite: no money moved.
#[kata::data(Copy, Eq)]
pub enum PaymentError {
    /// The account cannot pay.
    Declined,
    /// The key was used with another account or amount.
    KeyReused,
    /// The key was closed by a refund.
    Closed,
    /// The key is empty or too long, or the amount is 0.
    Invalid,
}
