//! Methods that run without a pause, and drives over them.

use kata::testing;
use kata::{Answer, OpenError};
use std::collections::BTreeSet;
use std::sync::Mutex;

/// Why a word was not forgotten.
#[kata::error(definite, Eq)]
pub(crate) enum ForgetError {
    /// Nobody added it.
    Unheard,
}

/// Words, seen or not.
#[kata::contract(config = ())]
pub(crate) trait Words {
    /// Adds a word.
    fn add(&self, word: &[u8]);
    /// Whether it was added.
    fn has(&self, word: &[u8]) -> bool;
    /// Forgets a word.
    fn forget(&self, word: &str) -> Result<(), ForgetError>;
    /// How many begin like this.
    fn begin_with(&self, start: &str, at_least: u64) -> Option<u64>;

    /// Adds the numbers below `count` as words; gives how many of them are there.
    #[drive]
    fn add_numbers(&self, count: u64) -> u64 {
        (0..count).for_each(|number| self.add(number.to_string().as_bytes()));
        (0..count).filter(|number| self.has(number.to_string().as_bytes())).count() as u64
    }
}

struct InMemory(Mutex<BTreeSet<Vec<u8>>>);

impl Words for InMemory {
    async fn open(_env: Env, _config: ()) -> Result<InMemory, OpenError> {
        Ok(InMemory(Mutex::default()))
    }

    fn add(&self, word: &[u8]) {
        self.0.lock().expect("nobody panics").insert(word.to_vec());
    }

    fn has(&self, word: &[u8]) -> bool {
        self.0.lock().expect("nobody panics").contains(word)
    }

    fn forget(&self, word: &str) -> Result<(), ForgetError> {
        let forgotten = self.0.lock().expect("nobody panics").remove(word.as_bytes());
        if forgotten { Ok(()) } else { Err(ForgetError::Unheard) }
    }

    fn begin_with(&self, start: &str, at_least: u64) -> Option<u64> {
        let words = self.0.lock().expect("nobody panics");
        let count = words.iter().filter(|word| word.starts_with(start.as_bytes())).count() as u64;
        Some(count).filter(|count| *count >= at_least)
    }
}

#[test]
fn what_cannot_fail_answers_with_a_value() {
    testing::run::<WordsContract<InMemory>>((), async |dc| {
        let ana = dc.client::<WordsClient>("ana");
        assert_eq!(ana.has(b"sale").await, Answer::Ok(false));
        assert_eq!(ana.add(b"sale").await, Answer::Ok(()));
        assert_eq!(ana.has(b"sale").await, Answer::Ok(true));
        assert_eq!(ana.begin_with("sa", 1).await, Answer::Ok(Some(1)));
        assert_eq!(ana.begin_with("sa", 2).await, Answer::Ok(None));
        assert_eq!(ana.forget("sale").await, Answer::Ok(()));
        assert_eq!(ana.forget("sale").await, Answer::Refused(ForgetError::Unheard));
        assert_eq!(ForgetError::Unheard.to_string(), "nobody added it");
    });
}

#[test]
fn a_drive_does_it_many_times_in_one_call() {
    testing::run::<WordsContract<InMemory>>((), async |dc| {
        let ana = dc.client::<WordsClient>("ana");
        assert_eq!(ana.add_numbers(1_000).await, Answer::Ok(1_000));
        assert_eq!(ana.has(b"999").await, Answer::Ok(true));
    });
}
