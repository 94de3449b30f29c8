//! A sketch as bytes: a fingerprint of its configuration, the total, the number of keys in its list, the counters, and each key behind
//! its length. Numbers have eight bytes, the least significant one first.

/// What the bytes say.
pub(super) struct Written<'a> {
    pub(super) total: u64,
    pub(super) counters: Vec<u64>,
    pub(super) keys: Vec<&'a [u8]>,
}

impl<'a> Written<'a> {
    pub(super) fn to_bytes(&self, fingerprint: u64) -> Vec<u8> {
        let head = [fingerprint, self.total, self.keys.len() as u64];
        let mut bytes: Vec<u8> = head.iter().chain(&self.counters).flat_map(|n| n.to_le_bytes()).collect();
        for key in &self.keys {
            bytes.extend((key.len() as u64).to_le_bytes());
            bytes.extend(*key);
        }
        bytes
    }

    /// Reads all of the bytes; none if they are not a sketch with this fingerprint and so many counters.
    pub(super) fn read(bytes: &'a [u8], fingerprint: u64, counters: usize) -> Option<Written<'a>> {
        let mut rest = bytes;
        if number(&mut rest)? != fingerprint {
            return None;
        }
        let (total, count) = (number(&mut rest)?, number(&mut rest)?);
        let counters = (0..counters).map(|_| number(&mut rest)).collect::<Option<_>>()?;
        let keys = (0..count).map(|_| key(&mut rest)).collect::<Option<_>>()?;
        rest.is_empty().then_some(Written { total, counters, keys })
    }
}

fn number(rest: &mut &[u8]) -> Option<u64> {
    let (number, behind) = rest.split_first_chunk()?;
    *rest = behind;
    Some(u64::from_le_bytes(*number))
}

fn key<'a>(rest: &mut &'a [u8]) -> Option<&'a [u8]> {
    let length = usize::try_from(number(rest)?).ok()?;
    let (key, behind) = rest.split_at_checked(length)?;
    *rest = behind;
    Some(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes() -> Vec<u8> {
        Written { total: 7, counters: vec![3, 4], keys: vec![b"", b"key"] }.to_bytes(99)
    }

    #[test]
    fn what_was_written_is_read() {
        let bytes = bytes();
        let Written { total, counters, keys } = Written::read(&bytes, 99, 2).expect("they are right");
        assert_eq!((total, counters), (7, vec![3, 4]));
        assert_eq!(keys, [&b""[..], b"key"]);
    }

    #[test]
    fn other_bytes_are_not_read() {
        let bytes = bytes();
        assert!((0..bytes.len()).all(|length| Written::read(&bytes[..length], 99, 2).is_none()));
        assert!(Written::read(&[&bytes[..], &[0; 8]].concat(), 99, 2).is_none());
        assert!(Written::read(&bytes, 98, 2).is_none() && Written::read(&bytes, 99, 1).is_none());
    }
}
